"""Clusters and outliers: local Moran."""

import numpy as np

from altaigis.analytics import autocorrelation
from altaigis.analytics.autocorrelation import Local
from altaigis.domain.layer import LayerField
from altaigis.domain.text import Language, Text
from altaigis.processes import legend, notes
from altaigis.processes.data import Data, blamed
from altaigis.processes.inputs import asked
from altaigis.processes.process import Context, Process, Result
from altaigis.processes.spatial import PairedInputs, Subject, subject
from altaigis.processes.summary import Figure, Summary, listed, told

NOT_SIGNIFICANT = "not_significant"
#: Title and colour of each kind of unit: as maps of clusters have them since Anselin (1995).
KINDS = {
    "high-high": (Text(ru="высокое среди высоких", en="high among high"), "#ca0020"),
    "low-low": (Text(ru="низкое среди низких", en="low among low"), "#0571b0"),
    "high-low": (Text(ru="высокое среди низких", en="high among low"), "#f4a582"),
    "low-high": (Text(ru="низкое среди высоких", en="low among high"), "#92c5de"),
    NOT_SIGNIFICANT: (Text(ru="не отличается от случайного", en="not significant"), legend.NEUTRAL),
}


class LocalInputs(PairedInputs):
    alpha: float = asked(
        Text(ru="Доля ложных", en="Rate of false ones"),
        Text(
            ru="Какая доля названных единиц может быть названа по ошибке (Беньямини — Хохберг).",
            en="What part of the units that are named may be named by mistake (Benjamini and Hochberg).",
        ),
        0.05,
        gt=0,
        le=0.5,
    )


def run(inputs: LocalInputs, data: Data, context: Context) -> Result:
    examined = subject(inputs, data, context)
    context.step("permuting")
    chance = autocorrelation.Inference(context.rng, inputs.permutations, inputs.alpha)
    with blamed("inputs.variable"):
        if examined.second is None:
            found = autocorrelation.local_moran(examined.numbers, examined.weights, chance)
        else:
            found = autocorrelation.local_bivariate_moran(
                examined.numbers, examined.second.numbers, examined.weights, chance
            )
    kind = np.where(found.kind == "", NOT_SIGNIFICANT, found.kind).astype(object)
    kind[~found.used] = None
    field, shown = examined.shown
    around, means = examined.around
    title = Text(ru="Скопления и выбросы", en="Clusters and outliers")
    return Result(
        title=Text(ru=f"{title.ru}: {_about(examined).ru}", en=f"{title.en}: {_about(examined).en}"),
        units=examined.units,
        fields={
            "value": field,
            "around": around,
            "kind": LayerField(
                type="text", title=title, values={name: told_as for name, (told_as, _) in KINDS.items()}
            ),
            **statistics("Локальный индекс Морана", "Local Moran's I"),
        },
        columns={"value": shown, "around": means, "kind": kind, **columns(found)},
        styles={
            "default": legend.categories("kind", title, KINDS),
            "value": legend.classes("value", examined.title, shown),
        },
        summary=Summary(
            _text(examined, found, inputs),
            {"units": notes.counted(found.used)}
            | {
                name.replace("-", "_"): Figure(told_as, int((kind == name).sum()))
                for name, (told_as, _) in KINDS.items()
            }
            | {
                "alpha": Figure(Text(ru="Доля ложных среди названных", en="Rate of false ones"), inputs.alpha),
                "permutations": Figure(Text(ru="Перестановок", en="Permutations"), found.permutations),
            },
            examined.flags,
            examined.left_out(found.used),
        ),
    )


def _about(examined: Subject) -> Text:
    """What is compared: of two variables the second is that of the neighbours."""
    if examined.second is None:
        return examined.title
    own, around = examined.title, examined.second.title
    return Text(ru=f"{own.ru}, а у соседей — {around.ru}", en=f"{own.en}, and of the neighbours {around.en}")


def statistics(ru: str, en: str) -> dict[str, LayerField]:
    """The fields of a local statistic."""
    return {
        "statistic": LayerField(type="number", digits=4, title=Text(ru=ru, en=en)),
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


def columns(found: Local) -> dict[str, np.ndarray]:
    """What those fields hold."""
    return {"statistic": found.value, "z": found.z, "p": found.p, "q": found.q}


def _text(examined: Subject, found: Local, inputs: LocalInputs) -> Text:
    def words(language: Language) -> str:
        named = [
            f"{KINDS[kind][0].in_(language)}: {listed(examined.units.titles(found.kind == kind, language))}"
            for kind in ("high-high", "low-low", "high-low", "low-high")
            if (found.kind == kind).any()
        ]
        said = (_FOUND if named else _NOTHING).in_(language)
        return said.format(
            title=_about(examined).in_(language),
            named="; ".join(named),
            alpha=told(100 * inputs.alpha, "%", language),
            neighbours=inputs.neighbours.title.in_(language),
        )

    return Text(ru=f"{words('ru')} {_LIMITS.ru}", en=f"{words('en')} {_LIMITS.en}")


_FOUND = Text(
    ru="«{title}»: {named}. Соседи — {neighbours}; из названных единиц ошибочно названы в среднем не больше {alpha}.",
    en="“{title}”: {named}. Neighbours: {neighbours}; of the units named, no more than {alpha} are so by mistake on "
    "average.",
)
_NOTHING = Text(
    ru="«{title}»: ни одна единица не отличается вместе с соседями от случайной расстановки (соседи — {neighbours}, "
    "доля ложных {alpha}). Это не доказывает, что скоплений нет.",
    en="“{title}”: no unit and its neighbours differ from a random arrangement (neighbours: {neighbours}, rate of "
    "false ones {alpha}). That does not prove that there are no clusters.",
)
_LIMITS = Text(
    ru="«Высокое» и «низкое» — относительно среднего по карте; единица названа по себе и соседям вместе, граница "
    "скопления поэтому условна. Причину карта не называет.",
    en="High and low are so against the mean of the map; a unit is named for itself and its neighbours together, so "
    "the edge of a cluster is not sharp. The map does not tell the cause.",
)

PROCESS = Process(
    id="local-moran",
    title=Text(ru="Скопления и выбросы (локальный Моран)", en="Clusters and outliers (local Moran)"),
    description=Text(
        ru=(
            "Где высокие значения стоят рядом с высокими, низкие с низкими, и кто выделяется среди соседей: "
            "локальный индекс Морана (LISA) с контролем доли ложных. Со вторым показателем — двумерный, с населением "
            "— доли с поправкой на малые территории."
        ),
        en=(
            "Where high values stand beside high ones, low beside low, and who stands out among the neighbours: "
            "local Moran (LISA) with the false discovery rate controlled. With a second variable the bivariate one, "
            "with a population rates that allow for small territories."
        ),
    ),
    version="1",
    inputs=LocalInputs,
    run=run,
    example={"variable": "wage_total"},
)
