"""A revision: one loaded state of a layer."""

from dataclasses import dataclass
from datetime import datetime

from altaigis.domain.extent import BBox


@dataclass(frozen=True)
class Revision:
    """What is known of a loaded state without asking its data.

    ``relation`` is the name of the table or of the file in data/processed that holds it;
    ``extent`` is None where no feature has a geometry.
    """

    layer: str
    number: int
    relation: str
    fingerprint: str
    created: datetime
    count: int
    extent: BBox | None
