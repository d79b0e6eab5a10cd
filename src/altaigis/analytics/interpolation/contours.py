"""Contours: lines of equal value on a surface."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from altaigis.analytics.interpolation.surface import Grid
from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError

#: More lines than these are no drawing.
MOST = 60


def levels_of(values: Numbers, wanted: int = 10) -> list[float]:
    """Round values, 1, 2 or 5 of some power of ten apart, about so many of them, strictly between the least and the
    greatest; none where nothing differs."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    rough = (high - low) / max(wanted, 1)
    # what differs by less than numbers can tell does not differ
    if not rough > 1e-9 * max(abs(low), abs(high)):
        return []
    power = 10.0 ** math.floor(math.log10(rough))
    return levels_by(values, next(power * step for step in (1, 2, 5, 10) if power * step >= rough))


def levels_by(values: Numbers, step: float) -> list[float]:
    """Multiples of a step strictly between the least and the greatest value.

    Raises:
        AnalysisError: the step is not above 0, or makes too many.
    """
    if not step > 0:
        raise AnalysisError(f"a step of contours is above 0, not {step:g}")
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if (high - low) / step > MOST:
        raise AnalysisError(f"a step of {step:g} makes {(high - low) / step:.0f} contours; {MOST} are drawn at most")
    digits = max(0, 2 - math.floor(math.log10(step)))
    numbers = range(math.floor(low / step), math.ceil(high / step) + 1)
    return [level for number in numbers if low < (level := round(number * step, digits)) < high]


def contours(grid: Grid, values: Numbers, levels: list[float]) -> list[shapely.MultiLineString]:
    """A line in the plane of the grid for each level, empty where it has none; by contourpy, which draws those of
    matplotlib.

    Args:
        values: array (rows, columns), NaN where nothing is told: no line goes there.
    """
    from contourpy import contour_generator

    generator = contour_generator(grid.x, grid.y, np.ma.masked_invalid(values))
    return [_simple(generator.lines(level), grid.cell / 10) for level in levels]


def _simple(lines: Iterable[Any], tolerance: float) -> shapely.MultiLineString:
    """There is a point on every edge of a cell; a tenth of a cell nobody sees."""
    drawn = [shapely.LineString(line) for line in lines if len(line) > 1]
    return shapely.MultiLineString([line for line in shapely.simplify(drawn, tolerance) if line.length])
