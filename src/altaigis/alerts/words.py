"""Alerts in a few words."""

from collections.abc import Mapping
from typing import Any

from altaigis.domain.alert import Alert
from altaigis.domain.catalog import Catalog
from altaigis.domain.text import Text


def words(alert: Alert, catalog: Catalog, station: Mapping[str, Any]) -> Text:
    """An alert in a few words: what, where, how much; made-up values are named so."""
    held = alert.held
    rule = catalog.alerts.rules.get(held.rule)
    title = rule.title if rule else Text(ru=held.rule, en=held.rule)

    def said(language: Any) -> str:
        name = station.get(f"name_{language}") or station.get("name_ru") or held.station
        made_up = {"ru": " (синтетический ряд)", "en": " (synthetic series)"}[language] if held.synthetic else ""
        if held.parameter is None:
            return f"{name}: {title.in_(language)}{made_up}"
        measured = catalog.parameters.described(held.parameter, held.unit or "1").title.in_(language)
        times = f" — {alert.multiple:.3g} {'ПДК' if language == 'ru' else 'limits'}" if alert.multiple else ""
        return f"{name}: {title.in_(language)}, {measured}{times}{made_up}"

    return Text(ru=said("ru"), en=said("en"))
