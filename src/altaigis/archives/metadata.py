"""What archives tell of their tiles: the same in both formats, under the names of MBTiles 1.3."""

from typing import Any

from altaigis import __version__
from altaigis.domain.tileset import Tileset


def metadata(tileset: Tileset) -> dict[str, str]:
    """Texts by their names."""
    found = {
        "name": tileset.name,
        "description": tileset.description,
        "attribution": tileset.attribution,
        "version": str(tileset.number),
        "type": "overlay",
        "format": "png" if tileset.kind == "raster" else "pbf",
        "generator": f"AltaiGIS {__version__}",
    }
    return {name: text for name, text in found.items() if text}


def vector_layers(tileset: Tileset) -> list[dict[str, Any]]:
    """Attributes with their types, which GDAL and QGIS look for here."""
    return [
        {
            "id": layer.id,
            "fields": {name: attribute.type for name, attribute in layer.attributes.items()},
            "minzoom": layer.minzoom,
            "maxzoom": layer.maxzoom,
        }
        for layer in tileset.layers
    ]
