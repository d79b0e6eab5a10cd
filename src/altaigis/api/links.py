"""The one home of links: every address that an answer holds is made here."""

from collections.abc import Iterable, Mapping
from copy import copy
from urllib.parse import quote, urlencode

from fastapi import Request

from altaigis.api.negotiation import GEOJSON
from altaigis.api.state import state
from altaigis.domain.link import Link
from altaigis.encoders.formats import FORMATS

#: What may stand in a path as it is (RFC 3986, 3.3), and escapes themselves.
_SAFE = "/%:@!$&'()*+,;=~"
#: Bytes of links in a header: proxies commonly have 4096 for all headers of an answer.
ROOM = 2000


class Links:
    """Makes absolute links. Behind a proxy they begin with the public root, else as the request came."""

    def __init__(self, request: Request) -> None:
        self.root = state(request).public_url or str(request.base_url).rstrip("/")
        # As it was sent: an id may have slashes of its own, which are escaped
        self._path = quote(request.scope["raw_path"], safe=_SAFE)
        self._query = dict(request.query_params)

    def href(self, *segments: str, **query: str) -> str:
        """The address of a resource, given by its path segments."""
        path = "".join(f"/{quote(segment, safe='{}.')}" for segment in segments) or "/"
        return f"{self.root}{path}" + (f"?{urlencode(query)}" if query else "")

    def here(self, **changes: str | None) -> str:
        """The address of this request with some of its parameters changed, or left out (None)."""
        query = {name: value for name, value in {**self._query, **changes}.items() if value is not None}
        return f"{self.root}{self._path}" + (f"?{urlencode(query)}" if query else "")

    def at(self, *segments: str) -> "Links":
        """The same as of a request for another resource."""
        other = copy(self)
        other._path, other._query = self.href(*segments).removeprefix(self.root), {}
        return other

    def whole(self, layer_id: str, f: str) -> str:
        """The address of a file of all features of a collection that this request selects."""
        left_out = ("f", "lang", "limit", "after", *_unknown_to(f))
        kept = {name: value for name, value in self._query.items() if name not in left_out}
        return self.href("collections", layer_id, "items", **kept, f=f)

    def formats(self, offered: Mapping[str, str], chosen: str) -> list[Link]:
        """``self`` in the chosen format and ``alternate`` in the others."""
        links = [Link(self.here(), "self", offered[chosen])]
        # Escaped once: each page has as many of these links as there are formats
        begun = self.here(f=None)
        begun += "&f=" if "?" in begun else "?f="
        for name, media_type in offered.items():
            # GeoJSON has two names, for a page and for a file; Excel's CSV is another than CSV
            if name not in (chosen, "geojson") and not media_type == offered[chosen] == GEOJSON:
                title = FORMATS[name].title if name in FORMATS else None
                left_out = dict.fromkeys(_unknown_to(name))
                href = self.here(f=name, **left_out) if left_out else begun + name
                links.append(Link(href, "alternate", media_type, title))
        return links


def _unknown_to(f: str) -> tuple[str, ...]:
    """Parameters that a format cannot follow."""
    return ("crs",) if f in FORMATS and FORMATS[f].only_crs else ()


def header(links: Iterable[Link]) -> dict[str, str]:
    """The links as a header (RFC 8288) where there are any: always the next page, and as many others as there is room
    for."""
    written = ""
    for link in sorted(links, key=lambda link: link.rel != "next"):
        more = f'{", " if written else ""}<{link.href}>; rel="{link.rel}"; type="{link.type}"'
        if link.rel == "next" or len(written) + len(more) <= ROOM:
            written += more
    return {"Link": written} if written else {}
