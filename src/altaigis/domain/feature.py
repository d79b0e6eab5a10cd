"""Features as the store hands them to the encoders."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature. The database has already written its parts as text: ``properties`` is a JSON object,
    ``geometry`` a GeoJSON geometry in CRS84, or None where the feature has none."""

    fid: str
    geometry: str | None
    properties: str


@dataclass(frozen=True)
class Page:
    """Features of one answer. ``matched`` counts all that the query selects; ``next_after`` is the id behind
    which the next page begins, None on the last one."""

    features: tuple[Feature, ...]
    matched: int
    next_after: str | None
