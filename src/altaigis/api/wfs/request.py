"""What clients ask, whichever way they write it: parameters of the address, a form, or XML."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from lxml import etree

from altaigis.api.wfs.axes import easting_first
from altaigis.api.wfs.protocol import V10, V20, Version, known_version, negotiated, version_asked
from altaigis.encoders.gml.versions import NAMESPACE, PREFIX
from altaigis.errors import (
    MissingParameter,
    OperationNotSupported,
    OptionNotSupported,
    ParameterError,
    Unreadable,
)
from altaigis.filters.xml import content, local_name

Element: TypeAlias = etree._Element
#: More features than there can be; with the one that tells of a next page a number that the database takes.
MOST = 2**31 - 2
#: Queries of one request: each of them costs the database a look of its own.
MOST_QUERIES = 20
MOST_PARAMETERS = 200


@dataclass(frozen=True)
class GetCapabilities:
    """``sections`` are those of the document that are wanted, in small letters; all where none is named."""

    version: Version
    sections: frozenset[str] = frozenset()
    sequence: str | None = None


@dataclass(frozen=True)
class DescribeFeatureType:
    """``types`` are layer ids; none means all."""

    version: Version
    types: tuple[str, ...] = ()
    output_format: str | None = None


@dataclass(frozen=True)
class Query:
    """Features of one type; all conditions have to hold. ``type_name`` is a layer id, None where only ids are told;
    ``order`` are property names and whether the largest comes first; ``where`` is a filter as it came; ``aliases`` are
    other names of the type in paths of properties."""

    type_name: str | None
    where: Element | str | None = field(default=None, compare=False)
    box: str | None = None
    ids: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    srs_name: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredCall:
    """A stored query with the values of its parameters, by their names in small letters."""

    id: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class GetFeature:
    """``count`` and ``start`` are of all queries together, in their order; ``value_reference`` is that of
    GetPropertyValue, which asks for the values of one property instead of features."""

    version: Version
    queries: tuple[Query | StoredCall, ...]
    is_count: bool = False
    count: int | None = None
    start: int = 0
    output_format: str | None = None
    value_reference: str | None = None


@dataclass(frozen=True)
class ListStoredQueries:
    version: Version


@dataclass(frozen=True)
class DescribeStoredQueries:
    """``ids`` are those of stored queries; none means all."""

    version: Version
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transaction:
    """``body`` is the whole request, None where it came as a form, in ``parameters`` by names in capitals."""

    version: Version
    body: Element | None = field(default=None, compare=False)
    parameters: Mapping[str, str] = field(default_factory=dict)


Operation: TypeAlias = (
    GetCapabilities | DescribeFeatureType | GetFeature | ListStoredQueries | DescribeStoredQueries | Transaction
)


#: What stands between the parts of a value; between filters, whose texts may hold brackets, an element follows.
_PARTS, _FILTERS = re.compile(r"\)\s*\("), re.compile(r"\)\s*\((?=\s*(?:<[^/]|\)|$))")


class Parameters:
    """Key and value pairs; keys in any letters, those that nobody knows unheeded, of repeated ones the first."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            self._values.setdefault(name.upper(), value)

    def get(self, *names: str) -> str | None:
        """The value under one of its names; none where it is empty."""
        return next((value for name in names if (value := self._values.get(name, "").strip())), None)

    def require(self, name: str) -> str:
        """The same.

        Raises:
            MissingParameter: there is none.
        """
        found = self.get(name.upper())
        if found is None:
            raise MissingParameter(name, "is required")
        return found

    def groups(self, *names: str) -> list[str]:
        """The value's parts, one for each query: ``(a)(b)``, or the whole of it."""
        text = self.get(*names)
        if text is None:
            return []
        if text.startswith("(") and text.endswith(")"):
            return (_FILTERS if "<" in text else _PARTS).split(text[1:-1])
        return [text]

    def words(self, *names: str) -> tuple[str, ...]:
        """The value's members, which stand with commas between them."""
        return tuple(word for group in self.groups(*names) for part in group.split(",") if (word := part.strip()))

    @property
    def all(self) -> Mapping[str, str]:
        return self._values


def pairs(text: bytes) -> list[tuple[str, str]]:
    """The parameters of an address or a form.

    Raises:
        Unreadable: they are not in UTF-8, or there are too many.
    """
    try:
        return parse_qsl(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise Unreadable("request", "the parameters are not in UTF-8") from None
    except ValueError:
        raise Unreadable("request", f"there are more than {MOST_PARAMETERS} parameters") from None


def as_parameters(asked: GetFeature) -> dict[str, str]:
    """The same request, but for its version, count and start, as parameters of an address."""
    name = "GetFeature" if asked.value_reference is None else "GetPropertyValue"
    told = {"REQUEST": name, "OUTPUTFORMAT": asked.output_format, "VALUEREFERENCE": asked.value_reference}
    for query in asked.queries:
        if isinstance(query, StoredCall):
            told |= {"STOREDQUERY_ID": query.id, **{name.upper(): value for name, value in query.values.items()}}
    queries = [query for query in asked.queries if isinstance(query, Query)]
    columns = {
        "TYPENAMES": [f"{PREFIX}:{query.type_name}" for query in queries if query.type_name],
        "FILTER": [_as_text(query.where) for query in queries],
        "PROPERTYNAME": [",".join(query.properties) or "*" for query in queries],
        "SORTBY": [
            ",".join(f"{name} {'DESC' if falls else 'ASC'}" for name, falls in query.order) for query in queries
        ],
        "SRSNAME": [query.srs_name or "" for query in queries],
        "ALIASES": [",".join(query.aliases) for query in queries],
    }
    for name, column in columns.items():
        if any(column) and set(column) != {"*"}:
            told[name] = column[0] if len(column) == 1 else "".join(f"({part})" for part in column)
    return {name: value for name, value in told.items() if value}


_DIRECTIONS = ("ASC", "DESC")


def _as_text(where: Element | str | None) -> str:
    if where is None or isinstance(where, str):
        return where or ""
    # Brackets in it must not look like those around it
    written = str(etree.tostring(where, encoding="unicode", with_tail=False))
    return written.replace("(", "&#40;").replace(")", "&#41;")


def version_of(parameters: Parameters) -> Version:
    """The version that a refusal is written in: what the client says as far as it can be understood."""
    return known_version(parameters.get("VERSION")) or V20


def version_of_body(root: Element) -> Version:
    """The same of a request in XML."""
    return V20 if _namespace(root) == V20.wfs else known_version(root.get("version")) or V20


def read_parameters(parameters: Parameters) -> Operation:
    """The operation that the parameters ask for.

    Raises:
        MissingParameter, OperationNotSupported, OptionNotSupported, ParameterError: naming the parameter.
    """
    if not parameters.all:
        # somebody looks what is there
        return GetCapabilities(V20)
    for name, value in parameters.all.items():
        if "\0" in value:
            raise ParameterError(name[:60], "holds a NUL character")
    service = parameters.get("SERVICE")
    if service is None:
        raise MissingParameter("service", "is required; begin with ?SERVICE=WFS&REQUEST=GetCapabilities")
    _require_wfs(service)
    name = parameters.require("request")
    reader = next((read for known, read in _BY_PARAMETERS.items() if known.lower() == name.lower()), None)
    if reader is None:
        raise _unknown(name)
    return reader(parameters)


def read_body(root: Element) -> Operation:
    """The operation that a request in XML asks for.

    Raises:
        Unreadable, OperationNotSupported, OptionNotSupported, ParameterError: naming what is wrong.
    """
    name, namespace = local_name(root), _namespace(root)
    if namespace not in (V20.wfs, V10.wfs, None):
        raise Unreadable("request", f"{name[:60]} of {namespace[:100]} is no request of WFS")
    reader = _BY_BODY.get(name)
    if reader is None:
        raise _unknown(name)
    _require_wfs(root.get("service", "WFS"))
    return reader(easting_first(root) if version_of_body(root) is V10 else root)


def _require_wfs(service: str) -> None:
    if service.upper() != "WFS":
        raise ParameterError("service", f"'{service[:40]}' is not offered at this address; it is WFS")


def _unknown(name: str) -> OperationNotSupported:
    return OperationNotSupported("request", f"'{name[:60]}' is not offered; there are {', '.join(_BY_BODY)}")


# Parameters


def _capabilities_asked(parameters: Parameters) -> Operation:
    accepted = parameters.words("ACCEPTVERSIONS")
    return GetCapabilities(
        negotiated(accepted, parameters.get("VERSION", "WMTVER")),
        frozenset(word.lower() for word in parameters.words("SECTIONS", "SECTION")),
        parameters.get("UPDATESEQUENCE"),
    )


def _description_asked(parameters: Parameters) -> Operation:
    scope = _declared(parameters)
    names = parameters.words("TYPENAMES", "TYPENAME")
    return DescribeFeatureType(
        version_asked(parameters.get("VERSION")),
        tuple(dict.fromkeys(type_named(name, scope, "typeNames") for name in names)),
        parameters.get("OUTPUTFORMAT"),
    )


def _features_asked(parameters: Parameters) -> Operation:
    version = version_asked(parameters.get("VERSION"))
    result = (parameters.get("RESULTTYPE") or "results").lower()
    return GetFeature(
        version,
        _queries_asked(parameters, version),
        _is_count(result),
        _whole("count", parameters.get("COUNT", "MAXFEATURES")),
        _whole("startIndex", parameters.get("STARTINDEX")) or 0,
        parameters.get("OUTPUTFORMAT"),
    )


def _values_asked(parameters: Parameters) -> Operation:
    found = _features_asked(parameters)
    assert isinstance(found, GetFeature), "it is read so"
    return _of_values(found, parameters.require("valueReference"))


def _queries_asked(parameters: Parameters, version: Version) -> tuple[Query | StoredCall, ...]:
    stored = parameters.get("STOREDQUERY_ID", "STOREDQUERYID")
    if stored is not None:
        return (StoredCall(stored, {name.lower(): value for name, value in parameters.all.items()}),)
    names = _types_asked(parameters, version)
    ids = parameters.words("RESOURCEID", "FEATUREID")
    if not names and not ids:
        raise MissingParameter("typeNames", "is required where neither a stored query nor ids are asked for")
    columns: dict[str, list[str]] = {
        "where": parameters.groups("FILTER"),
        "properties": parameters.groups("PROPERTYNAME"),
        "order": parameters.groups("SORTBY"),
        "srs_name": parameters.groups("SRSNAME"),
        "box": parameters.groups("BBOX"),
        "aliases": parameters.groups("ALIASES"),
    }
    number = max(len(names), 1)
    _require_few(number)
    for name, column in columns.items():
        if len(column) not in (0, 1, number):
            raise ParameterError(_SPELLED[name], f"has {len(column)} parts for {number} types")
    found = []
    for place in range(number):
        told = {name: column[place % len(column)] for name, column in columns.items() if column}
        found.append(
            Query(
                names[place] if names else None,
                where=told.get("where"),
                box=told.get("box"),
                ids=ids,
                properties=_properties(told.get("properties", "").split(",")),
                order=tuple(_sorted_by(told.get("order", ""))),
                srs_name=told.get("srs_name"),
                aliases=tuple(filter(None, [told.get("aliases")])),
            )
        )
    return tuple(found)


_SPELLED = {
    "where": "filter", "properties": "propertyName", "order": "sortBy", "srs_name": "srsName", "box": "bbox",
    "aliases": "aliases",
}  # fmt: skip


def _types_asked(parameters: Parameters, version: Version) -> list[str]:
    """One type for each query: ``(a)(b)``, and in the versions before joins a list too."""
    scope, groups = _declared(parameters), parameters.groups("TYPENAMES", "TYPENAME")
    if version is not V20:
        groups = [name for group in groups for name in group.split(",")]
    return [_single(group.split(","), scope) for group in groups]


def _single(names: list[str], scope: Mapping[str | None, str]) -> str:
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


def _declared(parameters: Parameters) -> dict[str | None, str]:
    """Namespaces by prefix: ``xmlns(altai,urn:…)`` of 2.0 and ``xmlns(altai=urn:…)`` of 1.1."""
    found: dict[str | None, str] = {None: NAMESPACE, PREFIX: NAMESPACE}
    for told in re.findall(r"xmlns\(([^()]{1,300})\)", parameters.get("NAMESPACES", "NAMESPACE") or ""):
        prefix, separator, uri = re.sub("[=,]", "\0", told, count=1).partition("\0")
        found[prefix.strip() if separator else None] = (uri if separator else prefix).strip()
    return found


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


def _sorted_by(text: str) -> Iterable[tuple[str, bool]]:
    """``name,population DESC``; the direction in any letters, and as A or D, too."""
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        yield name, _is_descending(direction.strip())


def _is_descending(direction: str) -> bool:
    known = {"": False, "A": False, "ASC": False, "D": True, "DESC": True}
    if direction.upper() not in known:
        raise ParameterError("sortBy", f"'{direction[:40]}' is no direction; there are ASC and DESC")
    return known[direction.upper()]


def _stored_list_asked(parameters: Parameters) -> Operation:
    return ListStoredQueries(_newest(parameters.get("VERSION"), "ListStoredQueries"))


def _stored_asked(parameters: Parameters) -> Operation:
    version = _newest(parameters.get("VERSION"), "DescribeStoredQueries")
    return DescribeStoredQueries(version, parameters.words("STOREDQUERY_ID", "STOREDQUERYID"))


def _transaction_asked(parameters: Parameters) -> Operation:
    return Transaction(version_asked(parameters.get("VERSION")), parameters=parameters.all)


_BY_PARAMETERS: Mapping[str, Callable[[Parameters], Operation]] = {
    "GetCapabilities": _capabilities_asked,
    "DescribeFeatureType": _description_asked,
    "GetFeature": _features_asked,
    "GetPropertyValue": _values_asked,
    "ListStoredQueries": _stored_list_asked,
    "DescribeStoredQueries": _stored_asked,
    "Transaction": _transaction_asked,
}


# XML


def _capabilities(root: Element) -> Operation:
    accepted = [_text(version) for version in _below(root, "AcceptVersions", "Version")]
    sections = (_text(section).lower() for section in _below(root, "Sections", "Section"))
    version = negotiated(accepted, root.get("version") or (V20.number if version_of_body(root) is V20 else None))
    return GetCapabilities(version, frozenset(sections), root.get("updateSequence"))


def _description(root: Element) -> Operation:
    names = (type_named(_text(child), child.nsmap, "typeName") for child in _children(root, "TypeName"))
    return DescribeFeatureType(_version(root), tuple(dict.fromkeys(names)), root.get("outputFormat"))


def _features(root: Element) -> Operation:
    version = _version(root)
    queries = tuple(_READERS[name](child) for child in root if (name := local_name(child)) in _READERS)
    if not queries:
        raise MissingParameter("Query", "the request has neither a Query nor a StoredQuery")
    _require_few(len(queries))
    return GetFeature(
        version,
        queries,
        _is_count(root.get("resultType", "results").lower()),
        _whole("count", root.get("count") or root.get("maxFeatures")),
        _whole("startIndex", root.get("startIndex")) or 0,
        root.get("outputFormat"),
    )


def _values(root: Element) -> Operation:
    found, reference = _features(root), root.get("valueReference")
    assert isinstance(found, GetFeature), "it is read so"
    if not reference:
        raise MissingParameter("valueReference", "is required")
    return _of_values(found, reference)


def _query(element: Element) -> Query:
    names = (element.get("typeNames") or element.get("typeName") or "").replace(",", " ").split()
    keys = [
        (_text(_first(key, "ValueReference", "PropertyName")), _is_descending(_text(_first(key, "SortOrder"))))
        for key in _below(element, "SortBy", "SortProperty")
    ]
    return Query(
        _single(names, element.nsmap),
        where=_first(element, "Filter"),
        properties=_properties(_text(child) for child in _children(element, "PropertyName")),
        order=tuple(keys),
        srs_name=element.get("srsName"),
        aliases=tuple((element.get("aliases") or "").split()),
    )


def _stored_query(element: Element) -> StoredCall:
    values = {(child.get("name") or "").lower(): _text(child) for child in _children(element, "Parameter")}
    return StoredCall(element.get("id") or "", values)


_READERS: Mapping[str, Callable[[Element], Query | StoredCall]] = {"Query": _query, "StoredQuery": _stored_query}


def _stored_list(root: Element) -> Operation:
    return ListStoredQueries(_newest(root.get("version"), "ListStoredQueries"))


def _stored(root: Element) -> Operation:
    ids = tuple(_text(child) for child in _children(root, "StoredQueryId"))
    return DescribeStoredQueries(_newest(root.get("version"), "DescribeStoredQueries"), ids)


def _transaction(root: Element) -> Operation:
    return Transaction(_version(root), root)


_BY_BODY: Mapping[str, Callable[[Element], Operation]] = {
    "GetCapabilities": _capabilities,
    "DescribeFeatureType": _description,
    "GetFeature": _features,
    "GetPropertyValue": _values,
    "ListStoredQueries": _stored_list,
    "DescribeStoredQueries": _stored,
    "Transaction": _transaction,
}


def _version(root: Element) -> Version:
    """The version that a request in XML is written in: its namespace tells the newest from the others."""
    if _namespace(root) == V20.wfs:
        found = version_asked(root.get("version"))
        if found is not V20:
            raise ParameterError("version", f"{found} has another namespace than {V20.wfs}")
        return V20
    return version_asked(root.get("version", "1.1.0"))


def _children(element: Element, *names: str) -> list[Element]:
    return [child for child in element if local_name(child) in names]


def _below(element: Element, outer: str, inner: str) -> list[Element]:
    return [child for parent in _children(element, outer) for child in _children(parent, inner)]


def _first(element: Element, *names: str) -> Element | None:
    return next(iter(_children(element, *names)), None)


def _text(element: Element | None) -> str:
    return "" if element is None else content(element).strip()


def _namespace(root: Element) -> str | None:
    return str(root.tag)[1:].partition("}")[0] if str(root.tag).startswith("{") else None


# Both


def _of_values(features: GetFeature, reference: str) -> GetFeature:
    if len(features.queries) != 1:
        raise ParameterError("typeNames", "values are asked for one type at a time")
    told: dict[str, Any] = {name: getattr(features, name) for name in GetFeature.__dataclass_fields__}
    return GetFeature(**{**told, "value_reference": reference})


def _properties(names: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    return () if "*" in found else found


def _newest(number: str | None, operation: str) -> Version:
    if version_asked(number) is not V20:
        raise OperationNotSupported("request", f"{operation} is an operation of {V20}, not of {number}")
    return V20


def _require_few(number: int) -> None:
    if number > MOST_QUERIES:
        raise ParameterError("typeNames", f"{number} queries are too many for one request; {MOST_QUERIES} are taken")


def _is_count(result: str) -> bool:
    if result not in ("hits", "results"):
        raise ParameterError("resultType", f"'{result[:40]}' is neither hits nor results")
    return result == "hits"


def _whole(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ParameterError(name, f"'{text[:40]}' is no whole number from 0")
    return MOST if len(text) > 9 else int(text)
