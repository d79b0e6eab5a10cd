"""A layer: what a YAML file in ``layers/`` declares, read by ETL, store, encoders, api and web alike."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, PlainValidator, model_validator
from pydantic_core import PydanticCustomError

from altaigis.domain.checks import Checks, Need, Reference, Relation
from altaigis.domain.crs import CRS84, USUAL, Crs
from altaigis.domain.declared import Declared, Identifier
from altaigis.domain.finding import Severity
from altaigis.domain.source import Source
from altaigis.domain.style import PaletteStyle, RampStyle, RasterStyle, Style
from altaigis.domain.text import Language, Text
from altaigis.domain.units import UNITS, unit_named
from altaigis.errors import ParameterError, StyleNotFound

Kind = Literal["vector", "raster", "table"]
Role = Literal["id", "title", "geometry", "time", "time_start", "time_end"]
#: One list, not a union of two: a wrong type is then one mistake.
FieldType = Literal[
    "text", "integer", "number", "boolean", "date", "datetime",
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
]  # fmt: skip
GeometryType = Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
Theme = Literal["territory", "tourism", "environment", "nature", "water", "relief", "statistics", "analysis"]

GEOMETRY_TYPES: tuple[GeometryType, ...] = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
)  # fmt: skip

NUMERIC_TYPES = ("integer", "number")
TIME_TYPES = ("date", "datetime")
#: The id of features in vector tiles, and the geometry of every frame.
RESERVED_NAMES = ("tile_id", "geometry")


def _regular_expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return pattern


def _bound_of_range(value: object) -> "float | date | Literal['today']":
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return "today" if value == "today" else date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("a bound is a number, a date like 2024-02-29, or today")


def _with_titles(values: object) -> object:
    """A plain list is the short form of values without titles."""
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return dict.fromkeys(values)
    if values is not None and not isinstance(values, Mapping):
        raise ValueError("is a list of texts, or has a title for each: {code: {ru: …, en: …}}")
    return values


#: A date stands for the whole day in Asia/Barnaul; ``today`` is the day of the run.
Bound = Annotated[
    float | date | Literal["today"],
    PlainValidator(_bound_of_range),
    PlainSerializer(lambda bound: bound.isoformat() if isinstance(bound, date) else bound, when_used="json"),
]


class Ratio(Declared):
    """A field computed as one field divided by another; null where either is null or the divisor is 0."""

    ratio: tuple[Identifier, Identifier]


class LayerField(Declared):
    """A property of a layer's features.

    ``from`` names the column of the source (by default the field's own name); ``compute`` makes the value
    instead. ``digits`` is the number of decimals that the value is good for: computed values are rounded to
    it and readers show no more. ``values`` are all that there may be, each with its title where it has one: readers
    show that instead of the code. ``from_unit`` is the unit of the source's numbers, converted to ``unit`` on load; a
    value that names its own unit ("12 га") is converted from that. ``severity`` is that of the field's rules, but for
    ``required``: what is only a warning refuses no row.
    """

    type: FieldType
    role: Role | None = None
    title: Text | None = None
    description: Text | None = None
    unit: str | None = None
    from_unit: str | None = None
    digits: int | None = Field(None, ge=0, le=9)
    source: str | None = Field(None, alias="from")
    compute: Literal["geodesic_area_km2"] | Ratio | None = None
    required: bool = False
    unique: bool = False
    range: tuple[Bound | None, Bound | None] | None = None
    pattern: Annotated[str, AfterValidator(_regular_expression)] | None = None
    values: Annotated[Mapping[str, Text | None] | None, BeforeValidator(_with_titles)] = None
    references: Reference | None = None
    severity: Severity = "error"

    @property
    def is_geometry(self) -> bool:
        return self.type in GEOMETRY_TYPES


class Coverage(Declared):
    """The layer's polygons tile their territory: gaps up to ``gap_width`` (degrees) and every overlap are closed
    on load; wider gaps are errors."""

    gap_width: float = Field(0.05, gt=0)


class Thinning(Declared):
    """Which points tiles show where there are too many: those with the largest value of a field, one in each square
    with a side of so many pixels (of 256 to a tile), and so many in a tile. At ``maxzoom`` all are shown."""

    by: Identifier | None = None
    pixels: int | None = Field(None, ge=1, le=256)
    per_tile: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _limited(self) -> "Thinning":
        if not self.pixels and not self.per_tile:
            raise ValueError("needs pixels, per_tile, or both")
        return self


class Tiles(Declared):
    """Zooms of the layer's tiles; what they leave out of crowds of points; by the zoom from which it is so, the fields
    that features have beside their id: all where none are declared; and whether there is a point beside each polygon
    where its name stands, in a layer of the tile of its own."""

    minzoom: int = Field(0, ge=0, le=22)
    maxzoom: int = Field(14, ge=0, le=22)
    thin: Thinning | None = None
    fields: Mapping[Annotated[int, Field(ge=0, le=22)], tuple[Identifier, ...]] = Field(default_factory=dict)
    labels: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "Tiles":
        if self.minzoom > self.maxzoom:
            raise ValueError(f"minzoom {self.minzoom} is above maxzoom {self.maxzoom}")
        return self

    def has(self, zoom: int) -> bool:
        """Whether there are tiles of this zoom."""
        return self.minzoom <= zoom <= self.maxzoom


def _whole_coverage(value: object) -> object:
    """``coverage: true`` is the short form of a coverage with the usual gap width."""
    if value is True:
        return {}
    return None if value is False else value


class Layer(Declared):
    """Identity, titles, source, fields with roles, checks, tiles and styles of one data set."""

    id: Identifier
    kind: Kind = "vector"
    theme: Theme
    title: Text
    description: Text | None = None
    source: Source
    fields: Mapping[Identifier, LayerField] = Field(default_factory=dict)
    coverage: Annotated[Coverage | None, BeforeValidator(_whole_coverage)] = None
    editable: bool = False
    search: bool = False
    visible: bool = False
    order: int = 100
    #: How many revisions stay readable, the current one among them.
    keep: int = Field(5, ge=1, le=1000)
    tiles: Tiles = Tiles()
    checks: Checks = Checks()
    styles: Mapping[Identifier, Style] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> "Layer":
        problems = list(_inconsistencies(self))
        if problems:
            raise PydanticCustomError("inconsistent", "the layer contradicts itself", {"problems": problems})
        return self

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def id_field(self) -> str:
        """Name of the field whose value is the feature's fid in every door."""
        return next(name for name, field in self.fields.items() if field.role == "id")

    @property
    def geometry_field(self) -> str | None:
        return next((name for name, field in self.fields.items() if field.role == "geometry"), None)

    @property
    def geometry_type(self) -> GeometryType | None:
        name = self.geometry_field
        declared = self.fields[name].type if name else None
        return next((known for known in GEOMETRY_TYPES if known == declared), None)

    @property
    def remedy(self) -> str:
        """What brings its data where they are missing, for errors."""
        if self.source.derived:
            return f"run {self.source.derived} again"
        return f"run: altaigis etl run {self.id}"

    @property
    def is_of_polygons(self) -> bool:
        return self.geometry_type in ("Polygon", "MultiPolygon")

    @property
    def levels(self) -> Sequence[int]:
        """The zooms that geometry in fewer vertices is made for when the layer is loaded or edited: those of its tiles.

        Of points there are only those at which some are left out, and of those that people edit none is.
        """
        simple = self.geometry_type in (None, "MultiPoint") or (self.editable and self.geometry_type == "Point")
        return () if simple else range(self.tiles.minzoom, self.tiles.maxzoom + 1)

    def tile_fields(self, zoom: int) -> list[str]:
        """Names of the fields that features have in tiles of a zoom."""
        plain = [name for name, field in self.fields.items() if not field.is_geometry]
        if not self.tiles.fields:
            return plain
        since = max((least for least in self.tiles.fields if least <= zoom), default=None)
        declared = () if since is None else self.tiles.fields[since]
        return [name for name in plain if name == self.id_field or name in declared]

    @property
    def label_layer(self) -> str | None:
        """Name of the layer in tiles with the points where names of polygons stand; None where there are none."""
        return f"{self.id}_labels" if self.tiles.labels else None

    @property
    def title_field(self) -> str:
        """Name of the field that a person would call the feature by."""
        return next((name for name, field in self.fields.items() if field.role == "title"), self.id_field)

    def style(self, name: str) -> Style:
        """Its style of this name.

        Raises:
            StyleNotFound: it has none.
        """
        found = self.styles.get(name)
        if found is None:
            there = ", ".join(self.styles) or "none"
            raise StyleNotFound(f"layer '{self.id}' has no style '{name[:60]}'; there are: {there}")
        return found

    @cached_property
    def crs(self) -> tuple[Crs, ...]:
        """The CRSs that it can be asked in: the usual ones, and that of its source if it has an EPSG code; then those
        of them whose northing comes first with easting first, as files have them and ``EPSG:28414`` means them."""
        code = re.fullmatch(r"EPSG:(\d{4,6})", self.source.crs or "", re.IGNORECASE)
        try:
            own = Crs.parse(f"urn:ogc:def:crs:EPSG::{code[1]}") if code else CRS84
        except ParameterError:
            # three axes, say: data can come in it, and nobody asks for it
            own = CRS84
        known = (*USUAL, own)
        return tuple(dict.fromkeys((*known, *(crs.easting_first for crs in known))))

    def field_of(self, role: Role) -> str | None:
        """Name of the field with a role that at most one has."""
        return next((name for name, field in self.fields.items() if field.role == role), None)

    @property
    def properties(self) -> dict[str, LayerField]:
        """The fields that are neither the id nor the geometry."""
        return {name: field for name, field in self.fields.items() if field.role not in ("id", "geometry")}

    def told_in(self, language: Language) -> list[str]:
        """The properties without those that say the same in the other language; the name stands first."""
        other = "en" if language == "ru" else "ru"
        names = [
            name
            for name in self.properties
            if not (name.endswith(f"_{other}") and f"{name.removesuffix(other)}{language}" in self.properties)
        ]
        own_name = f"name_{language}" if f"name_{language}" in names else self.title_field
        return sorted(names, key=lambda name: name != own_name)

    def titles_of(self, name: str) -> dict[str, Text]:
        """Titles of the values of a field: its own, else those of the categories that the layer is drawn in."""
        own = {value: title for value, title in (self.fields[name].values or {}).items() if title}
        drawn = (style for style in self.styles.values() if style.kind == "categories" and style.field == name)
        return {str(entry.value): entry.title for style in drawn for entry in style.categories} | own

    @property
    def relations(self) -> tuple[Relation, ...]:
        """Where its features must lie; ``source.within`` is the short form of the commonest."""
        within = self.source.within
        short = (Relation(relation="intersects", layer=within),) if within else ()
        return short + self.checks.relations

    @property
    def needs(self) -> dict[str, Need]:
        """The layers that it is made from or checked against, by the key that names them."""
        found = {
            key: Need(name, "any" if key == "source.geometry.of" else "polygons")
            for key, name in self.source.needs.items()
        }
        for name, field in self.fields.items():
            if field.references:
                to = field.references
                found[f"fields.{name}.references.layer"] = Need(to.layer, field=to.field, same_as=name, of_values=True)
        return found | dict(self.checks.needs)

    @property
    def depends_on(self) -> frozenset[str]:
        """Ids of the layers that must be loaded before this one."""
        return frozenset(need.layer for need in self.needs.values())


def _inconsistencies(layer: Layer) -> Iterator[tuple[str, str]]:
    if not layer.source.file and not layer.source.ledger and not layer.source.derived:
        yield "source.file", "is required"
    if layer.source.ledger and (layer.source.file or layer.source.join or layer.kind == "raster"):
        yield "source.ledger", "stands alone, without files"
    if layer.source.derived:
        yield from _underived(layer)
    kept = layer.source.remote.suffix if layer.source.remote else None
    if kept and layer.source.file and not layer.source.file.endswith(kept):
        yield "source.file", f"must end in {kept}, the form that a copy of source.remote is kept in"
    if layer.kind == "raster":
        yield from _raster_inconsistencies(layer)
        return
    by_role: dict[Role, list[str]] = {}
    for name, field in layer.fields.items():
        if field.role:
            by_role.setdefault(field.role, []).append(name)
        if field.is_geometry != (field.role == "geometry"):
            yield f"fields.{name}", "a field of a geometry type, and only that, has role geometry"
        for key, problem in _field_inconsistencies(layer, name, field):
            yield f"fields.{name}.{key}", problem
    if len(by_role.get("id", [])) != 1:
        yield "fields", "exactly one field must have role id"
    for role in ("title", "geometry", "time", "time_start", "time_end"):
        if len(by_role.get(role, [])) > 1:
            yield "fields", f"at most one field may have role {role}"
    if (layer.kind == "vector") != ("geometry" in by_role):
        yield "fields", "a vector layer has one field with role geometry, a table none"
    if layer.coverage and not layer.is_of_polygons:
        yield "coverage", "only polygons can form a coverage"
    yield from _unfit_tiles(layer)
    for name, style in layer.styles.items():
        if isinstance(style, RasterStyle):
            yield f"styles.{name}.kind", f"{style.kind} is for rasters"
        elif style.kind in ("classes", "categories") and style.field not in layer.fields:
            yield f"styles.{name}.field", f"there is no field {style.field}"
        elif style.kind == "classes" and layer.fields[style.field].type not in NUMERIC_TYPES:
            yield f"styles.{name}.field", f"{style.field} is not numeric"
        elif style.kind == "categories" and layer.fields[style.field].type in NUMERIC_TYPES:
            for number, category in enumerate(style.categories):
                if not re.fullmatch(r"-?\d{1,18}", str(category.value)):
                    yield f"styles.{name}.categories.{number}.value", f"{style.field} has whole numbers for categories"
    if layer.styles and layer.kind == "table":
        yield "styles", "is for layers with a geometry"
    yield from _unfit_checks(layer)


def _underived(layer: Layer) -> Iterator[tuple[str, str]]:
    """What a layer says that can be done on a load from files alone."""
    if layer.source.model_dump(exclude_defaults=True).keys() - {"derived", "licence", "attribution", "url"}:
        yield "source.derived", "stands alone, with licence, attribution and url"
    for key in ("coverage", "editable"):
        if getattr(layer, key):
            yield key, "is not for layers that are derived"


def _unfit_tiles(layer: Layer) -> Iterator[tuple[str, str]]:
    for zoom, names in layer.tiles.fields.items():
        for name in names:
            if name not in layer.fields or layer.fields[name].is_geometry:
                yield f"tiles.fields.{zoom}", f"there is no field {name} for tiles"
    if layer.tiles.labels and not layer.is_of_polygons:
        yield "tiles.labels", "is for layers of polygons"
    rule = layer.tiles.thin
    if rule and (layer.geometry_type != "Point" or layer.editable):
        yield "tiles.thin", "is for layers of points that are not editable"
    elif rule and rule.by and (rule.by not in layer.fields or layer.fields[rule.by].type not in NUMERIC_TYPES):
        yield "tiles.thin.by", f"{rule.by} is not a numeric field of this layer"


def _unfit_checks(layer: Layer) -> Iterator[tuple[str, str]]:
    for key, named in layer.checks.fields:
        if named not in layer.fields:
            yield key, f"there is no field {named}"
    for number, check in enumerate(layer.checks.sums):
        if check.field in layer.fields and layer.fields[check.field].type not in NUMERIC_TYPES:
            yield f"checks.sums.{number}.field", f"{check.field} is not numeric"
    if layer.relations and not layer.geometry_field:
        yield "checks.relations", "is for layers with a geometry"
    if layer.checks.covers and not layer.is_of_polygons:
        yield "checks.covers", "only polygons can cover a layer"


def _field_inconsistencies(layer: Layer, name: str, field: LayerField) -> Iterator[tuple[str, str]]:
    if name in RESERVED_NAMES and not field.is_geometry:
        yield "", "is a name that is taken; choose another"
    if field.role == "id" and field.type not in ("text", "integer"):
        yield "type", "an id is text or integer"
    if field.role in ("time", "time_start", "time_end") and field.type not in ("date", "datetime"):
        yield "type", "a time is date or datetime"
    yield from _unfit_range(field)
    if field.from_unit is not None:
        yield from _unfit_unit(field)
    if field.references and (field.is_geometry or field.compute):
        yield "references", "is for values that the source has"
    for key in ("pattern", "values"):
        if getattr(field, key) is not None and field.type != "text":
            yield key, "is for text"
    if field.compute and field.type != "number":
        yield "type", "a computed field is a number"
    if field.compute == "geodesic_area_km2" and not layer.is_of_polygons:
        yield "compute", "only polygons have an area"
    if isinstance(field.compute, Ratio):
        names = list(layer.fields)
        for operand in field.compute.ratio:
            if operand not in names or layer.fields[operand].type not in NUMERIC_TYPES:
                yield "compute.ratio", f"{operand} is not a numeric field of this layer"
            elif layer.fields[operand].compute and names.index(operand) >= names.index(name):
                yield "compute.ratio", f"{operand} is computed itself and must stand before {name}"


def _unfit_range(field: LayerField) -> Iterator[tuple[str, str]]:
    if field.range is None:
        return
    bounds = [bound for bound in field.range if bound is not None]
    if field.type not in (*NUMERIC_TYPES, *TIME_TYPES):
        yield "range", "is for numbers and dates"
    elif any(isinstance(bound, float) != (field.type in NUMERIC_TYPES) for bound in bounds):
        yield "range", f"the bounds of a field of type {field.type} are {_BOUNDS[field.type]}"
    elif len(bounds) == 2 and "today" not in bounds and bounds[0] > bounds[1]:  # type: ignore[operator]
        yield "range", "the lower bound stands first"


_BOUNDS = {"integer": "numbers", "number": "numbers", "date": "dates or today", "datetime": "dates or today"}


def _unfit_unit(field: LayerField) -> Iterator[tuple[str, str]]:
    if field.type not in NUMERIC_TYPES or field.compute:
        yield "from_unit", "is for numbers that the source has"
        return
    given, wanted = (unit_named(name or "") for name in (field.from_unit, field.unit))
    for key, name, known in (("from_unit", field.from_unit, given), ("unit", field.unit, wanted)):
        if known is None:
            yield key, f"{name or 'nothing'} is no unit that can be converted; known are {', '.join(UNITS)}"
    if given and wanted and UNITS[given].kind != UNITS[wanted].kind:
        yield "from_unit", f"{field.from_unit} ({UNITS[given].kind}) is not of the kind of {field.unit}"


def _raster_inconsistencies(layer: Layer) -> Iterator[tuple[str, str]]:
    if layer.fields:
        yield "fields", "a raster has none"
    default = layer.styles.get("default")
    if default is None:
        yield "styles", "a raster needs a style named default"
    heights = isinstance(default, RampStyle) and default.of == "values" and unit_named(default.unit) == "m"
    for name, style in layer.styles.items():
        if not isinstance(style, RasterStyle):
            yield f"styles.{name}.kind", f"a raster is drawn by ramp, palette or hillshade, not {style.kind}"
        elif isinstance(style, PaletteStyle) or (isinstance(style, RampStyle) and style.of == "values"):
            continue
        elif name == "default":
            yield "styles.default", "tells what the values are: a ramp of values or a palette"
        elif not heights:
            yield f"styles.{name}", "is of heights, and styles.default is no ramp of values in m"
