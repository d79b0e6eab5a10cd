"""Commands about one layer: what they say of it, and that faulty files of other layers do not stop them."""

import pytest

from projects import CSV, POINTS, SQUARES, Project
from test_cli import here

FAULTY = SQUARES.replace("id: squares", "id: faulty").replace("theme: territory", "theme: terra")
ZONES = SQUARES.replace("id: squares", "id: zones").replace("  licence:", "  within: faulty\n  licence:")


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.layer(POINTS)
    empty_project.source("sites.csv", CSV)
    empty_project.run()
    return empty_project


def settings(project: Project) -> dict[str, str]:
    return {"project": str(project.folder), "database_url": project.url}


@pytest.mark.parametrize(
    "command",
    [
        ["etl", "report", "sites"],
        ["etl", "run", "sites"],
        ["etl", "run", "sites", "--dry-run", "--json"],
        ["layers", "history", "sites"],
        ["layers", "diff", "sites", "sites@1"],
    ],
    ids=" ".join,
)
def test_faulty_files_of_other_layers_are_told_and_left_out(project: Project, command: list[str]) -> None:
    good = here(*command, **settings(project))
    assert (good.returncode, good.stderr) == (0, "")
    project.layer(FAULTY)
    (project.folder / "layers" / "broken.yaml").write_text("id: [")
    done = here(*command, **settings(project))
    assert (done.returncode, done.stdout) == (0, good.stdout)
    broken, faulty = done.stderr.splitlines()
    assert broken.startswith("warning: layers/broken.yaml:1: is not valid YAML")
    assert faulty.startswith("warning: layers/faulty.yaml:2: theme: ")


@pytest.mark.parametrize(
    "command",
    [
        *(["layers", "check"], ["layers", "list"], ["etl", "run"]),
        *(["etl", "run", "faulty"], ["etl", "run", "sites", "zones"], ["layers", "history", "zones"]),
        *(["layers", "rollback", "faulty"], ["layers", "diff", "sites", "faulty@3"]),
    ],
    ids=" ".join,
)
def test_what_needs_a_faulty_file_fails_with_its_mistakes(project: Project, command: list[str]) -> None:
    project.layer(FAULTY)
    project.layer(ZONES)
    done = here(*command, **settings(project))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("altaigis: 1 mistake in the layer files:\n  layers/faulty.yaml:2: theme: ")
    assert project.number() == 1
