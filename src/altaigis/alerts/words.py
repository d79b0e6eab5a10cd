"""Alerts in a few words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from altaigis.domain.alert import Alert
from altaigis.domain.catalog import Catalog
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import number

_LIMITS: Mapping[Language, str] = {"ru": "ПДК", "en": "limits"}
_SO_FAR: Mapping[Language, str] = {"ru": " — пока: сутки не кончились", "en": " so far: the day is not over"}
_MADE_UP: Mapping[Language, str] = {"ru": " (синтетический ряд)", "en": " (synthetic series)"}


def words(alert: Alert, catalog: Catalog, station: Mapping[str, Any], now: datetime) -> Text:
    """An alert in a few words: what, where, how much; made-up values are named so, and means of days that are not over:
    such an alert is withdrawn if the rest of the day makes it none."""
    held = alert.held
    rule = catalog.alerts.rules.get(held.rule)
    title = rule.title if rule else Text(ru=held.rule, en=held.rule)

    def said(language: Language) -> str:
        name = station.get(f"name_{language}") or station.get("name_ru") or held.station
        made_up = _MADE_UP[language] if held.synthetic else ""
        if held.parameter is None:
            return f"{name}: {title.in_(language)}{made_up}"
        measured = catalog.parameters.described(held.parameter, held.unit or "1").title.in_(language)
        times = f" — {number(alert.multiple, language, 2)} {_LIMITS[language]}" if alert.multiple else ""
        so_far = _SO_FAR[language] if held.end > now else ""
        return f"{name}: {title.in_(language)}, {measured}{times}{so_far}{made_up}"

    return Text(ru=said("ru"), en=said("en"))
