"""The notebooks run from top to bottom against a real server."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def outputs(notebook: nbformat.NotebookNode) -> str:
    """All plain text that the cells have answered with."""
    data = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(part.get("text/plain", "") for part in data)


def execute(path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    monkeypatch.setenv("SERVER", server_url)
    notebook = nbformat.read(path, as_version=4)
    return NotebookClient(notebook, timeout=120, kernel_name="python3").execute()


def test_the_districts_notebook_tells_the_figures(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = outputs(execute(FOLDER / "districts.ipynb", server_url, monkeypatch))
    assert "(69, 2163693)" in told
    assert "ЗАТО Сибирский" in told
    assert "(8.72, 12.88)" in told
    assert "folium.folium.Map" in told


def test_the_resorts_notebook_finds_the_towns(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = outputs(execute(FOLDER / "resorts.ipynb", server_url, monkeypatch))
    assert "('Kind of site', 32)" in told
    assert "32645)" in told
    assert "federal_resort            0.0" in told
    assert "['Belokurikha Urban Okrug']" in told
    assert "folium.folium.Map" in told


def test_the_pilot_districts_notebook_argues_with_intervals(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = outputs(execute(FOLDER / "pilot_districts.ipynb", server_url, monkeypatch))
    assert "(69, ['altaysky', 'smolensky', 'sovetsky'])" in told
    assert "altaysky   17.0  17.0  19.0  0.379" in told
    assert "(0.25, 0.01)" in told
    assert "'Бийский район'" in told
    assert "folium.folium.Map" in told


def test_the_cluster_notebook_adds_up(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = outputs(execute(FOLDER / "big_belokurikha.ipynb", server_url, monkeypatch))
    assert "krai               2115308" in told
    assert "(['altaysky', 'belokurikha', 'smolensky', 'soloneshensky', 'sovetsky'], True)" in told
    assert "(14.1, 158.5)" in told
    assert "folium.folium.Map" in told


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
def test_readers_are_told_what_they_need(readme: str) -> None:
    assert ".venv/bin/pip install -e '.[notebooks]'" in (FOLDER.parent / readme).read_text()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_kept_without_their_answers(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
