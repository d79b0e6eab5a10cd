"""A command of ours that is run once beside a server when it answers, and ends with it at the latest."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from altaigis.jobs.beside import END_SECONDS


class Errand:
    """Run ``altaigis`` with these arguments; without any there is nothing to do."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def start(self) -> None:
        """Start it, without waiting for it."""
        if self._arguments:
            # It reads nothing from the pipe but its end, which comes with that of this process, however it ends
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "altaigis", *self._arguments],
                env=os.environ | self._environment,
                stdin=subprocess.PIPE,
            )
