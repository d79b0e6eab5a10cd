"""Where a layer's data come from, as its file declares it."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Discriminator, Field, Tag

from altaigis.domain.declared import Declared, Identifier, kind_by_key
from altaigis.domain.remote import Remote
from altaigis.domain.text import Text


def _below_raw(path: str) -> str:
    """Layer files may come from strangers: their paths stay below data/raw."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("must be a path below data/raw, without '..'")
    return path


def _known_crs(text: str) -> str:
    # here, for the programs that read layer files and transform nothing need not wait for the library
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not re.match(r"[A-Za-z]+:\d+$|\+|[A-Z]\w+\[|urn:", text.strip()):
        raise ValueError("is no EPSG code, PROJ string or WKT")
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise ValueError(f"is no coordinate system that is known: {str(error).splitlines()[0][:200]}") from None
    if not (crs.is_geographic or crs.is_projected):
        raise ValueError(f"is {crs.name}, which has no place in the plane or in longitude and latitude")
    return text


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone that is known; a name looks like Asia/Barnaul") from None
    return name


def known_encoding(name: str) -> str:
    """Raises ValueError: Python has no such encoding of text."""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        raise ValueError("is no encoding of text that is known") from None
    return name


RawPath = Annotated[str, Field(min_length=1), AfterValidator(_below_raw)]


class PointColumns(Declared):
    """Geometry from two columns of a table, in the source's CRS. Rows without coordinates keep a null geometry."""

    x: str
    y: str


class WktColumn(Declared):
    """Geometry from a column of well-known text, in the source's CRS."""

    wkt: str


class FeatureKey(Declared):
    """Geometry of the feature of the layer ``of`` whose ``field`` (by default of the same name) is the column ``key``.

    Rows whose key no feature has are refused. An OKTMO of 11 digits that ends in 000 is one with its first 8.
    """

    key: str
    of: Identifier
    field: Identifier | None = None


class UnionOf(Declared):
    """Geometry as the union of features of another layer.

    ``members`` is a CSV in data/raw with two columns: the id of this layer's feature, and the id of a feature
    of the layer ``union_of``; without it the only feature is the union of all.
    """

    union_of: Identifier
    members: RawPath | None = None


_GEOMETRIES = {
    "x": "from columns",
    "y": "from columns",
    "wkt": "from text",
    "key": "from a feature",
    "of": "from a feature",
    "union_of": "from features",
}
GeometrySource = Annotated[
    Annotated[PointColumns, Tag("from columns")]
    | Annotated[WktColumn, Tag("from text")]
    | Annotated[FeatureKey, Tag("from a feature")]
    | Annotated[UnionOf, Tag("from features")],
    Discriminator(
        kind_by_key(_GEOMETRIES),
        custom_error_type="geometry",
        custom_error_message="must be one of {x: …, y: …}, {wkt: …}, {key: …, of: …} and {union_of: …}",
    ),
]


class Join(Declared):
    """Columns from a second file, matched one to one on a column that both have.

    A row on either side that finds no partner stops the run, by name.
    """

    file: RawPath
    on: str


class Source(Declared):
    """Where the data come from: a path below data/raw, and on what terms.

    With ``remote`` the file is the copy of what is fetched from there.

    What a file does not say may be declared, and overrules the file: ``crs`` (EPSG code, PROJ string or WKT),
    ``encoding``, ``separator`` and ``decimal`` mark of a table, ``nodata`` value of a raster. ``layer`` is the layer or
    sheet to read where a file has several, or ``*`` for all layers of a file as one table (not for sheets), in which
    the column ``layer`` has their names; ``member`` is the file of an archive. ``pad`` brings codes in a column to a
    number of digits by leading zeros. ``timezone`` is where the clocks stood that wrote times without a zone. Features
    that do not touch the layer ``within`` are refused: the short form of ``checks: {relations: [{relation: intersects,
    layer: …}]}``. ``ledger: findings`` takes the place of a file: the rows are what the last run of each layer and
    the last load of observations from each source have found; with ``ledger: indicators`` they are the indicator cube.
    ``derived`` says who makes the layer in the database
    (:class:`altaigis.domain.derivation.Derivation`): no file can.
    """

    file: RawPath = ""
    derived: str | None = None
    remote: Remote | None = None
    ledger: Literal["findings", "indicators"] | None = None
    member: str | None = None
    layer: str | None = None
    crs: Annotated[str, AfterValidator(_known_crs)] | None = None
    encoding: Annotated[str, AfterValidator(known_encoding)] | None = None
    separator: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    timezone: Annotated[str, AfterValidator(_known_timezone)] | None = None
    nodata: float | None = None
    geometry: GeometrySource | None = None
    join: tuple[Join, ...] = ()
    pad: Mapping[str, Annotated[int, Field(ge=1, le=64)]] = Field(default_factory=dict)
    within: Identifier | None = None
    licence: str
    attribution: Text
    url: str | None = None

    @property
    def needs(self) -> dict[str, str]:
        """Ids of the layers that it is made from, by the key that names them."""
        found = {"source.within": self.within} if self.within else {}
        if isinstance(self.geometry, UnionOf):
            found["source.geometry.union_of"] = self.geometry.union_of
        if isinstance(self.geometry, FeatureKey):
            found["source.geometry.of"] = self.geometry.of
        return found
