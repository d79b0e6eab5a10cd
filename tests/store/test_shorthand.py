"""Texts that travel as single characters come back as they were, and nothing is taken for them that is not."""

import pytest

from altaigis.domain.extract import Form, Gml, Name, Slot, Template
from altaigis.store.shorthand import Shorthand, shorthand

PARTS = (
    '<a:places id="',
    Name.OF_FEATURE,
    '">',
    Slot(("name",), "<a:name>", "</a:name>"),
    Slot(("geom",), ('<a:place srs="x" id="', Name.OF_FEATURE, '"><a:pos>'), "</a:pos></a:place>"),
    "</a:places>\n",
)


@pytest.fixture(scope="module")
def short() -> Shorthand:
    found = shorthand(Form("pos", Template("gml", PARTS), between=""))
    assert found is not None
    return found


def written(short: Shorthand, *features: tuple[str, str | None, str | None]) -> bytes:
    """As the database does: (name in XML, name, position) of each feature."""
    assert isinstance(short.form.values, Template)
    text = ""
    for xml_name, name, position in features:
        values = {"name": name, "geom": position}
        for part in short.form.values.parts:
            if isinstance(part, Slot):
                assert not part.opening[0]
                assert not part.after
                value = values[part.fields[-1]]
                text += part.absent if value is None else value
            else:
                text += xml_name if isinstance(part, Name) else part
    return text.encode()


def test_tags_travel_as_characters_that_no_value_has(short: Shorthand) -> None:
    assert isinstance(short.form.values, Template)
    marks = [part for part in short.form.values.parts if isinstance(part, str)]
    assert all(len(mark) == 1 and mark < " " and mark not in "\t\n\r" for mark in marks)
    assert len(set(marks)) == short.marks == 5
    text = written(short, ("p.1", "Бия", "1 2"), ("p.2", "", "3 4"))
    assert (
        short.read(text, 2, 0)
        == (
            '<a:places id="p.1"><a:name>Бия</a:name><a:place srs="x" id="p.1"><a:pos>1 2</a:pos></a:place></a:places>\n'
            '<a:places id="p.2"><a:name></a:name><a:place srs="x" id="p.2"><a:pos>3 4</a:pos></a:place></a:places>\n'
        ).encode()
    )


def test_what_is_absent_has_no_element(short: Shorthand) -> None:
    text = written(short, ("p.1", None, "1 2"), ("p.2", "b", None), ("p.3", None, None))
    assert short.read(text, 3, 4) == (
        b'<a:places id="p.1"><a:place srs="x" id="p.1"><a:pos>1 2</a:pos></a:place></a:places>\n'
        b'<a:places id="p.2"><a:name>b</a:name></a:places>\n'
        b'<a:places id="p.3"></a:places>\n'
    )


def test_values_are_escaped(short: Shorthand) -> None:
    read = short.read(written(short, ("p.1", '<&> "\r\uffff', "1 2")), 1, 0)
    assert read is not None
    assert "<a:name>&lt;&amp;&gt; &quot;&#13;\ufffd</a:name>".encode() in read


@pytest.mark.parametrize("code", [1, 2, 8, 11, 14, 31])
def test_a_value_with_such_a_character_is_told(short: Shorthand, code: int) -> None:
    assert short.read(written(short, ("p.1", chr(code), "1 2")), 1, 0) is None
    assert short.read(written(short, ("p.1", f"a{chr(code)}b", None)), 1, 1) is None


def test_more_texts_than_characters() -> None:
    parts = tuple(Slot((f"v{number}",), f"<v{number}>", f"</v{number}>") for number in range(100))
    assert shorthand(Form("pos", Template("gml", parts), between="")) is None


@pytest.mark.parametrize(
    "form",
    [
        Form("xy", Template("csv", PARTS)),
        Form(Gml("3.2", "EPSG:4326"), Template("gml", PARTS)),
        Form("geojson", "feature"),
    ],
)
def test_what_may_have_any_character_or_is_mostly_geometry_stays(form: Form) -> None:
    assert shorthand(form) is None
