"""Terrain: slope and shading of a surface that is given by heights on a grid.

After Horn, B. K. P. (1981), Hill shading and the reflectance map, Proceedings of the IEEE 69(1), 14-47: the gradient is
a weighted difference over the eight neighbours of a cell, as ``gdaldem`` has it too.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.floating[Any]]


def gradient(heights: Grid, cell: Grid | float) -> tuple[Grid, Grid]:
    """The rise to the east and to the north, without a unit.

    Args:
        heights: array (h + 2, w + 2), metres, north up: one row or column more on each side; NaN where not known.
        cell: side of a cell, metres; a number, or an array (h, 1) where it differs from row to row.

    Returns:
        two arrays (h, w), NaN where a cell or one of its neighbours is not known.
    """
    across = heights[:-2] + 2 * heights[1:-1] + heights[2:]
    along = heights[:, :-2] + 2 * heights[:, 1:-1] + heights[:, 2:]
    return (across[:, 2:] - across[:, :-2]) / (8 * cell), (along[:-2] - along[2:]) / (8 * cell)


def slope(heights: Grid, cell: Grid | float) -> Grid:
    """Degrees from the horizontal, array (h, w); arguments and NaN as of :func:`gradient`."""
    return np.degrees(np.arctan(np.hypot(*gradient(heights, cell))))


def shade(heights: Grid, cell: Grid | float, azimuth: float, altitude: float) -> Grid:
    """How much light a matt surface gets, from 0 (none, it looks away) to 1; array (h, w), NaN as of :func:`gradient`.

    Args:
        azimuth: of the sun, degrees clockwise from north.
        altitude: of the sun, degrees above the horizon.
    """
    east, north = gradient(heights, cell)
    bearing, height = math.radians(azimuth), math.radians(altitude)
    towards = east * math.sin(bearing) + north * math.cos(bearing)
    light = (math.sin(height) - math.cos(height) * towards) / np.sqrt(1 + east**2 + north**2)
    return np.maximum(light, 0)
