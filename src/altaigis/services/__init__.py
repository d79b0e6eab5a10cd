"""The rules that several doors share."""
