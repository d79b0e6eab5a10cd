"""The project's own layers, for processes that shall begin soon too: nothing else is imported here."""

from functools import cache
from pathlib import Path

from altaigis.domain.catalog import Catalog
from altaigis.layerfiles import read_catalog

ROOT = Path(__file__).parents[1]


@cache
def _read() -> Catalog:
    return read_catalog(ROOT / "layers")


def project_catalog() -> Catalog:
    """The catalog of the repository, read once, for it takes longer than most tests; for each who asks one of his own:
    derived layers that an application finds in its database are brought into it."""
    known = _read()
    return Catalog(known.declared.values(), known.indicators, known.parameters, known.alerts)
