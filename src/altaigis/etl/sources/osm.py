"""What an Overpass server sends (JSON with ``out geom``) as a frame: relations become polygons, tags columns."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from altaigis.domain.finding import Finding
from altaigis.etl.sources.rawfile import RawFile, Reading, check_columns, counted

#: Which side of a ring a role stands for. An empty one is an outer one that nobody has called so.
_SIDES = {"outer": "outer", "": "outer", "exclave": "outer", "inner": "inner", "enclave": "inner"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class _Place(_Part):
    lon: float
    lat: float


class _Member(_Part):
    type: str
    ref: int
    role: str = ""
    #: Of ways; None stands for a place outside of what the query has asked for.
    geometry: tuple[_Place | None, ...] | None = None


class _Element(_Part):
    id: int
    tags: dict[str, str] = Field(default_factory=dict)


class _Node(_Element, _Place):
    type: Literal["node"]


class _Way(_Element):
    type: Literal["way"]
    geometry: tuple[_Place | None, ...] = ()


class _Relation(_Element):
    type: Literal["relation"]
    members: tuple[_Member, ...] = ()


class _Answer(_Part):
    elements: tuple[Annotated[_Node | _Way | _Relation, Field(discriminator="type")], ...]


def read_osm(path: Path, how: Reading) -> RawFile:
    """Elements of OpenStreetMap with ``osm_type``, ``osm_id`` and their tags as columns, in EPSG:4326.

    A relation is the area between its outer and inner ways, a closed way a polygon, an open one a line. A relation
    whose ways form no closed rings is refused.

    Raises:
        ValueError: it is no such answer.
    """
    try:
        answer = _Answer.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"it is no answer of an Overpass server: {place}: {first['msg']}") from error
    check_columns(len({tag for element in answer.elements for tag in element.tags}) + 2)
    findings: list[Finding] = []
    geometries = []
    for row, element in enumerate(answer.elements, 1):
        try:
            geometry, doubts = _geometry(element)
            findings += [Finding("warning", "osm", doubt, row) for doubt in doubts]
        except ValueError as error:
            geometry = None
            findings.append(Finding("error", "osm", f"{element.type} {element.id}: {error}", row))
        geometries.append(geometry)
    # a tag of one of our names gives way
    own = ("osm_type", "osm_id", "geometry")
    rows = [
        {"osm_type": element.type, "osm_id": element.id}
        | {tag: value for tag, value in element.tags.items() if tag not in own}
        for element in answer.elements
    ]
    frame = gpd.GeoDataFrame(rows, geometry=np.array(geometries, dtype=object), crs="EPSG:4326")
    return RawFile(counted(frame), how.decimal or ".", {}, tuple(findings))


def _geometry(element: _Node | _Way | _Relation) -> tuple[shapely.Geometry, list[str]]:
    """The geometry, and what is doubtful about it.

    Raises:
        ValueError: it has none.
    """
    if isinstance(element, _Node):
        return shapely.Point(element.lon, element.lat), []
    if isinstance(element, _Relation):
        return assemble(element.members)
    line = _line(element.geometry, "it")
    return (shapely.Polygon(line) if line.is_ring else line), []


def assemble(members: Iterable[_Member]) -> tuple[shapely.Geometry, list[str]]:
    """The area that the ways of a relation enclose, and what was left aside on the way.

    Raises:
        ValueError: they enclose none, or do not close.
    """
    lines: dict[str, list[shapely.LineString]] = {"outer": [], "inner": []}
    doubts = []
    for member in members:
        if member.type != "way":
            continue  # places of labels and the relations of its parts
        if member.role not in _SIDES:
            doubts.append(f"way {member.ref} has the role {member.role[:40]!r} and is left aside")
            continue
        lines[_SIDES[member.role]].append(_line(member.geometry or (), f"way {member.ref}"))
    if not lines["outer"]:
        raise ValueError("it has no ways with the role outer")
    holes = _faces(lines["inner"])
    area = shapely.union_all([_without(face, holes) for face in _faces(lines["outer"])])
    if area.is_empty:
        raise ValueError("nothing is left between its outer and inner ways")
    return area, doubts


def _without(face: shapely.Polygon, holes: np.ndarray) -> shapely.Geometry:
    """A face without its holes; one that it lies inside of is none of its own: it is an island in a lake."""
    around = shapely.covers(holes, face) & (shapely.area(holes) > face.area)
    return shapely.difference(face, shapely.union_all(holes[~around]))


def _faces(lines: list[shapely.LineString]) -> np.ndarray:
    """The faces that lines enclose; where they cross, they are cut.

    Raises:
        ValueError: a line leads nowhere.
    """
    if not lines:
        return np.array([], dtype=object)
    faces, cuts, dangles, _ = shapely.polygonize_full([shapely.union_all(lines)])
    loose = [*shapely.get_parts(dangles), *shapely.get_parts(cuts)]
    if loose:
        open_ends = shapely.get_parts(shapely.MultiLineString(loose).boundary)
        place = open_ends[0] if len(open_ends) else shapely.Point(loose[0].coords[0])
        raise ValueError(f"its boundary is not closed at {place.x:.7f}, {place.y:.7f}")
    return np.asarray(shapely.get_parts(faces))


def _line(places: Iterable[_Place | None], name: str) -> shapely.LineString:
    known = [place for place in places if place is not None]
    if len(known) < 2 or None in places:
        raise ValueError(f"{name} came without its whole geometry; the query must end in: out geom;")
    return shapely.LineString([(place.lon, place.lat) for place in known])
