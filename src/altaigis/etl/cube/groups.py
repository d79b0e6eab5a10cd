"""Groups of units: what the parts of an indicator make together, by its own rule.

A sum needs all its parts: where one is missing there is none. A mean is told where the parts that are there hold at
least :data:`ENOUGH` of the group's weight, flagged as estimated where some are missing; and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from altaigis.domain.indicator import Group, Mean
from altaigis.errors import ConformError
from altaigis.etl.cube.series import ESTIMATED, MISSING, Codes, Numbers, Series

ENOUGH = 0.9


@dataclass(frozen=True, eq=False)
class Members:
    """Which units belong to which group: array (groups, units)."""

    names: tuple[str, ...]
    belongs: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, groups: Mapping[str, Group], units: gpd.GeoDataFrame) -> "Members":
        """Raises ConformError: a group has no unit, or the id of one."""
        rows = []
        for name, group in groups.items():
            chosen = np.ones(len(units), dtype=bool)
            for field, value in group.where.items():
                chosen &= (units[field] == value).fillna(False).to_numpy(dtype=bool)
            if not chosen.any():
                raise ConformError(f"the group {name} of indicators has no unit: none has {dict(group.where)}")
            if name in units.index:
                raise ConformError(f"the group {name} of indicators has the id of a unit; give it another one")
            rows.append(chosen)
        return cls(tuple(groups), np.array(rows, dtype=bool).reshape(len(rows), len(units)))


@dataclass(frozen=True, eq=False)
class Together:
    """A series of groups, and how many of the parts of each are there, array (p, groups)."""

    series: Series
    there: Codes


@dataclass(frozen=True)
class Notes:
    """Words of processing: that a value is of parts, and that some of them are missing."""

    aggregated: int
    partial: int


def together(series: Series, rule: Mean | None, weight: Series | None, members: Members, notes: Notes) -> Together:
    """The values of groups: sums without a rule, else means.

    Args:
        weight: of the units, in the periods of the series; alike without it.
    """
    shape = (len(series.periods), len(members.names))
    values, there = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    flags, sources, processing = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for place, belongs in enumerate(members.belongs):
        parts = series.values[:, belongs]
        present = np.isfinite(parts)
        heavy = weight.values[:, belongs] if weight else np.ones_like(parts)
        values[:, place] = _mean(parts, heavy) if rule else parts.sum(axis=1)
        there[:, place] = present.sum(axis=1)
        vouched = np.where(present, series.flags[:, belongs], 0)
        if weight:
            vouched = np.maximum(vouched, np.where(present, weight.flags[:, belongs], 0))
        whole = present.all(axis=1)
        flags[:, place] = np.maximum(vouched.max(axis=1), 0 if not rule else np.where(whole, 0, ESTIMATED))
        if rule and rule.estimate:
            flags[:, place] = np.maximum(flags[:, place], ESTIMATED)
        sources[:, place] = np.bitwise_or.reduce(np.where(present, series.sources[:, belongs], 0), axis=1)
        noted = np.bitwise_or.reduce(np.where(present, series.processing[:, belongs], 0), axis=1)
        processing[:, place] = noted | notes.aggregated | np.where(whole, 0, notes.partial)
    flags = np.where(np.isfinite(values), flags, MISSING)
    return Together(Series(series.periods, values, flags, sources, processing), there)


def _mean(parts: Numbers, weights: Numbers) -> Numbers:
    """Weighted means by row, NaN where a weight is missing or negative or too little of the weight has a value."""
    present = np.isfinite(parts)
    total = weights.sum(axis=1)
    held = np.where(present, weights, 0).sum(axis=1)
    sound = np.isfinite(total) & (weights >= 0).all(axis=1) & (total > 0) & (held >= ENOUGH * total) & (held > 0)
    weighed = np.where(present, parts * weights, 0).sum(axis=1)
    found: Numbers = np.divide(weighed, held, out=np.full(len(parts), np.nan), where=sound)
    return found
