"""A synthetic coverage: a field of squares with rough borders, which neighbours share vertex for vertex."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import shapely

Corner = tuple[int, int]


class Field:
    """``side`` by ``side`` polygons around 85° E, 52° N, each of so many degrees, named by column and row.

    Args:
        steps: vertices along each border.
        rough: how far borders stray, in degrees.
        shifts: borders, as pairs of corners, that bulge to one side by so many degrees.
    """

    def __init__(
        self,
        side: int,
        steps: int = 30,
        rough: float = 0.02,
        shifts: Mapping[tuple[Corner, Corner], float] | None = None,
    ) -> None:
        self.side, self.steps, self.rough = side, steps, rough
        self.shifts = shifts or {}

    def polygons(self) -> dict[str, shapely.Polygon]:
        return {f"{i}{j}": self.polygon(i, j) for i in range(self.side) for j in range(self.side)}

    def polygon(self, i: int, j: int) -> shapely.Polygon:
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
        lines = [self.border(*pair) for pair in pairwise(corners)]
        return shapely.Polygon(np.concatenate([line[:-1] for line in lines]))

    def border(self, start: Corner, end: Corner) -> np.ndarray:
        """The vertices between two corners, (n, 2), the same either way."""
        if start > end:
            return self.border(end, start)[::-1]
        part = np.linspace(0, 1, self.steps)
        seed = np.random.default_rng((*start, *end))
        shift = self.shifts.get((start, end), 0)
        # at its ends it must not cross the others that begin there
        away = (seed.uniform(-self.rough, self.rough, self.steps) + shift) * np.sin(np.pi * part)
        across = np.array([0, 1]) if start[1] == end[1] else np.array([1, 0])
        places = np.outer(1 - part, start) + np.outer(part, end)
        return np.round(0.25 * (places + np.outer(away / 0.25, across)) + (85, 52), 7)
