"""Cross-validation: stations are hidden, guessed from the others, and the guess is held against what is known."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from altaigis.analytics.interpolation.distance import weighted
from altaigis.analytics.interpolation.kriging import Kriging
from altaigis.analytics.interpolation.stations import FEWEST, Places, Stations
from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError

#: Up to so many stations each is hidden for itself; of more, groups are.
MOST_ALONE = 200
GROUPS = 10

#: Estimates at places, with their standard errors where the method has such.
Method = Callable[[Places], Numbers | tuple[Numbers, Numbers]]


@dataclass(frozen=True, eq=False)
class Validation:
    """How well n stations are guessed from the others.

    Attributes:
        residuals: array (n,): guessed less known, in the unit of the values.
        errors: array (n,): the standard errors that the method expected there.
        groups: how many groups were hidden one after the other; n where each station was hidden for itself.
        mean_error: of the residuals: above 0 the method guesses too much.
        rmse: root of the mean square of the residuals.
        mae: mean of their absolute values.
        r2: 1 - squares of the residuals / squares of the deviations from the mean: 1 is perfect, 0 no better than the
            mean of all stations, below 0 worse. NaN where the values do not differ.
        standardised_mean: of residuals / standard errors: near 0 is right.
        standardised_rmse: near 1 is right; above, the method is less sure than it says.
    """

    residuals: Numbers
    errors: Numbers
    groups: int
    mean_error: float
    rmse: float
    mae: float
    r2: float
    standardised_mean: float
    standardised_rmse: float


def cross_validated(
    method: Callable[[Stations], Method], stations: Stations, rng: np.random.Generator, groups: int | None = None
) -> Validation:
    """Hide each station, or each of so many groups by chance, and guess it from the others.

    Methods that tell no standard errors are given those of :class:`Tried`.

    Args:
        method: makes a method out of stations; a variogram should be given, not fitted anew each time.
        groups: 2 to n; without, each station is hidden for itself where there are no more than :data:`MOST_ALONE`,
            else one of :data:`GROUPS`.

    Raises:
        AnalysisError: there are more groups than stations, or too few stations are left.
    """
    count = len(stations)
    chosen = groups or (count if count <= MOST_ALONE else GROUPS)
    if not 2 <= chosen <= count:
        raise AnalysisError(f"{chosen} groups of {count} stations; choose 2 to {count}")
    number = np.arange(count) % chosen
    if chosen < count:
        rng.shuffle(number)
    if count - np.bincount(number).max() < min(FEWEST, count) - 1:
        raise AnalysisError(f"{chosen} groups of {count} stations leave too few to guess from; choose more groups")
    guessed, errors = np.full((2, count), np.nan)
    for group in range(chosen):
        hidden = number == group
        found = method(stations.some(~hidden))(stations.places.some(hidden))
        guessed[hidden], errors[hidden] = found if isinstance(found, tuple) else (found, np.nan)
    residuals = guessed - stations.values
    if np.isnan(errors).all():
        errors = _others(stations.places, residuals)
    return _told(stations, residuals, errors, chosen)


def _told(stations: Stations, residuals: Numbers, errors: Numbers, groups: int) -> Validation:
    deviations = ((stations.values - stations.values.mean()) ** 2).sum()
    # of no error at all nothing can be a multiple
    standardised = residuals[errors > 0] / errors[errors > 0]
    return Validation(
        residuals=residuals,
        errors=errors,
        groups=groups,
        mean_error=float(residuals.mean()),
        rmse=float(np.sqrt((residuals**2).mean())),
        mae=float(abs(residuals).mean()),
        r2=float(1 - (residuals**2).sum() / deviations) if deviations > 0 else float("nan"),
        standardised_mean=float(standardised.mean()) if standardised.size else float("nan"),
        standardised_rmse=float(np.sqrt((standardised**2).mean())) if standardised.size else float("nan"),
    )


#: Of distances, by which the residuals of stations count for a place.
_POWER = 2.0


@dataclass(frozen=True, eq=False)
class Tried:
    """A method that tells no errors, with those that it made where it was tried: at a place the root of the mean square
    of the residuals of the stations around, the nearer counting more.

    It tells how wrong the method was near there when it could not see the station; it is no property of the method, and
    does not fall to 0 at stations.
    """

    method: Callable[[Places], Numbers]
    stations: Stations
    residuals: Numbers

    def __call__(self, places: Places) -> tuple[Numbers, Numbers]:
        """Estimates and errors at m places: arrays (m,)."""
        blocks = [weights @ self.residuals**2 for weights in weighted(self.stations.places, places, _POWER)]
        return self.method(places), np.sqrt(np.concatenate([np.empty(0), *blocks]))


def _others(places: Places, residuals: Numbers) -> Numbers:
    """The error that those of the other stations let expect at each."""
    blocks = [weights @ residuals**2 for weights in weighted(places, places, _POWER, but_itself=True)]
    return np.sqrt(np.concatenate(blocks))


def krige_with(kriging: Kriging) -> Callable[[Stations], Kriging]:
    """Makes the same kriging out of other stations."""
    return partial(Kriging, variogram=kriging.variogram)
