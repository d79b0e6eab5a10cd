"""Numbers and units as people of a language write them."""

import math
from collections.abc import Mapping
from decimal import Decimal

from altaigis.domain.text import Language, Text

#: Units as layer files write them -> as people read them; a unit that is not listed is shown as it is.
UNITS: Mapping[str, Text] = {
    "persons": Text(ru="чел.", en="people"),
    "persons/km²": Text(ru="чел./км²", en="people/km²"),
    "RUB/month": Text(ru="руб. в месяц", en="RUB a month"),
    "ha/persons": Text(ru="га на чел.", en="ha a person"),
    "km²": Text(ru="км²", en="km²"),
    "ha": Text(ru="га", en="ha"),
    "km": Text(ru="км", en="km"),
    "m": Text(ru="м", en="m"),
    "m³/s": Text(ru="м³/с", en="m³/s"),
    "mm": Text(ru="мм", en="mm"),
    "cm": Text(ru="см", en="cm"),
    "m/s": Text(ru="м/с", en="m/s"),
    "hPa": Text(ru="гПа", en="hPa"),
    "µg/m³": Text(ru="мкг/м³", en="µg/m³"),
    "mg/m³": Text(ru="мг/м³", en="mg/m³"),
    "ng/m³": Text(ru="нг/м³", en="ng/m³"),
    "mg/l": Text(ru="мг/л", en="mg/l"),
    "µSv/h": Text(ru="мкЗв/ч", en="µSv/h"),
    "Bq/m³": Text(ru="Бк/м³", en="Bq/m³"),
}
#: Terms of use as layer files write them, part by part; names of licences are the same in every language.
TERMS: Mapping[str, str] = {
    "Open official statistics (Rosstat)": "Открытая официальная статистика (Росстат)",
    "ODbL-1.0 for what comes of boundaries": "ODbL-1.0 для того, что взято из границ",
    "Public domain (NASA)": "Общественное достояние (NASA)",
    "Facts from public sources, named in each row": "Сведения из открытых источников, названных у каждого объекта",
    "Facts from public catalogues (NOAA ISD, GRDC, CTBTO), named in each row": (
        "Сведения из открытых каталогов (NOAA ISD, GRDC, ОДВЗЯИ), названных у каждого объекта"
    ),
    "settlement points by GeoNames (CC-BY-4.0)": "точки населённых пунктов — GeoNames (CC-BY-4.0)",
    "Official norms, by the public sources named in each row": (
        "Официальные нормативы по открытым источникам, названным в каждой строке"
    ),
    "Facts from a building code and from research grids (CRU CL 2.0, WorldClim 1.4), terms by source": (
        "Сведения из строительных норм и научных сеток (CRU CL 2.0, WorldClim 1.4), условия у каждого источника"
    ),
}
#: Of a number whose digits nobody has declared; those of a place by the centimetre.
MOST_DIGITS = 9


def unit_in(unit: str | None, language: Language) -> str:
    """The unit in words of the language; empty where there is none. One that is not listed is told by its parts:
    ``persons/1000 persons``."""
    if unit is None:
        return ""
    return UNITS[unit].in_(language) if unit in UNITS else "/".join(_part_in(it, language) for it in unit.split("/"))


def _part_in(part: str, language: Language) -> str:
    """A part of a unit, with the number of them before it where it has one."""
    times, _, name = part.rpartition(" ")
    told = UNITS[name].in_(language) if name in UNITS else name
    return f"{times} {told}" if times else told


def licence_in(licence: str, language: Language) -> str:
    """The terms of use in words of the language; what is not known is shown as it is."""
    return licence if language == "en" else "; ".join(TERMS.get(part, part) for part in licence.split("; "))


def number(value: float, language: Language, digits: int | None = None) -> str:
    """A number as people of the language write it, with as many decimals as it is good for."""
    exact = Decimal(repr(value) if isinstance(value, int) else f"{value:.{MOST_DIGITS}g}")
    if digits is None and exact == exact.to_integral_value():
        exact = exact.quantize(Decimal(1))
    written = f"{exact:,f}" if digits is None else f"{exact:,.{digits}f}"
    if language == "en":
        return written.replace("-", "\u2212")
    return written.translate({ord(","): "\u00a0", ord("."): ",", ord("-"): "\u2212"})


def told(value: float, unit: str | None, language: Language, digits: int | None = None) -> str:
    """A number with its unit as people of the language write it; three significant digits if none are asked for."""
    if not math.isfinite(value):
        return "\u2013"
    rounded = value if digits is not None else float(f"{value:.3g}") if abs(value) < 100 else round(value)
    return " ".join(part for part in (number(rounded, language, digits), unit_in(unit, language)) if part)
