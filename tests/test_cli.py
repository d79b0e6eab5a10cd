"""The command line as a person meets it: help, exit codes, one clear line for what is wrong."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from altaigis import __version__, cli
from commands import altaigis, here
from conftest import ROOT, Installation

COMMANDS = [
    [],
    ["up"],
    ["serve"],
    ["db"],
    ["db", "start"],
    ["db", "stop"],
    ["db", "status"],
    ["db", "url"],
    ["etl"],
    ["etl", "run"],
    ["etl", "report"],
    ["layers"],
    ["layers", "list"],
    ["layers", "check"],
    ["layers", "diff"],
    ["layers", "history"],
    ["layers", "rollback"],
    ["tiles"],
    ["tiles", "export"],
    ["tiles", "seed"],
    ["backup"],
    ["restore"],
]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the unprivileged user of the database can reach, as pytest's own cannot be."""
    folder = Path(tempfile.mkdtemp(prefix="altaigis-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield folder
    here("db", "stop", home=folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def complaint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Gives the one line that a command fails with, in a project of one layer: to read all of them takes its time."""
    small = tmp_path_factory.mktemp("small")
    (small / "layers").mkdir()
    (small / "layers" / "limits.yaml").symlink_to(ROOT / "layers" / "limits.yaml")

    def complaint(*command: str, code: int = 2, home: Path | None = None, **settings: str) -> str:
        done = here(*command, home=home, **{"project": str(small), **settings})
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        (line,) = done.stderr.strip().splitlines()
        return line

    return complaint


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.app([*command, "--help"])
    assert end.value.code == 0
    assert "Usage:" in capsys.readouterr().out


def test_version() -> None:
    assert altaigis("--version").stdout.strip() == f"altaigis {__version__}"


def test_check_needs_no_database() -> None:
    done = here("layers", "check")
    assert (done.returncode, done.stdout) == (0, "19 layer files are good\n")


def test_a_project_without_layers(tmp_path: Path) -> None:
    done = here("layers", "check", project=str(tmp_path))
    assert done.returncode == 2
    assert "holds no layer file" in done.stderr
    assert "or name that by ALTAIGIS_PROJECT" in done.stderr


@pytest.mark.parametrize("command", [["serve"], ["etl", "run"], ["layers", "list"], ["backup", "x"], ["restore", "x"]])
def test_without_the_embedded_database(command: list[str], complaint: Callable[..., str]) -> None:
    line = complaint(*command)
    assert "does not run" in line
    assert "altaigis db start" in line


@pytest.mark.parametrize(
    "command", [["serve"], ["up"], ["etl", "run"], ["layers", "list"], ["db", "status"], ["backup", "x"]]
)
def test_with_a_database_that_does_not_answer(command: list[str], complaint: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    line = complaint(*command, database_url="postgresql://nobody:secret@127.0.0.1:1/none", port=port)
    assert "secret" not in line
    assert "Connection refused" in line


@pytest.mark.parametrize("url", ["nonsense", "mysql://h/x", "postgresql://h:port/x"])
def test_with_what_is_no_database_url(url: str, complaint: Callable[..., str]) -> None:
    assert "the database URL" in complaint("etl", "run", database_url=url)


@pytest.mark.parametrize("command", [["up"], ["serve"], ["layers", "check"], ["db", "url"]])
def test_a_bad_port(command: list[str], complaint: Callable[..., str]) -> None:
    assert "ALTAIGIS_PORT" in complaint(*command, port="http")


@pytest.mark.parametrize("command", [["up"], ["serve"]])
def test_a_busy_port(command: list[str], home: Path, complaint: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        line = complaint(*command, home=home, port=port, database_url="postgresql://nobody@127.0.0.1:1/none")
        assert f"127.0.0.1:{port}" in line
        assert "ALTAIGIS_PORT" in line
        if command == ["up"]:
            assert "ALTAIGIS_PORT" in complaint("up", home=home, port=port)
            assert list(home.iterdir()) == [], "a busy port costs no database"


@pytest.mark.parametrize("host", ["nowhere.invalid", "203.0.113.1", "a..b", "x" * 300])
def test_a_bad_host(host: str, complaint: Callable[..., str]) -> None:
    line = complaint("serve", host=host, database_url="postgresql://nobody@127.0.0.1:1/none")
    assert "ALTAIGIS_HOST" in line


def test_a_layer_that_does_not_exist(installation: Installation, complaint: Callable[..., str]) -> None:
    line = complaint("etl", "run", "distrikts", database_url=installation.url, project=str(ROOT))
    assert "distrikts" in line
    assert "districts" in line


def test_an_unknown_command() -> None:
    assert here("dance").returncode == 2


def test_list_shows_what_is_loaded(installation: Installation) -> None:
    done = here("layers", "list", database_url=installation.url)
    assert done.returncode == 0, done.stderr
    ids = {layer.id for layer in installation.catalog}
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.split()[0] in ids}
    assert set(rows) == ids
    assert rows["districts"][-2:] == ["1", "69"]


def test_history_of_a_layer(installation: Installation) -> None:
    done = here("layers", "history", "limits", database_url=installation.url)
    assert done.returncode == 0, done.stderr
    assert re.search(r"1 \* +[-\d]+ [:\d]+ +loaded +138 +0 .*limits.csv [0-9a-f]{12}", done.stdout)


def test_report_of_a_layer(installation: Installation, tmp_path: Path) -> None:
    done = here("etl", "report", "districts", database_url=installation.url)
    assert done.returncode == 0, done.stderr
    assert "features loaded: 69" in done.stdout
    assert "area moved by the cleaning of borders" in done.stdout
    page = tmp_path / "districts.html"
    assert here("etl", "report", "districts", "--html", str(page), database_url=installation.url).returncode == 0
    assert page.read_text().count('<path class="area"') >= 69
    assert page.stat().st_size < 1_000_000


def test_a_layer_is_no_different_from_itself(installation: Installation) -> None:
    done = here("layers", "diff", "districts", "districts@1", "--by", "overlap", database_url=installation.url)
    assert (done.returncode, done.stdout) == (
        0,
        "districts@1 → districts@1: 0 added, 0 removed, 0 changed, 69 same\n",
    )


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["layers", "rollback", "limits"], "one state only"),
        (["layers", "rollback", "limits", "7"], "no revision 7"),
        (["layers", "rollback", "elevation"], "one state only"),
        (["layers", "diff", "limits", "limits@8"], "no revision 8"),
        (["layers", "diff", "limits", "limits@x"], "number of a revision"),
        (["layers", "diff", "limits", "limits", "--by", "name"], "neither key nor overlap"),
        (["layers", "diff", "limits", "limits", "--by", "overlap"], "no polygons"),
        (["layers", "diff", "elevation", "elevation"], "no features"),
    ],
)
def test_what_is_not_there_to_go_back_to_or_compare(
    installation: Installation, command: list[str], problem: str
) -> None:
    project = str(installation.settings.project)
    done = here(*command, database_url=installation.url, project=project)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert problem in line


def test_list_on_an_empty_database(empty_database: Callable[[], str]) -> None:
    done = here("layers", "list", database_url=empty_database())
    assert done.returncode == 0, done.stderr
    assert re.search(r"districts .* – +–", done.stdout)


def test_a_failing_layer_is_told_and_the_others_are_loaded(tmp_path: Path, new_database: Callable[[], str]) -> None:
    (tmp_path / "layers").mkdir()
    for name in ("limits", "rivers"):
        (tmp_path / "layers" / f"{name}.yaml").symlink_to(ROOT / "layers" / f"{name}.yaml")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    shutil.copy(ROOT / "data/raw/limits.csv", tmp_path / "data/raw")
    url = new_database()
    dry = here("etl", "run", "--dry-run", "--json", project=str(tmp_path), database_url=url)
    assert (dry.returncode, dry.stderr) == (1, "")
    failed, good = sorted(map(json.loads, dry.stdout.splitlines()), key=lambda told: str(told["outcome"]))
    assert "rivers_wdbii.geojson is missing" in failed["error"]
    assert (good["layer"], good["loaded"], good["dry_run"], good["findings"]) == ("limits", 138, True, [])
    told = here("etl", "run", "limits", "--dry-run", project=str(tmp_path), database_url=url)
    assert (told.returncode, told.stdout) == (0, "")
    assert re.fullmatch(r"  limits +would be loaded, 138 of 138, [\d.]+ s\n", told.stderr), "plain: no terminal"
    done = here("etl", "run", project=str(tmp_path), database_url=url)
    assert done.returncode == 1
    assert "rivers_wdbii.geojson is missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert re.search("limits +loaded, 138 of 138", done.stderr + done.stdout)
    again = here("etl", "run", "limits", project=str(tmp_path), database_url=url)
    assert (again.returncode, again.stdout) == (0, "  1 of 1 layers are unchanged\n")


def test_raw_files_of_another_folder(
    tmp_path: Path, new_database: Callable[[], str], complaint: Callable[..., str]
) -> None:
    project, mine = tmp_path / "project", tmp_path / "mine"
    (project / "layers").mkdir(parents=True)
    (project / "layers" / "limits.yaml").symlink_to(ROOT / "layers" / "limits.yaml")
    mine.mkdir()
    shutil.copy(ROOT / "data/raw/limits.csv", mine)
    where = {"project": str(project), "database_url": new_database()}
    assert "limits.csv is missing; other folders are named by --data" in here("etl", "run", **where).stderr
    done = here("etl", "run", "--data", str(mine), **where)
    assert (done.returncode, "loaded, 138 of 138" in done.stderr + done.stdout) == (0, True)
    again = here("etl", "run", data=str(mine), **where)
    assert (again.returncode, again.stdout) == (0, "  1 of 1 layers are unchanged\n")
    assert "--data: absent is no folder" in complaint("etl", "run", "--data", "absent", **where)


def test_the_embedded_database_and_a_backup_of_it(home: Path, tmp_path: Path) -> None:
    """From nothing to a restored layer, by commands alone."""
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "limits.yaml").symlink_to(ROOT / "layers" / "limits.yaml")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw")

    def run(*command: str, code: int = 0) -> str:
        # what starts the database shall end before the others find it
        how = altaigis if command == ("db", "start") else here
        done = how(*command, home=home / "gis", project=str(tmp_path))
        assert done.returncode == code, done
        return done.stdout

    try:
        assert run("db", "status", code=1).startswith("absent: ")
        assert run("db", "url").startswith("postgresql://")
        assert run("db", "start").startswith("started: postgresql://")
        assert run("db", "start").startswith("runs already: ")
        assert run("db", "status").startswith("running: ")
        run("etl", "run")
        saved = str(tmp_path / "saved")
        assert run("backup", saved).startswith("written: ")
        psql = ["psql", "-Atqc", "DELETE FROM layers.limits_r1 RETURNING 1", run("db", "url").strip()]
        assert subprocess.run(psql, capture_output=True, text=True).stdout.count("1") == 138
        assert run("restore", saved).startswith("restored from ")
        psql[2] = "SELECT count(*) FROM layers.limits_r1"
        assert subprocess.run(psql, capture_output=True, text=True).stdout == "138\n"
        assert run("db", "stop") == "stopped\n"
        assert run("db", "status", code=1).startswith("stopped: ")
    finally:
        here("db", "stop", home=home / "gis")


def test_what_is_no_backup(installation: Installation, tmp_path: Path, complaint: Callable[..., str]) -> None:
    (tmp_path / "junk").write_bytes(bytes(1000))
    for name in ("junk", "missing"):
        line = complaint("restore", str(tmp_path / name), database_url=installation.url, code=1)
        assert name in line
