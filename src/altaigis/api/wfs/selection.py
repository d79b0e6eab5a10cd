"""Queries of WFS -> FeatureQuery: behind this there is no WFS any more but for what the answer looks like."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from altaigis.api.wfs.protocol import Version
from altaigis.api.wfs.request import GetFeature, Query, StoredCall
from altaigis.api.wfs.stored import BY_ID, selected, stored
from altaigis.domain.catalog import Catalog
from altaigis.domain.crs import Crs
from altaigis.domain.expression import Box, Expression, Property, call, conjunction
from altaigis.domain.extent import parse_corners
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery, SortKey
from altaigis.errors import LayerNotFound, ParameterError
from altaigis.filters.fes import parse_fes, property_named
from altaigis.filters.gml_ids import identified, split_gml_id
from altaigis.filters.params import parse_crs
from altaigis.filters.resolve import resolve
from altaigis.filters.xml import parse_xml


@dataclass(frozen=True)
class Selection:
    """What one query asks for. ``srs_name`` is what the CRS of the answer is called in it; ``is_one`` asks for a
    feature and nothing around it."""

    query: FeatureQuery
    srs_name: str
    is_one: bool = False


def layer_named(catalog: Catalog, layer_id: str, parameter: str = "typeNames") -> Layer:
    """The layer of a type.

    Raises:
        ParameterError: there is none with features.
    """
    if layer_id not in catalog:
        there = ", ".join(sorted(layer.id for layer in catalog if layer.kind != "raster"))
        raise ParameterError(parameter, f"there is no type '{layer_id[:60]}'; there are {there}")
    try:
        return catalog.layer(layer_id, "vector", "table")
    except LayerNotFound as error:
        raise ParameterError(parameter, str(error)) from None


def selections(catalog: Catalog, asked: GetFeature) -> list[Selection]:
    """What a request selects, query by query.

    Raises:
        ParameterError, NotIdentified: naming the parameter.
    """
    return [found for query in asked.queries for found in _selections(catalog, query, asked.version)]


def named_types(asked: GetFeature) -> list[str]:
    """Ids of the layers that a request names as types."""
    return [query.type_name for query in asked.queries if isinstance(query, Query) and query.type_name is not None]


def value_field(asked: GetFeature, layer: Layer) -> str | None:
    """The field whose values GetPropertyValue asks for; None for the ids of features.

    Raises:
        ParameterError: it is none.
    """
    reference = str(asked.value_reference)
    name = property_named(reference, layer, "valueReference", _aliases(asked.queries))
    return None if "@" in reference else name


def _aliases(queries: Iterable[Query | StoredCall]) -> tuple[str, ...]:
    return tuple(alias for query in queries if isinstance(query, Query) for alias in query.aliases)


def _selections(catalog: Catalog, asked: Query | StoredCall, version: Version) -> Iterator[Selection]:
    if isinstance(asked, StoredCall):
        found = selected(catalog, asked.id, asked.values)
        query = FeatureQuery(found.layer, where=found.where, crs=version.crs)
        yield Selection(query, version.crs_name, is_one=stored(catalog, asked.id).id == BY_ID)
    elif asked.type_name is not None:
        yield _selection(layer_named(catalog, asked.type_name), asked, version)
    else:
        # By ids alone: each of them names its type
        for layer_id in dict.fromkeys(split_gml_id(gml_id)[0] for gml_id in asked.ids):
            yield _selection(layer_named(catalog, layer_id, "resourceId"), asked, version)


def _selection(layer: Layer, asked: Query, version: Version) -> Selection:
    crs, srs_name = _system(layer, asked.srs_name, version)
    names = [property_named(path, layer, "propertyName", asked.aliases) for path in asked.properties]
    query = FeatureQuery(
        layer,
        where=conjunction(*_conditions(layer, asked, version)),
        crs=crs,
        order=_order(layer, asked),
        properties=tuple(dict.fromkeys(names)) if names else None,
        geometry=not names or layer.geometry_field in names,
    )
    return Selection(query, srs_name)


def _system(layer: Layer, name: str | None, version: Version) -> tuple[Crs, str]:
    """The CRS of the answer and its name, as the client has said it."""
    if name is None or layer.geometry_field is None:
        return version.crs, version.crs_name
    return parse_crs(layer, name, "srsName"), name


def longitude_first(crs: Crs, name: str) -> tuple[Crs, str]:
    """The CRS and its name where easting always comes first, whatever the name means elsewhere."""
    return crs.easting_first, f"EPSG:{crs.srid}" if crs.axis_swapped else name


def _order(layer: Layer, asked: Query) -> tuple[SortKey, ...]:
    keys: dict[str, SortKey] = {}
    for path, descending in asked.order:
        name = property_named(path, layer, "sortBy", asked.aliases)
        if layer.fields[name].is_geometry:
            raise ParameterError("sortBy", f"'{name}' is a geometry, which has no order")
        keys.setdefault(name, SortKey(name, descending))
    return tuple(keys.values())


def _conditions(layer: Layer, asked: Query, version: Version) -> Iterator[Expression]:
    if asked.box is not None:
        yield _within(layer, asked.box, version)
    if asked.ids:
        yield identified(asked.ids, layer)
    where = parse_xml(asked.where.encode(), "filter") if isinstance(asked.where, str) else asked.where
    if where is not None:
        yield resolve(parse_fes(where, layer, version.crs, aliases=asked.aliases), layer)


def _within(layer: Layer, text: str, version: Version) -> Expression:
    """The features that share a point with a box; its CRS may stand behind its corners."""
    if layer.geometry_field is None:
        raise ParameterError("bbox", f"'{layer.id}' has no geometry")
    numbers = [part for part in text.split(",") if not _is_name(part)]
    name = ",".join(text.split(",")[len(numbers) :]).strip()
    crs = parse_crs(layer, name, "bbox") if name else version.crs
    box = Box(parse_corners(",".join(numbers)))
    return resolve(call("s_intersects", Property(layer.geometry_field), box), layer, crs, "bbox")


def _is_name(part: str) -> bool:
    """Whether it is of a CRS and no number."""
    return ":" in part or "/" in part or "CRS" in part.upper()
