"""What the tests of encoders share: made-up rows, written by PostGIS and encoded in one go."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text

from altaigis.domain.extract import Extract, Form
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.format import Format
from altaigis.store import select
from altaigis.store.pool import engine, require_postgis, transaction
from altaigis.store.shorthand import shorthand

LAYER = Layer.model_validate(
    {
        "id": "places",
        "theme": "territory",
        "title": {"ru": "Места", "en": "Places"},
        "source": {"file": "x.csv", "licence": "CC0-1.0", "attribution": {"ru": "а", "en": "a"}},
        "fields": {
            "code": {"role": "id", "type": "text"},
            "name": {"role": "title", "type": "text"},
            "geom": {"role": "geometry", "type": "Point"},
        },
    }
)


def layer_of(shape: str, **changed: Any) -> Layer:
    """The same layer with another type of geometry."""
    geometry = LAYER.fields["geom"].model_copy(update={"type": shape})
    return LAYER.model_copy(update={"fields": {**LAYER.fields, "geom": geometry}, **changed})


#: Id, well-known text, name.
Row = tuple[str, str | None, str | None]


class Writer:
    """Encodes rows of :data:`LAYER` as a server does that reads them from its table; of its own type of geometry if
    it is told another one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        columns = (Column("code", Text), Column("name", Text), Column("geom", Geometry(srid=4326)))
        self._table = Table("places", MetaData(), *columns, Column("number", BigInteger), prefixes=["TEMPORARY"])
        self._table.create(connection)

    def __call__(self, form: Format, *batches: Sequence[Row], shape: str = "Point", **asked: Any) -> bytes:
        query = replace(FeatureQuery(layer_of(shape)), **asked)
        count = sum(map(len, batches))
        extract = Extract(query, count, count, "http://localhost/collections/places")

        async def texts() -> AsyncIterator[bytes]:
            for batch in batches:
                yield self.text(form.form(query), query, batch)

        async def collect() -> bytes:
            return b"".join([piece async for piece in form.encode(extract, texts())])

        return asyncio.run(collect())

    def text(self, form: Form, query: FeatureQuery, rows: Sequence[Row]) -> bytes:
        """The rows as PostgreSQL writes them."""
        self._connection.execute(self._table.delete())
        names = ("code", "geom", "name")
        self._connection.execute(self._table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
        short = shorthand(form)
        full = short.read(*self._written(short.form, query, len(rows))) if short else None
        return self._written(form, query, len(rows))[0] if full is None else full

    def _written(self, form: Form, query: FeatureQuery, count: int) -> tuple[bytes, int, int]:
        page = select.collection(query, None, self._table, form)
        text, _, _, absent = self._connection.execute(page, {select.LIMIT.key: count}).one()
        return bytes(text or b""), count, int(absent or 0)


@pytest.fixture(scope="module")
def write(new_database: Callable[[], str]) -> Iterator[Writer]:
    database = engine(new_database())
    require_postgis(database)
    with transaction(database) as connection:
        yield Writer(connection)
    database.dispose()
