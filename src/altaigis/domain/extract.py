"""Features on their way into a file: in what form the database writes them, and what the file is to tell of them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from altaigis.domain.layer import LayerField
from altaigis.domain.query import FeatureQuery
from altaigis.domain.text import Language

GeometryForm = Literal["geojson", "wkt", "wkb", "gml", "kml"]
ValueForm = Literal["json", "feature", "text", "typed"]

#: Rows (fid, geometry, value…), values in the order of ``Extract.properties``; as JSON they are one, their object; with
#: whole features they are (fid, feature).
Rows = Sequence[Sequence[Any]]
#: A result of any size, a part of it at a time.
Batches = AsyncIterator[Rows]


@dataclass(frozen=True)
class Form:
    """How the database writes features for an encoder.

    Geometry is text, or bytes as ``wkb``, in the CRS of the query; its axes follow the CRS in ``geojson`` and ``gml``
    and stand easting first in the others, which have a rule of their own; ``kml`` is always in longitude and latitude.
    Values are one JSON object, each a text (dates as in RFC 3339), or each of its own Python type; or geometry and
    values are one text, a GeoJSON feature.
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
    def properties(self) -> dict[str, LayerField]:
        """The fields behind id and geometry in each row."""
        fields = self.query.layer.fields
        return {name: fields[name] for name in self.query.told}

    @property
    def columns(self) -> dict[str, LayerField]:
        """The same with the id before them."""
        key = self.query.layer.id_field
        return {key: self.query.layer.fields[key], **self.properties}

    @property
    def geometry_field(self) -> str | None:
        """Name of the geometry; None where there is none, or none was asked for."""
        return self.query.layer.geometry_field if self.query.geometry else None

    @property
    def title(self) -> str:
        return self.query.layer.title.in_(self.language)
