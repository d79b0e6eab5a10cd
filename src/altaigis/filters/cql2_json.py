"""CQL2 JSON (OGC 21-065r2, annex C) <-> expressions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from altaigis.domain.expression import (
    MAX_DEPTH,
    Box,
    Call,
    Expression,
    Geometry,
    Interval,
    Literal,
    Property,
    Untyped,
    number,
)
from altaigis.errors import ParameterError
from altaigis.filters.instants import OPEN, parse_instant, print_instant
from altaigis.filters.shapes import geometry_from_geojson, geometry_to_geojson

#: Characters of a filter in a body.
MAX_LENGTH = 1_000_000
#: Levels of objects and lists: twice those of operators, and some for the coordinates of a geometry.
_MAX_LEVELS = 2 * MAX_DEPTH + 10


def parse(text: str, parameter: str = "filter") -> Expression:
    """The expression that CQL2 JSON says.

    Raises:
        ParameterError: it is too long or too deep, or cannot be read; names the part.
    """
    if len(text) > MAX_LENGTH:
        raise ParameterError(parameter, f"is {len(text)} characters long; {MAX_LENGTH} are the most")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ParameterError(parameter, f"is not JSON: {error}") from None
    if _is_deep(document):
        raise ParameterError(parameter, f"is nested deeper than {_MAX_LEVELS} levels")
    try:
        return _read(document)
    except ValueError as error:
        raise ParameterError(parameter, f"is not CQL2 JSON: {error}") from None


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(_MAX_LEVELS):
        lists = [node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list)]
        level = [child for children in lists for child in children]
    return bool(level)


def _read(document: Any) -> Expression:
    if isinstance(document, bool | str):
        return Literal(document)
    if isinstance(document, int | float):
        return number(document)
    if isinstance(document, list):
        return Call("array", tuple(_read(item) for item in document))
    if not isinstance(document, dict):
        raise ValueError("null stands for no value; the operator isNull asks for it")
    for key, read in _OBJECTS.items():
        if key in document:
            return read(document)
    raise ValueError(f"{_shown(document)} has none of the members {', '.join(_OBJECTS)}")


def _read_call(document: Mapping[str, Any]) -> Expression:
    op, args = document["op"], document.get("args")
    if not isinstance(op, str) or not isinstance(args, list):
        raise ValueError(f"{_shown(document)} needs a text 'op' and a list 'args'")
    if op == "in" and len(args) == 2 and isinstance(args[1], list):
        args = [args[0], *args[1]]
    return Call(op, tuple(_read(arg) for arg in args))


def _read_property(document: Mapping[str, Any]) -> Expression:
    if not isinstance(document["property"], str):
        raise ValueError(f"{_shown(document)} needs the name of a property")
    return Property(document["property"])


def _read_date(document: Mapping[str, Any]) -> Expression:
    text = document["date"]
    found = parse_instant(text) if isinstance(text, str) else None
    if found is None or isinstance(found, datetime):
        raise ValueError(f"{_shown(document)} is no day like 2024-02-29")
    return Literal(found)


def _read_timestamp(document: Mapping[str, Any]) -> Expression:
    text = document["timestamp"]
    found = parse_instant(text) if isinstance(text, str) else None
    if not isinstance(found, datetime):
        raise ValueError(f"{_shown(document)} is no time like 2024-02-29T12:00:00Z")
    return Literal(found)


def _read_interval(document: Mapping[str, Any]) -> Expression:
    ends = document["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise ValueError(f"{_shown(document)} needs a start and an end")
    start, end = (_read_end(item) for item in ends)
    return Interval(start, end)


def _read_end(item: Any) -> Expression | None:
    if item in OPEN:
        return None
    if isinstance(item, str) and (found := parse_instant(item)) is not None:
        return Literal(found)
    if isinstance(item, dict) and {"property", "date", "timestamp"} & item.keys():
        return _read(item)
    raise ValueError(f"{_shown(item)} is no end of an interval: a day, a time, a property, or '..'")


def _read_box(document: Mapping[str, Any]) -> Expression:
    numbers = document["bbox"]
    if not isinstance(numbers, list) or not all(type(n) in (int, float) for n in numbers):
        raise ValueError(f"{_shown(document)} needs a list of numbers")
    if len(numbers) == 6:
        numbers = [*numbers[0:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise ValueError(f"{_shown(document)} needs 4 or 6 numbers")
    return Box((float(numbers[0]), float(numbers[1]), float(numbers[2]), float(numbers[3])))


def _read_geometry(document: Mapping[str, Any]) -> Expression:
    try:
        return geometry_from_geojson(document)
    except ValueError as error:
        raise ValueError(f"{_shown(document)} is no geometry: {error}") from None


#: What an object is, by the member that tells it.
_OBJECTS = {
    "op": _read_call,
    "property": _read_property,
    "date": _read_date,
    "timestamp": _read_timestamp,
    "interval": _read_interval,
    "bbox": _read_box,
    "type": _read_geometry,
}


def _shown(document: Any) -> str:
    return orjson.dumps(document).decode()[:80]


# And back


def print_json(expression: Expression) -> str:
    """The expression in CQL2 JSON; ``parse`` makes the same of it."""
    return orjson.dumps(_document(expression)).decode()


def _document(expression: Expression) -> Any:
    match expression:
        case Property(name):
            return {"property": name}
        case Untyped(text):
            return text
        case Literal(datetime() as value):
            return {"timestamp": print_instant(value)}
        case Literal(date() as value):
            return {"date": print_instant(value)}
        case Literal(value):
            return value
        case Geometry():
            return geometry_to_geojson(expression)
        case Box(corners):
            return {"bbox": corners}
        case Interval(start, end):
            return {"interval": [_end_document(start), _end_document(end)]}
        case Call(op, args):
            return _call_document(op, [_document(arg) for arg in args])


def _call_document(op: str, args: Sequence[Any]) -> Any:
    if op == "array":
        return args
    return {"op": op, "args": [args[0], args[1:]] if op == "in" else args}


def _end_document(end: Expression | None) -> Any:
    if end is None:
        return ".."
    if isinstance(end, Literal) and isinstance(end.value, date):
        return print_instant(end.value)
    return _document(end)
