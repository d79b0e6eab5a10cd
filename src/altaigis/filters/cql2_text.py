"""CQL2 text (OGC 21-065r2, annex B) <-> expressions.

One grammar of expressions with levels of precedence stands for the standard's two, of conditions and of values: only
``resolve`` knows which a field is. Geometry is one token that GEOS reads: a polygon of thousands of points takes no
longer than any other text of its length.
"""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken

from altaigis.domain.expression import (
    Box,
    Call,
    Expression,
    Geometry,
    Interval,
    Literal,
    Property,
    Untyped,
    call,
    number,
)
from altaigis.errors import ParameterError
from altaigis.filters.instants import OPEN, parse_instant, print_instant
from altaigis.filters.shapes import geometry_from_wkt, geometry_to_wkt

#: Characters of a filter, and those of them that are neither text nor geometry: each may be a part of its own, and
#: reading the worst that fits takes half a second.
MAX_LENGTH, MAX_WORDS = 65_536, 16_384

_GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction | conjunction (_OR conjunction)+ -> disjunction
?conjunction: negation | negation (_AND negation)+ -> conjunction
?negation: predicate | NOT negation -> negation
?predicate: sum
    | sum COMPARISON sum -> operation
    | sum NOT? LIKE sum -> predicate
    | sum NOT? BETWEEN sum _AND sum -> predicate
    | sum NOT? IN "(" disjunction ("," disjunction)* ")" -> predicate
    | sum _IS NOT? NULL -> predicate
?sum: product | sum SIGN product -> operation
?product: power | product MULTIPLICATION power -> operation
?power: operand | operand POWER operand -> operation
?operand: primary
    | SIGN primary -> signed
    | SIGN? NUMBER -> number
?primary: "(" disjunction ")"
    | "(" disjunction ("," disjunction)+ ")" -> array
    | name "(" [disjunction ("," disjunction)*] ")" -> function
    | name -> property
    | TEXT -> text
    | TRUE -> true
    | FALSE -> false
    | GEOMETRY -> geometry
name: IDENTIFIER -> plain | QUOTED -> quoted

COMPARISON: "<>" | "<=" | ">=" | "=" | "<" | ">"
SIGN: "+" | "-"
MULTIPLICATION.2: /[*\/%]|div(?![\w:.])/i
POWER: "^"
_OR.2: /or(?![\w:.])/i
_AND.2: /and(?![\w:.])/i
NOT.2: /not(?![\w:.])/i
LIKE.2: /like(?![\w:.])/i
BETWEEN.2: /between(?![\w:.])/i
IN.2: /in(?![\w:.])/i
_IS.2: /is(?![\w:.])/i
NULL.2: /null(?![\w:.])/i
TRUE.2: /true(?![\w:.])/i
FALSE.2: /false(?![\w:.])/i
GEOMETRY.3: /@GEOMETRY@/i
NUMBER: /([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?/i
TEXT: /'(?:[^'\\]|''|\\'?)*+'/
IDENTIFIER: /(?:[^\W\d]|:)[\w:.]*/
QUOTED: /"(?:[^"]|"")++"/
%ignore /\s+/
"""


def _brackets(levels: int) -> str:
    """A regular expression of brackets within brackets, which never tries a character twice."""
    inner = "[^()]" if levels == 1 else rf"(?:[^()]++|{_brackets(levels - 1)})"
    return rf"\({inner}*+\)"


_KINDS = "POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION"
_GEOMETRY = rf"(?:{_KINDS})\s*(?:Z\s*)?(?:{_brackets(5)}|EMPTY)"
#: A text that does not end is one too, so that no character is looked at for each quote before it.
_ONE_WORD = re.compile(rf"'(?:[^'\\]|''|\\'?)*+'?|(?<![\w:.]){_GEOMETRY}", re.IGNORECASE)


def parse(text: str, parameter: str = "filter") -> Expression:
    """The expression that CQL2 text says.

    Raises:
        ParameterError: it is too long, or cannot be read; names the place.
    """
    if len(text) > MAX_LENGTH:
        raise ParameterError(parameter, f"is {len(text)} characters long; {MAX_LENGTH} are the most")
    if len(text) > MAX_WORDS and (words := len(_ONE_WORD.sub("", text))) > MAX_WORDS:
        raise ParameterError(
            parameter, f"is {words} characters long without texts and geometry; {MAX_WORDS} are the most"
        )
    try:
        tree: Expression = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        place = error.pos_in_stream or 0
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            raise ParameterError(parameter, "ends too early to be CQL2 text") from None
        raise ParameterError(
            parameter, f"cannot be read as CQL2 text from character {place + 1} on: «{text[place : place + 30]}»"
        ) from None
    except _Unreadable as error:
        raise ParameterError(parameter, str(error)) from None
    return tree


class _Unreadable(Exception):
    """A part has the form of CQL2, and no value."""


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR.replace("@GEOMETRY@", _GEOMETRY), parser="lalr", transformer=_Builder())


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Tokens -> nodes, while the text is parsed: no tree of the parser's own is made."""

    def disjunction(self, *parts: Expression) -> Expression:
        return Call("or", parts)

    def conjunction(self, *parts: Expression) -> Expression:
        return Call("and", parts)

    def negation(self, _: Token, part: Expression) -> Expression:
        return call("not", part)

    def operation(self, left: Expression, operator: Token, right: Expression) -> Expression:
        return call(str(operator).lower(), left, right)

    def predicate(self, value: Expression, *rest: Any) -> Expression:
        words = [part.type for part in rest if isinstance(part, Token)]
        others = [part for part in rest if not isinstance(part, Token)]
        found = Call({"NULL": "isNull"}.get(words[-1], words[-1].lower()), (value, *others))
        return call("not", found) if words[0] == "NOT" else found

    def signed(self, sign: Token, operand: Expression) -> Expression:
        return operand if sign == "+" else call("*", Literal(-1), operand)

    def array(self, *items: Expression) -> Expression:
        return Call("array", items)

    def function(self, name: str, *args: Expression | None) -> Expression:
        given = tuple(arg for arg in args if arg is not None)
        build = _LITERALS.get(name.lower())
        return build(given) if build else Call(_known_name(name), given)

    def property(self, name: str) -> Expression:
        return Property(name)

    def plain(self, token: Token) -> str:
        return str(token)

    def quoted(self, token: Token) -> str:
        return token[1:-1].replace('""', '"')

    def number(self, *tokens: Token) -> Expression:
        text = "".join(tokens)
        if len(text) > 400:
            raise _Unreadable(f"holds a number of {len(text)} digits")
        return number(int(text) if tokens[-1].isdigit() else float(text))

    def text(self, token: Token) -> Expression:
        return Literal(re.sub(r"''|\\'", "'", token[1:-1]))

    def true(self, _: Token) -> Expression:
        return Literal(True)

    def false(self, _: Token) -> Expression:
        return Literal(False)

    def geometry(self, token: Token) -> Expression:
        try:
            return geometry_from_wkt(token)
        except ValueError as error:
            raise _Unreadable(f"the geometry «{token[:60]}» cannot be read: {error}") from None


def _date(args: tuple[Expression, ...]) -> Expression:
    match args:
        case (Literal(str() as text),) if isinstance(found := parse_instant(text), date):
            if not isinstance(found, datetime):
                return Literal(found)
    raise _Unreadable("DATE takes a day like '2024-02-29'")


def _timestamp(args: tuple[Expression, ...]) -> Expression:
    match args:
        case (Literal(str() as text),) if isinstance(found := parse_instant(text), datetime):
            return Literal(found)
    raise _Unreadable("TIMESTAMP takes a time like '2024-02-29T12:00:00Z'")


def _interval(args: tuple[Expression, ...]) -> Expression:
    if len(args) != 2:
        raise _Unreadable("INTERVAL takes a start and an end")
    start, end = (_end(arg) for arg in args)
    return Interval(start, end)


def _end(arg: Expression) -> Expression | None:
    match arg:
        case Literal(str() as text) if text in OPEN:
            return None
        case Literal(str() as text) if (found := parse_instant(text)) is not None:
            return Literal(found)
        case Property() | Literal(date()):
            return arg
    raise _Unreadable("the ends of an INTERVAL are days, times, properties, or '..' for open")


def _box(args: tuple[Expression, ...]) -> Expression:
    numbers = [float(arg.value) for arg in args if isinstance(arg, Literal) and isinstance(arg.value, int | float)]
    if len(numbers) == 6:
        numbers = [*numbers[0:2], *numbers[3:5]]
    if len(numbers) != 4 or len(args) not in (4, 6):
        raise _Unreadable("BBOX takes 4 or 6 numbers")
    return Box((numbers[0], numbers[1], numbers[2], numbers[3]))


#: What has the form of a function and is a literal.
_LITERALS = {"date": _date, "timestamp": _timestamp, "interval": _interval, "bbox": _box}
_STANDARD_FUNCTION = re.compile(r"(casei|accenti|[sta]_[a-z]+)\Z", re.IGNORECASE)


def _known_name(name: str) -> str:
    """The standard's functions in lower case; others as they are written."""
    return name.lower() if _STANDARD_FUNCTION.match(name) else name


# And back

_INFIX = ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "div", "^", "like")


def print_text(expression: Expression) -> str:
    """The expression in CQL2 text; ``parse`` makes the same of it.

    Raises:
        ValueError: a text holds a backslash before a quote or at its end, which CQL2 text has no spelling for.
    """
    match expression:
        case Property(name):
            return _identifier(name)
        case Untyped(text):
            return _quoted(text)
        case Literal(value):
            return _literal(value)
        case Geometry():
            return geometry_to_wkt(expression)
        case Box(corners):
            return f"BBOX({','.join(map(_number, corners))})"
        case Interval(start, end):
            return f"INTERVAL({_print_end(start)},{_print_end(end)})"
        case Call(op, args):
            return _print_call(op, args)


def _print_call(op: str, args: tuple[Expression, ...]) -> str:
    if op in ("and", "or"):
        return f" {op.upper()} ".join(_operand(arg) for arg in args)
    if op == "not":
        return f"NOT {_operand(args[0])}"
    if op in _INFIX:
        return f"{_operand(args[0])} {op.upper() if op.isalpha() else op} {_operand(args[1])}"
    if op == "isNull":
        return f"{_operand(args[0])} IS NULL"
    if op == "between":
        return f"{_operand(args[0])} BETWEEN {_operand(args[1])} AND {_operand(args[2])}"
    if op == "in":
        return f"{_operand(args[0])} IN ({', '.join(map(print_text, args[1:]))})"
    name = op.upper() if _STANDARD_FUNCTION.match(op) else _identifier(op)
    return f"{'' if op == 'array' else name}({', '.join(map(print_text, args))})"


def _operand(expression: Expression) -> str:
    """In brackets, where it is more than a word."""
    written = print_text(expression)
    is_word = not isinstance(expression, Call) or _STANDARD_FUNCTION.match(expression.op)
    return written if is_word else f"({written})"


def _identifier(name: str) -> str:
    plain = re.fullmatch(r"(?:[^\W\d]|:)[\w:.]*", name) and name.lower() not in _RESERVED
    return name if plain else '"' + name.replace('"', '""') + '"'


_RESERVED = {"or", "and", "not", "like", "between", "in", "is", "null", "true", "false", "div"} | {
    kind.lower() for kind in _KINDS.split("|")
}


def _literal(value: str | int | float | bool | date | datetime) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, str):
        return _quoted(value)
    return f"{'TIMESTAMP' if isinstance(value, datetime) else 'DATE'}('{print_instant(value)}')"


def _number(value: int | float) -> str:
    return repr(value)


def _quoted(text: str) -> str:
    if re.search(r"\\('|\Z)", text):
        raise ValueError("CQL2 text cannot say a backslash before a quote or at the end")
    return "'" + text.replace("'", "''") + "'"


def _print_end(end: Expression | None) -> str:
    if end is None:
        return "'..'"
    if isinstance(end, Literal) and isinstance(end.value, date):
        return f"'{print_instant(end.value)}'"
    return print_text(end)
