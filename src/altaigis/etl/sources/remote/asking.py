"""How remote sources are asked, and what the report says of the answer."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from altaigis.domain.finding import Finding

#: The rule of the finding that a source is away.
REMOTE = "remote"
#: Told as bytes or features come: what is under way, how much is there, and of how much, where that is known.
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Patience:
    """How often a server is asked in vain, how long (seconds) is waited in between, and for a byte of an answer."""

    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 60.0
    silence: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row; by chance, so that clients do not come back together."""
        longest = min(self.first_wait * 2.0 ** (failures - 1), self.longest_wait)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    pass


@dataclass(frozen=True)
class Asking:
    """How remote sources are asked: ``always``, or only for what there is no copy of.

    ``progress`` hears bytes of files, features of services.
    """

    always: bool = True
    patience: Patience = field(default_factory=Patience)
    progress: Progress = _silent


USUAL = Asking()


@dataclass(frozen=True)
class Brought:
    """What the report says of the copy: where it came from and when, and whether the source was away."""

    details: tuple[tuple[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()
