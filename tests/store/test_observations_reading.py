"""Observations read: the latest value of each series, and what is known of a series, through loads of all kinds."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from altaigis.domain.series import Interval, preferred
from altaigis.store.observations.reading import known_series, latest, values
from altaigis.store.pool import engine, require_postgis
from altaigis.store.schema import migrate
from observing import BARNAUL, HEADER, Observatory, csv, temperature

OTHER = "WMO-29937"
FLAGGED = f"{HEADER},flag"


def hour(n: int) -> str:
    return f"{datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}"


def newest(observatory: Observatory) -> list[tuple[str, int, float, str]]:
    """Station, hour, value and flag."""
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    with observatory.database.connect() as connection:
        found = latest(connection)
    return [(it.series.station, (it.time - begin) // timedelta(hours=1), it.value, it.flag) for it in found]


def test_latest_follows_corrections_late_rows_and_bad_flags(observatory: Observatory) -> None:
    observatory.load(csv(temperature(hour(5), 5), temperature(hour(6), 6), temperature(hour(1), 1, station=OTHER)))
    assert newest(observatory) == [(BARNAUL, 6, 6, "unchecked"), (OTHER, 1, 1, "unchecked")]
    observatory.load(csv(temperature(hour(4), 4)))  # a packet that was late
    observatory.load(csv(temperature(hour(6), 6.5)))  # the newest is corrected
    assert newest(observatory)[0] == (BARNAUL, 6, 6.5, "unchecked")
    observatory.load(csv(f"{temperature(hour(7), 99)},bad", header=FLAGGED))
    assert newest(observatory)[0] == (BARNAUL, 6, 6.5, "unchecked")
    observatory.load(csv(f"{temperature(hour(6), 6.5)},bad", header=FLAGGED))  # what was the newest is no good
    assert newest(observatory)[0] == (BARNAUL, 5, 5, "unchecked")
    observatory.load(csv(f"{temperature(hour(1), 1, station=OTHER)},bad", header=FLAGGED))  # the only one there is
    assert newest(observatory) == [(BARNAUL, 5, 5, "unchecked")]
    observatory.load(csv(f"{temperature(hour(7), 7)},good", header=FLAGGED))
    observatory.load(csv(temperature("2019-12-31T23:00:00Z", -1), temperature("2021-01-01T00:00:00Z", 21)))
    assert newest(observatory) == [(BARNAUL, 366 * 24, 21, "unchecked")]


def test_two_loads_at_once_leave_the_newest(observatory: Observatory) -> None:
    hours = range(40)
    observatory.load(csv(temperature(hour(0), 0)))
    loads = [
        threading.Thread(target=observatory.load, args=(csv(*[temperature(hour(n), n) for n in hours[part::4]]),))
        for part in range(4)
    ]
    for thread in loads:
        thread.start()
    for thread in loads:
        thread.join()
    assert newest(observatory) == [(BARNAUL, 39, 39, "unchecked")]
    with observatory.database.connect() as connection:
        (one,) = known_series(connection)
    assert (one.count, one.step) == (40, timedelta(hours=1))


def test_what_is_known_of_a_series_and_of_a_load(observatory: Observatory) -> None:
    times = [-24, 0, 3, 6, 9, 10]
    first = observatory.load(csv(*[temperature(hour(n), n) for n in times]))
    second = observatory.load(csv(f"{temperature(hour(12), 1)},bad", temperature(hour(0), 0) + ",", header=FLAGGED))
    with observatory.database.connect() as connection:
        (one,) = known_series(connection, [BARNAUL], ["air_temperature"])
        assert known_series(connection, [OTHER]) == []
        few = values(connection, one, Interval(one.first + timedelta(hours=24), one.last))
        assert values(connection, one).num_rows == one.count == 7
    assert (one.unit, one.synthetic, one.step) == ("°C", False, timedelta(hours=3))
    assert [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (one.first, one.last)] == [hour(-24), hour(12)]
    assert few["value"].to_pylist() == [0, 3, 6, 9, 10]
    touched = observatory.rows("SELECT load, first, last FROM altaigis.loads_series ORDER BY load")
    spans = [(load, f"{begin:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}") for load, begin, end in touched]
    # the row that was there already is nothing new
    assert spans == [(first.load, hour(-24), hour(10)), (second.load, hour(12), hour(12))]


def test_what_is_made_up_never_stands_with_what_is_measured(observatory: Observatory) -> None:
    rows = [f"{temperature(hour(n), n)},{source}" for n in range(4) for source in ("", "synthetic: normals", "gauge")]
    observatory.load(csv(*rows, f"{temperature(hour(0), 9, station=OTHER)},Synthetic", header=f"{HEADER},source"))
    with observatory.database.connect() as connection:
        found = known_series(connection)
        told = [(it.station, it.synthetic, it.count) for it in found]
        sources = [(it.series.synthetic, it.source) for it in latest(connection)]
    assert told == [(BARNAUL, False, 4), (BARNAUL, True, 4), (OTHER, True, 1)]
    assert sources == [(False, "gauge"), (True, "synthetic: normals"), (True, "Synthetic")]
    assert [it.synthetic for it in preferred(found)] == [False, True]
    assert [it.station for it in preferred(found, synthetic=False)] == [BARNAUL]
    assert [it.station for it in preferred(found, synthetic=True)] == [BARNAUL, OTHER]
    assert observatory.one("SELECT max(count) FROM altaigis.observations_daily") == 4


def test_what_was_there_before_is_told_of(
    empty_database: Callable[[], str], drop_database: Callable[[str], None]
) -> None:
    url = empty_database()
    database = engine(url)
    require_postgis(database)
    migrate(database, "0011")
    with database.begin() as connection:
        connection.exec_driver_sql(
            """
            INSERT INTO altaigis.parameters VALUES ('ph', '1');
            INSERT INTO altaigis.sources (name) VALUES ('gauge'), ('synthetic: normals');
            INSERT INTO altaigis.series (station, parameter) VALUES ('A', 'ph'), ('B', 'ph'), ('C', 'ph');
            CREATE TABLE altaigis.observations_2020 PARTITION OF altaigis.observations
            FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2021-01-01 00:00+00');
            INSERT INTO altaigis.observations (time, value, series, source, load, flag)
            SELECT timestamptz '2020-03-01 00:00+00' + n * interval '6 h', n, series,
            CASE WHEN n < 2 THEN 2 ELSE source END, 1, CASE WHEN n = 9 THEN 4 ELSE 1 END
            FROM generate_series(0, 9) n, (VALUES (1, 1), (2, 2)) s (series, source)
            """
        )
    migrate(database)
    with database.connect() as connection:
        assert [(it.station, it.synthetic, it.count, it.step) for it in known_series(connection)] == [
            ("A", False, 10, timedelta(hours=6)),
            ("B", True, 10, timedelta(hours=6)),
        ]
        assert [(it.value, it.source) for it in latest(connection)] == [(8, "gauge"), (8, "synthetic: normals")]
    database.dispose()
    drop_database(url)
