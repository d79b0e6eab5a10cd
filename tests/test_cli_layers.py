"""Commands about one layer: what they say of it, and that faulty files of other layers do not stop them."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from altaigis.domain.layer import Layer
from altaigis.etl import batch
from altaigis.etl.batch import Outcome
from altaigis.etl.report import Report
from altaigis.etl.workspace import Workspace
from commands import here
from projects import CSV, POINTS, SQUARES, Project

FAULTY = SQUARES.replace("id: squares", "id: faulty").replace("theme: territory", "theme: terra")
ZONES = SQUARES.replace("id: squares", "id: zones").replace("  licence:", "  within: faulty\n  licence:")


@pytest.fixture
def project(sites_project: Project) -> Project:
    sites_project.run()
    return sites_project


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


def test_a_dry_run_of_a_layer_that_waits_is_no_failure(project: Project) -> None:
    project.layer(
        POINTS.replace("id: sites", "id: towns").replace("type: text}", "type: text, references: {layer: sites}}", 1)
    )
    project.source("sites.csv", CSV + "d,Ничей,1,85,52\n")
    done = here("etl", "run", "--dry-run", **settings(project))
    assert done.returncode == 0
    assert "towns                would be loaded after sites: not tried" in done.stdout + done.stderr
    done = here("etl", "run", "--dry-run", "--json", **settings(project))
    waiting = json.loads(done.stdout.splitlines()[-1])
    told = waiting["layer"], waiting["outcome"], waiting["dry_run"], waiting["waits_for"]
    assert (done.returncode, told) == (0, ("towns", "waits", True, ["sites"]))


@pytest.mark.parametrize(("place", "problem"), [("no/report.html", "No such file"), ("", "Is a directory")])
def test_a_report_that_cannot_be_written_is_one_line(project: Project, place: str, problem: str) -> None:
    done = here("etl", "report", "sites", "--html", str(project.folder / place), **settings(project))
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"altaigis: the report {project.folder / place} cannot be written: {problem}")


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(143)], ids=["ctrl-c", "sigterm"])
def test_a_run_that_is_stopped_tells_what_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    def stopped(layers: list[Layer], workspace: Callable[[Layer], Workspace], *, dry: bool) -> Iterator[Outcome]:
        assert not dry
        workspace(layers[0])
        yield Outcome(layers[0], Report("other", "loaded", "", 0.1))
        workspace(layers[0])
        raise stop

    monkeypatch.setattr(batch, "run_all", stopped)
    project.source("sites.csv", CSV + "d,Ничей,1,85,52\n")
    done = here("etl", "run", **settings(project))
    assert done.returncode == (143 if isinstance(stop, SystemExit) else 130)
    told = "interrupted; what was loaded before stays, what is in work (sites) is as it was, or loaded whole\n"
    assert done.stderr.endswith(told)


def test_the_history_as_json_lines(project: Project) -> None:
    project.source("sites.csv", CSV + "d,Ничей,1,85,52\n")
    project.run()
    (project.raw / "sites.csv").unlink()
    assert here("etl", "run", "sites", **settings(project)).returncode == 1
    done = here("layers", "history", "sites", "--json", **settings(project))
    assert (done.returncode, done.stderr) == (0, "")
    failed, newer, older = map(json.loads, done.stdout.splitlines())
    assert [told["outcome"] for told in (failed, newer, older)] == ["failed", "loaded", "loaded"]
    assert [told["revision"] for told in (failed, newer, older)] == [None, 2, 1]
    assert [told["current"] for told in (failed, newer, older)] == [False, True, False]
    assert [told["kept"] for told in (failed, newer, older)] == [False, True, True]
    assert [told.get("loaded") for told in (newer, older)] == [4, 3]
    assert "is missing" in failed["error"]
    assert failed["run"] > newer["run"] > older["run"]
    assert newer["checksums"]["sites.csv"] != older["checksums"]["sites.csv"]
    assert timedelta(0) < datetime.now(UTC) - datetime.fromisoformat(older["finished"]) < timedelta(hours=1)


def test_the_difference_as_json(project: Project) -> None:
    project.source("sites.csv", CSV + "d,Ничей,1,85,52\n")
    project.run()
    done = here("layers", "diff", "sites@1", "sites@2", "--json", **settings(project))
    assert (done.returncode, json.loads(done.stdout)["added"]) == (0, ["d"])


def test_check_tells_each_raw_file_that_is_missing_and_where_it_was_looked_for(project: Project) -> None:
    project.layer(POINTS.replace("id: sites", "id: others").replace("file: sites.csv", "file: others/others.csv"))
    project.layer(SQUARES)
    mine = project.folder / "mine"
    mine.mkdir()
    done = here("layers", "check", "--data", str(mine), project=str(project.folder))
    assert (done.returncode, done.stdout) == (1, "3 layer files are good\n")
    others, squares = done.stderr.splitlines()
    assert f"error: layer others: the raw file {project.raw / 'others/others.csv'} is missing" in others
    assert f"nor is it in {mine}; other folders are named by --data" in others
    assert "layer squares: the raw file" in squares
    (mine / "others").mkdir()
    shutil.copy(project.raw / "sites.csv", mine / "others/others.csv")
    (project.folder / "layers" / "squares.yaml").unlink()
    done = here("layers", "check", data=str(mine), project=str(project.folder))
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 layer files are good\n", "")


def test_check_waits_for_no_copy_of_a_remote_source(project: Project) -> None:
    remote = "remote: {url: 'http://127.0.0.1:1/sites.csv'}"
    project.layer(POINTS.replace("file: sites.csv", f"file: remote/sites.csv\n  {remote}"))
    done = here("layers", "check", project=str(project.folder))
    assert (done.returncode, done.stdout) == (0, "1 layer files are good\n")
    told = "warning: layer sites: remote/sites.csv is not there yet; a run fetches it from http://127.0.0.1:1/sites.csv"
    assert done.stderr == f"  {told}\n"
