"""All processes, by id."""

from collections.abc import Mapping

from altaigis.processes import zonal
from altaigis.processes.process import Process

PROCESSES: Mapping[str, Process] = {process.id: process for process in (zonal.PROCESS,)}
