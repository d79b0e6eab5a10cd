"""Merging as a pure function: what a person has set stands, all else follows the source, and nothing is silent."""

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.edit import Case, Row, Touched
from altaigis.domain.layer import Layer
from altaigis.etl.merging import CONFLICT, GONE, merge, merge_cases
from altaigis.etl.upstream import Upstream

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


class Layers(Upstream):
    """Other layers as they are loaded, by their id."""

    def __init__(self, **layers: gpd.GeoDataFrame) -> None:
        object.__setattr__(self, "layers", layers)

    def features(self, layer: str, fields: Collection[str] | None = None) -> gpd.GeoDataFrame:  # noqa: ARG002 - all
        found: gpd.GeoDataFrame = self.layers[layer]  # type: ignore[attr-defined]
        return found


NO_LAYERS = Layers()


def incoming(layer: Layer, rows: dict[str, int], **columns: list[Any]) -> gpd.GeoDataFrame:
    """What the source says, by the rows of its features."""
    values = {layer.id_field: list(rows), **columns, "geom": [shapely.box(84, 52, 84.1, 52.1)] * len(rows)}
    return gpd.GeoDataFrame(values, index=list(rows.values()), geometry="geom", crs="EPSG:4326")


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
    (merged,), findings = merge_cases(layer, incoming(layer, {"p": 7}), NO_LAYERS, [case])
    assert findings == ()
    assert merged.row is not None
    assert (merged.row["people"], merged.row["geom"]) == (300, theirs["geom"])
    assert merged.row["area_km2"] == pytest.approx(152.6, abs=1)
    assert merged.row["density"] == pytest.approx(300 / merged.row["area_km2"], rel=1e-3)


def test_findings_name_the_feature_its_place_and_both_values(layer: Layer) -> None:
    before, ours, theirs = plot(100, 84.1), plot(300, 84.3), plot(200, 84.2)
    seen = {"people": 100, "geom": before["geom"]}
    _, (people, geometry) = merge_cases(
        layer, incoming(layer, {"p": 7}), NO_LAYERS, [Case(Touched("p", before, seen), theirs, ours)]
    )
    assert (people.severity, people.rule, people.row, people.fid) == ("warning", CONFLICT, 7, "p")
    assert people.message == "people: 200, which a person has set, stands; the source has changed it from 100 to 300"
    assert people.values == {"field": "people", "edited": "200", "source": "300", "source_then": "100"}
    assert people.place == pytest.approx((84.1, 52.05), abs=0.01)
    assert geometry.values["edited"].startswith("POLYGON ((84.2")
    assert "0103" not in geometry.message, "nobody reads WKB"
    _, (gone,) = merge_cases(layer, incoming(layer, {}), NO_LAYERS, [Case(Touched("p", before, seen), theirs, None)])
    assert (gone.rule, gone.row, gone.fid) == (GONE, None, "p")
    _, found = merge_cases(
        layer, incoming(layer, {"p": 7}), NO_LAYERS, [Case(Touched("p", before, before), None, ours)]
    )
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
    _, findings = merge_cases(layer, incoming(layer, {"p": 7}), NO_LAYERS, [good])
    assert findings == ()

    # each of both was good when it came; the rules are new, and there are many more people on a smaller plot
    theirs = before | {"geom": plot(0, 84.001)["geom"], "code": "x", "opened": "1999-12-31"}
    theirs |= {"seen": "2025-12-31T17:00:00+00:00", "is_wet": True}
    edited = Case(Touched("p", before, {name: before[name] for name in ("geom", *further)}), theirs, ours)
    untouched = Case(Touched("q", before, {"code": "7"}), before, ours | {"plot_id": "q", "code": "y"})
    (merged, _), findings = merge_cases(layer, incoming(layer, {"p": 7, "q": 8}), NO_LAYERS, [edited, untouched])
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
    (merged,), findings = merge_cases(layer, incoming(layer, {"p": 1}), NO_LAYERS, [case])
    assert merged.row is not None
    assert all(merged.row[name] is value for name, value in set_by_person.items())
    assert {finding.rule for finding in findings} <= {"range"}


CODED = {"code": {"type": "text", "unique": True}, "district": {"type": "text"}, "number": {"type": "integer"}}


def coded(fid: str, code: str | None, **further: Any) -> Row:
    return {"plot_id": fid, "code": code, "district": None, "number": None, "geom": None} | further


def held(fid: str, before: Row, ours: Row, **edits: Any) -> Case:
    """A feature that a person has edited, and what the source says of it now."""
    return Case(Touched(fid, before, {name: before[name] for name in edits}), before | edits, ours)


def test_a_row_of_the_source_does_not_take_the_unique_value_that_a_person_has_given() -> None:
    layer = plots(**CODED)
    case = held("p", coded("p", "1"), coded("p", "1"), code="2")
    columns = {"code": ["1", "2", "3"], "district": [None] * 3, "number": [1, 2, None]}
    rows = incoming(layer, {"p": 1, "q": 2, "r": 3}, **columns)
    (merged,), (found,) = merge_cases(layer, rows, NO_LAYERS, [case])
    assert merged.row == case.theirs
    assert (found.severity, found.rule, found.row, found.fid) == ("error", "unique", 2, "q")
    assert found.message == "code '2' stands in a feature that a person has edited, and which stays"
    assert found.values == {"plot_id": "q", "code": "2", "district": None, "number": "2.0"}
    assert found.place == pytest.approx((84.05, 52.05))


def test_what_a_person_has_deleted_is_not_refused_too() -> None:
    layer = plots(**CODED)
    gone = Case(Touched("q", coded("q", "2"), coded("q", "2")), None, coded("q", "2"))
    rows = incoming(layer, {"p": 1, "q": 2}, code=["1", "2"], district=[None, None], number=[None, None])
    _, found = merge_cases(layer, rows, NO_LAYERS, [held("p", coded("p", "1"), coded("p", "1"), code="2"), gone])
    assert found == ()


def test_of_two_edited_features_the_one_whose_value_the_source_has_changed_gives_way() -> None:
    layer = plots(**CODED)
    first = held("p", coded("p", "1"), coded("p", "1"), code="2")
    # the source gives q the code of p, and r the code that q would have left
    second = held("q", coded("q", "3"), coded("q", "2", number=5), district="d")
    third = held("r", coded("r", "4"), coded("r", "3"), district="d")
    rows = incoming(layer, {"p": 1, "q": 2, "r": 3}, code=["1", "2", "3"], district=[None] * 3, number=[None] * 3)
    done, found = merge_cases(layer, rows, NO_LAYERS, [first, second, third])
    assert [merged.row["code"] for merged in done if merged.row] == ["2", "3", "4"]
    assert done[1].row == coded("q", "3", district="d", number=5), "all else follows the source"
    assert {(f.severity, f.rule, f.fid, f.row) for f in found} == {
        ("warning", "unique", "q", 2),
        ("warning", "unique", "r", 3),
    }
    again = [Case(m.touched, m.row, c.ours) for m, c in zip(done, (first, second, third), strict=True) if m.touched]
    assert [m.row for m in merge_cases(layer, rows, NO_LAYERS, again)[0]] == [m.row for m in done]


def test_two_edited_features_that_a_younger_rule_forbids_are_told_of() -> None:
    layer = plots(**CODED)
    cases = [held(fid, coded(fid, fid), coded(fid, fid), code="2") for fid in ("p", "q")]
    rows = incoming(layer, {"p": 1, "q": 2}, code=["p", "q"], district=[None, None], number=[None, None])
    done, found = merge_cases(layer, rows, NO_LAYERS, cases)
    assert [merged.row and merged.row["code"] for merged in done] == ["2", "2"], "what people have set stands"
    assert {(f.severity, f.rule, f.fid) for f in found} == {("warning", "unique", "p"), ("warning", "unique", "q")}


def test_an_edit_that_refers_to_what_is_no_more_is_told_of() -> None:
    layer = plots(district={"type": "text", "references": {"layer": "districts"}})
    districts = gpd.GeoDataFrame({"district_id": ["b"]}, geometry=[None], crs="EPSG:4326")
    upstream = Layers(districts=districts.set_index("district_id", drop=False))
    before: Row = {"plot_id": "p", "district": "b", "geom": None}
    case = held("p", before, before, district="a")
    (merged,), (found,) = merge_cases(layer, incoming(layer, {"p": 1}, district=["b"]), upstream, [case])
    assert merged.row == before | {"district": "a"}
    assert (found.severity, found.rule, found.fid) == ("warning", "references", "p")
    assert "'a' is no district_id of layer districts; a person has edited the feature" in found.message


@given(st.data())
def test_whatever_is_edited_no_unique_value_stands_twice(data: st.DataObject) -> None:
    layer = plots(**CODED)
    codes = st.permutations(["1", "2", "3", "4"])
    then, shown, now = data.draw(codes), data.draw(codes), data.draw(codes)
    fids = ["p", "q", "r", "s"]
    touched = data.draw(st.sets(st.sampled_from(range(4))))
    cases = [
        Case(Touched(fids[n], coded(fids[n], then[n]), {"code": then[n]} if n % 2 else {"district": None}),
             coded(fids[n], shown[n] if n % 2 else then[n], district="d"), coded(fids[n], now[n]))
        for n in sorted(touched)
    ]  # fmt: skip
    standing = [case.theirs["code"] for case in cases if case.theirs]
    rows = incoming(layer, {fid: n for n, fid in enumerate(fids)}, code=now, district=[None] * 4, number=[None] * 4)
    done, found = merge_cases(layer, rows, NO_LAYERS, cases)
    refused = {finding.fid for finding in found if finding.severity == "error"}
    left = [now[n] for n in range(4) if n not in touched and fids[n] not in refused]
    left += [merged.row["code"] for merged in done if merged.row]
    assert len(set(left)) == len(left) or len(set(standing)) < len(standing)
    for case, merged in zip(cases, done, strict=True):
        if merged.touched and "code" in merged.touched.seen:
            assert merged.row is not None
            assert case.theirs is not None
            assert merged.row["code"] == case.theirs["code"], "what a person has set stands"
