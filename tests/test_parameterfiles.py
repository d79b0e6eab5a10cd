"""Files of parameters: every mistake is told with file, line and key."""

from pathlib import Path

from altaigis.layerfiles import read_sound
from test_indicatorfiles import UNITS

SNOW = "  snow_depth: {title: {ru: Снег, en: Snow}, unit: cm, low: 0}\n"


def told(tmp_path: Path, **files: str) -> tuple[list[str], list[str]]:
    """Codes that are read, and mistakes."""
    layers = tmp_path / "layers"
    (layers / "parameters").mkdir(parents=True)
    (layers / "squares.yaml").write_text(UNITS, encoding="utf-8")
    for name, text in files.items():
        (layers / "parameters" / f"{name}.yaml").write_text(text, encoding="utf-8")
    catalog, mistakes = read_sound(layers)
    return list(catalog.parameters), [str(mistake) for mistake in mistakes]


def test_a_folder_may_have_none(tmp_path: Path) -> None:
    assert told(tmp_path) == ([], [])


def test_parameters_stand_in_the_order_of_their_files(tmp_path: Path) -> None:
    air = "medium: air\nparameters:\n  soot: {title: {ru: Сажа, en: Soot}, unit: µg/m³, substance: soot}\n"
    assert told(tmp_path, weather=f"medium: meteo\nparameters:\n{SNOW}", air=air) == (["soot", "snow_depth"], [])


def test_all_mistakes_of_all_files_are_told(tmp_path: Path) -> None:
    found, mistakes = told(
        tmp_path,
        air="medium: earth\n",
        water="medium: water\nparameters:\n  level: {title: {ru: Уровень}, unit: furlong, lowest: 1}\n",
    )
    assert not found
    assert len(mistakes) == 5
    assert any("parameters/air.yaml:1: medium:" in mistake for mistake in mistakes)
    assert any("parameters/water.yaml:3: parameters.level.title.en: is required" in mistake for mistake in mistakes)
    assert any("is no unit that values can be converted to" in mistake for mistake in mistakes)


def test_a_code_stands_in_one_file(tmp_path: Path) -> None:
    text = f"medium: meteo\nparameters:\n{SNOW}"
    assert told(tmp_path, one=text, two=text)[1] == [
        "parameters/two.yaml:3: parameters.snow_depth: snow_depth is also in parameters/one.yaml"
    ]
