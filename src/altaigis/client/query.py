"""Which features a client asks for, and how the API spells it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypedDict

from altaigis.domain.crs import CRS84, Crs

Moment = date | datetime


class Query(TypedDict, total=False):
    """Which features, and what of them; each is the API's parameter of the same name.

    ``bbox`` is west, south, east, north in degrees; ``filter`` is CQL2 text; ``datetime`` a moment, or the two ends of
    an interval, None for an open one; ``as_of`` the number of a revision or a time. Any field of the layer may be
    given with the value that it must have, in ``equals``. ``crs`` is a code like ``EPSG:28414``, or its address: x of
    the frame is the easting or longitude whatever the order of the axes, as everywhere in GeoPandas.
    """

    bbox: Sequence[float]
    filter: str
    datetime: str | Moment | tuple[Moment | None, Moment | None]
    ids: Sequence[str]
    properties: Sequence[str]
    sortby: str | Sequence[str]
    crs: str
    as_of: int | str | datetime
    equals: Mapping[str, str | int | float | bool]


def parameters(query: Query) -> dict[str, str]:
    """The query as the API spells it."""
    spelled = {
        name: _text(value) for name, value in query.items() if name not in ("as_of", "equals", "crs", "datetime")
    }
    if "as_of" in query:
        spelled["asOf"] = _text(query["as_of"])
    if "crs" in query:
        spelled["crs"] = on_the_wire(query["crs"]).uri
    if "datetime" in query:
        asked = query["datetime"]
        ends = asked if isinstance(asked, tuple) else (asked,)
        spelled["datetime"] = "/".join(".." if end is None else _text(end) for end in ends)
    return spelled | {name: _text(value) for name, value in query.get("equals", {}).items()}


def on_the_wire(crs: str) -> Crs:
    """The CRS as servers offer it, in the authority's order of axes.

    Raises:
        ParameterError: there is no such CRS.
    """
    srid = Crs.parse(crs).srid
    return CRS84 if srid == CRS84.srid else Crs.parse(f"urn:ogc:def:crs:EPSG::{srid}")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} names no time zone")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, Sequence):
        return ",".join(_text(part) for part in value)
    raise TypeError(f"{value!r} cannot be sent as a parameter")
