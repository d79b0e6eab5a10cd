"""The question that every door asks of a layer's features."""

from dataclasses import dataclass
from datetime import datetime

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.extent import BBox, BoxInCrs
from altaigis.domain.layer import Layer


@dataclass(frozen=True)
class IntersectsBox:
    """The feature's geometry shares a point with the box."""

    box: BBox | BoxInCrs


Expression = IntersectsBox


@dataclass(frozen=True)
class FeatureQuery:
    """Which features of a layer, and which page of them.

    Features come in the order of their ids; ``after`` is the last id of the page before, so that pages stay
    stable while the layer is edited. ``as_of`` asks for a former revision, by its number or by a time at which it
    was the current one. ``crs`` is that of the geometry in the answer.
    """

    layer: Layer
    where: Expression | None = None
    limit: int = 1000
    after: str | None = None
    as_of: int | datetime | None = None
    crs: Crs = CRS84
