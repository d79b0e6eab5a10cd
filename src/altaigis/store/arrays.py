"""Arrays of numbers as bound values: their bytes are put in their places at once, and not number by number."""

import numpy as np
from psycopg.adapt import Dumper
from psycopg.pq import Format

from altaigis.store.driver import Driver

#: Of an element, by its kind in numpy: the number of its type in PostgreSQL, and its bytes on the wire.
_ELEMENTS = {
    np.dtype(np.bool_): (16, "?"),
    np.dtype(np.int16): (21, ">i2"),
    np.dtype(np.int32): (23, ">i4"),
    np.dtype(np.int64): (20, ">i8"),
    np.dtype(np.float64): (701, ">f8"),
}


class _Array(Dumper):
    """The binary form of an array with one dimension; its type stands in the statement, as ``%s::bigint[]``."""

    format = Format.BINARY

    def dump(self, array: np.ndarray) -> bytes:
        kind, wire = _ELEMENTS[array.dtype]
        head = np.array([1, 0, kind, len(array), 1], ">i4")
        elements = np.empty(len(array), [("length", ">i4"), ("value", wire)])
        elements["length"], elements["value"] = array.dtype.itemsize, array
        return head.tobytes() + elements.tobytes()


def bind_arrays(connection: Driver) -> None:
    """From now on the connection takes numpy's arrays of bool, int16, int32, int64 and float64."""
    connection.adapters.register_dumper(np.ndarray, _Array)
