"""All processes, by id."""

from collections.abc import Mapping

from altaigis.processes import (
    composite_index,
    global_autocorrelation,
    hot_spots,
    local_moran,
    peers,
    smoothed_rates,
    station_trends,
    typology,
    zonal,
)
from altaigis.processes.interpolation import process as interpolation
from altaigis.processes.process import Process

_MODULES = (
    zonal, global_autocorrelation, local_moran, hot_spots, smoothed_rates, composite_index, typology, peers,
    station_trends, interpolation,
)  # fmt: skip
PROCESSES: Mapping[str, Process] = {module.PROCESS.id: module.PROCESS for module in _MODULES}
