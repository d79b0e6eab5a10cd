"""Whether numbers, dates and times lie between the bounds that their field declares."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from altaigis.domain.layer import LayerField
from altaigis.domain.observation import ZONE


def outside(values: pd.Series, field: LayerField) -> pd.Series:
    """Where values lie beyond the bounds of their field; nowhere where there is no value."""
    low, high = field.range or (None, None)
    if field.type == "datetime":
        # a bound is a whole day where the data are at home
        return _beyond(
            values,
            None if low is None else pd.Timestamp(_day(low), tz=ZONE),
            None if high is None else pd.Timestamp(_day(high) + timedelta(days=1), tz=ZONE) - timedelta(microseconds=1),
        )
    if field.type == "date":
        # as text of one length: dates in a frame are Python's, and do not compare with what is missing
        iso = [None if bound is None else _day(bound).isoformat() for bound in (low, high)]
        return _beyond(values.astype("string"), *iso)
    return _beyond(values, low, high)


def _beyond(values: pd.Series, low: Any, high: Any) -> pd.Series:
    below, above = (values < low) if low is not None else None, (values > high) if high is not None else None
    wrong = [found.fillna(False).astype(bool) for found in (below, above) if found is not None]
    return sum(wrong[1:], start=wrong[0]) if wrong else pd.Series(False, index=values.index)


def _day(bound: object) -> date:
    return bound if isinstance(bound, date) else datetime.now(ZoneInfo(ZONE)).date()
