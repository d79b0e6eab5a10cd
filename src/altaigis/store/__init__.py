"""PostGIS: the only SQL in the project."""
