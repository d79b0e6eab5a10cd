"""The picture of who may import whom, printed from the source, and failing when it is no longer true."""

import ast
from pathlib import Path

import pytest

import altaigis

PACKAGE = Path(altaigis.__file__).parent

#: Each line uses only lines above it; all may use errors.
ALLOWED = {
    "__init__": set(),
    "errors": set(),
    "domain": set(),
    "settings": set(),
    "web": set(),
    "filters": {"domain"},
    "encoders": {"domain"},
    "archives": {"domain"},
    "analytics": set(),
    "geometry": set(),
    "store": {"domain", "filters"},
    # indicators come of zonal statistics, and their legends of classes
    "etl": {"domain", "geometry", "analytics", "store"},
    # looks at what was observed, beside the server
    "alerts": {"domain", "analytics", "store"},
    "services": {"domain", "filters", "geometry", "archives", "analytics", "store", "etl", "alerts"},
    "processes": {"domain", "analytics", "store"},
    "documents": set(),
    "indicatorfiles": {"domain", "documents"},
    "parameterfiles": {"domain", "documents"},
    "alertfiles": {"domain", "documents"},
    "layerfiles": {"domain", "documents", "indicatorfiles", "parameterfiles", "alertfiles"},
    "api": {"domain", "filters", "encoders", "services", "processes", "web"},
    "app": {"settings", "domain", "store", "services", "processes", "api", "web"},
    "client": {"domain"},
    "doctor": {"domain", "filters"},
    # what the server runs beside it: it works for the doors, and knows none of them
    "jobs": {"settings", "domain", "layerfiles", "alerts", "store", "processes"},
    "launch": {"settings", "domain", "layerfiles", "api", "app", "etl", "store", "jobs"},
    "cli": {
        *("settings", "domain", "layerfiles", "app", "launch", "etl", "store", "services", "encoders", "processes"),
        *("doctor", "jobs", "alerts"),
    },
    "__main__": {"cli"},
}
EVERYWHERE = {"errors", "__init__"}
FRAMEWORKS = {
    "fastapi": {"api", "app"},
    "starlette": {"api", "app"},
    "sqlalchemy": {"store", "etl", "services", "processes", "alerts", "app", "cli"},
}


def room(module: str) -> str:
    """``altaigis.store.pool`` is in the room ``store``; ``altaigis`` itself is ``__init__``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports() -> list[tuple[str, str, str]]:
    """(file, room, imported module) for every import of the source, those inside functions too."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        here = relative.parts[0].removesuffix(".py")
        if here == "web" and "node_modules" in relative.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(str(relative), here, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = (
                    [f"altaigis.{alias.name}" for alias in node.names] if node.module == "altaigis" else [node.module]
                )
                found += [(str(relative), here, name) for name in names]
    return found


IMPORTS = imports()


def test_rooms_import_only_what_they_may() -> None:
    arrows: dict[str, set[str]] = {}
    wrong = []
    for file, here, module in IMPORTS:
        if module.split(".")[0] != "altaigis":
            continue
        there = room(module) if room(module) in ALLOWED else "__init__"
        if there == here:
            continue
        arrows.setdefault(here, set()).add(there)
        if there not in ALLOWED[here] | EVERYWHERE:
            wrong.append(f"{file} imports {module}")
    for here in ALLOWED:
        print(f"{here:<12} -> {', '.join(sorted(arrows.get(here, set()) - EVERYWHERE)) or '–'}")
    assert not wrong


def test_every_room_has_its_line() -> None:
    rooms = {here for _, here, _ in IMPORTS}
    assert rooms <= ALLOWED.keys()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_stays_where_it_belongs(framework: str) -> None:
    strangers = [
        file
        for file, here, module in IMPORTS
        if module.split(".")[0] == framework and here not in FRAMEWORKS[framework]
    ]
    assert not strangers


def test_the_line_of_a_room_has_no_circle() -> None:
    done: set[str] = set(EVERYWHERE)
    for here, uses in ALLOWED.items():
        assert uses <= done, f"{here} uses what stands below it: {uses - done}"
        done.add(here)
