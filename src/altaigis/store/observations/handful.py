"""A handful of rows is merged from memory: tables that live for the load would take longer than all the rest.

This is what stations send all day. It does to the tables what :mod:`altaigis.store.observations.merge` does.
"""

import numpy as np
from psycopg.sql import SQL

from altaigis.store.driver import Driver
from altaigis.store.observations.aggregates import aggregate_handful
from altaigis.store.observations.partitions import partition
from altaigis.store.observations.rows import MOMENT, Rows
from altaigis.store.observations.tidings import tell_handful

#: Loads of more rows go through tables, which are quicker then.
MOST_ROWS = 10_000

_MERGE = """
WITH incoming AS (
    SELECT {time} AS time, value, series, source, flag, number
    FROM unnest(%s::bigint[], %s::double precision[], %s::integer[], %s::integer[], %s::smallint[])
    WITH ORDINALITY AS given (moment, value, series, source, flag, number)
), changes AS (
    SELECT i.*, o.ctid AS place, o.value AS former_value, o.source AS former_source, o.load AS former_load,
    o.flag AS former_flag FROM incoming i LEFT JOIN {raw} o ON o.series = i.series AND o.time = i.time
    WHERE o.series IS NULL OR o.value <> i.value OR o.flag <> i.flag
), former AS (
    INSERT INTO altaigis.observations_former (time, value, series, source, load, replaced_by, flag)
    SELECT time, former_value, series, former_source, former_load, %s, former_flag FROM changes WHERE place IS NOT NULL
), corrected AS (
    UPDATE {raw} o SET value = c.value, flag = c.flag, source = c.source, load = %s
    FROM changes c WHERE o.ctid = c.place
), added AS (
    INSERT INTO {raw} (time, value, series, source, load, flag)
    SELECT time, value, series, source, %s, flag FROM changes WHERE place IS NULL ORDER BY series, time
)
SELECT number, place IS NULL FROM changes
"""


def merge_handful(connection: Driver, load: int, rows: Rows) -> tuple[int, int]:
    """Bring rows in whose years are all there and whose keys all differ; how many were added and corrected.

    The caller holds their series.
    """
    written: dict[int, tuple[Rows, np.ndarray]] = {}
    for year, those in rows.by_year():
        merging = SQL(_MERGE).format(raw=partition("observations", year), time=MOMENT)
        columns = [those.time, those.value, those.series, those.source, those.flag]
        found = connection.execute(merging, [*columns, load, load, load]).fetchall()
        if found:
            changed, are_new = (np.array(column) for column in zip(*found, strict=True))
            written[year] = (those.take(changed - 1), are_new)
    if not written:
        return 0, 0
    are_new = np.concatenate([new for _, new in written.values()])
    # nobody waits for an answer before the last of these has been sent
    with connection.pipeline():
        for year, changes in written.items():
            aggregate_handful(connection, year, *changes)
        tell_handful(connection, load, Rows.joined([part for part, _ in written.values()]), are_new)
    return int(are_new.sum()), int((~are_new).sum())
