"""The one home of links: every address that an answer holds is made here."""

from collections.abc import Mapping
from copy import copy
from urllib.parse import quote, urlencode

from fastapi import Request

from altaigis.api.state import state
from altaigis.domain.link import Link


class Links:
    """Makes absolute links. Behind a proxy they begin with the public root, else as the request came."""

    def __init__(self, request: Request) -> None:
        self.root = state(request).public_url or str(request.base_url).rstrip("/")
        self._path = request.scope["path"]
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
        kept = {name: value for name, value in self._query.items() if name not in ("f", "lang", "limit", "after")}
        return self.href("collections", layer_id, "items", **kept, f=f)

    def formats(self, offered: Mapping[str, str], chosen: str) -> list[Link]:
        """``self`` in the chosen format and ``alternate`` in the others."""
        links = [Link(self.here(), "self", offered[chosen])]
        seen = {offered[chosen]}
        for name, media_type in offered.items():
            if media_type not in seen:
                links.append(Link(self.here(f=name), "alternate", media_type))
                seen.add(media_type)
        return links
