"""Statements that are composed once and bound with the values of each query."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.expression import Call, Geometry, Literal, Property, call
from altaigis.domain.query import FeatureQuery, SortKey
from altaigis.filters import cql2_text
from altaigis.filters.resolve import resolve
from altaigis.store import features, select
from altaigis.store.pool import async_engine
from altaigis.store.slots import Slot, Slots
from filters.examples import EXAMPLES, MEADOWS
from meadows import Meadows


def test_examples_with_their_values_bound(meadows: Meadows) -> None:
    async def ask(database: AsyncEngine, query: FeatureQuery) -> tuple[tuple[int, ...], int]:
        found = await features.read_features(database, meadows.revision, query)
        return tuple(int(feature.fid) for feature in found), await features.count_features(
            database, meadows.revision, query
        )

    async def all_of_them() -> None:
        database = async_engine(meadows.url)
        for example in EXAMPLES:
            query = FeatureQuery(MEADOWS, resolve(cql2_text.parse(example.text), MEADOWS))
            assert await ask(database, query) == (example.fids, len(example.fids)), example.text
        await database.dispose()

    asyncio.run(all_of_them())


def test_queries_that_differ_in_values_share_a_shape() -> None:
    def shape(number: int, names: list[str], wkb: bytes) -> tuple[object, dict[str, object]]:
        slots = Slots()
        tree = call(
            "and",
            call(">", Property("count"), Literal(number)),
            call("in", Property("name"), *map(Literal, names)),
            call("s_intersects", Property("geom"), Geometry(wkb)),
        )
        return slots.take_all(tree), slots.values

    one, values = shape(1, ["a", "b"], b"x")
    other, others = shape(2, ["c", "d", "e"], b"y")
    assert one == other
    assert list(values.values()) == [1, ["a", "b"], b"x"]
    assert list(others.values()) == [2, ["c", "d", "e"], b"y"]


def test_values_of_other_types_have_another_shape() -> None:
    def shape(*choices: int | float | bool) -> object:
        return Slots().take_all(call("in", Property("size"), *map(Literal, choices)))

    assert len({shape(1, 2), shape(1.0, 2.0), shape(True, False), shape(1, 2.0)}) == 4
    mixed = shape(1, 2.0)
    assert isinstance(mixed, Call)
    assert mixed.args[1:] == (Literal(Slot("v0", int)), Literal(Slot("v1", float)))  # type: ignore[arg-type]


def test_a_page_in_one_row(meadows: Meadows) -> None:
    async def ask() -> list[features.Collection]:
        database = async_engine(meadows.url)
        asked = (FeatureQuery(MEADOWS, limit=4), FeatureQuery(MEADOWS, limit=4, after="4"), NOTHING)
        found = [await features.read_collection(database, meadows.revision, query) for query in asked]
        await database.dispose()
        return found

    first, last, nothing = asyncio.run(ask())
    assert (first.found, first.end) == (5, "4")
    assert (first.features or b"").count(b'"Feature"') == 4
    assert (last.found, last.end) == (2, None)
    assert nothing == (None, 0, None, None)


NOTHING = FeatureQuery(MEADOWS, call("=", Property("number"), Literal(-1)))


@pytest.mark.parametrize(("most", "matched"), [(100, 6), (6, None), (3, None)])
def test_a_page_is_the_same_if_all_are_counted_with_it(
    meadows: Meadows, monkeypatch: pytest.MonkeyPatch, most: int, matched: int | None
) -> None:
    monkeypatch.setattr(select, "COUNTED", most)
    features._collection.cache_clear()

    async def ask() -> list[features.Collection]:
        database = async_engine(meadows.url)
        query = FeatureQuery(MEADOWS, limit=4, order=(SortKey("name", descending=True),))
        found = [
            await features.read_collection(database, meadows.revision, query, counted=counted)
            for counted in (False, True)
        ]
        await database.dispose()
        return found

    plain, counted = asyncio.run(ask())
    features._collection.cache_clear()
    assert counted == plain._replace(matched=matched)
    assert plain.found == 5
