"""Arrow tables into PostgreSQL by COPY, column by column, so that Python touches no row."""

import binascii
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg.sql import SQL, Identifier
from sqlalchemy import Column, Connection, MetaData, Table
from sqlalchemy.schema import CreateTable

from altaigis.store.driver import driver

#: Rows are sent in pieces of about this many bytes.
PIECE_BYTES = 4 << 20

#: Columns by the type of their field; geometries are WKB.
ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}

_HEADLESS = pa.csv.WriteOptions(include_header=False)


def stage(
    connection: Connection, name: str, columns: Iterable[Column[Any]], rows: pa.Table, done: Callable[[int], None]
) -> Table:
    """The rows in a temporary table of this name with such columns, which goes with the transaction."""
    alike = [Column(column.name, column.type, nullable=column.nullable) for column in columns]
    staging = Table(name, MetaData(), *alike, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    connection.execute(CreateTable(staging))
    copy_in(connection, staging, rows, done)
    return staging


def copy_in(connection: Connection, table: Table, rows: pa.Table, done: Callable[[int], None]) -> None:
    """COPY rows into the columns of their names. Binary columns are sent as hexadecimal text, as PostGIS reads WKB.

    Args:
        done: is told the number of rows that have been sent.
    """
    names = SQL(", ").join(Identifier(name) for name in rows.column_names)
    target = SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(_name(table), names)
    sent = 0
    with driver(connection).cursor() as cursor, cursor.copy(target) as copy:
        for piece in _pieces(rows):
            copy.write(_as_csv(piece))
            sent += piece.num_rows
            done(sent)


def _name(table: Table) -> Identifier:
    return Identifier(table.schema, table.name) if table.schema else Identifier(table.name)


def _pieces(rows: pa.Table) -> Iterator[pa.Table]:
    if rows.num_rows:
        step = max(1, PIECE_BYTES * rows.num_rows // max(rows.nbytes, 1))
        yield from (rows.slice(start, step) for start in range(0, rows.num_rows, step))


def _as_csv(rows: pa.Table) -> memoryview:
    # text stands in quotes, a null is nothing at all: just as PostgreSQL tells them apart
    texts = [_hexadecimal(column) if _is_binary(column.type) else column for column in rows.columns]
    out = io.BytesIO()
    pa.csv.write_csv(pa.table(texts, names=rows.column_names), out, _HEADLESS)
    return out.getbuffer()


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _hexadecimal(column: pa.ChunkedArray) -> pa.Array:
    """Bytes as hexadecimal text: twice as long, so each value begins twice as far."""
    values = column.cast(pa.large_binary()).combine_chunks()
    _, offsets, content = values.buffers()
    starts = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1]
    text = binascii.hexlify(memoryview(content)[starts[0] : starts[-1]]) if content else b""
    places = pa.py_buffer((starts - starts[0]) * 2)
    written = pa.LargeStringArray.from_buffers(len(values), places, pa.py_buffer(text))
    return pc.if_else(values.is_valid(), written, None)
