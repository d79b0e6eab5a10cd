"""Dockerfile and compose.yaml against the tree: there may be no Docker engine to try them on."""

import fnmatch
import json
import re
import shlex
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from dockerfile_parse import DockerfileParser
from ruamel.yaml import YAML

from altaigis.settings import Settings

ROOT = Path(__file__).parents[2]
VARIABLES = {f"ALTAIGIS_{name.upper()}" for name in Settings.model_fields}


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage by the stage's name, in order, FROM included."""
    parser = DockerfileParser(fileobj=BytesIO((ROOT / "Dockerfile").read_bytes()))
    found: dict[str, list[tuple[str, str]]] = {}
    for step in parser.structure:
        if step["instruction"] == "FROM":
            current = found.setdefault(step["value"].split(" AS ")[1], [])
        if step["instruction"] != "COMMENT":
            current.append((step["instruction"], step["value"]))
    return found


def values(stage: str, instruction: str) -> list[str]:
    return [value for name, value in stages()[stage] if name == instruction]


def copies() -> list[tuple[str, str | None, list[str], str]]:
    """Every COPY: its stage, the stage it copies from, sources and target."""
    found = []
    for stage in stages():
        for value in values(stage, "COPY"):
            words = shlex.split(value)
            origin = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
            found.append((stage, origin, words[:-1], words[-1]))
    return found


def environment() -> dict[str, str]:
    return dict(word.split("=", 1) for stage in stages() for v in values(stage, "ENV") for word in shlex.split(v))


def compose() -> Any:
    return YAML(typ="safe").load(ROOT / "compose.yaml")


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path of the tree out of the build; its last matching line decides."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        heads = {"/".join(parts[: n + 1]) for n in range(len(parts))}
        if "**/" in line:
            heads |= set(parts)
        if any(fnmatch.fnmatchcase(head, pattern) for head in heads):
            verdict = not line.startswith("!")
    return verdict


def test_the_last_of_three_stages_is_the_server() -> None:
    assert list(stages()) == ["web", "package", "server"]


def test_images_are_pinned_to_a_version() -> None:
    images = [values(stage, "FROM")[0].split()[0] for stage in stages()]
    images += [s["image"] for s in compose()["services"].values() if "image" in s]
    assert len(images) == 4
    for image in images:
        assert re.fullmatch(r"[a-z/]+:\d[\w.-]*", image), image


def test_everything_copied_is_in_the_tree_and_reaches_the_build() -> None:
    from_tree = [(source, target) for _, origin, sources, target in copies() if origin is None for source in sources]
    assert len(from_tree) > 5
    for source, _ in from_tree:
        assert (ROOT / source).exists(), source
        assert not ignored(source), source


def test_what_is_made_on_the_machine_stays_out_of_the_build() -> None:
    for path in (
        ".venv/bin/python",
        ".git/config",
        "data/processed/districts.parquet",
        "src/altaigis/web/node_modules/vite/package.json",
        "src/altaigis/web/dist/index.html",
        "src/altaigis/__pycache__/cli.pyc",
    ):
        assert ignored(path), path
    assert not ignored("src/altaigis/web/package.json")
    assert not ignored("data/raw/README.md")


def test_stages_copy_only_from_stages_before_them() -> None:
    order = list(stages())
    between = [(stage, origin) for stage, origin, _, _ in copies() if origin]
    assert between == [("package", "web"), ("server", "package")]
    for stage, origin in between:
        assert order.index(origin) < order.index(stage)


def test_the_front_end_is_built_where_the_wheel_looks_for_it() -> None:
    scripts = json.loads((ROOT / "src/altaigis/web/package.json").read_text(encoding="utf-8"))["scripts"]
    called = [word for run in values("web", "RUN") for word in re.findall(r"npm run ([\w:-]+)", run)]
    assert called == ["build"]
    assert set(called) <= scripts.keys()
    built = next(c for c in copies() if c[0] == "package" and c[1] == "web")
    assert built[2:] == (["/web/dist"], "src/altaigis/web/dist")
    assert values("web", "WORKDIR") == ["/web"]


def test_python_packages_are_the_pinned_ones() -> None:
    (install,) = values("package", "RUN")
    assert "-c constraints.txt" in install
    package_files = next(c for c in copies() if c[0] == "package" and c[1] is None)
    assert "constraints.txt" in package_files[2]


def test_build_arguments_that_are_used_are_declared() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    declared = {v.split("=")[0] for stage in stages() for v in values(stage, "ARG")} | {"PATH"} | set(environment())
    assert set(re.findall(r"\$\{?([A-Za-z_]+)", text)) <= declared
    assert set(compose()["services"]["app"]["build"].get("args", {})) <= declared


def test_the_server_does_not_run_as_root_and_may_write_what_the_etl_makes() -> None:
    steps = stages()["server"]
    (user,) = values("server", "USER")
    made = " && ".join(values("server", "RUN"))
    assert user != "root"
    assert re.search(rf"useradd [^&]*\b{user}\b", made)
    assert f"install -d -o {user} data/processed" in made
    assert [name for name, _ in steps].index("USER") > max(n for n, (name, _) in enumerate(steps) if name == "RUN")


def test_variables_are_settings() -> None:
    ours = {name: value for name, value in environment().items() if name.startswith("ALTAIGIS_")}
    assert ours.keys() <= VARIABLES
    assert ours["ALTAIGIS_HOST"] == "0.0.0.0"
    assert [ours["ALTAIGIS_PROJECT"]] == values("server", "WORKDIR")
    app = compose()["services"]["app"]["environment"]
    assert app.keys() <= VARIABLES
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert used <= VARIABLES


def test_port_and_health_agree() -> None:
    port = environment()["ALTAIGIS_PORT"]
    (exposed,) = values("server", "EXPOSE")
    (health,) = values("server", "HEALTHCHECK")
    assert exposed == port
    assert f"http://127.0.0.1:{port}/healthz" in health
    assert compose()["services"]["app"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_health_check_is_python_that_compiles() -> None:
    (health,) = values("server", "HEALTHCHECK")
    python, option, code = json.loads(health[health.index("[") :])
    assert (python, option) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")


def test_the_command_is_one_that_the_program_has() -> None:
    (command,) = values("server", "CMD")
    program, *arguments = json.loads(command)
    assert program == "altaigis"
    shown = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments, "--help"], capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    assert "/opt/altaigis/bin" in environment()["PATH"]


@pytest.mark.parametrize("service", ["db", "app"])
def test_what_a_service_refers_to_is_declared(service: str) -> None:
    document = compose()
    one = document["services"][service]
    assert set(one["networks"]) <= document["networks"].keys()
    assert {v.split(":")[0] for v in one.get("volumes", [])} <= document["volumes"].keys()
    assert one.get("depends_on", {}).keys() <= document["services"].keys()


def test_the_app_waits_for_a_database_that_it_can_reach() -> None:
    services = compose()["services"]
    db, app = services["db"], services["app"]
    assert app["depends_on"]["db"]["condition"] == "service_healthy"
    settings = db["environment"]
    url = app["environment"]["ALTAIGIS_DATABASE_URL"]
    assert url == f"postgresql://{settings['POSTGRES_USER']}@db/{settings['POSTGRES_DB']}"
    assert set(db["networks"]) <= set(app["networks"])
    assert f"--username={settings['POSTGRES_USER']}" in db["healthcheck"]["test"]


def test_the_database_without_a_password_is_out_of_reach_from_outside() -> None:
    document = compose()
    assert "ports" not in document["services"]["db"]
    assert all(document["networks"][name]["internal"] for name in document["services"]["db"]["networks"])


def test_compose_builds_this_tree() -> None:
    build = compose()["services"]["app"]["build"]
    assert (ROOT / build["context"]).resolve() == ROOT
    assert (ROOT / build["context"] / build["dockerfile"]).is_file()
    assert build["target"] in stages()
