"""Numbers that are text with a unit or a multiple ("12 га", "120,5 тыс."), and numbers in another unit than ours."""

import math
import re

import numpy as np
import pandas as pd

from altaigis.domain.layer import LayerField
from altaigis.domain.units import UNITS, Unit, converted, unit_named
from altaigis.etl.sources.rawfile import Mark

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d{1,3}(?:[ \xa0\u202f]\d{3})+|\d+)(?:[.,]\d+)?)\s*"
    r"(?:(?P<multiple>тыс|тысяча|тысячи|тысяч|млн|млрд)(?:\.|\b)\s*)?(?P<unit>\D.*)?"
)
#: A number that goes on where a unit would stand: as computers write it, or with a second mark in it.
_GOES_ON = re.compile(r"[.,_'’]|[exEX][+-]?\d")
#: With a comma before decimals elsewhere, a point before three digits may part thousands as well; one before fewer,
#: before more, or after a zero, cannot.
_TWO_WAYS = r"[+-]?[1-9]\d{0,2}\.\d{3}(?![\d.,eE]).*"
_WITH_POINT = r"[+-]?\d+\.\d+(?![\d.,]).*"
_WITH_COMMA = r"[+-]?[\d \xa0\u202f]+,\d.*"
_MULTIPLES = {"тыс": 1e3, "тысяча": 1e3, "тысячи": 1e3, "тысяч": 1e3, "млн": 1e6, "млрд": 1e9}


def legible(values: pd.Series, decimal: Mark) -> pd.Series:
    """Numbers that are text with the minus of typewriters, and without those that can be read in two ways.

    With a decimal comma, ``1.234`` is 1 234 or 1,234. It is read where other values of its column have points that can
    be nothing but decimal ones, and none has a comma. Where no mark is known, it is read unless others have a comma.
    """
    if pd.api.types.is_numeric_dtype(values):
        return values
    strings = values
    if not isinstance(values.dtype, pd.StringDtype):  # numbers among them are not asked
        strings = values.where(values.map(lambda value: isinstance(value, str)))
    text = strings.astype("string").str.strip()
    typeset = text.str.contains("\N{MINUS SIGN}", regex=False).fillna(False)
    if typeset.any():
        text = text.str.replace("\N{MINUS SIGN}", "-", regex=False)
        values = values.mask(typeset, text)
    if decimal == "." or not text.str.contains(".", regex=False).any():
        return values
    doubtful = text.str.fullmatch(_TWO_WAYS).fillna(False)
    if doubtful.any():
        others = text[~doubtful]
        pointed = decimal is None or others.str.fullmatch(_WITH_POINT).any()
        if others.str.fullmatch(_WITH_COMMA).any() or not pointed:
            return values.mask(doubtful)
    return values


def in_our_unit(values: pd.Series, field: LayerField, decimal: Mark) -> tuple[pd.Series, int]:
    """Values in the unit of their field, and how many were converted; what cannot be read stays as it is.

    Args:
        field: one with ``from_unit``. A value that names its own unit is converted from that.
        decimal: the mark before decimals in text; a point is read beside a comma, too.
    """
    given, wanted = (UNITS[unit_named(name or "") or ""] for name in (field.from_unit, field.unit))
    if pd.api.types.is_numeric_dtype(values):
        return converted(values, given, wanted), int(values.notna().sum())
    text = values.astype("string").str.strip()
    read = {value: _read(value, given.kind, decimal) for value in text.dropna().unique()}
    known = {value: converted(found[0], found[1] or given, wanted) for value, found in read.items() if found}
    numbers = text.map(known).astype(float)
    result = values.astype(object).where(numbers.isna(), numbers)
    return result, int(np.isfinite(numbers).sum())


def why_no_number(value: object, field: LayerField, decimal: Mark) -> str:
    """Why a value is no number of its field."""
    text = str(value).strip().replace("\N{MINUS SIGN}", "-")
    if decimal != "." and re.fullmatch(_TWO_WAYS, text):
        return (
            "can be read in two ways: a point before three digits may part thousands; write 1234 or 1,234, or, if "
            "points stand before decimals, declare source.decimal: '.' in the layer file"
        )
    found = _QUANTITY.fullmatch(text)
    if found is None or not (found["multiple"] or found["unit"]):
        return f"is not of type {field.type}"
    if found["unit"] and _GOES_ON.match(found["unit"]):
        return "is no number that can be read"
    if field.from_unit is None:
        return "holds a unit; name that of the source in from_unit, and ours in unit, of the field"
    name = unit_named(found["unit"] or "")
    if found["unit"] and name is None:
        return f"holds a unit that is not known: {found['unit'][:40]}"
    if name and UNITS[name].kind != UNITS[unit_named(field.from_unit) or ""].kind:
        return f"is in {name}, which cannot become {field.unit}"
    return f"is not of type {field.type} in {field.unit}"


def _read(text: str, kind: str, decimal: Mark) -> tuple[float, Unit | None] | None:
    """The number, and the unit where the text names one; None where it is no number, or none of this kind."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return _plain(text)
    if "," in found["number"] and decimal == ".":
        return None
    number = float(re.sub(r"[ \xa0\u202f]", "", found["number"]).replace(",", "."))
    number *= _MULTIPLES.get(found["multiple"], 1.0)
    if not found["unit"]:
        return number, None
    unit = UNITS.get(unit_named(found["unit"]) or "")
    return (number, unit) if unit and unit.kind == kind else _plain(text)


def _plain(text: str) -> tuple[float, Unit | None] | None:
    """What only computers write, like 1e3."""
    try:
        return (float(text), None) if "_" not in text and math.isfinite(float(text)) else None
    except ValueError:
        return None
