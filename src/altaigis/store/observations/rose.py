"""Wind by direction and speed: the values of two series of one station, brought together by their time."""

import numpy as np
from sqlalchemy import Connection, Double, Integer, and_, case, cast, extract, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from altaigis.domain.observation import BAD, ZONE
from altaigis.domain.series import Interval, Series
from altaigis.domain.wind import MONTHS, Division, Rose
from altaigis.store.observations.reading import within
from altaigis.store.observations.tables import observations

_BAD, _CALM, _UNDIRECTED = -3, -2, -1


def read_rose(connection: Connection, speed: Series, direction: Series, interval: Interval, division: Division) -> Rose:
    """The rose of the winds of a station in an interval."""
    fast, turned = observations.alias("fast"), observations.alias("turned")
    width = 360 / division.sectors
    of_speed = func.width_bucket(fast.c.value, cast(list(division.speeds), ARRAY(Double)))
    sector = cast(func.floor(turned.c.value / width + 0.5), Integer) % division.sectors
    kind = case(
        (fast.c.flag == BAD, _BAD), (of_speed == 0, _CALM), (turned.c.value.is_(None), _UNDIRECTED), else_=sector
    )
    # the interval is said of both, so that of both the same years are looked at
    here = (turned.c.series == direction.number, *within(turned.c.time, interval))
    statement = (
        select(kind.label("kind"), of_speed.label("of_speed"), func.count())
        .select_from(fast.outerjoin(turned, and_(turned.c.time == fast.c.time, turned.c.flag != BAD, *here)))
        .where(fast.c.series == speed.number, *within(fast.c.time, interval))
        .group_by(literal_column("kind"), literal_column("of_speed"))
    )
    if division.season is not None:
        month = cast(extract("month", func.timezone(ZONE, fast.c.time)), Integer)
        statement = statement.where(month.in_(MONTHS[division.season]))
    counts = np.zeros((division.sectors, len(division.speeds)), np.int64)
    others = dict.fromkeys((_BAD, _CALM, _UNDIRECTED), 0)
    for found, at, count in connection.execute(statement):
        if found < 0:
            others[found] += count
        else:
            counts[found, at - 1] = count
    return Rose(counts, others[_CALM], others[_UNDIRECTED], others[_BAD])
