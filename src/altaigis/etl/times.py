"""Dates and moments out of what sources write: ISO 8601, or as in Russia; nothing is guessed."""

import re

import pandas as pd

from altaigis.etl.iso import RUSSIAN_TIME, as_iso, match_as_iso

_ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ].*)?|\d{8}"
_RUSSIAN_DATE = r"\d{1,2}\.\d{1,2}\.\d{4}"
_ZONE = r"[T ].*(?:Z|[+-]\d{2}(?::?\d{2})?)$"
#: Years outside of these stand for "unknown" (0001) or "for ever" (9999), or are slips.
_YEARS = (1000, 2999)


def dates(values: pd.Series) -> pd.Series:
    """Days of the calendar, written 2024-02-29 or 29.02.2024; missing where there is none."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return _of_our_time(values).dt.date
    text = values.astype("string").str.strip()
    iso = text.where(text.str.fullmatch(_ISO_DATE).fillna(False))
    russian = text.where(text.str.fullmatch(_RUSSIAN_DATE).fillna(False))
    found = pd.to_datetime(iso, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    found = found.fillna(pd.to_datetime(russian, format="%d.%m.%Y", errors="coerce"))
    return _of_our_time(found).dt.date


def moments(values: pd.Series, zone: str | None) -> pd.Series:
    """Moments in UTC; missing where there is none.

    Args:
        zone: where the clocks stood that show no zone; without it such a time is no moment, for UTC would be a guess.
    """
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return _of_our_time(values.dt.tz_convert("UTC"))
    text = values.astype("string").str.strip()
    text = text.str.replace(RUSSIAN_TIME, match_as_iso, regex=True)
    has_zone = text.str.contains(_ZONE, regex=True).fillna(False)
    found = pd.to_datetime(text.where(has_zone), format="ISO8601", errors="coerce", utc=True)
    if zone:
        timed = text.where(~has_zone & text.str.contains(":", regex=False).fillna(False))
        local = pd.to_datetime(timed, format="ISO8601", errors="coerce")
        found = found.fillna(local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC"))
    return _of_our_time(found)


def why_no_date(value: object) -> str:
    """Why a value has no day."""
    text = str(value).strip()
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}", text):
        return "has a year of two digits, which may be of either century"
    if re.fullmatch(r"\d{4}(?:-\d{2})?", text):
        return "is no whole date: it has no day"
    if re.fullmatch(f"{_ISO_DATE}|{_RUSSIAN_DATE}", text):
        return _no_day(text)
    return "is no date, as 2024-02-29 or 29.02.2024 is"


def why_no_moment(value: object, zone: str | None) -> str:
    """Why a value is no moment."""
    text = as_iso(str(value).strip())
    if not re.match(r"\d{4}-?\d{2}-?\d{2}[T ]\d{1,2}:?\d{2}", text):
        return "is no time of a day, as 2024-02-29T07:00:00+07:00 is"
    if pd.isna(pd.to_datetime(text, errors="coerce", format="ISO8601")):
        return "is on no day of the calendar, or at no time of the day"
    if re.search(_ZONE, text) is None and zone is None:
        return "has no time zone; if all times have the same, name it in source.timezone"
    return _no_day(text) if _year_is_odd(text) else f"is a time that clocks in {zone} showed twice or never"


def _no_day(text: str) -> str:
    return "has a year that stands for something else" if _year_is_odd(text) else "is on no day of the calendar"


def _year_is_odd(text: str) -> bool:
    year = re.search(r"\d{4}$" if "." in text[:3] else r"^\d{4}", text)
    return year is not None and not _YEARS[0] <= int(year[0]) <= _YEARS[1]


def _of_our_time(found: pd.Series) -> pd.Series:
    return found.where(found.dt.year.between(*_YEARS))
