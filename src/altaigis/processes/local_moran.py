"""Clusters and outliers: local Moran."""

import numpy as np

from altaigis.analytics import autocorrelation
from altaigis.domain.text import Text
from altaigis.processes.data import Data, blamed
from altaigis.processes.inputs import asked
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.spatial import NEITHER, NOT_SIGNIFICANT, LocalMap, PairedInputs, subject
from altaigis.processes.summary import Figure

MAP = LocalMap(
    title=Text(ru="Скопления и выбросы", en="Clusters and outliers"),
    statistic=Text(ru="Локальный индекс Морана", en="Local Moran's I"),
    # colours as maps of clusters have them since Anselin (1995)
    kinds={
        "high-high": (Text(ru="высокое среди высоких", en="high among high"), "#ca0020"),
        "low-low": (Text(ru="низкое среди низких", en="low among low"), "#0571b0"),
        "high-low": (Text(ru="высокое среди низких", en="high among low"), "#f4a582"),
        "low-high": (Text(ru="низкое среди высоких", en="low among high"), "#92c5de"),
        NOT_SIGNIFICANT: NEITHER,
    },
    found=Text(
        ru="«{title}»: {named}. Соседи — {neighbours}; из названных единиц ошибочно названы в среднем не больше "
        "{alpha}.",
        en="“{title}”: {named}. Neighbours: {neighbours}; of the units named, no more than {alpha} are so by mistake "
        "on average.",
    ),
    nothing=Text(
        ru="«{title}»: ни одна единица не отличается вместе с соседями от случайной расстановки (соседи — "
        "{neighbours}, доля ложных {alpha}). Это не доказывает, что скоплений нет.",
        en="“{title}”: no unit and its neighbours differ from a random arrangement (neighbours: {neighbours}, rate of "
        "false ones {alpha}). That does not prove that there are no clusters.",
    ),
    limits=Text(
        ru="«Высокое» и «низкое» — относительно среднего по карте; единица названа по себе и соседям вместе, граница "
        "скопления поэтому условна. Причину карта не называет.",
        en="High and low are so against the mean of the map; a unit is named for itself and its neighbours together, "
        "so the edge of a cluster is not sharp. The map does not tell the cause.",
    ),
)


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
    named = [(title, found.kind == name) for name, (title, _) in MAP.kinds.items() if name != NOT_SIGNIFICANT]
    rate = Figure(Text(ru="Доля ложных среди названных", en="Rate of false ones"), inputs.alpha)
    return MAP.result(examined, found, kind, MAP.text(examined, inputs, named, inputs.alpha), {"alpha": rate})


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
    method=Method(
        formula=("I_i = z_i Σ w_ij z_j; p from conditional permutations, q of the false discovery rate"),
        citations=(
            "Anselin 1995, Geogr. Anal. 27: 93–115",
            "Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57: 289–300",
        ),
    ),
    version="2",
    inputs=LocalInputs,
    run=run,
    example={"variable": "wage_total"},
)
