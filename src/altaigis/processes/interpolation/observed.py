"""What stations have observed over a time, as one number a station."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from altaigis.domain.bucket import completeness
from altaigis.domain.parameter import Totals
from altaigis.domain.text import Text
from altaigis.errors import ParameterError
from altaigis.processes.data import Data, Units, Values
from altaigis.processes.inputs import STATISTICS, ObservedValue, Statistic

#: How values of a time make one where nobody says, by how those of a day do; directions make none.
_USUAL: Mapping[Totals, Statistic] = {"mean": "mean", "sum": "sum"}


def observed(asked: ObservedValue, data: Data, path: str) -> tuple[Units, Values]:
    """The stations that observe a parameter, and what it was like at each.

    Raises:
        ParameterError: nobody observes it, it is a direction, or no station has enough values in that time.
    """
    found = data.observed(asked, path)
    parameter, stations = found.parameter, found.stations
    if parameter.totals not in _USUAL:
        raise ParameterError(f"{path}.parameter", f"'{parameter.code}' is a direction, which has no field")
    statistic = asked.statistic or _USUAL[parameter.totals]
    first, last = asked.days
    length = timedelta(days=(last - first).days + 1)
    series = {station: found.series[str(station)] for station in stations.ids}
    periods = {station: found.periods.get(one.number) for station, one in series.items()}
    shares = {
        station: _share(period.count, length, series[station].step) for station, period in periods.items() if period
    }
    numbers = {
        station: getattr(periods[station], statistic)
        for station, share in shares.items()
        if share >= asked.completeness
    }
    if not numbers:
        raise ParameterError(
            f"{path}.datetime", f"none of {len(stations)} stations has {asked.completeness:.0%} of its values then"
        )
    marked = {
        "synthetic": [station for station in numbers if series[station].synthetic],
        "incomplete_sum": [station for station in numbers if statistic == "sum" and shares[station] < 1],
    }
    words, when = STATISTICS[statistic], asked.datetime.replace("/", "\u2013")
    values = Values(
        name=f"{parameter.code}_{statistic}",
        title=Text(ru=f"{parameter.title.ru}, {words.ru}, {when}", en=f"{parameter.title.en}, {words.en}, {when}"),
        unit=parameter.unit,
        digits=parameter.digits,
        numbers=np.array([numbers.get(station, np.nan) for station in stations.ids]),
        less_is_better=None,
        path=path,
        marks={mark: ids for mark, ids in marked.items() if ids},
        incomplete=[station for station, period in periods.items() if period and station not in numbers],
    )
    return stations, values


def _share(count: int, length: timedelta, step: timedelta | None) -> float:
    """Of the values that are expected; of a series of one value alone nobody knows how many there should be: 0."""
    (share,) = completeness(np.array([count]), np.array([length.total_seconds()]), step)
    return float(np.nan_to_num(share))
