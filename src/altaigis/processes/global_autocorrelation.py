"""Whether neighbours are alike: Moran's I and Geary's C of the whole map."""

from typing import Literal

import numpy as np

from altaigis.analytics import autocorrelation
from altaigis.analytics.autocorrelation import Global
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import told
from altaigis.processes import legend, notes
from altaigis.processes.data import Data, blamed
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.spatial import SCATTER, PairedInputs, Subject, inference, subject
from altaigis.processes.summary import Figure, Summary

#: What is called rare.
ALPHA = 0.05


def run(inputs: PairedInputs, data: Data, context: Context) -> Result:
    examined = subject(inputs, data, context)
    context.step("permuting")
    with blamed("inputs.variable"):
        if examined.second is not None:
            found = autocorrelation.bivariate_moran(
                examined.numbers, examined.second.numbers, examined.weights, inference(inputs, context)
            )
            figures = _figures("moran", MORAN, found)
        else:
            found = autocorrelation.moran(examined.numbers, examined.weights, inference(inputs, context))
            contrast = autocorrelation.geary(examined.numbers, examined.weights, inference(inputs, context))
            figures = _figures("moran", MORAN, found) | _figures("geary", GEARY, contrast)
    field, shown = examined.shown
    around, means = examined.around
    return Result(
        title=Text(ru=f"{_SHORT.ru}: {examined.title.ru}", en=f"{_SHORT.en}: {examined.title.en}"),
        units=examined.units,
        fields={"value": field, "around": around},
        columns={"value": np.where(found.used, shown, np.nan), "around": np.where(found.used, means, np.nan)},
        styles={
            "default": legend.classes("value", examined.title, shown),
            "around": legend.classes("around", around.title or examined.title, means),
        },
        summary=Summary(
            _text(examined, found, inputs),
            {"units": notes.counted(found.used)}
            | figures
            | {"permutations": Figure(Text(ru="Перестановок", en="Permutations"), found.permutations)},
            examined.flags,
            examined.left_out(found.used),
            chart=SCATTER,
        ),
    )


def verdict(found: Global) -> Literal["alike", "unlike", "none"]:
    """What a Moran's I says of neighbours."""
    if found.p > ALPHA:
        return "none"
    return "alike" if found.value > found.expected else "unlike"


def _text(examined: Subject, found: Global, inputs: PairedInputs) -> Text:
    which = verdict(found)
    paired = examined.second is not None

    def words(language: Language) -> str:
        figures = f"I = {told(found.value, None, language)}, p = {told(found.p, None, language)}"
        said = (_PAIRED if paired else _VERDICTS)[which].in_(language)
        around = examined.second.title if examined.second else examined.title
        return said.format(
            title=examined.title.in_(language),
            around=around.in_(language),
            figures=figures,
            neighbours=inputs.neighbours.title.in_(language),
        )

    return Text(ru=f"{words('ru')} {_LIMITS.ru}", en=f"{words('en')} {_LIMITS.en}")


_VERDICTS = {
    "alike": Text(
        ru="«{title}»: соседи похожи сильнее, чем при случайной расстановке тех же значений ({figures}; соседи — "
        "{neighbours}): высокие значения держатся рядом с высокими, низкие — с низкими.",
        en="“{title}”: neighbours are more alike than if the same values stood anywhere ({figures}; neighbours: "
        "{neighbours}): high values stand beside high ones, low beside low.",
    ),
    "unlike": Text(
        ru="«{title}»: соседи различаются сильнее, чем при случайной расстановке тех же значений ({figures}; соседи "
        "— {neighbours}): высокие и низкие значения чередуются.",
        en="“{title}”: neighbours differ more than if the same values stood anywhere ({figures}; neighbours: "
        "{neighbours}): high and low values alternate.",
    ),
    "none": Text(
        ru="«{title}»: расстановка не отличается от случайной ({figures}; соседи — {neighbours}). Это не значит, что "
        "связи нет: она может быть слабой или проявляться в другом масштабе.",
        en="“{title}”: the arrangement does not differ from a random one ({figures}; neighbours: {neighbours}). That "
        "does not mean that there is no tie: it may be weak, or of another scale.",
    ),
}
_PAIRED = {
    "alike": Text(
        ru="Где высоко «{title}», у соседей чаще высоко «{around}» ({figures}; соседи — {neighbours}).",
        en="Where “{title}” is high, the neighbours’ “{around}” tends to be high ({figures}; neighbours: "
        "{neighbours}).",
    ),
    "unlike": Text(
        ru="Где высоко «{title}», у соседей чаще низко «{around}» ({figures}; соседи — {neighbours}).",
        en="Where “{title}” is high, the neighbours’ “{around}” tends to be low ({figures}; neighbours: {neighbours}).",
    ),
    "none": Text(
        ru="Связь «{title}» с «{around}» у соседей не отличается от случайной ({figures}; соседи — {neighbours}).",
        en="The tie of “{title}” to the neighbours’ “{around}” does not differ from chance ({figures}; neighbours: "
        "{neighbours}).",
    ),
}
_LIMITS = Text(
    ru="Одно число на всю карту не говорит, где именно, — для этого есть локальный индекс Морана, — и не говорит "
    "почему: похожесть соседей не доказывает влияния одного на другого.",
    en="One figure for the whole map does not say where – local Moran does – and not why: that neighbours are alike "
    "does not prove that one acts on another.",
)
_SHORT = Text(ru="Сходство соседей", en="Likeness of neighbours")
MORAN = Text(ru="Индекс Морана I", en="Moran's I")
GEARY = Text(ru="Индекс Гири C", en="Geary's C")


def _figures(name: str, title: Text, found: Global) -> dict[str, Figure]:
    def part(ru: str, en: str, value: float) -> Figure:
        return Figure(Text(ru=f"{title.ru}{ru}", en=f"{title.en}{en}"), value)

    return {
        name: part("", "", found.value),
        f"{name}_expected": part(", без связи", ", without any tie", found.expected),
        f"{name}_z": part(": отклонение от случайного, в стандартных", ": standard deviations from chance", found.z),
        f"{name}_p": part(": p, двустороннее", ": p, two-sided", found.p),
        f"{name}_p_one_sided": part(": p, одностороннее (p_sim)", ": p, one-sided (p_sim)", found.p_one_sided),
    }


PROCESS = Process(
    id="global-autocorrelation",
    title=Text(ru="Сходство соседей (Моран, Гири)", en="Likeness of neighbours (Moran, Geary)"),
    description=Text(
        ru=(
            "Похожи ли соседние территории сильнее, чем при случайной расстановке: индексы Морана и Гири по всей "
            "карте, значимость — по перестановкам. Со вторым показателем — двумерный индекс Морана, с населением — "
            "доли с поправкой на малые территории (Асунсан, Рейс)."
        ),
        en=(
            "Whether neighbouring territories are more alike than by chance: Moran's I and Geary's C of the whole "
            "map, significance by permutation. With a second variable the bivariate I, with a population rates that "
            "allow for small territories (Assunção and Reis)."
        ),
    ),
    method=Method(
        formula=(
            "I = (n / Σ w_ij) Σ w_ij z_i z_j / Σ z_i²; C = (n − 1) Σ w_ij (x_i − x_j)² / (2 Σ w_ij Σ z_i²); p = "
            "(r + 1) / (m + 1) of m permutations"
        ),
        citations=(
            "Moran 1950, Biometrika 37: 17–23",
            "Geary 1954, The Incorporated Statistician 5: 115–146",
        ),
    ),
    version="2",
    inputs=PairedInputs,
    run=run,
    example={"variable": "wage_total"},
)
