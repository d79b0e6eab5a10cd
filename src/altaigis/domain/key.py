"""Keys: who may write, and what."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from altaigis.errors import ParameterError

#: ``observe`` sends observations, ``run`` starts processes, ``edit:LAYER`` edits a layer.
PERMISSION = re.compile(r"observe|run|edit:[a-z][a-z0-9_]*")
NAME = re.compile(r"[\w.@ -]{1,60}")


@dataclass(frozen=True)
class Key:
    """A key as the ledger knows it; its token is known to its holder alone."""

    key: int
    name: str
    can: tuple[str, ...]
    created: datetime
    last_used: datetime | None
    revoked: datetime | None


def permissions(text: str) -> tuple[str, ...]:
    """``observe,edit:resort_sites`` as its parts.

    Raises:
        ParameterError: one of them is no permission.
    """
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    wrong = [part for part in found if not PERMISSION.fullmatch(part)]
    if wrong or not found:
        what = f"'{wrong[0][:40]}' is no permission" if wrong else "names no permission"
        raise ParameterError("can", f"{what}; there are edit:LAYER, observe, run")
    return found


def edited_layers(can: Iterable[str]) -> list[str]:
    """Ids of the layers that these permissions allow to edit."""
    return [part.removeprefix("edit:") for part in can if part.startswith("edit:")]
