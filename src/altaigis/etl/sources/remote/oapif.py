"""All features of a collection of an OGC API, page by page, as one GeoJSON document."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson
from httpx import URL, InvalidURL

from altaigis.domain.remote import OapifCollection
from altaigis.errors import RemoteUnavailable
from altaigis.etl.sources.remote.fetch import Fetcher
from altaigis.etl.sources.remote.part import Part

MAX_PAGES = 10_000
#: A page is parsed as a whole; this much of JSON takes some ten times the memory.
MAX_PAGE_BYTES = 64 << 20
_GEOJSON = "application/geo+json"


async def fetch_oapif(remote: OapifCollection, fetcher: Fetcher, part: Part) -> None:
    """Bring every feature of a collection into the part.

    Raises:
        RemoteUnavailable: the server sends something else, or fewer features than it has.
    """
    url: str | None = _first(remote)
    asked: set[str] = set()
    seen: set[str] = set()
    count, expected = 0, None
    part.begin("")
    with part.path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[\n')
        while url:
            if url in asked:
                raise RemoteUnavailable(f"{remote.address}: the link to the next page leads in a circle, to {url}")
            if len(asked) == MAX_PAGES:
                raise RemoteUnavailable(f"{remote.address} has more than {MAX_PAGES} pages; raise source.remote.page")
            asked.add(url)
            request = fetcher.request("GET", url, headers={"Accept": _GEOJSON})
            page = _page(remote, await fetcher.ask(request, MAX_PAGE_BYTES))
            for feature in page["features"]:
                file.write((b",\n" if count else b"") + orjson.dumps(_kept(remote, feature, seen)))
                count += 1
            matched = page.get("numberMatched")
            expected = matched if isinstance(matched, int) else expected
            fetcher.tell(count, expected)
            try:
                url = _next(page, url)
            except InvalidURL as error:
                raise RemoteUnavailable(f"{remote.address}: the next page has no address: {error}") from error
        file.write(b"\n]}\n")
    if expected is not None and count != expected:
        raise RemoteUnavailable(f"{remote.address} says that it has {expected} features, but sent {count}")
    if not count:
        raise RemoteUnavailable(f"{remote.address} sent no features")


def _first(remote: OapifCollection) -> str:
    root = URL(remote.oapif)
    items = f"{root.path.rstrip('/')}/collections/{quote(remote.collection, safe='')}/items"
    return str(root.copy_with(path=items).copy_merge_params({"limit": remote.page}))


def _page(remote: OapifCollection, body: bytes) -> dict[str, Any]:
    try:
        page = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RemoteUnavailable(f"{remote.address} sent what is no JSON: {error}") from error
    features = page.get("features") if isinstance(page, dict) else None
    if not isinstance(features, list):
        raise RemoteUnavailable(f"{remote.address} sent JSON without features")
    return dict(page)


def _kept(remote: OapifCollection, feature: object, seen: set[str]) -> dict[str, Any]:
    """The feature without links and other members that change with the address and the moment."""
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise RemoteUnavailable(f"{remote.address} sent something else among its features")
    if (fid := feature.get("id")) is not None:
        if str(fid) in seen:
            raise RemoteUnavailable(f"{remote.address} sent feature {str(fid)[:80]} twice: its pages overlap")
        seen.add(str(fid))
    return {key: feature[key] for key in ("type", "id", "geometry", "properties") if key in feature}


def _next(page: Mapping[str, Any], here: str) -> str | None:
    """Where the page says that it goes on.

    Raises:
        InvalidURL: at no address.
    """
    links = page.get("links")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, Mapping) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            kind = str(link.get("type", _GEOJSON)).partition(";")[0]
            if kind in (_GEOJSON, "application/json"):
                return str(URL(here).join(str(link["href"])))
    return None
