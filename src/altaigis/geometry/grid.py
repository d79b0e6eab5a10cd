"""Geometries on a grid of whole numbers, on which borders that were common stay common."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from altaigis.geometry.cleaning import Geometries, as_type, make_valid

#: Units: with the widest grid that there is, the number of a place among all strips fits into 64 bits.
LEAST_STRIP = 64
#: Edges whose cells are sought together, for the sake of memory.
AT_ONCE = 1 << 13
#: Makes one number of several, which are seldom the same for others.
MIXER = 0x9E3779B97F4A7C15 - (1 << 64)

_Numbers = npt.NDArray[np.int_]
_Places = npt.NDArray[np.complex128]


@dataclass(frozen=True)
class OnGrid:
    """``geometries``: multilines or multipolygons (n,), for on the grid a narrow neck may be none; ``left_out``: how
    many islands and holes have nothing there but a line."""

    geometries: Geometries
    left_out: int = 0


def on_grid(geometries: Geometries, *, coverage: bool) -> OnGrid:
    """The geometries with all vertices at whole numbers, valid, each nowhere further than a unit from where it was.

    Those of a coverage are one again: they have all edges in common that they had, neither gaps nor overlaps come. What
    is too small for the grid becomes the least that it can be: a square with sides of one, a line of that length. Parts
    and holes of the polygons of a coverage that are too small are left out.

    Args:
        geometries: valid lines, or valid polygons, array (n,), in units of the grid.
        coverage: whether they are polygons that share their borders vertex for vertex.
    """
    if coverage:
        return _snapped(geometries)
    parts, owner = shapely.get_parts(geometries, return_index=True)
    if shapely.get_dimensions(parts[0]) == 1:
        return OnGrid(shapely.multilinestrings(_rounded_lines(parts), indices=owner))
    snapped = shapely.set_precision(parts, 1)
    gone = shapely.is_empty(snapped)
    snapped[gone] = _least_squares(parts[gone])
    return OnGrid(_joined(snapped, owner, len(geometries)))


def _rounded_lines(lines: Geometries) -> Geometries:
    rounded: Geometries = shapely.remove_repeated_points(
        shapely.transform(lines, lambda places: np.floor(places + 0.5))
    )
    gone = shapely.length(rounded) == 0
    west, south, *_ = np.floor(shapely.bounds(lines[gone])).T
    ends = np.stack([np.column_stack([west, south]), np.column_stack([west + 1, south])], axis=1)
    rounded[gone] = shapely.linestrings(ends)
    return rounded


def _joined(parts: Geometries, owner: _Numbers, count: int) -> Geometries:
    """Valid multipolygons of these parts. Part by part is quicker: few have anything to be repaired."""
    pieces, part = shapely.get_parts(as_type(make_valid(parts), "MultiPolygon"), return_index=True)
    owners, which = np.unique(owner[part], return_inverse=True)
    joined = np.full(count, shapely.MultiPolygon(), dtype=object)
    joined[owners] = as_type(make_valid(shapely.multipolygons(pieces, indices=which)), "MultiPolygon")
    return joined


def _least_squares(geometries: Geometries) -> Geometries:
    west, south, *_ = np.floor(shapely.bounds(geometries)).T
    squares: Geometries = shapely.box(west, south, west + 1, south + 1)
    return squares


def _snapped(polygons: Geometries) -> OnGrid:
    """Snap rounding (Hobby 1999) of a coverage: every vertex goes to the middle of its cell, and so do edges where
    they pass through a cell that has a vertex. Thus edges may meet in the end, but never cross."""
    _, coordinates, (rings, *above) = shapely.to_ragged_array(polygons)
    edges = _Edges(np.ascontiguousarray(coordinates).view(np.complex128)[:, 0], rings)
    places, rings = edges.rounded()
    made, lines = _assembled(places, rings, *(above if len(above) == 2 else (above[0], np.arange(len(above[0])))))
    gone = shapely.is_empty(made)
    made[gone] = as_type(_least_squares(polygons[gone]), "MultiPolygon")
    return OnGrid(made, lines - int(gone.sum()))


@dataclass(frozen=True)
class _Edges:
    """The edges of rings, each once: two neighbours bend theirs alike."""

    places: _Places
    rings: _Numbers

    @cached_property
    def corners(self) -> tuple[_Places, _Numbers]:
        """Every place once, and which of them each vertex is."""
        found, which = np.unique(self.places, return_inverse=True)
        return found, which

    @cached_property
    def cells(self) -> _Places:
        """The middles of the corners' cells."""
        corners, _ = self.corners
        found: _Places = np.floor(corners.real + 0.5) + 1j * np.floor(corners.imag + 0.5)
        return found

    def rounded(self) -> tuple[_Places, _Numbers]:
        """The rings on the grid, and where each begins."""
        corners, which = self.corners
        begins = np.delete(np.arange(len(self.places)), self.rings[1:] - 1)
        here, there = which[begins], which[begins + 1]
        names, edge = np.unique(np.minimum(here, there) * len(corners) + np.maximum(here, there), return_inverse=True)
        start, end = np.divmod(names, len(corners))
        width = int(np.median(np.abs(corners.real[end] - corners.real[start])))
        strips = _Strips(np.unique(self.cells), max(LEAST_STRIP, width))
        parts = (slice(begin, begin + AT_ONCE) for begin in range(0, len(names), AT_ONCE))
        passed = [self._passed(strips, start[part], end[part]) for part in parts]
        owner = np.concatenate([edge + number * AT_ONCE for number, (edge, _) in enumerate(passed)])
        middles = np.concatenate([found for _, found in passed])
        first, count = np.searchsorted(owner, np.arange(len(names))), np.bincount(owner, minlength=len(names))
        added = np.zeros(len(self.places), dtype=int)
        added[begins] = count[edge]
        at = np.arange(len(added)) + np.cumsum(added) - added
        made = np.empty(len(added) + added.sum(), dtype=complex)
        made[at] = self.cells[which]
        bent, step = _repeated(count[edge])
        along = np.where(here[bent] > there[bent], count[edge[bent]] - 1 - step, step)
        made[at[begins[bent]] + 1 + step] = middles[first[edge[bent]] + along]
        return _without_repeats(made, np.append(at, len(made))[self.rings])

    def _passed(self, strips: "_Strips", start: _Numbers, end: _Numbers) -> tuple[_Numbers, _Places]:
        """Cells with a vertex that edges between corners pass on their way: the number of the edge and the middle of
        the cell, from the edge's start to its end."""
        corners, _ = self.corners
        edge, cell = strips.near(corners[start], corners[end])
        middle, along = strips.middles[cell], (corners[end] - corners[start])[edge]
        to, left = middle - corners[start[edge]], middle - corners[end[edge]]
        passing = (_between(to.real, left.real) <= 0.5) & (_between(to.imag, left.imag) <= 0.5)
        passing &= np.abs(along.real * to.imag - along.imag * to.real) <= (np.abs(along.real) + np.abs(along.imag)) / 2
        passing &= (middle != self.cells[start[edge]]) & (middle != self.cells[end[edge]])
        edge, middle = edge[passing], middle[passing]
        order = np.lexsort(((to * along.conj()).real[passing], edge))
        return edge[order], middle[order]


def _between(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far 0 is from what lies between two numbers."""
    outside: npt.NDArray[np.float64] = np.maximum(np.minimum(one, other), -np.maximum(one, other))
    return outside


@dataclass(frozen=True)
class _Strips:
    """Different cells in strips from north to south, in each strip in their order: those which an edge can touch there
    are a stretch of it."""

    middles: _Places
    width: int

    @cached_property
    def base(self) -> int:
        return int(self.middles.imag.min()) - 2

    @cached_property
    def height(self) -> int:
        return int(np.ptp(self.middles.imag)) + 4

    @cached_property
    def ordered(self) -> tuple[_Numbers, _Numbers]:
        """The numbers of the cells in their order, and their places in it."""
        place = np.floor(self.middles.real / self.width).astype(int) * self.height
        place += self.middles.imag.astype(int) - self.base
        order = np.argsort(place)
        return order, place[order]

    def near(self, start: _Places, end: _Places) -> tuple[_Numbers, _Numbers]:
        """Pairs of an edge and a cell that it may touch."""
        west, east = (np.where(start.real < end.real, *pair) for pair in ((start, end), (end, start)))
        first, last = (np.floor((x + rim) / self.width).astype(int) for x, rim in ((west.real, -0.5), (east.real, 0.5)))
        edge, step = _repeated(last - first + 1)
        strip, here = first[edge] + step, west[edge]
        run, rise = (east.real - west.real)[edge], (east.imag - west.imag)[edge]
        slope = np.divide(rise, run, out=np.zeros(len(edge)), where=run > 0)
        sides = ((strip + side) * self.width + rim - here.real for side, rim in ((0, -0.5), (1, 0.5)))
        at = [here.imag + slope * side for side in sides]
        ends = np.minimum(here.imag, here.imag + rise), np.maximum(here.imag, here.imag + rise)
        steep = run <= 0
        low = np.where(steep, ends[0], np.maximum(np.minimum(*at), ends[0])) - 1
        high = np.where(steep, ends[1], np.minimum(np.maximum(*at), ends[1])) + 1
        order, places = self.ordered
        low, high = (
            strip * self.height + np.clip(np.floor(y).astype(int) - self.base, 0, self.height - 1) for y in (low, high)
        )
        begin, stop = np.searchsorted(places, low), np.searchsorted(places, high, side="right")
        pair, step = _repeated(np.maximum(stop - begin, 0))
        return edge[pair], order[begin[pair] + step]


def _repeated(counts: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Each number so many times, and how many of it were before."""
    number = np.repeat(np.arange(len(counts)), counts)
    return number, np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts)


def _without_repeats(places: _Places, rings: _Numbers) -> tuple[_Places, _Numbers]:
    kept = np.append(True, places[1:] != places[:-1])
    kept[rings[:-1]] = True
    return places[kept], np.append(0, np.cumsum(kept))[rings]


def _assembled(places: _Places, rings: _Numbers, polygons: _Numbers, members: _Numbers) -> tuple[Geometries, int]:
    """Multipolygons of what is left, without rings that have become lines, and without the holes of such shells; and
    how many rings that are."""
    ring_left = _areas(places, rings) != 0
    shell_left = ring_left[polygons[:-1]]
    ring_left &= np.repeat(shell_left, np.diff(polygons))
    length = np.diff(rings)
    vertices = places[np.repeat(ring_left, length)]
    of_rings = np.append(0, np.cumsum(length[ring_left]))
    of_polygons = np.append(0, np.cumsum(ring_left))[np.append(polygons[:-1][shell_left], polygons[-1])]
    of_members = np.append(0, np.cumsum(shell_left))[members]
    made: Geometries = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON,
        vertices.view(np.float64).reshape(-1, 2),
        (of_rings, of_polygons, of_members),
    )
    owner = np.repeat(np.arange(len(made)), np.diff(of_rings[of_polygons[of_members]]))
    touching = _with_a_place_twice(np.delete(vertices, of_rings[1:] - 1), np.delete(owner, of_rings[1:] - 1))
    parts, owner = shapely.get_parts(made[touching], return_index=True)
    made[touching] = _joined(parts, owner, len(touching))
    return made, int((~ring_left).sum())


def _areas(places: _Places, rings: _Numbers) -> npt.NDArray[np.float64]:
    """Twice what each ring encloses, exact on a grid."""
    to = places - np.repeat(places[rings[:-1]], np.diff(rings))
    found: npt.NDArray[np.float64] = np.add.reduceat(np.append((to[:-1].conj() * to[1:]).imag, 0), rings[:-1])
    return found


def _with_a_place_twice(places: _Places, owner: _Numbers) -> _Numbers:
    """Numbers of those that have a place twice, and seldom of another. Edges do not cross: the others are valid."""
    names = (places.real.astype(np.int64) * MIXER + places.imag.astype(np.int64)) * MIXER + owner
    order = np.argsort(names)
    return np.unique(owner[order[1:][np.diff(names[order]) == 0]])
