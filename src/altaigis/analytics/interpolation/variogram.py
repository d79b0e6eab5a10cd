"""Variograms: half the mean squared difference of two values, by the distance between their places."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from altaigis.analytics.interpolation.stations import Stations
from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError

Model = Literal["spherical", "exponential", "gaussian", "linear"]
MODELS: tuple[Model, ...] = get_args(Model)
#: Pairs of stations whose differences are looked at: those of 3 000 stations are 4.5 million.
MOST_PAIRS = 5_000_000


@dataclass(frozen=True)
class Variogram:
    """A model with its parameters.

    Attributes:
        model: one of :data:`MODELS`; ``linear`` rises for ever, the others level off.
        sill: what it rises by above the nugget, in squared units of the values; for ``linear``, by each metre.
        range: metres after which it rises no more (practically: 95 % of the sill for ``exponential``, 4/7 of it the
            length of the curve for ``gaussian``); of no meaning for ``linear``.
        nugget: what it begins with right beside a place: errors of measurement, and what changes within metres.
    """

    model: Model
    sill: float
    range: float
    nugget: float = 0.0

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise AnalysisError(f"there is no variogram '{self.model}'; there are {', '.join(MODELS)}")
        numbers = self.sill, self.range, self.nugget
        if not all(np.isfinite(numbers)) or self.sill < 0 or self.nugget < 0 or not self.sill + self.nugget > 0:
            raise AnalysisError("a variogram has a sill and a nugget of 0 or more, and not both of them are 0")
        if self.model != "linear" and not self.range > 0:
            raise AnalysisError(f"the range of a variogram is above 0, not {self.range:g}")

    def __call__(self, distances: Numbers) -> Numbers:
        """Semivariances at distances above 0, metres; at 0 it is 0 whatever the nugget."""
        return self.sill * _SHAPES[self.model](distances, self.range) + self.nugget


@dataclass(frozen=True, eq=False)
class Empirical:
    """What the stations themselves show, in classes of distance.

    Attributes:
        distances: array (lags,): mean distance of the pairs of a class, metres.
        semivariances: array (lags,).
        pairs: array (lags,): how many there are in each.
    """

    distances: Numbers
    semivariances: Numbers
    pairs: npt.NDArray[np.intp]


def empirical(stations: Stations, values: Numbers | None = None, lags: int = 6, reach: float = 1.0) -> Empirical:
    """The variogram of the stations' values (Matheron 1962) in classes of equal width; empty ones are left out.

    Args:
        values: array (n,) instead of theirs: residuals from a drift.
        reach: the part of the longest distance up to which pairs are looked at, 0 to 1.

    Raises:
        AnalysisError: there are too many stations, or no two of them in any class.
    """
    from scipy.spatial.distance import pdist

    if len(stations) * (len(stations) - 1) // 2 > MOST_PAIRS:
        raise AnalysisError(f"{len(stations)} stations are too many for a variogram of all pairs")
    numbers = stations.values if values is None else values
    distances = pdist(stations.places.xy)
    squares = 0.5 * pdist(numbers[:, np.newaxis], "sqeuclidean")
    low, high = float(distances.min()), float(distances.max())
    edges = np.linspace(low, low + reach * (high - low), lags + 1)
    # the longest distance itself belongs to the last class
    edges[-1] = np.nextafter(edges[-1], np.inf) + (0.001 if reach == 1 else 0)
    number = np.digitize(distances, edges) - 1
    within = number < lags
    counts = np.bincount(number[within], minlength=lags)
    there = counts > 0
    means = [
        np.bincount(number[within], column[within], lags)[there] / counts[there] for column in (distances, squares)
    ]
    return Empirical(means[0], means[1], counts[there])


def fit(found: Empirical, model: Model) -> Variogram:
    """The model nearest to what the stations show: least squares with a soft L1 loss, which outliers pull less.

    The same loss, bounds and beginnings as PyKrige's (Murphy et al.), and so its parameters.

    Raises:
        AnalysisError: the values do not differ, or there are fewer than two classes of distance.
    """
    from scipy.optimize import least_squares

    lags, rises = found.distances, found.semivariances
    if len(lags) < 2:
        raise AnalysisError("the stations lie in one class of distance; no variogram can be fitted, give one")
    most, least = float(rises.max()), float(rises.min())
    if not most > 0:
        raise AnalysisError("the values of all stations are the same; no variogram can be fitted")
    far = float(lags.max())
    # in parts of the greatest of each, so that metres and squared units are of one size to the solver
    shape, scaled, height = _SHAPES[model], lags / far, rises / most
    begin, low, high = np.array([(most - least) / most, 0.25, least / most]), np.zeros(3), np.array([10.0, 1.0, 1.0])
    if model == "linear":
        begin[0] = (most - least) / most / (scaled.max() - scaled.min())
        high[0] = np.inf
    begin = np.clip(begin, low + 1e-9, high - 1e-9)
    low[1] = 1e-9

    def residuals(told: Numbers) -> Numbers:
        apart: Numbers = told[0] * shape(scaled, told[1]) + told[2] - height
        return apart

    best = least_squares(
        residuals, begin, bounds=(low, high), loss="soft_l1", f_scale=1 / most, x_scale=[1, 0.25, 1], xtol=1e-12
    ).x
    sill = best[0] * most / (far if model == "linear" else 1)
    return Variogram(model, float(sill), float(best[1] * far), float(best[2] * most))


def _spherical(distances: Numbers, reach: float) -> Numbers:
    near = np.minimum(distances / reach, 1)
    return near * (1.5 - 0.5 * near * near)


def _exponential(distances: Numbers, reach: float) -> Numbers:
    rise: Numbers = -np.expm1(distances * (-3 / reach))
    return rise


def _gaussian(distances: Numbers, reach: float) -> Numbers:
    rise: Numbers = -np.expm1(-np.square(distances / (reach * 4 / 7)))
    return rise


def _linear(distances: Numbers, _: float) -> Numbers:
    return distances


#: From 0 to 1 by distance and range, in the forms of Kitanidis (1997) that PyKrige has too.
_SHAPES: Mapping[Model, Callable[[Numbers, float], Numbers]] = {
    "spherical": _spherical,
    "exponential": _exponential,
    "gaussian": _gaussian,
    "linear": _linear,
}
