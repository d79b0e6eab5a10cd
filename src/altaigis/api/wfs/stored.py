"""Stored queries: a table of those that there are, what is told of them, and what they select."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely

from altaigis.api.wfs.protocol import V20
from altaigis.domain.catalog import Catalog
from altaigis.domain.expression import Expression, Geometry, Literal, Property, Untyped, call
from altaigis.domain.layer import Layer
from altaigis.domain.text import Language, Text
from altaigis.encoders.gml.versions import NAMESPACE, PREFIX
from altaigis.encoders.xml import element, escape, start
from altaigis.errors import MissingParameter, NotIdentified, ParameterError
from altaigis.filters.gml_ids import identified, split_gml_id
from altaigis.filters.resolve import resolve

BY_ID = "urn:ogc:def:query:OGC-WFS::GetFeatureById"
#: The same before the standard was corrected, as clients still say it.
_BY_ID_TOO = "urn:ogc:def:storedQuery:OGC-WFS::GetFeatureById"
_LANGUAGE = "urn:ogc:def:queryLanguage:OGC-WFS::WFS_QueryExpression"
#: Metres: around the world.
_FARTHEST = 20_100_000.0


@dataclass(frozen=True)
class Parameter:
    """A parameter: its type of XML Schema, and what it is."""

    kind: str
    title: Text


@dataclass(frozen=True)
class Selected:
    """The features that a stored query selects: of a layer those for which a condition holds."""

    layer: Layer
    where: Expression


@dataclass(frozen=True)
class StoredQuery:
    """A query with a name. ``returns`` tells the layers that it may select from: with none of them it is not offered;
    ``select`` gets the values of the parameters, which are all there."""

    id: str
    title: Text
    parameters: Mapping[str, Parameter]
    returns: Callable[[Sequence[Layer]], list[Layer]]
    select: Callable[[Catalog, Mapping[str, str]], Selected]


def _by_id(catalog: Catalog, values: Mapping[str, str]) -> Selected:
    layer_id, fid = split_gml_id(values["ID"])
    if layer_id not in catalog or not fid or catalog.layer(layer_id).kind == "raster":
        raise NotIdentified("ID", f"there is no feature '{values['ID'][:80]}'; an id looks like layer.fid")
    layer = catalog.layer(layer_id)
    return Selected(layer, identified([values["ID"]], layer))


def _of_cluster(catalog: Catalog, values: Mapping[str, str]) -> Selected:
    layer = catalog.layer("districts")
    return Selected(
        layer, resolve(call("=", Property("cluster"), Untyped(values["cluster"])), layer, parameter="cluster")
    )


def _near(catalog: Catalog, values: Mapping[str, str]) -> Selected:
    name = values["typeName"].rpartition(":")[2]
    if name not in catalog or catalog.layer(name).geometry_field is None:
        raise ParameterError("typeName", f"'{values['typeName'][:60]}' is no type with a geometry")
    layer = catalog.layer(name)
    longitude, latitude = _number(values, "longitude", -180, 180), _number(values, "latitude", -90, 90)
    point = Geometry(shapely.to_wkb(shapely.Point(longitude, latitude)))
    distance = Literal(_number(values, "distance", 0, _FARTHEST))
    return Selected(layer, resolve(call("s_dwithin", Property(str(layer.geometry_field)), point, distance), layer))


def _number(values: Mapping[str, str], name: str, least: float, most: float) -> float:
    try:
        value = float(values[name])
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ParameterError(name, f"'{values[name][:40]}' is no number from {least:g} to {most:.10g}")
    return value


def _clustered(layers: Sequence[Layer]) -> list[Layer]:
    return [layer for layer in layers if layer.id == "districts" and "cluster" in layer.fields]


def _placed(layers: Sequence[Layer]) -> list[Layer]:
    return [layer for layer in layers if layer.geometry_field]


QUERIES: tuple[StoredQuery, ...] = (
    StoredQuery(
        BY_ID,
        Text(ru="Объект по его коду", en="A feature by its id"),
        {"ID": Parameter("xs:string", Text(ru="gml:id объекта", en="gml:id of the feature"))},
        list,
        _by_id,
    ),
    StoredQuery(
        f"{NAMESPACE}:DistrictsOfCluster",
        Text(ru="Муниципальные образования курортного кластера", en="The municipalities of a resort cluster"),
        {"cluster": Parameter("xs:string", Text(ru="Код кластера", en="Cluster id"))},
        _clustered,
        _of_cluster,
    ),
    StoredQuery(
        f"{NAMESPACE}:FeaturesNearPoint",
        Text(ru="Объекты не дальше заданного расстояния от точки", en="Features within a distance of a point"),
        {
            "typeName": Parameter("xs:QName", Text(ru="Тип объектов", en="Type of the features")),
            "longitude": Parameter("xs:double", Text(ru="Долгота, градусы", en="Longitude in degrees")),
            "latitude": Parameter("xs:double", Text(ru="Широта, градусы", en="Latitude in degrees")),
            "distance": Parameter("xs:double", Text(ru="Расстояние на местности, метры", en="Metres on the ground")),
        },
        _placed,
        _near,
    ),
)


def selected(catalog: Catalog, query_id: str, values: Mapping[str, str]) -> Selected:
    """What a call selects; names of parameters in any letters.

    Raises:
        ParameterError: there is no such query, or a value cannot be used.
        MissingParameter: a value is missing.
        NotIdentified: there can be no feature with the id.
    """
    found = stored(catalog, query_id)
    told = {name: values.get(name.lower(), "").strip() for name in found.parameters}
    for name, value in told.items():
        if not value:
            raise MissingParameter(name, f"is required by {found.id}")
    return found.select(catalog, told)


def stored(catalog: Catalog, query_id: str) -> StoredQuery:
    """The stored query with this id.

    Raises:
        ParameterError: there is none.
    """
    wanted = BY_ID if query_id == _BY_ID_TOO else query_id
    offered = [query for query in QUERIES if query.returns(_types(catalog))]
    found = next((query for query in offered if query.id == wanted), None)
    if found is None:
        there = ", ".join(query.id for query in offered)
        raise ParameterError("storedQuery_Id", f"there is no stored query '{query_id[:80]}'; there are {there}")
    return found


def listed(layers: Sequence[Layer], language: Language) -> bytes:
    """The answer to ListStoredQueries."""
    found = (
        element(
            "wfs:StoredQuery",
            {"id": query.id},
            _title(query.title, language),
            *(element("wfs:ReturnFeatureType", {}, f"{PREFIX}:{layer.id}") for layer in query.returns(layers)),
        )
        for query in QUERIES
        if query.returns(layers)
    )
    return _document("wfs:ListStoredQueriesResponse", found)


def described(catalog: Catalog, layers: Sequence[Layer], ids: Sequence[str], language: Language) -> bytes:
    """The answer to DescribeStoredQueries.

    Raises:
        ParameterError: there is no stored query with one of the ids.
    """
    wanted = [stored(catalog, query_id) for query_id in ids] or [query for query in QUERIES if query.returns(layers)]
    return _document("wfs:DescribeStoredQueriesResponse", (_description(query, layers, language) for query in wanted))


def _description(query: StoredQuery, layers: Sequence[Layer], language: Language) -> str:
    parameters = (
        element("wfs:Parameter", {"name": name, "type": known.kind}, _title(known.title, language))
        for name, known in query.parameters.items()
    )
    returns = " ".join(f"{PREFIX}:{layer.id}" for layer in query.returns(layers))
    text = {"isPrivate": "true", "language": _LANGUAGE, "returnFeatureTypes": returns}
    return element(
        "wfs:StoredQueryDescription",
        {"id": query.id},
        _title(query.title, language),
        *parameters,
        element("wfs:QueryExpressionText", text),
    )


def _title(title: Text, language: Language) -> str:
    return element("wfs:Title", {"xml:lang": language}, escape(title.in_(language)))


def _document(name: str, content: Iterable[str]) -> bytes:
    attributes = {
        "xmlns:wfs": V20.wfs,
        "xmlns:xs": "http://www.w3.org/2001/XMLSchema",
        f"xmlns:{PREFIX}": NAMESPACE,
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation": f"{V20.wfs} {V20.schema}",
    }
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{start(name, attributes)}{"".join(content)}</{name}>\n'.encode()


def _types(catalog: Catalog) -> list[Layer]:
    return [layer for layer in catalog if layer.kind != "raster"]
