"""Pure geometry on shapely arrays: no layers, files or databases."""
