"""What the analyses of neighbours have in common: what they ask, what they are made of, and how local ones are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from altaigis.analytics import rates
from altaigis.analytics.autocorrelation import Inference, Local
from altaigis.analytics.rates import Rates
from altaigis.analytics.values import Flags, Numbers
from altaigis.analytics.weights import Weights
from altaigis.domain.layer import LayerField
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import told
from altaigis.errors import ParameterError
from altaigis.processes import legend, notes
from altaigis.processes.chart import Scatter
from altaigis.processes.data import Data, Units, Values, blamed, decimals
from altaigis.processes.inputs import OfUnits, Variable, asked
from altaigis.processes.neighbours import NEIGHBOURS, Neighbours, weights_of
from altaigis.processes.process import Context, Result
from altaigis.processes.summary import Figure, Flag, LeftOut, Summary, listed

#: Rates are told per so many heads.
HEADS = 1000
#: Where the raw rate of a unit has less than this weight in the smoothed one, its population is small.
TRUSTED = 0.5
#: The kind of a unit that took part and is not named.
NOT_SIGNIFICANT = "not_significant"
NEITHER = (Text(ru="не отличается от случайного", en="not significant"), legend.NEUTRAL)
POPULATION = asked(
    Text(ru="Население", en="Population"),
    Text(
        ru="Если дано, первый показатель — число событий, и сравниваются доли с поправкой на малое население.",
        en="If given, the first variable counts events, and rates are compared that allow for small populations.",
    ),
    None,
)


class SpatialInputs(OfUnits):
    variable: Variable = asked(
        Text(ru="Показатель", en="Variable"),
        Text(
            ru="Показатель с годом или числовое поле слоя: что сравнивается.",
            en="An indicator with its year, or a numeric field of a layer: what is compared.",
        ),
    )
    neighbours: Neighbours = NEIGHBOURS
    permutations: int = asked(
        Text(ru="Перестановок", en="Permutations"),
        Text(
            ru="Сколько раз значения переставляются, чтобы узнать, что даёт случай.",
            en="How often values change places to learn what chance gives.",
        ),
        9_999,
        ge=99,
        le=99_999,
    )


class PairedInputs(SpatialInputs):
    second: Variable | None = asked(
        Text(ru="Второй показатель", en="Second variable"),
        Text(
            ru="Если дан, первый показатель единицы сравнивается со вторым у её соседей.",
            en="If given, a unit's first variable is compared with the second one of its neighbours.",
        ),
        None,
    )
    population: Variable | None = POPULATION


@dataclass(frozen=True, eq=False)
class Subject:
    """What is examined.

    Attributes:
        numbers: array (n,), what the statistic is made of: the values, or standardised rates.
        second: of the neighbours, where it is another one.
        rates: where the values are events of a population.
    """

    units: Units
    weights: Weights
    values: Values
    numbers: Numbers
    second: Values | None
    rates: Rates | None

    @property
    def shown(self) -> tuple[LayerField, Numbers]:
        """The field that a reader knows, and its values."""
        if self.rates is None:
            return notes.value_field(self.values), self.values.numbers
        rates = HEADS * self.rates.raw
        return LayerField(type="number", title=self.title, unit=f"1/{HEADS}", digits=decimals(rates)), rates

    @property
    def title(self) -> Text:
        """What is examined."""
        if self.rates is None:
            return self.values.title
        return Text(
            ru=f"{self.values.title.ru}, на {HEADS} человек населения",
            en=f"{self.values.title.en}, per {HEADS} persons",
        )

    @property
    def about(self) -> Text:
        """What is compared: of two variables the second is that of the neighbours."""
        if self.second is None:
            return self.title
        own, around = self.title, self.second.title
        return Text(ru=f"{own.ru}, а у соседей — {around.ru}", en=f"{own.en}, and of the neighbours {around.en}")

    @property
    def around(self) -> tuple[LayerField, Numbers]:
        """The mean of the neighbours, and the field that it is."""
        if self.second is None:
            field, numbers = self.shown
        else:
            field, numbers = notes.value_field(self.second), self.second.numbers
        title = field.title or self.title
        named = Text(ru=f"Среднее у соседей: {title.ru}", en=f"Mean of the neighbours: {title.en}")
        means = self.weights.means(numbers)
        return field.model_copy(update={"title": named, "digits": decimals(means)}), means

    @property
    def lacking(self) -> Numbers:
        """Array (n,): NaN where a unit lacks one of the values."""
        return self.numbers if self.second is None else self.numbers + self.second.numbers

    @property
    def flags(self) -> list[Flag]:
        values = [self.values] if self.second is None else [self.values, self.second]
        return [*notes.of_values(values), *notes.of_islands(self.units, self.weights), *small(self.units, self.rates)]

    def left_out(self, used: np.ndarray) -> list[LeftOut]:
        return notes.without_neighbours(self.units, used, self.lacking)


def subject(inputs: SpatialInputs, data: Data, context: Context) -> Subject:
    """Reads what is asked for.

    Raises:
        ParameterError: it is not there, or does not go together.
    """
    context.step("reading")
    units = data.units(inputs.units)
    values = data.values(inputs.variable, units, "inputs.variable")
    weights = weights_of(units, inputs.neighbours)
    second = getattr(inputs, "second", None)
    population = getattr(inputs, "population", None)
    if second and population:
        raise ParameterError("inputs.second", "stands alone, without population: rates are not compared in pairs")
    other = data.values(second, units, "inputs.second") if second else None
    if population is None:
        return Subject(units, weights, values, values.numbers, other, None)
    persons = data.values(population, units, "inputs.population")
    with blamed("inputs.population"):
        found = rates.empirical_bayes(values.numbers, persons.numbers)
    return Subject(units, weights, values, found.standardised, None, found)


#: Units against their neighbours, as Moran's scatter plot has them (Anselin 1996).
SCATTER = Scatter("value", "around")


@dataclass(frozen=True)
class LocalMap:
    """How the figures of single units become a layer, and a few sentences.

    Attributes:
        title: of the map.
        statistic: its name.
        kinds: of units: title and colour of each, :data:`NOT_SIGNIFICANT` among them.
        found: what is said of the units named; takes ``title``, ``named``, ``neighbours`` and ``alpha``.
        nothing: what is said when none is named, of the same.
        limits: what the map does not say.
    """

    title: Text
    statistic: Text
    kinds: Mapping[str, tuple[Text, str]]
    found: Text
    nothing: Text
    limits: Text

    def result(
        self, examined: Subject, local: Local, kind: np.ndarray, text: Text, figures: Mapping[str, Figure] | None = None
    ) -> Result:
        """The layer.

        Args:
            kind: array (n,), None for units that took no part.
            text: by :meth:`text`.
            figures: more of the whole.
        """
        field, shown = examined.shown
        around, means = examined.around
        titles = {name: title for name, (title, _) in self.kinds.items()}
        counts = {name.replace("-", "_"): Figure(title, int((kind == name).sum())) for name, title in titles.items()}
        about = examined.about
        return Result(
            title=Text(ru=f"{self.title.ru}: {about.ru}", en=f"{self.title.en}: {about.en}"),
            units=examined.units,
            fields={
                "value": field,
                "around": around,
                "kind": LayerField(type="text", title=self.title, values=titles),
                "statistic": LayerField(type="number", digits=4, title=self.statistic),
                **_SIGNIFICANCE,
            },
            columns={
                "value": shown,
                "around": means,
                "kind": kind,
                "statistic": local.value,
                "z": local.z,
                "p": local.p,
                "q": local.q,
            },
            styles={
                "default": legend.categories("kind", self.title, self.kinds),
                "value": legend.classes("value", examined.title, shown),
            },
            summary=Summary(
                text,
                {
                    "units": notes.counted(local.used),
                    **counts,
                    **(figures or {}),
                    "permutations": Figure(Text(ru="Перестановок", en="Permutations"), local.permutations),
                },
                examined.flags,
                examined.left_out(local.used),
                chart=SCATTER,
            ),
        )

    def text(self, examined: Subject, inputs: SpatialInputs, named: Sequence[tuple[Text, Flags]], alpha: float) -> Text:
        """What the map means.

        Args:
            named: what is said of some units, and which they are, array (n,).
            alpha: the rate of false ones among them.
        """

        def words(language: Language) -> str:
            lists = [
                f"{title.in_(language)}: {listed(examined.units.titles(which, language))}"
                for title, which in named
                if which.any()
            ]
            said = (self.found if lists else self.nothing).in_(language)
            return said.format(
                title=examined.about.in_(language),
                named="; ".join(lists),
                alpha=told(100 * alpha, "%", language),
                neighbours=inputs.neighbours.title.in_(language),
            )

        return Text(ru=f"{words('ru')} {self.limits.ru}", en=f"{words('en')} {self.limits.en}")


_SIGNIFICANCE = {
    "z": LayerField(type="number", digits=2, title=Text(ru="z по перестановкам", en="z by permutation")),
    "p": LayerField(type="number", digits=4, title=Text(ru="p, двустороннее", en="p, two-sided")),
    "q": LayerField(
        type="number",
        digits=4,
        title=Text(ru="p с поправкой на число сравнений", en="p adjusted for the number of tests"),
        description=Text(
            ru="Среди единиц, у которых оно не больше 0,05, ложных в среднем 5 % (Беньямини — Хохберг).",
            en="Of the units with up to 0.05, 5 % are false on average (Benjamini and Hochberg).",
        ),
    ),
}


def inference(inputs: SpatialInputs, context: Context) -> Inference:
    return Inference(context.rng, inputs.permutations)


def small(units: Units, found: Rates | None) -> list[Flag]:
    """Units of so few people that a rate says little."""
    if found is None:
        return []
    few = found.used & (found.trust < TRUSTED)
    text = Text(
        ru=f"Единиц с населением, малым для надёжной доли: {few.sum()}; их доли больше чем наполовину — случай.",
        en=f"Units with a population too small for a sound rate: {few.sum()}; more than half of it is chance.",
    )
    return [Flag("small_population", text, units.named(few))] if few.any() else []
