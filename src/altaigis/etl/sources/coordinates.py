"""Coordinates as people write them: 52.0232, 52,0232, 52°01'23"N, 52 01 23,5 с.ш."""

import re
from dataclasses import dataclass
from typing import Literal

from altaigis.etl.sources.rawfile import Mark

_MARKS = str.maketrans("−\xa0\u202f′’‘´″”“º", "-  ''''\"\"\"°")
_PLAIN = re.compile(r"[+-]?(?:\d+|\d{1,3}(?: \d{3})+)(?P<decimals>[.,]\d+)?")
_HEMISPHERE = r"(?:[nsew]|(?:[cс]|ю) ?\.? ?(?:ш ?\.?)?|(?:в|з) ?\.? ?(?:д ?\.?)?)"
_ANGLE = re.compile(
    rf"(?P<before>{_HEMISPHERE} ?)?(?P<sign>[+-])?"
    r"(?P<d>\d{1,3}(?:[.,]\d+)?) ?(?P<degree>[°:]|\b)"
    r"(?: ?(?P<m>\d{1,2}(?:[.,]\d+)?) ?(?P<minute>[':]|\b)"
    r"(?: ?(?P<s>\d{1,2}(?:[.,]\d+)?) ?(?:\"|''|\b)?)?)?"
    rf"(?P<after> ?{_HEMISPHERE})?"
)
_SIDES: dict[str, tuple[Literal["x", "y"], int]] = {
    "n": ("y", 1), "с": ("y", 1), "c": ("y", 1), "s": ("y", -1), "ю": ("y", -1),
    "e": ("x", 1), "в": ("x", 1), "w": ("x", -1), "з": ("x", -1),
}  # fmt: skip


@dataclass(frozen=True)
class Coordinate:
    """A value in the unit of its source; angles in degrees. ``axis`` is known where a hemisphere is written."""

    value: float
    axis: Literal["x", "y"] | None = None


def parse_coordinate(text: str, decimal: Mark = ".") -> Coordinate | None:
    """One coordinate; None if it is none, or could be read in two ways.

    Args:
        decimal: the mark before decimals. With ".", a comma before exactly three digits may part thousands,
            and is not read.
    """
    text = re.sub(r"\s+", " ", text.translate(_MARKS).strip().lower())
    if plain := _PLAIN.fullmatch(text):
        decimals = plain["decimals"] or ""
        if decimals.startswith(",") and len(decimals) == 4 and decimal == ".":
            return None
        return Coordinate(float(text.replace(" ", "").replace(",", ".")))
    return _angle(text)


def _angle(text: str) -> Coordinate | None:
    match = _ANGLE.fullmatch(text)
    if match is None:
        return None
    sides = [_SIDES[side.strip()[0]] for side in (match["before"], match["after"]) if side]
    parts = [part.replace(",", ".") for part in (match["d"], match["m"], match["s"]) if part]
    marked = bool(sides) or match["degree"] in ("°", ":")
    if (
        len(sides) > 1
        or (sides and match["sign"])
        or not (marked or len(parts) == 3)
        or any("." in part for part in parts[:-1])
    ):
        return None
    degrees, minutes, seconds = [*map(float, parts), 0.0, 0.0][:3]
    value = degrees + minutes / 60 + seconds / 3600
    axis, direction = sides[0] if sides else (None, -1 if match["sign"] == "-" else 1)
    if minutes >= 60 or seconds >= 60 or value > (90 if axis == "y" else 180):
        return None
    return Coordinate(direction * value, axis)
