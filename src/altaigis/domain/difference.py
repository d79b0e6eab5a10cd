"""What is different between two states of layers."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Change:
    """A feature that both have, and not alike. ``fields`` holds both values by name, ``None`` where there is none.

    ``share`` is the part of their common area in their united area; ``moved_km2`` the area that belongs to one of
    them alone, None where they are no polygons. Both are geodesic or independent of units.
    """

    fid: str
    other: str
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    geometry: bool = False
    moved_km2: float | None = None
    share: float | None = None


@dataclass(frozen=True)
class Difference:
    """From ``former`` to ``latter``: ids of features that only one has, and the pairs that are not alike."""

    former: str
    latter: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]
    same: int

    @property
    def moved_km2(self) -> float:
        return sum(change.moved_km2 or 0.0 for change in self.changed)

    def as_json(self) -> dict[str, Any]:
        return {
            "former": self.former,
            "latter": self.latter,
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": [
                {
                    "fid": change.fid,
                    "other": change.other,
                    "fields": {name: list(pair) for name, pair in change.fields.items()},
                    "geometry": change.geometry,
                    "moved_km2": change.moved_km2,
                    "share": change.share,
                }
                for change in self.changed
            ],
            "same": self.same,
            "moved_km2": round(self.moved_km2, 6),
        }
