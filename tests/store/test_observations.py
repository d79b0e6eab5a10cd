"""Observations in the database: aggregates equal pandas, nothing is double, nothing is lost, loads that meet."""

import gzip
import hashlib
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from altaigis.domain.observation import ZONE, Origin, Receipt
from altaigis.errors import Busy, DatabaseUnavailable, ObservationsError
from altaigis.store import backup
from altaigis.store.observations import Rows, intake
from altaigis.store.observations.conflicts import CONTRADICTED
from observing import BARNAUL, HEADER, Observatory, csv, temperature

OTHER = "WMO-29937"


def random_rows(
    seed: int, begin: str, hours: int, count: int, stations: tuple[str, ...] = (BARNAUL, OTHER)
) -> list[str]:
    """Moments at random, some of them twice, with flags."""
    rng = np.random.default_rng(seed)
    moments = np.datetime64(begin, "s") + rng.integers(0, hours * 12, count) * np.timedelta64(300, "s")
    values = np.round(rng.normal(0, 10, count), 1)
    flags = rng.choice(["good", "bad", "suspect", ""], count)
    names = rng.choice(stations, count)
    return [
        f"{name},air_temperature,{moment}Z,{value},°C,{flag}"
        for name, moment, value, flag in zip(names, moments, values, flags, strict=True)
    ]


FLAGGED = f"{HEADER},flag"


@pytest.fixture(params=["from memory", "through tables"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways that a load can take come to the same; which one it takes is a matter of its size."""
    if request.param == "through tables":
        monkeypatch.setattr("altaigis.store.observations.staging.MOST_ROWS", 0)


def assert_aggregates_equal_pandas(observatory: Observatory) -> None:
    """The oracle: group the raw table again, in memory, by hours and by days of the region."""
    raw = observatory.frame("SELECT series, time, value FROM altaigis.observations WHERE flag <> 4")
    moments = pd.to_datetime(raw["time"], utc=True)
    local = moments.dt.tz_convert(ZONE)
    for table, bucket, keys in (
        ("observations_hourly", "hour", moments.dt.floor("h")),
        ("observations_daily", "day", local.dt.date),
    ):
        expected = (
            raw.groupby(["series", keys.rename("bucket")])["value"].agg(["count", "sum", "min", "max"]).reset_index()
        )
        found = observatory.frame(f"SELECT series, {bucket} AS bucket, count, sum, min, max FROM altaigis.{table}")
        if bucket == "hour":
            found["bucket"] = pd.to_datetime(found["bucket"], utc=True)
        found = found.sort_values(["series", "bucket"]).reset_index(drop=True)
        assert len(found) == len(expected) > 0
        assert (found[["series", "bucket"]].to_numpy() == expected[["series", "bucket"]].to_numpy()).all()
        for column in ("count", "sum", "min", "max"):
            np.testing.assert_allclose(
                found[column].astype(float), expected[column].astype(float), rtol=1e-12, atol=1e-9
            )
    wrong = (
        "SELECT count(*) FROM (SELECT DISTINCT ON (series) * FROM altaigis.observations WHERE flag <> 4 "
        "ORDER BY series, time DESC) n FULL JOIN altaigis.latest l USING (series) "
        "WHERE (n.time, n.value, n.flag, n.source, n.load) IS DISTINCT FROM (l.time, l.value, l.flag, l.source, l.load)"
    )
    assert observatory.one(wrong) == 0, "the latest value of each series"


class TestAggregates:
    @pytest.mark.parametrize(
        "begin",
        ["2016-03-20", "2014-10-20", "2015-12-28", "1919-12-05", "1919-12-28", "1838-01-01"],
        ids=["offset +6 to +7", "offset +7 to +6", "turn of the year", "from the sun's time", "1920", "the sun's time"],
    )
    def test_equal_pandas_through_loads_of_all_kinds(self, observatory: Observatory, begin: str) -> None:
        first = random_rows(1, begin, 24 * 14, 1500)
        observatory.load(csv(*first, header=FLAGGED))
        assert_aggregates_equal_pandas(observatory)
        for seed in (2, 3):  # late rows, corrections of values and of flags
            receipt = observatory.load(csv(*random_rows(seed, begin, 24 * 14, 700), header=FLAGGED))
            assert receipt.added
            assert receipt.corrected
            assert_aggregates_equal_pandas(observatory)
        plain = {row.rpartition("Z,")[0]: row for row in random_rows(4, begin, 24 * 14, 700)}.values()
        receipt = observatory.load(csv(*plain, header=FLAGGED))
        assert min(receipt.added, receipt.corrected, receipt.unchanged) > 0
        assert_aggregates_equal_pandas(observatory)

    def test_a_day_has_23_hours_where_the_clock_jumps(self, observatory: Observatory) -> None:
        hours = pd.date_range("2016-03-25T00:00Z", "2016-03-30T00:00Z", freq="h", inclusive="left")
        observatory.load(csv(*[temperature(f"{hour:%Y-%m-%dT%H:%M:%SZ}", n / 4) for n, hour in enumerate(hours)]))
        days = observatory.rows("SELECT day, count FROM altaigis.observations_daily ORDER BY day")
        assert days == [
            (date(2016, 3, 25), 18), (date(2016, 3, 26), 24), (date(2016, 3, 27), 23), (date(2016, 3, 28), 24),
            (date(2016, 3, 29), 24), (date(2016, 3, 30), 7),
        ]  # fmt: skip

    @pytest.mark.usefixtures("way")
    def test_only_touched_buckets_are_made_again(self, observatory: Observatory) -> None:
        rows = random_rows(1, "2020-01-01", 24 * 20, 2000)
        observatory.load(csv(*rows, header=FLAGGED))
        query = "SELECT series, hour, xmin::text FROM altaigis.observations_hourly"
        days = "SELECT series, day, xmin::text FROM altaigis.observations_daily"
        before = set(observatory.rows(query)), set(observatory.rows(days))
        observatory.load(csv(temperature("2020-01-05T10:07:00Z", 3), temperature("2020-01-05T10:08:00Z", 3)))
        after = set(observatory.rows(query)), set(observatory.rows(days))
        assert [len(one - other) for one, other in zip(after, before, strict=True)] == [1, 1]

    @pytest.mark.usefixtures("way")
    def test_a_bucket_whose_values_all_turn_bad_goes(self, observatory: Observatory) -> None:
        row = temperature("2020-01-05T10:07:00Z", 3)
        observatory.load(csv(row, temperature("2020-02-05T10:07:00Z", 3)))
        observatory.load(csv(f"{row},bad", header=FLAGGED))
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 2
        for table in ("hourly", "daily"):
            assert observatory.one(f"SELECT count(*) FROM altaigis.observations_{table}") == 1


class TestMerge:
    def test_the_same_file_twice_adds_nothing(self, observatory: Observatory) -> None:
        data = csv(*random_rows(5, "2019-12-20", 24 * 30, 3000), header=FLAGGED)
        first = observatory.load(data)
        tables = ("observations", "observations_hourly", "observations_daily", "series")
        before = [
            sorted(observatory.rows(f"SELECT t.*, t.xmin::text FROM altaigis.{t} t"), key=repr) for t in tables[:3]
        ]
        second = observatory.load(data)
        after = [
            sorted(observatory.rows(f"SELECT t.*, t.xmin::text FROM altaigis.{t} t"), key=repr) for t in tables[:3]
        ]
        assert before == after
        assert (second.added, second.corrected) == (0, 0)
        assert second.unchanged == first.added
        assert (second.duplicates, second.refused) == (first.duplicates, first.refused)
        assert first.refused > 0
        assert first.received == first.added + first.duplicates + first.refused == 3000
        assert observatory.one("SELECT count(*) FROM altaigis.observations_former") == 0

    @pytest.mark.usefixtures("way")
    def test_a_correction_replaces_and_keeps_the_former(self, observatory: Observatory) -> None:
        when = "2020-01-05T10:00:00Z"
        first = observatory.load(csv(temperature(when, 3)), source="logger")
        second = observatory.load(csv(temperature(when, 277.15, unit="K")), source="office")
        assert (second.added, second.corrected) == (0, 1)
        query = (
            "SELECT o.value, s.name, o.load FROM altaigis.observations{} o "
            "JOIN altaigis.sources s ON s.source = o.source"
        )
        (value, source, load), = observatory.rows(query.format(""))  # fmt: skip
        assert (round(value, 6), source, load) == (4.0, "office", second.load)
        assert observatory.rows(query.format("_former")) == [(3.0, "logger", first.load)]
        assert observatory.one("SELECT replaced_by FROM altaigis.observations_former") == second.load

    def test_of_rows_with_one_key_the_last_wins(self, observatory: Observatory) -> None:
        rows = [temperature("2020-01-05T10:00:00Z", 1), temperature("2020-01-05T17:00:00+07:00", 2)]
        for more in ([], [temperature("2020-01-05T10:00:00Z", 3)]):
            receipt = observatory.load(csv(*rows, *more))
            assert (receipt.duplicates, receipt.refused) == (0, len(rows) + len(more) - 1)
            assert observatory.one("SELECT value FROM altaigis.observations") == 2 + len(more)

    @pytest.mark.parametrize("piece_bytes", [4 << 20, 300], ids=["one piece", "many pieces"])
    @pytest.mark.parametrize("known", [False, True], ids=["a new year", "a known year"])
    def test_rows_that_contradict_each_other_are_told_and_kept(
        self, observatory: Observatory, monkeypatch: pytest.MonkeyPatch, piece_bytes: int, known: bool
    ) -> None:
        monkeypatch.setattr("altaigis.etl.observations.csv.PIECE_BYTES", piece_bytes)
        other = temperature("2020-01-05T11:00:00Z", 9, station=OTHER)
        if known:
            observatory.load(csv(other))
        early, when = temperature("2019-12-31T10:00:00Z", 8), "2020-01-05T10:00:00Z"
        rows = [
            temperature(when, 5), early, temperature(when, "x"), temperature(when, 7), early,
            *[temperature(f"2020-02-01T{hour:02}:00:00Z", hour) for hour in range(24)],
            temperature(when, 7), temperature(when, 7) + ",bad", temperature("2020-01-05T17:00:00+07:00", 5), other,
        ]  # fmt: skip
        for _ in range(2):
            receipt = observatory.load(csv(*rows, header=FLAGGED).replace("°C\n", "°C,\n"))
            assert receipt.received == len(rows)
            assert (receipt.duplicates, receipt.refused) == (2, 4)
            assert [refusal.row for refusal in receipt.refusals] == [3, 4, 30, 31], "the first says what is kept"
            assert receipt.reasons == {"value is no number": 1, CONTRADICTED: 3}
            assert observatory.one(f"SELECT value FROM altaigis.observations WHERE time = '{when}'") == 5
            kept = observatory.rows(
                "SELECT row, values->>'value', values->>'flag', values->>'unit', values->>'kept row' "
                f"FROM altaigis.refusals WHERE load = {receipt.load} AND row <> 3 ORDER BY row"
            )
            assert kept == [
                (4, "7.0", "unchecked", "°C", "32"),
                (30, "7.0", "unchecked", "°C", "32"),
                (31, "7.0", "bad", "°C", "32"),
            ]
        assert (receipt.added, receipt.corrected) == (0, 0)
        assert observatory.one("SELECT count(*) FROM altaigis.observations_former") == 0
        assert_aggregates_equal_pandas(observatory)

    def test_a_refused_conflict_says_whose_it_was(self, observatory: Observatory) -> None:
        when = "2020-01-05T10:00:00Z"
        receipt = observatory.load(csv(temperature(when, 5), temperature(when, 6)), source="logger")
        (refusal,) = receipt.refusals
        assert refusal.values == {
            "station": BARNAUL, "parameter": "air_temperature", "time": "2020-01-05T10:00:00Z", "value": 5.0,
            "unit": "°C", "flag": "unchecked", "source": "logger", "kept row": 2,
        }  # fmt: skip

    @pytest.mark.usefixtures("way")
    def test_reordered_and_late_packets_come_to_the_same(self, observatory: Observatory) -> None:
        rows = random_rows(9, "2020-01-01", 48, 300)
        unique = list({tuple(row.split(",")[:3]): row for row in rows}.values())
        for begin in (200, 100, 0):
            observatory.load(csv(*reversed(unique[begin : begin + 100]), header=FLAGGED))
        observatory.load(csv(*unique, header=FLAGGED))
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == len(unique)
        assert observatory.one("SELECT count(*) FROM altaigis.observations_former") == 0
        assert_aggregates_equal_pandas(observatory)

    def test_partitions_are_made_on_demand(self, observatory: Observatory) -> None:
        observatory.load(csv(*[temperature(f"{year}-06-01T00:00:00Z", 1) for year in (1850, 1999, 2020)]))
        observatory.load(csv(*[temperature(f"{year}-06-01T00:00:00Z", 1) for year in (1999, 2021)]))
        years = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^{}_[0-9]+$' ORDER BY 1"
        for table in ("observations", "observations_hourly"):
            names = [name for (name,) in observatory.rows(years.format(table))]
            assert names == [f"{table}_{year}" for year in (1850, 1999, 2020, 2021)]

    def test_a_parameter_keeps_its_unit(self, observatory: Observatory) -> None:
        observatory.load(csv(f"{BARNAUL},dust,2020-01-01T00:00:00Z,1,mg/m3"))
        receipt = observatory.load(csv(f"{OTHER},dust,2020-01-01T00:00:00Z,1,mm"))
        assert receipt.refused == 1
        assert observatory.rows("SELECT * FROM altaigis.parameters") == [("dust", "µg/m³")]


class TestLedger:
    def test_tells_who_what_and_how_much(self, observatory: Observatory) -> None:
        data = csv(
            temperature("2020-01-01T00:00:00Z", 1),
            temperature("2020-01-01T00:00:00Z", "\ud800x\x00".encode("utf-8", "replace").decode()),
        )
        receipt = observatory.load(data)
        row = observatory.frame("SELECT * FROM altaigis.loads").iloc[0]
        assert row["checksum"] == hashlib.sha256(data.encode()).hexdigest()
        assert (row["actor"], row["file"], row["source"], row["outcome"]) == ("user test", "test.csv", "test", "loaded")
        assert (row["bytes"], row["received"], row["added"], row["refused"]) == (len(data.encode()), 2, 1, 1)
        assert row["reasons"] == {"no value": 1}
        assert 0 < row["seconds"] < 60
        kept = observatory.rows("SELECT load, row, reason, values->>'value' FROM altaigis.refusals")
        assert kept == [(receipt.load, 2, "no value", "?x\ufffd")]

    def test_a_file_that_cannot_be_read_leaves_its_entry_alone(self, observatory: Observatory) -> None:
        data = gzip.compress(csv(*[temperature(f"2020-01-01T00:00:{n % 60:02}Z", n) for n in range(200_000)]).encode())
        with pytest.raises(ObservationsError, match="cut short"):
            observatory.load(data[: len(data) * 9 // 10])
        assert observatory.rows("SELECT outcome, message IS NOT NULL, received FROM altaigis.loads") == [
            ("failed", True, None)
        ]
        for table in ("observations", "refusals", "series"):
            assert observatory.one(f"SELECT count(*) FROM altaigis.{table}") == 0


class TestLoadsThatMeet:
    def test_two_at_once_come_to_what_one_after_the_other_does(self, observatory: Observatory) -> None:
        bodies = [csv(*random_rows(seed, "2019-12-01", 24 * 60, 4000), header=FLAGGED) for seed in range(6)]
        done: list[Receipt] = []

        def work(body: str) -> None:
            done.append(observatory.load(body))

        threads = [threading.Thread(target=work, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert len(done) == len(bodies)
        added, corrected = observatory.rows("SELECT sum(added), sum(corrected) FROM altaigis.loads")[0]
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == added
        assert observatory.one("SELECT count(*) FROM altaigis.observations_former") == corrected > 0
        assert_aggregates_equal_pandas(observatory)

    def test_one_that_will_not_wait_is_told_so(self, observatory: Observatory) -> None:
        observatory.load(csv(temperature("2020-01-01T00:00:00Z", 1)))
        with observatory.database.begin() as connection:
            connection.exec_driver_sql("SELECT FROM altaigis.series FOR NO KEY UPDATE")
            begin = time.monotonic()
            with pytest.raises(Busy):
                observatory.load(csv(temperature("2020-01-01T01:00:00Z", 1)), wait_seconds=1)
            assert time.monotonic() - begin < 10
            # another series has no part in it
            assert (
                observatory.load(csv(temperature("2020-01-01T01:00:00Z", 1, station=OTHER)), wait_seconds=1).added == 1
            )

    def test_readers_feel_no_lock(self, observatory: Observatory) -> None:
        observatory.load(csv(temperature("2020-01-01T00:00:00Z", 1)))
        first = np.array([0])
        rows = Rows(np.array([1_700_000_000_000_000]), np.array([1.0]), first, first, np.array([1]), first + 1)
        with intake(observatory.database, Origin("a", "b", "c"), datetime.now(UTC)) as load:
            load.add(rows, [(BARNAUL, "air_temperature", False)], ["c"])
            load.merge({"air_temperature": "°C"})
            with observatory.database.begin() as connection:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
                count = connection.exec_driver_sql("SELECT count(*) FROM altaigis.observations").scalar_one()
            assert count == 1
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 2

    def test_the_database_goes_in_the_middle(self, observatory: Observatory) -> None:
        def cut(_rows: int, _bytes: int, _stage: str) -> None:
            with observatory.database.begin() as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        data = csv(*random_rows(1, "2020-01-01", 48, 300), header=FLAGGED)
        with pytest.raises(DatabaseUnavailable):
            observatory.load(data, progress=cut)
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 0
        assert observatory.load(data).added > 0


def test_a_backup_has_them_all(observatory: Observatory, tmp_path: Path) -> None:
    observatory.load(csv(*random_rows(1, "2019-12-20", 24 * 30, 500), header=FLAGGED))
    before = observatory.rows("SELECT count(*), sum(value) FROM altaigis.observations")
    backup.backup(observatory.url, tmp_path / "all.backup")
    observatory.load(csv(temperature("2021-01-01T00:00:00Z", 1)))
    observatory.database.dispose()
    backup.restore(observatory.url, tmp_path / "all.backup")
    assert observatory.rows("SELECT count(*), sum(value) FROM altaigis.observations") == before
    assert observatory.load(csv(temperature("2021-01-01T00:00:00Z", 1))).added == 1
