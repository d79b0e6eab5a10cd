"""Edits: what a person has changed in a layer, and what its source says of the same features."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from altaigis.domain.crs import CRS84, Crs

#: Degrees, a centimetre: answers round coordinates to it, and what comes back so rounded has not been moved.
ROUNDED = 1e-7

Operation = Literal["insert", "replace", "update", "delete", "rollback"]

#: The values of a feature by field, as JSON has them; a geometry is hexadecimal EWKB in EPSG:4326.
Row = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """What a person gives of a feature, as JSON has it.

    ``values`` are by field, without the id; the geometry is a GeoJSON object, or None, and its axes follow ``crs``.
    ``fid`` is None where the person gives none; ``place`` is where it stands among others, told if it is refused.
    """

    fid: str | None
    values: Mapping[str, Any]
    crs: Crs = CRS84
    place: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Edit:
    """One change of one feature, as the log keeps it.

    ``revision`` is the one that it made, and the feature's version from then on. ``fields`` are those that the
    person has set; computed ones are never among them. ``former`` is None for an insert, ``latter`` for a delete.
    A rollback is a change of each feature that it makes another one, puts back or takes away.
    """

    layer: str
    fid: str
    revision: int
    time: datetime
    who: str
    operation: Operation
    fields: tuple[str, ...]
    former: Row | None
    latter: Row | None


@dataclass(frozen=True)
class Touched:
    """What the source says of a feature that a person has edited.

    ``source`` is what it last said, None if it has never had the feature. ``seen`` holds, for each field that the
    person has set, what the source said then: None where it said nothing.
    """

    fid: str
    source: Row | None
    seen: Row


@dataclass(frozen=True)
class Case:
    """A touched feature that a load has to merge: ``theirs`` is what the layer shows, ``ours`` what the source says
    now, each None where the feature is not there."""

    touched: Touched
    theirs: Row | None
    ours: Row | None


@dataclass(frozen=True)
class Merged:
    """What a load makes of a case: the row that the layer will show, None for none; what is to be remembered for the
    next load, None where the feature follows its source again; fields in which the source has changed what a person
    has, too; and whether the source has lost a feature that a person has edited."""

    row: Row | None
    touched: Touched | None
    conflicts: tuple[str, ...] = ()
    gone: bool = False


def shown(value: Any) -> str:
    """The beginning of a value as its sender has written it, in JSON."""
    return json.dumps(value, ensure_ascii=False)[:80]
