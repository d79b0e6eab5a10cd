"""Merging as a pure function: what a person has set stands, all else follows the source, and nothing is silent."""

from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.edit import Case, Row, Touched
from altaigis.domain.layer import Layer
from altaigis.etl.merging import CONFLICT, GONE, merge, merge_cases

FIELDS = ("id", "a", "b", "c")
values = st.none() | st.integers(0, 3) | st.sampled_from(["x", "y"])


@st.composite
def rows(draw: st.DrawFn) -> Row:
    return {"id": "f", **{name: draw(values) for name in FIELDS[1:]}}


@st.composite
def edited(draw: st.DrawFn) -> tuple[Touched, Row]:
    """A feature of the source that a person has changed: what is remembered of it, and what the layer shows."""
    source = draw(rows())
    changes = draw(st.dictionaries(st.sampled_from(FIELDS[1:]), values, min_size=1))
    return Touched("f", source, {name: source[name] for name in changes}), {**source, **changes}


@given(edited(), rows())
def test_what_was_set_stands_and_all_else_follows(feature: tuple[Touched, Row], ours: Row) -> None:
    touched, theirs = feature
    merged = merge(Case(touched, theirs, ours))
    assert merged.row is not None
    for name in FIELDS:
        set_by_person = name in touched.seen and theirs[name] != touched.seen[name]
        assert merged.row[name] == (theirs if set_by_person else ours)[name]
        conflict = set_by_person and ours[name] not in (touched.seen[name], theirs[name])
        assert (name in merged.conflicts) == conflict
    assert not merged.gone


@given(edited(), rows())
def test_the_next_load_of_the_same_source_says_and_makes_the_same(feature: tuple[Touched, Row], ours: Row) -> None:
    first = merge(Case(feature[0], feature[1], ours))
    if first.touched is None:
        assert first.row == ours, "what is not remembered is what the source says"
        return
    second = merge(Case(first.touched, first.row, ours))
    assert second == first


@given(edited(), st.lists(rows(), max_size=5))
def test_no_edit_is_lost_over_any_number_of_loads(feature: tuple[Touched, Row], sources: list[Row]) -> None:
    touched, shown = feature
    wanted = {name: shown[name] for name in touched.seen if shown[name] != touched.seen[name]}
    remembered: Touched | None = touched
    for ours in sources:
        if remembered is None:
            break
        merged = merge(Case(remembered, shown, ours))
        assert merged.row is not None
        for name, value in list(wanted.items()):
            assert merged.row[name] == value
            if ours[name] == value:
                del wanted[name]  # the source says it too, and is followed from now on
        remembered, shown = merged.touched, merged.row


@given(edited())
def test_a_source_that_stays_changes_nothing(feature: tuple[Touched, Row]) -> None:
    touched, theirs = feature
    merged = merge(Case(touched, theirs, touched.source))
    assert (merged.row, merged.conflicts) == (theirs, ())


@given(edited())
def test_a_feature_that_the_source_has_lost(feature: tuple[Touched, Row]) -> None:
    touched, theirs = feature
    merged = merge(Case(touched, theirs, None))
    if theirs == touched.source:
        assert (merged.row, merged.gone) == (None, False), "nobody holds it: what was set has been taken back"
    else:
        assert (merged.row, merged.gone, merged.touched) == (theirs, True, touched)


@given(rows(), rows())
def test_what_a_person_has_deleted_stays_deleted(source: Row, ours: Row) -> None:
    merged = merge(Case(Touched("f", source, dict(source)), None, ours))
    assert merged.row is None
    assert set(merged.conflicts) == {name for name in FIELDS if ours[name] != source[name]}
    assert merged.touched == Touched("f", ours, source)
    assert merge(Case(merged.touched, None, None)).row is None
    assert merge(Case(merged.touched, None, ours)).row is None, "also when it comes back"


@given(rows())
def test_what_a_person_has_inserted_stays(theirs: Row) -> None:
    touched = Touched("f", None, dict.fromkeys(FIELDS))
    merged = merge(Case(touched, theirs, None))
    assert (merged.row, merged.touched, merged.conflicts, merged.gone) == (theirs, touched, (), False)


@given(rows(), rows())
def test_a_feature_that_both_have_made(theirs: Row, ours: Row) -> None:
    merged = merge(Case(Touched("f", None, dict.fromkeys(FIELDS)), theirs, ours))
    expected = {name: ours[name] if theirs[name] is None else theirs[name] for name in FIELDS}
    assert merged.row == expected
    assert set(merged.conflicts) == {n for n in FIELDS if theirs[n] is not None and ours[n] not in (None, theirs[n])}


def test_a_field_that_the_layer_has_no_more_is_forgotten() -> None:
    theirs = {"id": "f", "a": 1, "old": 2}
    merged = merge(Case(Touched("f", {"id": "f", "a": 0, "old": 0}, {"a": 0, "old": 0}), theirs, {"id": "f", "a": 0}))
    assert (merged.row, merged.touched) == ({"id": "f", "a": 1}, Touched("f", {"id": "f", "a": 0}, {"a": 0}))


def plots(**fields: Any) -> Layer:
    """A layer of plots with these fields beside the id and the geometry."""
    text = {"ru": "Синтетический слой", "en": "A synthetic layer"}
    source = {"file": "plots.csv", "crs": "EPSG:4326", "licence": "CC0-1.0", "attribution": text}
    key, geometry = {"role": "id", "type": "text"}, {"role": "geometry", "type": "Polygon"}
    return Layer.model_validate(
        {
            **{"id": "plots", "theme": "nature", "title": text, "source": source, "editable": True},
            "fields": {"plot_id": key, **fields, "geom": geometry},
        }
    )


@pytest.fixture
def layer() -> Layer:
    return plots(
        people={"type": "integer"},
        area_km2={"type": "number", "compute": "geodesic_area_km2", "digits": 3},
        density={"type": "number", "compute": {"ratio": ["people", "area_km2"]}, "digits": 3},
    )


def plot(people: int, east: float) -> Row:
    shape = shapely.set_srid(shapely.box(84, 52, east, 52.1), 4326)
    return {
        "plot_id": "p",
        "people": people,
        "area_km2": -1.0,
        "density": -1.0,
        "geom": shapely.to_wkb(shape, hex=True, include_srid=True),
    }


def test_computed_fields_are_made_of_the_edit_and_the_new_value(layer: Layer) -> None:
    before, ours = plot(100, 84.1), plot(300, 84.1)
    theirs = plot(100, 84.2)
    case = Case(Touched("p", before, {"geom": before["geom"]}), theirs, ours)
    (merged,), findings = merge_cases(layer, {"p": 7}, [case])
    assert findings == ()
    assert merged.row is not None
    assert (merged.row["people"], merged.row["geom"]) == (300, theirs["geom"])
    assert merged.row["area_km2"] == pytest.approx(152.6, abs=1)
    assert merged.row["density"] == pytest.approx(300 / merged.row["area_km2"], rel=1e-3)


def test_findings_name_the_feature_its_place_and_both_values(layer: Layer) -> None:
    before, ours, theirs = plot(100, 84.1), plot(300, 84.3), plot(200, 84.2)
    seen = {"people": 100, "geom": before["geom"]}
    _, (people, geometry) = merge_cases(layer, {"p": 7}, [Case(Touched("p", before, seen), theirs, ours)])
    assert (people.severity, people.rule, people.row, people.fid) == ("warning", CONFLICT, 7, "p")
    assert people.message == "people: 200, which a person has set, stands; the source has changed it from 100 to 300"
    assert people.values == {"field": "people", "edited": "200", "source": "300", "source_then": "100"}
    assert people.place == pytest.approx((84.1, 52.05), abs=0.01)
    assert geometry.values["edited"].startswith("POLYGON ((84.2")
    assert "0103" not in geometry.message, "nobody reads WKB"
    _, (gone,) = merge_cases(layer, {}, [Case(Touched("p", before, seen), theirs, None)])
    assert (gone.rule, gone.row, gone.fid) == (GONE, None, "p")
    _, found = merge_cases(layer, {"p": 7}, [Case(Touched("p", before, before), None, ours)])
    assert {finding.values["field"] for finding in found} == {"people", "geom"}
    assert all("stays deleted" in finding.message for finding in found)


def test_a_feature_of_both_is_held_to_the_rules_for_single_values() -> None:
    layer = plots(
        people={"type": "integer", "range": [0, 250]},
        code={"type": "text", "pattern": "[0-9]+"},
        opened={"type": "date", "range": ["2000-01-01", None]},
        seen={"type": "datetime", "range": [None, "2025-12-31"]},
        is_wet={"type": "boolean"},
        area_km2={"type": "number", "compute": "geodesic_area_km2", "digits": 3},
        density={"type": "number", "compute": {"ratio": ["people", "area_km2"]}, "range": [0, 10]},
    )
    further = {"code": "7", "opened": "2001-02-03", "seen": "2025-12-31T16:59:59+00:00", "is_wet": None}
    before, ours = plot(100, 84.1) | further, plot(200, 84.1) | further
    good = Case(Touched("p", before, {"code": "7"}), before | {"code": "8"}, plot(100, 84.1) | further)
    _, findings = merge_cases(layer, {"p": 7}, [good])
    assert findings == ()

    # each of both was good when it came; the rules are new, and there are many more people on a smaller plot
    theirs = before | {"geom": plot(0, 84.001)["geom"], "code": "x", "opened": "1999-12-31"}
    theirs |= {"seen": "2025-12-31T17:00:00+00:00", "is_wet": True}
    edited = Case(Touched("p", before, {name: before[name] for name in ("geom", *further)}), theirs, ours)
    untouched = Case(Touched("q", before, {"code": "7"}), before, ours | {"plot_id": "q", "code": "y"})
    (merged, _), findings = merge_cases(layer, {"p": 7, "q": 8}, [edited, untouched])
    assert merged.row is not None
    assert (merged.row["people"], merged.row["code"]) == (200, "x"), "what was set stands"
    told = {finding.rule + " " + finding.message.partition(":")[0]: finding for finding in findings}
    assert sorted(told) == ["pattern code", "range density", "range opened", "range seen"]
    found = told["pattern code"]
    assert found.message == "code: must match [0-9]+, got 'x'; a person has edited the feature, and it stays"
    assert {(found.severity, found.row, found.fid) for found in findings} == {("warning", 7, "p")}
    assert found.place == pytest.approx((84.0005, 52.05), abs=0.001)


@given(st.dictionaries(st.sampled_from(["people", "code"]), values | st.floats() | st.text(max_size=3), min_size=1))
def test_a_value_that_does_not_fit_its_type_is_left_to_the_database(set_by_person: Row) -> None:
    """A layer file may give a field another type; what people had set is told by the load that cannot take it."""
    layer = plots(
        people={"type": "integer", "range": [0, 250]}, code={"type": "datetime", "range": [None, "2025-12-31"]}
    )
    before: Row = {"plot_id": "p", "people": None, "code": None, "geom": None}
    case = Case(Touched("p", before, dict.fromkeys(set_by_person)), before | set_by_person, before)
    (merged,), findings = merge_cases(layer, {"p": 1}, [case])
    assert merged.row is not None
    assert all(merged.row[name] is value for name, value in set_by_person.items())
    assert {finding.rule for finding in findings} <= {"range"}
