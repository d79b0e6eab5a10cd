"""What the analyses of neighbours have in common: what they ask, and what they are made of."""

from dataclasses import dataclass

import numpy as np

from altaigis.analytics import rates
from altaigis.analytics.autocorrelation import Inference
from altaigis.analytics.rates import Rates
from altaigis.analytics.values import Numbers
from altaigis.analytics.weights import Weights
from altaigis.domain.layer import LayerField
from altaigis.domain.text import Text
from altaigis.errors import ParameterError
from altaigis.processes import notes
from altaigis.processes.data import Data, Units, Values, blamed, decimals
from altaigis.processes.inputs import OfUnits, Variable, asked
from altaigis.processes.neighbours import NEIGHBOURS, Neighbours, weights_of
from altaigis.processes.process import Context
from altaigis.processes.summary import Flag, LeftOut

#: Rates are told per so many heads.
HEADS = 1000
#: Where the raw rate of a unit has less than this weight in the smoothed one, its population is small.
TRUSTED = 0.5
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
    def around(self) -> tuple[LayerField, Numbers]:
        """The mean of the neighbours, and the field that it is."""
        if self.second is None:
            field, numbers = self.shown
        else:
            field, numbers = notes.value_field(self.second), self.second.numbers
        title = field.title or self.title
        told = Text(ru=f"Среднее у соседей: {title.ru}", en=f"Mean of the neighbours: {title.en}")
        means = self.weights.means(numbers)
        return field.model_copy(update={"title": told, "digits": decimals(means)}), means

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
