"""Rates of rare events in small populations: empirical Bayes."""

import numpy as np

from altaigis.analytics.rates import Rates, empirical_bayes
from altaigis.domain.layer import LayerField
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import told
from altaigis.processes import legend, notes
from altaigis.processes.chart import Scatter
from altaigis.processes.data import Data, Values, blamed, decimals
from altaigis.processes.inputs import OfUnits, Variable, asked
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.spatial import small
from altaigis.processes.summary import Figure, Flag, LeftOut, Summary


class RateInputs(OfUnits):
    events: Variable = asked(
        Text(ru="События", en="Events"),
        Text(ru="Показатель или поле: число случаев.", en="An indicator or a field: a number of cases."),
    )
    population: Variable = asked(
        Text(ru="Население", en="Population"),
        Text(ru="Показатель или поле: среди скольких человек.", en="An indicator or a field: among how many persons."),
    )
    heads: int = asked(
        Text(ru="На сколько человек", en="Per how many persons"),
        Text(ru="Доля показывается на столько человек.", en="The rate is told per so many persons."),
        1000,
        ge=1,
        le=1_000_000,
    )


def run(inputs: RateInputs, data: Data, context: Context) -> Result:
    context.step("reading")
    units = data.units(inputs.units)
    events = data.values(inputs.events, units, "inputs.events")
    population = data.values(inputs.population, units, "inputs.population")
    context.step("smoothing")
    with blamed("inputs.events"):
        found = empirical_bayes(events.numbers, population.numbers)
    smoothed, raw = inputs.heads * found.smoothed, inputs.heads * found.raw
    unit = f"1/{inputs.heads}"
    return Result(
        title=Text(
            ru=f"{events.title.ru}, на {inputs.heads} человек (сглажено)",
            en=f"{events.title.en}, per {inputs.heads} persons (smoothed)",
        ),
        units=units,
        fields={
            "smoothed": LayerField(
                type="number", unit=unit, digits=decimals(raw), title=Text(ru="Сглаженная доля", en="Smoothed rate")
            ),
            "raw": LayerField(
                type="number", unit=unit, digits=decimals(raw), title=Text(ru="Доля как есть", en="Raw rate")
            ),
            "trust": LayerField(
                type="number",
                digits=3,
                title=Text(ru="Вес собственной доли", en="Weight of the raw rate"),
                description=Text(
                    ru="От 0 (взято среднее) до 1 (взята доля единицы).",
                    en="From 0 (the mean is taken) to 1 (the unit's own rate is taken).",
                ),
            ),
            "standardised": LayerField(
                type="number",
                digits=2,
                title=Text(ru="Отклонение от среднего в своих ошибках", en="Deviation from the mean in its own errors"),
            ),
            "events": notes.value_field(events),
            "population": notes.value_field(population),
        },
        columns={
            "smoothed": smoothed,
            "raw": raw,
            "trust": found.trust,
            "standardised": found.standardised,
            "events": events.numbers,
            "population": population.numbers,
        },
        styles={
            "default": legend.classes("smoothed", Text(ru="Сглаженная доля", en="Smoothed rate"), smoothed),
            "raw": legend.classes("raw", Text(ru="Доля как есть", en="Raw rate"), raw),
        },
        summary=Summary(
            _text(inputs, events, population, found),
            {
                "units": notes.counted(found.used),
                "mean": Figure(
                    Text(ru="Доля по всем вместе", en="Rate of all together"), inputs.heads * found.mean, unit
                ),
                "moved": Figure(
                    Text(ru="Наибольшая поправка", en="Largest correction"), float(np.nanmax(abs(smoothed - raw))), unit
                ),
            },
            [*notes.of_values((events, population)), *small(units, found), *_by_chance(found)],
            [LeftOut("missing", notes.MISSING, units.named(~found.used))],
            chart=Scatter("raw", "smoothed", line="equal"),
        ),
    )


def _by_chance(found: Rates) -> list[Flag]:
    text = Text(
        ru="Доли различаются не больше, чем по случаю: у всех единиц взято среднее.",
        en="The rates differ no more than by chance: all units have the mean.",
    )
    return [] if found.variance else [Flag("no_variation", text)]


def _text(inputs: RateInputs, events: Values, population: Values, found: Rates) -> Text:
    def words(language: Language) -> str:
        return _WORDS.in_(language).format(
            events=events.title.in_(language),
            population=population.title.in_(language),
            heads=inputs.heads,
            mean=told(inputs.heads * found.mean, None, language),
        )

    return Text(ru=words("ru"), en=words("en"))


_WORDS = Text(
    ru="«{events}» на {heads} человек («{population}»), по всем вместе {mean}. В малых территориях несколько случаев "
    "меняют долю в разы, поэтому она приближена к среднему тем сильнее, чем меньше население (эмпирический Байес). "
    "Сглаженная доля лучше для сравнения и карты, но это оценка: число случаев она не меняет и для отчёта не "
    "годится.",
    en="“{events}” per {heads} persons (“{population}”), {mean} for all together. In small territories a few cases "
    "make a rate several times as high, so it is drawn towards the mean, the more the smaller the population is "
    "(empirical Bayes). The smoothed rate is better to compare and to map, but it is an estimate: it changes no "
    "number of cases, and is nothing to report by.",
)

PROCESS = Process(
    id="smoothed-rates",
    title=Text(ru="Сглаженные доли", en="Smoothed rates"),
    description=Text(
        ru="Доли редких событий с поправкой на малое население (эмпирический Байес, Маршалл 1991).",
        en="Rates of rare events that allow for small populations (empirical Bayes, Marshall 1991).",
    ),
    method=Method(
        formula=(
            "r̂_i = w_i r_i + (1 − w_i) m, w_i = A / (A + m / n_i); m the rate of all, A the variance between "
            "units, n_i the population"
        ),
        citations=(
            "Marshall 1991, J. R. Stat. Soc. C 40: 283–294",
            "Assunção & Reis 1999, Stat. Med. 18: 2147–2162",
        ),
    ),
    version="2",
    inputs=RateInputs,
    run=run,
    example={"events": "pop_age_65plus", "population": "pop_jan1"},
)
