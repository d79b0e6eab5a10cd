"""A composite index of several indicators, and how much of its ranking the choice of weights decides.

After the OECD and JRC (2008), Handbook on Constructing Composite Indicators.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from altaigis.analytics.indicators import Indicators
from altaigis.analytics.values import Flags, Numbers
from altaigis.errors import AnalysisError

Scaling = Literal["minmax", "zscore", "rank", "best"]
Weighting = Literal["equal", "pca", "entropy"]
Aggregation = Literal["arithmetic", "geometric"]
Missing = Literal["leave_out", "reweigh", "median"]

#: Where a scale starts under geometric aggregation: a 0 in one indicator would be a 0 in all (JRC: 1 to 100).
FLOOR = 0.01
#: Under ``reweigh``, the share of the weights that a unit must have values for.
ENOUGH = 2 / 3
#: Under ``median``, the share of the units that must have a value of an indicator.
MOSTLY = 0.5
#: Each pair of a unit and a rank is counted: 220 MB.
MOST_UNITS = 3_000
#: Scores that are ranked at a time: 32 MB.
BLOCK = 4_000_000


@dataclass(frozen=True)
class Recipe:
    """The choices that an index is made of; each is told with it.

    Attributes:
        less_is_better: names of indicators where a low value is good; they are turned round.
        scaling: ``minmax`` 0 to 1; ``zscore``, in standard deviations (n - 1); ``rank`` from 0 to 1; ``best``: divided
            by the largest value.
        goalposts: for ``minmax``, the values that are 0 and 1 by name of the indicator, beyond which nothing counts; so
            that years can be compared. Others go from the smallest value to the largest.
        weighting: ``equal``; ``pca``: by factors after a varimax rotation (handbook 6.1); ``entropy`` (Shannon 1948):
            the more an indicator sets the units apart, the more it weighs.
        weights: of one's own by name, with the sum 1, in place of ``weighting``.
        aggregation: ``arithmetic``: a bad indicator is made up for by a good one; ``geometric``: less so.
        missing: a unit that lacks indicators is left out, or gets the mean of the others if they have two thirds of the
            weights (``reweigh``), or the median of the indicator.
    """

    less_is_better: tuple[str, ...] = ()
    scaling: Scaling = "minmax"
    goalposts: dict[str, tuple[float, float]] | None = None
    weighting: Weighting = "equal"
    weights: dict[str, float] | None = None
    aggregation: Aggregation = "arithmetic"
    missing: Missing = "leave_out"


@dataclass(frozen=True, eq=False)
class Composite:
    """An index of n units by k indicators.

    Attributes:
        recipe: how it was made.
        names: of the indicators.
        score: array (n,), without unit of measurement; NaN for units that are left out.
        rank: array (n,), 1 for the best; equals share the better rank; NaN as above.
        scaled: array (n, k), high is good.
        weights: array (k,), with the sum 1.
        contributions: array (n, k): their sum is the score under arithmetic aggregation, their product under geometric.
        filled: array (n, k): the value is missing and was made up for by the recipe's rule.
        close: pairs of indicators that overlap, |r| of 0.9 or more.
    """

    recipe: Recipe
    names: tuple[str, ...]
    score: Numbers
    rank: Numbers
    scaled: Numbers
    weights: Numbers
    contributions: Numbers
    filled: Flags
    close: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, eq=False)
class RankIntervals:
    """Ranks under many sets of weights; arrays (n,), NaN for units without a score.

    Attributes:
        low: the rank that a unit betters in 5 % of the draws.
        median: in the middle.
        high: the rank that it falls below in 5 % of the draws.
        best: share of the draws in which it is the first.
        draws: how many there were.
        spread: how far each weight was moved at the most, relative to itself.
    """

    low: Numbers
    median: Numbers
    high: Numbers
    best: Numbers
    draws: int
    spread: float


def composite(frame: pd.DataFrame, recipe: Recipe | None = None) -> Composite:
    """An index of the units of a frame.

    Args:
        frame: one row a unit, one column an indicator in its own unit of measurement, NaN where missing.
        recipe: the choices; the plainest if none.

    Raises:
        AnalysisError: as :meth:`Indicators.of`; a name in the recipe is no column; weights do not sum to 1; goalposts
            do not ascend; scales and aggregation do not go together; or too few units have enough values.
    """
    recipe = recipe or Recipe()
    table = Indicators.of(frame)
    _require_sense(recipe, table.names)
    values = table.values
    lacking = np.isnan(values)
    _require_units(lacking, table.names, recipe)
    if recipe.missing == "median":
        values = np.where(lacking, np.nanmedian(values, axis=0), values)
    elif recipe.missing == "leave_out":
        values = np.where(table.complete[:, None], values, np.nan)
    _require_variation(values, table.names)
    scaled = _scaled(values, table.names, recipe)
    weights = _weights(scaled, table.names, recipe)
    needed = ENOUGH if recipe.missing == "reweigh" else 1 - 1e-9
    enough: Flags = np.asarray(~np.isnan(scaled) @ weights >= needed)
    if enough.sum() < 3:
        raise AnalysisError(f"only {enough.sum()} units have enough values; choose another rule for missing ones")
    scaled[~enough] = np.nan
    score = _aggregated(scaled, weights[None, :], recipe.aggregation)[0]
    return Composite(
        recipe=recipe,
        names=table.names,
        score=score,
        rank=ranks(score),
        scaled=scaled,
        weights=weights,
        contributions=_contributions(scaled, weights, recipe.aggregation),
        filled=lacking & enough[:, None],
        close=table.close,
    )


def rank_intervals(
    index: Composite, rng: np.random.Generator, *, draws: int = 10_000, spread: float = 0.25
) -> RankIntervals:
    """How the ranks change when the weights do (handbook, step 7; Saisana, Saltelli, Tarantola 2005).

    Each weight is multiplied by a number drawn evenly from 1 - spread to 1 + spread, then all are brought to the sum 1.

    Args:
        index: what to examine.
        rng: where the draws come from.
        draws: sets of weights, 100 to 100 000.
        spread: relative, above 0 and up to 1.

    Raises:
        AnalysisError: draws or spread are out of range, or there are more than 3000 units.
    """
    if not 100 <= draws <= 100_000 or not 0 < spread <= 1:
        raise AnalysisError(f"{draws} draws with a spread of {spread:g}; choose 100 to 100 000, and up to 1")
    there: Flags = ~np.isnan(index.score)
    units = int(there.sum())
    if units > MOST_UNITS:
        raise AnalysisError(f"{units} units; ranks are followed among {MOST_UNITS} at the most: choose a part of them")
    drawn = index.weights * rng.uniform(1 - spread, 1 + spread, size=(draws, len(index.weights)))
    drawn /= drawn.sum(axis=1, keepdims=True)
    counts = np.zeros((units, units), dtype=np.int64)
    step = max(1, BLOCK // units)
    for start in range(0, draws, step):
        order = np.argsort(-_aggregated(index.scaled[there], drawn[start : start + step], index.recipe.aggregation))
        counts += np.bincount((order * units + np.arange(units)).ravel(), minlength=units**2).reshape(units, units)
    gone = np.cumsum(counts, axis=1) / draws
    spreads = [np.full(len(there), np.nan) for _ in range(4)]
    for whole, part in zip(
        spreads, (*((gone < share).sum(axis=1) + 1 for share in (0.05, 0.5, 0.95)), counts[:, 0] / draws), strict=True
    ):
        whole[there] = part
    return RankIntervals(spreads[0], spreads[1], spreads[2], spreads[3], draws, spread)


def ranks(score: Numbers) -> Numbers:
    """1 for the highest, equals share the better rank; NaN stays."""
    ordered = np.sort(-score[~np.isnan(score)])
    return np.where(np.isnan(score), np.nan, np.searchsorted(ordered, -score) + 1.0)


def _require_sense(recipe: Recipe, names: tuple[str, ...]) -> None:
    goalposts, weights = recipe.goalposts or {}, recipe.weights
    if unknown := {*recipe.less_is_better, *goalposts, *(weights or {})} - set(names):
        raise AnalysisError(f"no indicator {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if bad := [name for name, (low, high) in goalposts.items() if not low < high]:
        raise AnalysisError(f"goalposts of {bad[0]}: the first must be below the second, whatever direction is good")
    if goalposts and recipe.scaling != "minmax":
        raise AnalysisError(f"goalposts have no meaning for {recipe.scaling}; choose minmax")
    if recipe.scaling == "zscore" and (recipe.aggregation == "geometric" or recipe.weighting == "entropy"):
        raise AnalysisError("zscore gives negative numbers, which have no geometric mean and no entropy; choose minmax")
    if weights is None:
        return
    if lacking := set(names) - set(weights):
        raise AnalysisError(f"no weight for {', '.join(sorted(lacking))}; give one to each indicator")
    total = sum(weights.values())
    if min(weights.values()) < 0 or not abs(total - 1) <= 1e-6:
        raise AnalysisError(f"the weights sum to {total:g}; give 0 or more to each, with the sum 1")


def _require_units(lacking: Flags, names: tuple[str, ...], recipe: Recipe) -> None:
    """Enough values for the rule for missing ones: what is mostly made up is no index."""
    units = len(lacking)
    complete = int((~lacking.any(axis=1)).sum())
    if recipe.missing == "leave_out" and complete < 3:
        raise AnalysisError(
            f"only {complete} of {units} units have all the indicators; leave out the one that few have, or choose "
            "another rule for missing values"
        )
    for name, there in zip(names, (~lacking).sum(axis=0), strict=True):
        if there < 3 or (recipe.missing == "median" and there < MOSTLY * units):
            raise AnalysisError(f"only {there} of {units} units have a value of {name}; leave that indicator out")


def _require_variation(values: Numbers, names: tuple[str, ...]) -> None:
    """Among the units that are not left out."""
    for name, column in zip(names, values.T, strict=True):
        there = column[~np.isnan(column)]
        if there.min() == there.max():
            raise AnalysisError(
                f"indicator {name} does not differ among the {len(there)} units that have it and are not left out; "
                "leave it out, or choose another rule for missing values"
            )


def _scaled(values: Numbers, names: tuple[str, ...], recipe: Recipe) -> Numbers:
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    for name, posts in (recipe.goalposts or {}).items():
        low[names.index(name)], high[names.index(name)] = posts
    turned = np.isin(names, recipe.less_is_better)
    if recipe.scaling == "best" and (low < 0).any():
        raise AnalysisError("best divides by the largest value, and some are negative; choose minmax")
    scaled = _SCALES[recipe.scaling](values, low, high)
    # what is 1 for the worst becomes 0 and the reverse; deviations change their sign
    scaled = np.where(turned, -scaled if recipe.scaling == "zscore" else 1 - scaled, scaled)
    return FLOOR + (1 - FLOOR) * scaled if recipe.aggregation == "geometric" else scaled


def _by_rank(values: Numbers, _low: Numbers, _high: Numbers) -> Numbers:
    places = pd.DataFrame(values).rank().to_numpy()
    found: Numbers = (places - 1) / (np.nanmax(places, axis=0) - 1)
    return found


_SCALES: dict[Scaling, Callable[[Numbers, Numbers, Numbers], Numbers]] = {
    "minmax": lambda values, low, high: np.clip((values - low) / (high - low), 0, 1),
    "zscore": lambda values, _low, _high: (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0, ddof=1),
    "rank": _by_rank,
    "best": lambda values, _low, high: values / high,
}


def _weights(scaled: Numbers, names: Sequence[str], recipe: Recipe) -> Numbers:
    if recipe.weights is not None:
        return np.array([recipe.weights[name] for name in names])
    complete = scaled[~np.isnan(scaled).any(axis=1)]
    if recipe.weighting != "equal" and len(complete) <= len(names):
        raise AnalysisError(
            f"{len(complete)} complete units for {len(names)} indicators: too few for {recipe.weighting}; give weights"
        )
    return _WEIGHTINGS[recipe.weighting](complete)


def _equal(scaled: Numbers) -> Numbers:
    return np.full(scaled.shape[1], 1 / scaled.shape[1])


def _by_entropy(scaled: Numbers) -> Numbers:
    parts = scaled / scaled.sum(axis=0)
    logs = np.log(parts, out=np.zeros_like(parts), where=parts > 0)
    apart = 1 + (parts * logs).sum(axis=0) / np.log(len(parts))
    found: Numbers = apart / apart.sum()
    return found


def _by_factors(scaled: Numbers) -> Numbers:
    """Handbook 6.1, after Nicoletti, Scarpetta and Boylaud (2000): the square of an indicator's highest loading.

    The handbook divides it by the variance that the factor explains, then weighs the factors by just that.
    """
    eigenvalues, vectors = np.linalg.eigh(np.corrcoef(scaled.T))
    # factors of more than a tenth of the variance, or of more than an indicator of its own
    kept = eigenvalues >= min(1.0, scaled.shape[1] / 10)
    loadings = _varimax(vectors[:, kept] * np.sqrt(eigenvalues[kept])) ** 2
    highest = loadings.max(axis=1)
    found: Numbers = highest / highest.sum()
    return found


def _varimax(loadings: Numbers) -> Numbers:
    """Turned so that each indicator loads on few factors (Kaiser 1958)."""
    turn, before = np.eye(loadings.shape[1]), 0.0
    for _ in range(200):
        turned = loadings @ turn
        left, simple, right = np.linalg.svd(loadings.T @ (turned**3 - turned * (turned**2).mean(axis=0)))
        turn = left @ right
        if simple.sum() < before * (1 + 1e-10):
            break
        before = simple.sum()
    found: Numbers = loadings @ turn
    return found


_WEIGHTINGS: dict[Weighting, Callable[[Numbers], Numbers]] = {
    "equal": _equal,
    "pca": _by_factors,
    "entropy": _by_entropy,
}


def _aggregated(scaled: Numbers, weights: Numbers, aggregation: Aggregation) -> Numbers:
    """(sets of weights, n) from (n, k) and (sets, k): means over the indicators that are there."""
    there = ~np.isnan(scaled)
    parts = np.nan_to_num(np.log(scaled) if aggregation == "geometric" else scaled)
    total = weights @ there.T
    mean: Numbers = np.divide(weights @ parts.T, total, out=np.full(total.shape, np.nan), where=total > 0)
    return np.exp(mean) if aggregation == "geometric" else mean


def _contributions(scaled: Numbers, weights: Numbers, aggregation: Aggregation) -> Numbers:
    there = ~np.isnan(scaled)
    total = (there @ weights)[:, None]
    shares = np.divide(weights * there, total, out=np.full(scaled.shape, np.nan), where=total > 0)
    geometric = aggregation == "geometric"
    kept = np.where(there, scaled, 1 if geometric else 0)
    found: Numbers = kept**shares if geometric else kept * shares
    return found
