"""Single geometries brought into a form that every door can serve: valid, two-dimensional, of one type."""

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
    still = ~shapely.is_valid(result) & ~shapely.is_missing(result)
    result[still] = shapely.make_valid(result[still])
    return result


def slivers(geometries: Geometries) -> npt.NDArray[np.int_]:
    """How many polygons of each geometry are narrower on average than `SLIVER_WIDTH`.

    Args:
        geometries: array (n,) in degrees, None where there is none.
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    areas, lengths = shapely.area(parts), shapely.length(parts)
    thin = (shapely.get_type_id(parts) == 3) & (2 * areas < SLIVER_WIDTH * lengths)
    return np.bincount(owner[thin], minlength=len(geometries))


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
