"""Query parameters of OGC API Features -> FeatureQuery."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.extent import BBox, BoxInCrs
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery, IntersectsBox
from altaigis.errors import ParameterError

DEFAULT_LIMIT = 1000
MAX_LIMIT = 10_000

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?", re.ASCII | re.IGNORECASE)
_OPEN = ("", "..")


def feature_query(layer: Layer, parameters: Mapping[str, str]) -> FeatureQuery:
    """The query that ``limit``, ``bbox``, ``bbox-crs``, ``crs``, ``datetime``, ``after`` and ``asOf`` ask for.

    ``datetime`` is checked and selects nothing away: no layer has a property of time yet, and a feature without
    one matches every time (OGC 17-069r4, 7.15.4).

    Raises:
        ParameterError: naming the parameter.
    """
    box = parse_box(layer, parameters.get("bbox"), parameters.get("bbox-crs"))
    if "datetime" in parameters:
        check_datetime(parameters["datetime"])
    return FeatureQuery(
        layer,
        where=None if box is None else IntersectsBox(box),
        limit=parse_limit(parameters.get("limit"), DEFAULT_LIMIT, MAX_LIMIT),
        after=parameters.get("after"),
        as_of=parse_as_of(parameters.get("asOf")),
        crs=parse_crs(layer, parameters.get("crs")),
    )


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


def parse_box(layer: Layer, text: str | None, crs: str | None) -> BBox | BoxInCrs | None:
    """A box in CRS84 or in another CRS, in the order of its axes.

    Raises:
        ParameterError: of either of the two, or a CRS without a box.
    """
    system = parse_crs(layer, crs, "bbox-crs")
    if text is None:
        return None
    return BBox.parse(text) if system == CRS84 else BoxInCrs.parse(text, system).as_bbox()


def parse_as_of(text: str | None) -> int | datetime | None:
    """The number of a revision, or an RFC 3339 time (a date is its first moment in UTC).

    Raises:
        ParameterError: neither.
    """
    if text is None:
        return None
    if text.isascii() and text.isdigit() and 0 < int(text[:10]) < 2**31:
        return int(text[:10])
    moment = _moment(text)
    if moment is None:
        raise ParameterError("asOf", f"'{text[:80]}' is neither the number of a revision nor an RFC 3339 time")
    return moment


def check_datetime(text: str) -> None:
    """Accept an RFC 3339 date or time, or an interval of two of them with ``..`` or nothing for an open end.

    Raises:
        ParameterError: anything else, a day that no calendar has, or an interval that ends before it starts.
    """
    parts = text.split("/")
    moments = [_moment(part) for part in parts if len(parts) == 1 or part not in _OPEN]
    if len(parts) > 2 or text == "/" or None in moments:
        raise ParameterError(
            "datetime", f"'{text[:80]}' is neither an RFC 3339 time nor an interval of two ('..' for open)"
        )
    known = [moment for moment in moments if moment is not None]
    if known != sorted(known):
        raise ParameterError("datetime", f"'{text[:80]}' ends before it starts")


def _moment(text: str) -> datetime | None:
    """A date as its first moment in UTC; None if the text is no date or time."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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
