"""Files of indicators: every mistake is told with file and key."""

from pathlib import Path

import pytest

from altaigis.domain.indicator import LAYER_PREFIX
from altaigis.errors import LayerFileError
from altaigis.layerfiles import read_catalog
from conftest import ROOT

UNITS = """\
id: squares
theme: territory
title: {ru: Слой, en: Layer}
source: {file: squares.geojson, licence: CC0-1.0, attribution: {ru: Мы, en: We}}
fields:
  square_id: {role: id, type: text}
  side: {type: text}
  geom: {role: geometry, type: MultiPolygon}
"""
PUBLISHED = """\
id: figures
kind: table
theme: statistics
title: {ru: Числа, en: Figures}
source: {file: figures.csv, licence: CC0-1.0, attribution: {ru: Мы, en: We}}
fields:
  value_id: {role: id, type: text}
  territory_id: {type: text}
  indicator: {type: text}
  period: {type: integer}
  value: {type: number}
  unit: {type: text}
  flag: {type: text}
  source: {type: text}
"""
TERRITORIES = """\
units: squares
published: figures
groups:
  west: {title: {ru: Запад, en: West}, kind: zone, where: {side: west}}
"""


def indicator(code: str, **keys: str) -> str:
    usual = {"unit": "persons", "direction": "neither", "aggregation": "sum", "digits": "0"}
    found = usual | ({} if keys.keys() & {"formula", "geometry", "raster"} else {"published": code}) | keys
    title = "    title: {ru: Число, en: Figure}\n    definition: {ru: Число людей., en: Number of people.}\n"
    return f"  {code}:\n{title}" + "".join(f"    {key}: {value}\n" for key, value in found.items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    layers = tmp_path / "layers"
    (layers / "indicators").mkdir(parents=True)
    (layers / "squares.yaml").write_text(UNITS, encoding="utf-8")
    (layers / "figures.yaml").write_text(PUBLISHED, encoding="utf-8")
    (layers / "indicators" / "territories.yaml").write_text(TERRITORIES, encoding="utf-8")
    return layers


def write(folder: Path, name: str, *indicators: str) -> None:
    text = "title: {ru: Тема, en: Theme}\nindicators:\n" + "".join(indicators)
    (folder / "indicators" / name).write_text(text, encoding="utf-8")


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(LayerFileError) as refusal:
        read_catalog(folder)
    return [str(mistake) for mistake in refusal.value.mistakes]


def test_a_folder_of_files_is_all_that_another_region_needs(folder: Path) -> None:
    write(
        folder,
        "people.yaml",
        indicator("people"),
        indicator("land", geometry="area", year="2024", unit="km²"),
        indicator("density", formula="people / land", unit="persons/km²", aggregation="{mean: land}"),
    )
    made = read_catalog(folder).indicators
    assert list(made.by_code) == ["people", "land", "density"]
    assert made.order.index("density") == 2
    assert made.layers == {"squares", "figures"}


def test_the_project_has_indicators_and_says_so_in_both_languages() -> None:
    made = read_catalog(ROOT / "layers").indicators
    assert len(made.by_code) > 40
    for code, one in made.by_code.items():
        assert len(LAYER_PREFIX + code) <= 40
        assert any("а" <= letter <= "я" for letter in one.title.ru + one.definition.ru.lower())


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"unit": "parsecs"}, "indicators.people.unit: parsecs is no unit that is known"),
        ({"formula": "people / 2"}, "indicators.people.formula: indicators are made from each other"),
        ({"formula": "nobody * 2"}, "indicators.people.formula: there is no indicator nobody"),
        ({"formula": "land / 2"}, "indicators.people.formula: it gives kilometre ** 2, which is no persons"),
        ({"formula": "2 *"}, "indicators.people.formula: ends too early to be a formula"),
        ({"formula": "2 * 2"}, "indicators.people.formula: names no indicator"),
        ({"aggregation": "{mean: nobody}"}, "indicators.people.aggregation.mean: there is no indicator nobody"),
        ({"aggregation": "average"}, "indicators.people.aggregation"),
        ({"geometry": "area", "year": "2024"}, "indicators.people.unit: km² cannot be converted to persons"),
        ({"geometry": "area"}, "indicators.people: year is given where geometry or raster is"),
        ({"raster": "{layer: hills}", "year": "2020"}, "indicators.people.raster.layer: is hills, which no sound file"),
        ({"published": "people", "formula": "land"}, "indicators.people: comes from one of"),
        ({"digits": "20"}, "indicators.people.digits: input should be less than or equal to 9"),
        ({"better": "more"}, "indicators.people.better: is not a key"),
        ({"classes": "{method: manual}"}, "indicators.people.classes: breaks are given where method is manual"),
    ],
)
def test_mistakes_are_told_with_file_and_key(folder: Path, keys: dict[str, str], told: str) -> None:
    land = indicator("land", geometry="area", year="2024", unit="km²")
    write(folder, "people.yaml", land, indicator("people", **keys))
    found = mistakes(folder)
    assert [line for line in found if line.startswith("indicators/people.yaml:") and told in line], found


def test_a_code_stands_once(folder: Path) -> None:
    write(folder, "a.yaml", indicator("people"))
    write(folder, "b.yaml", indicator("people"))
    assert mistakes(folder) == ["indicators/b.yaml:3: indicators.people: people is also in indicators/a.yaml"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("published: nothing", "published: is layer nothing, which no sound file declares"),
        ("published: squares", "published: is layer squares, which has no field territory_id"),
        ("units: figures", "units: is layer figures, which has no polygons"),
        ("changes: figures", "changes: is layer figures, which has no field date"),
        ("passport: {key: [lost]}", "passport: names indicator lost, which there is not"),
        ("passport: {inside: {squares: {by: lost}}}", "passport: names field lost, which layer squares has not"),
        ("passport: {cover: lost}", "passport: names layer lost, which no sound file declares"),
    ],
)
def test_the_layers_must_be_there_and_fit(folder: Path, line: str, told: str) -> None:
    key = line.partition(":")[0]
    kept = [text for text in TERRITORIES.splitlines() if not text.startswith(key)]
    (folder / "indicators" / "territories.yaml").write_text("\n".join([line, *kept]), encoding="utf-8")
    write(folder, "people.yaml", indicator("people"))
    assert any(told in line for line in mistakes(folder))


def test_without_territories_there_is_no_cube(folder: Path) -> None:
    (folder / "indicators" / "territories.yaml").unlink()
    write(folder, "people.yaml", indicator("people"))
    assert mistakes(folder) == [
        "indicators/territories.yaml: is missing: it names the units, the table of published values, and the groups"
    ]
