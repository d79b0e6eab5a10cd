"""Requests in XML."""

from collections.abc import Callable, Mapping

from altaigis.api.wfs.axes import easting_first
from altaigis.api.wfs.protocol import V10, V20, Version, known_version, negotiated, version_asked
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
from altaigis.errors import MissingParameter, ParameterError, Unreadable
from altaigis.filters.xml import content, local_name


def version_of_body(root: Element) -> Version:
    """The same of a request in XML."""
    return V20 if _namespace(root) == V20.wfs else known_version(root.get("version")) or V20


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
        raise unknown_operation(name, version_of_body(root))
    require_wfs(root.get("service", "WFS"))
    is_old = version_of_body(root) is V10
    return reader(easting_first(root) if is_old and name == "Transaction" else root)


def _capabilities(root: Element) -> Operation:
    accepted = [_text(version) for version in _below(root, "AcceptVersions", "Version")]
    sections = (_text(section) for section in _below(root, "Sections", "Section"))
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
    require_few(len(queries))
    return GetFeature(
        version,
        queries,
        is_count_asked(root.get("resultType", "results").lower()),
        count_asked(root.get("count") or root.get("maxFeatures"), version),
        whole_number("startIndex", root.get("startIndex")) or 0,
        root.get("outputFormat"),
    )


def _values(root: Element) -> Operation:
    of_newest(_version(root).number, "GetPropertyValue")
    found, reference = _features(root), root.get("valueReference")
    assert isinstance(found, GetFeature), "it is read so"
    if not reference:
        raise MissingParameter("valueReference", "is required")
    return of_values(found, reference)


def _query(element: Element) -> Query:
    names = (element.get("typeNames") or element.get("typeName") or "").replace(",", " ").split()
    keys = [
        (_text(_first(key, "ValueReference", "PropertyName")), is_descending(_text(_first(key, "SortOrder"))))
        for key in _below(element, "SortBy", "SortProperty")
    ]
    return Query(
        single_type(names, element.nsmap),
        where=_first(element, "Filter"),
        properties=property_names(_text(child) for child in _children(element, "PropertyName")),
        order=tuple(keys),
        srs_name=element.get("srsName"),
        aliases=tuple((element.get("aliases") or "").split()),
    )


def _stored_query(element: Element) -> StoredCall:
    values = {(child.get("name") or "").lower(): _text(child) for child in _children(element, "Parameter")}
    return StoredCall(element.get("id") or "", values)


_READERS: Mapping[str, Callable[[Element], Query | StoredCall]] = {"Query": _query, "StoredQuery": _stored_query}


def _stored_list(root: Element) -> Operation:
    return ListStoredQueries(of_newest(root.get("version"), "ListStoredQueries"))


def _stored(root: Element) -> Operation:
    ids = tuple(_text(child) for child in _children(root, "StoredQueryId"))
    return DescribeStoredQueries(of_newest(root.get("version"), "DescribeStoredQueries"), ids)


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
