"""All features of one type of a WFS, page by page, as one GML document."""

from httpx import URL

from altaigis.domain.remote import WfsType
from altaigis.errors import RemoteUnavailable
from altaigis.etl.sources.remote.fetch import Fetcher
from altaigis.etl.sources.remote.ows import Page, head_of_all, number, read_page
from altaigis.etl.sources.remote.part import Part

#: Pages before a server is taken for one that never ends.
MAX_PAGES = 10_000


async def fetch_wfs(remote: WfsType, fetcher: Fetcher, part: Part) -> None:
    """Bring every feature of a type into the part.

    Raises:
        RemoteUnavailable: the server sends something else, or fewer features than it has.
    """
    seen: set[str] = set()
    expected = None if remote.version == "2.0.0" else await _hits(remote, fetcher)
    first: Page | None = None
    count = 0
    part.begin("")
    with part.path.open("wb") as file:
        for _ in range(MAX_PAGES):
            body = await fetcher.ask(fetcher.request("GET", _url(remote, count)))
            page = _features(remote, body)
            matched = number(page.attributes.get("numberMatched", ""))
            expected = expected if matched is None else matched
            if first is None:
                first = page
                file.write(head_of_all(body, page) + b"\n")
            elif page.names != first.names:
                raise RemoteUnavailable(f"{remote.address} declares other namespaces on each page")
            if not seen.isdisjoint(page.ids) or len(set(page.ids)) < len(page.ids):
                raise RemoteUnavailable(
                    f"{remote.address} sent features twice: its pages overlap; "
                    "raise source.remote.page to fetch all at once"
                )
            seen.update(page.ids)
            file.writelines(body[start:end] + b"\n" for start, end in page.members)
            count += page.count
            fetcher.tell(count, expected)
            told_all = count == expected and "next" not in page.attributes
            if not page.count or told_all or remote.version != "2.0.0":
                file.write(body[page.end :])
                _check_whole(remote, count, expected)
                return
    raise RemoteUnavailable(f"{remote.address} has more than {MAX_PAGES} pages; raise source.remote.page")


def _check_whole(remote: WfsType, count: int, expected: int | None) -> None:
    if expected is not None and count != expected:
        raise RemoteUnavailable(f"{remote.address} says that it has {expected} features, but sent {count}")
    if not count:
        raise RemoteUnavailable(f"{remote.address} sent no features")


def _url(remote: WfsType, start: int, **further: str) -> str:
    asked: dict[str, str | int] = {"service": "WFS", "version": remote.version, "request": "GetFeature", **further}
    if remote.version == "2.0.0":
        asked |= {"typeNames": remote.type, "count": remote.page, "startIndex": start}
    else:
        asked["typeName"] = remote.type
    return str(URL(remote.wfs).copy_merge_params(asked))


async def _hits(remote: WfsType, fetcher: Fetcher) -> int | None:
    """How many features there are. Before 2.0.0 an answer counts what it holds, whatever was cut off."""
    page = _features(remote, await fetcher.ask(fetcher.request("GET", _url(remote, 0, resultType="hits"))))
    return number(page.attributes.get("numberOfFeatures", ""))


def _features(remote: WfsType, body: bytes) -> Page:
    try:
        page = read_page(body)
    except ValueError as error:
        raise RemoteUnavailable(f"{remote.address} sent what cannot be read: {error}") from error
    if page.told:
        raise RemoteUnavailable(f"{remote.address} refuses: {page.told}")
    if page.root != "FeatureCollection":
        raise RemoteUnavailable(f"{remote.address} sent <{page.root}> instead of features")
    return page
