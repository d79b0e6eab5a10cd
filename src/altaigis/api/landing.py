"""The front door: landing page, conformance, API document."""

from fastapi import APIRouter, Request, Response

from altaigis.api import archives, editing, html, openapi, processes, respond
from altaigis.api.links import Links
from altaigis.api.negotiation import HTML, JSON, OPENAPI, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.api.web import ROOT_FILES, page_file, root_file
from altaigis.domain.link import Link
from altaigis.domain.text import Language, Text

router = APIRouter(tags=["Capabilities"])

TITLE = Text(ru="AltaiGIS: карта Алтайского края", en="AltaiGIS: the map of Altai Krai")
DESCRIPTION = Text(
    ru="Границы муниципалитетов, курортные зоны, пункты наблюдений, природа и показатели Алтайского края: карта, "
    "объекты, тайлы.",
    en="Municipal boundaries, resort zones, monitoring points, nature and indicators of Altai Krai: map, features, "
    "tiles.",
)
INDICATORS = Text(ru="Показатели территорий", en="Indicators of territories")
STATIONS = Text(ru="Пункты наблюдений и их ряды", en="Stations and their series")

_FILTERING = ("queryables", "queryables-query-parameters", "filter", "features-filter")
_CQL2 = (
    "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
    "accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions",
    "temporal-functions", "property-property", "arithmetic",
)  # fmt: skip
_EDITING = ("create-replace-delete", "update", "optimistic-locking-etags", "features")
# not core: several outputs cannot be had raw, for that takes a multipart answer
_PROCESSES = ("ogc-process-description", "json", "html", "oas30", "job-list", "dismiss")
_SCHEMAS = ("schemas", "core-roles-features", "returnables-and-receivables", "queryables", "sortables")
#: What is declared has been seen working: each class has its test.
CONFORMANCE = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}" for name in _FILTERING),
    *(f"http://www.opengis.net/spec/cql2/1.0/conf/{name}" for name in _CQL2),
    *(f"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/{name}" for name in _EDITING),
    *(f"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/{name}" for name in _SCHEMAS),
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    *(f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}" for name in _PROCESSES),
]
STANDARDS = {
    "ogcapi-common-1": "OGC API – Common – Part 1: Core",
    "ogcapi-common-2": "OGC API – Common – Part 2: Geospatial Data",
    "ogcapi-features-1": "OGC API – Features – Part 1: Core",
    "ogcapi-features-2": "OGC API – Features – Part 2: Coordinate Reference Systems by Reference",
    "ogcapi-features-3": "OGC API – Features – Part 3: Filtering",
    "ogcapi-features-4": "OGC API – Features – Part 4: Create, Replace, Update and Delete",
    "ogcapi-features-5": "OGC API – Features – Part 5: Schemas",
    "cql2": "Common Query Language (CQL2)",
    "ogcapi-tiles-1": "OGC API – Tiles – Part 1: Core",
    "ogcapi-processes-1": "OGC API – Processes – Part 1: Core",
}


@router.get(
    "/",
    summary="Landing page; the map for browsers",
    openapi_extra=openapi.operation((JSON, HTML), "embed", schema="LandingPage"),
)
def landing(request: Request) -> Response:
    if wanted_format(request, RESOURCE) == "html":
        # who passes a link on may add something of their own to it (utm_source, fbclid): the map opens all the same
        return page_file("index.html", framed="embed" in request.query_params)
    parameters(request, "embed")
    language, links = wanted_language(request), Links(request)
    document = {
        "title": TITLE.in_(language),
        "description": DESCRIPTION.in_(language),
        "links": [link.as_json() for link in [*links.formats(RESOURCE, "json"), *_doors(links, language)]],
    }
    return respond.json(request, document)


def _doors(links: Links, language: Language) -> list[Link]:
    return [
        Link(links.href("api"), "service-desc", OPENAPI, "OpenAPI 3.0"),
        Link(links.href("api.html"), "service-doc", HTML, "OpenAPI 3.0"),
        Link(links.href("conformance"), "conformance", JSON, "Conformance"),
        # QGIS puts "/{id}" behind this address, so it carries no parameter and no ending
        Link(links.href("collections"), "data", JSON, "Collections"),
        Link(
            links.href("tileMatrixSets"),
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
            JSON,
            "Tile matrix sets",
        ),
        Link(links.href("processes"), "http://www.opengis.net/def/rel/ogc/1.0/processes", JSON, "Processes"),
        Link(links.href("jobs"), processes.JOB_LIST_REL, JSON, "Jobs"),
        Link(links.href("indicators"), "related", JSON, INDICATORS.in_(language)),
        Link(links.href("stations"), "related", JSON, STATIONS.in_(language)),
        Link(links.href("archives"), "related", JSON, archives.TITLE.en),
        Link(links.href("wfs"), "related", "text/xml", "WFS 2.0.0, 1.1.0, 1.0.0"),
    ]


@router.get(
    "/conformance",
    summary="What this server conforms to",
    openapi_extra=openapi.operation((JSON, HTML), schema="Conformance"),
)
def conformance(request: Request) -> Response:
    parameters(request)
    document = {"conformsTo": CONFORMANCE}
    if wanted_format(request, RESOURCE) == "html":
        return html.page(request, "conformance.html", standards=_by_standard())
    return respond.json(request, document)


def _by_standard() -> dict[str, list[tuple[str, str]]]:
    """Names and URIs of the conformance classes under the names of their standards."""
    standards: dict[str, list[tuple[str, str]]] = {}
    for uri in CONFORMANCE:
        standard, _, name = uri.removeprefix("http://www.opengis.net/spec/").partition("/1.0/conf/")
        standards.setdefault(STANDARDS[standard], []).append((name, uri))
    return standards


@router.get("/api", summary="This document", openapi_extra=openapi.operation((OPENAPI, HTML), schema="ApiDocument"))
def api(request: Request, services: Services) -> Response:
    parameters(request)
    if wanted_format(request, {"json": OPENAPI, "html": HTML}) == "html":
        return page_file("api.html")
    catalog = services.catalog
    signed = {**editing.paths(catalog), **processes.OPERATIONS}
    document = openapi.document(request.app, Links(request).root, catalog, signed)
    return respond.json(request, document, OPENAPI)


@router.get("/api.css", include_in_schema=False)
def api_css() -> Response:
    return html.stylesheet()


@router.get("/api.html", include_in_schema=False)
def api_html() -> Response:
    return page_file("api.html")


def _add_root_file(name: str) -> None:
    @router.get(f"/{name}", include_in_schema=False, name=f"file {name}")
    def file() -> Response:
        return root_file(name)


for _name in ROOT_FILES:
    _add_root_file(_name)
