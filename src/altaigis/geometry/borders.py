"""How far the borders of a coverage stray when vertices are taken from them."""

import numpy as np
import numpy.typing as npt
import shapely

from altaigis.geometry.cleaning import Geometries

Chosen = npt.NDArray[np.bool_]


class Borders:
    """The rings of polygons, and which of their vertices are still there.

    Args:
        polygons: array (n,) of polygons or multipolygons that share their borders vertex for vertex.
    """

    def __init__(self, polygons: Geometries) -> None:
        self._kind, self._coordinates, (rings, *self._above) = shapely.to_ragged_array(polygons)
        self._places, self._starts = _complex(self._coordinates), rings[:-1]
        self._ring = np.repeat(np.arange(len(self._starts)), np.diff(rings))
        self._kept = self._tried = self._seen = np.ones(len(self._places), dtype=bool)
        _, which, polygons_there = np.unique(self._places, return_inverse=True, return_counts=True)
        self._lone = polygons_there[which] <= 2

    def bends_below(self, area: float) -> float:
        """The part of the vertices whose triangle with their neighbours is smaller than this, without those where three
        polygons meet, which stay; 0 if there are none."""
        places, ring, lone = self._places[self._kept], self._ring[self._kept], self._lone[self._kept]
        within = ring[2:] == ring[:-2]
        before, after = (places[:-2] - places[1:-1])[within], (places[2:] - places[1:-1])[within]
        bent = np.abs((before * after.conj()).imag) < 2 * area
        return float((bent & lone[1:-1][within]).mean()) if within.any() else 0.0

    def stray(self, simplified: Geometries) -> float:
        """The longest way from a vertex to the line that stands for it now.

        Args:
            simplified: the polygons with fewer vertices, of which none has moved.
        """
        return float(self._ways(*self._ends(self._still(simplified))).max())

    def within(self, simplified: Geometries, limit: float) -> Geometries:
        """The simplified polygons with the vertices put back without which a border would stray further than this.

        Of each stretch between two vertices the farthest comes first (Douglas and Peucker). Both sides of a border
        get the same. What is kept so far is taken to stray no further.

        Args:
            simplified: the polygons with fewer vertices, of which none has moved.
        """
        self._tried = self._seen = self._still(simplified)
        while True:
            before, after = self._ends(self._tried)
            ways = self._ways(before, after)
            missed = np.zeros(len(ways), dtype=bool)
            missed[before[ways > limit]] = True
            # of what is kept: all of it together lies across nothing
            spare = np.flatnonzero(missed[before] & self._kept & ~self._tried)
            if not len(spare):
                return simplified if self._tried is self._seen else self.built()
            farthest = np.zeros(len(ways))
            np.maximum.at(farthest, before[spare], ways[spare])
            self._tried = self._tried.copy()
            self._tried[spare] = ways[spare] == farthest[before[spare]]

    def put_back(self) -> Geometries:
        """Boxes around the stretches in which vertices have been put back since this was asked last."""
        back, (before, after) = np.flatnonzero(self._tried & ~self._seen), self._ends(self._seen)
        begins = np.flatnonzero(np.diff(before[back], prepend=-1))
        around = self._places[np.stack([back, before[back], after[back]])]
        self._seen = self._tried
        west, south = (np.minimum.reduceat(each.min(axis=0), begins) for each in (around.real, around.imag))
        east, north = (np.maximum.reduceat(each.max(axis=0), begins) for each in (around.real, around.imag))
        boxes: Geometries = shapely.box(west, south, east, north)
        return boxes

    def restore(self, edges: Geometries) -> bool:
        """Put all vertices back that have been taken from between two neighbours out of these; False if none was."""
        ends = _among(self._places, _complex(shapely.get_coordinates(edges)))
        before, after = self._ends(self._tried)
        missed = self._kept & ~self._tried & ends[before] & ends[after]
        self._tried = self._tried | missed
        return bool(missed.any())

    def keep(self) -> None:
        """From now on there are only the vertices of what :meth:`within` and :meth:`restore` have left."""
        self._kept = self._tried

    def _still(self, simplified: Geometries) -> Chosen:
        kept = self._kept.copy()
        kept[kept] = _among(self._places[kept], _complex(shapely.get_coordinates(simplified)))
        return kept

    def _ends(self, kept: Chosen) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        """The nearest vertices that are kept on either side of each, round the ring where there is none up to its
        end; a kept one itself."""
        numbers, nowhere = np.arange(len(kept)), len(kept)
        after, before = np.where(kept, numbers, nowhere), np.where(kept, numbers, -1)
        first, last = np.minimum.reduceat(after, self._starts), np.maximum.reduceat(before, self._starts)
        before, after = np.maximum.accumulate(before), np.minimum.accumulate(after[::-1])[::-1]
        before = np.where(before < self._starts[self._ring], last[self._ring], before)
        return before, np.where(after > last[self._ring], first[self._ring], after)

    def _ways(self, before: npt.NDArray[np.int_], after: npt.NDArray[np.int_]) -> npt.NDArray[np.float64]:
        """From each vertex to the line between its ends, which may be one place. From either side it is the same to
        the last bit: the line begins with the lesser of its ends."""
        starts, ends = self._places[before], self._places[after]
        turned = starts > ends
        starts[turned], ends[turned] = ends[turned], starts[turned]
        along, to = ends - starts, self._places - starts
        length = along.real**2 + along.imag**2
        part = np.divide((to * along.conj()).real, length, out=np.zeros(len(to)), where=length > 0)
        found: npt.NDArray[np.float64] = np.abs(to - along * part.clip(0, 1))
        return found

    def built(self) -> Geometries:
        """The polygons of the vertices that :meth:`within` and :meth:`restore` have left."""
        chosen = np.flatnonzero(self._tried)
        begins = np.searchsorted(chosen, np.append(self._starts, len(self._tried)))
        # a ring without its beginning lacks its end, which is the same place
        lacking = np.flatnonzero(~self._tried[self._starts])
        closed = np.insert(chosen, begins[lacking + 1], chosen[begins[lacking]])
        ended = begins + np.searchsorted(lacking + 1, np.arange(len(begins)), side="right")
        built: Geometries = shapely.from_ragged_array(self._kind, self._coordinates[closed], (ended, *self._above))
        return built


def _among(sought: npt.NDArray[np.complex128], places: npt.NDArray[np.complex128]) -> Chosen:
    # quicker than np.isin by far
    known = np.append(np.sort(places), np.inf)
    found: Chosen = known[np.searchsorted(known[:-1], sought)] == sought
    return found


def _complex(places: npt.NDArray[np.float64]) -> npt.NDArray[np.complex128]:
    found: npt.NDArray[np.complex128] = np.ascontiguousarray(places).view(np.complex128)[:, 0]
    return found
