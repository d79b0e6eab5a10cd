"""Kriging: the linear estimate without bias whose error has the least variance, and that variance.

The system is solved once for all places, which are gone through in blocks of bounded memory. PyKrige, whose results
these equal, is several times slower and takes 1.1 GB for 100 stations on 500 × 500 cells (benchmarks/analytics.py); it
fits the variogram of the values where that of the residuals from the drift is meant.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from altaigis.analytics.interpolation import variogram as variograms
from altaigis.analytics.interpolation.stations import Places, Stations
from altaigis.analytics.interpolation.variogram import Model, Variogram
from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError

#: Numbers in a block of distances from places to stations: 2 MB, which stays in the caches of a processor.
AT_ONCE = 250_000
#: Classes of distance for a fit, up to this part of the longest: farther pairs are few, and say more of the edges.
LAGS, REACH = 12, 0.6


@dataclass(frozen=True, eq=False)
class Kriging:
    """Ordinary kriging, where the mean is unknown and the same everywhere; universal kriging (with a drift), where it
    follows the drift by a line that is unknown too (Matheron 1969; Kitanidis 1997). A station's value is met exactly.

    Raises:
        AnalysisError: the drift does not differ among the stations, or the system has no stable solution.
    """

    stations: Stations
    variogram: Variogram

    @classmethod
    def fitted(
        cls, stations: Stations, model: Model = "spherical", lags: int = LAGS, reach: float = REACH
    ) -> "Kriging":
        """With the variogram that is nearest to the stations' values, or to what a drift leaves of them.

        Raises:
            AnalysisError: as :func:`~altaigis.analytics.interpolation.variogram.fit`, or nothing can be estimated.
        """
        found = variograms.empirical(stations, _residuals(stations), lags, reach)
        return cls(stations, variograms.fit(found, model))

    def __call__(self, places: Places) -> tuple[Numbers, Numbers]:
        """Estimates and their standard errors at m places: arrays (m,), in the unit of the values; NaN where there is
        no drift."""
        from scipy.spatial.distance import cdist

        known = self.stations
        if places.drift.shape[1] != known.places.drift.shape[1]:
            raise AnalysisError(
                f"the stations have {known.places.drift.shape[1]} drifts, the places {places.drift.shape[1]}"
            )
        values, errors = np.empty((2, len(places)))
        size = max(AT_ONCE // len(known), 1)
        asked = self._scaled(places.drift)
        for start in range(0, len(places), size):
            block = slice(start, start + size)
            right = np.empty((known.places.drift.shape[1] + 1 + len(known), len(places.xy[block])))
            distances = cdist(known.places.xy, places.xy[block])
            right[: len(known)] = self.variogram(distances) / -self._size
            right[: len(known)][distances <= _HERE] = 0
            right[len(known)] = 1
            right[len(known) + 1 :] = asked[block].T
            values[block] = self._weighted @ right
            # no less than 0 but for the last digits
            spread = -np.einsum("ij,ij->j", self._inverse @ right, right)
            errors[block] = np.sqrt(np.maximum(spread * self._size, 0))
        return values, errors

    @cached_property
    def _size(self) -> float:
        """The semivariance over the stations' extent: squared units of any size would make the system unstable."""
        return float(self.variogram(np.hypot(*np.ptp(self.stations.places.xy, axis=0))))

    @cached_property
    def _inverse(self) -> Numbers:
        """Array (n + 1 + k, n + 1 + k): of the system [-γ F; Fᵀ 0]."""
        from scipy.linalg import LinAlgError, LinAlgWarning, inv
        from scipy.spatial.distance import cdist

        known = self.stations
        functions = np.column_stack([np.ones(len(known)), self._scaled(known.places.drift)])
        if np.linalg.matrix_rank(functions) < functions.shape[1]:
            raise AnalysisError("the drift does not differ among the stations, or one is a multiple of another")
        size = len(known) + functions.shape[1]
        system = np.zeros((size, size))
        system[: len(known), : len(known)] = self.variogram(cdist(known.places.xy, known.places.xy)) / -self._size
        np.fill_diagonal(system, 0)
        system[: len(known), len(known) :] = functions
        system[len(known) :, : len(known)] = functions.T
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", LinAlgWarning)
                inverse: Numbers = inv(system)
        except (LinAlgError, LinAlgWarning):
            raise AnalysisError(
                f"kriging with this variogram ({self.variogram.model}, nugget {self.variogram.nugget:g}) has no stable "
                "solution; give it a nugget, or choose another model"
            ) from None
        return (inverse + inverse.T) / 2

    @cached_property
    def _weighted(self) -> Numbers:
        """Array (n + 1 + k,): what a right side is multiplied by to give the estimate."""
        weighted: Numbers = self._inverse[:, : len(self.stations)] @ self.stations.values
        return weighted

    def _scaled(self, drift: Numbers) -> Numbers:
        """A drift of any unit would be of another size than the rest of the system."""
        own = self.stations.places.drift
        spread = own.std(axis=0)
        scaled: Numbers = (drift - own.mean(axis=0)) / np.where(spread > 0, spread, 1)
        return scaled


#: Metres, or whatever the unit of places is: this near to a station one is there.
_HERE = 1e-10


def _residuals(stations: Stations) -> Numbers:
    """What a line through the drift leaves of the values."""
    functions = np.column_stack([np.ones(len(stations)), stations.places.drift])
    line = np.linalg.lstsq(functions, stations.values, rcond=None)[0]
    left: Numbers = stations.values - functions @ line
    return left
