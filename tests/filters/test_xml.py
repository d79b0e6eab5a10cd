"""XML from strangers: what is read, what is forgiven, and what is refused in bounded time and memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.errors import ParameterError
from altaigis.filters.xml import DEEPEST, LARGEST, MOST_PARTS, content, local_name, parse_xml

LAUGHS = "<!DOCTYPE a [<!ENTITY b0 'ha'>" + "".join(f"<!ENTITY b{n + 1} '{f'&b{n};' * 10}'>" for n in range(9))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "is no XML"),
        (b"<a>", "is no XML at line 1"),
        (b"<a></b>", "tag mismatch"),
        (b"<a/><a/>", "Extra content"),
        (b"<a b='1' b='2'/>", "Attribute b redefined"),
        (b"<a b='1' xmlns:p='x' xmlns:p='x' b='2'/>", "Attribute b redefined"),
        (b"<a xmlns:p='x' xmlns:p='x'><b></a>", "tag mismatch"),
        (b"<a>&nothing;</a>", "Entity 'nothing' not defined"),
        (b"<a>\0</a>", "Invalid character"),
        (b"<a>\xff</a>", "is not in utf-8: byte 4"),
        (b"<a>\xd0</a>", "is not in utf-8"),
        (b"<?xml version='1.0' encoding='UTF-16'?><a/>", "is not in utf-16"),
        (b"<?xml version='1.0' encoding='cp500'?><a/>", "encoding 'cp500' is not read here"),
        (b"<?xml version='1.0' encoding='utf-7'?><a>+ADw-</a>", "encoding 'utf-7' is not read here"),
        (b"<?xml version='1.0' encoding='zlib'?><a/>", "encoding 'zlib' is not read here"),
        ("<?xml version='1.0' encoding='тест'?><a/>".encode(), "is not read here"),
        (f"{LAUGHS}]><a>&b9;</a>".encode(), "document type"),
        (f"{LAUGHS}]><a b='&b9;'/>".encode(), "document type"),
        (f"{LAUGHS}]><a>&b9;</a>".encode("utf-16"), "document type"),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "document type"),
        (b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><a/>", "document type"),
        (b"<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://127.0.0.1:1/'> %b;]><a/>", "document type"),
        (b"<a>" + b"x" * LARGEST + b"</a>", f"{LARGEST} are the most"),
        (b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), "deeper than"),
        (b"<a>" * 100_000, "is no XML"),
        (b"<a>" + b"<b/>" * MOST_PARTS + b"</a>", "elements and attributes"),
        (b"<a>" + b"<b/>" * 2_000_000 + b"</a>", "elements and attributes"),
        (b"<a " + b" ".join(b'b%d=""' % n for n in range(MOST_PARTS)) + b"/>", "elements and attributes"),
        (b"<a " + b" ".join(b'xmlns:b="u%d"' % n for n in range(99)) + b"/>", "too many namespaces"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_xml(body, "filter")
    assert told in str(caught.value)
    assert caught.value.parameter == "filter"
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "body",
    [
        "<p:a xmlns:p='u'><b>Ёлка</b></p:a>",
        "<a xmlns='u' xmlns='u'><b>Ёлка</b></a>",
        "<p:a xmlns:p='u' xmlns:p='u'><b>Ёлка</b></p:a>",
        "<p:a><p:b>Ёлка</p:b></p:a>",
        "<a xmlns:p=''><p:b>Ёлка</p:b></a>",
        "<a><!-- <b>no</b> --><b>Ёл<!-- х -->ка</b><?php exit(); ?></a>",
        "<a><b><![CDATA[Ёлка]]></b></a>",
        "<a><b>&#1025;лка</b></a>",
        "\ufeff<a><b>Ёлка</b></a>",
        "\n<a><b>Ёлка</b></a>",
    ],
)
def test_what_is_read(body: str) -> None:
    root = parse_xml(body.encode(), "filter")
    assert (local_name(root), [local_name(child) for child in root]) == ("a", ["b"])
    assert content(root[0]) == "Ёлка"


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "windows-1251", "KOI8-R"])
def test_encodings(encoding: str) -> None:
    body = f"<?xml version='1.0' encoding='{encoding}'?><a>лка</a>".encode(encoding)
    assert content(parse_xml(body, "filter")) == "лка"


@given(st.binary() | st.text("<>/abxmlns:='\"& !?[]-").map(str.encode))
def test_any_bytes_are_xml_or_an_error(body: bytes) -> None:
    refused = "filter"
    try:
        assert parse_xml(b"<a>" + body + b"</a>", "filter") is not None
    except ParameterError as error:
        refused = error.parameter
    assert refused == "filter"
