"""How a station stands against its norms now: below them, near, above, silent, or held against none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from altaigis.domain.norm import Limit
from altaigis.domain.series import Latest
from altaigis.domain.text import Text

Status = Literal["below", "near", "above", "silent", "no_norm"]
#: From so much of a limit on a value is near it.
NEAR = 0.8

TITLES: Mapping[Status, Text] = {
    "above": Text(ru="выше нормы", en="above the norm"),
    "near": Text(ru="близко к норме", en="near the norm"),
    "below": Text(ru="ниже нормы", en="below the norm"),
    "silent": Text(ru="молчит", en="silent"),
    "no_norm": Text(ru="нормы нет", en="no norm"),
}


@dataclass(frozen=True)
class Compared:
    """A value, or the mean of a day, held against one limit; ``bound`` is the limit in the unit of the series."""

    limit: Limit
    bound: float
    value: float
    begin: datetime
    end: datetime

    @property
    def passes(self) -> bool:
        """What equals a limit does not pass it."""
        return self.value < self.bound if self.limit.bound == "minimum" else self.value > self.bound

    @property
    def multiple(self) -> float:
        """How many limits it is; of a lower bound, how many times the limit is the value."""
        if self.limit.bound == "maximum":
            return self.value / self.bound
        return self.bound / self.value if self.value > 0 else float("inf")


@dataclass(frozen=True)
class Standing:
    """A series with its newest value, and all that could be held against a limit."""

    latest: Latest
    silent: bool
    compared: tuple[Compared, ...]

    @property
    def decisive(self) -> Compared | None:
        """What is furthest beyond its limit, or nearest to it."""
        return max(self.compared, key=lambda one: (one.passes, one.multiple), default=None)

    @property
    def status(self) -> Status:
        worst = self.decisive
        if self.silent:
            return "silent"
        if worst is None:
            return "no_norm"
        if worst.passes:
            return "above"
        return "near" if worst.multiple >= NEAR else "below"
