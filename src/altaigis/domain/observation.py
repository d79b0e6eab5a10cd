"""Observations: what a station measured, in which unit, how good it is; and what a load of them came to.

A series is what one station tells of one parameter. A parameter has one unit for all stations: values that come in
another unit of the same kind are converted, values of another kind are refused.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

Form = Literal["csv", "jsonl", "json", "parquet"]

#: Days and the averaging of norms follow this zone; its offset changed from +06 to +07 on 2016-03-27.
ZONE = "Asia/Barnaul"
#: Layer of the stations.
STATIONS = "monitoring_points"

COLUMNS = ("station", "parameter", "time", "value", "unit", "flag", "source")
REQUIRED_COLUMNS = ("station", "parameter", "time", "value", "unit")

#: Before the first instrument of the region; a time like this is a clock that was never set.
EARLIEST = datetime(1800, 1, 1, tzinfo=UTC)
#: A clock may run ahead by this much.
CLOCK_SKEW = timedelta(days=1)

#: Codes of quality flags, those of QARTOD; ``bad`` values are kept, and left out of the aggregates.
GOOD, UNCHECKED, SUSPECT, BAD, ESTIMATED = 1, 2, 3, 4, 5
FLAGS = {"good": GOOD, "unchecked": UNCHECKED, "suspect": SUSPECT, "bad": BAD, "estimated": ESTIMATED}
_FLAG_SPELLINGS = {"": UNCHECKED, **FLAGS, **{str(code): code for code in FLAGS.values()}}

PARAMETER_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Unit:
    """A unit of a kind. The kind's own unit is ``(value + shift) * factor / divisor``."""

    kind: str
    shift: float = 0.0
    factor: float = 1.0
    divisor: float = 1.0


@dataclass(frozen=True)
class Conversion:
    """From a given unit to the unit of the parameter, within what is physically possible there."""

    given: Unit
    wanted: Unit
    unit: str
    low: float
    high: float

    def __call__(self, values: Any) -> Any:
        """Convert a number or an array of them."""
        if self.given == self.wanted:
            return values
        common = (values + self.given.shift) * self.given.factor / self.given.divisor
        return common * self.wanted.divisor / self.wanted.factor - self.wanted.shift


class NoConversion(ValueError):
    """The unit is unknown, or of another kind than the parameter's; the text says which."""


_T, _P, _V, _AIR, _WATER = "temperature", "pressure", "speed", "mass in air", "mass in water"
UNITS: dict[str, Unit] = {
    "°C": Unit(_T),
    "K": Unit(_T, shift=-273.15),
    "°F": Unit(_T, shift=-32, factor=5, divisor=9),
    "hPa": Unit(_P),
    "Pa": Unit(_P, divisor=100),
    "kPa": Unit(_P, factor=10),
    "mmHg": Unit(_P, factor=1.33322387415),
    "m/s": Unit(_V),
    "km/h": Unit(_V, divisor=3.6),
    "knot": Unit(_V, factor=1852, divisor=3600),
    "mph": Unit(_V, factor=0.44704),
    "µg/m³": Unit(_AIR),
    "mg/m³": Unit(_AIR, factor=1000),
    "g/m³": Unit(_AIR, factor=1_000_000),
    "ng/m³": Unit(_AIR, divisor=1000),
    "mg/l": Unit(_WATER),
    "µg/l": Unit(_WATER, divisor=1000),
    "g/l": Unit(_WATER, factor=1000),
    "ppb": Unit("share of molecules"),
    "ppm": Unit("share of molecules", factor=1000),
    "%": Unit("percentage"),
    "mm": Unit("length"),
    "cm": Unit("length", factor=10),
    "m": Unit("length", factor=1000),
    "km": Unit("length", factor=1_000_000),
    "°": Unit("angle"),
    "m³/s": Unit("discharge"),
    "l/s": Unit("discharge", divisor=1000),
    "h": Unit("duration"),
    "min": Unit("duration", divisor=60),
    "s": Unit("duration", divisor=3600),
    "W/m²": Unit("irradiance"),
    "µSv/h": Unit("dose rate"),
    "nSv/h": Unit("dose rate", divisor=1000),
    "mSv/h": Unit("dose rate", factor=1000),
    "Bq/m³": Unit("activity"),
    "µS/cm": Unit("conductivity"),
    "mS/cm": Unit("conductivity", factor=1000),
    "dB": Unit("sound level"),
    "1": Unit("number"),
}
#: The first unit of each kind is the kind's own.
_OWN = {unit.kind: name for name, unit in reversed(UNITS.items())}
_SPELLINGS = {
    "C": "°C", "celsius": "°C", "F": "°F", "fahrenheit": "°F", "kelvin": "K", "mbar": "hPa", "kmh": "km/h",
    "kt": "knot", "kn": "knot", "mg/dm3": "mg/l", "ug/dm3": "µg/l", "mgO2/l": "mg/l", "mgO2/dm3": "mg/l",
    "mg/L": "mg/l", "ug/L": "µg/l", "g/L": "g/l", "g/dm3": "g/l", "mcg/m3": "µg/m³", "percent": "%", "deg": "°",
    "degree": "°", "hour": "h", "pH": "1", "гПа": "hPa", "Па": "Pa", "кПа": "kPa", "мм рт. ст.": "mmHg",
    "мм рт.ст.": "mmHg", "м/с": "m/s", "км/ч": "km/h", "мкг/м3": "µg/m³", "мг/м3": "mg/m³", "мг/л": "mg/l",
    "мг/дм3": "mg/l", "мкг/л": "µg/l", "мм": "mm", "см": "cm", "м": "m", "км": "km", "м3/с": "m³/s", "л/с": "l/s",
    "ч": "h", "мкЗв/ч": "µSv/h", "Бк/м3": "Bq/m³", "°С": "°C", "дБ": "dB",
}  # fmt: skip


@dataclass(frozen=True)
class _Parameter:
    unit: str
    low: float = float("-inf")
    high: float = float("inf")


#: Parameters whose unit is not the one of its kind, or with bounds of their own. All others need no entry.
_PARAMETERS = {
    "precipitation": _Parameter("mm", low=0),
    "snow_depth": _Parameter("cm", low=0),
    "water_level": _Parameter("cm"),
    "visibility": _Parameter("m", low=0),
    "wind_direction": _Parameter("°", 0, 360),
    "relative_humidity": _Parameter("%", low=0),
    "ph": _Parameter("1", 0, 14),
}
#: What nothing in nature goes below, in the unit of the kind.
_LOWEST = {_T: -273.15, _P: 0.0, _V: 0.0, "duration": 0.0, "dose rate": 0.0, "conductivity": 0.0}


def _plain(text: str) -> str:
    """``µg/m³``, ``ug/m^3`` and ``мкг/м3`` in one spelling each."""
    normal = unicodedata.normalize("NFKC", text).strip().replace("^", "").replace("μ", "u")
    return re.sub(r"^deg[ _]?(?=[CFС])", "°", normal)


_BY_SPELLING = {_plain(name): name for name in UNITS} | {_plain(name): unit for name, unit in _SPELLINGS.items()}


def conversion(parameter: str, unit: str, settled: str | None = None) -> Conversion:
    """How values of a parameter that come in ``unit`` are brought into the parameter's unit.

    Args:
        settled: the unit that the parameter has in the database.

    Raises:
        NoConversion: the unit is unknown or of another kind.
    """
    name = _BY_SPELLING.get(_plain(unit))
    if name is None:
        raise NoConversion(f"unknown unit '{unit[:40]}'" if unit.strip() else "no unit")
    given = UNITS[name]
    declared = _PARAMETERS.get(parameter)
    wanted = settled or (declared.unit if declared else _OWN[given.kind])
    if UNITS[wanted].kind != given.kind:
        raise NoConversion(f"unit {name} is no {UNITS[wanted].kind}: {parameter} is in {wanted}")
    bounds = declared or _Parameter(wanted)
    lowest = _LOWEST.get(given.kind, float("-inf"))
    # rounding on the way must not put absolute zero below itself
    lowest -= 1e-9
    return Conversion(given, UNITS[wanted], wanted, max(bounds.low, lowest), bounds.high)


def flag_code(text: str) -> int | None:
    """The code of a quality flag by its name or number; ``None`` for what is no flag."""
    return _FLAG_SPELLINGS.get(text.strip().lower())


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
    """What a load came to. ``received = added + corrected + unchanged + duplicates + refused``."""

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

    @property
    def accepted(self) -> int:
        return self.received - self.refused
