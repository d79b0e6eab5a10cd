"""How a layer came to be."""

from dataclasses import replace
from datetime import UTC, datetime

from altaigis.domain.derivation import Derivation

MADE = Derivation(
    maker="interpolation",
    inputs={"monitoring_points": 1},
    parameters={},
    seed=0,
    code="test",
    key=None,
    created=datetime(2026, 1, 2, tzinfo=UTC),
    expires=None,
    summary={"flags": [{"code": "synthetic", "text": {"ru": "…", "en": "…"}, "units": []}]},
)


def test_a_warning_of_the_run_is_found_by_its_code() -> None:
    assert MADE.has_flag("synthetic")
    assert not MADE.has_flag("estimated")
    assert not replace(MADE, summary={}).has_flag("synthetic")


def test_it_is_read_back_from_what_it_was_written_as() -> None:
    until = replace(MADE, expires=datetime(2026, 3, 4, tzinfo=UTC))
    assert [Derivation.from_json(one.as_json()) for one in (MADE, until)] == [MADE, until]
