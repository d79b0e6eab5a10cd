"""Inference by permutation: one engine, for whatever statistic of values and their neighbours' mean.

Conditional permutation after Anselin (1995): a unit keeps its value, its neighbours get those of units drawn from all
others. The same draws serve all units, as in PySAL's esda, whose numbers come out on the same draws.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError

MOST = 99_999
#: So many numbers are permuted at a time: 32 MB.
BLOCK = 4_000_000

#: Of one unit under all draws, from lags (columns, draws); and of all units, from lags (columns, units).
Statistic = Callable[[int | slice, Numbers], Numbers]
Draws = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Reference:
    """An observed statistic against its values under permutation.

    Attributes:
        observed: the statistic, a scalar or array (n,).
        mean: of the permuted ones, same shape.
        deviation: their standard deviation, same shape.
        tail: pseudo significance, one-sided, as PySAL's ``p_sim``: the smaller tail, the observed one counted in.
    """

    observed: Numbers
    mean: Numbers
    deviation: Numbers
    tail: Numbers

    @property
    def p(self) -> Numbers:
        """Two-sided: twice the tail, same shape."""
        return np.minimum(1.0, 2 * self.tail)

    @property
    def z(self) -> Numbers:
        """How many standard deviations the observed statistic lies from the mean, same shape; NaN where it is fixed."""
        spread = np.where(self.deviation > 0, self.deviation, np.nan)
        return (self.observed - self.mean) / spread


def checked(permutations: int) -> int:
    """As asked for.

    Raises:
        AnalysisError: too few to call anything significant, or too many.
    """
    if not 99 <= permutations <= MOST:
        raise AnalysisError(f"{permutations} permutations; choose 99 to {MOST}")
    return permutations


def draw(units: int, count: int, permutations: int, rng: np.random.Generator) -> Draws:
    """Array (count, permutations): in each column different numbers below ``units``, in random order.

    The first steps of a shuffle by Fisher and Yates (1938), all columns at a time.
    """
    drawn = np.empty((count, permutations), dtype=np.intp)
    for some in _blocks(permutations, units):
        width = some.stop - some.start
        decks, columns = np.repeat(np.arange(units)[:, None], width, axis=1), np.arange(width)
        for at in range(count):
            other = rng.integers(at, units, size=width)
            drawn[at, some] = decks[other, columns]
            decks[other, columns] = decks[at]
    return drawn


def conditional(statistic: Statistic, columns: Numbers, weights: csr_array, drawn: Draws) -> Reference:
    """A local statistic under conditional permutation.

    Args:
        statistic: of units, from the weighted means of their neighbours.
        columns: array (columns, n), what the means are taken of.
        weights: sparse (n, n) without a diagonal, no row empty.
        drawn: by :func:`draw`, of n - 1 units and as many as the row with the most neighbours has.
    """
    size = columns.shape[1]
    observed = statistic(slice(None), columns @ weights.T)
    mean, deviation, tail = np.empty(size), np.empty(size), np.empty(size)
    others = columns[:, 1:].copy()
    for unit in range(size):
        lags = np.zeros((len(columns), drawn.shape[1]))
        for at, weight in enumerate(weights.data[weights.indptr[unit] : weights.indptr[unit + 1]]):
            lags += weight * others[:, drawn[at]]
        permuted = statistic(unit, lags)
        mean[unit], deviation[unit] = permuted.mean(), permuted.std()
        tail[unit] = _tail(observed[unit], permuted)
        if unit < size - 1:  # all but the next one: its place is taken by this one
            others[:, unit] = columns[:, unit]
    return Reference(observed, mean, deviation, tail)


def unconditional(
    statistic: Callable[[Numbers], Numbers], values: Numbers, permutations: int, rng: np.random.Generator
) -> Reference:
    """A global statistic when all values change places.

    Args:
        statistic: array (permutations, n) of values to array (permutations,).
        values: array (n,).
        permutations: how often.
        rng: what the permutations come from.
    """
    permuted = np.empty(permutations)
    for some in _blocks(permutations, len(values)):
        permuted[some] = statistic(rng.permuted(np.tile(values, (some.stop - some.start, 1)), axis=1))
    observed = statistic(values[None, :])[0]
    tail = np.asarray(_tail(observed, permuted))
    return Reference(observed, np.asarray(permuted.mean()), np.asarray(permuted.std()), tail)


def _tail(observed: float, permuted: Numbers) -> float:
    # sums in another order differ in their last digits: those that tie with the observed one count on both sides
    near = 1e-9 * max(abs(observed), float(np.abs(permuted).max()))
    tail = min(int((permuted >= observed - near).sum()), int((permuted <= observed + near).sum()))
    return (tail + 1) / (len(permuted) + 1)


def _blocks(permutations: int, units: int) -> Iterator[slice]:
    step = max(1, BLOCK // units)
    for start in range(0, permutations, step):
        yield slice(start, min(start + step, permutations))
