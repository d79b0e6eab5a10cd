"""One number a unit, checked once at the door of every analysis."""

import numpy as np
import numpy.typing as npt

from altaigis.errors import AnalysisError

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def numbers(values: npt.ArrayLike, what: str = "the values") -> Numbers:
    """Values as floats, NaN where one is missing.

    Raises:
        AnalysisError: they are no numbers, infinite, all missing or all the same.
    """
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise AnalysisError(
            f"{what}: not all of them are numbers; give numbers, and NaN where one is missing"
        ) from None
    if np.isinf(found).any():
        raise AnalysisError(f"{what}: {np.isinf(found).sum()} are infinite; correct them or leave them missing")
    there = found[~np.isnan(found)]
    if not there.size:
        raise AnalysisError(f"{what}: all {found.size} are missing; choose another indicator or period")
    if there.min() == there.max():
        raise AnalysisError(f"{what}: all {there.size} are {there[0]:g}; what does not differ cannot be compared")
    return found


def one_a_unit(values: npt.ArrayLike, units: int, what: str = "the values") -> Numbers:
    """As :func:`numbers`, shape (units,).

    Raises:
        AnalysisError: there are more or fewer of them than units.
    """
    found = numbers(values, what)
    if found.shape != (units,):
        raise AnalysisError(f"{what}: shape {found.shape} where there are {units} units; give one number a unit")
    return found
