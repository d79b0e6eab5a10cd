"""Seeds: what has been drawn beforehand is served as if it were drawn now, and only as long as it would be."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.services import seeds
from altaigis.services.export import Exporter, Selection, Target
from altaigis.services.ledger import Ledger
from altaigis.services.seeds import former_seeds, seed_path
from altaigis.services.tiles import Tile, TileService, tile_cache
from altaigis.store import tiles as drawing
from altaigis.store.pool import async_engine
from commands import here
from conftest import Installation, make_project

SOME = TileCoord(5, 23, 10)
NOTHING = TileCoord(5, 23, 13)


@pytest.fixture(scope="module")
def processed(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of processed files of one's own, with a seed of rivers up to zoom 5."""
    folder = tmp_path_factory.mktemp("seeds")
    layer = installation.catalog.layer("rivers")

    async def look() -> Revision:
        database = async_engine(installation.url)
        try:
            return await Ledger(database).revision(layer)
        finally:
            await database.dispose()

    revision = asyncio.run(look())
    target = Target(seed_path(folder, layer, revision), "pmtiles")
    target.make_folder()
    exporter = Exporter(installation.url, folder, 2, lambda *_: None)
    exporter.export(Selection.of({layer: revision}, None, 5, None), target)
    return folder


@pytest.fixture
def serve(installation: Installation, processed: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Tile]]:
    """Tiles of a server, which draws none where ``drawn`` stays empty."""
    layer = installation.catalog.layer("rivers")

    def ask(drawn: list[Any], *coords: TileCoord, **changed: Any) -> list[Tile]:
        original = drawing.read_tile

        async def counted(*arguments: Any) -> bytes:
            drawn.append(arguments[-1])
            return await original(*arguments)

        monkeypatch.setattr(drawing, "read_tile", counted)

        async def answer() -> list[Tile]:
            database = async_engine(installation.url)
            try:
                ledger = Ledger(database)
                service = TileService(database, tile_cache(1_000_000), seeds.Seeds(processed))
                revision = replace(await ledger.revision(layer), **changed)
                return [await service.tile(FeatureQuery(layer), revision, coord, gzip=False) for coord in coords]
            finally:
                await database.dispose()

        return asyncio.run(answer())

    return ask


def test_a_seeded_tile_is_the_one_that_would_be_drawn(serve: Callable[..., list[Tile]]) -> None:
    seeded: list[Any] = []
    found = serve(seeded, SOME, NOTHING)
    assert seeded == []
    drawn: list[Any] = []
    # a revision whose tiles differ: another one has this name
    assert serve(drawn, SOME, NOTHING, fingerprint="other") == found
    assert drawn == [SOME]
    assert [bool(tile.content) for tile in found] == [True, False]


def test_a_seed_that_is_damaged_is_told_of_and_not_used(
    serve: Callable[..., list[Tile]], processed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (seed,) = (processed / seeds.FOLDER).glob("*.pmtiles")
    sound = seed.read_bytes()
    whole = serve([], SOME)
    try:
        for damaged in (b"", sound[:200], b"x" * len(sound), sound[:127] + bytes(len(sound) - 127)):
            seed.write_bytes(damaged)
            drawn: list[Any] = []
            assert serve(drawn, SOME) == whole
            assert drawn == [SOME]
            assert f"the seed {seed.name} cannot be read" in caplog.text
            caplog.clear()
    finally:
        seed.write_bytes(sound)


def test_the_next_seed_takes_away_the_former(installation: Installation, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    folder = project / "data" / "processed" / seeds.FOLDER
    folder.mkdir()
    former = ["resort_clusters_1-00000000.pmtiles", "resort_clusters_1-00000000.pmtiles.partial"]
    others = ["resort_clusters_2.pmtiles", "krai_1-00000000.pmtiles"]
    for name in (*former, *others):
        (folder / name).write_bytes(b"former")
    settings = {"project": str(project), "database_url": installation.url}
    assert here("tiles", "seed", "resort_clusters", **settings).returncode == 0
    left = sorted(path.name for path in folder.iterdir())
    (seed,) = (name for name in left if name not in others)
    assert set(left) == {seed, *others}
    assert former_seeds(folder / seed, installation.catalog.layer("resort_clusters")) == []
    assert here("tiles", "seed", "resort_clusters", **settings).stdout == "  resort_clusters: unchanged\n"


def test_what_people_edit_is_not_seeded(installation: Installation) -> None:
    done = here("tiles", "seed", "resort_sites", database_url=installation.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "resort_sites: each edit is a new state, so it is not seeded" in done.stderr
