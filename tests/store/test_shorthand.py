"""Texts that travel as single characters come back as they were."""

import pytest

from altaigis.domain.extract import Form, Gml, Name, Slot, Template
from altaigis.store.shorthand import shorthand

START, PLACE, END = '<a:places id="', '<a:place srs="x" id="', "</a:places>\n"
PARTS = (
    START,
    Name.OF_FEATURE,
    '">',
    Slot(("geom",), (PLACE, Name.OF_FEATURE, '"><a:pos>'), "</a:pos></a:place>"),
    END,
)


def test_long_texts_travel_as_characters_that_no_value_has() -> None:
    short = shorthand(Form("pos", Template("gml", PARTS), between=""))
    assert isinstance(short.form.values, Template)
    start, name, kept, slot, end = short.form.values.parts
    assert (name, kept) == (Name.OF_FEATURE, '">')
    assert isinstance(slot, Slot)
    marks = [start, *(piece for piece in slot.opening if isinstance(piece, str)), slot.after, end]
    assert all(len(str(mark)) == 1 and str(mark) < " " and mark not in "\t\n\r" for mark in marks)
    assert len(set(marks)) == 5
    written = f"{start}n{kept}{slot.opening[0]}n{slot.opening[2]}1 2{slot.after}{end}"
    full = f'{START}n">{PLACE}n"><a:pos>1 2</a:pos></a:place>{END}'
    assert short.read(written.encode()) == full.encode()


def test_more_texts_than_characters() -> None:
    parts = tuple(f"<element number='{number}'/>" for number in range(100))
    short = shorthand(Form("pos", Template("gml", parts), between=""))
    assert isinstance(short.form.values, Template)
    assert short.read("".join(map(str, short.form.values.parts)).encode()) == "".join(parts).encode()


@pytest.mark.parametrize(
    "form",
    [
        Form("xy", Template("csv", PARTS)),
        Form(Gml("3.2", "EPSG:4326"), Template("gml", PARTS)),
        Form("geojson", "feature"),
    ],
)
def test_what_may_have_any_character_or_is_mostly_geometry_stays(form: Form) -> None:
    short = shorthand(form)
    assert short.form is form
    assert short.read(b"\x01") == b"\x01"
