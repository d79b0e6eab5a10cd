"""Spatial autocorrelation: whether neighbours are alike, and where.

Weights are row-standardised. Units whose value is missing and units without neighbours (islands) are left out, before
means and deviations are taken; the results say which. Significance is that of permutations, two-sided: nobody
says beforehand whether high or low values will gather. PySAL's ``p_sim`` is one-sided, and half of it. The local one is
told with the false discovery rate controlled, for a map of n tests has n chances to be wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from altaigis.analytics import permutation
from altaigis.analytics.permutation import Reference, Statistic
from altaigis.analytics.values import Flags, Numbers, one_a_unit
from altaigis.analytics.weights import Weights
from altaigis.errors import AnalysisError

#: With fewer units there are too few arrangements to call any of them rare.
LEAST = 8

Kind = Literal["", "high-high", "low-low", "high-low", "low-high", "hot", "cold", "alike", "unlike"]


@dataclass(frozen=True, eq=False)
class Global:
    """One figure for the whole map.

    Attributes:
        value: Moran's I (above ``expected``: neighbours are alike) or Geary's C (below it: alike).
        expected: without autocorrelation: -1/(n - 1) for I, 1 for C, 0 for the bivariate I.
        z: distance of the value from the mean of the permutations in their standard deviations.
        p: two-sided, from permutations: twice ``p_one_sided``.
        p_one_sided: the smaller tail alone, which PySAL calls ``p_sim``.
        used: array (n,): the unit took part.
        permutations: how many there were.
    """

    value: float
    expected: float
    z: float
    p: float
    p_one_sided: float
    used: Flags
    permutations: int


@dataclass(frozen=True, eq=False)
class Local:
    """One figure a unit; arrays (n,), NaN for units that are left out.

    Attributes:
        value: the local statistic, without unit of measurement.
        z: its distance from the mean of its permutations in their standard deviations.
        p: two-sided, from conditional permutation: twice ``p_one_sided``.
        p_one_sided: the smaller tail alone, which PySAL calls ``p_sim``.
        q: p adjusted by Benjamini and Hochberg (1995): of all units with q up to 0.05, 5 % are wrong on average.
        kind: what a significant unit is (q up to ``alpha``), empty for all others.
        used: the unit took part.
        permutations: how many there were; the smallest possible p is 2 / (permutations + 1).
        alpha: the false discovery rate of ``kind``.
    """

    value: Numbers
    z: Numbers
    p: Numbers
    p_one_sided: Numbers
    q: Numbers
    kind: npt.NDArray[np.str_]
    used: Flags
    permutations: int
    alpha: float


@dataclass(frozen=True)
class Inference:
    """How significance is found.

    Attributes:
        rng: where chance comes from; the same seed gives the same result.
        permutations: 99 to 99 999.
        alpha: the false discovery rate up to which a unit is called what it is.
    """

    rng: np.random.Generator
    permutations: int = 999
    alpha: float = 0.05


def moran(values: npt.ArrayLike, weights: Weights, inference: Inference) -> Global:
    """Moran's I (Moran 1950; Cliff and Ord 1981).

    Args:
        values: array (n,), any unit, NaN where missing.
        weights: of the n units.
        inference: seed and permutations.

    Raises:
        AnalysisError: values and weights do not fit, or fewer than eight units have a value and a neighbour.
    """
    sample = _Sample.of(weights, values)
    deviations, w = sample.deviations(0), sample.weights
    squares = float(deviations @ deviations)

    def statistic(many: Numbers) -> Numbers:
        return _along(many, many @ w.T) / squares

    return sample.whole(statistic, deviations, -1 / (sample.size - 1), inference)


def bivariate_moran(first: npt.ArrayLike, second: npt.ArrayLike, weights: Weights, inference: Inference) -> Global:
    """Whether high values of one indicator have high values of another around them (Anselin, Syabri, Smirnov 2002).

    It mixes the correlation of both in one place with that between neighbours: read it beside their plain correlation.
    Arguments and errors as of :func:`moran`, with array (n,) of each indicator.
    """
    sample = _Sample.of(weights, first, second)
    one, other = (_scaled(sample.deviations(at)) for at in (0, 1))

    def statistic(many: Numbers) -> Numbers:
        return _along(one[None, :], many @ sample.weights.T) / sample.size

    return sample.whole(statistic, other, 0.0, inference)


def geary(values: npt.ArrayLike, weights: Weights, inference: Inference) -> Global:
    """Geary's C (Geary 1954). Arguments and errors as of :func:`moran`."""
    sample = _Sample.of(weights, values)
    deviations, w = sample.deviations(0), sample.weights
    share = (sample.size - 1) / (2 * sample.size * float(deviations @ deviations))
    both: Numbers = 1 + w.sum(axis=0)

    def statistic(many: Numbers) -> Numbers:
        return share * (_along(many**2, both[None, :]) - 2 * _along(many, many @ w.T))

    return sample.whole(statistic, deviations, 1.0, inference)


def local_moran(values: npt.ArrayLike, weights: Weights, inference: Inference) -> Local:
    """Clusters and outliers: local Moran (Anselin 1995).

    Arguments and errors as of :func:`moran`. Kinds: ``high-high`` and ``low-low`` (a cluster), ``high-low`` and
    ``low-high`` (an outlier: itself, then its neighbours).
    """
    sample = _Sample.of(weights, values)
    return _local_moran(sample, sample.deviations(0), sample.deviations(0), inference)


def local_bivariate_moran(first: npt.ArrayLike, second: npt.ArrayLike, weights: Weights, inference: Inference) -> Local:
    """A unit's first indicator against its neighbours' second one; otherwise as :func:`local_moran`."""
    sample = _Sample.of(weights, first, second)
    return _local_moran(sample, _scaled(sample.deviations(0)), _scaled(sample.deviations(1)), inference)


def local_geary(values: npt.ArrayLike, weights: Weights, inference: Inference) -> Local:
    """Local Geary (Anselin 1995, 2019). Arguments and errors as of :func:`moran`.

    Kinds: ``alike`` where a unit differs less from its neighbours than by chance, ``unlike`` where more.
    """
    sample = _Sample.of(weights, values)
    z = _scaled(sample.deviations(0))

    def statistic(units: int | slice, lags: Numbers) -> Numbers:
        own = np.asarray(z[units])
        return np.asarray(own**2 - 2 * own * lags[0] + lags[1])

    def kinds(reference: Reference) -> npt.NDArray[np.str_]:
        return np.where(reference.observed < reference.mean, "alike", "unlike")

    return sample.each(statistic, np.stack([z, z**2]), kinds, inference)


def hot_spots(values: npt.ArrayLike, weights: Weights, inference: Inference) -> Local:
    """Getis-Ord Gi*: where high or low values gather, the unit itself counted in (Getis, Ord 1992; Ord, Getis 1995).

    Arguments and errors as of :func:`moran`; values must not be negative. Kinds: ``hot`` and ``cold``.
    """
    sample = _Sample.of(weights, values)
    y = sample.columns[0]
    if (y < 0).any():
        raise AnalysisError(f"{(y < 0).sum()} values are negative; Gi* compares shares of a sum: choose local Moran")
    counts = np.diff(sample.weights.indptr)
    own, around = y / (1 + counts) / y.sum(), counts / (1 + counts) / y.sum()

    def statistic(units: int | slice, lags: Numbers) -> Numbers:
        return np.asarray(own[units] + around[units] * lags[0])

    def kinds(reference: Reference) -> npt.NDArray[np.str_]:
        return np.where(reference.observed > reference.mean, "hot", "cold")

    return sample.each(statistic, y[None, :], kinds, inference)


def _local_moran(sample: "_Sample", own: Numbers, around: Numbers, inference: Inference) -> Local:
    scaled = own * (sample.size - 1) / float(own @ own)
    near = sample.weights @ around

    def statistic(units: int | slice, lags: Numbers) -> Numbers:
        return np.asarray(scaled[units] * lags[0])

    def kinds(_: Reference) -> npt.NDArray[np.str_]:
        ours, theirs = (np.where(side > 0, "high", "low") for side in (own, near))
        return np.char.add(np.char.add(ours, "-"), theirs)

    return sample.each(statistic, around[None, :], kinds, inference)


@dataclass(frozen=True, eq=False)
class _Sample:
    """The units that take part: their values, array (columns, m), and their row-standardised weights (m, m)."""

    columns: Numbers
    weights: csr_array
    used: Flags

    @classmethod
    def of(cls, weights: Weights, *columns: npt.ArrayLike) -> "_Sample":
        table = np.stack([one_a_unit(column, weights.size) for column in columns])
        used: Flags = np.all(~np.isnan(table), axis=0)
        among = weights.of(used)
        while among.islands.any():  # leaving one out can take the last neighbour from another
            used[used] = ~among.islands
            among = weights.of(used)
        if used.sum() < LEAST:
            raise AnalysisError(
                f"only {used.sum()} units have both a value and a neighbour; at least {LEAST} are needed: "
                "choose other weights, or an indicator with fewer gaps"
            )
        kept = table[:, used]
        for column in kept:
            one_a_unit(column, int(used.sum()), "the values of units with neighbours")
        return cls(kept, among.standardised, used)

    @property
    def size(self) -> int:
        return len(self.columns[0])

    def deviations(self, column: int) -> Numbers:
        """From the mean, (m,)."""
        found: Numbers = self.columns[column] - self.columns[column].mean()
        return found

    def whole(
        self, statistic: Callable[[Numbers], Numbers], values: Numbers, expected: float, inference: Inference
    ) -> Global:
        count = permutation.checked(inference.permutations)
        found = permutation.unconditional(statistic, values, count, inference.rng)
        return Global(
            float(found.observed), expected, float(found.z), float(found.p), float(found.tail), self.used, count
        )

    def each(
        self,
        statistic: Statistic,
        columns: Numbers,
        kinds: Callable[[Reference], npt.NDArray[np.str_]],
        inference: Inference,
    ) -> Local:
        count = permutation.checked(inference.permutations)
        most = int(np.diff(self.weights.indptr).max())
        drawn = permutation.draw(self.size - 1, most, count, inference.rng)
        found = permutation.conditional(statistic, columns, self.weights, drawn)
        q = discovery_rates(found.p)
        kind = np.full(len(self.used), "", dtype="<U9")
        kind[self.used] = np.where(q <= inference.alpha, kinds(found), "")
        value, z, p, tail, rate = (self._spread(part) for part in (found.observed, found.z, found.p, found.tail, q))
        return Local(value, z, p, tail, rate, kind, self.used, count, inference.alpha)

    def _spread(self, part: Numbers) -> Numbers:
        whole = np.full(len(self.used), np.nan)
        whole[self.used] = part
        return whole


def discovery_rates(p: Numbers) -> Numbers:
    """p adjusted so that those up to a bound have that rate of false ones at the most (Benjamini, Hochberg 1995)."""
    from scipy.stats import false_discovery_control

    adjusted: Numbers = false_discovery_control(p, method="bh")
    return adjusted


def _scaled(deviations: Numbers) -> Numbers:
    scaled: Numbers = deviations / deviations.std()
    return scaled


def _along(one: Numbers, other: Numbers) -> Numbers:
    """Row by row, the sum of products."""
    found: Numbers = np.vecdot(one, other)
    return found
