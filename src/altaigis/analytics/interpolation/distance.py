"""Inverse distance weighting: a mean of the stations in which the nearer ones count more."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from altaigis.analytics.interpolation.stations import Places, Stations
from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError

#: Numbers in a block of distances from places to stations: 4 MB.
AT_ONCE = 500_000


@dataclass(frozen=True, eq=False)
class InverseDistance:
    """Shepard's (1968) method: weights of distance to the power of -p, over all stations; a station's value is met.

    Raises:
        AnalysisError: the power is not above 0.
    """

    stations: Stations
    power: float = 2.0

    def __post_init__(self) -> None:
        if not self.power > 0:
            raise AnalysisError(f"the power of a distance is above 0, not {self.power:g}")

    def __call__(self, places: Places) -> Numbers:
        """Estimates at m places, array (m,)."""
        known = self.stations
        means = [weights @ known.values for weights in weighted(known.places, places, self.power)]
        return np.concatenate([np.empty(0), *means])


def weighted(known: Places, places: Places, power: float, *, but_itself: bool = False) -> Iterator[Numbers]:
    """Blocks of weights, array (some places, stations), rows with the sum 1; of a place at a station that one alone, or
    with ``but_itself`` all but that one."""
    from scipy.spatial.distance import cdist

    size = max(AT_ONCE // len(known), 1)
    for start in range(0, len(places), size):
        distances = cdist(places.xy[start : start + size], known.xy)
        here = distances == 0
        with np.errstate(divide="ignore"):
            # of the nearest the weight is 1: no power of metres leaves the range of numbers
            nearest = np.where(here, np.inf, distances).min(axis=1, keepdims=True)
            weights = np.where(here, 0, (np.where(here, 1, distances) / nearest) ** -power)
        met = here.any(axis=1)
        if met.any() and not but_itself:
            weights[met] = here[met]
        yield weights / weights.sum(axis=1, keepdims=True)
