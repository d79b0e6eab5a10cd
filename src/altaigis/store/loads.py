"""Loads of observations as the ledger tells them: what came, and what was refused and why."""

from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from altaigis.domain.observation import PastLoad, Receipt, RefusedRows
from altaigis.store.pool import transaction

#: What was refused is told of this many sources, those that sent last.
MOST_SOURCES = 100

_LOADS = text("SELECT * FROM altaigis.loads ORDER BY load DESC LIMIT :most")
#: A source is a file or door and who speaks by it: what it sends next takes the place of what it sent before.
_LAST = """
    SELECT * FROM (
        SELECT DISTINCT ON (file, source) * FROM altaigis.loads WHERE outcome = 'loaded'
        ORDER BY file, source, load DESC
    ) newest WHERE refused > 0 ORDER BY load DESC LIMIT :most
"""
#: An example is looked for among so many refused rows of a load, however many there are.
_LOOKED_AT = 1000
_REFUSED = text(
    f"""
    WITH last AS MATERIALIZED ({_LAST}), first AS (
        SELECT DISTINCT ON (load, reason) load, reason, "row", "values" ->> 'station' AS station
        FROM last CROSS JOIN LATERAL (
            SELECT reason, "row", "values" FROM altaigis.refusals r WHERE r.load = last.load
            ORDER BY "row" LIMIT {_LOOKED_AT}
        ) sample ORDER BY load, reason, "row"
    )
    SELECT last.*, told.key AS reason, told.value::bigint AS rows, first."row", first.station
    FROM last CROSS JOIN LATERAL jsonb_each_text(last.reasons) told
    LEFT JOIN first ON first.load = last.load AND first.reason = told.key
    ORDER BY last.load, rows DESC, told.key
    """  # noqa: S608 - all parts are this module's own
)
_MARK = text(f"SELECT string_agg(load::text, ' ' ORDER BY load) FROM ({_LAST}) last")  # noqa: S608


def past_loads(database: Engine, most: int) -> list[PastLoad]:
    """The newest loads, the failed ones among them, newest first."""
    with transaction(database) as connection:
        return [_load(row) for row in connection.execute(_LOADS, {"most": most})]


def refused_rows(database: Engine) -> list[RefusedRows]:
    """What the last load of each source refused, by load and reason: as many entries as there are reasons."""
    with transaction(database) as connection:
        return [
            RefusedRows(_load(row), row.reason, row.rows, row.row, row.station)
            for row in connection.execute(_REFUSED, {"most": MOST_SOURCES})
        ]


def refusals_mark(connection: Connection) -> str:
    """A text that changes when what `refused_rows` tells does."""
    return connection.execute(_MARK, {"most": MOST_SOURCES}).scalar_one() or ""


def _load(row: Row[Any]) -> PastLoad:
    receipt = Receipt(
        row.load,
        row.received or 0,
        row.added or 0,
        row.corrected or 0,
        row.unchanged or 0,
        row.duplicates or 0,
        row.refused or 0,
        row.seconds or 0.0,
        dict(sorted((row.reasons or {}).items(), key=lambda pair: (-pair[1], pair[0]))),
    )
    return PastLoad(row.load, row.started, row.actor, row.file, row.source, receipt, row.message, row.outcome)
