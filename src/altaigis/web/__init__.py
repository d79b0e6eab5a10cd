"""The Leaflet front end: its sources, and the folder that they are built into."""

from pathlib import Path

#: Built by ``npm ci && npm run build`` in this folder; holds ``index.html`` (the map) and ``api.html``.
DIST: Path = Path(__file__).parent / "dist"
#: The letters of the map, Golos Text, in the form that pictures of legends are made with (TrueType).
FONTS: Path = DIST / "fonts"
#: Leaflet as text, for pages that hold all they need.
LEAFLET: Path = DIST / "leaflet"
