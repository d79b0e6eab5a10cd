"""Values as texts that a format can hold, written by PostgreSQL: the same characters for the same value, always."""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, and_, case, cast, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from altaigis.domain.extract import Quoting
from altaigis.domain.layer import FieldType

Column = ColumnElement[Any]

#: What XML 1.0 cannot hold, as a class of PostgreSQL's regular expressions.
_FORBIDDEN = r"[\u0001-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]"
#: What stands for that, and for what means something in XML.
REPLACEMENT = "\ufffd"
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
_SPECIAL_IN_XML = r'[&<>"\u0001-\u0008\u000B-\u001F\uFFFE\uFFFF]'
_SPECIAL_IN_CELLS = r'["{delimiter}\r\n]'
#: What has no place in an NCName of ASCII, and an underscore that would look like such a place.
_NOT_IN_NAMES = r"[^A-Za-z0-9._-]|_(?=x[0-9A-F]{4})"
_IN_NAMES = r"[A-Za-z0-9.-]|_(?!x[0-9A-F]{4})"

#: Zeros of all scripts (Unicode 14), nine digits behind each: a class of PostgreSQL's own depends on the database.
ZEROS = (
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0,
    0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60,
    0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
)  # fmt: skip
_DIGITS = "".join(rf"\U{zero:08X}-\U{zero + 9:08X}" for zero in ZEROS)
_SPACES = r"\u0009-\u000D\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
#: A spreadsheet takes such a text for a formula, and runs it.
_FORMULA = rf"^([{_SPACES}]*[=+@|%-]|[\u0009\u000D\u000A])"
#: A spreadsheet takes such a text for a number or a date: codes lose their zeros, a range becomes a day.
_IN_NUMBERS = rf"[{_DIGITS}{_SPACES}.,:/+-]*"
_NUMBER_LIKE = rf"^{_IN_NUMBERS}[{_DIGITS}]{_IN_NUMBERS}([eE][+-]?[{_DIGITS}]+)?$"
#: Most texts are of this kind, and need no look at what else they could be.
_PLAIN_WORDS = r'^[A-Za-zА-яЁё][^";\r\n]*$'
#: A longer text would not fit into the formula that keeps it a text.
_LONGEST_FORMULA = 250
_COMMA, _SEMICOLON = ",", ";"
#: Characters without which a text stands as it is. A spreadsheet minds more than single characters.
_SPECIAL: Mapping[Quoting, str] = {
    "gml": _SPECIAL_IN_XML,
    "kml": _SPECIAL_IN_XML,
    "csv": _SPECIAL_IN_CELLS.format(delimiter=_COMMA),
}


def constant(text: str) -> ColumnElement[str]:
    """Text of our own in the statement itself."""
    return literal_column("'" + text.replace("'", "''") + "'", Text())


def as_text(column: Column, kind: FieldType) -> Column:
    """A value as text, dates as in RFC 3339."""
    if kind in ("date", "datetime"):
        # The cast of a date follows a setting of the database; its JSON never does
        return func.to_json(column).op("#>>")(literal_column("'{}'"))
    return cast(column, Text)


def special(texts: Sequence[Column], quoting: Quoting) -> Column:
    """Whether one of a row's texts may have to be quoted: a look at each of them would take longer than at all."""
    if quoting not in _SPECIAL:
        return true()
    known = [func.coalesce(text, constant("")) for text in texts]
    return _matches(reduce(operator.add, known, constant("")), _SPECIAL[quoting])


def quoted(column: Column, kind: FieldType, quoting: Quoting) -> Column:
    """A value as the text that whoever reads this quoting takes for it."""
    return _QUOTED.get((quoting, kind), as_text)(column, kind)


def xml_name(layer: str, fid: Column, kind: FieldType) -> Column:
    """A feature's id as an NCName of ASCII behind the layer's id: ``№ 5`` is ``_x2116__x0020_5``."""
    prefix, text = constant(f"{layer}."), as_text(fid, kind)
    if kind == "integer":
        return prefix + text
    pattern = constant(f"({_NOT_IN_NAMES})|({_IN_NAMES})")
    found = func.regexp_matches(text, pattern, constant("g")).table_valued("piece", with_ordinality="number")
    pieces = found.render_derived(name="pieces")
    special, plain = (literal_column(f"pieces.piece[{place}]", Text()) for place in (1, 2))
    code = func.upper(func.to_hex(func.ascii(special)))
    escaped = constant("_x") + func.lpad(code, func.greatest(4, func.length(code)), constant("0")) + constant("_")
    joined = func.string_agg(func.coalesce(plain, escaped), aggregate_order_by(constant(""), pieces.c.number))
    whole = select(joined).select_from(pieces).scalar_subquery()
    return prefix + case((_matches(text, _NOT_IN_NAMES), whole), else_=text)


def cells(position: Column, quoting: Quoting) -> Column:
    """Coordinates as two cells of a table: ``83.78 53.35`` is ``83.78,53.35``."""
    found = func.replace(position, constant(" "), constant(_SEMICOLON if quoting == "excel" else _COMMA))
    return _comma(found, "text") if quoting == "excel" else found


def _xml(column: Column, _: FieldType) -> Column:
    """Text for an element or an attribute in double quotes; what XML cannot hold becomes U+FFFD."""
    escaped = column
    for character, entity in ENTITIES.items():
        escaped = func.replace(escaped, constant(character), constant(entity))
    escaped = func.regexp_replace(escaped, constant(_FORBIDDEN), constant(REPLACEMENT), constant("g"))
    return case((_matches(column, _SPECIAL_IN_XML), escaped), else_=column)


def _flag(column: Column, _: FieldType) -> Column:
    # GDAL 3.6 reads any word as 0
    return cast(cast(column, Integer), Text)


def _cell(text: Column, _: FieldType) -> Column:
    return _in_quotes(text, _COMMA)


def _cell_of_excel(text: Column, _: FieldType) -> Column:
    """A text that a spreadsheet shows as it is."""
    like_a_number = and_(
        _matches(text, _NUMBER_LIKE), func.char_length(text) < _LONGEST_FORMULA, ~_matches(text, r"[\r\n]")
    )
    as_formula = constant('"=""') + text + constant('"""')
    guarded = constant("'") + text
    return case(
        (_matches(text, _PLAIN_WORDS), text),
        (like_a_number, as_formula),
        (_matches(text, _FORMULA), _in_quotes(guarded, _SEMICOLON)),
        else_=_in_quotes(text, _SEMICOLON),
    )


def _comma(number: Column, kind: FieldType) -> Column:
    return func.replace(as_text(number, kind), constant("."), constant(","))


def _in_quotes(text: Column, delimiter: str) -> Column:
    """A cell in quotes where it needs them (RFC 4180)."""
    within = constant('"') + func.replace(text, constant('"'), constant('""')) + constant('"')
    return case((_matches(text, _SPECIAL_IN_CELLS.format(delimiter=delimiter)), within), else_=text)


def _matches(text: Column, pattern: str) -> Column:
    return text.op("~")(constant(pattern))


#: How values of a type are written where their plain text would mean something else.
_QUOTED: Mapping[tuple[Quoting, FieldType], Callable[[Column, FieldType], Column]] = {
    ("gml", "text"): _xml,
    ("kml", "text"): _xml,
    ("kml", "boolean"): _flag,
    ("csv", "text"): _cell,
    ("excel", "text"): _cell_of_excel,
    ("excel", "number"): _comma,
}
