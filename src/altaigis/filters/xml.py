"""The one way in which XML that clients send is read: bounded, and without entities, document types and network."""

import codecs
import re

from lxml import etree

from altaigis.errors import ParameterError

#: Bytes of a request or a filter, and elements and attributes in it: a geometry of as many vertices as are taken fits.
LARGEST, MOST_PARTS = 10_000_000, 200_000
#: Levels of elements in elements.
DEEPEST = 200
#: The encodings that are read. What XML says is UTF-8, unless it or its first bytes tell otherwise.
_ENCODINGS = ("utf-8", "utf-16", "ascii", "iso8859-1", "cp1251", "cp1252", "koi8-r")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([^"'>]{1,60})["']""")
#: What clients get wrong in namespaces, which nobody needs to understand them: a prefix that nobody has declared, one
#: that is declared twice (QGIS 3.44.8 to 3.44.10) or as nothing (QGIS 4.0).
_FORGIVEN = re.compile(r"Attribute xmlns(:\S*)? redefined|Namespace prefix .* not defined|xmlns:\S+: Empty XML name")
#: What libxml2 repeats behind its message.
_PLACE = re.compile(r",? line \d+, column \d+$|\s*, use XML_PARSE_HUGE option")
#: libxml2 stops to count mistakes at 100.
_MOST_FORGIVEN = 50


def parse_xml(body: bytes, parameter: str, largest: int = LARGEST, most_parts: int = MOST_PARTS) -> etree._Element:
    """The root of a document, without comments and processing instructions.

    Args:
        parameter: what the body is called where it cannot be read.
        largest: bytes that it may have.
        most_parts: elements and attributes that it may have.

    Raises:
        ParameterError: it is too large or too deep, in an encoding that is not read or against the one that it names,
            has a document type, or is no XML; names the place.
    """
    if len(body) > largest:
        raise ParameterError(parameter, f"has {len(body)} bytes; {largest} are the most")
    text = _decoded(body, parameter)
    if "<!DOCTYPE" in text:
        raise ParameterError(parameter, "has a document type (DOCTYPE), which is not read here; leave it away")
    # each of them begins with one of these, so that nothing need be made to count them
    if text.count("<") + text.count("=") > 3 * most_parts:
        raise ParameterError(parameter, f"has more than {most_parts} elements and attributes")
    root = _parsed(text.encode(), parameter)
    _require_bounds(root, parameter, most_parts)
    return root


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; clients mix those of the versions."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def attribute(element: etree._Element, *names: str) -> str | None:
    """The value of the first of these attributes that there is, in whatever namespace."""
    found = {str(name).rpartition("}")[2].rpartition(":")[2]: str(value) for name, value in element.attrib.items()}
    return next((found[name] for name in names if name in found), None)


def content(element: etree._Element) -> str:
    """The text right in an element."""
    return "".join([element.text or "", *(child.tail or "" for child in element)])


def _decoded(body: bytes, parameter: str) -> str:
    name = next((encoding for mark, encoding in _MARKS.items() if body.startswith(mark)), None)
    if name is None and (declared := _DECLARED.match(body)):
        name = declared[1].decode("ascii", "replace")
    try:
        name = codecs.lookup(name or "utf-8").name
    except (LookupError, ValueError):
        name = str(name)
    if name not in (*_ENCODINGS, "utf-8-sig"):
        raise ParameterError(parameter, f"encoding '{name[:40]}' is not read here; UTF-8 is best")
    try:
        return body.decode(name)
    except UnicodeDecodeError as error:
        raise ParameterError(parameter, f"is not in {name}: byte {error.start + 1} cannot be read") from None


def _parsed(body: bytes, parameter: str) -> etree._Element:
    try:
        return etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        if not _FORGIVEN.search(str(error)):
            raise _no_xml(error.msg, *error.position, parameter=parameter) from None
    forgiving = _parser(recover=True)
    root = etree.fromstring(body, forgiving)
    told = list(forgiving.error_log.filter_from_errors())
    for mistake in told:
        if not _FORGIVEN.search(mistake.message):
            raise _no_xml(mistake.message, mistake.line, mistake.column, parameter=parameter)
    if len(told) > _MOST_FORGIVEN:
        raise ParameterError(parameter, "has too many namespaces that are not declared, or more than once")
    return root


def _parser(*, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


def _no_xml(problem: str | None, line: int, column: int, *, parameter: str) -> ParameterError:
    told = _PLACE.sub("", (problem or "").replace("\n", ""))
    return ParameterError(parameter, f"is no XML at line {line}, column {column}: {_PLACE.sub('', told)[:200]}")


def _require_bounds(root: etree._Element, parameter: str, most_parts: int) -> None:
    parts = depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth, parts = depth + 1, parts + 1 + len(element.attrib)
        if depth > DEEPEST:
            raise ParameterError(parameter, f"is nested deeper than {DEEPEST} levels")
        if parts > most_parts:
            raise ParameterError(parameter, f"has more than {most_parts} elements and attributes")
