"""Checks against other layers and of several fields: what breaks them is refused or told, what holds is loaded."""

import pytest

from altaigis.errors import CheckFailed, SourceError
from conftest import ROOT
from projects import CSV, POINTS, SQUARES, Project, squares

#: Three squares in a row, each a degree wide: west, middle, east.
ROW = squares(("west", 80, 50, 81, 51), ("middle", 81, 50, 82, 51), ("east", 82, 50, 83, 51))
STATIONS = POINTS.replace("sites", "stations").replace("site_id", "station_id") + "  unit: {type: text}\n"
HEADER = "station_id,name_ru,visitors,lon,lat,unit\n"


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.layer(SQUARES)
    empty_project.source("squares.geojson", ROW)
    empty_project.run("squares")
    return empty_project


def found(project: Project, name: str = "stations") -> list[tuple[object, ...]]:
    return project.ask(
        "SELECT severity, rule, row, message FROM altaigis.findings WHERE run = "
        "(SELECT max(run) FROM altaigis.runs WHERE layer = %s) ORDER BY row, rule",
        name,
    )


def test_a_foreign_key_refuses_what_it_does_not_find(project: Project) -> None:
    project.layer(STATIONS.replace("unit: {type: text}", "unit: {type: text, references: {layer: squares}}"))
    project.source("stations.csv", HEADER + "a,А,1,80.5,50.5,west\nb,Б,1,80.5,50.5,north\nc,В,1,80.5,50.5,\n")
    report = project.run("stations")
    assert (report.loaded, report.refused) == (2, 1)
    assert found(project) == [("error", "references", 3, "unit: 'north' is no square_id of layer squares")]
    # the squares change, and so does what is right
    project.source("squares.geojson", ROW.replace('"west"', '"north"'))
    project.run("squares")
    assert project.run("stations").outcome == "loaded"
    assert [row[2] for row in found(project)] == [2]


def test_of_what_a_key_refers_to_only_the_ids_are_read(project: Project) -> None:
    upstream = project.workspace.upstream
    assert list(upstream.features("squares", []).columns) == ["square_id"]
    chosen = upstream.features("squares", ["name_ru"])
    assert (set(chosen.columns), list(chosen.index)) == ({"square_id", "name_ru"}, ["east", "middle", "west"])


def test_a_foreign_key_to_a_table_and_another_field_as_a_warning(project: Project) -> None:
    table = POINTS.replace("sites", "codes").replace("  crs: EPSG:4326\n  geometry: {x: lon, y: lat}\n", "")
    table = table.replace("id: codes", "id: codes\nkind: table").replace("  geom: {role: geometry, type: Point}\n", "")
    project.layer(table)
    project.source("codes.csv", CSV)
    key = "visitors: {type: integer, references: {layer: codes, field: visitors}, severity: warning}"
    project.layer(STATIONS.replace("visitors: {type: integer, range: [0, null]}", key))
    project.source("stations.csv", HEADER + "a,А,10,80.5,50.5,\nb,Б,11,80.5,50.5,\n")
    with pytest.raises(SourceError, match="made from codes, which is not loaded"):
        project.run("stations")
    project.run("codes")
    assert project.run("stations").loaded == 2
    assert found(project) == [("warning", "references", 3, "visitors: 11 is no visitors of layer codes")]


def test_where_features_lie_and_what_must_agree_with_it(project: Project) -> None:
    relation = "checks:\n  relations:\n    - {relation: within, layer: squares, agree: {unit: square_id}}\n"
    project.layer(STATIONS + relation)
    project.source(
        "stations.csv",
        HEADER + "a,А,1,80.5,50.5,west\nb,Б,1,81.5,50.5,west\nc,В,1,79,50,west\n"
        "d,Г,1,81,50.5,west\ne,Д,1,81,50.5,middle\nf,Е,1,82.5,50.5,\ng,Ж,1,,,west\n",
    )
    report = project.run("stations")
    assert found(project) == [
        ("error", "agree", 3, "unit is 'west', but it lies where square_id of layer squares is 'middle'"),
        ("error", "within", 4, "lies in no feature of layer squares"),
    ]
    assert report.loaded == 5, "on the border it may be of either; without a code or a place nothing is asked"
    project.layer(STATIONS + relation.replace("}}", "}, severity: warning}"))
    report = project.run("stations")
    assert (report.loaded, report.warnings) == (7, 2)


def test_a_polygon_within_is_within_one_feature(project: Project) -> None:
    relation = "checks: {relations: [{relation: RELATION, layer: squares}]}\n"
    parts = SQUARES.replace("squares", "parts").replace("square_id", "part_id").replace("coverage: true\n", relation)
    project.source(
        "parts.geojson",
        squares(("in", 80, 50, 80.5, 50.5), ("across", 80.5, 50, 81.5, 51), ("out", 90, 50, 91, 51)).replace(
            "square_id", "part_id"
        ),
    )
    project.layer(parts.replace("RELATION", "within"))
    assert project.run("parts").refused == 2
    project.layer(parts.replace("RELATION", "intersects"))
    assert project.run("parts").refused == 1
    assert found(project, "parts") == [("error", "within", 3, "lies outside the layer squares")]


def covering(tolerance: str) -> str:
    text = SQUARES.replace("squares", "zones").replace("square_id", "zone_id")
    return text.replace("coverage: true\n", f"checks: {{covers: [{{layer: squares{tolerance}}}]}}\n")


def test_a_layer_that_must_cover_another_one(project: Project) -> None:
    project.layer(covering(""))
    whole = squares(("a", 79, 49, 81.5, 52), ("b", 81.5, 49, 84, 52)).replace("square_id", "zone_id")
    project.source("zones.geojson", whole)
    assert project.run("zones").loaded == 2
    project.source("zones.geojson", whole.replace("84", "82.99"))
    with pytest.raises(CheckFailed, match=r"km² of east of layer squares are not covered"):
        project.run("zones")
    ((severity, rule, row, message),) = found(project, "zones")
    assert (severity, rule, row) == ("error", "covers", None)
    assert message.startswith("78") or message.startswith("79"), "0.01° by 1° at 50.5° north"
    ((place,),) = project.ask("SELECT place FROM altaigis.findings WHERE rule = 'covers'")
    assert place == pytest.approx([82.995, 50.5], abs=1e-6)
    project.layer(covering(", tolerance_km2: 100"))
    assert project.run("zones").outcome == "loaded"
    project.layer(covering(", severity: warning"))
    assert project.run("zones").warnings == 1


def test_sums_against_another_layer(project: Project) -> None:
    people = SQUARES.replace("coverage: true", "").replace(
        "  area_km2: {type: number, compute: geodesic_area_km2}", "  people: {type: integer}"
    )
    text = ROW
    for name, count in (("west", 10), ("middle", 20), ("east", 5)):
        text = text.replace(f'"{name}",', f'"{name}", "people": {count},')
    project.layer(people)
    project.source("squares.geojson", text)
    project.run("squares")
    total = "{field: visitors, equals: {layer: squares, field: people}PER}"
    rows = HEADER + "a,А,4,80.5,50.5,west\nb,Б,6,80.5,50.5,west\nc,В,19,81.5,50.5,middle\nd,Г,6,82.5,50.5,east\n"
    project.source("stations.csv", rows)
    project.layer(STATIONS + f"checks: {{sums: [{total.replace('PER', '')}]}}\n")
    assert project.run("stations").loaded == 4, "35 in all"
    project.layer(STATIONS + f"checks: {{sums: [{total.replace('PER', ', per: unit')}]}}\n")
    with pytest.raises(CheckFailed):
        project.run("stations")
    assert sorted(row[3] for row in found(project)) == [
        "the sum of visitors where unit is east is 6, not 5 within 0.000%",
        "the sum of visitors where unit is middle is 19, not 20 within 0.000%",
    ]
    project.layer(STATIONS + f"checks: {{sums: [{total.replace('PER', ', per: unit, tolerance: 0.2')}]}}\n")
    assert project.run("stations").loaded == 4


def test_fields_that_are_unique_together(project: Project) -> None:
    project.layer(STATIONS + "checks: {unique: [[unit, visitors]]}\n")
    project.source(
        "stations.csv",
        HEADER + "a,А,1,80,50,west\nb,Б,1,80,50,east\nc,В,1,80,50,west\nd,Г,,80,50,west\ne,Д,,80,50,west\nf,Е,,,,\n"
        "g,Ж,,,,\n",
    )
    assert project.run("stations").refused == 2
    assert found(project) == [
        ("error", "unique", 4, "unit, visitors: west, 1 stand in an earlier row"),
        ("error", "unique", 6, "unit, visitors: west, nothing stand in an earlier row"),
    ]


def test_the_shipped_codes_refer_to_what_is_there() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "layers").glob("*.yaml"))
    assert text.count("references: {layer: districts}") >= 5
