"""How values stand against limits: by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from altaigis.domain.norm import Limit
from altaigis.domain.series import Latest, Series
from altaigis.domain.standing import Compared, Standing
from altaigis.domain.text import Text

WORDS = Text(ru="слова", en="words")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = Limit(
    "pdk", "x", WORDS, "air", "pdk_air", WORDS, "max_single_20min", WORDS,
    "maximum", 10, "µg/m³", None, None, None, None, "",
)  # fmt: skip
LEAST = replace(LIMIT, bound="minimum")
LATEST = Latest(Series(1, "s", "x", "µg/m³", False, NOW, NOW, 1, None), NOW, 1.0, "good", "test", 1)


def compared(value: float, limit: Limit = LIMIT) -> Compared:
    return Compared(limit, 10, value, NOW, NOW)


@pytest.mark.parametrize(
    ("value", "limit", "status"),
    [
        (7.9, LIMIT, "below"),
        (8.0, LIMIT, "near"),
        (10.0, LIMIT, "near"),
        (10.1, LIMIT, "above"),
        (12.6, LEAST, "below"),
        (12.5, LEAST, "near"),
        (10.0, LEAST, "near"),
        (9.9, LEAST, "above"),
        (0.0, LEAST, "above"),
    ],
)
def test_what_equals_a_limit_does_not_pass_it_and_is_near(value: float, limit: Limit, status: str) -> None:
    assert Standing(LATEST, False, (compared(value, limit),)).status == status


def test_the_worse_decides() -> None:
    standing = Standing(LATEST, False, (compared(3), compared(20), compared(9)))
    assert standing.decisive == compared(20)
    assert standing.status == "above"


def test_who_is_silent_or_has_no_norm_is_not_below_one() -> None:
    assert Standing(LATEST, True, (compared(20),)).status == "silent"
    assert Standing(LATEST, False, ()).status == "no_norm"
