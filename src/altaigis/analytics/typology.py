"""Types of units that resemble each other in several indicators, and each unit's nearest peers.

Distances are between standardised indicators (mean 0, standard deviation 1), so that none counts more for its unit of
measurement. Units that lack an indicator are left out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from altaigis.analytics.indicators import Indicators
from altaigis.analytics.values import Flags, Numbers
from altaigis.analytics.weights import Weights
from altaigis.errors import AnalysisError

Labels = npt.NDArray[np.intp]

#: SKATER holds the distances of all pairs: 200 MB.
MOST_UNITS = 5_000


@dataclass(frozen=True, eq=False)
class Typology:
    """Types of n units by k indicators.

    Attributes:
        names: of the indicators.
        labels: array (n,), the type of each unit from 0 on, the largest first; -1 for units that are left out.
        sizes: array (types,), units in each.
        profile: array (types, k), means of the standardised indicators: 1 is a standard deviation above the mean.
        means: array (types, k), in the indicators' own units.
        explained: the part of the total variance that lies between types, 0 to 1.
        silhouette: how much nearer units are to their own type than to the next one, -1 to 1 (Rousseeuw 1987); from 0.5
            on types stand apart, below 0.25 they hardly do.
        calinski_harabasz: ratio of the variance between types to that within (1974); higher is better.
        davies_bouldin: mean likeness of each type to its most similar one (1979); lower is better.
        used: array (n,), the unit took part.
        close: pairs of indicators that overlap, |r| of 0.9 or more: what they tell counts nearly twice.
    """

    names: tuple[str, ...]
    labels: Labels
    sizes: npt.NDArray[np.intp]
    profile: Numbers
    means: Numbers
    explained: float
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    used: Flags
    close: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, eq=False)
class Peers:
    """The units most like one of them, the nearest first.

    Attributes:
        units: array (count,), positions.
        distances: array (count,), root mean square difference in standard deviations.
        shares: array (count, k): what part of the squared difference comes from which indicator, with the sum 1.
    """

    units: npt.NDArray[np.intp]
    distances: Numbers
    shares: Numbers


def kmeans(frame: pd.DataFrame, types: int, rng: np.random.Generator) -> Typology:
    """Types by k-means (Lloyd 1982, started by k-means++), the best of ten starts.

    Args:
        frame: one row a unit, one column an indicator, NaN where missing.
        types: how many, from 2 on.
        rng: where the starts come from.

    Raises:
        AnalysisError: as :meth:`Indicators.of`, or there are not more different units than types.
    """
    sample = _Sample.of(frame, types)
    from sklearn.cluster import KMeans

    seed = int(rng.integers(2**31))
    return sample.typology(KMeans(types, n_init=10, random_state=seed).fit_predict(sample.standardised))


def hierarchical(frame: pd.DataFrame, types: int) -> Typology:
    """Types by joining the most similar ones step by step (Ward 1963). Arguments and errors as of :func:`kmeans`."""
    sample = _Sample.of(frame, types)
    from sklearn.cluster import AgglomerativeClustering

    return sample.typology(AgglomerativeClustering(types, linkage="ward").fit_predict(sample.standardised))


def regions(frame: pd.DataFrame, types: int, weights: Weights) -> Typology:
    """Types that each hold together on the map, by SKATER (Assunção et al. 2006), as spopt has it.

    Args:
        frame: as of :func:`kmeans`.
        types: how many, from 2 on; no fewer than there are parts without a neighbour in between.
        weights: of the units.

    Raises:
        AnalysisError: as of :func:`kmeans`; the weights do not fit; the map falls into more parts than types; or there
            are more than 5000 units.
    """
    if weights.size != len(frame):
        raise AnalysisError(f"weights of {weights.size} units and indicators of {len(frame)}; they must be the same")
    if len(frame) > MOST_UNITS:
        raise AnalysisError(f"{len(frame)} units; regions are made of {MOST_UNITS} at the most: choose a part of them")
    sample = _Sample.of(frame, types)
    among = weights.of(sample.used)
    parts = int(among.parts.max()) + 1
    if parts > types:
        raise AnalysisError(
            f"the units fall into {parts} parts that are no neighbours; ask for {parts} types or more, or choose "
            "weights that join them, as nearest does"
        )
    import warnings

    from libpysal.weights import WSP
    from sklearn.metrics.pairwise import euclidean_distances
    from spopt.region.skater import SpanningForest

    forest = SpanningForest(dissimilarity=euclidean_distances, reduction=np.sum, center=np.mean)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts count among the types, as is meant here
        joined = WSP(among.matrix.maximum(among.matrix.T).tocsr()).to_W(silence_warnings=True)
        forest.fit(types, joined, data=sample.standardised, islands="ignore")
    return sample.typology(np.asarray(forest.current_labels_))


def peers(frame: pd.DataFrame, unit: int, count: int = 5) -> Peers:
    """The units most like one.

    Args:
        frame: as of :func:`kmeans`.
        unit: position of the one.
        count: how many peers.

    Raises:
        AnalysisError: as :meth:`Indicators.of`; there is no such unit, it lacks an indicator, or has fewer others.
    """
    sample = _Sample.of(frame, 2)
    if not 0 <= unit < len(frame) or not sample.used[unit]:
        raise AnalysisError(f"unit {unit} is none of the {int(sample.used.sum())} units that have all indicators")
    if not 1 <= count < len(sample.standardised):
        raise AnalysisError(f"{count} peers among {len(sample.standardised) - 1} others; choose fewer")
    positions = np.flatnonzero(sample.used)
    own = sample.standardised[np.searchsorted(positions, unit)]
    squares = (sample.standardised - own) ** 2
    others = np.flatnonzero(positions != unit)
    order = others[np.argsort(squares[others].sum(axis=1), kind="stable")][:count]
    near = squares[order]
    total = near.sum(axis=1, keepdims=True)
    even = np.full(near.shape, 1 / near.shape[1])
    return Peers(positions[order], np.sqrt(near.mean(axis=1)), np.divide(near, total, out=even, where=total > 0))


@dataclass(frozen=True, eq=False)
class _Sample:
    table: Indicators
    used: Flags
    standardised: Numbers

    @classmethod
    def of(cls, frame: pd.DataFrame, types: int) -> "_Sample":
        table = Indicators.of(frame)
        used = table.complete
        whole = table.values[used]
        different = len(np.unique(whole, axis=0))
        if not 2 <= types < different:
            raise AnalysisError(
                f"{types} types of {different} different units that have all indicators; choose from 2 to "
                f"{max(2, different - 1)}, or indicators with fewer gaps"
            )
        for name, column in zip(table.names, whole.T, strict=True):
            if column.min() == column.max():
                raise AnalysisError(f"indicator {name} is {column[0]:g} in all units that have all; leave it out")
        return cls(table, used, (whole - whole.mean(axis=0)) / whole.std(axis=0))

    def typology(self, found: npt.ArrayLike) -> Typology:
        from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

        labels = _largest_first(np.asarray(found))
        z, whole = self.standardised, self.table.values[self.used]
        sizes = np.bincount(labels)
        profile, means = (
            np.stack([column[labels == label].mean(axis=0) for label in range(len(sizes))]) for column in (z, whole)
        )
        every = np.full(len(self.used), -1, dtype=np.intp)
        every[self.used] = labels
        return Typology(
            names=self.table.names,
            labels=every,
            sizes=sizes,
            profile=profile,
            means=means,
            explained=float(sizes @ (profile**2).sum(axis=1) / (z**2).sum()),
            silhouette=float(silhouette_score(z, labels)),
            calinski_harabasz=float(calinski_harabasz_score(z, labels)),
            davies_bouldin=float(davies_bouldin_score(z, labels)),
            used=self.used,
            close=self.table.close,
        )


def _largest_first(labels: Labels) -> Labels:
    """Numbered by size, and by the first unit where sizes are equal: no library's order shows through."""
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(counts), dtype=np.intp)
    place[np.lexsort([first, -counts])] = np.arange(len(counts))
    return place[inverse]
