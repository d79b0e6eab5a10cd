"""News: what loads of observations have brought, for those who listen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Reported:
    """A value that is new, or stands in the place of another. ``flag`` is the name of its quality; ``synthetic``
    values are made up."""

    station: str
    parameter: str
    time: datetime
    value: float
    unit: str
    flag: str
    synthetic: bool


@dataclass(frozen=True)
class Touched:
    """A series that a load has changed, between its first and its last changed value."""

    station: str
    parameter: str
    first: datetime
    last: datetime
    synthetic: bool


@dataclass(frozen=True)
class News:
    """What has come by the load ``load``, and by those just before it that are told together with it: the values
    themselves, or, where they are too many, which series they changed and how many values (``count``). ``is_partial``
    where there are more series than are named."""

    load: int
    count: int
    items: Sequence[Reported] | Sequence[Touched]
    is_summary: bool = False
    is_partial: bool = False


@dataclass(frozen=True)
class Selection:
    """What somebody wants to hear of; None for all stations or parameters."""

    stations: frozenset[str] | None = None
    parameters: frozenset[str] | None = None

    def among(self, items: Iterable[Reported | Touched]) -> list[Reported | Touched]:
        return [
            item
            for item in items
            if (self.stations is None or item.station in self.stations)
            and (self.parameters is None or item.parameter in self.parameters)
        ]
