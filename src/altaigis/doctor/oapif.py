"""OGC API – Features as QGIS and GDAL ask it, document by document."""

from collections.abc import Iterator, Mapping
from typing import Any

from altaigis.doctor.server import Server, Symptom
from altaigis.errors import ServiceError

GEOJSON = "application/geo+json"
#: Features of each of two pages that are held against each other.
PAGE = 10
#: What QGIS asks for at a time where it finds no size of pages.
QGIS_PAGE = 100
#: Ends of the conformance classes without which QGIS filters by itself.
_FILTERING = ("/basic-cql2", "/cql2-text", "/filter", "/features-filter")


def examine(server: Server, collections: int) -> Iterator[Symptom]:
    """What both will see of the server and of its first collections.

    Raises:
        ServiceError: it has no landing page.
    """
    landing = server.json()
    links = {str(link.get("rel")): str(link.get("href")) for link in landing.get("links", [])}
    for rel in ("service-desc", "data"):
        if rel not in links:
            yield Symptom("QGIS", "error", f"the landing page has no link {rel}; QGIS does not connect")
    if "data" not in links:
        return
    if "?" in links["data"]:
        yield Symptom(
            "QGIS", "error", f"the link data has parameters, behind which QGIS writes its own: {links['data']}"
        )
    found = server.json(links["data"]).get("collections", [])
    names = [str(one.get("id")) for one in found]
    yield Symptom("QGIS and GDAL", "good", f"OGC API – Features with {len(found)} collections: {', '.join(names[:20])}")
    yield from _page_size(server, links.get("service-desc"))
    yield from _filtering(server, links.get("conformance"))
    for one in found[:collections]:
        try:
            yield from _collection(server, one)
        except ServiceError as error:
            yield Symptom("QGIS and GDAL", "error", f"{one.get('id')}: {error}")


def _page_size(server: Server, href: str | None) -> Iterator[Symptom]:
    """QGIS reads the size of pages from one place of the API document alone."""
    if href is None:
        return
    try:
        document = server.json(href)
    except ServiceError as error:
        yield Symptom("QGIS", "error", f"the API document: {error}")
        return
    limit = _member(document, "components", "parameters", "limit", "schema")
    if "maximum" not in limit and "default" not in limit:
        told = f"components.parameters.limit has no maximum: QGIS asks for {QGIS_PAGE} features at a time"
        yield Symptom("QGIS", "warning", told)
    else:
        yield Symptom("QGIS", "good", f"pages of up to {limit.get('maximum', limit.get('default'))} features")


def _filtering(server: Server, href: str | None) -> Iterator[Symptom]:
    declared = server.json(href).get("conformsTo", []) if href else []
    missing = [end for end in _FILTERING if not any(str(uri).endswith(end) for uri in declared)]
    if missing:
        told = f"conformance lacks {', '.join(missing)}: QGIS brings all features to filter them"
        yield Symptom("QGIS", "warning", told)


def _collection(server: Server, collection: Mapping[str, Any]) -> Iterator[Symptom]:
    name = str(collection.get("id"))
    items = next((str(link["href"]) for link in collection.get("links", []) if link.get("rel") == "items"), None)
    if items is None:
        if collection.get("itemType") == "feature":
            yield Symptom("QGIS and GDAL", "error", f"{name}: has no link items")
        return
    first = server.json(items, f="json", limit=PAGE)
    features = first.get("features", [])
    matched = first.get("numberMatched")
    if matched is None:
        yield Symptom("QGIS", "warning", f"{name}: no numberMatched; QGIS does not know how many there are")
    if any(feature.get("id") is None for feature in features):
        yield Symptom("QGIS", "warning", f"{name}: features without an id of their own; they cannot be edited")
    following = [link for link in first.get("links", []) if link.get("rel") == "next"]
    if isinstance(matched, int) and matched > len(features):
        if not following:
            yield Symptom(
                "QGIS and GDAL", "error", f"{name}: shows {len(features)} of {matched} features; no link next"
            )
            return
        if not any(link.get("type") == GEOJSON for link in following):
            yield Symptom("QGIS", "error", f"{name}: the link next is not of type {GEOJSON}; QGIS does not follow it")
        second = server.json(str(following[0]["href"])).get("features", [])
        if not second or {feature.get("id") for feature in features} & {feature.get("id") for feature in second}:
            yield Symptom("QGIS and GDAL", "error", f"{name}: the second page has features of the first, or none")
            return
    yield Symptom("QGIS and GDAL", "good", f"{name}: {'an unknown number of' if matched is None else matched} features")


def _member(document: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """A member of members, empty where there is none."""
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
