"""Small projects of one's own for the tests: layer files and raw files in a folder, a database that is empty."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from altaigis.domain.catalog import Catalog
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.report import Report
from altaigis.etl.workspace import Workspace
from altaigis.layerfiles import read_catalog
from altaigis.store.pool import engine, require_postgis
from altaigis.store.revisions import current_revisions
from altaigis.store.schema import migrate


def head(layer_id: str, file: str, *keys: str) -> str:
    """A layer file up to its fields, which follow; ``keys`` are further lines of its source."""
    source = "".join(f"  {line}\n" for line in (f"file: {file}", *keys))
    return (
        f"id: {layer_id}\ntheme: territory\ntitle: {{ru: Слой, en: Layer}}\nsource:\n{source}"
        "  licence: CC0-1.0\n  attribution: {ru: Мы, en: We}\nfields:\n"
    )


POINTS = (
    head("sites", "sites.csv", "crs: EPSG:4326", "geometry: {x: lon, y: lat}")
    + """\
  site_id: {role: id, type: text}
  name_ru: {role: title, type: text, required: true}
  visitors: {type: integer, range: [0, null]}
  geom: {role: geometry, type: Point}
"""
)
CSV = "site_id,name_ru,visitors,lon,lat\na,Озеро Ая,10,85.85,51.9\nb,Белокуриха,,84.98,52.0\nc,Без места,3,,\n"

SQUARES = (
    head("squares", "squares.geojson")
    + """\
  name_ru: {role: title, type: text}
  square_id: {role: id, type: text}
  area_km2: {type: number, compute: geodesic_area_km2}
  geom: {role: geometry, type: MultiPolygon, required: true}
coverage: true
"""
)


class Project:
    """A project of one's own with a database of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.raw = folder / "data" / "raw"
        self.raw.mkdir(parents=True)
        (folder / "layers").mkdir()
        self.workspace = Workspace(RawData((self.raw,)), folder / "data" / "processed", engine(url))
        require_postgis(self.workspace.database)
        migrate(self.workspace.database)

    def layer(self, text: str) -> None:
        name = text.split("\n", 1)[0].removeprefix("id: ")
        (self.folder / "layers" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def source(self, name: str, content: str | bytes) -> None:
        (self.raw / name).write_bytes(content.encode() if isinstance(content, str) else content)

    @property
    def catalog(self) -> Catalog:
        return read_catalog(self.folder / "layers")

    def run(self, name: str = "sites") -> Report:
        return run(self.catalog.layer(name), self.workspace)

    def number(self, name: str = "sites") -> int | None:
        revision = current_revisions(self.workspace.database).get(name)
        return revision.number if revision else None

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def table(self, name: str = "sites", columns: str = "*") -> list[tuple[Any, ...]]:
        ((relation,),) = self.ask(
            "SELECT relation FROM altaigis.revisions JOIN altaigis.current USING (layer, number) WHERE layer = %s", name
        )
        return self.ask(f'SELECT {columns} FROM layers."{relation}" ORDER BY 1')


def squares(*cells: tuple[str | None, float, float, float, float]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"square_id": name, "name_ru": f"Квадрат {name}"},
            "geometry": {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}
            if w is not None
            else None,
        }
        for name, w, s, e, n in cells
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


_EMPTY = """
DO $$
DECLARE dropped text; emptied text;
BEGIN
    SELECT string_agg(format('%I.%I', schemaname, tablename), ',') FROM pg_tables
        WHERE schemaname = 'layers' INTO dropped;
    SELECT string_agg(format('%I.%I', schemaname, tablename), ',') FROM pg_tables
        WHERE schemaname = 'altaigis' AND tablename <> 'alembic_version' INTO emptied;
    IF dropped IS NOT NULL THEN EXECUTE 'DROP TABLE ' || dropped || ' CASCADE'; END IF;
    EXECUTE 'TRUNCATE ' || emptied || ' RESTART IDENTITY CASCADE';
END $$
"""


def emptied(url: str) -> str:
    """The database with our own tables, and nothing in them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_EMPTY)
    return url


@pytest.fixture(scope="module")
def project_url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def empty_project(project_url: str, tmp_path: Path) -> Iterator[Project]:
    """A project without layers and raw files."""
    made = Project(tmp_path / "project", emptied(project_url))
    yield made
    made.workspace.database.dispose()


@pytest.fixture
def sites_project(empty_project: Project) -> Project:
    """One with a layer of points and its raw file, which is not loaded yet."""
    empty_project.layer(POINTS)
    empty_project.source("sites.csv", CSV)
    return empty_project
