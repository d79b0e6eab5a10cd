"""The server runs with the packages that pyproject.toml declares, without those that only tests bring."""

import json
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
PROJECT = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]

IMPORT_ALL = """
import importlib, json, pkgutil, sys

forbidden = set(json.loads(sys.argv[1]))

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in forbidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import altaigis
for module in pkgutil.walk_packages(altaigis.__path__, "altaigis."):
    if ".migrations." not in module.name and module.name != "altaigis.__main__":
        importlib.import_module(module.name)
        print(module.name)
"""


def asked_for(requirements: list[str]) -> set[str]:
    """What pip installs for these requirements, by canonical names."""
    found: set[tuple[str, str]] = set()
    waiting = [(text, "") for text in requirements]
    while waiting:
        text, extra_of_parent = waiting.pop()
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra_of_parent}):
            continue
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) in found:
                continue
            found.add((name, extra))
            with suppress(PackageNotFoundError):  # wanted on other systems or versions of Python
                waiting += [(child, extra) for child in requires(name) or []]
    return {name for name, _ in found}


def test_every_module_imports_with_the_declared_dependencies_alone() -> None:
    installed_with_us = asked_for(PROJECT["dependencies"]) | {"altaigis"}
    assert {"fastapi", "starlette", "psycopg-binary", "uvloop"} <= installed_with_us
    assert "pytest" not in installed_with_us
    others = [
        module
        for module, distributions in packages_distributions().items()
        if not {canonicalize_name(d) for d in distributions} & installed_with_us
    ]
    assert "pytest" in others
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, json.dumps(others)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "altaigis.app" in done.stdout.split()
