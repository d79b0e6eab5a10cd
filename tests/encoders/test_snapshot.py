"""A snapshot of data that mean harm, or say nothing."""

from datetime import date

import orjson

from altaigis.domain.feature import Feature
from altaigis.domain.layer import Layer
from altaigis.domain.snapshot import Drawing, Sight, Snapshot
from altaigis.encoders.snapshot import Leaflet
from altaigis.encoders.snapshot.page import encode

HARM = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
LAYER = Layer.model_validate(
    {
        "id": "meadows",
        "theme": "nature",
        "title": {"ru": HARM, "en": HARM},
        "source": {"file": "meadows.csv", "licence": "CC0-1.0", "attribution": {"ru": HARM, "en": HARM}},
        "fields": {
            "id": {"role": "id", "type": "text"},
            "name": {"role": "title", "type": "text", "title": {"ru": HARM, "en": HARM}},
            "flowers": {"type": "integer"},
            "geom": {"role": "geometry", "type": "Point"},
        },
    }
)


def page(*features: Feature) -> str:
    drawing = Drawing(LAYER, features)
    made = Snapshot(HARM, "en", Sight(6, 52, 83), (drawing,), "http://here/#" + HARM, date(2026, 1, 2))
    return encode(
        made, Leaflet("'use leaflet';", ".leaflet { color: red; } .x { background: url(images/layers.png); }")
    ).decode()


def feature(fid: str, **values: object) -> Feature:
    return Feature(fid, '{"type":"Point","coordinates":[83,52]}', orjson.dumps(values).decode())


def test_values_are_never_markup() -> None:
    made = page(feature("1", name=HARM, flowers=3), feature(HARM, name=None, flowers=None))
    assert "<script>alert" not in made
    assert "<img" not in made
    assert "&lt;img src=x" in made


def test_a_feature_without_a_name_or_a_place() -> None:
    made = page(feature("1", name=None, flowers=None), Feature("2", None, '{"name":"nowhere","flowers":1}'))
    assert '"name": "1"' in made
    assert "nowhere" not in made


def test_a_layer_without_features() -> None:
    assert "geo_json_part0" in page()


def test_pictures_of_leaflet_are_asked_for_by_nobody() -> None:
    made = page()
    assert "images/" not in made
    assert "'use leaflet';" in made


def test_the_same_map_is_the_same_file() -> None:
    assert page(feature("1", name="a", flowers=1)) == page(feature("1", name="a", flowers=1))
