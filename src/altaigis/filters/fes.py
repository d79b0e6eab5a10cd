"""Filter Encoding 2.0 (OGC 09-026r2, ISO 19143) and Filter 1.1 and 1.0 -> expressions.

One table of operators stands for all versions: clients mix their spellings, and where an element is called the same it
means the same. Elements are told by their local names.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from lxml import etree

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.expression import (
    MAX_DEPTH,
    MAX_NODES,
    Call,
    Expression,
    Literal,
    Property,
    Untyped,
    call,
)
from altaigis.domain.layer import Layer
from altaigis.errors import ParameterError
from altaigis.filters.fes_operators import ARITHMETIC, COMPARED, FUNCTIONS, OLD_RELATIONS, RELATIONS, TEMPORALS
from altaigis.filters.gml import geometry_from_gml, is_geometry
from altaigis.filters.gml_ids import identified
from altaigis.filters.gml_times import is_time, time_from_gml
from altaigis.filters.uom import metres
from altaigis.filters.xml import attribute, content, local_name, parse_xml

_IDS = {"ResourceId": "rid", "FeatureId": "fid", "GmlObjectId": "id"}
_LOGIC = {"And": "and", "Or": "or"}
_NAMES = ("ValueReference", "PropertyName")
#: ``districts/altai:name_ru``: a property, maybe behind its feature, each maybe with a prefix.
_STEP = r"(?:[^\s/:@()\[\]]+:)?"
_PATH = re.compile(
    rf"/?(?:(?:schema-element\()?{_STEP}(?P<type>[^\s/:@()\[\]]+)\)?/)?(?P<at>@?){_STEP}(?P<name>[^\s/:@()\[\]]+)"
)
_ID = Property("@gml:id")


def parse_fes_text(
    text: str, layer: Layer, default: Crs, parameter: str = "filter", aliases: Collection[str] = ()
) -> Expression:
    """The same of a document, as KVP have it.

    Raises:
        ParameterError: as of :func:`parse_fes`, or it is no XML.
    """
    return parse_fes(parse_xml(text.encode("utf-8", "replace"), parameter), layer, default, parameter, aliases)


def parse_fes(
    element: etree._Element, layer: Layer, default: Crs, parameter: str = "filter", aliases: Collection[str] = ()
) -> Expression:
    """The expression that an element Filter says of a layer; its geometry is in the CRS of storage already.

    Args:
        default: the CRS of geometry that names none.
        aliases: other names of the layer in paths of properties.

    Raises:
        ParameterError: an element is not known or lacks what it needs; names it.
    """
    try:
        _require_few(element)
        return _Reader(layer, default, parameter, aliases).filter(element)
    except _Unreadable as error:
        raise ParameterError(parameter, str(error)) from None


def property_named(path: str, layer: Layer, parameter: str, aliases: Collection[str] = ()) -> str:
    """The field that a path names, as filters write it; ``@gml:id`` is the one with the id.

    Raises:
        ParameterError: the layer has none such.
    """
    try:
        found = _Reader(layer, CRS84, parameter, aliases).property(path.strip())
    except _Unreadable as error:
        raise ParameterError(parameter, str(error)) from None
    name = layer.id_field if found == _ID else found.name
    if name not in layer.fields:
        there = ", ".join(layer.fields)
        raise ParameterError(parameter, f"'{layer.id}' has no property '{name[:60]}'; there are {there}")
    return name


def _require_few(element: etree._Element) -> None:
    """Refuse what will have too many parts before any of them is made: each condition is one, and each value."""
    for tags in (_CONDITIONS, _VALUES):
        if sum(1 for _ in element.iter(*tags)) > MAX_NODES:
            raise _Unreadable(f"has more than {MAX_NODES} parts")


class _Unreadable(Exception):
    """An element is known, and says nothing that can be understood."""


class _Reader:
    def __init__(self, layer: Layer, default: Crs, parameter: str, aliases: Collection[str]) -> None:
        self._layer, self._default, self._parameter = layer, default, parameter
        self._types = {layer.id, *aliases}
        self._depth = 0

    def filter(self, element: etree._Element) -> Expression:
        """What a Filter says; QGIS before 3.42 writes one within another."""
        if local_name(element) != "Filter":
            raise _Unreadable(f"begins with {local_name(element)[:60]}, not with Filter")
        parts = list(element)
        if len(parts) == 1 and local_name(parts[0]) == "Filter":
            return self.filter(parts[0])
        return self._one(element, parts)

    def _one(self, element: etree._Element, parts: Sequence[etree._Element]) -> Expression:
        """The condition that stands in an element; ids may be several, and are alternatives then."""
        if parts and all(local_name(part) in _IDS for part in parts):
            return identified(map(self._id, parts), self._layer)
        if len(parts) != 1:
            raise _Unreadable(f"{local_name(element)} has {len(parts)} conditions; it has one, or And or Or of several")
        return self._condition(parts[0])

    def _condition(self, element: etree._Element) -> Expression:
        name = local_name(element)
        read = self._readers.get(name)
        if read is None:
            there = ", ".join(self._readers)
            raise _Unreadable(f"there is no operator '{name[:60]}'; there are {there}")
        if self._depth >= MAX_DEPTH:
            raise _Unreadable(f"is nested deeper than {MAX_DEPTH} levels")
        self._depth += 1
        found = read(self, element)
        self._depth -= 1
        return found

    # Logic

    def _logic(self, element: etree._Element) -> Expression:
        parts = [self._condition(part) for part in _alike(element)]
        if not parts:
            raise _Unreadable(f"{local_name(element)} has no conditions")
        if local_name(element) == "Or":
            parts = _gathered(parts)
        return parts[0] if len(parts) == 1 else Call(_LOGIC[local_name(element)], tuple(parts))

    def _not(self, element: etree._Element) -> Expression:
        return call("not", self._one(element, list(element)))

    def _ids(self, element: etree._Element) -> Expression:
        return identified([self._id(element)], self._layer)

    def _id(self, element: etree._Element) -> str:
        name = local_name(element)
        found = attribute(element, _IDS[name])
        if found is None:
            raise _Unreadable(f"{name} has no attribute {_IDS[name]}")
        return found.strip()

    # Comparisons

    def _comparison(self, element: etree._Element) -> Expression:
        name = local_name(element)
        left, right = self._operands(element, 2)
        if attribute(element, "matchAction") not in (None, "Any", "All", "One"):
            raise _Unreadable(f"matchAction of {name} is neither Any nor All nor One")
        op = COMPARED[name]
        if _ID in (left, right):
            return self._by_id(op, left if right == _ID else right)
        # the value second: so a list of them is one list
        if isinstance(left, Untyped) and op in ("=", "<>"):
            left, right = right, left
        left, right = self._of_case(element, left, right)
        return call(op, left, right)

    def _by_id(self, op: str, value: Expression) -> Expression:
        if op not in ("=", "<>") or not isinstance(value, Untyped):
            raise _Unreadable("@gml:id is compared with a value, for equality")
        found = identified([value.text], self._layer)
        return found if op == "=" else call("not", found)

    def _like(self, element: etree._Element) -> Expression:
        value, pattern = self._operands(element, 2)
        if not isinstance(pattern, Untyped):
            raise _Unreadable("PropertyIsLike has no Literal for its pattern")
        pattern = Untyped(_pattern(pattern.text, element))
        return call("like", *self._of_case(element, value, pattern))

    def _of_case(self, element: etree._Element, *values: Expression) -> tuple[Expression, ...]:
        """The operands without their case, where it shall not matter; but for texts it never does."""
        told = attribute(element, "matchCase")
        if told not in (None, "true", "false", "1", "0"):
            raise _Unreadable(f"matchCase of {local_name(element)} is neither true nor false")
        if told in (None, "true", "1") or not any(map(self._is_text, values)):
            return values
        return tuple(call("casei", value) for value in values)

    def _is_text(self, node: Expression) -> bool:
        if isinstance(node, Property):
            return node.name in self._layer.fields and self._layer.fields[node.name].type == "text"
        return isinstance(node, Call) and node.op in ("casei", "accenti")

    def _between(self, element: etree._Element) -> Expression:
        parts = {local_name(child): child for child in element}
        value = next((child for child in element if local_name(child) not in _BOUNDARIES), None)
        missing = [name for name in _BOUNDARIES if name not in parts]
        if value is None or missing:
            raise _Unreadable(f"PropertyIsBetween has no {missing[0] if missing else 'property'}")
        low, high = (self._operands(parts[name], 1)[0] for name in _BOUNDARIES)
        return call("between", self._expression(value), low, high)

    def _null(self, element: etree._Element) -> Expression:
        return call("isNull", *self._operands(element, 1))

    def _nil(self, element: etree._Element) -> Expression:
        """What has no value; of none is it told why."""
        empty = self._null(element)
        return empty if attribute(element, "nilReason") is None else call("and", empty, Literal(False))

    # Space

    def _box(self, element: etree._Element) -> Expression:
        parts = [self._expression(child) for child in element]
        if len(parts) == 1 and not isinstance(parts[0], Property):
            parts.insert(0, Property(self._geometry_field()))
        if len(parts) != 2:
            raise _Unreadable(f"BBOX has {len(parts)} parts; it has an Envelope, and a property before it or none")
        return call("s_intersects", *parts)

    def _relation(self, element: etree._Element) -> Expression:
        return call((RELATIONS | OLD_RELATIONS)[local_name(element)], *self._operands(element, 2))

    def _near(self, element: etree._Element) -> Expression:
        return call("s_dwithin", *self._operands(element, 2), Literal(self._distance(element)))

    def _beyond(self, element: etree._Element) -> Expression:
        return call("not", self._near(element))

    def _distance(self, element: etree._Element) -> float:
        name = local_name(element)
        told = next((child for child in element if local_name(child) == "Distance"), None)
        if told is None:
            raise _Unreadable(f"{name} has no Distance")
        unit = attribute(told, "uom", "units", "unit")
        if unit is None:
            raise _Unreadable(f"the Distance of {name} has no attribute uom; 'm' is metres")
        factor = metres(unit)
        if factor is None:
            raise _Unreadable(f"'{unit[:60]}' is no unit of length that is known; there are m, km, [ft_i], deg …")
        try:
            found = float(content(told))
        except ValueError:
            found = math.nan
        if not 0 <= found * factor < math.inf:
            raise _Unreadable(f"the Distance of {name} is no number from 0: '{content(told).strip()[:40]}'")
        return found * factor

    # Time

    def _temporal(self, element: etree._Element) -> Expression:
        return call(TEMPORALS[local_name(element)], *self._operands(element, 2))

    # Values

    def _operands(self, element: etree._Element, count: int) -> list[Expression]:
        parts = [child for child in element if local_name(child) != "Distance"]
        if len(parts) != count:
            raise _Unreadable(f"{local_name(element)} takes {count} operands, not {len(parts)}")
        return [self._expression(part) for part in parts]

    def _expression(self, element: etree._Element) -> Expression:
        name = local_name(element)
        if name in _NAMES:
            return self.property(content(element).strip())
        if name == "Literal":
            return self._literal(element)
        if name == "Function" or name in ARITHMETIC:
            return self._function(element)
        if is_geometry(element):
            return geometry_from_gml(element, self._default, self._parameter)
        if is_time(element):
            return time_from_gml(element, self._parameter)
        raise _Unreadable(
            f"'{name[:60]}' is no value; there are {', '.join(_NAMES)}, Literal, Function, geometry, time"
        )

    def property(self, path: str) -> Property:
        """The field that a path names; where its feature is named, it must be this layer's."""
        found = _PATH.fullmatch(path)
        if found is None or (found["type"] and found["type"] not in self._types):
            raise _Unreadable(
                f"'{path[:80]}' is no property of '{self._layer.id}'; one is {next(iter(self._layer.fields))}"
            )
        if found["name"] == "id" and found["at"]:
            return _ID
        if found["at"]:
            raise _Unreadable(f"'{path[:80]}' is an attribute; there is @gml:id alone")
        return Property(self._geometry_field() if found["name"] == "boundedBy" else found["name"])

    def _geometry_field(self) -> str:
        if self._layer.geometry_field is None:
            raise _Unreadable(f"layer '{self._layer.id}' has no geometry")
        return self._layer.geometry_field

    def _literal(self, element: etree._Element) -> Expression:
        """A value, or an element of GML."""
        if not len(element):
            return Untyped(content(element))
        if len(element) > 1:
            raise _Unreadable(f"a Literal has {len(element)} elements")
        inner = element[0]
        if is_geometry(inner) or is_time(inner):
            return self._expression(inner)
        raise _Unreadable(f"a Literal holds '{local_name(inner)[:60]}', which is neither geometry nor time")

    def _function(self, element: etree._Element) -> Expression:
        name = attribute(element, "name") or "" if local_name(element) == "Function" else local_name(element)
        known = FUNCTIONS.get(name)
        if known is None:
            raise _Unreadable(f"there is no function '{name[:60]}'; there are {', '.join(FUNCTIONS)}")
        if self._depth >= MAX_DEPTH:
            raise _Unreadable(f"is nested deeper than {MAX_DEPTH} levels")
        self._depth += 1
        found = Call(known.op, tuple(self._operands(element, len(known.takes))))
        self._depth -= 1
        return found

    _readers: Mapping[str, Callable[["_Reader", etree._Element], Expression]] = {
        **dict.fromkeys(_LOGIC, _logic),
        "Not": _not,
        **dict.fromkeys(COMPARED, _comparison),
        "PropertyIsLike": _like,
        "PropertyIsNull": _null,
        "PropertyIsNil": _nil,
        "PropertyIsBetween": _between,
        "BBOX": _box,
        **dict.fromkeys(RELATIONS | OLD_RELATIONS, _relation),
        "DWithin": _near,
        "Beyond": _beyond,
        **dict.fromkeys(TEMPORALS, _temporal),
        **dict.fromkeys(_IDS, _ids),
    }


#: In whatever namespace.
_CONDITIONS = tuple(f"{{*}}{name}" for name in _Reader._readers if name not in _LOGIC)
_VALUES = tuple(f"{{*}}{name}" for name in ("Literal", "Function", *ARITHMETIC))
_BOUNDARIES = ("LowerBoundary", "UpperBoundary")


def _alike(element: etree._Element) -> Iterator[etree._Element]:
    """The conditions of an And or an Or, those of the same within it among them: a chain is as deep as it is long."""
    name, waiting = local_name(element), list(reversed(element))
    while waiting:
        part = waiting.pop()
        if local_name(part) == name:
            waiting.extend(reversed(part))
        else:
            yield part


def _gathered(parts: Sequence[Expression]) -> list[Expression]:
    """Alternatives; those that give one value after another to the same are one ``in``."""
    found: dict[object, list[Expression]] = {}
    for number, part in enumerate(parts):
        match part:
            case Call("=" | "in", (value, *given)) if all(map(_is_value, given)):
                found.setdefault(value, [value]).extend(given)
            case _:
                found[number] = [part]
    return [_choice(*dict.fromkeys(alternatives)) for alternatives in found.values()]


def _choice(first: Expression, *values: Expression) -> Expression:
    if len(values) < 2:
        return call("=", first, *values) if values else first
    return Call("in", (first, *values))


def _is_value(node: Expression) -> bool:
    return isinstance(node, Untyped | Literal) or (
        isinstance(node, Call) and node.op == "casei" and _is_value(node.args[0])
    )


def _pattern(text: str, element: etree._Element) -> str:
    """A pattern with the signs of its own -> one of ``like``: % for any characters, _ for one, \\ before either."""
    many, one, escape = (
        attribute(element, *names) for names in (("wildCard",), ("singleChar",), ("escapeChar", "escape"))
    )
    if not many or not one or not escape:
        raise _Unreadable("PropertyIsLike needs the attributes wildCard, singleChar and escapeChar")
    if len({many, one, escape}) < 3:
        raise _Unreadable("PropertyIsLike has one sign for two of wildCard, singleChar and escapeChar")
    signs = re.compile(
        "|".join(
            [
                f"{re.escape(escape)}(?P<kept>.)",
                f"(?P<many>{re.escape(many)})",
                f"(?P<one>{re.escape(one)})",
                r"(?P<plain>[%_\\])",
            ]
        ),
        re.DOTALL,
    )

    def like(found: re.Match[str]) -> str:
        if found["many"] or found["one"]:
            return "%" if found["many"] else "_"
        kept = found["kept"] or found["plain"]
        return f"\\{kept}" if kept in "%_\\" else kept

    return signs.sub(like, text)
