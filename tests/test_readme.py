"""The README says what is so: commands, variables, files, addresses and the example of a layer, in both languages."""

import re
from pathlib import Path

import pytest
import typer.main
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.cli import app
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.workspace import Workspace
from altaigis.layerfiles import read_catalog
from altaigis.settings import Settings
from altaigis.store.pool import engine, require_postgis
from altaigis.store.schema import migrate

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", ROOT / "README.ru.md"]


def commands() -> set[str]:
    """Every command of the program, as ``etl run``."""
    root = typer.main.get_command(app)
    found = set()
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        found |= {f"{name} {sub}" for sub in command.commands} if hasattr(command, "commands") else {name}
    return found


def told_commands(text: str) -> set[str]:
    """The commands that a README tells of, ``db start|stop`` spelled out."""
    found = set()
    for line in re.findall(r"(?<![\w/.])altaigis ((?:[a-z]+ ?)+(?:\|[a-z]+)*)", text):
        words = line.split()
        tail = words[-1].split("|")
        found |= {" ".join([*words[:-1], last]) for last in tail}
    return found


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
class TestReadme:
    def test_tells_every_command_and_no_other(self, readme: Path) -> None:
        block = re.search(r"```sh\naltaigis up.*?```", readme.read_text(), re.DOTALL)
        assert block
        assert told_commands(block[0]) == commands()

    def test_tells_every_variable_and_no_other(self, readme: Path) -> None:
        told = set(re.findall(r"ALTAIGIS_[A-Z_]+", readme.read_text()))
        assert told == {f"ALTAIGIS_{name.upper()}" for name in Settings.model_fields}

    def test_links_to_what_is_there(self, readme: Path) -> None:
        links = [link for link in re.findall(r"\]\(([^)]+)\)", readme.read_text()) if not link.startswith("http")]
        assert links
        assert [link for link in links if not (ROOT / link).exists()] == []

    def test_its_addresses_answer(self, readme: Path, client: TestClient) -> None:
        text = readme.read_text()
        addresses = set(re.findall(r"http://127\.0\.0\.1:8000(/[^\s>`\")|]*)", text))
        assert len(addresses) >= 8
        for address in addresses:
            path = address.replace("{z}", "6").replace("{x}", "46").replace("{y}", "20")
            assert client.get(path).status_code == 200, path

    def test_its_python_runs(self, readme: Path, server_url: str, capsys: pytest.CaptureFixture[str]) -> None:
        blocks = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
        assert len(blocks) == 3
        for block in blocks:
            exec(compile(block.replace("http://127.0.0.1:8000", server_url), readme.name, "exec"), {})
        told = capsys.readouterr().out
        assert re.search(r"^\d+ \d+ \d+$", told, re.MULTILINE), "the client's counts"

    def test_its_checks_can_be_made(self, readme: Path, tmp_path: Path) -> None:
        blocks = re.findall(r"```yaml\n(.*?)```", readme.read_text(), re.DOTALL)
        (block,) = (block for block in blocks if "checks:" in block)
        for name in ("districts", "krai"):
            (tmp_path / f"{name}.yaml").symlink_to(ROOT / "layers" / f"{name}.yaml")
        own = "  id: {role: id, type: text}\n  name_ru: {type: text}\n  geom: {role: geometry, type: Polygon}\nchecks:"
        source = "source: {file: a.csv, licence: x, attribution: {ru: а, en: a}}"
        head = f"id: own\ntheme: nature\ntitle: {{ru: Свой, en: Own}}\n{source}\n"
        (tmp_path / "own.yaml").write_text(head + block.replace("checks:", own))
        layer = read_catalog(tmp_path).layer("own")
        assert layer.depends_on == {"districts", "krai"}
        assert (len(layer.checks.sums), layer.fields["area_km2"].severity) == (1, "warning")

    def test_its_layer_can_be_added_by_one_yaml_and_one_file(self, readme: Path, new_database, tmp_path: Path) -> None:
        text = readme.read_text()
        csv = re.search(r"```csv\n(.*?)```", text, re.DOTALL)
        yaml = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
        assert csv
        assert yaml
        for folder in ("layers", "data/raw"):
            (tmp_path / folder).mkdir(parents=True)
        (tmp_path / "data/raw/camps.csv").write_text(csv[1])
        (tmp_path / "layers/camps.yaml").write_text(yaml[1])
        settings = Settings(project=tmp_path, database_url=new_database())
        database = engine(settings.database_url or "")
        require_postgis(database)
        migrate(database)
        catalog = read_catalog(settings.layers_dir)
        report = run(catalog.layer("camps"), Workspace(RawData((settings.raw_dir,)), settings.processed_dir, database))
        database.dispose()
        assert (report.outcome, report.loaded, report.refused) == ("loaded", 2, 0)
        with TestClient(create_app(settings, catalog, settings.database_url or "")) as client:
            found = client.get("/collections/camps/items").json()["features"]
        assert {feature["properties"]["name_en"] for feature in found} == {"Bear Hollow", "Cedar"}


def test_both_readmes_have_the_same_parts() -> None:
    english, russian = (path.read_text() for path in READMES)
    for mark in (r"^## ", r"^```", r"^\|"):
        assert len(re.findall(mark, english, re.MULTILINE)) == len(re.findall(mark, russian, re.MULTILINE)), mark
