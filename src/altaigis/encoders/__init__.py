"""Features -> bytes, one format a file."""
