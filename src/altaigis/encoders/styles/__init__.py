"""A layer's style -> the document that a program draws it by, one format a file."""
