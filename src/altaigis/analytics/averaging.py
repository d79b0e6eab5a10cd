"""Averages of a series as norms ask for them: single values, days, years, eight hours, the peak season.

All take what was :class:`Measured` and give a frame with

    begin, end: times in UTC; of a single value both are its own
    value: in the unit of the series
    completeness: the share of what the average is made of that is there, 0 to 1

After WHO (2021), Global air quality guidelines, and the rule that three quarters have to be there (Directive
2008/50/EC, annex VII; also the usual practice of RD 52.04.667).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: An average is one when so much of it is there.
ENOUGH = 0.75
DAY = pd.Timedelta(days=1)
HOUR = pd.Timedelta(hours=1)
#: Hours of a running mean, and those of them that have to be there.
WINDOW, LEAST_OF_WINDOW = 8, 6
#: Months of the peak season of ozone.
SEASON = 6
#: Days of a year that may be higher: the 99th percentile of WHO (three to four days).
PERCENTILE = 99


@dataclass(frozen=True, eq=False)
class Measured:
    """A series of values.

    Attributes:
        values: by times in UTC, ascending; what is flagged bad is to be left out before.
        step: at which it is meant to be measured.
        zone: of IANA, for days, months and years.
    """

    values: "pd.Series[float]"
    step: pd.Timedelta
    zone: str


def samples(of: Measured) -> pd.DataFrame:
    """Each value by itself."""
    return _frame(of.values.index, of.values.index, of.values.to_numpy(), np.ones(len(of.values)))


def days(of: Measured) -> pd.DataFrame:
    """Means of days."""
    local = of.values.tz_convert(of.zone)
    grouped = local.groupby(local.index.normalize())
    means, counts = grouped.mean(), grouped.count()
    begin = pd.DatetimeIndex(means.index)
    end = _next_day(begin)
    expected = np.maximum((end - begin) / of.step, 1)
    return _frame(begin, end, means.to_numpy(), np.minimum(counts.to_numpy() / expected, 1))


def years(of: Measured) -> pd.DataFrame:
    """Means of years, of the days that are complete; completeness is the share of such days."""
    return _of_years(days(of), of.zone, "mean")


def days_99(of: Measured) -> pd.DataFrame:
    """The 99th percentile of the daily means of each year."""
    return _of_years(days(of), of.zone, _percentile)


def hours_8(of: Measured) -> pd.DataFrame:
    """The highest running mean of eight hours of each day; each window belongs to the day in which it ends.

    Completeness is the share of the day's 24 windows with three quarters of their hours.
    """
    hourly = of.values.resample("h").mean()
    if hourly.empty:
        return _frame(hourly.index, hourly.index, hourly.to_numpy(), hourly.to_numpy())
    running = hourly.rolling(WINDOW, min_periods=LEAST_OF_WINDOW).mean().dropna()
    # the hour that begins at 23 ends at midnight: its window is of the day that ends then
    local = running.tz_convert(of.zone)
    grouped = local.groupby(local.index.normalize())
    highest, counts = grouped.max(), grouped.count()
    begin = pd.DatetimeIndex(highest.index)
    end = _next_day(begin)
    expected = (end - begin) / HOUR
    return _frame(begin, end, highest.to_numpy(), np.minimum(counts.to_numpy() / expected, 1))


def hours_8_99(of: Measured) -> pd.DataFrame:
    """The 99th percentile of each year's daily highest means of eight hours."""
    return _of_years(hours_8(of), of.zone, _percentile)


def peak_season(of: Measured) -> pd.DataFrame:
    """Of each year the mean of the daily highest means of eight hours in those six months in a row that have the
    highest: the mean of those months' means, of five where one has no day.

    Three quarters of the days of all six have to be there, however they are spread: a window is not passed over for
    one month, or the peak season would fall to the winter. Where no window has as many, it is the most complete one.
    """
    daily = hours_8(of)
    daily = daily[daily["completeness"] >= ENOUGH]
    if daily.empty:
        return daily
    local = daily.set_index(pd.DatetimeIndex(daily["begin"]).tz_convert(of.zone))["value"]
    grouped = local.groupby(local.index.tz_localize(None).to_period("M"))
    months = pd.period_range(local.index[0].strftime("%Y-%m"), local.index[-1].strftime("%Y-%m"), freq="M")
    counts = grouped.count().reindex(months, fill_value=0)
    days_of = pd.Series(months.days_in_month, index=months)
    running = grouped.mean().reindex(months).rolling(SEASON, min_periods=SEASON - 1).mean()
    shares = counts.rolling(SEASON).sum() / days_of.rolling(SEASON).sum()
    windows = pd.DataFrame({"mean": running, "share": shares}).dropna()
    if windows.empty:
        return daily.iloc[:0]
    judged = windows["mean"].where(windows["share"] >= ENOUGH)
    # a year without a whole window has its most complete one, which is not judged
    whole = judged.groupby(judged.index.year).transform("count") > 0
    best = judged.where(whole, windows["share"]).groupby(windows.index.year).idxmax()
    begin = pd.DatetimeIndex([(month - (SEASON - 1)).start_time for month in best]).tz_localize(of.zone)
    end = pd.DatetimeIndex([(month + 1).start_time for month in best]).tz_localize(of.zone)
    found = windows.loc[best.to_numpy()]
    return _frame(begin, end, found["mean"].to_numpy(), found["share"].to_numpy())


Average = Callable[[Measured], pd.DataFrame]
#: By the code of averaging in the table of limits.
AVERAGES: Mapping[str, Average] = {
    "max_single_20min": samples,
    "": samples,
    "minimum": samples,
    "daily_mean": days,
    "annual_mean": years,
    "24h_99th_percentile": days_99,
    "8h_99th_percentile": hours_8_99,
    "peak_season_8h": peak_season,
}


def _of_years(daily: pd.DataFrame, zone: str, how: "str | Callable[[pd.Series[float]], float]") -> pd.DataFrame:
    whole = daily[daily["completeness"] >= ENOUGH]
    local = pd.DatetimeIndex(whole["begin"]).tz_convert(zone)
    grouped = whole["value"].groupby(local.year)
    found, counts = grouped.agg(how), grouped.count()
    begin = pd.DatetimeIndex([pd.Timestamp(year=year, month=1, day=1) for year in found.index]).tz_localize(zone)
    end = pd.DatetimeIndex([pd.Timestamp(year=year + 1, month=1, day=1) for year in found.index]).tz_localize(zone)
    expected = np.maximum((end - begin) / DAY, 1)
    return _frame(begin, end, found.to_numpy(), np.minimum(counts.to_numpy() / expected, 1))


def _percentile(values: "pd.Series[float]") -> float:
    return float(np.percentile(values, PERCENTILE))


def _next_day(begin: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The midnights after these: a day on which the clock is changed has not 24 hours."""
    naive = begin.tz_localize(None) + DAY
    return pd.DatetimeIndex(naive).tz_localize(begin.tz, ambiguous=True, nonexistent="shift_forward")


def _frame(begin: pd.Index, end: pd.Index, value: np.ndarray, completeness: np.ndarray) -> pd.DataFrame:
    begins, ends = (pd.DatetimeIndex(index) for index in (begin, end))
    if begins.tz is None:
        begins, ends = begins.tz_localize("UTC"), ends.tz_localize("UTC")
    return pd.DataFrame(
        {
            "begin": begins.tz_convert("UTC"),
            "end": ends.tz_convert("UTC"),
            "value": np.asarray(value, np.float64),
            "completeness": np.asarray(completeness, np.float64),
        }
    )
