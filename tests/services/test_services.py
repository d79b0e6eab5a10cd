"""The services on the real layers: the ledger's freshness, counts by revision, tiles by zoom."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from gzip import decompress as unpack
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.extract import Form, Gml, Name, Slot, Template
from altaigis.domain.feature import WrittenPage
from altaigis.domain.layer import Layer
from altaigis.domain.picture import Picture
from altaigis.domain.query import FeatureQuery, SortKey
from altaigis.domain.revision import Revision
from altaigis.domain.run import Run
from altaigis.domain.tile import TileCoord
from altaigis.errors import DatabaseUnavailable, FeatureNotFound, NotLoaded, ParameterError, TileNotFound
from altaigis.filters.params import feature_query, within_box
from altaigis.services import features as module
from altaigis.services import ledger as ledger_module
from altaigis.services.features import FeatureService
from altaigis.services.ledger import Ledger
from altaigis.services.rasters import RasterService
from altaigis.services.seeds import Seeds
from altaigis.services.tiles import Tile, TileService, tile_cache
from altaigis.store import load
from altaigis.store.pool import async_engine, engine, require_postgis
from altaigis.store.schema import migrate
from altaigis.store.select import GEOJSON
from conftest import Installation

T = TypeVar("T")

TABLE = Layer.model_validate(
    {
        "id": "things",
        "kind": "table",
        "theme": "statistics",
        "title": {"ru": "В", "en": "T"},
        "source": {"file": "x", "licence": "x", "attribution": {"ru": "x", "en": "x"}},
        "fields": {"thing_id": {"role": "id", "type": "text"}},
    }
)


def ask(url: str, question: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    async def answer() -> T:
        database = async_engine(url)
        try:
            return await question(database)
        finally:
            await database.dispose()

    return asyncio.run(answer())


def test_the_ledger_sees_a_load_within_a_second(new_database: Callable[[], str]) -> None:
    url = new_database()
    blocking = engine(url)
    require_postgis(blocking)
    migrate(blocking)

    async def watch(database: AsyncEngine) -> None:
        ledger = Ledger(database)
        with pytest.raises(NotLoaded, match="altaigis etl run things"):
            await ledger.revision(TABLE)
        load.load_table(blocking, TABLE, load.Incoming(pa.table({"thing_id": ["a"]}), Run("things", "loaded", "f", {})))
        assert "things" in await ledger.look()
        load.load_table(
            blocking, TABLE, load.Incoming(pa.table({"thing_id": ["a", "b"]}), Run("things", "loaded", "g", {}))
        )
        assert (await ledger.revision(TABLE)).number == 1, "looked up a moment ago"
        await asyncio.sleep(ledger_module.FRESH_SECONDS + 0.1)
        revision = await ledger.revision(TABLE)
        assert (revision.number, revision.count, revision.extent) == (2, 2, None)

    ask(url, watch)
    blocking.dispose()


def test_many_who_ask_look_once(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[AsyncEngine] = []
    real = ledger_module.watch_revisions

    async def counted(database: AsyncEngine, known: Mapping[str, Revision]) -> object:
        looks.append(database)
        return await real(database, known)

    monkeypatch.setattr(ledger_module, "watch_revisions", counted)

    async def many(database: AsyncEngine) -> None:
        ledger = Ledger(database)
        await asyncio.gather(*(ledger.revisions() for _ in range(30)))
        # servers of other tests look, too
        assert looks.count(database) == 1

    ask(installation.url, many)


def test_counts_are_asked_once_for_a_revision(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    real = module.count_features

    async def counted(*arguments: object) -> int:
        nonlocal asked
        asked += 1
        return await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "count_features", counted)
    layer = installation.catalog.layer("settlements")

    async def pages(database: AsyncEngine) -> None:
        service = FeatureService(database, Ledger(database))
        everything = await service.page(FeatureQuery(layer, limit=10))
        assert (len(everything.features), everything.matched) == (10, 322)
        assert asked == 0, "the ledger knows the whole"
        box = within_box(layer, "83,52,86,54")
        first = await service.page(FeatureQuery(layer, box, limit=10))
        second = await service.page(FeatureQuery(layer, box, limit=10, after=first.next_after))
        assert first.matched == second.matched > 20
        assert first.features[-1].fid == first.next_after
        assert {f.fid for f in first.features}.isdisjoint(f.fid for f in second.features)
        whole = await service.page(FeatureQuery(layer, box, limit=10_000))
        assert len(whole.features) == whole.matched == first.matched
        assert whole.next_after is None
        assert asked == 1
        few = await service.page(FeatureQuery(layer, within_box(layer, "83,52,84,53"), limit=10_000))
        assert few.matched == len(few.features) > 0
        assert asked == 1, "a page that holds all of them has counted them"

    ask(installation.url, pages)


@pytest.mark.parametrize("order", [(), (SortKey("population", descending=True),)])
@pytest.mark.parametrize("box", [None, "83,52,86,54", "0,0,1,1"])
def test_batches_side_by_side_are_one_answer(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, order: tuple[SortKey, ...], box: str | None
) -> None:
    """Whatever their size, in order, nothing twice; and who stops reading leaves no query behind."""
    monkeypatch.setattr(module, "FIRST_BATCH", 3)
    working, most = 0, 0
    real = module.read_rows

    async def counted(*arguments: object) -> object:
        nonlocal working, most
        working += 1
        most = max(most, working)
        try:
            return await real(*arguments)  # type: ignore[arg-type]
        finally:
            working -= 1

    monkeypatch.setattr(module, "read_rows", counted)
    layer = installation.catalog.layer("settlements")
    query = FeatureQuery(layer, box and within_box(layer, box), order=order, limit=10_000)

    async def compare(database: AsyncEngine) -> None:
        service = FeatureService(database, Ledger(database))
        expected = [feature.fid for feature in (await service.page(query)).features]
        for size in (1, 7, 322):
            monkeypatch.setattr(module, "LARGEST_BATCH", size)
            found = [row[0] async for rows in await service.all(query, GEOJSON) for row in rows]
            assert found == expected
        monkeypatch.setattr(module, "LARGEST_BATCH", 5)
        batches = await service.all(query, GEOJSON)
        await anext(batches, None)
        await batches.aclose()
        assert working == 0

    ask(installation.url, compare)
    assert most == (1 if box == "0,0,1,1" else module.AT_ONCE)


def test_a_page_that_ends_exactly_has_no_next(installation: Installation) -> None:
    layer = installation.catalog.layer("districts")

    async def pages(database: AsyncEngine) -> None:
        service = FeatureService(database, Ledger(database))
        assert (await service.page(FeatureQuery(layer, limit=69))).next_after is None
        assert (await service.page(FeatureQuery(layer, limit=68))).next_after is not None

    ask(installation.url, pages)


QUESTIONS = (
    {},
    {"limit": "7"},
    {"limit": "7", "sortby": "-population,name_ru"},
    {"limit": "3", "bbox": "83,52,85,54", "properties": "name_ru,population"},
    {"limit": "3", "zoom": "6", "crs": "http://www.opengis.net/def/crs/EPSG/0/32645"},
    {"skipGeometry": "true", "filter": "population > 1e12"},
)


@pytest.mark.parametrize("asked", QUESTIONS, ids=str)
@pytest.mark.parametrize("too_much", ["SMALL_LAYER", "SMALL_LAYER_BYTES"])
def test_pages_of_small_layers_are_those_of_large_ones(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], too_much: str
) -> None:
    async def walk(database: AsyncEngine) -> list[WrittenPage]:
        features = FeatureService(database, Ledger(database))
        query = feature_query(installation.catalog.layer("districts"), asked)
        pages = [await features.written_page(query)]
        while pages[-1].next_after is not None:
            pages.append(await features.written_page(replace(query, after=pages[-1].next_after)))
        return pages

    small = ask(installation.url, walk)
    monkeypatch.setattr(module, too_much, 0)
    assert small == ask(installation.url, walk)
    assert sum(page.returned for page in small) == small[0].matched


@pytest.mark.parametrize("asked", [{}, {"sortby": "-population"}, {"bbox": "83,52,85,54"}], ids=str)
def test_texts_that_are_kept_are_those_of_the_database(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    query = feature_query(installation.catalog.layer("districts"), {**asked, "limit": "100"})
    parts = ("<a>", Name.OF_FEATURE, Slot(("name_ru",), "<b>", "</b>"), Slot(("geom",)), "</a>")
    form = Form(Gml("3.2", "EPSG:4326"), Template("gml", parts), between="")

    async def excerpts(database: AsyncEngine) -> list[tuple[int, int, bytes]]:
        features = FeatureService(database, Ledger(database))
        found = [await features.excerpt(replace(query, limit=limit), form) for limit in (2**31 - 1, 1, 100)]
        return [(one.matched, one.returned, b"".join([text async for text in one.content])) for one in found]

    kept = ask(installation.url, excerpts)
    monkeypatch.setattr(module, "SMALL_LAYER", 0)
    assert kept == ask(installation.url, excerpts)
    (matched, returned, content), (_, one, first), _ = kept
    assert content.count(b"<a>") == returned == matched > one == 1
    assert content.startswith(first)


def test_a_feature_that_is_not_there(installation: Installation) -> None:
    layer = installation.catalog.layer("districts")

    async def feature(database: AsyncEngine) -> None:
        service = FeatureService(database, Ledger(database))
        assert (await service.feature(layer, "aleysk")).fid == "aleysk"
        for fid in ("atlantis", "Aleysk", "'", "\x00"):
            with pytest.raises(FeatureNotFound, match="districts"):
                await service.feature(layer, fid)

    ask(installation.url, feature)


def test_tiles(installation: Installation) -> None:
    catalog = installation.catalog
    elevation, districts = catalog.layer("elevation"), catalog.layer("districts")

    async def tiles(database: AsyncEngine) -> None:
        ledger = Ledger(database)
        cache = tile_cache(1_000_000)
        processed = installation.settings.processed_dir
        service = TileService(database, cache, Seeds(processed))
        pictures = RasterService(ledger, processed, cache, Seeds(processed))

        async def get(layer: Layer, *place: int, gzip: bool = False) -> Tile:
            return await service.tile(FeatureQuery(layer), await ledger.revision(layer), TileCoord(*place), gzip=gzip)

        tile = await get(districts, 6, 46, 21)
        assert tile.content
        assert await get(districts, 6, 46, 21) is tile
        packed = await get(districts, 6, 46, 21, gzip=True)
        assert (unpack(packed.content), packed.is_compressed) == (tile.content, True)
        assert packed.tag != tile.tag
        revision = await ledger.revision(districts)
        assert service.known(districts, revision, TileCoord(6, 46, 21), gzip=True) is packed
        assert service.known(districts, replace(revision, number=99), TileCoord(6, 46, 21), gzip=True) is None
        assert (await get(districts, 6, 0, 0)).content == b""
        for z in (3, 13):
            with pytest.raises(TileNotFound, match="zoom 4 to 12"):
                await get(districts, z, 0, 0)
        revision = await ledger.revision(elevation)

        async def picture(*place: int, **asked: Any) -> Tile:
            return await pictures.tile(elevation, revision, TileCoord(*place), Picture(**asked))

        png, shaded = await picture(6, 46, 21), await picture(6, 46, 21, style="hillshade", format="webp")
        assert png.content.startswith(b"\x89PNG")
        assert shaded.content[8:12] == b"WEBP"
        assert await picture(6, 46, 21) is png
        assert (await picture(6, 0, 0)).content == b""
        kept = len(cache)
        own = {"rescale": (0.0, 3000.0), "colormap": "viridis"}
        one, other = await asyncio.gather(picture(6, 46, 21, **own), picture(6, 46, 21, **own))
        assert one is other, "computed once for all that wait"
        assert await picture(6, 46, 21, **own) is not one
        assert one.content not in (png.content, shaded.content)
        assert len(cache) == kept, "a picture that one client has thought of is not kept"
        with pytest.raises(ParameterError, match="viridis"):
            await picture(6, 46, 21, colormap="nothing")
        with pytest.raises(TileNotFound, match="zoom 3 to 9"):
            await picture(10, 0, 0)
        height = await pictures.point(elevation, 86.59, 49.81)  # Belukha, 4509 m, on a coarse grid
        assert height is not None
        assert 2000 < height < 4509
        assert await pictures.point(elevation, 0, 0) is None

    ask(installation.url, tiles)


def test_without_a_database_the_answer_is_quick_and_known(tmp_path: Path) -> None:
    started = time.monotonic()

    async def question(database: AsyncEngine) -> None:
        with pytest.raises(DatabaseUnavailable) as error:
            await Ledger(database).revisions()
        assert "\n" not in str(error.value)

    ask("postgresql://nobody@127.0.0.1:1/none", question)
    assert time.monotonic() - started < 6
