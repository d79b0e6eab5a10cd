"""Who counts as a neighbour, as people ask for it."""

from collections.abc import Callable, Mapping
from typing import Literal

from altaigis.analytics import weights
from altaigis.analytics.weights import Weights
from altaigis.domain.declared import Declared
from altaigis.domain.text import Text
from altaigis.processes.data import Units, blamed
from altaigis.processes.inputs import asked

Kind = Literal["queen", "rook", "nearest", "within"]


class Neighbours(Declared):
    kind: Kind = asked(
        Text(ru="Кто соседи", en="Who are neighbours"),
        Text(
            ru="Общая граница или точка, только граница, ближайшие по центрам или не дальше расстояния.",
            en="A border or a corner in common, a border alone, the nearest centroids, or those within a distance.",
        ),
        "queen",
        choices={
            "queen": Text(ru="общая граница или точка", en="a border or a corner in common"),
            "rook": Text(ru="общая граница", en="a border in common"),
            "nearest": Text(ru="ближайшие", en="the nearest"),
            "within": Text(ru="не дальше расстояния", en="within a distance"),
        },
    )
    count: int = asked(
        Text(ru="Сколько ближайших", en="How many nearest"),
        Text(ru="Для вида «ближайшие».", en="For the kind nearest."),
        5,
        ge=1,
        le=100,
    )
    kilometres: float = asked(
        Text(ru="Расстояние, км", en="Distance, km"),
        Text(ru="Между центрами, для вида «не дальше».", en="Between centroids, for the kind within."),
        100,
        gt=0,
        le=20_000,
    )

    @property
    def title(self) -> Text:
        """Who the neighbours of a unit are."""
        return Text(ru=_TITLES[self.kind].ru.format(self), en=_TITLES[self.kind].en.format(self))


NEIGHBOURS = asked(
    Text(ru="Соседство", en="Neighbours"),
    Text(ru="Какие единицы считаются соседними.", en="Which units count as neighbours."),
    Neighbours(),
)
_TITLES = {
    "queen": Text(ru="единицы с общей границей или точкой", en="units that share a border or a corner"),
    "rook": Text(ru="единицы с общей границей", en="units that share a border"),
    "nearest": Text(ru="{0.count} ближайших по центрам", en="the {0.count} with the nearest centroids"),
    "within": Text(ru="единицы не дальше {0.kilometres:g} км", en="units within {0.kilometres:g} km"),
}
_MAKERS: Mapping[Kind, Callable[[Units, Neighbours], Weights]] = {
    "queen": lambda units, _: weights.queen(units.frame),
    "rook": lambda units, _: weights.rook(units.frame),
    "nearest": lambda units, asked_for: weights.nearest(units.frame, asked_for.count),
    "within": lambda units, asked_for: weights.within(units.frame, 1000 * asked_for.kilometres),
}


def weights_of(units: Units, asked_for: Neighbours) -> Weights:
    """
    Raises:
        ParameterError: no unit has such a neighbour, or the units cannot have any.
    """
    with blamed("inputs.neighbours"):
        return _MAKERS[asked_for.kind](units, asked_for)
