"""Loads of the same series take turns.

What is known of a series changes with each load. To lock a row that has changed while it was waited for, PostgreSQL
goes through the whole query again, which of a thousand takes longer than the load: so these rows are only ever locked.
"""

import numpy as np

from altaigis.errors import Busy
from altaigis.store.driver import Driver


def take_turns(connection: Driver, series: np.ndarray) -> None:
    """Keep every other load from these series (int32, their numbers) until the end of the transaction.

    Raises:
        Busy: one of them has been taken away meanwhile; the same load finds or makes it anew.
    """
    connection.execute(
        "INSERT INTO altaigis.series_turns SELECT series FROM unnest(%s::integer[]) AS given (series) "
        "WHERE NOT EXISTS (SELECT FROM altaigis.series_turns t WHERE t.series = given.series) "
        "ORDER BY series ON CONFLICT DO NOTHING",
        (series,),
    )
    connection.execute(
        "SELECT FROM altaigis.series_turns WHERE series = ANY(%s::integer[]) ORDER BY series FOR UPDATE", (series,)
    )
    found = connection.execute("SELECT count(*) FROM altaigis.series WHERE series = ANY(%s::integer[])", (series,))
    if found.fetchone() != (len(series),):
        raise Busy("a series of this load has just been removed; try again")


def stop_turns(connection: Driver) -> None:
    """Wait for all who have taken their turn, and let nobody else begin one until the end of the transaction."""
    connection.execute("LOCK TABLE altaigis.series_turns IN SHARE ROW EXCLUSIVE MODE")
