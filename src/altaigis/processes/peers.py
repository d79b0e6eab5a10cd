"""The territories most like one of them."""

import numpy as np

from altaigis.analytics import typology
from altaigis.domain.layer import LayerField
from altaigis.domain.text import LANGUAGES, Language, Text
from altaigis.domain.wording import told
from altaigis.errors import ParameterError
from altaigis.processes import legend, notes
from altaigis.processes.chart import Bars
from altaigis.processes.data import Data, Units, blamed
from altaigis.processes.inputs import OfUnits, Variable, asked
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.profile import Profile, profile
from altaigis.processes.summary import Figure, Flag, Summary, listed
from altaigis.processes.typology import INDICATORS

KINDS = {
    "self": (Text(ru="сама территория", en="the territory itself"), "#d7301f"),
    "peer": (Text(ru="похожая", en="a peer"), "#fc8d59"),
    "other": (Text(ru="остальные", en="others"), legend.NEUTRAL),
}
#: From this distance on, in standard deviations, the nearest are not much like it.
FAR = 1.0


class PeersInputs(OfUnits):
    unit: str = asked(
        Text(ru="Территория", en="Territory"),
        Text(ru="Для которой ищутся похожие (код: altaysky).", en="Whose peers are sought (id: altaysky)."),
        max_length=200,
        role="unit",
    )
    indicators: tuple[Variable, ...] = INDICATORS
    count: int = asked(
        Text(ru="Сколько похожих", en="How many peers"),
        Text(ru="Самых близких.", en="The nearest ones."),
        5,
        ge=1,
        le=50,
    )


def run(inputs: PeersInputs, data: Data, context: Context) -> Result:
    context.step("reading")
    units = data.units(inputs.units)
    known = profile(inputs.indicators, units, data)
    position = _position(inputs.unit, units)
    context.step("comparing")
    there = ~known.frame.isna().any(axis=1).to_numpy()
    if not there[position]:
        lacking = listed([one.title.en for one in known.values if np.isnan(one.numbers[position])])
        raise ParameterError("inputs.unit", f"'{inputs.unit}' has no value of {lacking}; choose other indicators")
    others = int(there.sum()) - 1
    if inputs.count > others:
        raise ParameterError("inputs.count", f"{inputs.count} peers among {others} others with all indicators")
    with blamed("inputs.indicators"):
        found = typology.peers(known.frame, position, others)
    size = len(units)
    distance, place = np.full(size, np.nan), np.full(size, np.nan)
    shares = np.full((size, len(known.values)), np.nan)
    distance[found.units], distance[position] = found.distances, 0
    place[found.units], place[position] = np.arange(1, others + 1), 0
    shares[found.units] = 100 * found.shares
    kind = np.full(size, None, dtype=object)
    kind[there] = "other"
    kind[found.units[: inputs.count]] = "peer"
    kind[position] = "self"
    title = Text(ru=f"Похожие на: {units.title(position)}", en=f"Peers of {units.name_en(position)}")
    return Result(
        title=title,
        units=units,
        fields={
            "kind": LayerField(
                type="text",
                title=Text(ru="Сходство", en="Likeness"),
                values={name: told_as for name, (told_as, _) in KINDS.items()},
            ),
            "place": LayerField(type="integer", title=Text(ru="Место по близости", en="Place by likeness")),
            "distance": LayerField(
                type="number",
                digits=3,
                title=Text(ru="Различие, в стандартных отклонениях", en="Difference, in standard deviations"),
            ),
        }
        | {
            name: LayerField(
                type="number",
                digits=1,
                unit="%",
                title=Text(ru=f"Доля различия: {one.title.ru}", en=f"Share of the difference: {one.title.en}"),
            )
            for name, one in zip(known.names("share"), known.values, strict=True)
        }
        | known.fields,
        columns={"kind": kind, "place": place, "distance": distance}
        | dict(zip(known.names("share"), shares.T, strict=True))
        | {name: one.numbers for name, one in zip(known.names("value"), known.values, strict=True)},
        styles={
            "default": legend.categories("kind", title, KINDS),
            "distance": legend.classes(
                "distance", Text(ru="Различие", en="Difference"), distance, colours=legend.SEQUENTIAL[::-1]
            ),
        },
        summary=Summary(
            _text(known, position, found, inputs.count),
            {
                "units": notes.counted(there),
                "nearest": Figure(
                    Text(ru="Различие с ближайшей", en="Difference from the nearest"), float(found.distances[0])
                ),
            },
            [*notes.of_values(known.values), *_alone(found)],
            known.incomplete(there),
            chart=Bars("distance", ascending=True),
        ),
    )


def _position(unit: str, units: Units) -> int:
    ids = [str(fid) for fid in units.ids]
    if unit not in ids:
        raise ParameterError("inputs.unit", f"layer '{units.layer.id}' has no '{unit:.60}'; there are {listed(ids)}")
    return ids.index(unit)


def _alone(found: typology.Peers) -> list[Flag]:
    text = Text(
        ru="Даже ближайшая территория отличается больше чем на стандартное отклонение: близких похожих нет.",
        en="Even the nearest one differs by more than a standard deviation: there is no close peer.",
    )
    return [Flag("no_close_peer", text)] if found.distances[0] >= FAR else []


def _text(known: Profile, position: int, found: typology.Peers, count: int) -> Text:
    nearest = found.units[:count]

    def words(language: Language) -> str:
        name = known.units.title if language == "ru" else known.units.name_en
        placed = [
            f"{name(int(at))} ({told(float(distance), None, language, 2)})"
            for at, distance in zip(nearest, found.distances, strict=False)
        ]
        return _WORDS.in_(language).format(
            unit=name(position),
            peers=listed(placed, 10),
            names=listed([one.title.in_(language) for one in known.values], 6),
        )

    return Text(**{language: words(language) for language in LANGUAGES})


_WORDS = Text(
    ru="Больше всего похожи на территорию «{unit}»: {peers}. В скобках среднее различие по показателям ({names}) в "
    "стандартных отклонениях: до 0,5 — близко, больше 1 — далеко. Все показатели весят одинаково. Похожесть — повод "
    "сравнивать результаты и решения, а не доказательство, что у соседа по списку сработает то же.",
    en="Most like {unit}: {peers}. In brackets the mean difference over the indicators ({names}) in standard "
    "deviations: up to 0.5 is near, more than 1 is far. All indicators weigh the same. Likeness is a reason to "
    "compare results and decisions, and no proof that what works for one works for the other.",
)

PROCESS = Process(
    id="peers",
    title=Text(ru="Похожие территории", en="Peers"),
    description=Text(
        ru="Территории, ближайшие к данной по нескольким показателям, и чем каждая от неё отличается.",
        en="The territories nearest to one in several indicators, and what each differs in.",
    ),
    method=Method(
        formula=("distance = √ mean_k (z_k − z0_k)², z = (x − mean) / s of each indicator k"),
        citations=("Everitt, Landau, Leese & Stahl 2011, Cluster Analysis",),
    ),
    version="2",
    inputs=PeersInputs,
    run=run,
    example={"unit": "altaysky", "indicators": ["wage_total", "dependency_ratio"]},
)
