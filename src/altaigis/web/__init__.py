"""The Leaflet front end: its sources, and the folder that Vite builds them into."""

from pathlib import Path

#: Built by ``npm ci && npm run build`` in this folder; holds ``index.html`` (the map) and ``api.html``.
DIST: Path = Path(__file__).parent / "dist"
