"""Features for every door: the layer's revision, the page, and how many there are in all."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.expression import Expression
from altaigis.domain.extract import Batches, Form, Rows, Texts
from altaigis.domain.feature import Feature, Page, WrittenPage
from altaigis.domain.layer import Layer
from altaigis.domain.query import AS_STORED, FeatureQuery, View
from altaigis.domain.revision import Revision
from altaigis.errors import FeatureNotFound, ParameterError
from altaigis.services.ahead import ahead
from altaigis.services.cache import Cache
from altaigis.services.ledger import Ledger
from altaigis.store.features import (
    count_features,
    read_collection,
    read_end,
    read_feature,
    read_features,
    read_places,
    read_rows,
)
from altaigis.store.revisions import read_past_revision

#: Features that a download reads first, so that its first bytes are soon there, and later at once.
FIRST_BATCH, LARGEST_BATCH = 250, 4000
#: Batches of a download that the database works on side by side.
AT_ONCE = 2
#: Features of a page that are read at once, so that it has one question fewer.
AT_ONE_GO = 1000
#: What the geometry of a batch may weigh, or its text: large features come in small batches. For a text that is larger
#: PostgreSQL takes memory anew from the system with each batch, which costs a tenth of the time or more.
BATCH_BYTES, TEXT_BYTES = 4_000_000, 600_000
#: One in so many features is weighed.
SAMPLED = 16
#: Written pages that are remembered: the whole of a small layer, which every map and notebook asks for.
PAGES_BYTES = 16_000_000
#: A layer of no more features, which weigh no more, is small: each of them is written once for a revision.
SMALL_LAYER, SMALL_LAYER_BYTES = 2000, 4_000_000
#: What is remembered of small layers.
LAYERS_BYTES = 16_000_000
#: Counts that are remembered; each is a small number under a small key.
REMEMBERED_COUNTS = 1000
_PAGE = Form("geojson", "feature", between=",")
#: Features as text in UTF-8, by id.
ById = dict[str, bytes]
#: What a count depends on.
_Counted = tuple[str, int, Expression | None]


@dataclass(frozen=True)
class Part:
    """Some of what a query selects: ``content`` is rows, or one text where the form is written, of ``count`` features
    that weigh so many bytes each; ``following`` tells where the next part begins, if there is one."""

    content: Any
    count: int
    weight: int
    following: str | None


@dataclass(frozen=True)
class Excerpt:
    """A page of any size that is read as it is sent: ``content`` is rows or texts, of ``returned`` features of the
    ``matched`` ones on all pages."""

    matched: int
    returned: int
    content: Batches | Texts


class FeatureService:
    """Answers feature queries on the current revisions."""

    def __init__(self, database: AsyncEngine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._pages: Cache[WrittenPage] = Cache(PAGES_BYTES, lambda page: len(page.features))
        self._parts: Cache[Part] = Cache(PAGES_BYTES, lambda part: len(part.content))
        self._layers: Cache[ById | None] = Cache(LAYERS_BYTES, _weight)
        self._counts: OrderedDict[_Counted, int] = OrderedDict()

    async def page(self, query: FeatureQuery) -> Page:
        """The features of one page, in the query's order."""
        revision = await self.revision(query.layer, query.as_of)
        features = await read_features(self._database, revision, query)
        more = len(features) > query.limit
        shown = tuple(features[: query.limit])
        after = (shown[-1].cursor or shown[-1].fid) if more else None
        part = Part(shown, len(shown), 0, after)
        return Page(shown, await self._matched(query, revision, part), after)

    async def written_page(self, query: FeatureQuery) -> WrittenPage:
        """The same as the database has written it; kept for who asks the same of the same revision."""
        revision = await self.revision(query.layer, query.as_of)
        return await self._pages.get((revision, query), partial(self._written_page, query, revision))

    async def _written_page(self, query: FeatureQuery, revision: Revision) -> WrittenPage:
        part = await self._written_once(query, _PAGE, revision) or await self._part(query, _PAGE, revision)
        matched = await self._matched(query, revision, part)
        return WrittenPage(part.content, part.count, matched, part.following)

    async def _written_once(self, query: FeatureQuery, form: Form, revision: Revision) -> Part | None:
        """A page put together of texts that are kept; None where the layer is too large for that."""
        if revision.count > SMALL_LAYER:
            return None
        all_of_it = replace(query, where=None, after=None, offset=0, order=(), limit=0, as_of=None)
        texts = await self._layers.get((revision, all_of_it, form), partial(self._texts, all_of_it, form, revision))
        if texts is None:
            return None
        # no more than there are: the limit may be any number, and the database's numbers have an end
        query = replace(query, limit=min(query.limit, revision.count))
        places = await read_places(self._database, revision, query)
        shown, more = places[: query.limit], len(places) > query.limit
        between = (form.between or "").encode()
        return _part_of(between.join([texts[place[0]] for place in shown]), len(shown), shown[-1][-1] if more else None)

    async def _texts(self, query: FeatureQuery, form: Form, revision: Revision) -> ById | None:
        """All that the query selects, None where that is too much, or a CRS does not reach all of it."""
        texts: ById = {}
        try:
            async for rows in self._batches(query, replace(form, between=None), revision):
                texts |= {fid: feature.encode() for fid, feature in rows}
                if _weight(texts) > SMALL_LAYER_BYTES:
                    return None
        except ParameterError:
            return None
        return texts

    async def part(self, query: FeatureQuery, form: Form) -> Part:
        """One page in the form that an encoder asks for."""
        return await self._part(query, form, await self.revision(query.layer, query.as_of))

    async def _part(self, query: FeatureQuery, form: Form, revision: Revision) -> Part:
        if form.is_text:
            return await self._written_part(query, form, revision)
        rows = await read_rows(self._database, revision, query, form)
        shown, more = rows[: query.limit], len(rows) > query.limit > 0
        if not query.order:
            return Part(shown, len(shown), _average(shown), str(shown[-1][0]) if more else None)
        bare = [row[:-1] for row in shown]
        return Part(bare, len(bare), _average(bare), shown[-1][-1] if more else None)

    async def _written_part(self, query: FeatureQuery, form: Form, revision: Revision) -> Part:
        key = _counted_as(query, revision)
        first = query.where is not None and query.after is None and not query.offset
        found = await read_collection(self._database, revision, query, form, counted=first and key not in self._counts)
        if found.matched is not None:
            self._remember(key, found.matched)
        more = found.found > query.limit
        return _part_of(found.features or b"", min(found.found, query.limit), found.end if more else None)

    async def all(self, query: FeatureQuery, form: Form) -> Batches | Texts:
        """Everything that the query selects, whatever its limit, of one revision and in flat memory.

        A connection is held while a batch is read and not while a client takes its time.
        """
        revision = await self.revision(query.layer, query.as_of)
        return ahead(self._batches(query, form, revision))

    async def excerpt(self, query: FeatureQuery, form: Form) -> Excerpt:
        """The features that the query selects, up to its limit, of one revision and in flat memory.

        The first of them have been read when this returns, so that what fails has failed.
        """
        revision = await self.revision(query.layer, query.as_of)
        first = await self._first_part(query, form, revision)
        matched = await self._matched(query, revision, first)
        returned = min(query.limit, max(matched - query.offset, 0))
        return Excerpt(matched, returned, ahead(self._after(first, query, form, revision)))

    async def _first_part(self, query: FeatureQuery, form: Form, revision: Revision) -> Part:
        """The part that many ask for again; of a small layer it is all there is."""
        if not form.is_text:
            return await self._part(_begun(query), form, revision)
        key = (revision, replace(query, as_of=None), form)
        return await self._parts.get(key, partial(self._first_text, query, form, revision))

    async def _first_text(self, query: FeatureQuery, form: Form, revision: Revision) -> Part:
        # a question for some features is no reason to write all of them
        whole = await self._written_once(query, form, revision) if query.limit >= revision.count else None
        return whole or await self._part(_begun(query), form, revision)

    async def _batches(self, query: FeatureQuery, form: Form, revision: Revision) -> AsyncGenerator[Any]:
        """All that the query selects, whatever its limit."""
        first = await self._part(replace(query, limit=FIRST_BATCH), form, revision)
        async with aclosing(self._after(first, replace(query, limit=revision.count), form, revision)) as contents:
            async for content in contents:
                yield content

    async def _after(self, first: Part, query: FeatureQuery, form: Form, revision: Revision) -> AsyncGenerator[Any]:
        """The contents of the first part of what a query selects, and of those behind it, up to its limit."""
        weight = TEXT_BYTES if form.is_text else BATCH_BYTES
        part, left = first, query.limit - first.count
        if part.count:
            yield part.content
        after, coming = part.following, deque[asyncio.Future[Part]]()
        try:
            while (after is not None and left > 0) or coming:
                while after is not None and left > 0 and len(coming) < AT_ONCE:
                    batch = replace(query, after=after, offset=0, limit=min(_next_limit(part, weight), left))
                    coming.append(asyncio.ensure_future(self._part(batch, form, revision)))
                    left -= batch.limit
                    after = await read_end(self._database, revision, batch) if left > 0 else None
                part = await coming.popleft()
                yield part.content
        finally:
            for begun in coming:
                begun.cancel()
            await asyncio.gather(*coming, return_exceptions=True)

    async def count(self, query: FeatureQuery) -> int:
        """How many features the query selects; counted once for a revision and an expression."""
        return await self._count(query, await self.revision(query.layer, query.as_of))

    async def _matched(self, query: FeatureQuery, revision: Revision, part: Part) -> int:
        """How many features there are on all pages, of which this is the first part of one."""
        is_last = query.limit > 0 and part.following is None
        if query.after is None and is_last and (part.count or not query.offset):
            return query.offset + part.count
        return await self._count(query, revision)

    async def _count(self, query: FeatureQuery, revision: Revision) -> int:
        if query.where is None:
            return revision.count
        key = _counted_as(query, revision)
        known = self._counts.get(key)
        if known is None:
            known = await count_features(self._database, revision, query)
            self._remember(key, known)
        return known

    def _remember(self, key: _Counted, count: int) -> None:
        self._counts[key] = count
        if len(self._counts) > REMEMBERED_COUNTS:
            self._counts.popitem(last=False)

    async def revision(self, layer: Layer, as_of: int | datetime | None = None) -> Revision:
        """The layer's current revision, or a former one by its number or a time at which it was current.

        Raises:
            NotLoaded: nothing has been loaded into the layer yet.
            RevisionNotFound: there is no such revision, or its data cannot be read any more.
        """
        now = await self._ledger.revision(layer)
        if as_of is None or as_of == now.number:
            return now
        return await read_past_revision(self._database, layer, as_of)

    async def feature(
        self, layer: Layer, fid: str, as_of: int | datetime | None = None, view: View = AS_STORED
    ) -> Feature:
        """One feature.

        Raises:
            FeatureNotFound: the layer has none with this id.
            RevisionNotFound: there is no revision that ``as_of`` names.
        """
        revision = await self.revision(layer, as_of)
        feature = await read_feature(self._database, revision, layer, fid, view)
        if feature is None:
            raise FeatureNotFound(f"layer '{layer.id}' has no feature '{fid[:80]}'")
        return feature


def _counted_as(query: FeatureQuery, revision: Revision) -> _Counted:
    return query.layer.id, revision.number, query.where


def _weight(texts: ById | None) -> int:
    return sum(map(len, (texts or {}).values()))


def _average(rows: Rows) -> int:
    """What a feature weighs, guessed from some of them."""
    sample = rows[::SAMPLED]
    return sum(len(row[1] or "") for row in sample) // max(len(sample), 1)


def _part_of(text: bytes, count: int, following: str | None) -> Part:
    return Part(text, count, len(text) // max(count, 1), following)


def _begun(query: FeatureQuery) -> FeatureQuery:
    """What of a page is read first."""
    return query if query.limit <= AT_ONE_GO else replace(query, limit=FIRST_BATCH)


def _next_limit(part: Part, most: int) -> int:
    """How many features the next batch may have, to weigh so many bytes at most; guessed from the weight of these."""
    return max(1, min(most // max(part.weight, 1), 4 * part.count, LARGEST_BATCH))
