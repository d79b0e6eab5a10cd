"""The mark of what the cube is made of: needs no library of the ETL, so a start is quick."""

import hashlib
import json
from collections.abc import Mapping

from altaigis.domain.indicator import Indicators
from altaigis.domain.revision import Revision

#: Part of every mark: to be raised when something else is made of the same material.
VERSION = 1


def cube_mark(indicators: Indicators, revisions: Mapping[str, Revision]) -> str:
    """A text that changes when an indicator's file does, or a layer that the cube is made from."""
    themes = {name: theme.model_dump(mode="json") for name, theme in indicators.themes.items()}
    about = indicators.territories.model_dump(mode="json") if indicators.territories else None
    states = {name: revisions[name].state if name in revisions else None for name in sorted(indicators.layers)}
    return hashlib.sha256(json.dumps([VERSION, about, themes, states], sort_keys=True).encode()).hexdigest()
