"""Expressions -> SQL conditions: every value is bound, every name is a column of the table.

Expressions are resolved before they come here: properties are there, types fit, and geometry is in the CRS of storage.
The literal was brought to the column's CRS, never the column to the literal's: the spatial index is on the stored
geometry. What is unknown (null) stays unknown in three-valued logic, as CQL2 and SQL have it.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from geoalchemy2 import Geometry as GeometryColumn
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    FromClause,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    not_,
    or_,
    true,
)
from sqlalchemy import Interval as IntervalType
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import TypeEngine

from altaigis.domain.expression import Box, Call, Expression, Geometry, Interval, Literal, Property, Untyped
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.store.schema import STORAGE_SRID
from altaigis.store.slots import Slot

Column = ColumnElement[Any]

#: The order of code points, whatever the locale of the database.
CODE_POINTS = "C"


def condition(query: FeatureQuery, table: FromClause) -> ColumnElement[bool]:
    """Which features the query selects, on whatever page they are."""
    return true() if query.where is None else _written(query.where, table)


def typed_fid(layer: Layer, fid: str) -> str | int | None:
    """A feature's id in the type of its column, None where no feature can have it."""
    if layer.fields[layer.id_field].type == "text":
        return None if "\0" in fid else fid
    return int(fid) if re.fullmatch(r"-?[0-9]{1,18}", fid) else None


def bound(value: object) -> Column:
    """A value, or the slot of one, as a parameter of the statement with the type that PostgreSQL shall take it for."""
    if isinstance(value, Slot):
        kind = _type_of(value.kind)
        return bindparam(value.name, type_=ARRAY(kind) if value.many else kind)
    return literal(value, _type_of(type(value)))


def _written(node: Expression, table: FromClause) -> Column:
    match node:
        case Property(name):
            return table.c[name]
        case Literal(value):
            return bound(value)
        case Geometry(wkb):
            return func.ST_GeomFromWKB(bound(wkb), STORAGE_SRID)
        case Box(corners):
            return func.ST_MakeEnvelope(*map(bound, corners), STORAGE_SRID)
        case Call("s_intersects", (Property(name), Box() as box)) if _holds_points(table.c[name]):
            return _point_within(table.c[name], _written(box, table))
        case Call("in", (value, *choices)):
            return by_code_points(_operand(value, table)) == any_(_list(choices, table))
        case Call(op, args) if op.startswith("t_"):
            return _TEMPORAL[op](*_spans(args, table))
        case Call(op, args):
            return _OPERATORS[op](*(_operand(arg, table) for arg in args))
        case Interval() | Untyped():
            raise TypeError(f"{type(node).__name__} is not resolved")


def _list(choices: Sequence[Expression], table: FromClause) -> Column:
    """One parameter for values of one type, however many they are."""
    if isinstance(first := choices[0], Literal) and isinstance(first.value, Slot) and first.value.many:
        return bound(first.value)
    values = [bound(choice.value) for choice in choices if isinstance(choice, Literal)]
    kinds = {type(value.type): value.type for value in values}
    if len(values) == len(choices) and len(kinds) == 1:
        return literal([value.value for value in values], ARRAY(next(iter(kinds.values()))))
    return array([by_code_points(_operand(choice, table)) for choice in choices])


def _operand(node: Expression, table: FromClause) -> Column:
    """In brackets: comparisons of comparisons have no order of their own in PostgreSQL."""
    written = _written(node, table)
    return Grouping(written) if isinstance(node, Call) else written


def by_code_points(column: Column) -> Column:
    """The column with the order of code points, if it is text. PostgreSQL compares no texts of two orders, so that
    both sides of a comparison need it."""
    return Grouping(column.collate(CODE_POINTS)) if isinstance(column.type, Text) else column


def _compared(compare: Callable[[Column, Column], Column]) -> Callable[[Column, Column], Column]:
    return lambda left, right: compare(by_code_points(left), by_code_points(right))


def _between(value: Column, low: Column, high: Column) -> Column:
    return by_code_points(value).between(by_code_points(low), by_code_points(high))


def _double(compute: Callable[[Column, Column], Column]) -> Callable[[Column, Column], Column]:
    """Arithmetic in double precision, as JSON has its numbers: whole numbers do not lose what is behind the point."""

    def written(left: Column, right: Column) -> Column:
        return cast(compute(cast(left, Double), cast(right, Double)), Double)

    return written


def _divisor(column: Column) -> Column:
    """What is divided by nothing is unknown, and no error of the whole request."""
    return func.nullif(column, 0, type_=column.type)


def _whole(name: str) -> Callable[[Column, Column], Column]:
    """Functions that PostgreSQL has for its decimal numbers only."""
    return _double(lambda left, right: getattr(func, name)(_decimal(left), _divisor(_decimal(right))))


def _decimal(number: Column) -> Column:
    # By its text, for a cast keeps 15 digits only
    return cast(cast(number, Text), Numeric)


def _casei(text: Column) -> Column:
    # Ids are kept in the order of code points, in which ASCII alone has cases
    return func.lower(text.collate("default"), type_=Text)


def _accenti(text: Column) -> Column:
    """Without the marks above and below letters: ё is е. Й and ў keep theirs, for they are letters of their own."""
    taken_apart = func.normalize(text, literal_column("NFD"), type_=Text)
    bare = func.regexp_replace(taken_apart, "[\u0300-\u0305\u0307-\u036f]|(?<![иИуУ])\u0306", "", "g", type_=Text)
    return func.normalize(bare, type_=Text)


def _holds_points(column: Column) -> bool:
    return isinstance(column.type, GeometryColumn) and column.type.geometry_type == "POINT"


def _point_within(point: Column, box: Column) -> Column:
    """Whether a point lies in a box or on its edge: the index knows it about, and the comparison of four numbers
    exactly. PostGIS would take the box for a polygon like any other."""
    exactly = func.point(point).op("<@", is_comparison=True)(func.box(box))
    return and_(point.op("&&", is_comparison=True)(box), exactly)


def _near(place: Column, other: Column, metres: Column, around: Column | None = None) -> Column:
    """Whether two places are so near each other on the ellipsoid; the index knows of the box around the one."""
    exactly = func.ST_DWithin(func.geography(place), func.geography(other), metres, type_=Boolean)
    return exactly if around is None else and_(place.op("&&", is_comparison=True)(around), exactly)


def _spatial(name: str) -> Callable[[Column, Column], Column]:
    return lambda left, right: getattr(func, name)(left, right, type_=Boolean)


class _Span(NamedTuple):
    """The first and the last moment, or day, of an interval or an instant."""

    first: Column
    last: Column


def _spans(args: tuple[Expression, ...], table: FromClause) -> list[_Span]:
    """A day among times is an interval: all of its moments, in UTC."""
    pairs = [(arg.start, arg.end) if isinstance(arg, Interval) else (arg, arg) for arg in args]
    written = [[None if end is None else _written(end, table) for end in pair] for pair in pairs]
    among_times = any(end is not None and isinstance(end.type, DateTime) for pair in written for end in pair)
    first, last = (_first_moment, _last_moment) if among_times else (_first_day, _last_day)
    return [_Span(first(start), last(end)) for start, end in written]


def _first_day(day: Column | None) -> Column:
    return literal_column("DATE '-infinity'", Date) if day is None else day


def _last_day(day: Column | None) -> Column:
    return literal_column("DATE 'infinity'", Date) if day is None else day


def _first_moment(instant: Column | None) -> Column:
    kind = DateTime(timezone=True)
    return literal_column("TIMESTAMPTZ '-infinity'", kind) if instant is None else cast(instant, kind)


def _last_moment(instant: Column | None) -> Column:
    kind = DateTime(timezone=True)
    if instant is None:
        return literal_column("TIMESTAMPTZ 'infinity'", kind)
    if not isinstance(instant.type, Date):
        return instant
    return cast(instant + literal(1, Integer), kind) - literal(timedelta(microseconds=1), IntervalType)


def _type_of(kind: type) -> TypeEngine[Any]:
    return next(found for types, found in _TYPES.items() if issubclass(kind, types))


#: bool before int and datetime before date: to Python each is a kind of the other.
_TYPES: Mapping[type, TypeEngine[Any]] = {
    bool: Boolean(),
    int: BigInteger(),
    float: Double(),
    str: Text(),
    datetime: DateTime(timezone=True),
    date: Date(),
    bytes: LargeBinary(),
}

_OPERATORS: Mapping[str, Callable[..., Column]] = {
    "and": and_,
    "or": or_,
    "not": not_,
    "=": _compared(operator.eq),
    "<>": _compared(operator.ne),
    "<": _compared(operator.lt),
    "<=": _compared(operator.le),
    ">": _compared(operator.gt),
    ">=": _compared(operator.ge),
    "between": _between,
    "like": _compared(lambda value, pattern: value.like(pattern)),
    "isNull": lambda value: value.is_(None),
    "casei": _casei,
    "accenti": _accenti,
    "+": _double(operator.add),
    "-": _double(operator.sub),
    "*": _double(operator.mul),
    "/": _double(lambda left, right: left / _divisor(right)),
    "%": _whole("mod"),
    "div": _whole("div"),
    "^": _double(func.power),
    "s_dwithin": _near,
    # Each of them but ST_Disjoint looks into the spatial index first
    **{
        f"s_{name}": _spatial(f"ST_{name.capitalize()}")
        for name in ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
    },
}


def _lasts(span: _Span) -> Column:
    """Whether it has a beginning and another end: what has none of both equals, starts or finishes, but never meets."""
    return span.first < span.last


#: Relations of intervals, after Allen (1983).
_TEMPORAL: Mapping[str, Callable[["_Span", "_Span"], Column]] = {
    "t_after": lambda a, b: a.first > b.last,
    "t_before": lambda a, b: a.last < b.first,
    "t_contains": lambda a, b: and_(a.first < b.first, a.last > b.last),
    "t_disjoint": lambda a, b: or_(a.last < b.first, a.first > b.last),
    "t_during": lambda a, b: and_(a.first > b.first, a.last < b.last),
    "t_equals": lambda a, b: and_(a.first == b.first, a.last == b.last),
    "t_finishedby": lambda a, b: and_(a.first < b.first, a.last == b.last),
    "t_finishes": lambda a, b: and_(a.first > b.first, a.last == b.last),
    "t_intersects": lambda a, b: and_(a.first <= b.last, a.last >= b.first),
    "t_meets": lambda a, b: and_(a.last == b.first, _lasts(a), _lasts(b)),
    "t_metby": lambda a, b: and_(a.first == b.last, _lasts(a), _lasts(b)),
    "t_overlappedby": lambda a, b: and_(a.first > b.first, a.first < b.last, a.last > b.last),
    "t_overlaps": lambda a, b: and_(a.first < b.first, a.last > b.first, a.last < b.last),
    "t_startedby": lambda a, b: and_(a.first == b.first, a.last > b.last),
    "t_starts": lambda a, b: and_(a.first == b.first, a.last < b.last),
}
