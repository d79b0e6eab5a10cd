"""Whatever a text holds, each format gives it back, or what it can hold of it."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from altaigis.encoders import gml, kml
from altaigis.encoders.csv import encode, encode_for_excel
from altaigis.encoders.names import unique_names
from altaigis.encoders.xml import name_parts
from encoders.rows import encoded

POINT = {"gml": '<gml:Point gml:id="_"><gml:pos>1 2</gml:pos></gml:Point>', "wkt": "POINT(1 2)"}
#: PostgreSQL's texts: all of Unicode but NUL and halves of surrogate pairs.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def in_xml(text: str) -> str:
    """What XML 1.0 can hold of a text."""
    return _FORBIDDEN.sub("\ufffd", text)


@given(TEXTS, TEXTS)
def test_csv_holds_every_text(fid: str, name: str) -> None:
    content = encoded(encode, [(fid, POINT["wkt"], name), ("z", None, None)])
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    assert rows == [["code", "lon", "lat", "name"], [fid, "1", "2", name], ["z", "", "", ""]]


@given(TEXTS)
def test_no_cell_for_excel_is_a_formula_a_number_or_a_date(name: str) -> None:
    content = encoded(encode_for_excel, [("a", None, name)]).decode("utf-8-sig")
    _, (*_, cell) = csv.reader(io.StringIO(content, newline=""), delimiter=";")
    quoted = re.fullmatch(r'="([^"=]*)"', cell)
    if quoted:
        assert quoted[1] == name
    else:
        assert cell.removeprefix("'") == name or cell == name
        assert not re.match(r"[=+\-@\t\r\n]", cell)
        assert not re.fullmatch(r"[\d.,:/\- ]*\d[\d.,:/\- ]*", cell)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+7 385", "-2+3", "@SUM(1)", "\t=1", " =1", "%1", "\n=1"])
def test_formulas_are_guarded(name: str) -> None:
    content = encoded(encode_for_excel, [("a", None, name)]).decode("utf-8-sig")
    _, (*_, cell) = csv.reader(io.StringIO(content, newline=""), delimiter=";")
    assert cell in (f"'{name}", f'="{name}"')


@pytest.mark.parametrize("name", ["01605000", "1.5", "1-2", "3/4", "12:30", "1e5", "2024-02-29", "1 000"])
def test_codes_keep_their_zeros_and_ranges_do_not_become_days(name: str) -> None:
    assert encoded(encode_for_excel, [("a", None, name)]).decode("utf-8-sig").endswith(f'"=""{name}"""\r\n')


@given(TEXTS, TEXTS)
def test_gml_holds_every_text(fid: str, name: str) -> None:
    document = etree.fromstring(encoded(gml.encode, [(fid, POINT["gml"], name)]))
    (place,) = document.iterfind("{http://www.opengis.net/wfs/2.0}member/*")
    ns = f"{{{gml.NAMESPACE}}}"
    assert (place.findtext(f"{ns}code"), place.findtext(f"{ns}name")) == (in_xml(fid), in_xml(name))
    ids = document.xpath("//@gml:id", namespaces={"gml": gml.GML})
    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9._\-]*", name) for name in ids)


@given(TEXTS)
def test_kml_holds_every_text(name: str) -> None:
    document = etree.fromstring(encoded(kml.encode, [("a", None, name)]))
    found = document.findtext(".//{*}SimpleData[@name='name']")
    assert found == in_xml(name) == document.findtext(".//{*}Placemark/{*}name")


@given(st.lists(TEXTS, unique=True, max_size=5) | st.just(["_x0041_", "A", "_x005F_x0041_"]))
def test_different_ids_have_different_names(texts: list[str]) -> None:
    assert len(set(name_parts(list(texts)))) == len(texts)


@given(st.lists(st.text("ab_", min_size=1, max_size=14), max_size=30), st.integers(5, 12))
def test_short_names_are_unique_and_short(names: list[str], longest: int) -> None:
    found = unique_names(names, longest)
    assert len(set(found)) == len(names)
    assert all(len(name) <= longest for name in found)
    if len(set(names)) == len(names) and all(len(name) <= longest for name in names) and "_" not in "".join(names):
        assert found == names


@pytest.mark.parametrize("encoder", [encode, encode_for_excel, gml.encode, kml.encode])
def test_batches_make_one_file(encoder) -> None:
    rows = [(f"f{n}", None, "name") for n in range(5)]
    whole, in_parts = encoded(encoder, rows), encoded(encoder, rows[:2], rows[2:3], rows[3:])
    stamp = re.compile(rb'timeStamp="[^"]*"')
    assert stamp.sub(b"", whole) == stamp.sub(b"", in_parts)
