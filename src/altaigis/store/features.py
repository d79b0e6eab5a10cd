"""Features of a revision."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from psycopg.errors import InternalError
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.crs import Crs
from altaigis.domain.extract import Form, Rows
from altaigis.domain.feature import Feature
from altaigis.domain.layer import Layer
from altaigis.domain.query import AS_STORED, FeatureQuery, View
from altaigis.domain.revision import Revision
from altaigis.errors import ParameterError
from altaigis.store import select
from altaigis.store.order import Place, place
from altaigis.store.prepared import Prepared, fetch, prepared
from altaigis.store.shorthand import shorthand
from altaigis.store.slots import Slots
from altaigis.store.versions import state
from altaigis.store.where import typed_fid

#: Statements that are kept; each is a few kilobytes of text.
KEPT = 512


class Collection(NamedTuple):
    """The features of a page as one text in UTF-8; how many there are, the first of the next page included; where this
    page ends; and how many there are on all pages, if they were counted."""

    features: bytes | None
    found: int
    end: str | None
    matched: int | None = None


async def read_features(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> list[Feature]:
    """The features of a page, and the first of the next page behind them if there is one.

    Raises:
        ParameterError: a feature cannot be brought into the query's CRS.
    """
    return [Feature(*row) for row in await read_rows(database, revision, query, select.GEOJSON)]


async def read_rows(database: AsyncEngine, revision: Revision, query: FeatureQuery, form: Form) -> Rows:
    """The same as rows in the form that an encoder asks for."""
    asked = _Asked.of(query)
    statement = _rows(revision, asked.shape, asked.place, form)
    with _transforming(query.crs):
        return await fetch(database, statement, asked.bound(query))


async def read_places(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> Rows:
    """The same as rows of the id, and behind it where a page ends that ends there, if that is not the id itself."""
    asked = _Asked.of(query)
    return await fetch(database, _places(revision, asked.shape, asked.place), asked.bound(query))


async def read_end(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> str | None:
    """Where a page ends behind which there is another one; found much sooner than what is on it."""
    asked = _Asked.of(query)
    statement = _end(revision, asked.shape, asked.place)
    rows = await fetch(database, statement, asked.bound(query))
    return str(rows[0][-1]) if len(rows) > 1 else None


async def read_collection(
    database: AsyncEngine, revision: Revision, query: FeatureQuery, form: Form = select.PAGE, *, counted: bool = False
) -> Collection:
    """The same as they are to be sent: in a form with something between them, as GeoJSON with commas if in no other.

    Args:
        counted: of a first page, count what is on all pages, too, unless there are very many.
    """
    short = shorthand(form)
    wanted = _Wanted(short.form if short else form, counted)
    found, absent = await _read_written(database, revision, query, wanted)
    if found.matched == select.COUNTED:
        wanted = replace(wanted, counted=False)
        found, absent = await _read_written(database, revision, query, wanted)
    if not short or found.features is None:
        return found
    features = short.read(found.features, min(found.found, query.limit), absent)
    if features is None:
        # a value has one of the characters of the shorthand, which PostgreSQL alone can tell from it
        plain, _ = await _read_written(database, revision, query, replace(wanted, form=form, counted=False))
        features = plain.features
    return found._replace(features=features)


async def _read_written(
    database: AsyncEngine, revision: Revision, query: FeatureQuery, wanted: "_Wanted"
) -> tuple[Collection, int]:
    """A page as it is written, and how many values are absent in it."""
    asked = _Asked.of(query)
    statement = _collection(revision, asked.shape, asked.place, wanted)
    with _transforming(query.crs):
        ((features, found, end, absent, *told),) = await fetch(database, statement, asked.bound(query), binary=True)
    matched = (told[0] or 0) if told else None
    return Collection(features, found, end, matched), int(absent or 0)


async def read_feature(
    database: AsyncEngine, revision: Revision, layer: Layer, fid: str, view: View = AS_STORED
) -> Feature | None:
    """One feature, or None if the layer has none with this id."""
    key = typed_fid(layer, fid)
    if key is None:
        return None
    with _transforming(view.crs):
        rows = await fetch(database, _one_feature(revision, layer, view), {select.FID: key})
    if not rows:
        return None
    fid, geometry, properties, version = rows[0]
    return Feature(fid, geometry, properties, version=version)


async def count_features(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> int:
    """How many features the query selects on all pages."""
    asked = _Asked.of(query)
    (row,) = await fetch(database, _count(revision, asked.shape), asked.values)
    return int(row[0])


class _Asked(NamedTuple):
    """A query taken apart: what its statement depends on, and the values that are bound."""

    shape: FeatureQuery
    place: Place
    values: Mapping[str, Any]

    @classmethod
    def of(cls, query: FeatureQuery) -> "_Asked":
        slots, last = Slots(), place(query)
        where = query.where and slots.take_all(query.where)
        # An unknown value in the place asks for another condition than a known one
        known = last and tuple(value if value is None else slots.take(value) for value in last)
        # The number of those that are skipped is bound; whether any are is not
        shape = replace(query, where=where, limit=0, after=None, as_of=None, offset=min(query.offset, 1))
        return cls(shape, known, slots.values)

    def bound(self, query: FeatureQuery) -> Mapping[str, Any]:
        """The values of a page."""
        return {**self.values, select.LIMIT.key: query.limit, select.OFFSET.key: query.offset}


@dataclass(frozen=True)
class _Wanted:
    """How a page is written, and whether all pages are counted with it."""

    form: Form
    counted: bool


@lru_cache(KEPT)
def _rows(revision: Revision, shape: FeatureQuery, last: Place, form: Form) -> Prepared:
    return prepared(select.features(shape, last, state(shape.layer, revision, shape.zoom), form))


@lru_cache(KEPT)
def _places(revision: Revision, shape: FeatureQuery, last: Place) -> Prepared:
    return prepared(select.places(shape, last, state(shape.layer, revision)))


@lru_cache(KEPT)
def _end(revision: Revision, shape: FeatureQuery, last: Place) -> Prepared:
    return prepared(select.end(shape, last, state(shape.layer, revision)))


@lru_cache(KEPT)
def _collection(revision: Revision, shape: FeatureQuery, last: Place, wanted: _Wanted) -> Prepared:
    table = state(shape.layer, revision, shape.zoom)
    if wanted.counted:
        return prepared(select.counted_collection(shape, table, wanted.form))
    return prepared(select.collection(shape, last, table, wanted.form))


@lru_cache(KEPT)
def _count(revision: Revision, shape: FeatureQuery) -> Prepared:
    return prepared(select.count(shape, state(shape.layer, revision)))


@lru_cache(KEPT)
def _one_feature(revision: Revision, layer: Layer, view: View) -> Prepared:
    return prepared(select.one_feature(layer, state(layer, revision, view.zoom), view))


@contextmanager
def _transforming(crs: Crs) -> Iterator[None]:
    try:
        yield
    except InternalError as error:
        # PROJ's way of saying that a place lies beyond what a projection can show
        if "transform" not in str(error):
            raise
        raise ParameterError("crs", f"{crs.uri} has no coordinates for some of these features") from error
