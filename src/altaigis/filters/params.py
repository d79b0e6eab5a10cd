"""Query parameters of OGC API Features -> FeatureQuery."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.detail import pixel, zoom_within
from altaigis.domain.expression import Box, Call, Expression, Interval, Literal, Property, Untyped, call, conjunction
from altaigis.domain.extent import BBox, parse_corners
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery, SortKey, View
from altaigis.domain.tile import MAX_ZOOM
from altaigis.errors import ParameterError
from altaigis.filters import cql2_json, cql2_text
from altaigis.filters.instants import OPEN, first_moment, parse_instant
from altaigis.filters.resolve import resolve

DEFAULT_LIMIT = 1000
MAX_LIMIT = 10_000

#: The parameters of ``items`` that are not names of properties.
PARAMETERS = (
    "limit", "after", "asOf", "bbox", "bbox-crs", "datetime", "ids", "filter", "filter-lang", "filter-crs", "sortby",
    "properties", "skipGeometry", "crs", "zoom", "maxAllowableOffset",
    "decimals",
)  # fmt: skip
#: Those that say how geometry is answered, of one feature too.
VIEW_PARAMETERS = ("crs", "zoom", "maxAllowableOffset")
#: Those that say which features a tile has.
TILE_PARAMETERS = ("filter", "filter-lang", "filter-crs", "datetime")
#: Languages of filters, the usual one first.
LANGUAGES = {"cql2-text": cql2_text.parse, "cql2-json": cql2_json.parse}


def query_parameters(layer: Layer) -> tuple[str, ...]:
    """Names of all parameters that ask for features of the layer: each property is one too."""
    return (*PARAMETERS, *(name for name in _comparable(layer) if name not in PARAMETERS))


def feature_query(layer: Layer, parameters: Mapping[str, str]) -> FeatureQuery:
    """The query that the parameters of ``items`` ask for; they all have to hold.

    Raises:
        ParameterError: naming the parameter.
    """
    view = parse_view(layer, parameters)
    return FeatureQuery(
        layer,
        where=conjunction(*_conditions(layer, parameters)),
        limit=parse_limit(parameters.get("limit"), DEFAULT_LIMIT, MAX_LIMIT),
        after=parameters.get("after"),
        as_of=parse_as_of(parameters.get("asOf")),
        crs=view.crs,
        zoom=view.zoom,
        decimals=_decimals(parameters.get("decimals")),
        order=parse_order(layer, parameters.get("sortby")),
        properties=_properties(layer, parameters.get("properties")),
        geometry=not parse_switch("skipGeometry", parameters.get("skipGeometry")),
    )


def tile_query(layer: Layer, parameters: Mapping[str, str]) -> FeatureQuery:
    """The query for the features of the layer that tiles shall have.

    Raises:
        ParameterError: naming the parameter.
    """
    return feature_query(layer, {name: parameters[name] for name in TILE_PARAMETERS if name in parameters})


def _conditions(layer: Layer, parameters: Mapping[str, str]) -> Iterator[Expression | None]:
    box_crs, filter_crs = (parse_crs(layer, parameters.get(name), name) for name in ("bbox-crs", "filter-crs"))
    if "bbox" in parameters:
        yield within_box(layer, parameters["bbox"], box_crs)
    if "datetime" in parameters:
        yield within_time(layer, parse_datetime(parameters["datetime"]))
    if "ids" in parameters:
        ids = [Untyped(fid) for fid in parameters["ids"].split(",")]
        if Untyped("") in ids:
            raise ParameterError("ids", "holds an id without a character; ids stand with commas between them")
        yield resolve(call("in", Property(layer.id_field), *ids), layer, parameter="ids")
    for name in _comparable(layer):
        if name in parameters and name not in PARAMETERS:
            yield resolve(call("=", Property(name), Untyped(parameters[name])), layer, parameter=name)
    language = parameters.get("filter-lang", "cql2-text")
    if language not in LANGUAGES:
        raise ParameterError("filter-lang", f"'{language[:40]}' is not read here; there are {', '.join(LANGUAGES)}")
    if "filter" in parameters:
        yield resolve(LANGUAGES[language](parameters["filter"]), layer, filter_crs)


def within_box(layer: Layer, text: str, crs: Crs = CRS84) -> Expression | None:
    """The features that share a point with a box; those without geometry match every box (OGC 17-069r4, 7.15.3). None
    where no feature of the layer has one.

    Raises:
        ParameterError: it is no box, or in degrees none of the globe.
    """
    if crs == CRS84:
        BBox.parse(text)
    box, name = Box(parse_corners(text)), layer.geometry_field
    if name is None:
        return None
    touching = call("s_intersects", Property(name), box)
    condition = touching if layer.fields[name].required else _unknown_or(name, touching)
    return resolve(condition, layer, crs, "bbox")


def within_time(layer: Layer, asked: Interval) -> Expression | None:
    """The features whose time, or time of validity, shares an instant with the interval; those without one match
    every time (OGC 17-069r4, 7.15.4). None where the layer has no field of time."""
    instant, start, end = (layer.field_of(role) for role in ("time", "time_start", "time_end"))
    tests = []
    if instant:
        tests.append(_unknown_or(instant, call("t_intersects", Property(instant), asked)))
    if start:
        tests.append(_unknown_or(start, call("not", call("t_after", Property(start), asked))))
    if end:
        tests.append(_unknown_or(end, call("not", call("t_before", Property(end), asked))))
    return conjunction(*(resolve(test, layer, parameter="datetime") for test in tests))


def _unknown_or(name: str, condition: Expression) -> Call:
    return call("or", call("isNull", Property(name)), condition)


def parse_order(layer: Layer, text: str | None) -> tuple[SortKey, ...]:
    """``name,-population``: fields to sort by, with ``-`` for the largest first; ``+`` may stand before the others.

    Raises:
        ParameterError: one is no field with values, or stands there twice.
    """
    if text is None:
        return ()
    parts = text.split(",")
    keys = tuple(SortKey(part[1:] if part[:1] in _SIGNS else part, part.startswith("-")) for part in parts)
    for number, key in enumerate(keys):
        if key.field not in _comparable(layer):
            there = ", ".join(_comparable(layer))
            raise ParameterError("sortby", f"there is no property '{key.field[:60]}' to sort by; there are {there}")
        if key.field in (other.field for other in keys[:number]):
            raise ParameterError("sortby", f"'{key.field}' stands there twice")
    return keys


#: A plus sign that nobody has escaped comes as a blank.
_SIGNS = ("+", "-", " ")


def _properties(layer: Layer, text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in layer.fields:
            there = ", ".join(layer.properties)
            raise ParameterError("properties", f"there is no property '{name[:60]}'; there are {there}")
    return names


def parse_switch(name: str, text: str | None) -> bool:
    """``true`` or ``false``, in capitals too, as Python's clients write them; no text is false.

    Raises:
        ParameterError: anything else.
    """
    asked = "false" if text is None else text.lower()
    if asked not in ("true", "false"):
        raise ParameterError(name, f"'{asked[:40]}' is neither true nor false")
    return asked == "true"


def parse_crs(layer: Layer, text: str | None, parameter: str = "crs") -> Crs:
    """One of the CRSs that the layer can be asked in; CRS84 where none is named.

    Raises:
        ParameterError: it is none of them.
    """
    crs = CRS84 if text is None else Crs.parse(text, parameter)
    if crs not in layer.crs:
        offered = ", ".join(known.uri for known in layer.crs)
        raise ParameterError(parameter, f"{crs.uri} is not offered here; there are {offered}")
    return crs


def parse_view(layer: Layer, parameters: Mapping[str, str]) -> View:
    """``crs``, and the detail that ``zoom`` (of a map: a pixel may be lost) and ``maxAllowableOffset`` (in units of the
    crs) ask for, the finer of both, as the next whole zoom.

    Raises:
        ParameterError: naming the parameter.
    """
    crs = parse_crs(layer, parameters.get("crs"))
    zoom, offset = (_number(name, parameters.get(name), bound) for name, bound in _BOUNDS.items())
    offsets = [None if zoom is None else pixel(zoom), None if offset is None else offset * crs.unit]
    finest = zoom_within(min((asked for asked in offsets if asked is not None), default=0))
    return View(crs, max(math.ceil(finest), 0) if finest <= MAX_ZOOM else None)


def _decimals(text: str | None) -> int | None:
    if text is not None and not re.fullmatch("[0-7]", text, re.ASCII):
        raise ParameterError("decimals", f"'{text[:40]}' is not a whole number from 0 to 7")
    return None if text is None else int(text)


#: The world is not larger than this in any unit, the millimetre among them.
_BOUNDS = {"zoom": MAX_ZOOM, "maxAllowableOffset": 1e11}


def _number(name: str, text: str | None, bound: float) -> float | None:
    """A number from 0 to a bound."""
    if text is None:
        return None
    if (
        not re.fullmatch(r"([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})(e-?[0-9]{1,2})?", text, re.ASCII | re.IGNORECASE)
        or float(text) > bound
    ):
        raise ParameterError(name, f"'{text[:40]}' is not a number from 0 to {bound:g}")
    return float(text)


def _comparable(layer: Layer) -> tuple[str, ...]:
    return tuple(name for name, field in layer.fields.items() if not field.is_geometry)


def parse_as_of(text: str | None) -> int | datetime | None:
    """The number of a revision, or an RFC 3339 time (a date is its first moment in UTC).

    Raises:
        ParameterError: neither.
    """
    if text is None:
        return None
    if text.isascii() and text.isdigit() and 0 < int(text[:10]) < 2**31:
        return int(text[:10])
    moment = parse_instant(text)
    if moment is None:
        raise ParameterError("asOf", f"'{text[:80]}' is neither the number of a revision nor an RFC 3339 time")
    return first_moment(moment)


#: GDAL 3.6 writes a day so.
_GDAL_DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})T$", re.ASCII)


def parse_datetime(text: str) -> Interval:
    """An RFC 3339 date or time, or an interval of two of them with ``..`` or nothing for an open end.

    Raises:
        ParameterError: anything else, a day that no calendar has, or an interval that ends before it starts.
    """
    parts = text.split("/")
    ends = [parse_instant(_GDAL_DAY.sub(r"\1", part)) for part in parts]
    closed = [end for part, end in zip(parts, ends, strict=True) if len(parts) == 1 or part not in OPEN]
    if len(parts) > 2 or text == "/" or None in closed:
        raise ParameterError(
            "datetime", f"'{text[:80]}' is neither an RFC 3339 time nor an interval of two ('..' for open)"
        )
    known = [first_moment(end) for end in ends if end is not None]
    if known != sorted(known):
        raise ParameterError("datetime", f"'{text[:80]}' ends before it starts")
    start, end = (None if end is None else Literal(end) for end in (ends[0], ends[-1]))
    return Interval(start, end)


def parse_limit(text: str | None, default: int, maximum: int) -> int:
    """A page size; more than the maximum becomes the maximum.

    Raises:
        ParameterError: not a whole number above 0.
    """
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not text.strip("0"):
        raise ParameterError("limit", f"'{text[:40]}' is not a whole number from 1 to {maximum}")
    return maximum if len(text) > 9 else min(int(text), maximum)


def parse_coordinate(name: str, text: str | None, bound: float) -> float:
    """A longitude or latitude in degrees.

    Raises:
        ParameterError: missing, not a number, or beyond the bound on either side.
    """
    if text is None:
        raise ParameterError(name, "is required")
    try:
        value = float(text)
    except ValueError:
        raise ParameterError(name, f"'{text[:40]}' is not a number") from None
    if not -bound <= value <= bound:
        raise ParameterError(name, f"lies between {-bound:g} and {bound:g}")
    return value
