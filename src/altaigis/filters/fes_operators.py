"""The operators of filters in XML: one table for those who read them and for capabilities, which declare them."""

from collections.abc import Mapping
from typing import NamedTuple

#: Comparisons by their element; what each is called in the capabilities of Filter 1.1, None where it is not there.
COMPARISONS: Mapping[str, str | None] = {
    "PropertyIsEqualTo": "EqualTo",
    "PropertyIsNotEqualTo": "NotEqualTo",
    "PropertyIsLessThan": "LessThan",
    "PropertyIsGreaterThan": "GreaterThan",
    "PropertyIsLessThanOrEqualTo": "LessThanEqualTo",
    "PropertyIsGreaterThanOrEqualTo": "GreaterThanEqualTo",
    "PropertyIsLike": "Like",
    "PropertyIsNull": "NullCheck",
    "PropertyIsNil": None,
    "PropertyIsBetween": "Between",
}
COMPARED = {
    "PropertyIsEqualTo": "=",
    "PropertyIsNotEqualTo": "<>",
    "PropertyIsLessThan": "<",
    "PropertyIsGreaterThan": ">",
    "PropertyIsLessThanOrEqualTo": "<=",
    "PropertyIsGreaterThanOrEqualTo": ">=",
}
#: Relations in space by their element, and in the tree.
RELATIONS = {
    "Equals": "s_equals",
    "Disjoint": "s_disjoint",
    "Touches": "s_touches",
    "Within": "s_within",
    "Overlaps": "s_overlaps",
    "Crosses": "s_crosses",
    "Intersects": "s_intersects",
    "Contains": "s_contains",
}
SPATIALS: tuple[str, ...] = ("BBOX", *RELATIONS, "DWithin", "Beyond")
#: As Filter 1.0 calls it in its capabilities, and some of its clients in filters.
OLD_RELATIONS = {"Intersect": "s_intersects"}
#: Relations in time by their element, and in the tree; FES 2.0 alone has them.
TEMPORALS: Mapping[str, str] = {
    "After": "t_after",
    "Before": "t_before",
    "Begins": "t_starts",
    "BegunBy": "t_startedby",
    "TContains": "t_contains",
    "During": "t_during",
    "EndedBy": "t_finishedby",
    "Ends": "t_finishes",
    "TEquals": "t_equals",
    "Meets": "t_meets",
    "MetBy": "t_metby",
    "TOverlaps": "t_overlaps",
    "OverlappedBy": "t_overlappedby",
    "AnyInteracts": "t_intersects",
}


class Function(NamedTuple):
    """A function: its operator in the tree, and the XML Schema types of what it takes and gives."""

    op: str
    takes: tuple[str, ...]
    gives: str


_NUMBERS = ("xs:double", "xs:double")
FUNCTIONS: Mapping[str, Function] = {
    "lower": Function("casei", ("xs:string",), "xs:string"),
    "casei": Function("casei", ("xs:string",), "xs:string"),
    "accenti": Function("accenti", ("xs:string",), "xs:string"),
    "Add": Function("+", _NUMBERS, "xs:double"),
    "Sub": Function("-", _NUMBERS, "xs:double"),
    "Mul": Function("*", _NUMBERS, "xs:double"),
    "Div": Function("/", _NUMBERS, "xs:double"),
}
#: The functions that Filter 1.0 and 1.1 have elements of their own for.
ARITHMETIC = ("Add", "Sub", "Mul", "Div")
