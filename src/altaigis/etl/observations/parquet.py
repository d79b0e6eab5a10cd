"""Parquet of observations."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from altaigis.errors import ObservationsError
from altaigis.etl.observations.pieces import PIECE_ROWS, Piece, check_columns, completed

#: How such a file begins and ends.
MAGIC = b"PAR1"
#: The description of a Parquet file's columns and groups; that of 10 million observations has some kilobytes.
LARGEST_FOOTER = 16 << 20
#: One column of one group of a Parquet file, unpacked; Arrow may have to hold all of it.
LARGEST_CHUNK = 256 << 20


def read_parquet(file: BinaryIO, size: int) -> Iterator[Piece]:
    """The rows of a file of so many bytes.

    Raises:
        ObservationsError: it is cut short, damaged, or has columns that are none of observations.
    """
    _check_footer(file, size)
    try:
        parquet = pq.ParquetFile(file, pre_buffer=False, memory_map=False, buffer_size=1 << 20)
        check_columns(parquet.schema_arrow.names)
        _check_chunks(parquet.metadata)
        for column in parquet.schema_arrow:
            if not _is_plain(column.type):
                raise ObservationsError(
                    f"column {column.name} is a {str(column.type)[:60]}; it must be text, number or time"
                )
        number = 1
        for batch in parquet.iter_batches(PIECE_ROWS, use_threads=False):
            yield Piece(completed(pa.Table.from_batches([batch])), np.arange(number, number + batch.num_rows))
            number += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise ObservationsError(
            f"the Parquet file cannot be read: {(str(error) or 'damaged').splitlines()[0][:300]}"
        ) from None


def _check_footer(file: BinaryIO, size: int) -> None:
    file.seek(max(0, size - 8))
    tail = file.read(8)
    if tail[4:] != MAGIC:
        raise ObservationsError("the Parquet file is cut short")
    if int.from_bytes(tail[:4], "little") > LARGEST_FOOTER:
        raise ObservationsError(f"the Parquet file describes itself in more than {LARGEST_FOOTER} bytes")
    file.seek(0)


def _check_chunks(described: pq.FileMetaData) -> None:
    for group in map(described.row_group, range(described.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.total_uncompressed_size > LARGEST_CHUNK:
                raise ObservationsError(
                    f"column {column.path_in_schema[:40]} has {column.total_uncompressed_size} bytes in one group of "
                    f"rows; write the Parquet file in groups of fewer rows: {LARGEST_CHUNK} bytes are read at once"
                )


def _is_plain(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(value)
        or pa.types.is_large_string(value)
        or pa.types.is_integer(value)
        or pa.types.is_floating(value)
        or pa.types.is_decimal(value)
        or pa.types.is_timestamp(value)
        or pa.types.is_date(value)
    )
