"""A revision: one loaded state of a layer."""

from dataclasses import dataclass
from datetime import datetime

from altaigis.domain.extent import BBox

#: Before the fingerprint of a revision that somebody has made by a rollback or by an edit.
HELD = "held:"

#: Attribute of points in tiles: how many points that are not shown each of them stands for.
STANDS_FOR = "_stands_for"


@dataclass(frozen=True)
class Revision:
    """What is known of a loaded state without asking its data.

    ``relation`` is the name of the table or of the file in data/processed that holds it;
    ``extent`` is None where no feature has a geometry; ``levels`` are the levels of detail that are kept beside it.
    """

    layer: str
    number: int
    relation: str
    fingerprint: str
    created: datetime
    count: int
    extent: BBox | None
    levels: tuple[int, ...] = ()

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
