"""AltaiGIS: a Web-GIS map server with spatial analytics for Altai Krai."""

from importlib.metadata import version

__version__ = version("altaigis")
