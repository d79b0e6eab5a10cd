"""The order of features, and where in it a page ends.

A page that is sorted ends with a cursor: its last feature's values of the fields that it is sorted by, and its id, as a
JSON list. It tells the place by itself, so that the next page begins there although the feature has been changed.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from sqlalchemy import ColumnElement, FromClause, Text, and_, cast, func, or_, true

from altaigis.domain.query import FeatureQuery
from altaigis.errors import ParameterError
from altaigis.filters.instants import first_moment, parse_instant
from altaigis.store.where import bound, by_code_points, typed_fid

Column = ColumnElement[Any]
#: The values of a query's keys, and the id, of the feature that a page ended with; None before the first page.
Place = tuple[Any, ...] | None


def ordering(query: FeatureQuery, table: FromClause) -> list[Column]:
    """By the query's keys, unknown values last, and then by id."""
    keys = [
        (column.desc() if key.descending else column.asc()).nulls_last()
        for key in query.order
        for column in [by_code_points(table.c[key.field])]
    ]
    return [*keys, table.c[query.layer.id_field]]


def cursor(query: FeatureQuery, table: FromClause) -> Column:
    """Where a page ends that ends with the row."""
    values = (table.c[name] for name in (*(key.field for key in query.order), query.layer.id_field))
    return cast(func.json_build_array(*values), Text).label("cursor")


def place(query: FeatureQuery) -> Place:
    """Where the page before ended.

    Raises:
        ParameterError: ``after`` is not where a page of this query can end.
    """
    if query.after is None:
        return None
    *values, fid = _read(query, query.after) if query.order else [query.after]
    last = typed_fid(query.layer, str(fid))
    if last is None:
        raise _not_ours(query.after)
    return (*values, last)


def behind(query: FeatureQuery, place: Place, table: FromClause) -> ColumnElement[bool]:
    """Which features come after a place; its values, or the slots of those that are known."""
    if place is None:
        return true()
    *values, last = place
    # (a, b, id) comes behind (x, y, z) if a does, or a is x and b comes behind y, or both are the same and id does
    found = table.c[query.layer.id_field] > bound(last)
    for key, value in reversed(list(zip(query.order, values, strict=True))):
        column = by_code_points(table.c[key.field])
        if value is None:
            found = and_(column.is_(None), found)
        else:
            later = column < bound(value) if key.descending else column > bound(value)
            found = or_(later, column.is_(None), and_(column == bound(value), found))
    return found


def _read(query: FeatureQuery, text: str) -> list[Any]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _not_ours(text) from None
    if not isinstance(document, list) or len(document) != len(query.order) + 1:
        raise _not_ours(text)
    values = [
        _typed(query.layer.fields[key.field].type, value, text)
        for key, value in zip(query.order, document, strict=False)
    ]
    return [*values, document[-1]]


def _typed(kind: str, value: Any, text: str) -> Any:
    """The value as the column has it."""
    if value is None:
        return None
    types, convert = _READERS[kind]
    if not isinstance(value, types) or isinstance(value, bool) != (kind == "boolean"):
        raise _not_ours(text)
    found = convert(value)
    if found is None or "\0" in str(found):
        raise _not_ours(text)
    return found


def _same(value: Any) -> Any:
    return value


def _moment(text: str) -> Any:
    found = parse_instant(text)
    return found and first_moment(found)


_READERS: Mapping[str, tuple[type | tuple[type, ...], Callable[[Any], Any]]] = {
    "text": (str, _same),
    "integer": (int, _same),
    "number": ((int, float), float),
    "boolean": (bool, _same),
    "date": (str, parse_instant),
    "datetime": (str, _moment),
}


def _not_ours(text: str) -> ParameterError:
    return ParameterError("after", f"'{text[:40]}' cannot be where a page of this query ends; take it from rel=next")
