"""Alerts in the database: one row for each time in which a rule held, however often it is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Double,
    Integer,
    Row,
    Select,
    Table,
    Text,
    and_,
    func,
    insert,
    select,
    update,
)

from altaigis.domain.alert import Alert, Held, State
from altaigis.store.observations.tables import loads_series, series
from altaigis.store.schema import own

_TIME = DateTime(timezone=True)
alerts = Table(
    "alerts",
    own,
    Column("alert", BigInteger, primary_key=True),
    Column("rule", Text),
    Column("station", Text),
    Column("begin", _TIME),
    Column("end", _TIME),
    Column("parameter", Text),
    Column("synthetic", Boolean),
    Column("limit_id", Text),
    Column("limit_value", Double),
    Column("unit", Text),
    Column("peak", Double),
    Column("peak_time", _TIME),
    Column("count", Integer),
    Column("state", Text),
    Column("opened", _TIME),
    Column("updated", _TIME),
)
_seen = Table("alerts_seen", own, Column("load", Integer, primary_key=True))
#: Of advisory locks: one watcher looks at a time.
_LOCK = 0x616C657274


@dataclass(frozen=True)
class Touched:
    """A series that loads have written to since the last look, and in which time."""

    series: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Wanted:
    """Which alerts are asked for; None for all."""

    state: State | None = None
    kind: str | None = None
    station: str | None = None
    parameter: str | None = None
    rule: str | None = None
    synthetic: bool | None = None
    begin: datetime | None = None
    end: datetime | None = None


def claim(connection: Connection) -> bool:
    """Whether nobody else is looking; until the end of the transaction nobody else will."""
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_LOCK))).scalar())


def touched(connection: Connection) -> tuple[list[Touched], int]:
    """What loads have written since the last look, and the newest of them."""
    seen = connection.execute(select(_seen.c.load)).scalar_one()
    statement = (
        select(loads_series.c.series, func.min(loads_series.c.first), func.max(loads_series.c.last))
        .where(loads_series.c.load > seen)
        .group_by(loads_series.c.series)
        .order_by(loads_series.c.series)
    )
    newest = connection.execute(select(func.max(loads_series.c.load))).scalar()
    return [Touched(*row) for row in connection.execute(statement)], max(seen, newest or 0)


def remember(connection: Connection, load: int) -> None:
    """Loads up to this one have been looked at."""
    connection.execute(update(_seen).values(load=load))


def near(connection: Connection, of: Held, begin: datetime, end: datetime) -> list[Alert]:
    """Alerts of the same rule, station, parameter and limit that touch an interval and were not withdrawn."""
    statement = (
        _of(of)
        .where(alerts.c.end >= begin, alerts.c.begin <= end, alerts.c.state != "withdrawn")
        .order_by(alerts.c.begin, alerts.c.alert)
    )
    return [_alert(row) for row in connection.execute(statement)]


def settle(connection: Connection, there: Sequence[Alert], held: Sequence[Held], gap: timedelta, now: datetime) -> int:
    """Make the alerts of an interval those that held in it: known ones are updated, new ones opened, and those that
    nothing stands behind any more are withdrawn. Returns how many rows were written.

    Args:
        there: alerts of one rule at one station that touch the interval, and held: what was found in it.
        gap: two times that are no further apart are one.
    """
    left, written = list(there), 0
    for one in held:
        mine = next((it for it in left if it.held.begin <= one.end + gap and it.held.end >= one.begin - gap), None)
        state: State = "open" if one.going_on else "closed"
        if mine is None:
            connection.execute(insert(alerts).values(_row(one) | {"state": state, "opened": now, "updated": now}))
            written += 1
            continue
        left.remove(mine)
        if (mine.held, mine.state) != (one, state):
            values = _row(one) | {"state": state, "updated": now}
            connection.execute(update(alerts).where(alerts.c.alert == mine.number).values(values))
            written += 1
    for lost in left:
        values = {"state": "withdrawn", "updated": now}
        connection.execute(update(alerts).where(alerts.c.alert == lost.number).values(values))
    return written + len(left)


def read_alerts(connection: Connection, wanted: Wanted, limit: int, offset: int = 0) -> tuple[list[Alert], int]:
    """Alerts, those that began last first, and how many there are in all."""
    conditions = _conditions(wanted)
    count = connection.execute(select(func.count()).select_from(alerts).where(*conditions)).scalar_one()
    rows = select(alerts).where(*conditions).order_by(alerts.c.begin.desc(), alerts.c.alert.desc())
    return [_alert(row) for row in connection.execute(rows.limit(limit).offset(offset))], count


def silent_since(connection: Connection) -> list[tuple[str, bool, datetime, timedelta]]:
    """Of each station with values: whether all it tells is synthetic, the time of its newest value, and the shortest
    step of its series."""
    statement = (
        select(series.c.station, func.bool_and(series.c.synthetic), func.max(series.c.last), func.min(series.c.step))
        .where(series.c.count > 0)
        .group_by(series.c.station)
        .having(func.min(series.c.step).is_not(None))
        .order_by(series.c.station)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def of_rule(connection: Connection, rule: str) -> list[Alert]:
    """The open alerts of a rule."""
    open_ones = select(alerts).where(alerts.c.rule == rule, alerts.c.state == "open").order_by(alerts.c.station)
    return [_alert(row) for row in connection.execute(open_ones)]


def _of(held: Held) -> Select[Any]:
    same = [alerts.c.rule == held.rule, alerts.c.station == held.station, alerts.c.synthetic == held.synthetic]
    for column, value in ((alerts.c.parameter, held.parameter), (alerts.c.limit_id, held.limit)):
        same.append(column.is_(None) if value is None else column == value)
    return select(alerts).where(and_(*same))


def _conditions(wanted: Wanted) -> list[Any]:
    plain = {
        alerts.c.state: wanted.state,
        alerts.c.station: wanted.station,
        alerts.c.parameter: wanted.parameter,
        alerts.c.rule: wanted.rule,
        alerts.c.synthetic: wanted.synthetic,
    }
    conditions: list[Any] = [column == value for column, value in plain.items() if value is not None]
    if wanted.state is None:
        conditions.append(alerts.c.state != "withdrawn")
    if wanted.kind is not None:
        conditions.append(alerts.c.parameter.is_(None) if wanted.kind == "silence" else alerts.c.parameter.is_not(None))
    if wanted.begin is not None:
        conditions.append(alerts.c.end >= wanted.begin)
    if wanted.end is not None:
        conditions.append(alerts.c.begin < wanted.end)
    return conditions


def _row(held: Held) -> dict[str, Any]:
    return {
        "rule": held.rule, "station": held.station, "begin": held.begin, "end": held.end,
        "parameter": held.parameter, "synthetic": held.synthetic, "limit_id": held.limit,
        "limit_value": held.limit_value, "unit": held.unit, "peak": held.peak, "peak_time": held.peak_time,
        "count": held.count,
    }  # fmt: skip


def _alert(row: Row[Any]) -> Alert:
    held = Held(
        rule=row.rule, station=row.station, begin=row.begin, end=row.end, going_on=row.state == "open",
        parameter=row.parameter, synthetic=row.synthetic, limit=row.limit_id, limit_value=row.limit_value,
        unit=row.unit, peak=row.peak, peak_time=row.peak_time, count=row._mapping["count"],
    )  # fmt: skip
    return Alert(row.alert, held, row.state, row.opened, row.updated)
