"""Rows by COPY: whatever an Arrow table holds stands in PostgreSQL afterwards."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
import shapely
from geoalchemy2 import Geometry
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, Double, Engine, MetaData, Table, Text, delete, select
from sqlalchemy.schema import CreateTable

from altaigis.store import copying
from altaigis.store.pool import engine, require_postgis

THINGS = Table(
    "things",
    MetaData(),
    Column("number", BigInteger),
    Column("name", Text),
    Column("share", Double),
    Column("so", Boolean),
    Column("geom", Geometry("Point", srid=4326)),
)
PLAIN = [column for column in THINGS.c if column.name != "geom"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
ROWS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.none() | TEXTS | st.sampled_from(["", "\\.", "a\n\\.\nb", '"', "NULL", "\\N", ","]),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.booleans(),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def database(new_database: Callable[[], str]) -> Iterator[Engine]:
    made = engine(new_database())
    require_postgis(made)
    with made.begin() as connection:
        connection.execute(CreateTable(THINGS))
    yield made
    made.dispose()


@given(rows=ROWS, size=st.integers(1, 200))
@settings(max_examples=60)
def test_what_goes_in_is_there(database: Engine, rows: list[tuple[Any, ...]], size: int) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * len(PLAIN)
    types = (pa.int64(), pa.large_string(), pa.float64(), pa.bool_())
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    told: list[int] = []
    with pytest.MonkeyPatch.context() as patch, database.begin() as connection:
        patch.setattr(copying, "PIECE_BYTES", size)
        copying.copy_in(connection, THINGS, pa.table(arrays, names=[c.name for c in PLAIN]), told.append)
        found = [tuple(row) for row in connection.execute(select(*PLAIN))]
        connection.execute(delete(THINGS))
    assert found == rows
    assert told == sorted(told)
    assert told[-1:] == [len(rows)][: len(rows)]


def test_geometries_go_in_as_wkb_from_the_middle_of_a_column_too(database: Engine) -> None:
    points = [shapely.Point(n, -n) for n in range(5)]
    column = pa.chunked_array([pa.array([shapely.to_wkb(p) for p in points[:3]] + [None]), [shapely.to_wkb(points[4])]])
    rows = pa.table({"number": range(5), "geom": column}).slice(1)
    with database.begin() as connection:
        copying.copy_in(connection, THINGS, rows, lambda _: None)
        query = select(THINGS.c.number, THINGS.c.geom.ST_AsText(), THINGS.c.geom.ST_SRID()).order_by(THINGS.c.number)
        found = [tuple(row) for row in connection.execute(query)]
        connection.execute(delete(THINGS))
    assert found == [(1, "POINT(1 -1)", 4326), (2, "POINT(2 -2)", 4326), (3, None, None), (4, "POINT(4 -4)", 4326)]
