"""Commands as a person runs them: each in a process of its own, or here, which takes a tenth of the time."""

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from sqlalchemy import Engine

from altaigis import cli
from altaigis.store import pool
from catalogs import ROOT


def altaigis(*command: str, home: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the repository, with these settings alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALTAIGIS_")}
    environment |= {"ALTAIGIS_PROJECT": str(ROOT), "ALTAIGIS_HOME": str(home or "/nonexistent/home")}
    environment |= {f"ALTAIGIS_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "altaigis", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def here(*command: str, home: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own, which would take its time."""
    variables = {"ALTAIGIS_PROJECT": str(ROOT), "ALTAIGIS_HOME": str(home or "/nonexistent/home")}
    variables |= {f"ALTAIGIS_{name.upper()}": value for name, value in settings.items()}
    output, errors = io.StringIO(), io.StringIO()
    opened: list[Engine] = []

    def engine(url: str) -> Engine:
        opened.append(original(url))
        return opened[-1]

    original = pool.engine
    former = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr(pool, "engine", engine)
            patch.setattr(sys, "argv", ["altaigis", *command])
            with pytest.raises(SystemExit) as end:
                cli.main()
    finally:
        signal.signal(signal.SIGTERM, former)
        for database in opened:  # as the end of a process does
            database.dispose()
    assert isinstance(end.value.code, int)
    return subprocess.CompletedProcess(command, end.value.code, output.getvalue(), errors.getvalue())
