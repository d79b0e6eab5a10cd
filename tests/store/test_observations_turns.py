"""Loads of the same series take turns, and a series that is taken away under a load is not written to."""

import threading
from datetime import UTC, datetime

import numpy as np
import pytest

from altaigis.domain.observation import Origin
from altaigis.errors import Busy
from altaigis.store.observations import intake
from altaigis.store.observations.removal import remove_synthetic
from altaigis.store.observations.rows import Rows
from observing import BARNAUL, HEADER, Observatory

ORIGIN = Origin("user test", "test.csv", "synthetic: test")
ROW = f"{HEADER},source\n{BARNAUL},air_temperature,2020-01-01T00:00:00Z,1,°C,synthetic: test"


def one_row() -> Rows:
    first = np.array([0])
    return Rows(np.array([1_700_000_000_000_000]), np.array([1.0]), first, first, np.array([1]), first + 1)


def test_a_removal_waits_for_the_load_whose_turn_it_is(observatory: Observatory) -> None:
    assert observatory.load(ROW).added == 1
    removed: list[tuple[int, int]] = []
    removing = threading.Thread(
        target=lambda: removed.append(remove_synthetic(observatory.database, "synthetic: test", ORIGIN))
    )
    with intake(observatory.database, ORIGIN, datetime.now(UTC)) as load:
        load.add(one_row(), [(BARNAUL, "air_temperature", True)], ["synthetic: test"])
        load.merge({"air_temperature": "°C"})
        removing.start()
        removing.join(0.5)
        assert removing.is_alive()
    removing.join(30)
    assert removed == [(2, 1)]
    for table in ("series", "series_turns", "observations", "latest"):
        assert observatory.one(f"SELECT count(*) FROM altaigis.{table}") == 0


def load_under_a_removal(observatory: Observatory) -> None:
    with intake(observatory.database, ORIGIN, datetime.now(UTC)) as load:
        load.add(one_row(), [(BARNAUL, "air_temperature", True)], ["synthetic: test"])
        assert remove_synthetic(observatory.database, "synthetic: test", ORIGIN) == (1, 1)
        load.merge({"air_temperature": "°C"})


def test_a_load_of_what_has_just_been_removed_changes_nothing(observatory: Observatory) -> None:
    assert observatory.load(ROW).added == 1
    with pytest.raises(Busy, match="removed"):
        load_under_a_removal(observatory)
    assert observatory.one("SELECT count(*) FROM altaigis.observations") == 0
    assert observatory.load(ROW).added == 1


def test_many_loads_of_the_same_series_lose_nothing(observatory: Observatory) -> None:
    def body(minute: int) -> str:
        rows = [f"{BARNAUL},air_temperature,2020-01-01T{hour:02}:{minute:02}:00Z,1,°C" for hour in range(24)]
        return "\n".join([HEADER, *rows])

    loads = [threading.Thread(target=observatory.load, args=(body(minute),)) for minute in range(12)]
    for one in loads:
        one.start()
    for one in loads:
        one.join(60)
    assert observatory.rows("SELECT count(*), sum(value) FROM altaigis.observations") == [(288, 288.0)]
    assert observatory.rows("SELECT sum(count), sum(sum) FROM altaigis.observations_hourly") == [(288, 288.0)]
    assert observatory.one("SELECT count FROM altaigis.series") == 288
