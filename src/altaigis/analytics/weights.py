"""Who is whose neighbour: spatial weights."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from altaigis.analytics.values import Flags
from altaigis.errors import AnalysisError

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Weights:
    """Neighbours among n units.

    Attributes:
        matrix: sparse (n, n), 1 where the unit of the column is a neighbour of the unit of the row, without itself.
        kind: what makes a neighbour, as ``queen`` or ``nearest 4``.
    """

    matrix: csr_array
    kind: str

    @property
    def size(self) -> int:
        """How many units there are."""
        return int(self.matrix.shape[0])

    @property
    def neighbours(self) -> Positions:
        """Array (n,): how many neighbours each unit has."""
        counts: Positions = np.diff(self.matrix.indptr)
        return counts

    @property
    def islands(self) -> Flags:
        """Array (n,): the unit has no neighbour."""
        alone: Flags = self.neighbours == 0
        return alone

    @property
    def parts(self) -> Positions:
        """Array (n,): the number of the part that a unit belongs to; no neighbours tie one part to another."""
        labels: Positions = connected_components(self.matrix, directed=False)[1]
        return labels

    @property
    def standardised(self) -> csr_array:
        """Sparse (n, n), each row with a sum of 1, or of 0 for an island."""
        shares = 1 / np.repeat(np.maximum(self.neighbours, 1), self.neighbours)
        return csr_array((shares, self.matrix.indices, self.matrix.indptr), shape=self.matrix.shape)

    def means(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Array (n,): the mean of each unit's neighbours, of those that have a value; NaN where none has."""
        asked = np.asarray(values, dtype=np.float64)
        there = ~np.isnan(asked)
        sums, counts = self.matrix @ np.where(there, asked, 0), self.matrix @ there.astype(np.float64)
        means: npt.NDArray[np.float64] = np.divide(sums, counts, out=np.full(self.size, np.nan), where=counts > 0)
        return means

    def of(self, units: Flags) -> "Weights":
        """Among some of the units alone."""
        return Weights(csr_array(self.matrix[units][:, units]), self.kind)


def queen(units: gpd.GeoDataFrame) -> Weights:
    """Polygons that share a border or a corner.

    Borders must be the same vertex for vertex, as those of a cleaned coverage are.

    Raises:
        AnalysisError: fewer than two units, a geometry is missing or is no polygon, or none meets another.
    """
    return _touching(units, "queen", rook=False)


def rook(units: gpd.GeoDataFrame) -> Weights:
    """Polygons that share a border of some length; otherwise as :func:`queen`."""
    return _touching(units, "rook", rook=True)


def nearest(units: gpd.GeoDataFrame, count: int) -> Weights:
    """The so many nearest units by the distance of centroids; the relation goes one way.

    Distances are straight through the WGS 84 ellipsoid, so they are in the order of those on the ground.

    Raises:
        AnalysisError: there are not more units than neighbours, or two lie in one place, or as :func:`within`.
    """
    if not 1 <= count < len(units):
        raise AnalysisError(f"{count} nearest of {len(units)} units; choose 1 to {len(units) - 1}")
    from scipy.spatial import KDTree

    places = _in_space(_centroids(units))
    distances, found = KDTree(places).query(places, k=count + 1)
    if (distances[:, 1] == 0).any():
        one, other = found[np.argmax(distances[:, 1] == 0)][:2]
        raise AnalysisError(f"units {one} and {other} have the same centroid; which is nearer cannot be told")
    rows = np.repeat(np.arange(len(units)), count)
    return Weights(_binary(rows, found[:, 1:].ravel(), len(units)), f"nearest {count}")


def within(units: gpd.GeoDataFrame, metres: float) -> Weights:
    """Units whose centroids lie no farther apart than so many metres along the WGS 84 ellipsoid.

    Raises:
        AnalysisError: the distance is not above 0, there are fewer than two units, a geometry is missing, there is no
            CRS, or no two units are so near to each other.
    """
    if not metres > 0:
        raise AnalysisError(f"a distance of {metres:g} m; give one above 0")
    from pyproj import Geod
    from scipy.spatial import KDTree

    degrees = _centroids(units)
    # the way through the earth is never longer than the way along it
    pairs = KDTree(_in_space(degrees)).query_pairs(metres, output_type="ndarray")
    ends = degrees[pairs]
    along = Geod(ellps="WGS84").inv(*ends[:, 0].T, *ends[:, 1].T)[2]
    one, other = pairs[np.asarray(along) <= metres].T
    return _some(Weights(_both_ways(one, other, len(units)), f"within {metres:g} m"))


def from_pairs(pairs: Iterable[tuple[int, int]], size: int) -> Weights:
    """Declared neighbours, as by a road or a ferry: positions of both, in both directions.

    Raises:
        AnalysisError: a position is none of a unit, or a unit is its own neighbour.
    """
    listed = np.array(list(pairs), dtype=np.intp).reshape(-1, 2)
    if listed.size and (listed.min() < 0 or listed.max() >= size or (listed[:, 0] == listed[:, 1]).any()):
        raise AnalysisError(f"pairs of neighbours: give two different positions from 0 to {size - 1} each")
    return _some(Weights(_both_ways(listed[:, 0], listed[:, 1], size), "declared"))


def _touching(units: gpd.GeoDataFrame, kind: str, *, rook: bool) -> Weights:
    _checked(units)
    if not set(shapely.get_type_id(units.geometry.array)) <= {3, 6}:
        raise AnalysisError("only polygons touch; for points choose nearest or within")
    from libpysal.graph import Graph

    graph = Graph.build_contiguity(units.geometry.reset_index(drop=True), rook=rook)
    rows, columns = (graph.adjacency.index.get_level_values(level).to_numpy() for level in (0, 1))
    return _some(Weights(_binary(rows[rows != columns], columns[rows != columns], len(units)), kind))


def _some(weights: Weights) -> Weights:
    if not weights.matrix.nnz:
        raise AnalysisError(f"no unit has a neighbour ({weights.kind}); choose nearest, or a greater distance")
    return weights


def _checked(units: gpd.GeoDataFrame) -> None:
    if len(units) < 2:
        raise AnalysisError(f"{len(units)} units have no neighbours; at least 2 are needed")
    without = np.flatnonzero(units.geometry.isna() | units.geometry.is_empty)
    if without.size:
        raise AnalysisError(f"unit {without[0]} has no geometry ({without.size} in all); leave it out, or give it one")


def _centroids(units: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """(n, 2) in degrees of longitude and latitude."""
    _checked(units)
    if units.crs is None:
        raise AnalysisError("the units have no CRS, so distances have no metres; set it")
    points = gpd.GeoSeries(shapely.centroid(units.geometry.array), crs=units.crs).to_crs(4326)
    degrees: npt.NDArray[np.float64] = shapely.get_coordinates(points.array)
    return degrees


def _in_space(degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n, 3) in metres from the middle of the earth."""
    from pyproj import Transformer

    geocentric = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.column_stack(geocentric.transform(degrees[:, 0], degrees[:, 1], np.zeros(len(degrees))))


def _both_ways(one: Positions, other: Positions, size: int) -> csr_array:
    return _binary(np.concatenate([one, other]), np.concatenate([other, one]), size)


def _binary(rows: Positions, columns: Positions, size: int) -> csr_array:
    matrix = csr_array(coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size)))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    matrix.sort_indices()
    return matrix
