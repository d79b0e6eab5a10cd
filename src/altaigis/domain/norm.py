"""Norms: what the value of a substance must not pass, averaged over which time, from which source, since when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Literal

from altaigis.domain.text import Text
from altaigis.domain.units import UNITS, converted, unit_named

Environment = Literal["air", "water"]
Bound = Literal["maximum", "minimum"]

#: Of what values are averaged for a limit, by the code in the table of limits; water has none: each sample counts.
SINGLE, DAILY, ANNUAL = "max_single_20min", "daily_mean", "annual_mean"
DAYS_99, HOURS_8_99, PEAK_SEASON = "24h_99th_percentile", "8h_99th_percentile", "peak_season_8h"
SAMPLE, LEAST = "", "minimum"


@dataclass(frozen=True)
class Limit:
    """One line of the table of limits. ``value`` is in ``unit``; days are those of the region, ``valid_until`` not
    included; an open end is one that no source tells."""

    id: str
    substance: str
    name: Text
    environment: str
    norm: str
    norm_title: Text
    averaging: str
    averaging_title: Text
    bound: Bound
    value: float
    unit: str
    hazard_class: int | None
    valid_from: date | None
    valid_until: date | None
    note: Text | None
    source: str

    @property
    def subject(self) -> tuple[str, str, str]:
        """What it limits: lines that say something of the same are rivals, or say it twice."""
        return self.norm, self.substance, self.averaging

    def value_in(self, unit: str) -> float | None:
        """The limit in another unit; None where it is of another kind."""
        given, wanted = unit_named(self.unit), unit_named(unit)
        if given is None or wanted is None or UNITS[given].kind != UNITS[wanted].kind:
            return None
        return float(converted(self.value, UNITS[given], UNITS[wanted]))


@dataclass(frozen=True)
class Norms:
    """All limits, in the order of their table."""

    limits: tuple[Limit, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Limit]:
        return {limit.id: limit for limit in self.limits}

    @cached_property
    def substances(self) -> Mapping[str, tuple[Limit, ...]]:
        """Limits by substance."""
        found: dict[str, list[Limit]] = {}
        for limit in self.limits:
            found.setdefault(limit.substance, []).append(limit)
        return {substance: tuple(limits) for substance, limits in found.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Codes of the norms, in the order of the table."""
        return tuple(dict.fromkeys(limit.norm for limit in self.limits))

    def of(self, substance: str, environment: str, norms: Collection[str] = ()) -> tuple[Limit, ...]:
        """The limits of a substance in air or water; of these norms alone, if any are named."""
        return tuple(
            limit
            for limit in self.substances.get(substance, ())
            if limit.environment == environment and (not norms or limit.norm in norms)
        )

    @cached_property
    def leading(self) -> frozenset[str]:
        """Ids of the limits that stand first of all that limit the same: the others are second sources."""
        first: dict[tuple[str, str, str], str] = {}
        for limit in self.limits:
            first.setdefault(limit.subject, limit.id)
        return frozenset(first.values())

    def rivals(self, limit: Limit) -> tuple[Limit, ...]:
        """Other sources of the same limit that tell another value."""
        return tuple(
            other
            for other in self.substances[limit.substance]
            if other.subject == limit.subject and other.id != limit.id and other.value_in(limit.unit) != limit.value
        )


def conflicts(limits: Collection[Limit]) -> list[tuple[Limit, ...]]:
    """Limits for the same of which the sources tell different values, each group once."""
    groups: dict[tuple[str, str, str], list[Limit]] = {}
    for limit in limits:
        groups.setdefault(limit.subject, []).append(limit)
    return [
        tuple(group)
        for group in groups.values()
        if any(one.value_in(other.unit) != other.value for one, other in pairwise(group))
    ]
