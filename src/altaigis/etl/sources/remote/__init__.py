"""Sources on other people's servers: fetched politely, kept as a copy in data/raw, and read from there as a file."""
