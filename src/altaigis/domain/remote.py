"""Sources that are fetched: a file by HTTP, a type of a WFS, a collection of an OGC API, relations of OpenStreetMap."""

import re
from abc import abstractmethod
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from altaigis.domain.declared import Declared, kind_by_key

#: Where OpenStreetMap is asked if the layer file names no other server.
OVERPASS = "https://overpass-api.de/api/interpreter"
#: What the layer file says of the asking, not of the data.
_MANNERS = {"timeout", "max_mb", "sha256", "page"}


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", url):
        raise ValueError("must be an address like https://example.org/data.geojson")
    if "@" in parts.netloc:
        raise ValueError("must not hold a name and password: layer files and reports are read by many")
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Fetched(Declared):
    """What all remote sources have in common: ``timeout`` in seconds for the whole of it, ``max_mb`` in megabytes."""

    timeout: float = Field(600, gt=0, le=86400)
    max_mb: float = Field(1024, gt=0)
    #: The form that the copy is kept in; None: as the file is.
    suffix: ClassVar[str | None] = None

    @property
    def origin(self) -> str:
        """What tells this source from all others: a copy of one is no copy of another."""
        return self.model_dump_json(exclude=_MANNERS, exclude_none=True)

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is, for a person."""


class WebFile(Fetched):
    """A file at an address. With ``sha256`` no other bytes are taken, and a copy that has it is never asked for."""

    url: WebAddress
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @property
    def address(self) -> str:
        return self.url


class WfsType(Fetched):
    """All features of one type of a WFS, in the CRS of the server's choice, fetched by ``page`` (2.0.0) or at once."""

    suffix: ClassVar[str | None] = ".gml"
    wfs: WebAddress
    type: str = Field(min_length=1)
    version: Literal["2.0.0", "1.1.0"] = "2.0.0"
    page: int = Field(1000, ge=1, le=100_000)

    @property
    def address(self) -> str:
        return f"{self.wfs} (type {self.type})"


class OapifCollection(Fetched):
    """All features of one collection of an OGC API, in longitude and latitude, fetched by ``page``."""

    suffix: ClassVar[str | None] = ".geojson"
    oapif: WebAddress
    collection: str = Field(min_length=1)
    page: int = Field(1000, ge=1, le=100_000)

    @property
    def address(self) -> str:
        return f"{self.oapif} (collection {self.collection})"


class OverpassAnswer(Fetched):
    """Relations of OpenStreetMap by their ids, or what a ``query`` of one's own (ending in ``out geom;``) finds."""

    suffix: ClassVar[str | None] = ".osmjson"
    overpass: WebAddress = OVERPASS
    relations: tuple[Annotated[int, Field(ge=1)], ...] = ()
    query: str | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> "OverpassAnswer":
        if bool(self.relations) == bool(self.query):
            raise ValueError("needs either relations: [id, …] or query: …")
        return self

    @property
    def address(self) -> str:
        return self.overpass


_KINDS = {
    "url": "a file",
    "wfs": "a type",
    "oapif": "a collection",
    **dict.fromkeys(("overpass", "relations", "query"), "an answer"),
}
Remote = Annotated[
    Annotated[WebFile, Tag("a file")]
    | Annotated[WfsType, Tag("a type")]
    | Annotated[OapifCollection, Tag("a collection")]
    | Annotated[OverpassAnswer, Tag("an answer")],
    Discriminator(
        kind_by_key(_KINDS),
        custom_error_type="remote",
        custom_error_message="must be one of {url: …}, {wfs: …, type: …}, {oapif: …, collection: …}, {relations: […]}",
    ),
]
