"""A map in one file of HTML, made with folium: it opens from a disk, and asks nobody for anything."""

from dataclasses import dataclass

#: Nothing may be asked of anybody, and no script runs but what is in the file.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


@dataclass(frozen=True)
class Leaflet:
    """The library as text."""

    script: str
    style: str
