"""How far the borders of a coverage stray when vertices are taken from them."""

import math

import numpy as np
import shapely

from altaigis.geometry.cleaning import Geometries


class Borders:
    """The rings of polygons, and which of their vertices are still there."""

    def __init__(self, polygons: Geometries) -> None:
        rings = shapely.get_rings(shapely.get_parts(polygons))
        self._places, self._ring = _complex(shapely.get_coordinates(rings)), _owners(rings)
        self._starts = np.flatnonzero(np.diff(self._ring, prepend=-1))
        self._kept = np.ones(len(self._places), dtype=bool)

    def stray(self, simplified: Geometries) -> float:
        """The longest way from a vertex to the line that stands for it now; infinite where a ring has gone.

        Args:
            simplified: the polygons with fewer vertices, of which none has moved.
        """
        kept = self._still(simplified)
        numbers, nowhere = np.arange(len(kept)), len(kept)
        after, before = np.where(kept, numbers, nowhere), np.where(kept, numbers, -1)
        first, last = np.minimum.reduceat(after, self._starts), np.maximum.reduceat(before, self._starts)
        if (last < 0).any():
            return math.inf
        # the nearest on either side, round the ring where there is none up to its end
        before, after = np.maximum.accumulate(before), np.minimum.accumulate(after[::-1])[::-1]
        before = np.where(before < self._starts[self._ring], last[self._ring], before)
        after = np.where(after > last[self._ring], first[self._ring], after)
        return float(_distances(self._places, self._places[before], self._places[after]).max())

    def bends_below(self, area: float) -> float:
        """The part of the vertices whose triangle with their neighbours is smaller than this; 0 if there are none."""
        places, ring = self._places[self._kept], self._ring[self._kept]
        within = ring[2:] == ring[:-2]
        before, after = (places[:-2] - places[1:-1])[within], (places[2:] - places[1:-1])[within]
        return float((np.abs((before * after.conj()).imag) < 2 * area).mean()) if within.any() else 0.0

    def keep(self, simplified: Geometries) -> None:
        """From now on there are only the vertices of these polygons."""
        self._kept = self._still(simplified)

    def _still(self, simplified: Geometries) -> np.ndarray:
        kept = self._kept.copy()
        kept[kept] = np.isin(self._places[kept], _complex(shapely.get_coordinates(simplified)))
        return kept


def _complex(places: np.ndarray) -> np.ndarray:
    found: np.ndarray = places[:, 0] + 1j * places[:, 1]
    return found


def _owners(rings: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(rings)), shapely.get_num_coordinates(rings))


def _distances(places: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """From each place to its segment, whose ends may be one."""
    along, to = ends - starts, places - starts
    length = np.abs(along) ** 2
    part = np.divide((to * along.conj()).real, length, out=np.zeros(len(to)), where=length > 0)
    found: np.ndarray = np.abs(to - along * part.clip(0, 1))
    return found
