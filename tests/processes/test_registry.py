"""What the processes say of themselves is true."""

import pytest

from altaigis.processes.process import Process
from altaigis.processes.registry import PROCESSES


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
def test_its_example_fits_its_schema(process: Process) -> None:
    assert process.example
    assert set(process.schema.get("required", ())) <= process.example.keys() <= process.schema["properties"].keys()
    assert process.parsed(process.example)
