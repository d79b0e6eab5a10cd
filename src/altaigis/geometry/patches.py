"""Patches: a few polygons of a coverage that are drawn anew on its grid, among others that stay as they are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from altaigis.geometry.cleaning import Geometries, as_type
from altaigis.geometry.grid import MIXER

#: All coordinates are multiples of it.
UNIT = 1.0


@dataclass(frozen=True)
class Redrawn:
    """Polygons that are drawn anew on the grid.

    Args:
        fresh: how they would be drawn if there were no others, array (n,).
        former: how they are drawn; of neighbours in the same order, None for those that are not.
    """

    fresh: Geometries
    former: Geometries


def fit(moved: Redrawn, neighbours: Redrawn, others: Geometries) -> tuple[Geometries, Geometries]:
    """Put polygons that have moved into a coverage on its grid.

    They take what is theirs from their neighbours, and these take what is freed; wherever a neighbour meets others it
    keeps its border to the last bit, for these may be as they were when nobody can tell any more what all of them were
    made from. No gap or overlap wider than a unit comes of it, but one at the place of what is smaller than a unit.

    Args:
        moved: those with another form than before; ``former`` are also those that are no longer there, array (m,).
        neighbours: those with the same form that touch them, or did; made together with them.
        others: all that are drawn near them and stay, array (k,); none of them touches what has moved.

    Returns:
        Multipolygons: what has moved, array (n,), and its neighbours.
    """
    if _fits(moved, neighbours, others):
        return moved.fresh, neighbours.former
    first = _or_fresh(moved.fresh, _without(moved.fresh, others))
    left = _without(neighbours.former, first)
    slivers, owner = shapely.get_parts(_without(neighbours.fresh, neighbours.former), return_index=True)
    # what is free elsewhere was so before; on its way to the grid either has moved a little
    near = shapely.dwithin(slivers, _union(np.concatenate([moved.former, first])), 2 * UNIT)
    free = _without(slivers[near], np.concatenate([first, others]))
    gained = [_union(np.append(free[owner[near] == number], rest)) for number, rest in enumerate(left)]
    second = _or_fresh(neighbours.fresh, np.array(gained, dtype=object))
    same = shapely.equals(second, neighbours.former)
    second[same] = neighbours.former[same]
    return first, second


def _fits(moved: Redrawn, neighbours: Redrawn, others: Geometries) -> bool:
    """Whether borders have become again what they were, which is mostly so, and quick to see."""
    if shapely.is_missing(neighbours.former).any():
        return False
    names, ends = _edges(neighbours.fresh)
    other = ~np.isin(names, _edges(neighbours.former)[0])
    names, ends = names[other], ends[other]
    _, which, times = np.unique(names, return_inverse=True, return_counts=True)
    # a border of two neighbours matters where they have come together
    freed = shapely.contains_xy(moved.former[:, np.newaxis], *ends.mean(axis=1).T).any(axis=0)
    if (np.isin(names, _edges(moved.fresh)[0]) | (freed & (times[which] > 1))).any():
        return False
    return bool(shapely.coverage_is_valid(np.concatenate([moved.fresh, neighbours.former, others])))


def _edges(polygons: Geometries) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """A number for each edge, the same either way, and hardly ever that of another one; and its ends, (n, 2, 2)."""
    places, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(polygons)), return_index=True)
    x, y = places.astype(np.int64).T
    names, within = x * MIXER + y, ring[1:] == ring[:-1]
    here, there = names[:-1][within], names[1:][within]
    ends = np.stack([places[:-1][within], places[1:][within]], axis=1)
    return np.minimum(here, there) * MIXER + np.maximum(here, there), ends


def _without(polygons: Geometries, others: Geometries) -> Geometries:
    _, hit = shapely.STRtree(others).query(polygons, predicate="intersects")
    left: Geometries = shapely.difference(polygons, _union(others[np.unique(hit)]), grid_size=UNIT)
    return left


def _union(polygons: Geometries) -> shapely.Geometry:
    there = polygons[~shapely.is_missing(polygons)]
    return shapely.union_all(there, grid_size=UNIT) if len(there) else shapely.MultiPolygon()


def _or_fresh(fresh: Geometries, fitted: Geometries) -> Geometries:
    """What is left of polygons; all of them where nothing is, so that nobody disappears."""
    there = as_type(fitted, "MultiPolygon")
    return np.where(shapely.is_missing(there), fresh, there)
