"""The demonstration in a database: made once, gone on with, taken away; what was measured stays."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from altaigis.domain.observation import Origin, is_synthetic
from altaigis.etl.observations import Source, load
from altaigis.etl.observations.demonstration import NORMALS, SOURCE, Span, is_due, missing, source_name, write
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.workspace import Workspace
from altaigis.store.loads import past_loads
from altaigis.store.observations.removal import remove_synthetic
from catalogs import ROOT, project_catalog
from observing import BARNAUL, Observatory, csv, observatory_at, temperature

START = datetime(2026, 1, 20, tzinfo=UTC)
SEED = 8


@pytest.fixture(scope="module")
def with_normals(
    stations_url: str,
    copy_of_database: Callable[[str], str],
    drop_database: Callable[[str], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    url = copy_of_database(stations_url)
    with observatory_at(url) as there:
        folder = tmp_path_factory.mktemp("processed")
        run(project_catalog().layer(NORMALS), Workspace(RawData((ROOT / "data" / "raw",)), folder, there.database))
    yield url
    drop_database(url)


@pytest.fixture
def place(
    with_normals: str, copy_of_database: Callable[[str], str], drop_database: Callable[[str], None]
) -> Iterator[Observatory]:
    url = copy_of_database(with_normals)
    with observatory_at(url) as made:
        yield made
    drop_database(url)


def demonstrate(place: Observatory, span: Span, folder: Path) -> int:
    """One station is enough here."""
    parts = [part for part in missing(place.database, place.catalog, span) if part.series.station == BARNAUL]
    path = folder / "made.parquet"
    write(path, parts, SEED)
    source = Source(io.BytesIO(path.read_bytes()))
    receipt = load(place.database, place.catalog, source, Origin("user test", "demonstrate", source_name(SEED)))
    assert receipt.refused == 0
    return receipt.added


def values(place: Observatory) -> list[tuple[object, ...]]:
    return place.rows(
        "SELECT parameter, time, value, flag FROM altaigis.observations JOIN altaigis.series USING (series) "
        "WHERE synthetic ORDER BY 1, 2"
    )


def test_a_later_run_adds_the_new_days_and_nothing_else(place: Observatory, tmp_path: Path) -> None:
    first = demonstrate(place, Span(START, START - timedelta(days=2)), tmp_path)
    assert first > 150
    former = values(place)
    added = demonstrate(place, Span(START + timedelta(days=1)), tmp_path)
    assert 0 < added < first
    later = values(place)
    assert [row for row in later if row in set(former)] == former
    assert len(later) == first + added
    # the same as if all had been made at once
    assert demonstrate(place, Span(START + timedelta(days=1), START - timedelta(days=2)), tmp_path) == 0
    assert place.one("SELECT sum(corrected) FROM altaigis.loads") == 0


def test_every_station_that_can_have_series_gets_some(place: Observatory) -> None:
    parts = missing(place.database, place.catalog, Span(START))
    stations = {part.series.station for part in parts}
    assert len(stations) == 25 + 51 + 7 + 1
    assert all(part.until - part.since > np.timedelta64(700, "D") for part in parts)
    assert {part.series.parameter for part in parts} <= place.catalog.parameters.keys()
    assert all(part.series.unit == place.catalog.parameters[part.series.parameter].unit for part in parts)


def test_what_was_measured_stays(place: Observatory, tmp_path: Path) -> None:
    measured = csv(temperature("2026-01-19T00:00:00Z", -11.1))
    place.load(measured)
    place.load(csv("AIR-BRN-1,pm10,2026-01-19T00:00:00Z,31,µg/m³"), source="synthetic: my own")
    demonstrate(place, Span(START, START - timedelta(days=1)), tmp_path)
    assert place.one("SELECT count(*) FROM altaigis.series WHERE station = 'WMO-29838'") == 7

    removed, series = remove_synthetic(place.database, SOURCE, Origin("user test", "demonstrate --remove", SOURCE))
    assert removed > 0
    assert series == 6
    left = place.rows("SELECT name, value FROM altaigis.observations JOIN altaigis.sources USING (source) ORDER BY 1")
    assert left == [("synthetic: my own", 31.0), ("test", -11.1)]
    assert place.one("SELECT count(*) FROM altaigis.latest") == 2
    assert place.one("SELECT count(*) FROM altaigis.observations_daily") == 2
    told = past_loads(place.database, 1)[0]
    assert (told.outcome, told.message) == ("removed", f"{removed} values of 6 series")


def test_a_start_makes_it_once_and_goes_on_with_it_a_day_later(place: Observatory, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert is_due(place.database, now)
    demonstrate(place, Span(START, START - timedelta(days=1)), tmp_path)
    assert not is_due(place.database, now)
    assert is_due(place.database, now + timedelta(days=2))
    remove_synthetic(place.database, SOURCE, Origin("user test", "demonstrate --remove", SOURCE))
    assert not is_due(place.database, now + timedelta(days=2))


def test_a_machine_with_observations_gets_none(place: Observatory) -> None:
    place.load(csv(temperature("2026-01-19T00:00:00Z", -11.1)))
    assert not is_due(place.database, datetime.now(UTC) + timedelta(days=9))


def test_the_name_of_the_source_says_what_it_is() -> None:
    assert is_synthetic(source_name(SEED))
    assert source_name(SEED).startswith(SOURCE)
