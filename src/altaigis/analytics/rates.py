"""Rates of rare events in small populations."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from altaigis.analytics.values import Flags, Numbers, numbers
from altaigis.errors import AnalysisError


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of n units, as events per head of the population at risk; arrays (n,), NaN where either is missing.

    Attributes:
        raw: events / population: in small units it says more of chance than of the unit.
        smoothed: drawn towards the mean, the more the smaller the unit is.
        trust: weight of the raw rate in the smoothed one, 0 to 1.
        standardised: deviation from the mean in standard errors of the unit's own size: for Moran's I of rates.
        mean: rate of all units together.
        variance: of the rates between units, chance taken out; 0: they differ no more than by chance.
        used: the unit has both figures.
    """

    raw: Numbers
    smoothed: Numbers
    trust: Numbers
    standardised: Numbers
    mean: float
    variance: float
    used: Flags


def empirical_bayes(events: npt.ArrayLike, population: npt.ArrayLike) -> Rates:
    """Smooth rates towards their mean (Marshall 1991), and standardise them (Assunção, Reis 1999).

    Args:
        events: array (n,), counts; NaN where missing.
        population: array (n,), persons at risk; NaN where missing.

    Raises:
        AnalysisError: the arrays do not fit, a count is negative, a population is not above 0, or more events than
            persons; or there are fewer than two units.
    """
    counts, persons = numbers(events, "events"), np.asarray(population, dtype=np.float64)
    if counts.shape != persons.shape or counts.ndim != 1:
        raise AnalysisError(f"events {counts.shape}, population {persons.shape}: give one number a unit of each")
    used = ~(np.isnan(counts) | np.isnan(persons))
    o, n = counts[used], persons[used]
    if len(o) < 2:
        raise AnalysisError(f"{len(o)} units have events and a population; rates are compared among 2 or more")
    if (o < 0).any() or not (n > 0).all() or np.isinf(n).any() or (o > n).any():
        raise AnalysisError("events must be 0 or more and no more than the population, which must be above 0")
    raw = o / n
    mean = o.sum() / n.sum()
    between = n @ (raw - mean) ** 2 / n.sum() - mean / n.mean()
    variance = max(0.0, between)
    trust = variance / (variance + mean / n)
    # Assunção and Reis: where the variance between units would take it below 0, that of chance alone
    own = between + mean / n
    own = np.where(own > 0, own, mean / n)
    spread = [np.full(len(used), np.nan) for _ in range(4)]
    for whole, part in zip(spread, (raw, mean + trust * (raw - mean), trust, (raw - mean) / np.sqrt(own)), strict=True):
        whole[used] = part
    return Rates(spread[0], spread[1], spread[2], spread[3], float(mean), float(variance), used)
