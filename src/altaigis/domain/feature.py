"""Features as the store hands them to the encoders."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature. The database has already written its parts as text: ``properties`` is a JSON object,
    ``geometry`` a GeoJSON geometry in CRS84, or None where the feature has none. ``cursor`` is where a page ends that
    ends with it; None where that is the id. ``version`` is the revision that made it as it is, told of single features
    of editable layers."""

    fid: str
    geometry: str | None
    properties: str
    cursor: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class Page:
    """Features of one answer. ``matched`` counts all that the query selects; ``next_after`` is where
    this page ended and the next one begins, None on the last one."""

    features: tuple[Feature, ...]
    matched: int
    next_after: str | None


@dataclass(frozen=True)
class WrittenPage:
    """The same where the database has written the whole page: ``features`` are GeoJSON with commas between them,
    in UTF-8."""

    features: bytes
    returned: int
    matched: int
    next_after: str | None
