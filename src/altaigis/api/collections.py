"""Collections: what there is, and what its features look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from altaigis.api import downloads, html, maps, openapi, respond, snippets, styles
from altaigis.api.descriptions import offered, spoken_inputs
from altaigis.api.fields import feature_schema, field_schema, required
from altaigis.api.links import Links
from altaigis.api.negotiation import (
    COG,
    GEOJSON,
    HTML,
    JSON,
    MVT,
    PNG,
    RESOURCE,
    SCHEMA,
    XML,
    parameters,
    wanted_format,
    wanted_language,
)
from altaigis.api.state import Services, State
from altaigis.api.wording import KINDS, THEMES, spoken
from altaigis.domain.derivation import Derivation, Derived
from altaigis.domain.extent import Span
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.domain.revision import Revision
from altaigis.domain.text import Language
from altaigis.domain.wording import unit_in
from altaigis.encoders.formats import FORMATS
from altaigis.encoders.gml.schema import application_schema
from altaigis.encoders.gml.versions import GML32
from altaigis.errors import NotLoaded
from altaigis.filters.instants import print_instant
from altaigis.filters.params import feature_query, parse_switch

router = APIRouter(tags=["Data"])

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"
QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SORTABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
TILES_REL = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
MAP_TILES_REL = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map"
STYLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/styles"


@router.get(
    "/collections",
    summary="All collections",
    openapi_extra=openapi.operation((JSON, HTML), "links", schema="Collections"),
)
async def collections(request: Request, services: Services) -> Response:
    linked = parse_switch("links", parameters(request, "links").get("links", "true"))
    language, links = wanted_language(request), Links(request)
    revisions = await services.ledger.revisions()
    # those of this moment: derived layers come and go
    layers = list(services.catalog)
    documents = [
        describe(layer, revisions.get(layer.id), await services.times.span(layer), language, links) for layer in layers
    ]
    if wanted_format(request, RESOURCE) == "html":
        return html.page(request, "collections.html", themes=_by_theme(layers, documents, language))
    own = [link.as_json() for link in links.formats(RESOURCE, "json")]
    if not linked:
        # a map finds its way by itself, and they are two thirds of the list
        for document in documents:
            document["links"] = []
    return respond.json(request, {"links": own, "collections": documents})


@router.get(
    "/collections/{collection_id}",
    summary="One collection",
    openapi_extra=openapi.operation((JSON, HTML), schema="Collection"),
)
async def collection(request: Request, services: Services, collection_id: str) -> Response:
    parameters(request)
    revisions = await services.ledger.revisions()
    layer, derived = services.catalog.layer(collection_id), services.catalog.derived.get(collection_id)
    language = wanted_language(request)
    revision, links = revisions.get(layer.id), Links(request)
    document = describe(layer, revision, await services.times.span(layer), language, links)
    if derived:
        run = await services.jobs.run_of(derived)
        document["altai:derivation"] = {**_told(derived.derivation), "job": str(run) if run else None}
        document["links"] += _together(services, derived, language, links)
    if wanted_format(request, RESOURCE) == "html":
        return html.page(
            request,
            "collection.html",
            collection=document,
            kind=kind(layer, language),
            theme=THEMES[layer.theme].in_(language),
            fields=_field_rows(layer, language),
            files=downloads.offers(request, layer),
            styles=styles.offers(layer, links, language),
            at=snippets.addresses(layer, links, language) if layer.kind != "raster" else None,
            map=await maps.overview(services, layer),
            revision=revision,
            made=spoken(document.get("altai:derivation"), language),
            inputs=await run_sync(_inputs, derived, language),
            layers={one.id for one in services.catalog},
            findings=await _findings(services, layer, language, links),
        )
    return respond.json(request, document)


@router.get(
    "/collections/{collection_id}/schema",
    summary="Fields of a collection",
    openapi_extra=openapi.operation((SCHEMA, HTML, XML), schema="Schema"),
)
def schema(request: Request, services: Services, collection_id: str) -> Response:
    parameters(request)
    layer = services.catalog.layer(collection_id, "vector", "table")
    language = wanted_language(request)
    chosen = wanted_format(request, {"json": SCHEMA, "geojson": SCHEMA, "html": HTML, "xsd": XML, "gdal": XML})
    if chosen in ("xsd", "gdal"):
        return respond.data(request, application_schema([layer], GML32, with_id=chosen == "xsd"), XML)
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": Links(request).href("collections", layer.id, "schema"),
        "type": "object",
        "title": layer.title.in_(language),
        "properties": {
            name: field_schema(number, name, field, language)
            for number, (name, field) in enumerate(layer.fields.items(), 1)
        },
        "required": required(layer),
        "additionalProperties": False,
    }
    if chosen == "geojson":
        document["$id"] += "?f=geojson"
        document |= {**feature_schema(layer, document["properties"]), "additionalProperties": True}
    if chosen == "html":
        return html.page(request, "resource.html", heading=layer.title.in_(language), document=document)
    return respond.json(request, document, SCHEMA)


def describe(
    layer: Layer, revision: Revision | None, span: Span | None, language: Language, links: Links
) -> dict[str, Any]:
    """The collection document of a layer; members of our own begin with ``altai:``."""
    document: dict[str, Any] = {
        "id": layer.id,
        "title": layer.title.in_(language),
        "description": layer.description.in_(language) if layer.description else "",
        "attribution": layer.source.attribution.in_(language),
        "license": layer.source.licence,
        "links": [link.as_json() for link in _links(layer, language, links)],
        "altai:kind": layer.kind,
        "altai:theme": layer.theme,
        "altai:order": layer.order,
        "altai:visible": layer.visible,
        "altai:search": layer.search,
        "altai:revision": revision.number if revision else None,
        "updated": print_instant(revision.created) if revision else None,
        "altai:style": "default" if "default" in layer.styles else None,
    }
    if layer.source.derived:
        document["altai:maker"] = layer.source.derived
    if extent := _extent(revision, span):
        document["extent"] = extent
    if layer.kind == "raster":
        # GDAL would ask every other collection for items, and give up a whole service where there are none
        document |= {
            "layerDataType": "Raster",
            "altai:minzoom": layer.tiles.minzoom,
            "altai:maxzoom": layer.tiles.maxzoom,
        }
        return document
    document |= {
        "itemType": "feature",
        "itemCount": revision.count if revision else None,
        "altai:titleField": layer.title_field,
        "altai:editable": layer.editable,
    }
    if layer.kind == "vector":
        document |= {
            "crs": [crs.uri for crs in layer.crs],
            "storageCrs": CRS84,
            "altai:geometryType": layer.geometry_type,
            "altai:minzoom": layer.tiles.minzoom,
            "altai:maxzoom": layer.tiles.maxzoom,
        }
    return document


def _together(services: State, derived: Derived, language: Language, links: Links) -> list[dict[str, Any]]:
    """The other layers that were made by the same run."""
    return [
        Link(
            links.href("collections", name), "related", JSON, services.catalog.layer(name).title.in_(language)
        ).as_json()
        for name in derived.derivation.together.values()
        if name != derived.layer.id and name in services.catalog
    ]


def _told(derivation: Derivation) -> dict[str, Any]:
    """How a layer came to be, without the name of the key: that is for the administrator."""
    document = derivation.as_json()
    del document["key"]
    return document


def _inputs(derived: Derived | None, language: Language) -> dict[str, Any]:
    """What was chosen for a run, in words; of other layers nothing."""
    process = offered().get(derived.derivation.maker) if derived else None
    return spoken_inputs(process, derived.derivation.parameters, language) if derived and process else {}


def _extent(revision: Revision | None, span: Span | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if revision and revision.extent:
        found["spatial"] = {"bbox": [revision.extent.as_list()], "crs": CRS84}
    if span:
        # a date is the whole day in UTC
        ends = zip(span, ("T00:00:00Z", "T23:59:59Z"), strict=True)
        interval = [
            end if end is None else print_instant(end) + ("" if isinstance(end, datetime) else of) for end, of in ends
        ]
        found["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return found


def kind(layer: Layer, language: Language) -> str:
    """What the layer consists of, in words."""
    return KINDS[layer.geometry_type or layer.kind].in_(language)


def _links(layer: Layer, language: Language, links: Links) -> list[Link]:
    here = ("collections", layer.id)
    title = layer.title.in_(language)
    found = [
        Link(links.href(*here), "self", JSON, title),
        Link(links.href(*here, f="html"), "alternate", HTML, title),
    ]
    if layer.source.url:
        found.append(Link(layer.source.url, "via", HTML, layer.source.attribution.in_(language)))
    if layer.kind != "raster":
        found += [
            Link(links.href(*here, "items"), "items", GEOJSON, f"{title}: GeoJSON"),
            Link(links.href(*here, "items", f="html"), "items", HTML, f"{title}: HTML"),
            *(
                Link(links.href(*here, "items", f=name), "items", form.media_type, f"{title}: {form.title}")
                for name, form in FORMATS.items()
                if form.media_type != GEOJSON
            ),
            Link(links.href(*here, "schema"), SCHEMA_REL, SCHEMA, "Schema"),
            Link(links.href(*here, "queryables"), QUERYABLES_REL, SCHEMA, "Queryables"),
            Link(links.href(*here, "sortables"), SORTABLES_REL, SCHEMA, "Sortables"),
            Link(links.href(*here, "schema", f="geojson"), "describedby", SCHEMA, "Schema: GeoJSON"),
            # Relations know no case, but GDAL looks for this spelling, and takes the types of properties from there. Of
            # JSON Schema it understands neither null beside a type nor whole numbers of 64 bits, of XML Schema it does
            Link(links.href(*here, "schema", f="gdal"), "describedBy", XML, "Schema: GDAL"),
        ]
    if layer.kind == "raster":
        found.append(Link(links.href("rasters", layer.id, "cog.tif"), "enclosure", COG, f"{title}: GeoTIFF"))
    if layer.kind == "vector":
        found.append(Link(links.href(*here, "tiles"), TILES_REL, JSON, "OGC API – Tiles"))
    if layer.kind != "table":
        media_type = PNG if layer.kind == "raster" else MVT
        ending = "png" if layer.kind == "raster" else "mvt"
        template = links.href("tiles", layer.id, "{z}", "{x}", "{y}." + ending)
        found += [
            Link(template, "item", media_type, "XYZ", templated=True),
            Link(links.href("tiles", layer.id, "tilejson.json"), "describedby", JSON, "TileJSON"),
        ]
    if layer.styles:
        found.append(Link(links.href(*here, "styles"), STYLES_REL, JSON, "Styles"))
    if "default" in layer.styles:
        found += styles.links_of(layer, "default", links)
    return found


async def _findings(services: State, layer: Layer, language: Language, links: Links) -> dict[str, Any] | None:
    """How many findings of the last load there are, and where; None where the catalog has no layer of them."""
    ledger = next((found for found in services.catalog if found.source.ledger == "findings"), None)
    if ledger is None or layer == ledger:
        return None
    try:
        count = await services.features.count(feature_query(ledger, {"layer": layer.id}))
    except NotLoaded:
        return None
    href = links.href("collections", ledger.id, "items", layer=layer.id, f="html", lang=language)
    return {"count": count, "href": href}


def _by_theme(
    layers: Sequence[Layer], documents: list[dict[str, Any]], language: Language
) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Kind and document of the collections, under the titles of their themes."""
    themes: dict[str, list[tuple[str, dict[str, Any]]]] = {theme.in_(language): [] for theme in THEMES.values()}
    for layer, document in zip(layers, documents, strict=True):
        themes[THEMES[layer.theme].in_(language)].append((kind(layer, language), document))
    return {title: entries for title, entries in themes.items() if entries}


def _field_rows(layer: Layer, language: Language) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": field.title.in_(language) if field.title else "",
            "description": field.description.in_(language) if field.description else "",
            "type": KINDS[field.type].in_(language),
            "unit": unit_in(field.unit, language),
            "values": [
                (value, titles[value].in_(language) if value in titles else value) for value in field.values or ()
            ],
        }
        for name, field in layer.fields.items()
        for titles in [layer.titles_of(name)]
    ]
