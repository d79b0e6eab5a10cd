"""Features on their way into a file: in what form the database writes them, and what the file is to tell of them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from altaigis.domain.query import FeatureQuery
from altaigis.domain.text import Language

GeometryForm = Literal["geojson", "wkt", "wkb", "gml", "kml"]
ValueForm = Literal["json", "text", "typed"]

#: Rows (fid, geometry, value…) in the order of the layer's properties; with values as JSON (fid, geometry, object).
Rows = Sequence[Sequence[Any]]
#: A result of any size, a part of it at a time.
Batches = AsyncIterator[Rows]


@dataclass(frozen=True)
class Form:
    """How the database writes features for an encoder.

    Geometry is text, or bytes as ``wkb``, in the CRS of the query; its axes follow the CRS in ``geojson`` and ``gml``
    and stand easting first in the others, which have a rule of their own; ``kml`` is always in longitude and latitude.
    Values are one JSON object, each a text (dates as in RFC 3339), or each of its own Python type.
    """

    geometry: GeometryForm
    values: ValueForm


@dataclass(frozen=True)
class Extract:
    """What an encoder knows of the features that it writes: the question, and ``href``, the collection's address.

    ``matched`` counts the features on all pages, ``returned`` those of this file.
    """

    query: FeatureQuery
    matched: int
    returned: int
    href: str
    language: Language = "ru"

    @property
    def title(self) -> str:
        return self.query.layer.title.in_(self.language)
