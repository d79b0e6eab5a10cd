"""What a revision knows of itself: its name in addresses, and which revision an area is of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from altaigis.domain.extent import BBox
from altaigis.domain.revision import Change, Revision

LOADED = Revision("sites", 7, "sites_r7", "abc", datetime(2026, 1, 2, tzinfo=UTC), 3, BBox(80, 50, 90, 55))
EDITED = replace(
    LOADED, number=9, changes=(Change(9, BBox(84, 51, 85, 52)), Change(8, BBox(84.5, 51.5, 86, 53)))
)  # fmt: skip


@pytest.mark.parametrize(
    ("box", "number"),
    [
        (BBox(84.1, 51.1, 84.2, 51.2), 9),
        (BBox(84.6, 51.6, 84.7, 51.7), 9),
        (BBox(85.5, 52.5, 87, 54), 8),
        (BBox(80, 50, 81, 51), 7),
        (BBox(179, 50, 84.2, 52), 9),
        (BBox(179, 50, -80, 52), 7),
    ],
)
def test_an_area_is_of_the_last_revision_that_touched_it(box: BBox, number: int) -> None:
    assert EDITED.last_touched(box) == number


def test_without_areas_everything_is_new() -> None:
    assert LOADED.last_touched(BBox(-180, -90, 180, 90)) == LOADED.last_touched(BBox(80, 50, 81, 51)) == 7


def test_versions_tell_revisions_apart() -> None:
    others = (
        replace(LOADED, number=8),
        replace(LOADED, layer="other"),
        replace(LOADED, fingerprint="abd"),
        replace(LOADED, created=LOADED.created + timedelta(microseconds=1)),
    )
    assert len({revision.version for revision in (LOADED, *others)}) == 5
    assert replace(LOADED).version == LOADED.version
    assert LOADED.version.startswith("7-")
    assert LOADED.version.replace("-", "").isalnum()
