"""Links of the OGC API."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """A web link (RFC 8288). ``href`` is absolute."""

    href: str
    rel: str
    type: str
    title: str | None = None
    templated: bool = False

    def as_json(self) -> dict[str, object]:
        link: dict[str, object] = {"href": self.href, "rel": self.rel, "type": self.type}
        if self.title:
            link["title"] = self.title
        if self.templated:
            link["templated"] = True
        return link
