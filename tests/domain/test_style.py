"""Styles of rasters: what may stand beside what."""

from typing import Any

import pytest
from pydantic import ValidationError

from altaigis.domain.layer import Layer

BOTH = {"ru": "x", "en": "x"}
STOPS = [{"value": 0, "colour": "#000000"}, {"value": 9, "colour": "#ffffff"}]
RAMP = {"kind": "ramp", "title": BOTH, "unit": "m", "stops": STOPS}
SLOPE = {**RAMP, "of": "slope", "unit": "°"}
SHADE = {"kind": "hillshade", "title": BOTH}
PALETTE = {"kind": "palette", "title": BOTH, "entries": [{"value": 1, "colour": "#000000", "title": BOTH}]}
SIMPLE = {"kind": "simple", "symbol": {}}


def raster(**styles: Any) -> Layer:
    source = {"file": "x.tif", "licence": "x", "attribution": BOTH}
    declared = {"id": "grid", "kind": "raster", "theme": "relief", "title": BOTH, "source": source, "styles": styles}
    return Layer.model_validate(declared)


def test_heights_in_metres_can_be_shaded() -> None:
    assert raster(default=RAMP, slope=SLOPE, relief=SHADE, classes=PALETTE).styles["relief"].kind == "hillshade"
    assert raster(default={**RAMP, "unit": "м"}, relief=SHADE).styles["default"].kind == "ramp"


@pytest.mark.parametrize(
    ("styles", "key", "problem"),
    [
        ({"default": SHADE}, "styles.default", "tells what the values are"),
        ({"default": SLOPE}, "styles.default", "tells what the values are"),
        ({"default": PALETTE, "relief": SHADE}, "styles.relief", "is of heights"),
        ({"default": PALETTE, "slope": SLOPE}, "styles.slope", "is of heights"),
        ({"default": {**RAMP, "unit": "mm"}, "relief": SHADE}, "styles.relief", "is of heights"),
        ({"default": RAMP, "other": SIMPLE}, "styles.other.kind", "not simple"),
        ({"relief": SHADE}, "styles", "a style named default"),
    ],
)
def test_styles_that_do_not_fit_are_told(styles: dict[str, Any], key: str, problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        raster(**styles)
    problems = refused.value.errors()[0]["ctx"]["problems"]
    assert any(where == key and problem in what for where, what in problems)


@pytest.mark.parametrize(
    "wrong",
    [{"altitude": 0}, {"altitude": 91}, {"azimuth": -1}, {"exaggeration": 0}, {"opacity": 0}, {"exaggeration": "nan"}],
)
def test_a_sun_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        raster(default=RAMP, relief={**SHADE, **wrong})
