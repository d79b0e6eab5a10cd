"""An errand beside the server: begun without being waited for, ended with it."""

import os
import sys
import time
from pathlib import Path

import pytest

from altaigis.jobs.errand import Errand

SECONDS = 20


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a command that takes for ever writes its process, its arguments and a variable."""
    file, command = tmp_path / "told", tmp_path / "python"
    command.write_text(f'#!/bin/sh\necho "$$ $* $GREETING" > {file}.new\nmv {file}.new {file}\nexec sleep 100\n')
    command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(command))
    return file


def test_it_ends_with_the_server(told: Path) -> None:
    with Errand(("observations", "demonstrate"), {"GREETING": "hello"}) as errand:
        assert not told.exists()
        errand.start()
        began = time.monotonic()
        while not told.exists():
            assert time.monotonic() - began < SECONDS
            time.sleep(0.01)
        process, *words = told.read_text().split()
        assert words == ["-m", "altaigis", "observations", "demonstrate", "hello"]
        os.kill(int(process), 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(process), 0)


def test_without_a_command_nothing_is_begun(told: Path) -> None:
    with Errand((), {}) as errand:
        errand.start()
    assert not told.exists()
