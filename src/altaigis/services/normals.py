"""Climate normals of stations, remembered by the revision of their layer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.catalog import Catalog
from altaigis.domain.units import UNITS, converted
from altaigis.errors import ParameterError
from altaigis.services.ledger import Ledger
from altaigis.store.indicators import read_rows

#: Layer of the normals.
NORMALS = "climate_normals"
#: What a station has measured itself goes before what a grid has at its place.
_KINDS = ("station", "grid")
_FIELDS = ("station_id", "parameter", "month", "value", "unit", "period", "kind", "source")
_A_MONTH = "/month"


@dataclass(frozen=True)
class Normals:
    """The normals of the months at a station by one source, from January on, NaN where there is none; monthly totals
    where ``is_total``. ``kind`` tells whether they are the station's own or a grid's at its place."""

    parameter: str
    kind: str
    source: str
    period: str | None
    unit: str
    months: tuple[float, ...]

    @property
    def is_total(self) -> bool:
        return self.unit.endswith(_A_MONTH)

    def in_unit(self, unit: str) -> np.ndarray:
        """The months in another unit of the kind."""
        own = self.unit.removesuffix(_A_MONTH)
        months = np.array(self.months)
        if own == unit or own not in UNITS or unit not in UNITS:
            return months
        found: np.ndarray = converted(months, UNITS[own], UNITS[unit])
        return found


class NormalService:
    def __init__(self, database: AsyncEngine, ledger: Ledger, catalog: Catalog) -> None:
        self._database = database
        self._ledger = ledger
        self._catalog = catalog
        self._known: tuple[str, dict[tuple[str, str], tuple[Normals, ...]]] = ("", {})

    async def of(self, station: str, parameter: str, code: str | None) -> Normals:
        """The normals of a parameter at a station, those of the station itself before those of a grid.

        Args:
            code: what the parameter is called among the normals.

        Raises:
            ParameterError: there are none.
        """
        found = await self.all_of(station, code) if code else ()
        if not found:
            raise ParameterError("anomaly", f"there are no normals of {parameter} at station {station}")
        return found[0]

    async def all_of(self, station: str, code: str) -> Sequence[Normals]:
        """By all sources, the best first."""
        revision = (await self._ledger.revisions()).get(NORMALS) if NORMALS in self._catalog else None
        if revision is None:
            return ()
        if self._known[0] != revision.version:
            self._known = revision.version, _normals(await read_rows(self._database, revision, _FIELDS))
        return self._known[1].get((station, code), ())


def _normals(rows: Sequence[Sequence[object]]) -> dict[tuple[str, str], tuple[Normals, ...]]:
    months: defaultdict[tuple[object, ...], list[float]] = defaultdict(lambda: [np.nan] * 12)
    for *of, month, value, unit, period, kind, source in rows:
        if isinstance(month, int) and isinstance(value, int | float):
            months[(*of, kind, source, period, unit)][month - 1] = float(value)
    found: defaultdict[tuple[str, str], list[Normals]] = defaultdict(list)
    for (station, code, kind, source, period, unit), values in months.items():
        one = Normals(str(code), str(kind), str(source), str(period) if period else None, str(unit), tuple(values))
        found[str(station), str(code)].append(one)
    return {key: tuple(sorted(group, key=_rank)) for key, group in found.items()}


def _rank(one: Normals) -> tuple[int, int, str]:
    """Kind, then how many months are missing, then source."""
    kind = _KINDS.index(one.kind) if one.kind in _KINDS else len(_KINDS)
    return kind, sum(map(np.isnan, one.months)), one.source
