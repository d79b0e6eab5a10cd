"""What a field means and what it does not, in plain words, and the figures behind them."""

import math
from typing import Any

import numpy as np

from altaigis.domain.text import LANGUAGES, Language, Text
from altaigis.domain.wording import number, told
from altaigis.processes import notes
from altaigis.processes.chart import Scatter
from altaigis.processes.data import Units
from altaigis.processes.interpolation.field import Field
from altaigis.processes.interpolation.followed import Followed
from altaigis.processes.interpolation.method import MODELS, TITLES
from altaigis.processes.summary import Figure, Flag, LeftOut, Summary, listed

#: Of fewer stations no figure of a check is worth much.
FEW = 15
#: Standard errors that are wrong by more than this factor are told of.
FAR_OFF = 1.5
#: A variogram that is all nugget but for this part says that nearness means nothing.
NO_LIKENESS = 0.05
#: A share of the map that is worth a word.
SOME = 0.01


def summary(field: Field) -> Summary:
    """Figures, flags, and what it all means."""
    return Summary(
        Text(ru=_text(field, "ru"), en=_text(field, "en")),
        _figures(field),
        _flags(field),
        _left_out(field),
        {"stations": _residuals(field), "contours": [float(level) for level in field.levels]},
        Scatter("value", "guessed", line="equal", table="stations"),
    )


def nature_of_error(field: Field) -> Text:
    """What the standard error tells."""
    return _KRIGED if field.inputs.method.krieges else _TRIED


def _text(field: Field, language: Language) -> str:
    unit, check, values = field.values.unit, field.applied.validation, field.surface.values
    spread = _words(_GOOD if check.r2 > 0 else _USELESS, language) if math.isfinite(check.r2) else ""
    said = [
        _words(_WHAT, language).format(
            title=field.values.title.in_(language),
            count=len(field.known),
            method=TITLES[field.inputs.method.kind].in_(language),
            low=told(float(np.nanmin(values)), unit, language),
            high=told(float(np.nanmax(values)), unit, language),
        ),
        _words(_CHECKED, language).format(rmse=told(check.rmse, unit, language), mae=told(check.mae, unit, language)),
        spread.format(share=number(100 * check.r2, language, 0)),
        nature_of_error(field).in_(language),
        _words(_BEYOND if field.inputs.beyond_hull else _WITHIN, language),
        _words(_SYNTHETIC, language) if field.is_synthetic else "",
    ]
    return " ".join(part for part in said if part)


def _words(text: Text, language: Language) -> str:
    return text.in_(language)


_WHAT = Text(
    ru="«{title}» между пунктами ({count}): {method}. Значения карты, от {low} до {high}, — оценки: измерено только в "
    "пунктах.",
    en="“{title}” between stations ({count}): {method}. What the map shows, from {low} to {high}, are estimates: "
    "it was measured at the stations alone.",
)
_CHECKED = Text(
    ru="Скрытый пункт угадывается по остальным с ошибкой в среднем {mae} (среднеквадратическая — {rmse}).",
    en="A hidden station is guessed from the others with an error of {mae} on average (root mean square {rmse}).",
)
_GOOD = Text(
    ru="Так объясняется {share} % различий между пунктами; об остальных карта не знает.",
    en="So {share} % of the differences between stations are explained; of the rest the map knows nothing.",
)
_USELESS = Text(
    ru="Это не лучше, чем назвать всюду среднее всех пунктов: рисунку между пунктами верить нельзя.",
    en="That is no better than to name the mean of all stations everywhere: what is drawn between them means nothing.",
)
_KRIGED = Text(
    ru="Стандартная ошибка рядом — кригинга: если верна вариограмма, истинное значение примерно в двух случаях из трёх "
    "отличается от оценки не больше чем на неё. У пунктов она мала, вдали от них растёт.",
    en="The standard error beside it is that of kriging: if the variogram is right, the true value differs from the "
    "estimate by no more than it in about two cases of three. It is small at stations and grows away from them.",
)
_TRIED = Text(
    ru="Ошибка рядом — не свойство метода, который о ней ничего не говорит, а опыт: насколько он ошибался у ближайших "
    "пунктов, когда их скрывали. У самих пунктов она не падает до нуля.",
    en="The error beside it is no property of the method, which tells none, but experience: how wrong it was at the "
    "stations around when they were hidden. It does not fall to zero at stations.",
)
_WITHIN = Text(
    ru="За крайними пунктами карта пуста: там с другой стороны не измеряет никто.",
    en="Beyond the outermost stations the map is empty: nobody measures on the other side there.",
)
_BEYOND = Text(
    ru="Карта идёт и за крайние пункты, где с другой стороны не измеряет никто: там она догадка.",
    en="The map goes beyond the outermost stations, where nobody measures on the other side: there it is a guess.",
)
_SYNTHETIC = Text(
    ru="Исходный ряд синтетический: о настоящем месте карта не говорит ничего.",
    en="The values come from a synthetic series: the map says nothing of the real place.",
)


def _figures(field: Field) -> dict[str, Figure]:
    unit, check, surface = field.values.unit, field.applied.validation, field.surface
    found = {
        "stations": Figure(Text(ru="Пунктов в расчёте", en="Stations taken part"), len(field.known)),
        "low": Figure(Text(ru="Наименьшая оценка", en="Lowest estimate"), float(np.nanmin(surface.values)), unit),
        "high": Figure(Text(ru="Наибольшая оценка", en="Highest estimate"), float(np.nanmax(surface.values)), unit),
        "error": Figure(
            Text(ru="Стандартная ошибка, медиана", en="Standard error, median"),
            float(np.nanmedian(surface.errors)),
            unit,
        ),
        "mean_error": Figure(
            Text(ru="Средняя ошибка при проверке", en="Mean error of the check"), check.mean_error, unit
        ),
        "rmse": Figure(Text(ru="Среднеквадратическая ошибка", en="Root mean square error"), check.rmse, unit),
        "mae": Figure(Text(ru="Средняя абсолютная ошибка", en="Mean absolute error"), check.mae, unit),
        "r2": Figure(Text(ru="R² проверки", en="R² of the check"), check.r2),
        "standardised_mean": Figure(
            Text(ru="Стандартизованная ошибка, средняя", en="Standardised error, mean"), check.standardised_mean
        ),
        "standardised_rmse": Figure(
            Text(ru="Стандартизованная ошибка, среднеквадратическая", en="Standardised error, root mean square"),
            check.standardised_rmse,
        ),
        "groups": Figure(Text(ru="Групп при проверке", en="Groups of the check"), check.groups),
        "cell": Figure(Text(ru="Сторона ячейки", en="Side of a cell"), surface.grid.cell / 1000, "km"),
    }
    if variogram := field.applied.variogram:
        squared = f"({unit})²" if unit else None
        found |= {
            "model": Figure(Text(ru="Модель вариограммы", en="Model of the variogram"), MODELS[variogram.model]),
            "sill": Figure(Text(ru="Порог без наггета", en="Sill without the nugget"), variogram.sill, squared),
            "nugget": Figure(Text(ru="Наггет", en="Nugget"), variogram.nugget, squared),
            "range": Figure(Text(ru="Радиус", en="Range"), variogram.range / 1000, "km"),
        }
        if variogram.model == "linear":
            del found["range"]
    return found


def _flags(field: Field) -> list[Flag]:
    check, variogram, known = field.applied.validation, field.applied.variogram, field.known
    off = check.standardised_rmse
    conditions = {
        "few_stations": len(known) < FEW,
        "no_likeness": bool(
            variogram
            and variogram.model != "linear"
            and variogram.sill < NO_LIKENESS * (variogram.sill + variogram.nugget)
        ),
        "no_better_than_the_mean": check.r2 <= 0,
        "error_too_small": off > FAR_OFF,
        "error_too_large": off < 1 / FAR_OFF,
        "negative": bool(np.nanmin(field.surface.values) < 0 <= known.values.min()),
        "beyond_the_stations": field.inputs.beyond_hull,
        "no_contours": not field.levels and field.inputs.contour_step is None,
        "step_too_large": not field.levels and field.inputs.contour_step is not None,
        "one_variogram": variogram is not None,
    }
    found = notes.of_values([field.values])
    there = known.which >= 0
    if known.merged:
        shared = np.bincount(known.which[there])[known.which] > 1
        found.append(Flag("one_place", _one_place(field.points, there & shared), field.points.named(there & shared)))
    if field.followed:
        found += _of_drift(field, field.followed, there)
    return found + [Flag(code, _FLAGS[code]) for code, is_so in conditions.items() if is_so]


def _of_drift(field: Field, drift: Followed, there: np.ndarray) -> list[Flag]:
    """Where what the field follows is not what the stations have."""
    found = []
    off = drift.off(there)
    if off.any():
        text = Text(
            ru="У этих пунктов растр далёк от того, что они говорят о себе сами (взято своё): "
            f"{_off(field, off, 'ru')}.",
            en="At these stations the raster is far from what they say of themselves, which was taken: "
            f"{_off(field, off, 'en')}.",
        )
        found.append(Flag("off_the_raster", text, field.points.named(off)))
    beyond = drift.beyond(there, ~np.isnan(field.surface.values))
    if beyond > SOME:
        low, high = np.nanmin(drift.at_points[there]), np.nanmax(drift.at_points[there])
        ru, en = (
            (told(100 * beyond, "%", language), told(low, None, language), told(high, drift.unit, language))
            for language in LANGUAGES
        )
        text = Text(
            ru=f"На {ru[0]} карты растр выходит за то, что есть у пунктов (от {ru[1]} до {ru[2]}): там зависимость "
            "продолжена за измеренное.",
            en=f"On {en[0]} of the map the raster is beyond what the stations have ({en[1]} to {en[2]}): there the "
            "relation is drawn on beyond what was measured.",
        )
        found.append(Flag("beyond_the_drift", text))
    return found


def _off(field: Field, off: np.ndarray, language: Language) -> str:
    """``Belokurikha (260, raster 614 m)``."""
    drift, word = field.followed, {"ru": "растр", "en": "raster"}[language]
    assert drift is not None, "there is none to be off"
    pairs = zip(field.points.titles(off, language), drift.at_points[off], drift.sampled[off], strict=True)
    return listed(
        [
            f"{name} ({told(own, None, language)}, {word} {told(there, drift.unit, language)})"
            for name, own, there in pairs
        ]
    )


def _one_place(points: Units, shared: np.ndarray) -> Text:
    return Text(
        ru=f"Эти пункты стоят в одном месте с другими, взято их среднее: {listed(points.titles(shared, 'ru'))}.",
        en=f"These stations are in one place with others, whose mean was taken: {listed(points.titles(shared, 'en'))}.",
    )


_FLAGS = {
    "few_stations": Text(
        ru=f"Пунктов меньше {FEW}: и поле, и его проверка шатки.",
        en=f"There are fewer than {FEW} stations: the field is shaky, and so is its check.",
    ),
    "no_likeness": Text(
        ru="Вариограмма почти вся из наггета: близкие пункты похожи не больше далёких, и поле — почти одно среднее.",
        en="The variogram is nearly all nugget: stations nearby are no more alike than distant ones, and the field is "
        "little but their mean.",
    ),
    "no_better_than_the_mean": Text(
        ru="Скрытые пункты угадываются не лучше, чем средним всех.",
        en="Hidden stations are guessed no better than by the mean of all.",
    ),
    "error_too_small": Text(
        ru="При проверке ошибки были больше, чем говорит стандартная ошибка: она занижена.",
        en="The errors of the check were larger than the standard error says: it is too small.",
    ),
    "error_too_large": Text(
        ru="При проверке ошибки были меньше, чем говорит стандартная ошибка: она завышена.",
        en="The errors of the check were smaller than the standard error says: it is too large.",
    ),
    "negative": Text(
        ru="Местами оценка ниже нуля, хотя ни одно значение таким не было: метод о границах величины не знает.",
        en="In places the estimate is below zero, though no value was: the method knows nothing of such bounds.",
    ),
    "beyond_the_stations": Text(
        ru="Часть карты лежит за крайними пунктами.", en="A part of the map lies beyond the outermost stations."
    ),
    "step_too_large": Text(
        ru="Шаг изолиний больше размаха поля: изолиний нет; возьмите шаг меньше.",
        en="The step of the contours is larger than the range of the field: there are none; choose a smaller one.",
    ),
    "one_variogram": Text(
        ru="Вариограмма подобрана по всем пунктам, и при проверке остаётся той же: ошибки проверки чуть занижены.",
        en="The variogram is fitted to all stations, and the check keeps it: its errors are a little too small.",
    ),
    "no_contours": Text(ru="Поле почти ровное: изолиний нет.", en="The field is nearly level: there are no contours."),
}


def _left_out(field: Field) -> list[LeftOut]:
    thin = np.isin(field.points.ids, field.values.incomplete)
    missing = np.isnan(field.values.numbers) & ~thin
    outside = (field.known.which < 0) & ~missing & ~thin
    text = Text(ru="Растр, которому следует поле, не имеет здесь значений.", en="The raster has no values there.")
    return [
        LeftOut("missing", notes.MISSING, field.points.named(missing)),
        LeftOut("incomplete", _INCOMPLETE, field.points.named(thin)),
        LeftOut("outside", text, field.points.named(outside)),
    ]


_INCOMPLETE = Text(ru="Значений меньше, чем требует полнота.", en="There are fewer values than the completeness asks.")


def _residuals(field: Field) -> list[dict[str, Any]]:
    """A row for each feature that has taken part: what is known there, and what was guessed when it was hidden."""
    check, known = field.applied.validation, field.known
    # two more than values are good for, so that nothing is lost where they are added up
    digits = field.values.digits + 2
    return [
        {
            "id": field.points.ids[at],
            "name": field.points.title(at),
            "name_en": field.points.name_en(at),
            "value": round(float(known.values[station]), digits),
            "guessed": round(float(known.values[station] + check.residuals[station]), digits),
            "residual": round(float(check.residuals[station]), digits),
            "error": round(float(check.errors[station]), digits),
        }
        for at, station in enumerate(known.which)
        if station >= 0
    ]
