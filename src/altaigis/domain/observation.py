"""Observations: what a station measured, in which unit, how good it is; and what a load of them came to.

A series is what one station tells of one parameter; what is made up for the same is another series. A parameter has
one unit for all stations: values that come in another unit of the same kind are converted, values of another kind are
refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from altaigis.domain.parameter import NO_PARAMETERS, Parameters
from altaigis.domain.units import OWN_UNITS, UNITS, Unit, converted, unit_like, unit_named

Form = Literal["csv", "jsonl", "json", "parquet"]

#: Days and the averaging of norms follow this zone; its offset changed from +06 to +07 on 2016-03-27.
ZONE = "Asia/Barnaul"
REGION = ZoneInfo(ZONE)
#: Layer of the stations.
STATIONS = "monitoring_points"

COLUMNS = ("station", "parameter", "time", "value", "unit", "flag", "source")
REQUIRED_COLUMNS = ("station", "parameter", "time", "value", "unit")

#: Before the first instrument of the region; a time like this is a clock that was never set.
EARLIEST = datetime(1800, 1, 1, tzinfo=UTC)
#: A clock may run ahead by this much.
CLOCK_SKEW = timedelta(minutes=15)

#: Codes of quality flags, those of QARTOD; ``bad`` values are kept, and left out of the aggregates.
GOOD, UNCHECKED, SUSPECT, BAD, ESTIMATED = 1, 2, 3, 4, 5
FLAGS = {"good": GOOD, "unchecked": UNCHECKED, "suspect": SUSPECT, "bad": BAD, "estimated": ESTIMATED}
_FLAG_SPELLINGS = {"": UNCHECKED, **FLAGS, **{str(code): code for code in FLAGS.values()}}

#: Of a source that begins with it, all values are made up.
SYNTHETIC = "synthetic"
#: Station, parameter, and whether the values are made up: measured ones never stand in one series with those.
SeriesName = tuple[str, str, bool]


@dataclass(frozen=True)
class Conversion:
    """From a given unit to the unit of the parameter, within what is physically possible there."""

    given: Unit
    wanted: Unit
    unit: str
    low: float
    high: float

    def __call__(self, values: Any) -> Any:
        """Convert a number or an array of them. What was converted is told in 12 digits: 752 mmHg are 1002.58..., and
        0.1 g/m³ 100000 µg/m³, not 100000.00000000001. What is in its unit already stays as it came."""
        if self.given == self.wanted:
            return values
        return _in_digits(converted(values, self.given, self.wanted))


def _in_digits(values: Any) -> Any:
    """Numbers without the last bits, which the factors of a conversion leave behind."""
    numbers = np.asarray(values, np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        tens = np.floor(np.log10(np.abs(numbers)))
        # beyond these powers of ten a factor has no exact number, and there nothing is measured
        exact = np.isfinite(tens) & (np.abs(tens) <= 11)
        places = np.where(exact, DIGITS - 1 - tens, 0)
        rounded = np.where(exact, np.round(numbers * 10.0**places) / 10.0**places, numbers)
    return rounded if np.ndim(values) else float(rounded)


class NoConversion(ValueError):
    """The unit is unknown, or of another kind than the parameter's; the text says which."""


#: Significant digits of converted values: more than any instrument has, and fewer than the noise of a float.
DIGITS = 12
#: What nothing in nature goes below, in the unit of the kind.
_LOWEST = {
    "temperature": -273.15,
    "pressure": 0.0,
    "speed": 0.0,
    "duration": 0.0,
    "dose rate": 0.0,
    "conductivity": 0.0,
}


def conversion(
    parameter: str, unit: str, settled: str | None = None, parameters: Parameters = NO_PARAMETERS
) -> Conversion:
    """How values of a parameter that come in ``unit`` are brought into the parameter's unit.

    Args:
        settled: the unit that the parameter has in the database.
        parameters: those that are declared; any other has the own unit of its kind.

    Raises:
        NoConversion: the unit is unknown or of another kind.
    """
    name = unit_named(unit)
    declared = parameters.get(parameter)
    known = settled or (declared.unit if declared else None)
    if name is None:
        meant = unit_like(unit, UNITS[known].kind if known else None) if unit.strip() else None
        hint = f"; did you mean {meant}?" if meant else ""
        raise NoConversion(f"unknown unit '{unit[:40]}'{hint}" if unit.strip() else "no unit")
    given = UNITS[name]
    wanted = known or OWN_UNITS[given.kind]
    if UNITS[wanted].kind != given.kind:
        raise NoConversion(f"unit {name} is no {UNITS[wanted].kind}: {parameter} is in {wanted}")
    # rounding on the way must not put absolute zero below itself
    low, high = _LOWEST.get(given.kind, -inf) - 1e-9, inf
    if declared:
        bounds = [converted(bound, UNITS[declared.unit], UNITS[wanted]) for bound in declared.bounds]
        low, high = max(low, bounds[0]), bounds[1]
    return Conversion(given, UNITS[wanted], wanted, low, high)


def flag_code(text: str) -> int | None:
    """The code of a quality flag by its name or number; ``None`` for what is no flag."""
    return _FLAG_SPELLINGS.get(text.strip().lower())


def is_synthetic(source: str) -> bool:
    """Whether what a source tells is made up."""
    return source.lower().startswith(SYNTHETIC)


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken: its position in the source (counted from 1, the header not), why, and what it said."""

    row: int
    reason: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where observations come from: who brought them, in which file or request, under which name."""

    actor: str
    file: str
    source: str
    zone: str | None = None
    key: int | None = None


@dataclass(frozen=True)
class Receipt:
    """What a load came to. ``received = added + corrected + unchanged + duplicates + refused``.

    ``refusals``: in the order of their rows, the first of very many. ``new_parameters`` nobody has measured before; a
    misspelt one is among them, and ``suggestions`` has for it the declared one that was probably meant, wherever it
    is sent.
    """

    load: int | None
    received: int = 0
    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    duplicates: int = 0
    refused: int = 0
    seconds: float = 0.0
    reasons: Mapping[str, int] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    new_parameters: tuple[str, ...] = ()
    suggestions: Mapping[str, str] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return self.received - self.refused


@dataclass(frozen=True)
class PastLoad:
    """A load as the ledger tells it; one that failed has a ``message`` instead of a receipt, and so has the removal of
    made-up series."""

    number: int
    started: datetime
    actor: str
    file: str
    source: str
    receipt: Receipt
    message: str | None = None
    outcome: str = "loaded"


@dataclass(frozen=True)
class RefusedRows:
    """What one load refused for one reason; a row and its station stand for all, if one was found soon."""

    load: PastLoad
    reason: str
    count: int
    row: int | None
    station: str | None
