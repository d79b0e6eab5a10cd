"""A table of Arrow as columns in JSON, as CSV, and as Parquet. Times are in UTC."""

import csv as text_csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET = "application/vnd.apache.parquet"


def columns(table: "pa.Table") -> dict[str, list[Any]]:
    """By name, the values of each column, None where there is none; times as text."""
    told = _with_texts(table)
    return {name: told.column(name).to_pylist() for name in told.column_names}


def csv(table: "pa.Table") -> bytes:
    """With a header; lines end as RFC 4180 says."""
    import pyarrow.csv as arrow_csv

    sink = io.BytesIO()
    options = arrow_csv.WriteOptions(quoting_style="needed", eol="\r\n")
    arrow_csv.write_csv(_with_texts(table), sink, options)
    return sink.getvalue()


def csv_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """The same of a few rows, which have texts for times."""
    text = io.StringIO()
    writer = text_csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _word(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _word(value: Any) -> Any:
    """``true`` and ``false`` as in every other CSV of this server, and in JSON."""
    return str(value).lower() if isinstance(value, bool) else value


def marked(table: "pa.Table", constants: Mapping[str, str | bool]) -> "pa.Table":
    """With columns before all others that say the same in each row."""
    import pyarrow as pa

    told = {name: pa.repeat(value, table.num_rows) for name, value in constants.items()}
    return pa.table(told | {name: table.column(name) for name in table.column_names})


def parquet(table: "pa.Table", metadata: Mapping[str, str]) -> bytes:
    """With what there is to say of all rows as metadata of the file."""
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(dict(metadata)), sink, compression="zstd")
    return sink.getvalue()


def _with_texts(table: "pa.Table") -> "pa.Table":
    import pyarrow as pa

    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, _iso(table.column(at)))
    return table


def _iso(times: "pa.ChunkedArray") -> "pa.Array":
    """As RFC 3339 writes them, with parts of a second only where there are any."""
    import pyarrow as pa

    moments = times.cast(pa.timestamp("us")).to_numpy()
    whole = bool((moments.astype("datetime64[s]") == moments).all())
    texts = np.datetime_as_string(moments, "s" if whole else "us")
    return pa.array(np.char.add(texts, "Z").astype(object), pa.string())
