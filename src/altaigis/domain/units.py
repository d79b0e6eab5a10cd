"""Units of measure by kind, the spellings that sources use, and the way from one to another of its kind."""

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True)
class Unit:
    """A unit of a kind. The kind's own unit is ``(value + shift) * factor / divisor``."""

    kind: str
    shift: float = 0.0
    factor: float = 1.0
    divisor: float = 1.0


_T, _P, _V, _AIR, _WATER = "temperature", "pressure", "speed", "mass in air", "mass in water"
UNITS: dict[str, Unit] = {
    "°C": Unit(_T),
    "K": Unit(_T, shift=-273.15),
    "°F": Unit(_T, shift=-32, factor=5, divisor=9),
    "hPa": Unit(_P),
    "Pa": Unit(_P, divisor=100),
    "kPa": Unit(_P, factor=10),
    "bar": Unit(_P, factor=1000),
    "mmHg": Unit(_P, factor=1.33322387415),
    "inHg": Unit(_P, factor=33.86389),
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
    "in": Unit("length", factor=25.4),
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
    "km²": Unit("area"),
    "ha": Unit("area", divisor=100),
    "m²": Unit("area", divisor=1_000_000),
    "m³": Unit("volume"),
    "l": Unit("volume", divisor=1000),
    "km³": Unit("volume", factor=1_000_000_000),
    "kg": Unit("mass"),
    "g": Unit("mass", divisor=1000),
    "t": Unit("mass", factor=1000),
    "RUB": Unit("money"),
    "persons": Unit("people"),
}
#: By kind: the first unit of each kind is the kind's own.
OWN_UNITS = {unit.kind: name for name, unit in reversed(UNITS.items())}
_SPELLINGS = {
    "C": "°C", "celsius": "°C", "F": "°F", "fahrenheit": "°F", "kelvin": "K", "mbar": "hPa", "kmh": "km/h",
    "kt": "knot", "kn": "knot", "mg/dm3": "mg/l", "ug/dm3": "µg/l", "mgO2/l": "mg/l", "mgO2/dm3": "mg/l",
    "mg/L": "mg/l", "ug/L": "µg/l", "g/L": "g/l", "g/dm3": "g/l", "mcg/m3": "µg/m³", "percent": "%", "deg": "°",
    "degree": "°", "hour": "h", "pH": "1", "гПа": "hPa", "Па": "Pa", "кПа": "kPa", "мм рт. ст.": "mmHg",
    "мм рт.ст.": "mmHg", "м/с": "m/s", "км/ч": "km/h", "мкг/м3": "µg/m³", "мг/м3": "mg/m³", "мг/л": "mg/l",
    "мг/дм3": "mg/l", "мкг/л": "µg/l", "мм": "mm", "см": "cm", "м": "m", "км": "km", "м3/с": "m³/s", "л/с": "l/s",
    "ч": "h", "мкЗв/ч": "µSv/h", "Бк/м3": "Bq/m³", "°С": "°C", "дБ": "dB", "км2": "km²", "кв. км": "km²",
    "кв.км": "km²", "га": "ha", "м2": "m²", "кв. м": "m²", "кв.м": "m²", "м3": "m³", "куб. м": "m³", "км3": "km³",
    "л": "l", "кг": "kg", "г": "g", "т": "t", "₽": "RUB", "руб": "RUB", "руб.": "RUB", "чел": "persons",
    "чел.": "persons", "человек": "persons",
}  # fmt: skip


def _plain(text: str) -> str:
    """``µg/m³``, ``ug/m^3`` and ``мкг/м3`` in one spelling each."""
    normal = unicodedata.normalize("NFKC", text).strip().replace("^", "").replace("μ", "u")
    return re.sub(r"^deg[ _]?(?=[CFС])", "°", normal)


#: Likeness from which on one spelling may be meant by another: "ug/m" has 0.89 with "ug/m3".
_ALIKE = 0.7
_BY_SPELLING = {_plain(name): name for name in UNITS} | {_plain(name): unit for name, unit in _SPELLINGS.items()}


def unit_named(text: str) -> str | None:
    """The unit that is spelled so, ``ha`` for "га"; None where it is unknown."""
    return _BY_SPELLING.get(_plain(text))


def unit_like(text: str, kind: str | None = None) -> str | None:
    """The unit, of a kind where one is told, that a text is probably a misspelling of."""
    known = [name for name, unit in _BY_SPELLING.items() if kind in (None, UNITS[unit].kind)]
    return next((_BY_SPELLING[name] for name in get_close_matches(_plain(text)[:40], known, 1, _ALIKE)), None)


def converted(values: Any, given: Unit, wanted: Unit) -> Any:
    """A number, or an array of them, brought from one unit to another of its kind."""
    if given == wanted:
        return values
    common = (values + given.shift) * given.factor / given.divisor
    return common * wanted.divisor / wanted.factor - wanted.shift
