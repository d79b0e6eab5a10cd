"""The work of jobs: a process runs on what is loaded, and its result becomes a layer."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from altaigis.domain.catalog import Catalog
from altaigis.domain.derivation import Derived
from altaigis.domain.job import Order
from altaigis.domain.progress import Progress
from altaigis.errors import ProcessNotFound
from altaigis.layerfiles import read_catalog
from altaigis.settings import Settings
from altaigis.store.derivations import read_derived
from altaigis.store.desk import Task
from altaigis.store.pool import background_engine


@dataclass(frozen=True)
class Analyses:
    """The processes on one database.

    Attributes:
        processed: the folder with the files of rasters.
        keep: how long a result stays after its last run; None for ever.
    """

    url: str
    processed: Path
    catalog: Catalog
    keep: timedelta | None

    @classmethod
    def of(cls, settings: Settings, url: str) -> Self:
        """Those of an installation.

        Raises:
            LayerFileError: its layer files have mistakes.
        """
        keep = timedelta(days=settings.results_days) if settings.results_days else None
        return cls(url, settings.processed_dir, read_catalog(settings.layers_dir), keep)

    def __call__(self, task: Task, tell: Progress) -> str:
        """The work of a job."""
        return self.perform(task.order, task.key, tell).layer.id

    def perform(self, order: Order, key: str | None, tell: Progress) -> Derived:
        """Run a process and publish its result.

        Raises:
            ProcessNotFound: there is no such process.
            ParameterError, AnalysisError, NotLoaded: its inputs cannot give a sound result.
        """
        # the libraries of the analyses, which the process of a job has already
        from altaigis.processes.data import Data
        from altaigis.processes.process import Context
        from altaigis.processes.registry import PROCESSES
        from altaigis.processes.run import execute

        process = PROCESSES.get(order.process)
        if process is None:
            raise ProcessNotFound(f"there is no process '{order.process[:80]}'; see: altaigis process list")
        database = background_engine(self.url)
        try:
            self.catalog.bring(read_derived(database))
            data = Data(database, self.processed, self.catalog, self.keep)
            context = Context(seed=order.seed or 0, progress=tell)
            made = execute(process, process.parsed(order.inputs), data, context, key)
            return read_derived(database)[made.id]
        finally:
            database.dispose()
