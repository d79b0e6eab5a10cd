"""Where high or low values gather: Getis-Ord Gi*."""

import numpy as np

from altaigis.analytics import autocorrelation
from altaigis.analytics.autocorrelation import Inference, Local
from altaigis.domain.layer import LayerField
from altaigis.domain.text import Language, Text
from altaigis.processes import legend, notes
from altaigis.processes.data import Data, blamed
from altaigis.processes.local_moran import NOT_SIGNIFICANT, columns, statistics
from altaigis.processes.process import Context, Process, Result
from altaigis.processes.spatial import SpatialInputs, Subject, subject
from altaigis.processes.summary import Figure, Summary, listed

#: Confidence in per cent, by the rate of false ones.
CONFIDENCE = {0.01: 99, 0.05: 95, 0.10: 90}
_COLOURS = {
    "hot_99": "#d73027", "hot_95": "#fc8d59", "hot_90": "#fee090",
    "cold_90": "#e0f3f8", "cold_95": "#91bfdb", "cold_99": "#4575b4",
}  # fmt: skip
_NAMES = {"hot": Text(ru="горячая точка", en="hot spot"), "cold": Text(ru="холодная точка", en="cold spot")}


def _kinds() -> dict[str, tuple[Text, str]]:
    found = {}
    for name, colour in _COLOURS.items():
        side, confidence = name.split("_")
        named = _NAMES[side]
        found[name] = (Text(ru=f"{named.ru}, {confidence} %", en=f"{named.en}, {confidence} %"), colour)
    at = 3  # between hot and cold
    listed_so_far = list(found.items())
    neither = (NOT_SIGNIFICANT, (Text(ru="не отличается от случайного", en="not significant"), legend.NEUTRAL))
    return dict([*listed_so_far[:at], neither, *listed_so_far[at:]])


KINDS = _kinds()


def run(inputs: SpatialInputs, data: Data, context: Context) -> Result:
    examined = subject(inputs, data, context)
    context.step("permuting")
    with blamed("inputs.variable"):
        found = autocorrelation.hot_spots(
            examined.numbers, examined.weights, Inference(context.rng, inputs.permutations, max(CONFIDENCE))
        )
    kind = np.full(len(examined.units), None, dtype=object)
    kind[found.used] = NOT_SIGNIFICANT
    for rate in sorted(CONFIDENCE, reverse=True):
        sure = (found.kind != "") & (found.q <= rate)
        kind[sure] = [f"{side}_{CONFIDENCE[rate]}" for side in found.kind[sure]]
    field, shown = examined.shown
    around, means = examined.around
    title = Text(ru="Горячие и холодные точки", en="Hot and cold spots")
    return Result(
        title=Text(ru=f"{title.ru}: {examined.title.ru}", en=f"{title.en}: {examined.title.en}"),
        units=examined.units,
        fields={
            "value": field,
            "around": around,
            "kind": LayerField(
                type="text", title=title, values={name: told_as for name, (told_as, _) in KINDS.items()}
            ),
            **statistics("Gi* Гетиса — Орда", "Getis-Ord Gi*"),
        },
        columns={"value": shown, "around": means, "kind": kind, **columns(found)},
        styles={
            "default": legend.categories("kind", title, KINDS),
            "value": legend.classes("value", examined.title, shown),
        },
        summary=Summary(
            _text(examined, found, inputs),
            {"units": notes.counted(found.used)}
            | {name: Figure(told_as, int((kind == name).sum())) for name, (told_as, _) in KINDS.items()}
            | {"permutations": Figure(Text(ru="Перестановок", en="Permutations"), found.permutations)},
            examined.flags,
            examined.left_out(found.used),
        ),
    )


def _text(examined: Subject, found: Local, inputs: SpatialInputs) -> Text:
    def words(language: Language) -> str:
        sure = found.q <= 0.05
        named = [
            f"{told_as.in_(language)}: {listed(examined.units.titles(sure & (found.kind == side), language))}"
            for side, told_as in _GATHERED.items()
            if (sure & (found.kind == side)).any()
        ]
        said = (_FOUND if named else _NOTHING).in_(language)
        return said.format(
            title=examined.title.in_(language),
            named="; ".join(named),
            neighbours=inputs.neighbours.title.in_(language),
        )

    return Text(ru=f"{words('ru')} {_LIMITS.ru}", en=f"{words('en')} {_LIMITS.en}")


_GATHERED = {
    "hot": Text(ru="высокие значения собраны вокруг", en="high values gather around"),
    "cold": Text(ru="низкие — вокруг", en="low values around"),
}
_FOUND = Text(
    ru="«{title}»: {named} (уверенность 95 % и выше; соседи — {neighbours}).",
    en="“{title}”: {named} (confidence of 95 % and more; neighbours: {neighbours}).",
)
_NOTHING = Text(
    ru="«{title}»: мест, где высокие или низкие значения собраны больше, чем по случаю, с уверенностью 95 % не "
    "найдено (соседи — {neighbours}). Это не доказывает, что их нет.",
    en="“{title}”: with a confidence of 95 % no place is found where high or low values gather more than by chance "
    "(neighbours: {neighbours}). That does not prove that there is none.",
)
_LIMITS = Text(
    ru="Горячая точка — это единица вместе с соседями: её собственное значение может быть обычным. Уверенность 95 % "
    "значит, что среди названных в среднем не больше 5 % ложных. Причину карта не называет.",
    en="A hot spot is a unit with its neighbours: its own value may be ordinary. A confidence of 95 % means that of "
    "those named no more than 5 % are false on average. The map does not tell the cause.",
)

PROCESS = Process(
    id="hot-spots",
    title=Text(ru="Горячие и холодные точки (Gi*)", en="Hot and cold spots (Gi*)"),
    description=Text(
        ru="Где собраны высокие и где низкие значения: Gi* Гетиса — Орда, сама единица считается вместе с соседями; "
        "значимость — по перестановкам, с контролем доли ложных.",
        en="Where high and where low values gather: Getis-Ord Gi*, the unit counted with its neighbours; "
        "significance by permutation, with the false discovery rate controlled.",
    ),
    version="1",
    inputs=SpatialInputs,
    run=run,
    example={"variable": "wage_total"},
)
