"""Features of people and of the source that would have one value which must stand once: who of them gives way."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from altaigis.domain.edit import Case, Merged, Row
from altaigis.domain.layer import Layer

#: Fields whose values together must stand once.
Group = tuple[str, ...]


def groups(layer: Layer) -> list[Group]:
    """What must stand once beside the id."""
    alone = [(name,) for name, field in layer.fields.items() if field.unique and field.role != "id"]
    return [*alone, *map(tuple, layer.checks.unique)]


def among_edited(layer: Layer, cases: Sequence[Case], done: Sequence[Merged]) -> tuple[list[Merged], set[str]]:
    """The same with the values that the layer has shown where new ones of the source stand in another edited feature;
    and the ids of those that share a value all the same, as the rule is younger than they are."""
    settled = list(done)
    for _ in cases:  # a value that stays may be what a third one gets
        before = list(settled)
        for group in groups(layer):
            for place in (place for places in _sharing(before, group) for place in places):
                settled[place] = _as_shown(cases[place], settled[place], group)
        if settled == before:
            break
    left = {cases[place].touched.fid for group in groups(layer) for p in _sharing(settled, group) for place in p}
    return settled, left


def _sharing(done: Sequence[Merged], group: Group) -> list[list[int]]:
    """Places of the edited features that share the values of a group."""
    found = defaultdict(list)
    for place, merged in enumerate(done):
        if merged.row and merged.touched and any(merged.row.get(name) is not None for name in group):
            found[tuple(merged.row.get(name) for name in group)].append(place)
    return [places for places in found.values() if len(places) > 1]


def _as_shown(case: Case, merged: Merged, group: Group) -> Merged:
    shown = {name: case.theirs[name] for name in group if case.theirs and name in case.theirs}
    return replace(merged, row={**(merged.row or {}), **shown})


def of_edited(layer: Layer, edited: pd.DataFrame, incoming: pd.DataFrame) -> dict[int, Group]:
    """The rows of the source, by their index, that say what stands in an edited feature; and in which fields."""
    found: dict[int, Group] = {}
    for group in groups(layer):
        taken = set(_keys(edited, group).dropna())
        mine = _keys(incoming, group)
        found |= {int(row): group for row in mine.index[mine.isin(taken)] if row not in found}
    return found


def _keys(frame: pd.DataFrame, group: Group) -> pd.Series:
    """The values of a group as one, None where there are none."""
    rows = zip(*(map(_comparable, frame[name]) for name in group), strict=True)
    keys = [key if any(value is not None for value in key) else None for key in rows]
    return pd.Series(keys, index=frame.index, dtype=object)


def _comparable(value: Any) -> Any:
    if pd.isna(value):
        return None
    # a day is a text in what people have edited
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def told(row: Row | Mapping[str, Any], group: Group) -> str:
    """The values of a group, for a message."""
    return ", ".join(f"{name} {row.get(name)!r}" for name in group)
