"""The thin-plate spline: the smoothest surface through the stations."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from altaigis.analytics.interpolation.stations import Places, Stations
from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError


@dataclass(frozen=True, eq=False)
class ThinPlateSpline:
    """Duchon's (1977) spline, by scipy's RBFInterpolator, with a plane for what is far from all stations.

    Attributes:
        smoothing: 0 meets every station; the more, the less it bends to meet them.

    Raises:
        AnalysisError: the smoothing is below 0, or the spline has no stable solution.
    """

    stations: Stations
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if not self.smoothing >= 0:
            raise AnalysisError(f"the smoothing of a spline is 0 or more, not {self.smoothing:g}")

    def __call__(self, places: Places) -> Numbers:
        """Estimates at m places, array (m,)."""
        found: Numbers = self._spline(self._scaled(places.xy))
        return found

    @cached_property
    def _spline(self) -> Any:
        from scipy.interpolate import RBFInterpolator

        try:
            return RBFInterpolator(
                self._scaled(self.stations.places.xy), self.stations.values, smoothing=self.smoothing
            )
        except np.linalg.LinAlgError:
            raise AnalysisError("a spline through these stations has no stable solution; smooth it, or krige") from None

    def _scaled(self, xy: Numbers) -> Numbers:
        """In parts of the stations' extent: the smoothing then means the same for a town and for a country."""
        own = self.stations.places.xy
        scaled: Numbers = (xy - own.mean(axis=0)) / np.ptp(own, axis=0).max()
        return scaled
