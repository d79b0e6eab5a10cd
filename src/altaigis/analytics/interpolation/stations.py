"""Stations: places with one value each, as every method takes them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from altaigis.analytics.values import Flags, Numbers
from altaigis.errors import AnalysisError

Positions = npt.NDArray[np.intp]
#: Metres: what lies nearer together is one place, of which no method could tell two values apart.
ONE_PLACE = 1.0
#: A plane has three parameters; with fewer stations there is nothing that could be checked.
FEWEST = 5


@dataclass(frozen=True, eq=False)
class Places:
    """Where something is known or asked.

    Attributes:
        xy: array (n, 2), metres in a plane.
        drift: array (n, k): what the values are taken to follow (elevation), in any unit; k may be 0.
    """

    xy: Numbers
    drift: Numbers

    @classmethod
    def at(cls, xy: npt.ArrayLike, drift: npt.ArrayLike | None = None) -> "Places":
        places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        followed = np.empty((len(places), 0)) if drift is None else np.asarray(drift, dtype=np.float64)
        return cls(places, followed.reshape(len(places), -1))

    def __len__(self) -> int:
        return len(self.xy)

    def some(self, which: Flags | Positions | slice) -> "Places":
        return Places(self.xy[which], self.drift[which])


@dataclass(frozen=True, eq=False)
class Stations:
    """What is known: n places, no two of them one, with a value each.

    Attributes:
        places: array (n,) of them.
        values: array (n,).
        which: array (m,): the station that each row of the input has become part of, -1 where it has no value.
        merged: how many rows were not alone at their place: the station there has their mean.
    """

    places: Places
    values: Numbers
    which: Positions = field(default_factory=lambda: np.empty(0, np.intp))
    merged: int = 0

    def __len__(self) -> int:
        return len(self.values)

    def some(self, which: Flags) -> "Stations":
        return Stations(self.places.some(which), self.values[which])


def stations(places: Places, values: npt.ArrayLike) -> Stations:
    """Stations from m rows: those without a value or a drift are left out, those at one place get their mean.

    Raises:
        AnalysisError: a place or a value is infinite, fewer than :data:`FEWEST` places remain, or all lie on one line.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (len(places),):
        raise AnalysisError(f"shape {numbers.shape} of values at {len(places)} places; give one a place")
    if not np.isfinite(places.xy).all() or np.isinf(numbers).any() or np.isinf(places.drift).any():
        raise AnalysisError("a place, a value or a drift is infinite, or a place is missing; correct it")
    there = ~np.isnan(numbers) & ~np.isnan(places.drift).any(axis=1)
    which = np.full(len(numbers), -1, np.intp)
    if there.any():
        _, which[there] = np.unique(np.round(places.xy[there] / ONE_PLACE), axis=0, return_inverse=True)
    rows = which[there]
    counts = np.bincount(rows) if len(rows) else np.empty(0, np.intp)
    if len(counts) < FEWEST:
        raise AnalysisError(
            f"{len(counts)} different places have a value ({len(numbers)} were given); a field between stations needs "
            f"{FEWEST} at least"
        )
    columns = np.column_stack([places.xy, places.drift, numbers])[there]
    means = np.column_stack([np.bincount(rows, column) / counts for column in columns.T])
    _require_plane(means[:, :2])
    merged = int(counts[counts > 1].sum())
    return Stations(Places(means[:, :2], means[:, 2:-1]), means[:, -1], which, merged)


def _require_plane(xy: Numbers) -> None:
    long, short = np.linalg.svd(xy - xy.mean(axis=0), compute_uv=False)
    if short < 1e-6 * long:
        raise AnalysisError("all stations lie on one line; what is beside it cannot be told from them")
