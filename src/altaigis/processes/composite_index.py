"""One index of several indicators, and how sure its ranking is."""

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from altaigis.analytics.composite import (
    Aggregation,
    Composite,
    Missing,
    RankIntervals,
    Recipe,
    Scaling,
    Weighting,
    composite,
    rank_intervals,
)
from altaigis.domain.declared import Declared
from altaigis.domain.layer import LayerField
from altaigis.domain.text import LANGUAGES, Language, Text
from altaigis.domain.wording import told
from altaigis.errors import ParameterError
from altaigis.processes import legend, notes
from altaigis.processes.chart import Intervals
from altaigis.processes.data import Data, blamed
from altaigis.processes.inputs import FieldVariable, IndicatorVariable, OfUnits, Variable, asked
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.profile import MOST_VARIABLES, Profile, profile
from altaigis.processes.summary import Figure, Flag, Summary, listed

#: Places between the ends of a rank interval from which on a rank is not worth naming.
WIDE = 0.25


class Component(Declared):
    """An indicator of the index."""

    variable: Variable = asked(
        Text(ru="Показатель", en="Variable"),
        Text(ru="Показатель с годом или поле слоя.", en="An indicator with its year, or a field of a layer."),
    )
    less_is_better: bool | None = asked(
        Text(ru="Меньше — лучше", en="Less is better"),
        Text(
            ru="Если не сказано, направление берётся из описания показателя.",
            en="If nothing is said, the direction is that of the indicator's description.",
        ),
        None,
    )
    weight: float | None = asked(
        Text(ru="Вес", en="Weight"),
        Text(
            ru="Доля от 0 до 1; даётся всем показателям или ни одному, сумма 1.",
            en="From 0 to 1; given to all indicators or to none, with the sum 1.",
        ),
        None,
        ge=0,
        le=1,
    )
    goalposts: tuple[float, float] | None = asked(
        Text(ru="Опорные значения", en="Goalposts"),
        Text(
            ru="Значения, которые считаются за 0 и за 1, чтобы сравнивать годы; для шкалы «от 0 до 1».",
            en="The values that stand for 0 and 1, so that years can be compared; for the scale from 0 to 1.",
        ),
        None,
    )


def _spelled_out(value: object) -> object:
    """A variable alone is a component with nothing else said of it."""
    plain = isinstance(value, str | IndicatorVariable | FieldVariable)
    return (
        {"variable": value} if plain or (isinstance(value, dict) and {"indicator", "field"} & value.keys()) else value
    )


class CompositeInputs(OfUnits):
    indicators: tuple[
        Annotated[
            Component,
            BeforeValidator(_spelled_out, json_schema_input_type=str | IndicatorVariable | FieldVariable | Component),
        ],
        ...,
    ] = asked(
        Text(ru="Показатели", en="Indicators"),
        Text(
            ru="Из чего складывается индекс: от двух показателей.",
            en="What the index is made of: two indicators or more.",
        ),
        min_length=2,
        max_length=MOST_VARIABLES,
    )
    scaling: Scaling = asked(
        Text(ru="Шкала", en="Scale"),
        Text(ru="Как разные единицы измерения приводятся к одной.", en="How units of measurement become one."),
        "minmax",
        choices={
            "minmax": Text(ru="от 0 (худшее) до 1 (лучшее)", en="from 0 (the worst) to 1 (the best)"),
            "zscore": Text(ru="стандартные отклонения от среднего", en="standard deviations from the mean"),
            "rank": Text(ru="по местам", en="by rank"),
            "best": Text(ru="доля от наибольшего", en="share of the largest"),
        },
    )
    weighting: Weighting = asked(
        Text(ru="Веса", en="Weights"),
        Text(
            ru="Откуда берутся веса, если они не даны у показателей.",
            en="Where weights come from, if the indicators have none of their own.",
        ),
        "equal",
        choices={
            "equal": Text(ru="равные", en="equal"),
            "pca": Text(ru="главные компоненты", en="principal components"),
            "entropy": Text(ru="энтропия: больше у тех, что различают", en="entropy: more for those that set apart"),
        },
    )
    aggregation: Aggregation = asked(
        Text(ru="Сложение", en="Aggregation"),
        Text(
            ru="Арифметическое: хорошее возмещает плохое; геометрическое: меньше.",
            en="Arithmetic: the good makes up for the bad; geometric: less so.",
        ),
        "arithmetic",
        choices={
            "arithmetic": Text(ru="среднее арифметическое", en="arithmetic mean"),
            "geometric": Text(ru="среднее геометрическое", en="geometric mean"),
        },
    )
    missing: Missing = asked(
        Text(ru="Пропуски", en="Missing values"),
        Text(
            ru="Что делать с единицей, у которой нет одного из показателей.",
            en="What becomes of a unit that lacks one of the indicators.",
        ),
        "leave_out",
        choices={
            "leave_out": Text(ru="не считать", en="left out"),
            "reweigh": Text(ru="среднее остальных, если их две трети", en="the mean of the others, if two thirds"),
            "median": Text(ru="медиана показателя", en="the median of the indicator"),
        },
    )
    draws: int = asked(
        Text(ru="Проб весов", en="Draws of weights"),
        Text(
            ru="Сколько раз веса меняются случайно, чтобы узнать, насколько тверды места.",
            en="How often weights are changed by chance to learn how firm the ranks are.",
        ),
        10_000,
        ge=100,
        le=100_000,
    )
    spread: float = asked(
        Text(ru="Размах весов", en="Spread of weights"),
        Text(
            ru="Насколько меняется каждый вес: 0,25 — на четверть.", en="How far each weight moves: 0.25 is a quarter."
        ),
        0.25,
        gt=0,
        le=1,
    )


def run(inputs: CompositeInputs, data: Data, context: Context) -> Result:
    context.step("reading")
    units = data.units(inputs.units)
    known = profile([one.variable for one in inputs.indicators], units, data)
    turned = [
        bool(values.less_is_better) if one.less_is_better is None else one.less_is_better
        for one, values in zip(inputs.indicators, known.values, strict=True)
    ]
    context.step("aggregating")
    with blamed("inputs.indicators"):
        index = composite(known.frame, _recipe(inputs, known, turned))
    context.step("drawing weights")
    with blamed("inputs.draws"):
        sure = rank_intervals(index, context.rng, draws=inputs.draws, spread=inputs.spread)
    return Result(
        title=Text(ru=f"Индекс: {_names(known, 'ru')}", en=f"Index: {_names(known, 'en')}"),
        units=units,
        fields=_FIELDS | _contributions(known) | known.fields,
        columns={
            "score": index.score,
            "rank": index.rank,
            "rank_low": sure.low,
            "rank_median": sure.median,
            "rank_high": sure.high,
            "best": 100 * sure.best,
            "filled": np.where(np.isnan(index.score), np.nan, index.filled.sum(axis=1)),
        }
        | dict(zip(known.names("part"), index.contributions.T, strict=True))
        | {name: one.numbers for name, one in zip(known.names("value"), known.values, strict=True)},
        styles={
            "default": legend.classes("score", Text(ru="Индекс", en="Index"), index.score),
            "rank": legend.classes(
                "rank", Text(ru="Место (1 — лучшее)", en="Rank (1 is the best)"), index.rank, colours=_BEST_FIRST
            ),
        },
        summary=Summary(
            _text(known, index, sure, turned),
            _figures(index, sure),
            [
                *notes.of_values(known.values),
                *notes.of_close(index.close, known.titles),
                *_directions(inputs, known),
                *_filled(known, index),
                *_loose(known, index, sure),
            ],
            known.incomplete(~np.isnan(index.score)),
            {"indicators": _told(known, index, turned)},
            Intervals("rank", "rank_low", "rank_high", ascending=True),
        ),
    )


def _recipe(inputs: CompositeInputs, known: Profile, turned: list[bool]) -> Recipe:
    names = [one.name for one in known.values]
    parts = dict(zip(names, inputs.indicators, strict=True))
    given = {name: one.weight for name, one in parts.items() if one.weight is not None}
    if given and inputs.weighting != "equal":
        raise ParameterError(
            "inputs.weighting", "is for indicators without weights of their own; leave one of them out"
        )
    return Recipe(
        less_is_better=tuple(name for name, less in zip(names, turned, strict=True) if less),
        scaling=inputs.scaling,
        goalposts={name: one.goalposts for name, one in parts.items() if one.goalposts} or None,
        weighting=inputs.weighting,
        weights=given or None,
        aggregation=inputs.aggregation,
        missing=inputs.missing,
    )


def _names(known: Profile, language: Language) -> str:
    return listed([one.title.in_(language) for one in known.values], 4)


def _contributions(known: Profile) -> dict[str, LayerField]:
    return {
        name: LayerField(
            type="number", digits=4, title=Text(ru=f"Вклад: {one.title.ru}", en=f"Contribution: {one.title.en}")
        )
        for name, one in zip(known.names("part"), known.values, strict=True)
    }


def _figures(index: Composite, sure: RankIntervals) -> dict[str, Figure]:
    width = sure.high - sure.low
    return {
        "units": notes.counted(~np.isnan(index.score)),
        "mean": Figure(Text(ru="Средний индекс", en="Mean index"), float(np.nanmean(index.score))),
        "interval": Figure(
            Text(ru="Средняя ширина интервала мест", en="Mean width of the rank intervals"), float(np.nanmean(width))
        ),
        "draws": Figure(Text(ru="Проб весов", en="Draws of weights"), sure.draws),
    }


def _told(known: Profile, index: Composite, turned: list[bool]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "title": one.title.model_dump(),
            "unit": one.unit,
            "weight": float(weight),
            "less_is_better": less,
        }
        for one, weight, less in zip(known.values, index.weights, turned, strict=True)
    ]


def _directions(inputs: CompositeInputs, known: Profile) -> list[Flag]:
    assumed = [
        one
        for part, one in zip(inputs.indicators, known.values, strict=True)
        if part.less_is_better is None and one.less_is_better is None
    ]
    text = Text(
        ru=f"Направление нигде не указано, принято «больше — лучше»: {listed([one.title.ru for one in assumed])}.",
        en=f"Nobody says what is better; more is taken for it: {listed([one.title.en for one in assumed])}.",
    )
    return [Flag("direction_assumed", text)] if assumed else []


def _filled(known: Profile, index: Composite) -> list[Flag]:
    some = index.filled.any(axis=1)
    text = Text(
        ru=f"Единиц, у которых пропуски восполнены по правилу: {some.sum()}.",
        en=f"Units whose missing values were made up for by the rule: {some.sum()}.",
    )
    return [Flag("filled", text, known.units.named(some))] if some.any() else []


def _loose(known: Profile, index: Composite, sure: RankIntervals) -> list[Flag]:
    ranked = int((~np.isnan(index.score)).sum())
    wide = sure.high - sure.low > WIDE * ranked
    text = Text(
        ru=f"Единиц, место которых решают веса (разброс больше четверти списка): {wide.sum()}.",
        en=f"Units whose rank the weights decide (it moves over more than a quarter of the list): {wide.sum()}.",
    )
    return [Flag("loose_rank", text, known.units.named(wide))] if wide.any() else []


def _text(known: Profile, index: Composite, sure: RankIntervals, turned: list[bool]) -> Text:
    ranked = np.flatnonzero(~np.isnan(index.score))
    order = ranked[np.argsort(index.rank[ranked], kind="stable")]

    def placed(positions: np.ndarray, language: Language) -> str:
        name = known.units.title if language == "ru" else known.units.name_en
        return ", ".join(
            f"{name(at)} ({index.rank[at]:.0f}; {sure.low[at]:.0f}–{sure.high[at]:.0f})" for at in positions
        )

    def words(language: Language) -> str:
        return _WORDS.in_(language).format(
            names=listed(
                [
                    one.title.in_(language) + (_LESS.in_(language) if less else "")
                    for one, less in zip(known.values, turned, strict=True)
                ],
                MOST_VARIABLES,
            ),
            best=placed(order[:3], language),
            worst=placed(order[-3:], language),
            spread=told(100 * sure.spread, "%", language),
        )

    return Text(**{language: words(language) for language in LANGUAGES})


_LESS = Text(ru=" (меньше — лучше)", en=" (less is better)")
_WORDS = Text(
    ru="Индекс из показателей: {names}. Лучшие: {best}; последние: {worst}. В скобках место и интервал мест, в "
    "котором единица остаётся в 90 % проб, когда веса случайно меняются до {spread}. Единицы с пересекающимися "
    "интервалами различать по месту нельзя. Индекс сравнивает единицы между собой по выбранным показателям: он не "
    "мера благополучия вообще и меняется с их выбором.",
    en="An index of: {names}. The best: {best}; the last: {worst}. In brackets the rank, and the interval of ranks "
    "that a unit stays within in 90 % of the draws when weights move at random by up to {spread}. Units whose "
    "intervals overlap cannot be told apart by rank. The index compares units with each other by the indicators "
    "chosen: it is no measure of well-being as such, and changes with their choice.",
)
_BEST_FIRST = tuple(reversed(legend.SEQUENTIAL))
_FIELDS = {
    "score": LayerField(type="number", digits=4, title=Text(ru="Индекс", en="Index")),
    "rank": LayerField(type="integer", title=Text(ru="Место", en="Rank")),
    "rank_low": LayerField(type="integer", title=Text(ru="Место, лучшее из вероятных", en="Rank, best of the likely")),
    "rank_median": LayerField(type="integer", title=Text(ru="Место, срединное", en="Rank, median")),
    "rank_high": LayerField(
        type="integer", title=Text(ru="Место, худшее из вероятных", en="Rank, worst of the likely")
    ),
    "best": LayerField(
        type="number", unit="%", digits=1, title=Text(ru="Первое место: доля проб", en="First: share of draws")
    ),
    "filled": LayerField(type="integer", title=Text(ru="Восполнено показателей", en="Indicators made up for")),
}

PROCESS = Process(
    id="composite-index",
    title=Text(ru="Составной индекс", en="Composite index"),
    description=Text(
        ru="Один индекс из нескольких показателей (качество жизни и любой другой): направления, шкала, веса, "
        "сложение, правило для пропусков, вклад каждого показателя и интервалы мест при случайных весах (ОЭСР и JRC, "
        "2008).",
        en="One index of several indicators (quality of life and any other): directions, scale, weights, "
        "aggregation, a rule for missing values, the contribution of each indicator, and rank intervals under random "
        "weights (OECD and JRC, 2008).",
    ),
    method=Method(
        formula=(
            "score = Σ w_k s_k or Π s_k ^ w_k, s_k = (x_k − low) / (high − low), z, rank or x_k / best, turned "
            "where less is better; places from draws of the weights"
        ),
        citations=(
            "OECD & JRC 2008, Handbook on Constructing Composite Indicators",
            "Saisana, Saltelli & Tarantola 2005, J. R. Stat. Soc. A 168: 307–323",
        ),
    ),
    version="2",
    inputs=CompositeInputs,
    run=run,
    example={"indicators": ["wage_total", "pop_growth", "dependency_ratio"]},
)
