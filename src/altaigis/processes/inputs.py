"""What processes can be asked: the parts that their inputs have in common."""

import re
from calendar import monthrange
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticUndefined

from altaigis.domain.declared import Declared, Identifier, kind_by_key
from altaigis.domain.text import Text


class Inputs(Declared):
    """Inputs of a process, checked. Each has a title and a description in both languages in its schema."""


def asked(title: Text, description: Text, default: Any = PydanticUndefined, **rules: Any) -> Any:
    """A field of inputs with its words in both languages.

    Args:
        rules: of pydantic's ``Field``; ``choices`` has the title of each value of a closed list, ``role`` tells what
            kind of name is meant: ``polygons``, ``raster``, ``field``, ``parameter``, ``unit``; or ``days``.
    """
    extra: dict[str, Any] = {"x-titles": title.model_dump(), "x-descriptions": description.model_dump()}
    choices: dict[str, Text] | None = rules.pop("choices", None)
    if choices:
        extra["x-choices"] = {value: told.model_dump() for value, told in choices.items()}
    if role := rules.pop("role", None):
        extra["x-role"] = role
    return Field(default, title=title.en, description=description.en, json_schema_extra=extra, **rules)


def named(title: Text, description: Text) -> ConfigDict:
    """The words for a form that an input may have beside others."""
    return ConfigDict(json_schema_extra={"x-titles": title.model_dump(), "x-descriptions": description.model_dump()})


STATISTICS = {
    "mean": Text(ru="среднее", en="mean"),
    "min": Text(ru="наименьшее", en="minimum"),
    "max": Text(ru="наибольшее", en="maximum"),
    "sum": Text(ru="сумма", en="sum"),
}


def days_of(text: str) -> tuple[date, date]:
    """The first and the last day of a day, a month or a year, or of two of them with a slash between.

    Raises:
        ValueError: it is none of these, or ends before it begins.
    """
    begin, _, end = text.partition("/")
    first, last = _ends(begin)[0], _ends(end or begin)[1]
    if first > last:
        raise ValueError("ends before it begins")
    return first, last


def _ends(text: str) -> tuple[date, date]:
    found = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text.strip(), re.ASCII)
    if not found or found[1] == "0000":
        raise ValueError("is no day, month or year like 2023-07-15, 2023-07 and 2023")
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None, "it has matched"
    first = date(year, month or 1, day or 1)
    last_month = month or 12
    return first, date(year, last_month, day or monthrange(year, last_month)[1])


def _whole_days(text: str) -> str:
    days_of(text)
    return text


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
        Text(ru="Поле", en="Field"), Text(ru="Числовое поле слоя.", en="A numeric field of the layer."), role="field"
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


Statistic = Literal["mean", "min", "max", "sum"]


class ObservedValue(Declared):
    """What stations have observed over a time."""

    model_config = named(
        Text(ru="Наблюдения за время", en="Observations over a time"),
        Text(ru="Что пункты наблюдали за это время.", en="What stations have observed over that time."),
    )

    parameter: str = asked(
        Text(ru="Что наблюдается", en="What is observed"),
        Text(
            ru="Что измеряют пункты (код: air_temperature, pm2_5).", en="What stations measure (code: air_temperature)."
        ),
        max_length=63,
        role="parameter",
    )
    datetime: Annotated[str, AfterValidator(_whole_days)] = asked(
        Text(ru="За какое время", en="Of which time"),
        Text(
            ru="Целые сутки Барнаула: 2023-07-15, 2023-07, 2023 или два таких через дробь.",
            en="Whole days of Barnaul: 2023-07-15, 2023-07, 2023, or two of these with a slash between them.",
        ),
        role="days",
    )
    statistic: Statistic | None = asked(
        Text(ru="Чем выражено", en="Statistic"),
        Text(
            ru="Если не указано, среднее, а для осадков и подобного — сумма.",
            en="If none, the mean, and of precipitation and its like the sum.",
        ),
        None,
        choices=dict(STATISTICS),
    )
    completeness: float = asked(
        Text(ru="Полнота, не меньше", en="Least completeness"),
        Text(
            ru="Доля ожидаемых значений; у каких пунктов их меньше, те не участвуют.",
            en="The share of the expected values; stations that have less take no part.",
        ),
        0.75,
        ge=0,
        le=1,
    )
    synthetic: bool | None = asked(
        Text(ru="Синтетические ряды", en="Synthetic series"),
        Text(
            ru="Да — только они, нет — только измеренные; если не указано, они лишь там, где измеренных нет.",
            en="Yes: these alone, no: measured ones alone; if none, these only where there is no measured one.",
        ),
        None,
    )

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        return days_of(self.datetime)


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
