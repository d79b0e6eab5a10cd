"""Features on their way into a file: in what form the database writes them, and what the file is to tell of them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from altaigis.domain.layer import LayerField
from altaigis.domain.query import FeatureQuery
from altaigis.domain.text import Language

GeometryForm = Literal["geojson", "wkt", "xy", "pos", "coordinates", "wkb", "kml"]
ValueForm = Literal["json", "feature", "typed"]
#: Who must be able to read the text of a value: each has other characters that mean something, and other numbers.
#: ``marked`` is between the database and :mod:`altaigis.store.shorthand` alone: texts are as they are.
Quoting = Literal["gml", "kml", "csv", "excel", "marked"]

#: Rows (fid, geometry, value…), values in the order of ``Extract.properties``; as JSON they are one, their object; with
#: whole features they are (fid, feature).
Rows = Sequence[Sequence[Any]]
#: A result of any size, a part of it at a time.
Batches = AsyncIterator[Rows]
#: The same in a form that is written: features in UTF-8, one behind the other.
Texts = AsyncIterator[bytes]


class Name(Enum):
    """A feature's id as a name in XML (an NCName in ASCII, behind the layer's id); different ids stay different."""

    OF_FEATURE = "name"


@dataclass(frozen=True)
class Gml:
    """Geometry as elements of GML, which have ids from version 3.2 on; ``srs_name`` is what its CRS is called."""

    version: Literal["2.1", "3.1", "3.2"]
    srs_name: str


@dataclass(frozen=True)
class Slot:
    """Where a field's value stands in a text, between ``before`` (which may have the feature's name in it) and
    ``after``; ``absent`` where there is no value.

    Of several fields the first one counts that is neither unknown nor empty.
    """

    fields: tuple[str, ...]
    before: str | tuple[str | Name, ...] = ""
    after: str = ""
    absent: str = ""

    @property
    def opening(self) -> tuple[str | Name, ...]:
        """The parts of what stands before."""
        return (self.before,) if isinstance(self.before, str) else self.before


@dataclass(frozen=True)
class Template:
    """The text of a feature: constants and slots, one behind the other."""

    quoting: Quoting
    parts: tuple[str | Name | Slot, ...]


@dataclass(frozen=True)
class Form:
    """How the database writes features for an encoder.

    Geometry is text, or bytes as ``wkb``, in the CRS of the query; its axes follow the CRS in ``geojson``, in GML, and
    in ``pos`` and ``coordinates``, which are what its elements of these names hold of a point; they stand easting first
    in the others, which have a rule of their own; ``kml`` is always in longitude and latitude, ``xy`` two cells of a
    point. Values are one JSON object, or each of its own Python type; or geometry and values are one text, a GeoJSON
    feature or what a template makes of them.

    With ``between``, which stands between two features, a whole batch of such texts is written as one.
    """

    geometry: GeometryForm | Gml
    values: ValueForm | Template
    between: str | None = None

    @property
    def is_text(self) -> bool:
        """Whether batches are texts, and not rows."""
        return self.between is not None


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
        return self.query.fields

    @property
    def columns(self) -> dict[str, LayerField]:
        """The same with the id before them."""
        return self.query.columns

    @property
    def geometry_field(self) -> str | None:
        return self.query.geometry_field

    @property
    def title(self) -> str:
        return self.query.layer.title.in_(self.language)
