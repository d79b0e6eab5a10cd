"""Single geometries brought into a form that every door can serve: valid, two-dimensional, of one type."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Geometries = npt.NDArray[np.object_]

#: Degrees, some ten centimetres: nothing that is drawn on purpose is a polygon so narrow.
SLIVER_WIDTH = 1e-6

#: What part of a collection a type is made of, by shapely's type number.
_PARTS: dict[str, tuple[int, ...]] = {
    "Point": (0,), "MultiPoint": (0,), "LineString": (1, 2), "MultiLineString": (1, 2),
    "Polygon": (3,), "MultiPolygon": (3,),
}  # fmt: skip
#: Polygon, MultiPolygon, GeometryCollection.
_AREAL = (3, 6, 7)
_MULTI = {
    "MultiPoint": shapely.multipoints,
    "MultiLineString": shapely.multilinestrings,
    "MultiPolygon": shapely.multipolygons,
}


def make_valid(geometries: Geometries) -> Geometries:
    """Repair invalid geometries, keeping their area as the even-odd rule sees it; valid ones stay untouched.

    Args:
        geometries: array (n,), None where there is none.
    """
    result = geometries.copy()
    broken = ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
    result[broken] = shapely.make_valid(geometries[broken], method="structure", keep_collapsed=False)
    # GEOS' structural repair leaves some self-touching rings invalid; its older method is slower and takes them all
    still = broken
    still[broken] = ~shapely.is_valid(result[broken]) & ~shapely.is_missing(result[broken])
    result[still] = shapely.make_valid(result[still])
    return result


@dataclass(frozen=True)
class Thinned:
    """Geometries (n,) without slivers, and the slivers (k,), each with the position of the geometry that had it."""

    geometries: Geometries
    slivers: Geometries
    owner: npt.NDArray[np.int_]


def without_slivers(geometries: Geometries) -> Thinned:
    """Leave out polygons, and fill holes, that are narrower on average than `SLIVER_WIDTH`; others stay untouched.

    Where nothing is left the geometry becomes None.

    Args:
        geometries: array (n,) in degrees, None where there is none.
    """
    if not np.isin(shapely.get_type_id(geometries), _AREAL).any():
        return Thinned(geometries, geometries[:0], np.empty(0, dtype=int))
    parts, owner = shapely.get_parts(geometries, return_index=True)
    dropped = _thin(parts)
    with_holes = np.flatnonzero(~dropped & (shapely.get_num_interior_rings(parts) > 0))
    rings, of = shapely.get_rings(parts[with_holes], return_index=True)
    # the first ring of each is its shell
    hole = np.concatenate([[False], of[1:] == of[:-1]])[: len(of)]
    filled = hole & _thin(shapely.polygons(rings))
    for place in np.unique(of[filled]):
        shell, *holes = rings[(of == place) & ~filled]
        parts[with_holes[place]] = shapely.Polygon(shell, holes)
    slivers = np.concatenate([parts[dropped], shapely.polygons(rings[filled])])
    owners = np.concatenate([owner[dropped], owner[with_holes[of[filled]]]])
    result = geometries.copy()
    for place in np.unique(owners):
        left = parts[(owner == place) & ~dropped]
        single = geometries[place].geom_type == "Polygon"
        result[place] = None if not len(left) else left[0] if single else shapely.multipolygons(left)
    return Thinned(result, slivers, owners)


def _thin(polygons: Geometries) -> npt.NDArray[np.bool_]:
    thin: npt.NDArray[np.bool_] = 2 * shapely.area(polygons) < SLIVER_WIDTH * shapely.length(polygons)
    thin[shapely.get_type_id(polygons) != 3] = False
    return thin


def as_type(geometries: Geometries, wanted: str) -> Geometries:
    """Bring geometries to one type, named as in Simple Features, in two dimensions.

    Single geometries become multis where a multi is wanted, multis of one part become single ones where a
    single is wanted, and parts of a lower dimension, which repairs leave behind, are dropped. What cannot be
    brought to the type, and what is empty, becomes None.

    Args:
        geometries: array (n,), None where there is none.
    """
    result: Geometries = geometries.copy()
    solid = shapely.has_z(geometries) | shapely.has_m(geometries)
    result[solid] = shapely.force_2d(geometries[solid])
    result[shapely.is_empty(result)] = None
    if wanted in _MULTI:
        single = shapely.get_type_id(result) == _PARTS[wanted][0]
        result[single] = _MULTI[wanted](result[single], indices=np.arange(single.sum()))
    others = ~shapely.is_missing(result) & (shapely.get_type_id(result) != shapely.GeometryType[wanted.upper()])
    for place in np.flatnonzero(others):
        result[place] = _one_as_type(result[place], wanted)
    return result


def _one_as_type(geometry: shapely.Geometry, wanted: str) -> shapely.Geometry | None:
    parts = [part for part in _leaves(geometry) if shapely.get_type_id(part) in _PARTS[wanted] and not part.is_empty]
    if not parts:
        return None
    if wanted in _MULTI:
        return _MULTI[wanted](parts)
    return parts[0] if len(parts) == 1 else None


def _leaves(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """The simple parts of a geometry, out of collections of collections too."""
    parts = shapely.get_parts(geometry)
    if (len(parts) == 1 and parts[0] is geometry) or not hasattr(geometry, "geoms"):
        return [geometry]
    return [leaf for part in parts for leaf in _leaves(part)]
