"""The real layers, as processes see them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from altaigis.processes.data import Data
from altaigis.processes.process import Context, Result
from altaigis.processes.registry import PROCESSES
from altaigis.store.pool import engine


@pytest.fixture
def data(installation) -> Iterator[Data]:
    database = engine(installation.url)
    yield Data(database, installation.settings.processed_dir, installation.catalog)
    database.dispose()


@pytest.fixture
def execute(data: Data) -> Callable[..., Result]:
    """Runs a process by its id and inputs, and publishes nothing."""

    def run(process_id: str, /, **inputs: Any) -> Result:
        process = PROCESSES[process_id]
        return process.run(process.parsed(inputs), data, Context(seed=1))

    return run
