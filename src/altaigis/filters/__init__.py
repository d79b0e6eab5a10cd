"""Every spelling of a question, parsed into one form."""
