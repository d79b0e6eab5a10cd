"""What a server pays for the analyses that nobody asks for."""

import ast
from pathlib import Path

import pytest

import altaigis.analytics

#: Each takes seconds to import.
HEAVY = {"exactextract", "libpysal", "mapclassify", "sklearn", "spopt", "esda", "statsmodels", "ruptures"}


@pytest.mark.parametrize(
    "module", sorted(Path(altaigis.analytics.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_heavy_libraries_are_imported_where_they_are_used(module: Path) -> None:
    at_start = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            at_start |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            at_start.add((node.module or "").split(".")[0])
    assert at_start.isdisjoint(HEAVY)
