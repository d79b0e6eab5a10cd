"""A snapshot: a map as it is seen, with all that it takes to draw it again where there is no server."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from altaigis.domain.extent import BBox
from altaigis.domain.feature import Feature
from altaigis.domain.layer import Layer
from altaigis.domain.text import Language

#: Pixels of a map in a window that is neither small nor large.
WIDTH, HEIGHT = 940, 720
#: Pixels of a tile, by which zooms are counted.
_TILE = 256


@dataclass(frozen=True)
class Sight:
    """Where a map is looked at, and from how far."""

    zoom: float
    latitude: float
    longitude: float

    @classmethod
    def around(cls, box: BBox) -> "Sight":
        """All of a box that does not cross the antimeridian."""
        latitude, longitude = (box.south + box.north) / 2, (box.west + box.east) / 2
        across = (box.east - box.west) / 360 or 1e-6
        up = (box.north - box.south) / 360 / math.cos(math.radians(latitude)) or 1e-6
        zoom = math.log2(min(WIDTH / across, HEIGHT / up) / _TILE)
        return cls(math.floor(zoom * 4) / 4, latitude, longitude)

    @property
    def box(self) -> BBox:
        """What a window shows, or would where the globe ends sooner."""
        degrees = 360 / (_TILE * 2**self.zoom)
        across, up = WIDTH / 2 * degrees, HEIGHT / 2 * degrees * math.cos(math.radians(self.latitude))
        return BBox(
            max(self.longitude - across, -180),
            max(self.latitude - up, -90),
            min(self.longitude + across, 180),
            min(self.latitude + up, 90),
        )


@dataclass(frozen=True)
class Drawing:
    """A layer of features as its default style draws them. ``radii`` are those of circles, pixels by id, which are
    then drawn instead of the features' own shapes."""

    layer: Layer
    features: tuple[Feature, ...]
    opacity: float = 1
    radii: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Image:
    """A raster as a picture (PNG) in Web Mercator, over its box."""

    layer: Layer
    content: bytes
    box: BBox
    opacity: float = 1


@dataclass(frozen=True)
class Snapshot:
    """The parts of a map from the ground upwards; ``href`` is where the living map is, ``made`` the day."""

    title: str
    language: Language
    sight: Sight
    parts: tuple[Drawing | Image, ...]
    href: str
    made: date
