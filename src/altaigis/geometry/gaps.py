"""Gaps of a coverage: found by following the edges that have one side covered, and closed by their neighbours."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from altaigis.geometry.cleaning import Geometries

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Gaps:
    """Uncovered areas that a coverage encloses.

    Attributes:
        areas: polygons, array (k,).
        neighbours: array (k,), the polygon of the coverage with which each gap shares its longest border.
    """

    areas: Geometries
    neighbours: Indices


def narrower(areas: Geometries, width: float) -> npt.NDArray[np.bool_]:
    """Array (k,), in which of the polygons no circle of that diameter fits."""
    west, south, east, north = shapely.bounds(areas).reshape(-1, 4).T
    narrow: npt.NDArray[np.bool_] = np.minimum(east - west, north - south) < width
    for place in np.flatnonzero(~narrow):
        radius = shapely.length(shapely.maximum_inscribed_circle(areas[place], tolerance=width / 100))
        narrow[place] = 2 * radius < width
    return narrow


def find(coverage: Geometries) -> Gaps:
    """The gaps of a valid coverage, array (n,) of (multi)polygons whose neighbours share their vertices."""
    edges = _open_edges(coverage)
    rings = edges.rings()
    starts, ends = edges.points[edges.start], edges.points[edges.end]
    crosses = starts[:, 0] * ends[:, 1] - ends[:, 0] * starts[:, 1]
    # covered ground lies to the left of each edge: what a ring goes around clockwise is a gap, else it is an island
    islands = [ring for ring in rings if crosses[ring].sum() > 0]
    around = [ring for ring in rings if crosses[ring].sum() < 0]
    areas = np.array([shapely.Polygon(starts[ring]) for ring in around], dtype=object)
    inside: dict[int, list[Indices]] = defaultdict(list)
    if len(areas):
        shores = np.array([shapely.Polygon(starts[ring]) for ring in islands], dtype=object)
        for island, gap in shapely.STRtree(areas).query(shores, predicate="within").T:
            inside[gap].append(islands[island])
            areas[gap] = shapely.difference(areas[gap], shores[island])
    touching = ~shapely.is_valid(areas)
    areas[touching] = shapely.make_valid(areas[touching], method="structure")
    lengths = np.hypot(*(ends - starts).T)
    borders = [np.concatenate([ring, *inside[gap]]) for gap, ring in enumerate(around)]
    longest = [int(np.bincount(edges.owner[border], lengths[border]).argmax()) for border in borders]
    return Gaps(areas, np.array(longest, dtype=np.intp))


def close(coverage: Geometries, gaps: Gaps, which: npt.NDArray[np.bool_]) -> Geometries:
    """The coverage with some gaps given to their neighbours."""
    closed: Geometries = coverage.copy()
    if not which.any():
        return closed
    order = np.argsort(gaps.neighbours[which], kind="stable")
    neighbours, firsts = np.unique(gaps.neighbours[which][order], return_index=True)
    for neighbour, won in zip(neighbours, np.split(gaps.areas[which][order], firsts[1:]), strict=True):
        closed[neighbour] = shapely.coverage_union_all([coverage[neighbour], *won])
    return closed


@dataclass(frozen=True)
class _Edges:
    """Directed edges, covered on their left side alone: indices of their points, and whose they are."""

    points: npt.NDArray[np.float64]
    start: Indices
    end: Indices
    owner: Indices

    def rings(self) -> list[Indices]:
        """The edges around each connected piece of uncovered ground, in their order."""
        following = self._following()
        unused = np.ones(len(following), dtype=bool)
        rings = []
        for first in range(len(following)):
            if not unused[first]:
                continue
            ring, edge = [first], following[first]
            while edge != first:
                ring.append(edge)
                edge = following[edge]
            unused[ring] = False
            rings.append(np.array(ring, dtype=np.intp))
        return rings

    def _following(self) -> list[int]:
        by_start = np.argsort(self.start, kind="stable")
        starts = self.start[by_start]
        low, high = np.searchsorted(starts, self.end), np.searchsorted(starts, self.end, side="right")
        following = by_start[low]
        for edge in np.flatnonzero(high - low > 1):
            # pieces touch in this point: keep to the right, by the first edge counterclockwise from the way back
            choices = by_start[low[edge] : high[edge]]
            back = self._direction(np.array([edge]), backwards=True)
            following[edge] = choices[((self._direction(choices) - back) % (2 * np.pi)).argmin()]
        found: list[int] = following.tolist()
        return found

    def _direction(self, edges: Indices, *, backwards: bool = False) -> npt.NDArray[np.float64]:
        x, y = (self.points[self.end[edges]] - self.points[self.start[edges]]).T * (-1 if backwards else 1)
        angles: npt.NDArray[np.float64] = np.arctan2(y, x)
        return angles


def _open_edges(coverage: Geometries) -> _Edges:
    parts, of_part = shapely.get_parts(shapely.orient_polygons(coverage), return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, of_point = shapely.get_coordinates(rings, return_index=True)
    points, number = np.unique(coordinates[:, 0] + 1j * coordinates[:, 1], return_inverse=True)
    same_ring = of_point[:-1] == of_point[1:]
    start, end = number[:-1][same_ring], number[1:][same_ring]
    there, back = start * len(points) + end, end * len(points) + start
    alone = ~np.isin(there, back)
    owner = of_part[of_ring[of_point[:-1][same_ring][alone]]]
    return _Edges(np.column_stack([points.real, points.imag]), start[alone], end[alone], owner)
