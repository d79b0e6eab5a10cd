"""Loads of observations that end in the middle, meet each other or a slow reader: a file is there whole or not."""

import multiprocessing
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from altaigis.domain.observation import Origin, Receipt
from altaigis.errors import DatabaseUnavailable
from altaigis.store.cluster import Cluster
from altaigis.store.observations import Rows, intake
from conftest import prepare
from observing import BARNAUL, Observatory, csv, load_and_die, load_stations, observatory_at, temperature

TABLES = ("observations", "observations_hourly", "observations_daily", "observations_former", "loads", "refusals")


def rows(begin: str, count: int, *, shift: float = 0.0) -> str:
    moments = np.datetime64(begin) + np.arange(count) * np.timedelta64(20, "m")
    lines = [temperature(f"{moment}Z", round(n % 40 + shift, 1)) for n, moment in enumerate(moments)]
    return csv(*lines, temperature("some day", 1))


def contents(observatory: Observatory) -> list[list[object]]:
    """Everything that a load writes, and which tables there are."""
    told: list[list[object]] = [
        observatory.rows(f"SELECT * FROM altaigis.{table} ORDER BY 1, 2, 3") for table in TABLES
    ]
    names = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'altaigis'"
    return [*told, sorted(observatory.rows(names)), sorted(observatory.rows("SELECT * FROM altaigis.series"))]


class TestKilled:
    def die(self, observatory: Observatory, data: str, statement: str) -> None:
        # a process that is born of a small server has what it needs in memory, and none of pytest's threads
        processes = multiprocessing.get_context("forkserver")
        processes.set_forkserver_preload(
            ["altaigis.etl.observations", "altaigis.etl.pipeline", "altaigis.layerfiles", "pandas"]
        )
        process = processes.Process(target=load_and_die, args=(observatory.url, observatory.catalog, data, statement))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_xid IS NOT NULL"
        )
        deadline = time.monotonic() + 30
        while observatory.one(others):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def test_in_every_stage_of_new_years(self, observatory: Observatory) -> None:
        data = rows("2019-12-20T00:00", 2000)
        before = contents(observatory)
        for statement in (
            "COPY altaigis.refusals", 'COPY "altaigis"."incoming_2020', "INSERT INTO altaigis.parameters",
            'ALTER TABLE "altaigis"."incoming_2019', 'CREATE TABLE "altaigis"."observations_hourly_2020"',
            "INSERT INTO \"altaigis\".\"observations_daily\"", "UPDATE altaigis.loads",
        ):  # fmt: skip
            self.die(observatory, data, statement)
            assert contents(observatory) == before, statement
        receipt = observatory.load(data)
        assert (receipt.added, receipt.refused) == (2000, 1)
        assert observatory.one("SELECT sum(count) FROM altaigis.observations_daily") == 2000

    def test_in_every_stage_of_a_correction(self, observatory: Observatory) -> None:
        observatory.load(rows("2020-01-01T00:00", 500))
        # one that another contradicts makes the load go through tables, however small it is
        data = rows("2020-01-01T00:00", 600, shift=0.5) + temperature("2020-01-01T00:00:00Z", 0.5) + "\n"
        data = data.replace(",0.5,", ",9,", 1)
        before = contents(observatory)
        for statement in (
            'COPY "incoming_2020"', "CREATE TEMPORARY TABLE changes", "INSERT INTO altaigis.observations_former",
            'UPDATE "altaigis"."observations_2020"', 'UPDATE "altaigis"."observations_hourly_2020"',
            'UPDATE "altaigis"."observations_daily"',
        ):  # fmt: skip
            self.die(observatory, data, statement)
            assert contents(observatory) == before, statement
        receipt = observatory.load(data)
        assert (receipt.added, receipt.corrected, receipt.refused) == (100, 500, 2)
        assert observatory.one("SELECT count(*) FROM altaigis.observations_former") == 500

    def test_in_every_stage_of_a_handful(self, observatory: Observatory) -> None:
        observatory.load(rows("2020-01-01T00:00", 50))
        data = rows("2020-01-01T00:00", 60, shift=0.5)
        before = contents(observatory)
        for statement in ("\nWITH incoming", "\nWITH given", "UPDATE altaigis.loads"):
            self.die(observatory, data, statement)
            assert contents(observatory) == before, statement
        receipt = observatory.load(data)
        assert (receipt.added, receipt.corrected) == (10, 50)


@pytest.fixture
def restartable(tmp_path: Path) -> Iterator[tuple[Observatory, Cluster]]:
    home = Path(tempfile.mkdtemp(prefix="altaigis-", dir="/var/tmp"))
    home.chmod(0o711)
    cluster = Cluster(home, durable=False)
    try:
        cluster.start()
        prepare(cluster.url)
        load_stations(cluster.url, tmp_path)
        with observatory_at(cluster.url) as observatory:
            yield observatory, cluster
    finally:
        cluster.stop()
        shutil.rmtree(home)


def test_the_database_is_restarted_under_a_load(restartable: tuple[Observatory, Cluster]) -> None:
    observatory, cluster = restartable
    observatory.load(rows("2020-01-01T00:00", 500))
    before = contents(observatory)
    data = rows("2019-12-25T00:00", 1500, shift=0.5)
    for moment in ("reading", "merging 2019", "merging 2020"):
        restarted = False

        def restart(_rows: int, _bytes: int, stage: str, moment: str = moment) -> None:
            nonlocal restarted
            if stage == moment and not restarted:
                restarted = True
                cluster.stop()
                cluster.start()

        with pytest.raises(DatabaseUnavailable) as failure:
            observatory.load(data, progress=restart)
        assert restarted
        assert "\n" not in str(failure.value)
        assert contents(observatory) == before
    receipt = observatory.load(data)
    assert receipt.added + receipt.corrected == 1500


class TestLoadsThatMeet:
    def test_the_same_file_twice_at_once(self, observatory: Observatory) -> None:
        data = rows("2019-12-20T00:00", 3000)
        receipts: list[Receipt] = []
        threads = [threading.Thread(target=lambda: receipts.append(observatory.load(data))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert sorted((receipt.added, receipt.unchanged) for receipt in receipts) == [(0, 3000), (0, 3000), (3000, 0)]
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 3000
        assert observatory.one("SELECT sum(count) FROM altaigis.observations_hourly") == 3000
        assert observatory.one("SELECT count(*) FROM altaigis.observations_former") == 0
        assert observatory.one("SELECT count(*) FROM pg_class WHERE relname LIKE 'incoming%'") == 0

    @pytest.mark.parametrize("year", [2019, 2020], ids=["a year of its own", "the same year"])
    def test_names_that_another_load_enters_first(self, observatory: Observatory, year: int) -> None:
        """Both have reserved numbers for the same new series and source; the later one takes those of the first."""
        moments = np.array([f"{year}-03-01T00:00", f"{year}-03-01T01:00"], "datetime64[us]").astype(np.int64)
        place = np.zeros(2, np.int32)
        with intake(observatory.database, Origin("slow", "slow", "test"), datetime.now(UTC)) as slow:
            for value in (1.0, 2.0):
                slow.add(
                    Rows(moments, np.full(2, value), place, place, np.ones(2, np.int16), place + 1),
                    [(BARNAUL, "air_temperature", False)] if value == 1 else [],
                    ["test"] if value == 1 else [],
                )
            observatory.load(csv(temperature("2020-03-01T00:00Z", 7), temperature("2020-03-01T02:00Z", 7)))
            counts = slow.merge({"air_temperature": "°C"})
        assert (counts.staged, counts.distinct, counts.corrected) == (4, 2, 1 if year == 2020 else 0)
        assert observatory.one("SELECT count(*) FROM altaigis.series") == 1
        assert observatory.one("SELECT count(*) FROM altaigis.sources") == 1
        values = observatory.rows("SELECT value FROM altaigis.observations ORDER BY time")
        assert values == [(2.0,), (2.0,), (7.0,)] if year == 2020 else [(2.0,), (2.0,), (7.0,), (7.0,)]

    def test_a_reader_in_a_long_transaction(self, observatory: Observatory) -> None:
        observatory.load(rows("2020-01-01T00:00", 100))
        query = "SELECT count(*), sum(value) FROM altaigis.observations"
        with observatory.database.connect() as reader:
            reader.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            seen = reader.exec_driver_sql(query).one()
            begin = time.monotonic()
            observatory.load(rows("2020-01-01T00:00", 100, shift=0.5), wait_seconds=5)
            observatory.load(rows("2015-01-01T00:00", 100), wait_seconds=5)
            assert time.monotonic() - begin < 30
            assert reader.exec_driver_sql(query).one() == seen
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 200


@pytest.mark.parametrize("known", [False, True], ids=["new year", "known year"])
def test_of_rows_with_one_key_in_many_pieces_the_last_wins(
    observatory: Observatory, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    monkeypatch.setattr("altaigis.etl.observations.csv.PIECE_BYTES", 1 << 10)
    if known:
        observatory.load(csv(temperature("2020-06-01T00:00:00Z", 1)))
    lines = [temperature(f"2020-01-01T00:00:{n % 30:02}Z", n / 100) for n in range(3000)]
    receipt = observatory.load(csv(*lines))
    assert (receipt.added, receipt.duplicates, receipt.refused) == (30, 0, 2970)
    assert [refusal.row for refusal in receipt.refusals] == list(range(1, 2971))
    found = observatory.rows("SELECT value FROM altaigis.observations WHERE time < '2020-02-01' ORDER BY time")
    assert found == [(n / 100,) for n in range(2970, 3000)]
    assert observatory.one("SELECT sum(count) FROM altaigis.observations_daily") == 30 + known
