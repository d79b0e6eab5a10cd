"""From raw files to revisions: read, conform, coverage, check, GeoParquet, load, report."""
