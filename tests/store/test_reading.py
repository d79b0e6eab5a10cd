"""Reading from PostGIS: search, tiles, pages, boxes; on the real layers and on layers that are odd on purpose."""

import asyncio
import json
import math
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar

import mapbox_vector_tile
import psycopg
import pyarrow as pa
import pytest
import shapely
from shapely import wkb
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.catalog import Catalog
from altaigis.domain.extent import BBox
from altaigis.domain.feature import Feature
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.run import Run
from altaigis.domain.tile import TileCoord
from altaigis.errors import ParameterError
from altaigis.filters.params import within_box
from altaigis.services.ledger import Ledger
from altaigis.services.search import SearchService
from altaigis.store import load
from altaigis.store.features import count_features, read_feature, read_features
from altaigis.store.pool import async_engine, engine, require_postgis
from altaigis.store.schema import migrate
from altaigis.store.search import Place, search_places
from altaigis.store.tiles import read_tile
from conftest import Installation

T = TypeVar("T")


class Database:
    """Asks the store's asynchronous functions from tests that are not."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, question: Callable[[AsyncEngine], Awaitable[T]]) -> T:
        async def answer() -> T:
            database = async_engine(self.url)
            try:
                return await question(database)
            finally:
                await database.dispose()

        return asyncio.run(answer())

    def revision(self, layer: Layer) -> Revision:
        return self.ask(lambda database: Ledger(database).revision(layer))

    def rows(self, layer: Layer) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as connection:
            return connection.execute(f'SELECT * FROM layers."{self.revision(layer).relation}"'.encode()).fetchall()

    def features(self, layer: Layer, box: BBox | None = None, **page: Any) -> list[Feature]:
        query = FeatureQuery(layer, within_box(layer, str(box)) if box else None, **({"limit": 10_000} | page))
        revision = self.revision(layer)
        found, count = self.ask(lambda database: _both(database, revision, query))
        assert page or len(found) == count
        return found

    def tile(self, layer: Layer, z: int, x: int, y: int) -> dict[str, Any]:
        revision = self.revision(layer)
        content = self.ask(lambda database: read_tile(database, revision, FeatureQuery(layer), TileCoord(z, x, y)))
        return mapbox_vector_tile.decode(content) if content else {}

    def search(self, catalog: Catalog, words: str, limit: int = 20) -> list[Place]:
        return self.ask(lambda database: SearchService(database, Ledger(database), catalog).search(words, limit))


async def _both(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> tuple[list[Feature], int]:
    return await read_features(database, revision, query), await count_features(database, revision, query)


@pytest.fixture(scope="module")
def real(installation: Installation) -> Database:
    return Database(installation.url)


@pytest.fixture(scope="module")
def catalog(installation: Installation) -> Catalog:
    return installation.catalog


def tile_at(z: int, longitude: float, latitude: float) -> tuple[int, int]:
    x = math.floor((longitude + 180) / 360 * (1 << z))
    y = math.floor((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * (1 << z))
    return x, y


# Search


@pytest.mark.parametrize(
    ("words", "layer", "fid"),
    [
        ("Барнаул", "districts", "barnaul"),
        ("барнаул", "districts", "barnaul"),
        ("BARNAUL", "districts", "barnaul"),
        ("белокур", "districts", "belokurikha"),
        ("Краснощеков", "districts", "krasnoshchyokovsky"),
        ("краснощёков", "districts", "krasnoshchyokovsky"),
        ("Belokurikha Gornaya", "resort_sites", "belokurikha_gornaya"),
        ("городской округ город Бийск", "districts", "biysk"),
    ],
)
def test_search_in_both_languages(real: Database, catalog: Catalog, words: str, layer: str, fid: str) -> None:
    found = real.search(catalog, words)
    assert (layer, fid) in {(place.layer, place.fid) for place in found}
    for place in found:
        names = real.rows(catalog.layer(place.layer))
        row = next(row for row in names if str(row[catalog.layer(place.layer).id_field]) == place.fid)
        held = " | ".join(str(value) for key, value in row.items() if "name" in key).lower().replace("ё", "е")
        assert words.lower().replace("ё", "е") in held


def test_search_gives_both_names_and_a_place(real: Database, catalog: Catalog) -> None:
    place = next(p for p in real.search(catalog, "Барнаул") if p.layer == "districts")
    assert (place.name_ru, place.name_en) == ("Барнаул", "Barnaul")
    shape = next(wkb.loads(r["geom"]) for r in real.rows(catalog.layer("districts")) if r["territory_id"] == "barnaul")
    assert place.point is not None
    assert shape.contains(shapely.from_geojson(place.point))
    assert place.extent is not None
    assert place.extent.as_list() == pytest.approx(list(shape.bounds))


def test_search_puts_beginnings_first_and_keeps_the_limit(real: Database, catalog: Catalog) -> None:
    found = real.search(catalog, "Алт", 50)
    starts = [any((name or "").lower().startswith("алт") for name in (place.name_ru, place.name_en)) for place in found]
    assert starts[0]
    assert len(real.search(catalog, "а", 7)) == 7
    assert real.search(catalog, "Алт", 3) == found[:3]


@pytest.mark.parametrize(
    "words", ["%", "_", "%%", "Б_рнаул", "'", '"', "\\", "'; DROP TABLE x --", "\x00", "Бар\x00", "😀" * 50]
)
def test_search_takes_everything_literally(real: Database, catalog: Catalog, words: str) -> None:
    for place in real.search(catalog, words, 100):
        row = next(
            r for r in real.rows(catalog.layer(place.layer)) if str(r[catalog.layer(place.layer).id_field]) == place.fid
        )
        # what is only similar says so
        assert place.approximate or any(words in str(value) for key, value in row.items() if "name" in key)
    if words in ("%", "_", "%%", "\x00"):
        assert real.search(catalog, words) == []


def test_search_in_nothing(real: Database) -> None:
    assert real.ask(lambda database: search_places(database, [], "а", 5)) == []


# Tiles


@pytest.mark.parametrize("zoom", [4, 6, 8])
def test_every_district_is_in_the_tiles_of_every_zoom(real: Database, catalog: Catalog, zoom: int) -> None:
    layer = catalog.layer("districts")
    rows = {row["territory_id"]: row for row in real.rows(layer)}
    extent = real.revision(layer).extent
    assert extent is not None
    left, top = tile_at(zoom, extent.west, extent.north)
    right, bottom = tile_at(zoom, extent.east, extent.south)
    seen: dict[str, int] = {}
    for x in range(left, right + 1):
        for y in range(top, bottom + 1):
            for feature in real.tile(layer, zoom, x, y).get("districts", {"features": []})["features"]:
                properties = feature["properties"]
                row = rows[properties["territory_id"]]
                seen[row["territory_id"]] = feature["id"]
                assert feature["id"] == row["tile_id"] > 0
                assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon")
                plain = {
                    key: value for key, value in row.items() if key not in ("geom", "tile_id") and value is not None
                }
                assert properties == pytest.approx(plain)
    assert set(seen) == set(rows)


def test_a_district_is_in_the_tile_of_its_middle_at_the_largest_zoom(real: Database, catalog: Catalog) -> None:
    layer = catalog.layer("districts")
    for row in random.Random(1).sample(real.rows(layer), 12):
        point = shapely.point_on_surface(wkb.loads(row["geom"]))
        features = real.tile(layer, 12, *tile_at(12, point.x, point.y))["districts"]["features"]
        assert row["tile_id"] in {feature["id"] for feature in features}


@pytest.mark.parametrize("zoom", [0, 1, 2, 3])
def test_the_krai_is_in_the_tiles_of_the_whole_world(real: Database, catalog: Catalog, zoom: int) -> None:
    tile = real.tile(catalog.layer("krai"), zoom, *tile_at(zoom, 82.5, 52.5))
    assert tile["krai"]["features"][0]["properties"]["name_en"] == "Altai Krai"


def test_a_tile_without_anything_is_empty(real: Database, catalog: Catalog) -> None:
    assert real.tile(catalog.layer("districts"), 8, 0, 0) == {}


# Pages and boxes


def test_pages_hold_every_feature_once(real: Database, catalog: Catalog) -> None:
    layer = catalog.layer("settlements")
    seen: list[str] = []
    after = None
    while True:
        page = real.features(layer, limit=50, after=after)
        seen += [feature.fid for feature in page[:50]]
        if len(page) <= 50:
            break
        after = page[49].fid
    assert seen == sorted(row["settlement_id"] for row in real.rows(layer))


def test_features_hold_what_the_table_holds(real: Database, catalog: Catalog) -> None:
    layer = catalog.layer("resort_sites")
    rows = {row["site_id"]: row for row in real.rows(layer)}
    found = real.features(layer)
    assert {feature.fid for feature in found} == set(rows)
    for feature in found:
        row = rows[feature.fid]
        assert json.loads(feature.properties) == {name: row[name] for name in layer.properties}
        if row["geom"] is None:
            assert feature.geometry is None
        else:
            assert feature.geometry is not None
            assert shapely.from_geojson(feature.geometry).equals_exact(wkb.loads(row["geom"]), 1e-7)


@pytest.mark.parametrize("name", ["districts", "rivers", "settlements", "resort_sites"])
def test_a_box_selects_what_shapely_says(real: Database, catalog: Catalog, name: str) -> None:
    layer = catalog.layer(name)
    shapes = {row[layer.id_field]: row["geom"] and wkb.loads(row["geom"]) for row in real.rows(layer)}
    chance = random.Random(name)
    for _ in range(6):
        west, south = chance.uniform(76, 88), chance.uniform(49, 55)
        box = BBox(west, south, west + chance.uniform(0, 4), south + chance.uniform(0, 3))
        area = shapely.box(*box.as_list())
        expected = {fid for fid, shape in shapes.items() if shape is None or shape.intersects(area)}
        assert {feature.fid for feature in real.features(layer, box)} == expected


def test_what_has_no_place_is_in_every_box(real: Database, catalog: Catalog) -> None:
    layer = catalog.layer("protected_areas")
    nowhere = {row["protected_area_id"] for row in real.rows(layer) if row["geom"] is None}
    assert nowhere
    assert {feature.fid for feature in real.features(layer, BBox(0, 0, 1, 1))} == nowhere


def test_the_records_of_a_table_are_in_every_box(real: Database, catalog: Catalog) -> None:
    limits = catalog.layer("limits")
    assert real.features(limits, BBox(0, 0, 1, 1)) == real.features(limits) != []


# A layer that is odd on purpose

ODD = Layer.model_validate(
    {
        "id": "odd",
        "theme": "nature",
        "title": {"ru": "О", "en": "O"},
        "source": {"file": "x", "licence": "x", "attribution": {"ru": "x", "en": "x"}},
        "fields": {
            "shape": {"role": "geometry", "type": "Point"},
            "properties": {"type": "text"},
            "features": {"type": "boolean"},
            "geom": {"type": "integer"},
            "select": {"type": "number"},
            "day": {"type": "date"},
            "seen": {"type": "datetime"},
            "number": {"role": "id", "type": "integer"},
            "name_ru": {"type": "text", "role": "title"},
        },
    }
)
BIG = 2**53 + 1
NOON_IN_BARNAUL = datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=7)))


def point(longitude: float, latitude: float) -> bytes:
    return shapely.to_wkb(shapely.Point(longitude, latitude))


@pytest.fixture(scope="module")
def odd(new_database: Callable[[], str]) -> Iterator[Database]:
    url = new_database()
    database = engine(url)
    require_postgis(database)
    migrate(database)
    rows = [
        (point(179.9, 10), "a", True, 1, 1.5, date(2024, 2, 29), NOON_IN_BARNAUL, BIG, "100% «Ёлка»"),
        (point(-179.9, 10), "b", False, 2, None, None, None, -7, "1000 ёлок_"),
        (point(85, 90), "c", None, None, None, None, None, 3, "o'clock\\n"),
        (None, None, None, None, None, None, None, 4, None),
    ]
    columns = dict(zip(ODD.fields, map(list, zip(*rows, strict=True)), strict=True))
    load.load_table(database, ODD, load.Incoming(pa.table(columns), Run("odd", "loaded", "f", {})))
    database.dispose()
    return Database(url)


def test_integer_ids_keep_their_order_and_every_digit(odd: Database) -> None:
    assert [feature.fid for feature in odd.features(ODD)] == ["-7", "3", "4", str(BIG)]
    assert [feature.fid for feature in odd.features(ODD, after="-7")] == ["3", "4", str(BIG)]
    revision = odd.revision(ODD)
    found = odd.ask(lambda database: read_feature(database, revision, ODD, str(BIG)))
    assert found is not None
    assert json.loads(found.properties) == {
        "properties": "a",
        "features": True,
        "geom": 1,
        "select": 1.5,
        "day": "2024-02-29",
        "seen": "2024-02-29T05:00:00+00:00",
        "name_ru": "100% «Ёлка»",
    }


@pytest.mark.parametrize("fid", ["x", "", "--7", "1e3", "٣", "9" * 40, "3 ", "3;", "\x00"])
def test_what_is_no_integer_is_no_id(odd: Database, fid: str) -> None:
    revision = odd.revision(ODD)
    assert odd.ask(lambda database: read_feature(database, revision, ODD, fid)) is None
    with pytest.raises(ParameterError, match="after"):
        odd.features(ODD, after=fid)


def test_a_text_id_may_be_any_text(real: Database, catalog: Catalog) -> None:
    layer = catalog.layer("districts")
    revision = real.revision(layer)
    for fid in ("nobody", "'; --", "%", "\x00", "a\x00", "😀", ""):
        assert real.ask(lambda database, fid=fid: read_feature(database, revision, layer, fid)) is None


def test_dates_and_odd_names_are_in_tiles(odd: Database) -> None:
    x, y = tile_at(5, 179.9, 10)
    (feature,) = odd.tile(ODD, 5, x, y)["odd"]["features"]
    assert feature["properties"] == {
        "number": BIG,
        "properties": "a",
        "features": True,
        "geom": 1,
        "select": 1.5,
        "day": "2024-02-29",
        "seen": "2024-02-29 05:00:00+00",
        "name_ru": "100% «Ёлка»",
    }


@pytest.mark.parametrize("zoom", [0, 1, 5])
def test_tiles_at_the_antimeridian_and_the_pole(odd: Database, zoom: int) -> None:
    for longitude, number in ((179.9, BIG), (-179.9, -7)):
        features = odd.tile(ODD, zoom, *tile_at(zoom, longitude, 10))["odd"]["features"]
        assert number in {feature["properties"]["number"] for feature in features}


def test_a_box_across_the_antimeridian(odd: Database) -> None:
    assert {f.fid for f in odd.features(ODD, BBox(179, 0, -179, 20))} == {str(BIG), "-7", "4"}
    assert {f.fid for f in odd.features(ODD, BBox(-179, 0, 179, 20))} == {"4"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("100%", [str(BIG)]),
        ("елк", [str(BIG)]),
        ("ЁЛО", ["-7"]),
        ("ок_", ["-7"]),
        ("100", [str(BIG), "-7"]),
        ("o'", ["3"]),
        ("\\", ["3"]),
        ("%", [str(BIG)]),
        ("_", ["-7"]),
    ],
)
def test_search_by_literal_text(odd: Database, words: str, expected: list[str]) -> None:
    revision = odd.revision(ODD)
    found = odd.ask(lambda database: search_places(database, [(ODD, revision)], words, 10))
    assert sorted(place.fid for place in found) == sorted(expected)


@pytest.mark.parametrize(("layer", "indexes"), [("districts", 0), ("resort_sites", 1), ("limits", 0)])
def test_features_without_a_place_have_an_index(real: Database, catalog: Catalog, layer: str, indexes: int) -> None:
    """A spatial index finds them in as much time as it takes to read all of it."""
    relation = real.revision(catalog.layer(layer)).relation
    with psycopg.connect(real.url) as connection:
        asked = "SELECT count(*) FROM pg_indexes WHERE tablename = %s AND indexdef LIKE '%%WHERE (geom IS NULL)'"
        assert connection.execute(asked, [relation]).fetchone() == (indexes,)
