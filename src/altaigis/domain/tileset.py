"""A tileset: what TileJSON and archives of tiles tell of the tiles of a layer, or of several together."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Kind, Layer, LayerField
from altaigis.domain.revision import STANDS_FOR, Revision
from altaigis.domain.text import Language, Text

#: Types of attributes as MBTiles 1.3 has them.
AttributeType = Literal["Number", "Boolean", "String"]

LEFT_OUT = Text(
    ru="Сколько точек, для которых при этом масштабе нет места, представляет эта",
    en="Points that have no room at this zoom, for which this one stands",
)
_TYPES: Mapping[str, AttributeType] = {"integer": "Number", "number": "Number", "boolean": "Boolean"}


@dataclass(frozen=True)
class Attribute:
    """A field that features have in the tiles of some zoom."""

    title: str
    type: AttributeType


@dataclass(frozen=True)
class TileLayer:
    """A layer within vector tiles."""

    id: str
    attributes: Mapping[str, Attribute]
    minzoom: int
    maxzoom: int


@dataclass(frozen=True)
class Tileset:
    """What tiles hold, and where; ``number`` grows with each revision of a layer. Rasters have no ``layers``."""

    kind: Kind
    name: str
    description: str
    attribution: str
    number: int
    minzoom: int
    maxzoom: int
    bounds: BBox | None
    layers: tuple[TileLayer, ...]

    @classmethod
    def of(cls, states: Mapping[Layer, Revision], language: Language) -> "Tileset":
        """The tiles of layers of one kind, each in a revision."""
        described = [layer.description.in_(language) for layer in states if layer.description]
        boxes = [revision.extent for revision in states.values() if revision.extent]
        maxzoom = max(layer.tiles.maxzoom for layer in states)
        return cls(
            kind=next(iter(states)).kind,
            name=", ".join(layer.title.in_(language) for layer in states),
            description="\n".join(described),
            attribution=", ".join(dict.fromkeys(layer.source.attribution.in_(language) for layer in states)),
            number=sum(revision.number for revision in states.values()),
            minzoom=min(layer.tiles.minzoom for layer in states),
            maxzoom=maxzoom,
            bounds=reduce(BBox.united, boxes) if boxes else None,
            layers=tuple(
                TileLayer(name, _attributes(layer, revision, language), layer.tiles.minzoom, maxzoom)
                for layer, revision in states.items()
                if layer.kind == "vector"
                for name in (layer.id, layer.label_layer)
                if name
            ),
        )

    @property
    def center(self) -> tuple[float, float, int] | None:
        """Where a map begins: longitude, latitude, zoom."""
        box = self.bounds
        return ((box.west + box.east) / 2, (box.south + box.north) / 2, self.minzoom) if box else None

    def cut(self, minzoom: int, maxzoom: int, bounds: BBox) -> "Tileset":
        """A part of it."""
        layers = (
            replace(layer, minzoom=max(layer.minzoom, minzoom), maxzoom=min(layer.maxzoom, maxzoom))
            for layer in self.layers
        )
        shown = tuple(layer for layer in layers if layer.minzoom <= layer.maxzoom)
        return replace(self, minzoom=minzoom, maxzoom=maxzoom, bounds=bounds, layers=shown)


def drawn_state(layer: Layer, revision: Revision) -> str:
    """Names what the tiles of a revision are drawn from and how, as ``5-0c1f22ab``: with the data, what the layer file
    says of tiles and colours, which may change without a load."""
    told = layer.model_dump_json(include={"tiles": True} | ({"styles": True} if layer.kind == "raster" else {}))
    digest = hashlib.blake2b(f"{revision.version} {told}".encode(), digest_size=4)
    return f"{revision.number}-{digest.hexdigest()}"


def _attributes(layer: Layer, revision: Revision, language: Language) -> dict[str, Attribute]:
    zooms = range(layer.tiles.minzoom, layer.tiles.maxzoom + 1)
    shown = {name for zoom in zooms for name in layer.tile_fields(zoom)}
    found = {name: _attribute(name, field, language) for name, field in layer.fields.items() if name in shown}
    if layer.geometry_type == "Point" and revision.levels:
        found[STANDS_FOR] = Attribute(LEFT_OUT.in_(language), "Number")
    return found


def _attribute(name: str, field: LayerField, language: Language) -> Attribute:
    return Attribute(field.title.in_(language) if field.title else name, _TYPES.get(field.type, "String"))
