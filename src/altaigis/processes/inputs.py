"""What processes can be asked: the parts that their inputs have in common."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticUndefined

from altaigis.domain.declared import Declared, Identifier, kind_by_key
from altaigis.domain.text import Text


class Inputs(Declared):
    """Inputs of a process, checked. Each has a title and a description in both languages in its schema."""


def asked(title: Text, description: Text, default: Any = PydanticUndefined, **rules: Any) -> Any:
    """A field of inputs with its words in both languages.

    Args:
        rules: of pydantic's ``Field``; ``choices`` has the title of each value of a closed list, ``role`` tells what
            kind of name is meant: ``polygons``, ``raster``.
    """
    extra: dict[str, Any] = {"x-titles": title.model_dump(), "x-descriptions": description.model_dump()}
    choices: dict[str, Text] | None = rules.pop("choices", None)
    if choices:
        extra["x-choices"] = {value: told.model_dump() for value, told in choices.items()}
    if role := rules.pop("role", None):
        extra["x-role"] = role
    return Field(default, title=title.en, description=description.en, json_schema_extra=extra, **rules)


class PastValue(Declared):
    """An indicator in a period."""

    indicator: str = asked(
        Text(ru="Показатель", en="Indicator"),
        Text(ru="Код показателя.", en="Code of the indicator."),
        max_length=80,
        role="indicator",
    )
    period: int | None = asked(
        Text(ru="Год", en="Year"),
        Text(
            ru="Если не указан, последний, за который есть данные.", en="If none, the last one that there are data for."
        ),
        None,
        ge=1,
        le=9999,
    )


class IndicatorVariable(PastValue):
    """An indicator in a period, or its ratio to another."""

    per: PastValue | None = asked(
        Text(ru="На единицу чего", en="Per"),
        Text(
            ru="Показатель, на который делится этот: население.",
            en="The indicator that this is divided by: population.",
        ),
        None,
    )

    @property
    def name(self) -> str:
        return self.indicator


class FieldVariable(Declared):
    """A numeric field of the layer of units, or of another one with the same ids (the result of an analysis)."""

    field: Identifier = asked(
        Text(ru="Поле", en="Field"), Text(ru="Числовое поле слоя.", en="A numeric field of the layer.")
    )
    layer: Identifier | None = asked(
        Text(ru="Слой поля", en="Layer of the field"),
        Text(
            ru="Слой с теми же кодами единиц; если не указан, сам слой единиц.",
            en="A layer with the same ids of units; if none, the layer of units itself.",
        ),
        None,
    )

    @property
    def name(self) -> str:
        return self.field


def _spelled_out(value: object) -> object:
    """A plain text is the short form of an indicator in its last period."""
    return {"indicator": value} if isinstance(value, str) else value


#: One noun for what is compared: ``{indicator: …, period: …, per: …}`` or ``{field: …, layer: …}``.
Variable = Annotated[
    Annotated[IndicatorVariable, Tag("of an indicator")] | Annotated[FieldVariable, Tag("of a layer")],
    Discriminator(
        kind_by_key({"indicator": "of an indicator", "field": "of a layer"}),
        custom_error_type="variable",
        custom_error_message="must be one of {indicator: …, period: …, per: …} and {field: …, layer: …}",
    ),
    BeforeValidator(_spelled_out, json_schema_input_type=str | IndicatorVariable | FieldVariable),
]

UNITS = asked(
    Text(ru="Территории", en="Units"),
    Text(ru="Слой, объекты которого сравниваются.", en="The layer whose features are compared."),
    "districts",
    role="polygons",
)


class OfUnits(Inputs):
    """Inputs of an analysis of the features of a layer."""

    units: Identifier = UNITS
