"""What a job may take: time and memory, and the place of its process behind all others."""

import ctypes
import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from altaigis.domain.job import Failure

#: Niceness of a process that all others go before.
LOWEST = 19
#: ioprio_set(2): the class of those who read and write when nobody else does; syscall by machine.
_IDLE = 3 << 13
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}


@dataclass(frozen=True)
class Limits:
    """Seconds by the clock and megabytes of memory that one job may take."""

    seconds: int
    memory_mb: int

    def passed(self, pid: int, seconds: float) -> Failure | None:
        """Which limit a process has passed, if any, after so many seconds."""
        if seconds > self.seconds:
            told = f"it took longer than {self.seconds} s, the limit of time of a job (ALTAIGIS_JOB_SECONDS)"
            return Failure("limit", f"{told}, and was ended")
        return self.full if resident(pid) > self.memory_mb << 20 else None

    @property
    def full(self) -> Failure:
        told = f"it needed more than {self.memory_mb} MB, the limit of memory of a job (ALTAIGIS_JOB_MEMORY_MB)"
        return Failure("limit", f"{told}, and was ended")

    def hold(self) -> None:
        """Let this process have no more than twice the memory at all: one large piece would be there before anybody
        looks. Twice, for libraries reserve what they never use."""
        most = 2 * self.memory_mb << 20
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def resident(pid: int) -> int:
    """Bytes of memory that a process holds; 0 where it has gone, or nobody tells."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def give_way() -> None:
    """Put this process, and what it will start, behind all others: they have the processors and the disk first."""
    os.nice(LOWEST)
    if hasattr(os, "SCHED_IDLE"):
        # whoever wakes up has the processor at once
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(OSError):
        # where memory runs out the system takes it from here
        Path("/proc/self/oom_score_adj").write_text("500")
    number = _IOPRIO_SET.get(os.uname().machine)
    if os.uname().sysname == "Linux" and number is not None:
        with suppress(OSError):
            ctypes.CDLL(None, use_errno=True).syscall(number, 1, 0, _IDLE)
