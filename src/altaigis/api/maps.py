"""The small maps of the pages: drawings that the server makes, with links to what they show."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from altaigis.api.state import State
from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.plane import Plane, Shape, shape_of, surroundings

WIDTH = 640
#: Part of an extent that is drawn around it.
MARGIN = 0.02
#: Of GeoJSON: more takes the server too long to draw.
MOST_BYTES = 8_000_000


@dataclass(frozen=True)
class Drawn:
    """A path of the map; ``title`` is what the pointer tells, ``href`` where a click leads."""

    shape: Shape
    path: str
    title: str | None = None
    href: str | None = None


@dataclass(frozen=True)
class SmallMap:
    """Shapes over the ground that they lie on; sizes in pixels."""

    width: float
    height: float
    ground: tuple[Drawn, ...]
    shapes: tuple[Drawn, ...]


async def overview(services: State, layer: Layer) -> SmallMap | None:
    """The whole layer, or its extent where it has too many features to draw. None without a place."""
    plane = await _plane(services, layer)
    if plane is None:
        return None
    outlines = await services.outlines.outlines(layer)
    shapes = [_drawn(plane, orjson.loads(text)) for text in outlines] or [Drawn("line", _box(plane))]
    ground = () if layer == _below(services) else await _ground(services, plane)
    return SmallMap(WIDTH, plane.height, ground, tuple(shapes))


async def places(services: State, layer: Layer, features: Iterable[tuple[str | None, str, str]]) -> SmallMap | None:
    """Features (geometry in CRS84, title, address) within the extent of their layer. None if none has a place, or they
    are too heavy for a page."""
    found = [(geometry, title, href) for geometry, title, href in features if geometry]
    plane = await _plane(services, layer)
    if plane is None or not found or sum(len(geometry) for geometry, _, _ in found) > MOST_BYTES:
        return None
    shapes = tuple(_drawn(plane, orjson.loads(geometry), title, href) for geometry, title, href in found)
    return SmallMap(WIDTH, plane.height, await _ground(services, plane), shapes)


async def place(services: State, geometry: str | None, title: str, href: str) -> SmallMap | None:
    """One feature with what lies around it. None without a place, or where it is too heavy for a page."""
    if not geometry or len(geometry) > MOST_BYTES:
        return None
    shape = orjson.loads(geometry)
    plane = Plane(surroundings(shape), WIDTH)
    return SmallMap(WIDTH, plane.height, await _ground(services, plane), (_drawn(plane, shape, title, href),))


async def _plane(services: State, layer: Layer) -> Plane | None:
    revision = (await services.ledger.revisions()).get(layer.id)
    return Plane(_with_margin(revision.extent), WIDTH) if revision and revision.extent else None


def _with_margin(extent: BBox) -> BBox:
    """With room for the marks of points at its edges."""
    across, up = (MARGIN * (high - low) for low, high in ((extent.west, extent.east), (extent.south, extent.north)))
    return BBox(
        max(extent.west - across, -180),
        max(extent.south - up, -90),
        min(extent.east + across, 180),
        min(extent.north + up, 90),
    )


def _below(services: State) -> Layer | None:
    """The territory that all lies on: the first coverage of the catalog."""
    return next((layer for layer in services.catalog if layer.coverage), None)


async def _ground(services: State, plane: Plane) -> tuple[Drawn, ...]:
    below = _below(services)
    outlines = await services.outlines.outlines(below) if below else ()
    return tuple(_drawn(plane, orjson.loads(text)) for text in outlines)


def _drawn(plane: Plane, geometry: dict[str, Any], title: str | None = None, href: str | None = None) -> Drawn:
    return Drawn(shape_of(geometry), plane.path(geometry), title, href)


def _box(plane: Plane) -> str:
    return f"M0,0H{plane.width:g}V{plane.height:g}H0Z"
