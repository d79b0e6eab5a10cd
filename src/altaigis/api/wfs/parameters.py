"""Requests as parameters of an address or a form: read, and written for the pages beside."""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl, unquote_to_bytes

from lxml import etree

from altaigis.api.wfs.protocol import V20, Version, known_version, negotiated, version_asked
from altaigis.api.wfs.request import (
    DescribeFeatureType,
    DescribeStoredQueries,
    Element,
    GetCapabilities,
    GetFeature,
    ListStoredQueries,
    Operation,
    Query,
    StoredCall,
    Transaction,
)
from altaigis.api.wfs.words import (
    count_asked,
    is_count_asked,
    is_descending,
    of_newest,
    of_values,
    property_names,
    require_few,
    require_wfs,
    single_type,
    type_named,
    unknown_operation,
    whole_number,
)
from altaigis.encoders.gml.versions import NAMESPACE, PREFIX
from altaigis.errors import MissingParameter, ParameterError, Unreadable

MOST_PARAMETERS = 200
_VERSION = re.compile(rb"(?:^|&)version=([^&]{1,40})", re.IGNORECASE)
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
        """The value's parts, one for each query: ``(a)(b)``, or the whole of it; an empty part is none."""
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


def as_parameters(asked: GetFeature) -> dict[str, str] | None:
    """The same request, but for its version, count and start, as parameters of an address; None where they cannot say
    it, as of a stored query among others."""
    name = "GetFeature" if asked.value_reference is None else "GetPropertyValue"
    told: dict[str, str | None] = {
        "SERVICE": "WFS",
        "REQUEST": name,
        "RESULTTYPE": None,
        "OUTPUTFORMAT": asked.output_format,
        "VALUEREFERENCE": asked.value_reference,
    }
    queries = [query for query in asked.queries if isinstance(query, Query)]
    calls = [query for query in asked.queries if isinstance(query, StoredCall)]
    if calls and len(asked.queries) > 1:
        return None
    for call in calls:
        values = {name.upper(): value for name, value in call.values.items()}
        told = {**values, "STOREDQUERY_ID": call.id, **told}
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


#: How the newest version spells what clients send in any letters and by older names.
_KEYS = {
    name.upper(): name
    for name in (
        "service", "version", "request", "acceptVersions", "sections", "updateSequence", "namespaces", "typeNames",
        "aliases", "outputFormat", "resultType", "count", "startIndex", "propertyName", "srsName", "filter", "bbox",
        "sortBy", "resourceId", "valueReference", "storedQuery_Id",
    )
} | {"TYPENAME": "typeNames", "MAXFEATURES": "count", "FEATUREID": "resourceId"}  # fmt: skip


def version_of(text: bytes) -> Version:
    """The version that a refusal of the parameters of an address or a form is written in: what the client says as far
    as it can be understood, also where the rest cannot be."""
    found = _VERSION.search(text)
    return (found and known_version(unquote_to_bytes(found[1]).decode("ascii", "replace"))) or V20


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
            raise ParameterError(_KEYS.get(name, name[:60]), "holds a NUL character")
    service = parameters.get("SERVICE")
    if service is None:
        raise MissingParameter("service", "is required; begin with ?SERVICE=WFS&REQUEST=GetCapabilities")
    require_wfs(service)
    name = parameters.require("request")
    reader = next((read for known, read in _BY_PARAMETERS.items() if known.lower() == name.lower()), None)
    if reader is None:
        raise unknown_operation(name, known_version(parameters.get("VERSION")) or V20)
    return reader(parameters)


def _capabilities_asked(parameters: Parameters) -> Operation:
    accepted = parameters.words("ACCEPTVERSIONS")
    return GetCapabilities(
        negotiated(accepted, parameters.get("VERSION", "WMTVER")),
        frozenset(parameters.words("SECTIONS", "SECTION")),
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
        is_count_asked(result),
        count_asked(parameters.get("COUNT", "MAXFEATURES"), version),
        whole_number("startIndex", parameters.get("STARTINDEX")) or 0,
        parameters.get("OUTPUTFORMAT"),
    )


def _values_asked(parameters: Parameters) -> Operation:
    of_newest(parameters.get("VERSION"), "GetPropertyValue")
    found = _features_asked(parameters)
    assert isinstance(found, GetFeature), "it is read so"
    return of_values(found, parameters.require("valueReference"))


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
    require_few(number)
    for name, column in columns.items():
        if len(column) not in (0, 1, number):
            raise ParameterError(_SPELLED[name], f"has {len(column)} parts for {number} types")
    found = []
    for place in range(number):
        parts = {name: column[place % len(column)].strip() for name, column in columns.items() if column}
        told = {name: part for name, part in parts.items() if part}
        found.append(
            Query(
                names[place] if names else None,
                where=told.get("where"),
                box=told.get("box"),
                ids=ids,
                properties=property_names(told.get("properties", "").split(",")),
                order=tuple(_sorted_by(told.get("order", ""))),
                srs_name=told.get("srs_name"),
                aliases=tuple(told.get("aliases", "").replace(",", " ").split()),
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
    return [single_type(group.split(","), scope) for group in groups]


def _declared(parameters: Parameters) -> dict[str | None, str]:
    """Namespaces by prefix: ``xmlns(altai,urn:…)`` of 2.0 and ``xmlns(altai=urn:…)`` of 1.1."""
    found: dict[str | None, str] = {None: NAMESPACE, PREFIX: NAMESPACE}
    for told in re.findall(r"xmlns\(([^()]{1,300})\)", parameters.get("NAMESPACES", "NAMESPACE") or ""):
        prefix, separator, uri = re.sub("[=,]", "\0", told, count=1).partition("\0")
        found[prefix.strip() if separator else None] = (uri if separator else prefix).strip()
    return found


def _sorted_by(text: str) -> Iterable[tuple[str, bool]]:
    """``name,population DESC``; the direction in any letters, and as A or D, too."""
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        yield name, is_descending(direction.strip())


def _stored_list_asked(parameters: Parameters) -> Operation:
    return ListStoredQueries(of_newest(parameters.get("VERSION"), "ListStoredQueries"))


def _stored_asked(parameters: Parameters) -> Operation:
    version = of_newest(parameters.get("VERSION"), "DescribeStoredQueries")
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
