"""Styles as rules, and the mistakes in styles that no format could tell."""

from typing import Any

import pytest
from pydantic import ValidationError

from altaigis.domain.layer import Layer
from altaigis.domain.legend import Between, Equal, Missing, Unlisted, rules

TITLE = {"ru": "а", "en": "a"}
LEVELS: dict[str, Any] = {
    "kind": "categories",
    "title": TITLE,
    "field": "level",
    "categories": [{"value": value, "title": TITLE, "symbol": {}} for value in (1, "2")],
}
CLASSES: dict[str, Any] = {
    "kind": "classes",
    "title": TITLE,
    "field": "level",
    "method": TITLE,
    "breaks": [0.5, 1000],
    "colours": ["#000001", "#000002", "#000003"],
}


def layer(style: dict[str, Any], **more: Any) -> Layer:
    """Synthetic."""
    point = {"role": "geometry", "type": "Point"}
    fields = {"fid": {"role": "id", "type": "text"}, "level": {"type": "integer"}, "geom": point}
    source = {"file": "a.csv", "licence": "CC0-1.0", "attribution": TITLE}
    made = {"id": "a", "theme": "nature", "title": TITLE, "source": source, "fields": fields, **more}
    return Layer.model_validate({**made, "styles": {"default": style}})


def test_classes_take_their_lower_bound_and_leave_out_the_upper() -> None:
    drawn = layer(CLASSES)
    found = rules(drawn, drawn.styles["default"])  # type: ignore[arg-type]
    assert [rule.when for rule in found] == [
        Between("level", None, 0.5),
        Between("level", 0.5, 1000),
        Between("level", 1000, None),
        Missing("level"),
    ]
    assert [rule.symbol.fill for rule in found] == ["#000001", "#000002", "#000003", "#d9d9d9"]
    assert [rule.title.ru for rule in found] == [
        "менее 0,5",
        "от 0,5 до 1\u00a0000",
        "1\u00a0000 и более",
        "нет данных",
    ]
    assert [rule.title.en for rule in found] == ["below 0.5", "0.5 to 1,000", "1,000 and more", "no data"]


def test_categories_are_of_the_type_of_their_field() -> None:
    drawn = layer(LEVELS)
    found = rules(drawn, drawn.styles["default"])  # type: ignore[arg-type]
    assert [rule.when for rule in found] == [Equal("level", 1), Equal("level", 2), Unlisted("level", (1, 2))]


@pytest.mark.parametrize(
    ("style", "more", "told"),
    [
        ({"categories": [*LEVELS["categories"], LEVELS["categories"][0]]}, {}, "1 stands there more than once"),
        ({"categories": [{**LEVELS["categories"][0], "value": "high"}]}, {}, "whole numbers"),
        ({}, {"kind": "table", "fields": {"level": {"role": "id", "type": "integer"}}}, "with a geometry"),
    ],
)
def test_a_style_that_cannot_be_drawn_is_told(style: dict[str, Any], more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        layer(LEVELS | style, **more)
    assert told in str(raised.value.errors())
