"""The map of a passport: its units among their neighbours, with names, scale and north."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import orjson
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from altaigis.api.maps import WIDTH, Drawn
from altaigis.api.state import State
from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.passport import Named
from altaigis.domain.plane import Plane, framed, shape_of
from altaigis.domain.text import Language

#: Pixels: a line of a name, and the mean width of its letters.
LINE, LETTER = 24, 12.5
#: What is seen around the units: part of their own size, and degrees at least.
AROUND, LEAST = 0.15, 0.3


@dataclass(frozen=True)
class Label:
    """A name in lines, the middle of the first at ``x`` and ``y``."""

    lines: tuple[str, ...]
    x: float
    y: float
    is_chosen: bool

    def covers(self, other: "Label") -> bool:
        (left, top, right, bottom), (west, north, east, south) = self._box, other._box
        return left < east and west < right and top < south and north < bottom

    def is_within(self, plane: Plane) -> bool:
        left, top, right, bottom = self._box
        return left >= 0 and top >= 0 and right <= plane.width and bottom <= plane.height

    @property
    def _box(self) -> tuple[float, float, float, float]:
        half = max(map(len, self.lines)) * LETTER / 2
        return self.x - half, self.y - LINE, self.x + half, self.y + LINE * (len(self.lines) - 1) + LINE / 3


@dataclass(frozen=True)
class Scale:
    """So many kilometres are so many pixels."""

    kilometres: float
    length: float


@dataclass(frozen=True)
class UnitMap:
    width: float
    height: float
    ground: tuple[Drawn, ...]
    shapes: tuple[Drawn, ...]
    labels: tuple[Label, ...]
    scale: Scale


async def units(
    services: State, layer: Layer, names: Sequence[Named], chosen: Collection[str], language: Language
) -> UnitMap | None:
    """Some units and what lies around them. None where the layer has other outlines than names."""
    outlines = [orjson.loads(text) for text in await services.outlines.outlines(layer)]
    if len(outlines) != len(names):
        return None
    told = [(unit, geometry, shape(geometry)) for unit, geometry in zip(names, outlines, strict=True)]
    view = _view([area for unit, _, area in told if unit.fid in chosen])
    plane = Plane(view, WIDTH)
    window = shapely.box(view.west, view.south, view.east, view.north)
    seen = [(unit, geometry, part) for unit, geometry, area in told if not (part := area & window).is_empty]
    drawn = [(unit.fid in chosen, _drawn(plane, geometry, _name(unit, language))) for unit, geometry, _ in seen]
    ground, shapes = (tuple(it for is_chosen, it in drawn if is_chosen == wanted) for wanted in (False, True))
    # the chosen first, and the larger before the smaller
    order = sorted(seen, key=lambda it: (it[0].fid not in chosen, -it[2].area))
    labels = [_label(plane, _name(unit, language), part, unit.fid in chosen) for unit, _, part in order]
    return UnitMap(WIDTH, plane.height, ground, shapes, tuple(_apart(plane, labels)), _scale(plane))


def _view(areas: Sequence[BaseGeometry]) -> BBox:
    west, south, east, north = shapely.total_bounds(areas)
    up, across = (max(AROUND * size, LEAST) for size in (north - south, east - west))
    return framed(BBox(west - 1.5 * across, max(south - up, -90), east + 1.5 * across, min(north + up, 90)))


def _drawn(plane: Plane, geometry: dict[str, object], title: str) -> Drawn:
    return Drawn(shape_of(geometry), plane.path(geometry), title)


def _name(unit: Named, language: Language) -> str:
    return unit.name_ru if language == "ru" else unit.name_en


def _label(plane: Plane, name: str, area: BaseGeometry, is_chosen: bool) -> Label:
    point = area.representative_point()
    x, y = plane.place((point.x, point.y))
    return Label(tuple(name.rsplit(" ", 1)) if len(name) > 12 else (name,), round(x), round(y), is_chosen)


def _apart(plane: Plane, labels: Sequence[Label]) -> Iterator[Label]:
    """Those that lie on the map whole, and cover none before them."""
    kept: list[Label] = []
    for label in labels:
        if label.is_within(plane) and not any(label.covers(other) for other in kept):
            kept.append(label)
            yield label


def _scale(plane: Plane) -> Scale:
    """A round distance of a quarter of the map at most."""
    rounds = [step * 10**power for power in range(4) for step in (1, 2, 5)]
    most = max(it for it in rounds if it * plane.kilometre <= plane.width / 4 or it == 1)
    return Scale(most, round(most * plane.kilometre, 1))
