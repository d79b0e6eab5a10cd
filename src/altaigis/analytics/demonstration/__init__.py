"""Made-up series that look like measured ones, to show what the platform does with such: everything that comes of them
says "synthetic".

They are made of climate normals, mean discharges and usual levels. A value depends on the seed, the station, the
parameter and its year alone: a longer span has the same values, and those of the days that it is longer by.
"""

from altaigis.analytics.demonstration.faults import Column
from altaigis.analytics.demonstration.noise import Chance
from altaigis.analytics.demonstration.plan import VERSION, Kind, Series, Station, planned
from altaigis.analytics.demonstration.rivers import Gauge
from altaigis.analytics.demonstration.weather import Place

__all__ = ["VERSION", "Chance", "Column", "Gauge", "Kind", "Place", "Series", "Station", "planned"]
