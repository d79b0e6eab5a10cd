"""Where high or low values gather: Getis-Ord Gi*."""

import numpy as np

from altaigis.analytics import autocorrelation
from altaigis.analytics.autocorrelation import Inference
from altaigis.domain.text import Text
from altaigis.processes.data import Data, blamed
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.spatial import NEITHER, NOT_SIGNIFICANT, LocalMap, SpatialInputs, subject

#: Confidence in per cent, by the rate of false ones.
CONFIDENCE = {0.01: 99, 0.05: 95, 0.10: 90}
#: The rate up to which units are named in words.
SURE = 0.05
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
    entries = list(found.items())
    return dict([*entries[:at], (NOT_SIGNIFICANT, NEITHER), *entries[at:]])


_GATHERED = {
    "hot": Text(ru="высокие значения собраны вокруг", en="high values gather around"),
    "cold": Text(ru="низкие — вокруг", en="low values around"),
}
MAP = LocalMap(
    title=Text(ru="Горячие и холодные точки", en="Hot and cold spots"),
    statistic=Text(ru="Gi* Гетиса — Орда", en="Getis-Ord Gi*"),
    kinds=_kinds(),
    found=Text(
        ru="«{title}»: {named} (уверенность 95 % и выше; соседи — {neighbours}).",
        en="“{title}”: {named} (confidence of 95 % and more; neighbours: {neighbours}).",
    ),
    nothing=Text(
        ru="«{title}»: мест, где высокие или низкие значения собраны больше, чем по случаю, с уверенностью 95 % не "
        "найдено (соседи — {neighbours}). Это не доказывает, что их нет.",
        en="“{title}”: with a confidence of 95 % no place is found where high or low values gather more than by chance "
        "(neighbours: {neighbours}). That does not prove that there is none.",
    ),
    limits=Text(
        ru="Горячая точка — это единица вместе с соседями: её собственное значение может быть обычным. Уверенность 95 "
        "% значит, что среди названных в среднем не больше 5 % ложных. Причину карта не называет.",
        en="A hot spot is a unit with its neighbours: its own value may be ordinary. A confidence of 95 % means that "
        "of those named no more than 5 % are false on average. The map does not tell the cause.",
    ),
)


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
    named = [(title, (found.q <= SURE) & (found.kind == side)) for side, title in _GATHERED.items()]
    return MAP.result(examined, found, kind, MAP.text(examined, inputs, named, SURE))


PROCESS = Process(
    id="hot-spots",
    title=Text(ru="Горячие и холодные точки (Gi*)", en="Hot and cold spots (Gi*)"),
    description=Text(
        ru="Где собраны высокие и где низкие значения: Gi* Гетиса — Орда, сама единица считается вместе с соседями; "
        "значимость — по перестановкам, с контролем доли ложных.",
        en="Where high and where low values gather: Getis-Ord Gi*, the unit counted with its neighbours; "
        "significance by permutation, with the false discovery rate controlled.",
    ),
    method=Method(
        formula=(
            "Gi* = Σ w_ij x_j / Σ x_j, the unit itself among its neighbours; p from conditional permutations, q "
            "of the false discovery rate"
        ),
        citations=(
            "Getis & Ord 1992, Geogr. Anal. 24: 189–206",
            "Ord & Getis 1995, Geogr. Anal. 27: 286–306",
            "Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57: 289–300",
        ),
    ),
    version="2",
    inputs=SpatialInputs,
    run=run,
    example={"variable": "wage_total"},
)
