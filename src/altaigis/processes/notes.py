"""What many results have to tell, in the same words."""

from collections.abc import Iterable, Sequence

import numpy as np

from altaigis.analytics.values import Flags, Numbers
from altaigis.analytics.weights import Weights
from altaigis.domain.layer import LayerField
from altaigis.domain.text import Text
from altaigis.processes.data import Units, Values
from altaigis.processes.summary import Figure, Flag, LeftOut

MISSING = Text(ru="Нет значения.", en="There is no value.")
ALONE = Text(ru="Нет соседей со значением.", en="No neighbour has a value.")
INCOMPLETE = Text(ru="Не хватает показателей.", en="Indicators are missing.")


def value_field(values: Values) -> LayerField:
    """The field with the values as they came in."""
    return LayerField(type="number", title=values.title, unit=values.unit, digits=values.digits)


def counted(used: Flags) -> Figure:
    return Figure(Text(ru="Единиц в расчёте", en="Units taken part"), int(used.sum()))


def without_neighbours(units: Units, used: Flags, numbers: Numbers) -> list[LeftOut]:
    """Units that an analysis of neighbours says nothing of."""
    missing = np.isnan(numbers)
    return [
        LeftOut("missing", MISSING, units.named(missing)),
        LeftOut("island", ALONE, units.named(~used & ~missing)),
    ]


def of_values(values: Iterable[Values]) -> list[Flag]:
    """Values that are no official figures."""
    found = []
    for one in values:
        for code, ids in one.marks.items():
            title = _MARKS[code]
            text = Text(
                ru=f"«{one.title.ru}»: {title.ru}, единиц: {len(ids)}.",
                en=f"“{one.title.en}”: {title.en} for {len(ids)} units.",
            )
            found.append(Flag(code, text, ids))
    return found


def of_islands(units: Units, weights: Weights) -> list[Flag]:
    """Units without a neighbour."""
    alone = weights.islands
    text = Text(
        ru=f"Единиц без соседей: {alone.sum()}; они не участвуют. Другое соседство может их включить.",
        en=f"Units without neighbours: {alone.sum()}; they take no part. Other neighbours would let them in.",
    )
    return [Flag("islands", text, units.named(alone))] if alone.any() else []


def of_close(close: Sequence[tuple[str, str, float]], titles: dict[str, Text]) -> list[Flag]:
    """Indicators that overlap."""
    return [
        Flag(
            "collinear",
            Text(
                ru=f"«{titles[one].ru}» и «{titles[other].ru}» почти повторяют друг друга (r = {_r(r, 'ru')}): "
                "общее в них учтено дважды.",
                en=f"“{titles[one].en}” and “{titles[other].en}” nearly repeat each other (r = {_r(r, 'en')}): "
                "what they share counts twice.",
            ),
        )
        for one, other, r in close
    ]


def _r(value: float, language: str) -> str:
    told = f"{value:.2f}".replace("-", "−")
    return told.replace(".", ",") if language == "ru" else told


_MARKS = {
    "estimated": Text(ru="оценки, а не официальные данные", en="estimates, not official figures"),
    "synthetic": Text(ru="синтетические (придуманные) данные", en="synthetic (made-up) data"),
    "incomplete_sum": Text(ru="суммы неполные и потому занижены", en="sums that are incomplete, and so too low,"),
}
