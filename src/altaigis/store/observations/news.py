"""What loads have brought, read once for all who listen."""

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.news import News, Reported, Touched
from altaigis.domain.observation import FLAGS
from altaigis.store.pool import reading

#: Loads that bring more values together are told in a summary.
MOST_VALUES = 2_000
#: A summary names this many series; there may be more.
MOST_SERIES = 1_000
#: Loads that ended so shortly before another may have been committed after it.
OVERLAP = "10 seconds"
#: ... if they were begun no more than so many loads before.
BESIDE = 1_000

_FLAGS = {code: name for name, code in FLAGS.items()}
_BROUGHT = "outcome = 'loaded' AND added + corrected > 0"
_VALUES = text(
    """
    SELECT station, parameter, o.time, o.value, unit, o.flag, synthetic
    FROM altaigis.loads_series t
    JOIN altaigis.observations o ON o.series = t.series AND o.load = t.load AND o.time BETWEEN t.first AND t.last
    JOIN altaigis.series s ON s.series = t.series JOIN altaigis.parameters p USING (parameter)
    WHERE t.load = ANY(:loads) ORDER BY t.load, o.time, t.series
    """
)
_TOUCHED = text(
    """
    SELECT station, parameter, t.first, t.last, synthetic
    FROM altaigis.loads_series t JOIN altaigis.series s USING (series) WHERE t.load = :load
    ORDER BY t.series LIMIT :most
    """
)
_COUNTS = text("SELECT load, added + corrected AS brought FROM altaigis.loads WHERE load = ANY(:loads)")
_NEWEST = text(f"SELECT load FROM altaigis.loads WHERE {_BROUGHT} ORDER BY load DESC LIMIT :most")  # noqa: S608
_SINCE = text(
    f"SELECT load FROM altaigis.loads WHERE {_BROUGHT} AND load > :load AND load <> ALL(:known) "  # noqa: S608
    "ORDER BY started + seconds * interval '1 second', load LIMIT :most"
)
_AFTER = text(
    f"""
    SELECT load FROM altaigis.loads
    WHERE {_BROUGHT} AND load > :load - {BESIDE} AND load <> :load AND started + seconds * interval '1 second' > (
        SELECT started + seconds * interval '1 second' FROM altaigis.loads WHERE load = :load
    ) - interval '{OVERLAP}'
    ORDER BY started + seconds * interval '1 second', load LIMIT :most
    """  # noqa: S608 - all parts are this module's own
)
_IS_KNOWN = text("SELECT FROM altaigis.loads WHERE load = :load AND outcome = 'loaded'")


async def newest_loads(database: AsyncEngine, most: int) -> list[int]:
    """The last loads that have brought anything, in the order of their numbers."""
    async with reading(database) as connection:
        found = await connection.execute(_NEWEST, {"most": most})
        return sorted(found.scalars())


async def loads_since(database: AsyncEngine, load: int, known: list[int], most: int) -> list[int]:
    """Those with higher numbers that have brought something, without the known ones."""
    async with reading(database) as connection:
        found = await connection.execute(_SINCE, {"load": load, "known": known, "most": most})
        return list(found.scalars())


async def loads_after(database: AsyncEngine, load: int, most: int) -> list[int] | None:
    """Those that have brought something and were committed after a load, or perhaps shortly before it; None where
    there is no such load."""
    async with reading(database) as connection:
        if (await connection.execute(_IS_KNOWN, {"load": load})).one_or_none() is None:
            return None
        return list((await connection.execute(_AFTER, {"load": load, "most": most})).scalars())


async def read_news(database: AsyncEngine, loads: list[int], most: int | None = None) -> list[News] | None:
    """What these loads have brought, in their order; small ones that follow each other are put together. None where
    there is more than ``most`` to tell."""
    async with reading(database) as connection:
        counts = {row.load: row.brought for row in await connection.execute(_COUNTS, {"loads": loads})}
        news: list[News] = []
        groups = _together([load for load in loads if load in counts], counts)
        if most is not None and len(groups) > most:
            return None
        for together in groups:
            last, count = together[-1], sum(counts[load] for load in together)
            if count > MOST_VALUES:
                rows = (await connection.execute(_TOUCHED, {"load": last, "most": MOST_SERIES + 1})).all()
                touched = [Touched(*row) for row in rows[:MOST_SERIES]]
                news.append(News(last, count, touched, is_summary=True, is_partial=len(rows) > MOST_SERIES))
            else:
                rows = (await connection.execute(_VALUES, {"loads": together})).all()
                news.append(News(last, count, [_reported(row) for row in rows]))
    return news


def _reported(row: Row[Any]) -> Reported:
    return Reported(row.station, row.parameter, row.time, row.value, row.unit, _FLAGS[row.flag], row.synthetic)


def _together(loads: list[int], counts: dict[int, int]) -> list[list[int]]:
    """Groups of loads, none of which but a single one brings more values than are told."""
    groups: list[list[int]] = []
    room = 0
    for load in loads:
        if counts[load] > room:
            groups.append([])
            room = MOST_VALUES
        groups[-1].append(load)
        room -= counts[load]
    return groups
