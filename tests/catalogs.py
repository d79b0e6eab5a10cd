"""The project's own layers, for processes that shall begin soon too: nothing else is imported here."""

from functools import cache
from pathlib import Path

from altaigis.domain.catalog import Catalog
from altaigis.layerfiles import read_catalog

ROOT = Path(__file__).parents[1]


@cache
def project_catalog() -> Catalog:
    """The catalog of the repository. To read it takes longer than most tests."""
    return read_catalog(ROOT / "layers")
