"""Archives: many tiles in one file, MBTiles for programs and PMTiles for any server of files."""
