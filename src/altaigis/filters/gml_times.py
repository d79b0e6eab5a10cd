"""Times in GML 3 -> instants and intervals."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from lxml import etree

from altaigis.domain.expression import Expression, Interval, Literal
from altaigis.errors import ParameterError
from altaigis.filters.instants import first_moment, parse_xsd_instant
from altaigis.filters.xml import attribute, content, local_name


def time_from_gml(element: etree._Element, parameter: str = "filter") -> Expression:
    """The time that an element is; an end of a period that is unknown is open.

    Raises:
        ParameterError: it is no time that is read here.
    """
    try:
        return _TIMES[local_name(element)](element)
    except ValueError as error:
        raise ParameterError(parameter, str(error)) from None


def is_time(element: etree._Element) -> bool:
    """Whether an element is called as a time is."""
    return local_name(element) in _TIMES


def _instant(element: etree._Element) -> Literal | None:
    """The moment of a TimeInstant or of a position of time; None for one that is not known, which is an open end."""
    within = [child for child in element if local_name(child) in ("timePosition", "TimeInstant")]
    if within:
        return _instant(within[0])
    told = attribute(element, "indeterminatePosition")
    text = content(element).strip()
    if told == "unknown" and not text:
        return None
    if told == "now":
        return Literal(datetime.now(UTC))
    found = parse_xsd_instant(text)
    if found is None or told is not None:
        raise ValueError(f"'{(text or told or '')[:60]}' is no time like 2024-02-29 or 2024-02-29T12:00:00Z")
    return Literal(found)


def _known_instant(element: etree._Element) -> Expression:
    found = _instant(element)
    if found is None:
        raise ValueError("a TimeInstant is unknown")
    return found


def _period(element: etree._Element) -> Expression:
    parts = {local_name(child): child for child in element}
    ends = [next((parts[name] for name in names if name in parts), None) for names in _ENDS]
    if ends[0] is None or ends[1] is None:
        raise ValueError("a TimePeriod has no beginPosition and endPosition")
    start, end = (_instant(found) for found in ends if found is not None)
    if start and end and _moment(end) < _moment(start):
        raise ValueError("a TimePeriod ends before it begins")
    return Interval(start, end)


def _moment(instant: Literal) -> datetime:
    assert isinstance(instant.value, date), "made of a time"
    return first_moment(instant.value)


_ENDS = (("beginPosition", "begin"), ("endPosition", "end"))
_TIMES: Mapping[str, Callable[[etree._Element], Expression]] = {"TimeInstant": _known_instant, "TimePeriod": _period}
