"""Layer files: every mistake of every file is told with file, line and key, whatever the file holds."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from altaigis.documents import MAX_BYTES
from altaigis.domain.layer import Layer
from altaigis.errors import LayerFileError, Mistake
from altaigis.layerfiles import read_catalog, read_sound
from conftest import ROOT
from projects import head

GOOD = """\
id: sites
theme: tourism
title: {ru: Места, en: Sites}
source:
  file: sites.csv
  crs: EPSG:4326
  geometry: {x: lon, y: lat}
  licence: CC0-1.0
  attribution: {ru: Мы, en: We}
fields:
  site_id: {role: id, type: text}
  name_ru: {role: title, type: text}
  visitors: {type: integer, range: [0, null]}
  area: {type: number}
  geom: {role: geometry, type: Point}
styles:
  default:
    kind: classes
    title: {ru: Посетители, en: Visitors}
    field: visitors
    method: {ru: заданные, en: given}
    breaks: [10, 20]
    colours: ['#000000', '#888888', '#ffffff']
"""


def folder_of(tmp_path: Path, **files: str | bytes) -> Path:
    folder = tmp_path / "layers"
    folder.mkdir()
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.yaml").write_bytes(data)
    return folder


def mistakes(tmp_path: Path, **files: str | bytes) -> tuple[Mistake, ...]:
    with pytest.raises(LayerFileError) as error:
        read_catalog(folder_of(tmp_path, **files))
    for mistake in error.value.mistakes[:20]:
        assert str(mistake) in str(error.value)
    return error.value.mistakes


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_layers_of_the_project_are_good() -> None:
    assert len(read_catalog(ROOT / "layers")) == 19


def test_a_good_file(tmp_path: Path) -> None:
    (layer,) = read_catalog(folder_of(tmp_path, sites=GOOD))
    assert layer.id_field == "site_id"
    assert layer.title_field == "name_ru"
    assert layer.geometry_type == "Point"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert len(read_catalog(folder_of(tmp_path, sites=b"\xef\xbb\xbf" + GOOD.encode()))) == 1


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("theme: tourism", "theme: tourism\ncolour: red", "colour", "not a key that is known"),
        ("  licence: CC0-1.0\n", "", "source.licence", "is required"),
        ("theme: tourism\n", "", "theme", "is required"),
        (", en: Sites", "", "title.en", "is required"),
        ("theme: tourism", "theme: turism", "theme", "'turism'"),
        ("theme: tourism", "theme: tourism\norder: first", "order", "valid integer"),
        ("theme: tourism", "theme: tourism\norder: .inf", "order", "finite"),
        ("theme: tourism", "theme: tourism\nvisible: sometimes", "visible", "'sometimes'"),
        ("theme: tourism", "theme: tourism\ntiles: {minzoom: 9, maxzoom: 3}", "tiles", "above maxzoom 3"),
        ("theme: tourism", "theme: tourism\ntiles: {maxzoom: 40}", "tiles.maxzoom", "less than or equal to 22"),
        ("theme: tourism", "theme: tourism\ntiles: {thin: {by: area}}", "tiles.thin", "pixels, per_tile"),
        ("theme: tourism", "theme: tourism\ntiles: {labels: true}", "tiles.labels", "layers of polygons"),
        ("theme: tourism", "theme: tourism\ntiles: {thin: {pixels: 0}}", "tiles.thin.pixels", "greater than"),
        ("theme: tourism", "theme: tourism\ntiles: {thin: {by: name_ru, pixels: 8}}", "tiles.thin.by", "not a numeric"),
        ("theme: tourism", "theme: tourism\ntiles: {thin: {by: guests, pixels: 8}}", "tiles.thin.by", "not a numeric"),
        ("theme: tourism", "theme: tourism\neditable: true\ntiles: {thin: {pixels: 8}}", "tiles.thin", "not editable"),
        ("theme: tourism", "theme: tourism\ntiles: {fields: {4: [guests]}}", "tiles.fields.4", "no field guests"),
        ("theme: tourism", "theme: tourism\ntiles: {fields: {4: [geom]}}", "tiles.fields.4", "no field geom"),
        ("theme: tourism", "theme: tourism\ncoverage: true", "coverage", "only polygons"),
        ("theme: tourism", "theme: tourism\nkind: table", "fields", "a table none"),
        (
            "theme: tourism",
            "theme: tourism\nchecks: {sums: [{field: x, equals: 1}]}",
            "checks.sums.0.field",
            "no field",
        ),
        (
            "theme: tourism",
            "theme: tourism\nchecks: {sums: [{field: area, equals: .nan}]}",
            "checks.sums.0.equals",
            "finite",
        ),
        (
            "theme: tourism",
            "theme: tourism\nchecks: {sums: [{field: name_ru, equals: 1}]}",
            "checks.sums.0.field",
            "not numeric",
        ),
        ("id: sites", "id: Sites", "id", "pattern"),
        ("id: sites", "id: others", "id", "the file is named sites"),
        ("file: sites.csv", "file: ../secrets.csv", "source.file", "'..'"),
        ("file: sites.csv", "file: a/../../secrets.csv", "source.file", "'..'"),
        ("file: sites.csv", "file: /etc/passwd", "source.file", "below data/raw"),
        ("file: sites.csv", "file: ''", "source.file", "at least 1"),
        ("{type: number}", "{type: real}", "fields.area.type", "'real'"),
        ("{type: number}", "{type: number, typo: 1}", "fields.area.typo", "not a key"),
        ("{type: number}", "number", "fields.area", "'number'"),
        ("  area: {type", "  Площадь: {type", "fields.Площадь", "pattern"),
        ("  area: {type", "  tile_id: {type", "fields.tile_id", "taken"),
        ("  area: {type", "  1: {type", "fields.1", "string"),
        ("{type: number}", "{type: text, pattern: '[a-z'}", "fields.area.pattern", "regular expression"),
        ("{type: number}", "{type: number, pattern: 'a'}", "fields.area.pattern", "is for text"),
        ("{type: number}", "{type: text, range: [1, 2]}", "fields.area.range", "for numbers"),
        ("{type: number}", "{type: number, range: [2, 1]}", "fields.area.range", "lower bound"),
        ("{type: number}", "{type: number, compute: geodesic_area_km2}", "fields.area.compute", "only polygons"),
        ("{type: number}", "{type: text, compute: {ratio: [visitors, visitors]}}", "fields.area.type", "is a number"),
        (
            "{type: number}",
            "{type: number, compute: {ratio: [visitors, nobody]}}",
            "fields.area.compute.ratio",
            "nobody is not",
        ),
        ("{type: number}", "{type: number, compute: {ratio: [area, area]}}", "fields.area.compute.ratio", "before"),
        ("{type: number}", "{type: Point}", "fields.area", "role geometry"),
        ("{role: id, type: text}", "{type: text}", "fields", "exactly one field must have role id"),
        ("{role: id, type: text}", "{role: id, type: boolean}", "fields.site_id.type", "text or integer"),
        ("{type: number}", "{role: time, type: number}", "fields.area.type", "date or datetime"),
        ("{type: number}", "{role: id, type: text}", "fields", "exactly one field must have role id"),
        ("{role: geometry, type: Point}", "{role: geometry, type: text}", "fields.geom", "geometry type"),
        ("field: visitors", "field: guests", "styles.default.field", "no field guests"),
        ("field: visitors", "field: name_ru", "styles.default.field", "not numeric"),
        ("[10, 20]", "[20, 10]", "styles.default", "ascend"),
        ("[10, 20]", "[10]", "styles.default", "1 breaks make 2 classes, not 3 colours"),
        ("'#000000'", "black", "styles.default.colours.0", "'black'"),
        ("kind: classes", "kind: heatmap", "styles.default", "'heatmap'"),
        ("kind: classes", "kind: ramp", "styles.default.stops", "is required"),
        ("kind: classes", "kind: hillshade", "styles.default.field", "not a key"),
        ("geometry: {x: lon, y: lat}", "geometry: {x: lon}", "source.geometry.y", "is required"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_line(tmp_path: Path, old: str, new: str, key: str, problem: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = mistakes(tmp_path, sites=text)
    hit = [m for m in found if m.key == key]
    assert hit, found
    assert problem in hit[0].problem
    assert hit[0].file == "layers/sites.yaml"
    if "." in key or "required" not in problem:
        assert hit[0].line is not None
        last = [part for part in key.split(".") if not part.isdigit()][-1]
        nearest = text.splitlines()[hit[0].line - 1]
        assert last in nearest or key.split(".")[-2] in nearest or key.endswith(".1")


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    first = GOOD.replace("theme: tourism", "theme: turism").replace("type: number", "type: real")
    second = GOOD.replace("id: sites", "id: places").replace("licence:", "license:")
    found = mistakes(tmp_path, sites=first, places=second, broken="id: [")
    assert {(m.file, m.key) for m in found} == {
        ("layers/sites.yaml", "theme"),
        ("layers/sites.yaml", "fields.area.type"),
        ("layers/places.yaml", "source.license"),
        ("layers/places.yaml", "source.licence"),
        ("layers/broken.yaml", ""),
    }
    assert next(m.line for m in found if m.key == "theme") == line_of(first, "turism")
    assert next(m.line for m in found if m.key == "source.license") == line_of(second, "license:")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (GOOD + "theme: nature\n", "duplicate key"),
        (GOOD.replace("  area:", "  site_id:"), "duplicate key"),
        ("id: sites\n  title: x\n", "not valid YAML"),
        ("id: 'sites", "not valid YAML"),
        ("id: *nobody", "undefined alias"),
        ("\tid: sites", "not valid YAML"),
        ("a: 1\n---\nb: 2", "another document"),
        ("", "must hold keys"),
        ("# nothing but a comment\n", "must hold keys"),
        ("- id: sites\n- id: places", "must hold keys"),
        ("just text", "must hold keys"),
        (GOOD.encode("utf-16"), "cannot be read"),
        (GOOD.encode("cp1251"), "cannot be read"),
        (bytes(range(256)), "cannot be read"),
        (b"\x00" * 100, "cannot be read"),
        ("id: 2024-13-45", "cannot be read"),
        ("id: !!int one", "cannot be read"),
        ("order: " + "9" * 5000, "cannot be read"),
        ("!!python/object/apply:os.system ['true']", "must hold keys"),
        ("a: " + "[" * 1100 + "]" * 1100, "cannot be read"),
        ("x" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_what_is_no_layer_file_at_all(tmp_path: Path, content: str | bytes, problem: str) -> None:
    (found,) = mistakes(tmp_path, sites=content)
    assert found.file == "layers/sites.yaml"
    assert problem in found.problem
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("base: &base {bogus: 1}\n<<: *base\n" + GOOD, "bogus"),
        (
            GOOD.replace("{type: integer, range: [0, null]}", "&f {typ: integer}").replace(
                "{type: number}", "{<<: *f}"
            ),
            "fields.area.typ",
        ),
        ("self: &self [*self]\n" + GOOD, "self"),
        ("? [a, b]\n: 1\n" + GOOD, ""),
    ],
)
def test_odd_yaml_is_a_mistake_like_any_other(tmp_path: Path, content: str, key: str) -> None:
    assert key in {m.key for m in mistakes(tmp_path, sites=content)}


def test_a_duplicate_key_is_told_with_its_line(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, sites=GOOD + "theme: nature\n")
    assert found.line in (line_of(GOOD, "theme:"), len(GOOD.splitlines()) + 1)


BOMB = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    "content",
    [
        BOMB + GOOD,
        BOMB + GOOD.replace("{type: number}", "{type: text, values: *a29}"),
        BOMB + GOOD.replace("title: {ru: Места, en: Sites}", "title: *a29"),
        "\n".join(f"k{n}: v" for n in range(MAX_BYTES // 10)),
        "fields:\n" + "\n".join(f"  k{n}: {{typ: text}}" for n in range(1500)),
    ],
    ids=["bomb", "bomb in a list", "bomb in a text", "many keys", "many fields"],
)
def test_a_bomb_goes_off_in_little_time_and_memory(tmp_path: Path, content: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    found = mistakes(tmp_path, sites=content)
    assert sum(len(str(m)) for m in found) < 2_000_000
    assert time.monotonic() - started < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "kilobytes"


def polygons(layer_id: str, union_of: str | None = None) -> str:
    text = GOOD.replace("id: sites", f"id: {layer_id}").replace("type: Point", "type: MultiPolygon")
    source = "" if union_of is None else f"  geometry: {{union_of: {union_of}}}\n"
    return text.replace("  geometry: {x: lon, y: lat}\n", source)


def test_a_layer_made_from_one_that_does_not_exist(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, sites=polygons("sites", "nowhere"))
    assert (found.file, found.key) == ("layers/sites.yaml", "source.geometry.union_of")
    assert "nowhere" in found.problem
    assert found.line == line_of(polygons("sites", "nowhere"), "union_of")


def test_a_layer_made_from_points(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, sites=GOOD, zones=polygons("zones", "sites"))
    assert "no polygons" in found.problem
    assert found.file == "layers/zones.yaml"


@pytest.mark.parametrize("members", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_layers_made_from_each_other(tmp_path: Path, members: list[str]) -> None:
    files = {name: polygons(name, members[n - 1]) for n, name in enumerate(members)}
    (found,) = mistakes(tmp_path, **files)
    assert "made from each other" in found.problem
    assert all(name in found.problem for name in members)
    assert found.line


def test_a_broken_file_does_not_make_its_layer_unknown(tmp_path: Path) -> None:
    found = mistakes(tmp_path, sites=polygons("sites").replace("theme: tourism", "theme: x"), a=polygons("a", "sites"))
    assert [m.key for m in found] == ["theme"]


def test_one_id_in_two_files(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, sites=GOOD)
    (folder / "sites.yml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(LayerFileError, match="is also in"):
        read_catalog(folder)


def test_the_sound_layers_are_those_that_need_no_faulty_file(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        sites=GOOD,
        base=polygons("base"),
        made=polygons("made", "base"),
        faulty=polygons("faulty").replace("theme: tourism", "theme: x"),
        of_faulty=polygons("of_faulty", "faulty"),
        of_that=polygons("of_that", "of_faulty"),
        of_points=polygons("of_points", "sites"),
        unreadable="id: [",
        twins=polygons("twins"),
        hen=polygons("hen", "egg"),
        egg=polygons("egg", "hen"),
    )
    (folder / "twins.yml").write_text(polygons("twins"), encoding="utf-8")
    catalog, found = read_sound(folder)
    assert {layer.id for layer in catalog} == {"sites", "base", "made"}
    assert {mistake.file for mistake in found} == {
        f"layers/{name}" for name in ("faulty.yaml", "of_points.yaml", "unreadable.yaml", "twins.yaml")
    }
    assert [layer.id for layer in catalog.in_load_order(["made"])] == ["base", "made"]


def test_all_layers_of_good_files_are_sound(tmp_path: Path) -> None:
    catalog, found = read_sound(folder_of(tmp_path, zones=polygons("zones", "base"), base=polygons("base"), sites=GOOD))
    assert ([layer.id for layer in catalog], found) == (["base", "sites", "zones"], [])


def test_a_folder_without_layer_files(tmp_path: Path) -> None:
    with pytest.raises(LayerFileError, match="no layer file"):
        read_catalog(folder_of(tmp_path))
    with pytest.raises(LayerFileError, match="no layer file"):
        read_catalog(tmp_path / "missing")


def test_a_folder_or_a_dead_link_in_the_place_of_a_file(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "a.yaml").mkdir()
    (folder / "b.yaml").symlink_to("nowhere")
    with pytest.raises(LayerFileError) as error:
        read_catalog(folder)
    assert {m.file for m in error.value.mistakes} == {"layers/a.yaml", "layers/b.yaml"}


@pytest.mark.parametrize("command", [["up"], ["serve"], ["etl", "run"], ["layers", "check"], ["layers", "list"]])
def test_with_a_broken_layer_file_nothing_starts(tmp_path: Path, command: list[str]) -> None:
    """Exit code 2, every mistake, no traceback; the home of the database is not even made, the port not opened."""
    folder_of(tmp_path, sites=GOOD.replace("theme: tourism", "theme: turism"), other="id: [")
    environment = {
        "PATH": "/usr/bin:/bin",
        "ALTAIGIS_PROJECT": str(tmp_path),
        "ALTAIGIS_HOME": str(tmp_path / "home"),
        "ALTAIGIS_PORT": "1",
        "ALTAIGIS_HOST": "203.0.113.1",
    }
    done = subprocess.run([sys.executable, "-m", "altaigis", *command], env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "layers/sites.yaml:2: theme" in done.stderr
    assert "layers/other.yaml:1" in done.stderr
    assert "Traceback" not in done.stderr
    assert "listen" not in done.stderr, "an address that is not ours would have failed"
    assert not (tmp_path / "home").exists()


UNITS = (
    head("units", "units.geojson")
    + """\
  unit_id: {role: id, type: text}
  people: {type: integer}
  geom: {role: geometry, type: MultiPolygon}
"""
)


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        (
            "{type: number}",
            "{type: text, references: {layer: unit}}",
            "fields.area.references.layer",
            "no file declares",
        ),
        ("{type: number}", "{type: text, references: {field: x}}", "fields.area.references.layer", "is required"),
        (
            "{type: number}",
            "{type: number, references: {layer: units}}",
            "fields.area.references.layer",
            "is text, not",
        ),
        (
            "{type: number}",
            "{type: text, references: {layer: units, field: code}}",
            "fields.area.references.layer",
            "which has no field code",
        ),
        ("{type: number}", "{type: text, references: {layer: sites}}", "fields.area.references.layer", "each other"),
        ("{type: number}", "{type: text, range: [2024-01-01, null]}", "fields.area.range", "numbers and dates"),
        ("{type: number}", "{type: number, range: [2024-01-01, null]}", "fields.area.range", "are numbers"),
        ("{type: number}", "{type: date, range: [1, null]}", "fields.area.range", "are dates or today"),
        ("{type: number}", "{type: date, range: [2024-01-01, 2023-01-01]}", "fields.area.range", "lower bound"),
        ("{type: number}", "{type: date, range: [yesterday, null]}", "fields.area.range.0", "or today"),
        ("{type: number}", "{type: number, range: [.inf, null]}", "fields.area.range.0", "a bound is a number"),
        ("{type: number}", "{type: text, from_unit: ha, unit: km²}", "fields.area.from_unit", "is for numbers"),
        ("{type: number}", "{type: number, from_unit: ha}", "fields.area.unit", "nothing is no unit"),
        ("{type: number}", "{type: number, from_unit: фут, unit: km²}", "fields.area.from_unit", "фут is no unit"),
        ("{type: number}", "{type: number, from_unit: kg, unit: km²}", "fields.area.from_unit", "not of the kind"),
        ("{type: number}", "{type: number, severity: fatal}", "fields.area.severity", "'fatal'"),
        ("  file: sites.csv", "  file: sites.csv\n  timezone: Barnaul", "source.timezone", "no time zone"),
        ("styles:", "checks: {unique: [[area]]}\nstyles:", "checks.unique.0", "at least 2"),
        ("styles:", "checks: {unique: [[area, x]]}\nstyles:", "checks.unique.0.1", "no field x"),
        (
            "styles:",
            "checks: {relations: [{relation: near, layer: units}]}\nstyles:",
            "checks.relations.0.relation",
            "'near'",
        ),
        (
            "styles:",
            "checks: {relations: [{relation: within, layer: units, agree: {x: unit_id}}]}\nstyles:",
            "checks.relations.0.agree.x",
            "no field x",
        ),
        (
            "styles:",
            "checks: {relations: [{relation: within, layer: units, agree: {name_ru: x}}]}\nstyles:",
            "checks.relations.0.agree.name_ru",
            "which has no field x",
        ),
        ("styles:", "checks: {covers: [{layer: units}]}\nstyles:", "checks.covers", "only polygons"),
        (
            "styles:",
            "checks: {sums: [{field: area, equals: 1, per: name_ru}]}\nstyles:",
            "checks.sums.0",
            "per needs totals",
        ),
        (
            "styles:",
            "checks: {sums: [{field: area, equals: {layer: units, field: unit_id}}]}\nstyles:",
            "checks.sums.0.equals.layer",
            "is not numeric",
        ),
        ("styles:", "checks: {sums: [{field: area, equals: much}]}\nstyles:", "checks.sums.0.equals", "valid number"),
    ],
)
def test_a_check_that_cannot_be_made_is_told_with_its_key(
    tmp_path: Path, old: str, new: str, key: str, problem: str
) -> None:
    text = GOOD.replace(old, new)
    found = [mistake for mistake in mistakes(tmp_path, sites=text, units=UNITS) if mistake.file == "layers/sites.yaml"]
    assert [mistake.key for mistake in found] == [key]
    assert problem in found[0].problem
    assert found[0].line is not None


def test_good_checks(tmp_path: Path) -> None:
    checks = """\
checks:
  unique: [[name_ru, since]]
  relations:
    - {relation: within, layer: units, agree: {name_ru: unit_id}, severity: warning}
  sums:
    - {field: visitors, equals: {layer: units, field: people}, per: name_ru}
"""
    fields = (
        "{type: number, unit: km², from_unit: га}\n  code: {type: text, references: {layer: units}}\n"
        "  since: {type: date, range: [1900-01-01, today]}"
    )
    text = GOOD.replace("{type: number}", fields).replace("  crs:", "  timezone: Asia/Barnaul\n  crs:") + checks
    catalog = read_catalog(folder_of(tmp_path, sites=text, units=UNITS))
    sites = catalog.layer("sites")
    assert sites.depends_on == {"units"}
    assert [layer.id for layer in catalog.in_load_order(["sites"])] == ["units", "sites"]
    told = sites.model_dump(mode="json", by_alias=True)
    assert told["fields"]["since"]["range"] == ["1900-01-01", "today"]
    assert Layer.model_validate(told) == sites, "the ledger can say it again"


def test_mistakes_behind_a_mistake_are_told_too(tmp_path: Path) -> None:
    broken = (
        GOOD.replace("theme: ", "theme: sea #")
        .replace("id: sites", "id: places")
        .replace("styles:", "styles:\n  other: {kind: categories, field: nothere}\nunused:")
        + "checks: {sums: [{field: nowhere, equals: 1}], unique: [[area, nothing]]}\n"
    )
    keys = {m.key for m in mistakes(tmp_path, sites=broken)}
    assert {"theme", "id", "checks.sums.0.field", "checks.unique.0.1"} <= keys
    (tmp_path / "more").mkdir()
    found = mistakes(
        tmp_path / "more", sites=GOOD.replace("theme: ", "theme: sea #"), union=polygons("union", "distrikts")
    )
    assert {m.key for m in found} == {"theme", "source.geometry.union_of"}


def test_one_wrong_type_is_one_mistake(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, sites=GOOD.replace("type: Point", "type: Pint"))
    assert found.key == "fields.geom.type"
    assert "'Point'" in found.problem
    assert "'text'" in found.problem
