"""Progress: a bar on a terminal, plain lines elsewhere, and JSON lines that nothing is mixed into."""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from altaigis.cli import progress
from commands import here
from etl.stopping import Run, Stop, kill_all, start
from observing import ROOT, Observatory, csv, temperature
from projects import CSV, POINTS, Project

HALF_SENT = Stop("altaigis.store.copying:_pieces", "half")
SECONDS = 30
ESCAPE = "\x1b"
END = b"\x04"


class Screen:
    """A terminal that keeps all that was ever drawn on it."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        self.path = Path(os.ttyname(self._theirs))
        self._bytes = bytearray()
        # a terminal that nobody reads keeps who draws on it waiting
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._bytes.endswith(END):
            self._bytes += os.read(self._ours, 4096)

    @property
    def drawn(self) -> str:
        """All of it but the colours, which depend on where the tests are run."""
        return re.sub("\x1b\\[[0-9;]*m", "", self._bytes.decode(errors="replace"))

    def close(self) -> None:
        os.write(self._theirs, END)
        self._reader.join(SECONDS)
        os.close(self._ours)
        os.close(self._theirs)

    def wait_for(self, pattern: str) -> None:
        """Return when this has been drawn."""
        deadline = time.monotonic() + SECONDS
        while not re.search(pattern, self.drawn):
            assert time.monotonic() < deadline, f"{pattern} is not drawn: {self.drawn!r}"
            time.sleep(0.02)


@pytest.fixture
def screen() -> Iterator[Screen]:
    screen = Screen()
    yield screen
    kill_all()
    screen.close()


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.layer(POINTS)
    empty_project.source("sites.csv", CSV + "d,Ничей,1,85,52\n")
    return empty_project


@pytest.fixture
def begin(project: Project, screen: Screen) -> Callable[..., Run]:
    terminal = {"TERM": "xterm", "COLUMNS": "120", "LINES": "24"}
    settings = {"ALTAIGIS_PROJECT": str(project.folder), "ALTAIGIS_DATABASE_URL": project.url, **terminal}
    return lambda *command, stop=None: start(list(command), settings, screen.path, stop)


def settings(project: Project) -> dict[str, str]:
    return {"project": str(project.folder), "database_url": project.url}


def test_a_terminal_shows_a_bar_of_the_rows_which_ends_full(begin: Callable[..., Run], screen: Screen) -> None:
    run = begin("etl", "run", stop=HALF_SENT)
    run.wait_for_stop()
    screen.wait_for(r"layers +━* *0/1 ")
    screen.wait_for(r"sites: rows .*━.* 2/4 ")
    run.let_go()
    assert run.end().code == 0
    *_, last = re.findall(r"layers +(━*) *(\d+)/(\d+) ", screen.drawn)
    assert last == (40 * "━", "1", "1"), "a full bar"
    assert re.search(r"sites +loaded, 4 of 4, [\d.]+ s\r\n", screen.drawn)
    assert screen.drawn.rfind("\x1b[?25h") > screen.drawn.rfind("\x1b[?25l") > -1, "the cursor is back"


def test_a_bar_goes_away_with_a_run_that_fails(begin: Callable[..., Run], screen: Screen, project: Project) -> None:
    project.source("sites.csv", b"")
    assert begin("etl", "run").end().code == 1
    assert "it is empty" in screen.drawn
    assert screen.drawn.rfind("\x1b[?25h") > screen.drawn.rfind("\x1b[?25l") > -1


def test_json_lines_are_nothing_else_on_a_terminal(begin: Callable[..., Run], screen: Screen) -> None:
    assert begin("etl", "run", "--json").end().code == 0
    (line,) = screen.drawn.splitlines()
    assert json.loads(line)["loaded"] == 4


def test_without_a_terminal_there_are_plain_lines_alone(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.0)
    done = here("etl", "run", **settings(project))
    assert (done.returncode, done.stdout) == (0, "")
    *stages, end = done.stderr.splitlines()
    assert re.fullmatch(r"  sites +loaded, 4 of 4, [\d.]+ s", end)
    assert "  sites: read" in stages
    assert "  sites: rows, 4 of 4 rows" in stages
    assert all(re.fullmatch(r"  sites: [a-z]+(, \d+ of \d+ rows)?", line) for line in stages), stages


def test_without_a_terminal_little_is_said_of_what_is_quick(project: Project) -> None:
    done = here("etl", "run", **settings(project))
    assert len(done.stderr.splitlines()) == 1


def test_json_lines_can_be_read_whatever_is_told_beside_them(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.0)
    project.layer(POINTS.replace("id: sites", "id: others").replace("sites.csv", "absent.csv"))
    done = here("etl", "run", "--json", **settings(project))
    assert done.returncode == 1
    told = {line["layer"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert {name: line["outcome"] for name, line in told.items()} == {"sites": "loaded", "others": "failed"}
    assert ESCAPE not in done.stdout + done.stderr
    again = here("etl", "run", "sites", "--json", **settings(project))
    assert [json.loads(line)["outcome"] for line in again.stdout.splitlines()] == ["unchanged"]


def test_a_bar_of_observations_has_rows_and_bytes_and_ends_full(
    observatory: Observatory, screen: Screen, tmp_path: Path
) -> None:
    file = tmp_path / "weather.csv"
    file.write_text(csv(*(temperature(f"2026-01-0{day}T00:00:00Z", day) for day in range(1, 6))), encoding="utf-8")
    environment = {"ALTAIGIS_PROJECT": str(ROOT), "ALTAIGIS_DATABASE_URL": observatory.url}
    run = start(["observations", "load", str(file)], {**environment, "TERM": "xterm", "COLUMNS": "120"}, screen.path)
    assert run.end().code == 0
    size = file.stat().st_size
    assert re.search(rf"weather\.csv[^\n]*━[^\n]* {size}/{size} bytes[^\n]* 5 rows", screen.drawn)
    assert "weather.csv: 5 rows: 5 added" in screen.drawn
    plain = here("observations", "load", str(file), database_url=observatory.url)
    assert (plain.returncode, plain.stderr) == (0, "")
    assert plain.stdout.startswith("  weather.csv: 5 rows: 5 unchanged")
