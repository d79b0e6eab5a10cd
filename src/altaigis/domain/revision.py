"""A revision: one loaded state of a layer."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from altaigis import __version__
from altaigis.domain.extent import BBox

#: Before the fingerprint of a revision that somebody has made by a rollback or by an edit.
HELD = "held:"

#: Attribute of points in tiles: how many points that are not shown each of them stands for.
STANDS_FOR = "_stands_for"


@dataclass(frozen=True)
class Change:
    """The revision with this number has changed nothing outside of this area."""

    number: int
    area: BBox


@dataclass(frozen=True)
class Revision:
    """What is known of a loaded state without asking its data.

    ``relation`` is the name of the table or of the file in data/processed that holds it;
    ``extent`` is None where no feature has a geometry; ``levels`` are the levels of detail that are kept beside it.
    Outside of its ``area`` it is as the revision before; without one it may differ anywhere. ``changes`` are this
    revision and those before it as far as they have areas, the newest first; only who watches the ledger knows them.
    """

    layer: str
    number: int
    relation: str
    fingerprint: str
    created: datetime
    count: int
    extent: BBox | None
    levels: tuple[int, ...] = ()
    area: BBox | None = None
    changes: tuple[Change, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_held(self) -> bool:
        """Whether a person has made it: it stays until the sources change."""
        return self.fingerprint.startswith(HELD)

    @property
    def sources(self) -> str:
        """The fingerprint of the sources at the time of the revision, which a held one was not made from."""
        return self.fingerprint.removeprefix(HELD)

    @property
    def state(self) -> str:
        """A text that changes with the data, while the fingerprint may only say what they were made from."""
        return f"{self.fingerprint}@{self.number}" if self.is_held else self.fingerprint

    @cached_property
    def version(self) -> str:
        """Names the revision in addresses, for ever: another release, which may draw the same data in another way, and
        another history that has come to the same number, have another one."""
        told = f"{__version__} {self.layer} {self.fingerprint} {self.created.timestamp()}"
        return f"{self.number}-{hashlib.blake2b(told.encode(), digest_size=4).hexdigest()}"

    def last_touched(self, box: BBox) -> int:
        """The number of the last revision that may have changed something in a box: there all since are alike."""
        touching = (change.number for change in self.changes if change.area.intersects(box))
        return next(touching, self.number - len(self.changes))
