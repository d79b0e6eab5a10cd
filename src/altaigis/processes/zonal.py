"""Statistics of a raster within each polygon of a layer: of its values, or of the classes that it has."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from altaigis.analytics import zonal
from altaigis.analytics.values import Flags, Numbers
from altaigis.domain.declared import Identifier
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.style import PaletteStyle, RampStyle
from altaigis.domain.text import Text
from altaigis.domain.wording import told
from altaigis.errors import ParameterError
from altaigis.processes import legend
from altaigis.processes.chart import Bars
from altaigis.processes.data import Data, Units, blamed, decimals
from altaigis.processes.inputs import OfUnits, asked
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.summary import Figure, Flag, LeftOut, Summary, listed

#: Below this part of its area a polygon's figures are those of a part of it.
WELL_COVERED = 0.9
#: With fewer cells than these the figures of a polygon say more of the grid than of the ground.
FEW_CELLS = 10

Level = Annotated[float, Field(ge=0, le=1)]


class ZonalInputs(OfUnits):
    raster: Identifier = asked(
        Text(ru="Растр", en="Raster"),
        Text(
            ru="Растровый слой: высоты, климатические зоны, наземный покров.",
            en="A raster layer: elevation, climate zones, land cover.",
        ),
        "elevation",
        role="raster",
    )
    quantiles: tuple[Level, ...] = asked(
        Text(ru="Квантили", en="Quantiles"),
        Text(
            ru="Доли площади от 0 до 1: 0,5 — медиана. Для растра классов не нужны.",
            en="Parts of the area from 0 to 1: 0.5 is the median. Of no use for a raster of classes.",
        ),
        (0.25, 0.5, 0.75),
        max_length=19,
    )
    breaks: tuple[float, ...] | None = asked(
        Text(ru="Границы классов", en="Breaks"),
        Text(
            ru="Внутренние границы классов значений по возрастанию; если даны, считаются доли площади по классам.",
            en="Inner bounds of classes of values, ascending; with them shares of the area by class are counted.",
        ),
        None,
        min_length=1,
        max_length=30,
    )


def run(inputs: ZonalInputs, data: Data, context: Context) -> Result:
    context.step("reading")
    units = data.units(inputs.units, polygons=True)
    with data.raster(inputs.raster) as (layer, band), blamed("inputs.raster"):
        context.step("counting")
        _require_fit(inputs, layer)
        if inputs.breaks or isinstance(layer.style("default"), PaletteStyle):
            found = zonal.shares(band, units.frame, inputs.breaks)
            return _shares(layer, units, found, _class_titles(layer, inputs.breaks, found.classes))
        return _statistics(layer, units, zonal.statistics(band, units.frame, inputs.quantiles))


def _require_fit(inputs: ZonalInputs, layer: Layer) -> None:
    if inputs.breaks and isinstance(layer.style("default"), PaletteStyle):
        raise ParameterError(
            "inputs.breaks", f"is for a raster of values; '{layer.id}' has classes, whose shares are told without it"
        )
    if inputs.breaks and any(low >= high for low, high in pairwise(inputs.breaks)):
        raise ParameterError("inputs.breaks", "ascend, each above the one before it")


def _statistics(layer: Layer, units: Units, found: zonal.ZonalStatistics) -> Result:
    style = layer.style("default")
    unit = style.unit if isinstance(style, RampStyle) else None
    columns: dict[str, Numbers] = {
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "deviation": found.deviation,
        "covered": 100 * found.covered,
    }
    digits = decimals(found.mean)
    fields = {
        name: LayerField(type="number", title=title, unit=unit, digits=digits) for name, title in _STATISTICS.items()
    }
    for level, column in zip(found.levels, found.quantiles.T, strict=True):
        name = f"q{100 * level:g}".replace(".", "_")
        columns[name] = column
        fields[name] = LayerField(
            type="number",
            digits=digits,
            title=Text(ru=f"Квантиль {level:g}".replace(".", ","), en=f"Quantile {level:g}"),
            unit=unit,
        )
    fields["covered"] = COVERED
    there: Flags = ~np.isnan(found.mean)
    top, bottom = int(np.nanargmax(found.mean)), int(np.nanargmin(found.mean))
    text = Text(
        ru=(
            f"«{layer.title.ru}», средние по единицам слоя «{units.layer.title.ru}»: от "
            f"{told(found.mean[bottom], unit, 'ru')} ({units.title(bottom)}) до "
            f"{told(found.mean[top], unit, 'ru')} ({units.title(top)}). Каждая ячейка растра учтена той частью, "
            "которая лежит внутри полигона, с её площадью. Среднее не говорит о разбросе внутри единицы — для него "
            "есть отклонение и квантили — и не точнее сетки растра."
        ),
        en=(
            f"“{layer.title.en}”, means of the units of “{units.layer.title.en}”: from "
            f"{told(found.mean[bottom], unit, 'en')} ({units.name_en(bottom)}) to "
            f"{told(found.mean[top], unit, 'en')} ({units.name_en(top)}). Each cell of the raster counts with the "
            "part of it that lies inside the polygon, by its area. A mean tells nothing of the spread within a unit "
            "– the deviation and the quantiles do – and is no finer than the grid of the raster."
        ),
    )
    return Result(
        title=_title(layer, units),
        units=units,
        fields=fields,
        columns=columns,
        styles={"default": legend.classes("mean", layer.title, found.mean)},
        summary=Summary(
            text,
            {
                "units": Figure(Text(ru="Единиц с результатом", en="Units with a result"), int(there.sum())),
                "low": Figure(Text(ru="Наименьшее среднее", en="Lowest mean"), float(found.mean[bottom]), unit),
                "high": Figure(Text(ru="Наибольшее среднее", en="Highest mean"), float(found.mean[top]), unit),
            },
            _flags(units, found),
            _outside(units, found),
            chart=Bars("mean"),
        ),
    )


def _shares(layer: Layer, units: Units, found: zonal.ZonalShares, titles: dict[int, tuple[Text, str]]) -> Result:
    there: Flags = found.covered > 0
    leading = np.where(there, np.nan_to_num(found.shares).argmax(axis=1), -1)
    columns: dict[str, Any] = {
        "leading": np.array([str(found.classes[at]) if at >= 0 else None for at in leading], dtype=object)
    }
    fields = {
        "leading": LayerField(
            type="text",
            title=Text(ru="Преобладающий класс", en="Leading class"),
            values={str(value): titles[value][0] for value in found.classes},
        )
    }
    for value, column in zip(found.classes, found.shares.T, strict=True):
        name = f"share_{value}".replace("-", "minus_")
        title = titles[value][0]
        columns[name] = 100 * column
        fields[name] = LayerField(
            type="number", digits=2, unit="%", title=Text(ru=f"Доля: {title.ru}", en=f"Share: {title.en}")
        )
    columns["covered"], fields["covered"] = 100 * found.covered, COVERED
    areas = found.covered * found.cells
    whole = np.nan_to_num(found.shares).T @ areas / areas.sum()
    order = np.argsort(-whole, kind="stable")
    first = [found.classes[at] for at in order[:3]]
    leads = {
        language: listed(
            [
                f"{titles[v][0].in_(language)} ({told(100 * whole[at], '%', language, 1)})"
                for v, at in zip(first, order, strict=False)
            ]
        )
        for language in ("ru", "en")
    }
    text = Text(
        ru=(
            f"«{layer.title.ru}» по единицам слоя «{units.layer.title.ru}»: на всей площади больше всего — "
            f"{leads['ru']}. Доли считаются от площади, для которой у растра есть значения; ячейка учтена той "
            "частью, которая лежит внутри полигона. Преобладающий класс — самый большой, но бывает и меньше половины."
        ),
        en=(
            f"“{layer.title.en}” by the units of “{units.layer.title.en}”: most of the whole area is {leads['en']}. "
            "Shares are those of the area for which the raster has values; a cell counts with the part of it that "
            "lies inside the polygon. The leading class is the largest one, which need not be more than a half."
        ),
    )
    return Result(
        title=_title(layer, units),
        units=units,
        fields=fields,
        columns=columns,
        styles={
            "default": legend.categories(
                "leading",
                Text(ru="Преобладающий класс", en="Leading class"),
                {str(v): titles[v] for v in found.classes},
            )
        },
        summary=Summary(
            text,
            {"units": Figure(Text(ru="Единиц с результатом", en="Units with a result"), int(there.sum()))}
            | {
                f"share_{found.classes[at]}": Figure(titles[found.classes[at]][0], float(100 * whole[at]), "%")
                for at in order
            },
            _flags(units, found),
            _outside(units, found),
            {"classes": _rows(found.classes, titles, whole)},
            Bars("share", table="classes"),
        ),
    )


def _rows(classes: tuple[int, ...], titles: Mapping[int, tuple[Text, str]], whole: Numbers) -> list[dict[str, Any]]:
    """The share of each class in the area of all units, percent."""
    return [
        {"id": value, "title": titles[value][0].model_dump(), "colour": titles[value][1], "share": float(100 * share)}
        for value, share in zip(classes, whole, strict=True)
    ]


COVERED = LayerField(
    type="number",
    digits=1,
    unit="%",
    title=Text(ru="Покрыто растром", en="Covered by the raster"),
    description=Text(
        ru="Часть площади, для которой у растра есть значения.",
        en="The part of the area that the raster has values for.",
    ),
)
_STATISTICS = {
    "mean": Text(ru="Среднее", en="Mean"),
    "low": Text(ru="Наименьшее", en="Lowest"),
    "high": Text(ru="Наибольшее", en="Highest"),
    "deviation": Text(ru="Стандартное отклонение", en="Standard deviation"),
}


def _title(layer: Layer, units: Units) -> Text:
    return Text(ru=f"{layer.title.ru}: {units.layer.title.ru}", en=f"{layer.title.en}: {units.layer.title.en}")


def _class_titles(
    layer: Layer, breaks: tuple[float, ...] | None, classes: tuple[int, ...]
) -> dict[int, tuple[Text, str]]:
    """Title and colour of each class: those of the raster's legend, or the bounds."""
    if breaks is not None:
        colours = legend.spread(legend.SEQUENTIAL, len(breaks) + 1)
        return {at: (legend.between(breaks, at), colours[at]) for at in range(len(breaks) + 1)}
    style = layer.style("default")
    known = {entry.value: entry for entry in style.entries} if isinstance(style, PaletteStyle) else {}
    unknown = (value for value in classes if value not in known)
    return {value: (entry.title, entry.colour) for value, entry in known.items()} | {
        value: (Text(ru=f"класс {value}", en=f"class {value}"), legend.NO_DATA) for value in unknown
    }


def _flags(units: Units, found: zonal.ZonalStatistics | zonal.ZonalShares) -> list[Flag]:
    part = (found.covered > 0) & (found.covered < WELL_COVERED)
    few = (found.covered > 0) & (found.cells < FEW_CELLS)
    flags = {
        "partly_covered": (
            part,
            Text(
                ru=f"У единиц, которые растр покрывает меньше чем на 90 % ({part.sum()}), это числа части площади.",
                en=f"Of units that the raster covers by less than 90 % ({part.sum()}) these are figures of a part.",
            ),
        ),
        "few_cells": (
            few,
            Text(
                ru=f"Единицы меньше {FEW_CELLS} ячеек растра ({few.sum()}): числа говорят больше о сетке, чем о месте.",
                en=f"Units of fewer than {FEW_CELLS} cells ({few.sum()}): the figures tell of the grid, not the place.",
            ),
        ),
    }
    return [Flag(code, text, units.named(which)) for code, (which, text) in flags.items() if which.any()]


def _outside(units: Units, found: zonal.ZonalStatistics | zonal.ZonalShares) -> list[LeftOut]:
    text = Text(ru="Растр не имеет здесь значений.", en="The raster has no values there.")
    return [LeftOut("outside", text, units.named(found.covered == 0))]


PROCESS = Process(
    id="zonal-statistics",
    title=Text(ru="Зональная статистика", en="Zonal statistics"),
    description=Text(
        ru=(
            "Статистика растра внутри каждого полигона слоя: среднее, крайние значения, отклонение и квантили, или "
            "доли площади по классам. Каждая ячейка учитывается той частью, которая лежит внутри (exactextract)."
        ),
        en=(
            "Statistics of a raster within each polygon of a layer: mean, extremes, deviation and quantiles, or "
            "shares of the area by class. Each cell counts with the part of it that lies inside (exactextract)."
        ),
    ),
    method=Method(
        formula=(
            "mean = Σ f_c x_c / Σ f_c over the cells c, f_c the part of a cell that lies in the unit; shares and "
            "quantiles with the same weights"
        ),
        citations=("Tomlin 1990, Geographic Information Systems and Cartographic Modeling",),
    ),
    version="2",
    inputs=ZonalInputs,
    run=run,
    example={"raster": "elevation"},
    heavy=True,
)
