"""Whatever a text holds, each format gives it back, or what it can hold of it; and PostgreSQL quotes it, to the byte,
as the libraries of Python do."""

import csv
import io
import re
import unicodedata
from xml.sax.saxutils import escape as library_escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from altaigis.domain.crs import Crs
from altaigis.encoders import kml
from altaigis.encoders.csv import EXCEL
from altaigis.encoders.csv import FORMAT as CSV
from altaigis.encoders.gml import file as gml
from altaigis.encoders.gml.versions import GML32, NAMESPACE
from altaigis.encoders.names import unique_names
from altaigis.encoders.xml import escape
from altaigis.store.quoting import ZEROS
from encoders.rows import Writer, write

__all__ = ["write"]
POINT = "SRID=4326;POINT(1 2.5)"
#: PostgreSQL's texts: all of Unicode but NUL and halves of surrogate pairs; often what one of the formats minds.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1) | st.text(
    "=+-@|%\t\r\n\x01\x1f\x85\xa0 &<>\"';,.:/0123eE\u0660\uff11\U0001d7ce_xйЁ№😀\ufffe\uffff", min_size=1, max_size=12
)
SETTINGS = settings(max_examples=200)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
NASTY = [
    "Бийск", "😀", '"', '""', "a,b", "a;b", "a\nb", "a\r\nb", "\r", "'", "&amp;", "<b>", "]]>", "\x01", "\x1f", "\x7f",
    "\x85", "\ufffe", "\U0001fffe", " ", "\t", "\\", "%s", "{}", ":name", "01605000", "1.5", "1-2", "1e5", "=1+1",
    " =1", "5" * 249, "5" * 250, "5\n5",
]  # fmt: skip


def in_xml(text: str) -> str:
    """What XML 1.0 can hold of a text."""
    return _FORBIDDEN.sub("\ufffd", text)


def by_library(delimiter: str, *cells: str | None) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerow(cells)
    return text.getvalue()


def literal(text: str) -> str:
    """A text that a spreadsheet shows as it is."""
    number_like = re.compile(r"[\d\s.,:/\-+]*\d[\d\s.,:/\-+]*(e[+-]?\d+)?", re.IGNORECASE)
    if number_like.fullmatch(text) and len(text) < 250 and "\n" not in text and "\r" not in text:
        return f'="{text}"'
    return f"'{text}" if re.match(r"\s*[=+\-@|%]|[\t\r\n]", text) else text


def test_the_digits_are_those_of_unicode() -> None:
    digits = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Nd"}
    known = {chr(zero + digit) for zero in ZEROS for digit in range(10)}
    assert known <= digits
    assert unicodedata.unidata_version != "14.0.0" or known == digits


@SETTINGS
@given(fid=TEXTS, name=TEXTS)
def test_csv_holds_every_text(write: Writer, fid: str, name: str) -> None:
    content = write(CSV, [(fid, POINT, name)]).decode()
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows == [["code", "lon", "lat", "name"], [fid, "1", "2.5", name]]
    assert content == "code,lon,lat,name\r\n" + by_library(",", fid, "1", "2.5", name)


@SETTINGS
@given(fid=TEXTS, name=TEXTS)
def test_excel_gets_every_text_as_a_text(write: Writer, fid: str, name: str) -> None:
    content = write(EXCEL, [(fid, POINT, name)]).decode("utf-8-sig")
    expected = by_library(";", literal(fid), "1", "2,5", literal(name))
    assert content == "code;lon;lat;name\r\n" + expected


@pytest.mark.parametrize("text", NASTY)
def test_every_format_quotes_what_is_hard(write: Writer, text: str) -> None:
    rows = [("a", POINT, text)]
    assert write(CSV, rows).decode().partition("\r\n")[2] == by_library(",", "a", "1", "2.5", text)
    assert write(EXCEL, rows).decode("utf-8-sig").partition("\r\n")[2] == by_library(
        ";", "a", "1", "2,5", literal(text)
    )
    assert f"<altai:name>{escape(text)}</altai:name>" in write(gml.FORMAT, rows).decode()
    assert f'<SimpleData name="name">{escape(text)}</SimpleData>' in write(kml.FORMAT, rows).decode()


@given(TEXTS)
def test_our_own_texts_are_escaped_as_the_library_does(text: str) -> None:
    assert escape(text) == library_escape(in_xml(text), {'"': "&quot;", "\r": "&#13;"})


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+7 385", "-2+3", "@SUM(1)", "\t=1", " =1", "%1", "\n=1"])
def test_formulas_are_guarded(write: Writer, name: str) -> None:
    content = write(EXCEL, [("a", None, name)]).decode("utf-8-sig")
    _, (*_, cell) = csv.reader(io.StringIO(content, newline=""), delimiter=";")
    assert cell in (f"'{name}", f'="{name}"')


@pytest.mark.parametrize("name", ["01605000", "1.5", "1-2", "3/4", "12:30", "1e5", "2024-02-29", "1 000", "٣٤", "１２"])
def test_codes_keep_their_zeros_and_ranges_do_not_become_days(write: Writer, name: str) -> None:
    assert write(EXCEL, [("a", None, name)]).decode("utf-8-sig").endswith(f'"=""{name}"""\r\n')


def test_the_place_of_what_is_no_point(write: Writer) -> None:
    rows = [("a", "SRID=4326;LINESTRING(1 2,3 4)", "x"), ("b", "SRID=4326;LINESTRING EMPTY", None), ("c", None, "y")]
    lines = write(CSV, rows, shape="LineString").decode().splitlines()
    assert lines == ["code,WKT,name", 'a,"LINESTRING(1 2,3 4)",x', "b,LINESTRING EMPTY,", "c,,y"]
    assert write(EXCEL, rows, shape="LineString").decode("utf-8-sig").splitlines() == ["code;name", "a;x", "b;", "c;y"]
    assert write(CSV, [("a", "SRID=4326;POINT EMPTY", "x")]).decode().splitlines()[1] == "a,,,x"
    nothing = [("a", None, None), ("b", None, "")]
    assert write(CSV, nothing).decode().splitlines()[1:] == ["a,,,", "b,,,"]
    assert write(EXCEL, nothing).decode().splitlines()[1:] == ["a;;;", "b;;;"]
    assert write(CSV, [("a", POINT, "x")], geometry=False, properties=()).decode().splitlines() == ["code", "a"]


@SETTINGS
@given(fid=TEXTS, name=TEXTS)
def test_gml_holds_every_text(write: Writer, fid: str, name: str) -> None:
    document = etree.fromstring(write(gml.FORMAT, [(fid, POINT, name), ("", None, "")]))
    other, place = document.iterfind("{http://www.opengis.net/wfs/2.0}member/*")
    ns = f"{{{NAMESPACE}}}"
    assert (place.findtext(f"{ns}code"), place.findtext(f"{ns}name")) == (in_xml(fid), in_xml(name))
    assert (other.findtext(f"{ns}name"), other.find(f"{ns}geom")) == ("", None)
    ids = document.xpath("//@gml:id", namespaces={"gml": GML32.namespace})
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9._\-]*", name) for name in ids)
    assert ids[2] == f"{ids[1]}.g"


def test_a_point_in_gml_is_in_the_order_of_its_crs(write: Writer) -> None:
    rows = [("a", "SRID=4326;POINT(83.123456789 -1e-9)", None), ("b", "SRID=4326;POINT EMPTY", None)]
    text = write(gml.FORMAT, rows).decode()
    srs = 'srsName="urn:ogc:def:crs:OGC:1.3:CRS84"'
    point = f'<gml:Point {srs} gml:id="places.a.g"><gml:pos srsDimension="2">83.1234568 -1e-9</gml:pos></gml:Point>'
    assert f"<altai:geom>{point}</altai:geom>" in text
    assert text.count("<altai:geom>") == 1
    northing_first = write(gml.FORMAT, rows, crs=Crs.parse("http://www.opengis.net/def/crs/EPSG/0/4326")).decode()
    assert '<gml:pos srsDimension="2">-1e-9 83.1234568</gml:pos>' in northing_first


def test_each_part_of_a_geometry_has_an_id(write: Writer) -> None:
    rows = [("a№ 5", "SRID=4326;MULTIPOINT(1 2,3 4)", "x"), ("b", "SRID=4326;MULTIPOINT(1 2)", None), ("c", None, None)]
    document = etree.fromstring(write(gml.FORMAT, rows, shape="MultiPoint"))
    five = "places.a_x2116__x0020_5"
    ids = [five, f"{five}.g", f"{five}.g.1", f"{five}.g.2", "places.b", "places.b.g", "places.b.g.1", "places.c"]
    assert document.xpath("//@gml:id", namespaces={"gml": GML32.namespace}) == ids
    shapes = document.findall(".//{*}MultiPoint")
    assert [shape.get("srsName") for shape in shapes] == ["urn:ogc:def:crs:OGC:1.3:CRS84"] * 2
    assert len(document.xpath("//@srsName")) == 2


@SETTINGS
@given(name=TEXTS)
def test_kml_holds_every_text(write: Writer, name: str) -> None:
    document = etree.fromstring(write(kml.FORMAT, [("a", None, name)]))
    found = document.findtext(".//{*}SimpleData[@name='name']")
    assert found == in_xml(name) == document.findtext(".//{*}Placemark/{*}name")


@pytest.mark.parametrize("name", ["", None])
def test_a_placemark_without_a_title_is_called_by_its_id(write: Writer, name: str | None) -> None:
    assert b"<name>a&amp;b</name>" in write(kml.FORMAT, [("a&b", None, name)])
    assert b"<name>a&amp;b</name>" in write(kml.FORMAT, [("a&b", None, "told by none")], properties=())


@SETTINGS
@given(texts=st.lists(TEXTS, unique=True, min_size=1, max_size=5) | st.just(["_x0041_", "A", "_x005F_x0041_"]))
def test_different_ids_have_different_names(write: Writer, texts: list[str]) -> None:
    content = write(kml.FORMAT, [(text, None, None) for text in texts]).decode()
    names = re.findall('<Placemark id="places.([^"]*)"', content)
    special = re.compile(r"[^A-Za-z0-9.\-_]|_(?=x[0-9A-F]{4,6}_)")
    expected = {special.sub(lambda found: f"_x{ord(found[0]):04X}_", text) for text in texts}
    assert len(expected) == len(texts)
    assert set(names) == expected


@given(st.lists(st.text("ab_", min_size=1, max_size=14), max_size=30), st.integers(5, 12))
def test_short_names_are_unique_and_short(names: list[str], longest: int) -> None:
    found = unique_names(names, longest)
    assert len(set(found)) == len(names)
    assert all(len(name) <= longest for name in found)
    if len(set(names)) == len(names) and all(len(name) <= longest for name in names) and "_" not in "".join(names):
        assert found == names


@pytest.mark.parametrize("form", [CSV, EXCEL, gml.FORMAT, kml.FORMAT])
def test_batches_make_one_file(write: Writer, form) -> None:
    rows = [(f"f{n}", None, "name") for n in range(5)]
    whole, in_parts = write(form, rows), write(form, rows[:2], rows[2:3], rows[3:])
    stamp = re.compile(rb'timeStamp="[^"]*"')
    assert stamp.sub(b"", whole) == stamp.sub(b"", in_parts)
