"""Surfaces: a method drawn on a grid, with its standard errors beside."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import AzimuthalEquidistantConversion
from rasterio import Affine

from altaigis.analytics.interpolation.stations import Places, Positions, Stations
from altaigis.analytics.values import Flags, Numbers
from altaigis.errors import AnalysisError

#: Cells that are drawn at a time.
AT_ONCE = 50_000

#: Estimates and their standard errors at places.
Estimator = Callable[[Places], tuple[Numbers, Numbers]]


@dataclass(frozen=True)
class Grid:
    """Square cells, the first at the upper left; ``cell``, ``west`` and ``north`` are in metres of a plane."""

    west: float
    north: float
    cell: float
    columns: int
    rows: int

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], cell: float) -> "Grid":
        """The least grid that covers a box (least x, least y, greatest x, greatest y).

        Raises:
            AnalysisError: the cells have no size.
        """
        if not cell > 0:
            raise AnalysisError(f"cells have a side above 0, not {cell:g} m")
        west, south, east, north = bounds
        columns, rows = (max(math.ceil(length / cell), 1) for length in (east - west, north - south))
        return cls(west, north, cell, columns, rows)

    def __len__(self) -> int:
        return self.columns * self.rows

    @property
    def transform(self) -> Affine:
        """From columns and rows to metres."""
        return Affine(self.cell, 0, self.west, 0, -self.cell, self.north)

    @property
    def x(self) -> Numbers:
        """Array (columns,): middles of the cells."""
        middles: Numbers = self.west + (np.arange(self.columns, dtype=np.float64) + 0.5) * self.cell
        return middles

    @property
    def y(self) -> Numbers:
        """Array (rows,): middles of the cells, from the north."""
        middles: Numbers = self.north - (np.arange(self.rows, dtype=np.float64) + 0.5) * self.cell
        return middles

    def within(self, area: shapely.Geometry) -> Flags:
        """Array (rows, columns): the middle of the cell lies in an area of the plane."""
        shapely.prepare(area)
        inside = [shapely.contains_xy(area, self.x, np.full(self.columns, y)) for y in self.y]
        return np.array(inside, dtype=np.bool_).reshape(self.rows, self.columns)


@dataclass(frozen=True, eq=False)
class Surface:
    """Estimates and their standard errors, arrays (rows, columns) in the unit of the values; NaN where nothing is
    told."""

    grid: Grid
    values: Numbers
    errors: Numbers


def hull_of(stations: Stations) -> shapely.Geometry:
    """The smallest area without a bay that holds all stations: outside of it there is nobody to the other side."""
    return shapely.MultiPoint(stations.places.xy).convex_hull


def drawn(
    estimator: Estimator,
    grid: Grid,
    where: Flags,
    drift: Numbers | None = None,
    after: Callable[[int], object] = lambda _: None,
) -> Surface:
    """A method on the cells where something is to be told.

    Args:
        where: array (rows, columns).
        drift: array (rows, columns, k), where the method wants one.
        after: is told how many cells are done.

    Raises:
        AnalysisError: there is no such cell, or none with a drift.
    """
    wanted = np.flatnonzero(where.ravel() if drift is None else (where & ~np.isnan(drift).any(axis=2)).ravel())
    if not len(wanted):
        raise AnalysisError("no cell of the grid is left to be drawn; ask for a larger extent, or beyond the hull")
    values, errors = np.full((2, len(grid)), np.nan)
    for cells in _blocks(wanted):
        rows, columns = np.divmod(cells, grid.columns)
        followed = None if drift is None else drift[rows, columns]
        values[cells], errors[cells] = estimator(Places.at(np.column_stack([grid.x[columns], grid.y[rows]]), followed))
        after(int(np.searchsorted(wanted, cells[-1], "right")))
    shape = grid.rows, grid.columns
    return Surface(grid, values.reshape(shape), errors.reshape(shape))


def _blocks(cells: Positions) -> Iterator[Positions]:
    for start in range(0, len(cells), AT_ONCE):
        yield cells[start : start + AT_ONCE]


def plane_of(bounds: tuple[float, float, float, float]) -> pyproj.CRS:
    """A plane in metres for a box of degrees (west, south, east, north): the azimuthal equidistant projection around
    its middle. Up to 500 km from there distances are true to a part in a thousand; a zone of UTM would not hold the
    krai.
    """
    west, south, east, north = bounds
    # whole degrees: nearby runs have the same plane
    latitude, longitude = round((south + north) / 2), round((west + east) / 2)
    return ProjectedCRS(
        name=f"WGS 84 / azimuthal equidistant around {latitude}, {longitude}",
        conversion=AzimuthalEquidistantConversion(latitude, longitude),
        geodetic_crs=pyproj.CRS.from_epsg(4326),
    )
