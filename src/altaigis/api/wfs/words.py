"""Values of requests, which mean the same whichever way they are written."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from altaigis.api.wfs.protocol import OPERATIONS, V20, Version, version_asked
from altaigis.api.wfs.request import GetFeature
from altaigis.encoders.gml.versions import NAMESPACE, PREFIX
from altaigis.errors import MissingParameter, OperationNotSupported, OptionNotSupported, ParameterError

#: More features than there can be; with the one that tells of a next page a number that the database takes.
MOST = 2**31 - 2
#: Queries of one request: each of them costs the database a look of its own.
MOST_QUERIES = 20


def require_wfs(service: str) -> None:
    """Raises ParameterError: another service is asked for."""
    if service.upper() != "WFS":
        raise ParameterError("service", f"'{service[:40]}' is not offered at this address; it is WFS")


def unknown_operation(name: str, version: Version) -> OperationNotSupported:
    """The refusal of an operation that is not offered."""
    there = ", ".join(known for known, (versions, _) in OPERATIONS.items() if version in versions)
    return OperationNotSupported("request", f"'{name[:60]}' is not offered; there are {there}")


def single_type(names: list[str], scope: Mapping[str | None, str]) -> str:
    """The layer of one query.

    Raises:
        OptionNotSupported: there are several, which would be a join.
    """
    told = [name.strip() for name in names if name.strip()]
    if len(told) > 1:
        raise OptionNotSupported("typeNames", "joins of several types are not offered; ask for each: (a)(b)")
    if not told:
        raise MissingParameter("typeNames", "is empty")
    return type_named(told[0], scope, "typeNames")


def type_named(name: str, scope: Mapping[str | None, str], parameter: str) -> str:
    """The id of a layer by its qualified name.

    Raises:
        ParameterError: the prefix is unknown, or that of another namespace.
    """
    inner = re.fullmatch(r"schema-element\((.*)\)", name.strip())
    prefix, separator, local = (inner[1] if inner else name.strip()).rpartition(":")
    namespace = scope.get(prefix if separator else None, NAMESPACE if not separator else None)
    if namespace != NAMESPACE:
        raise ParameterError(
            parameter, f"'{name[:80]}' is no type that is served here; they are {PREFIX}:… ({NAMESPACE})"
        )
    return local


def is_descending(direction: str) -> bool:
    """Whether the largest comes first.

    Raises:
        ParameterError: it is no direction.
    """
    known = {"": False, "A": False, "ASC": False, "D": True, "DESC": True}
    if direction.upper() not in known:
        raise ParameterError("sortBy", f"'{direction[:40]}' is no direction; there are ASC and DESC")
    return known[direction.upper()]


def of_values(features: GetFeature, reference: str) -> GetFeature:
    """The same question for the values of a property.

    Raises:
        ParameterError: it is of several types.
    """
    if len(features.queries) != 1:
        raise ParameterError("typeNames", "values are asked for one type at a time")
    return replace(features, value_reference=reference)


def property_names(names: Iterable[str]) -> tuple[str, ...]:
    """The properties that are asked for, each once; none where all are."""
    found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    return () if "*" in found else found


def of_newest(number: str | None, operation: str) -> Version:
    """The newest version, for an operation that no other has.

    Raises:
        OperationNotSupported: another version is asked for.
    """
    if version_asked(number) is not V20:
        raise OperationNotSupported("request", f"{operation} is an operation of {V20}, not of {number}")
    return V20


def require_few(number: int) -> None:
    """Raises ParameterError: a request has too many queries."""
    if number > MOST_QUERIES:
        raise ParameterError("typeNames", f"{number} queries are too many for one request; {MOST_QUERIES} are taken")


def is_count_asked(result: str) -> bool:
    """Whether features are to be counted alone.

    Raises:
        ParameterError: it is no type of results.
    """
    if result not in ("hits", "results"):
        raise ParameterError("resultType", f"'{result[:40]}' is neither hits nor results")
    return result == "hits"


def count_asked(text: str | None, version: Version) -> int | None:
    """How many features are asked for; the older versions know no question for none.

    Raises:
        ParameterError: it is no such number.
    """
    return whole_number("count", text, least=0 if version is V20 else 1)


def whole_number(name: str, text: str | None, least: int = 0) -> int | None:
    """A number of features; None where none is told.

    Raises:
        ParameterError: it is no whole number from ``least``.
    """
    if text is None:
        return None
    found = (MOST if len(text) > 9 else int(text)) if text.isascii() and text.isdigit() else -1
    if found < least:
        raise ParameterError(name, f"'{text[:40]}' is no whole number from {least}")
    return found
