"""QGIS edits by WFS, with a key as the password, and everybody sees it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from altaigis.store import keys
from clients.conftest import last_json, listening, run
from clients.test_qgis import SYSTEM_PYTHON, has_qgis
from projects import Project, head

SITES = (
    head("sites", "sites.csv", "crs: EPSG:4326", "geometry: {x: lon, y: lat}")
    + """\
  site_id: {role: id, type: text}
  name_ru: {role: title, type: text, required: true}
  visitors: {type: integer, range: [0, 1000]}
  seen: {type: datetime}
  geom: {role: geometry, type: Point}
editable: true
"""
)
#: Synthetic.
CSV = """\
site_id,name_ru,visitors,seen,lon,lat
a,Старое место auto,1,,85,52
b,Старое место 1.1.0,2,,85.5,52
c,Другое,3,,84,51
"""


@pytest.fixture(scope="module")
def editable(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server with an editable layer, and a key to it."""
    project = Project(tmp_path_factory.mktemp("editable") / "project", new_database())
    project.layer(SITES)
    project.source("sites.csv", CSV)
    project.run("sites")
    token = keys.add(project.workspace.database, "anna", ("edit:sites",))
    project.workspace.database.dispose()
    with listening(project) as url:
        yield url, token


@pytest.mark.skipif(not has_qgis(), reason="QGIS's Python (python3-qgis) is not installed")
@pytest.mark.parametrize("version", ["auto", "1.1.0"])
def test_what_qgis_edits_is_seen_by_all(editable: tuple[str, str], version: str, tmp_path: Path) -> None:
    url, token = editable
    items = f"{url}/collections/sites/items"
    before = httpx.get(items).json()["numberMatched"]
    script, home = Path(__file__).with_name("qgis_edits.py"), str(tmp_path)
    printed = run(
        SYSTEM_PYTHON, str(script), f"{url}/wfs", token, version,
        QT_QPA_PLATFORM="offscreen", HOME=home, XDG_RUNTIME_DIR=home, LANG="ru_RU.UTF-8", TZ="UTC",
    )  # fmt: skip
    seen = last_json(printed)
    assert (seen["valid"], seen["count"]) == (True, before)
    assert [seen[name][0] for name in ("added", "changed", "deleted")] == [True] * 3, seen
    assert seen["refused"][0] is False
    assert "visitors" in seen["refused"][1]
    after = {feature["properties"]["name_ru"]: feature for feature in httpx.get(items).json()["features"]}
    made = after[f"Новое место {version}"]
    assert (made["properties"]["visitors"], made["geometry"]["coordinates"]) == (7, [84.5, 51.5])
    assert made["properties"]["seen"].startswith("2024-01-01T05:00:00")
    assert f"Старое место {version}" not in after
    assert len(after) == before
