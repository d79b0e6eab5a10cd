"""The trend of one parameter at all stations: a layer of points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import model_validator

from altaigis.analytics import trends
from altaigis.analytics.autocorrelation import discovery_rates
from altaigis.analytics.steps import LEAST_SHARE, PERIODS
from altaigis.analytics.trends import Test, Trend
from altaigis.analytics.values import Numbers
from altaigis.domain.layer import LayerField
from altaigis.domain.parameter import PARAMETER_NAME, Parameter
from altaigis.domain.style import Shape
from altaigis.domain.text import LANGUAGES, Language, Text
from altaigis.domain.wording import number, told
from altaigis.errors import AnalysisError, ParameterError
from altaigis.processes import legend
from altaigis.processes.chart import Intervals
from altaigis.processes.data import Data, Stepped, Units, Wanted
from altaigis.processes.inputs import Inputs, asked
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.summary import Figure, Flag, LeftOut, Summary, listed

#: Years that slopes are told in.
DECADE = 10
TOO_SHORT = "too_short"
#: Title and colour of what is found at a station (ColorBrewer's RdBu).
KINDS = {
    "increasing": (Text(ru="рост", en="rise"), "#b2182b"),
    "decreasing": (Text(ru="снижение", en="fall"), "#2166ac"),
    "none": (Text(ru="тренд не найден", en="no trend found"), "#f7f7f7"),
    TOO_SHORT: (Text(ru="ряд слишком короткий", en="the series is too short"), "#969696"),
}
#: Told apart without colour, too.
SHAPES: dict[str, Shape] = {"increasing": "triangle", "decreasing": "diamond", "none": "circle", TOO_SHORT: "square"}
TESTS: dict[Test, Text] = {
    "seasonal-correlated": Text(
        ru="сезонный, сезоны могут быть похожи (Хирш — Слэк)", en="seasonal, seasons may be alike (Hirsch and Slack)"
    ),
    "seasonal": Text(ru="сезонный (Хирш — Слэк — Смит)", en="seasonal (Hirsch, Slack and Smith)"),
    "hamed-rao": Text(
        ru="соседние годы могут быть похожи (Хамед — Рао)", en="neighbouring years may be alike (Hamed and Rao)"
    ),
    "mann-kendall": Text(ru="годы независимы (Манн — Кендалл)", en="years are independent (Mann and Kendall)"),
}
_YEAR = {"ge": 1800, "le": 2200}


class StationTrendsInputs(Inputs):
    parameter: str = asked(
        Text(ru="Параметр", en="Parameter"),
        Text(ru="Что измеряют пункты (код: air_temperature).", en="What stations measure (code: air_temperature)."),
        pattern=f"^{PARAMETER_NAME.pattern}$",
        role="parameter",
    )
    since: int | None = asked(
        Text(ru="С года", en="From the year"),
        Text(ru="Если не указан, с начала рядов.", en="If none, from the beginning of the series."),
        None,
        **_YEAR,
    )
    until: int | None = asked(
        Text(ru="По год", en="To the year"),
        Text(ru="Этот год входит; если не указан, до конца рядов.", en="Included; if none, to the end of the series."),
        None,
        **_YEAR,
    )
    step: Literal["month", "season", "year"] = asked(
        Text(ru="Шаг", en="Step"),
        Text(
            ru="Чего берутся средние или суммы; месяцы и сезоны сравниваются каждый с собой.",
            en="What means or sums are taken of; months and seasons are each compared with themselves.",
        ),
        "month",
        choices={
            "month": Text(ru="месяц", en="month"),
            "season": Text(ru="сезон", en="season"),
            "year": Text(ru="год", en="year"),
        },
    )
    test: Test | None = asked(
        Text(ru="Критерий", en="Test"),
        Text(
            ru="Вариант критерия Манна — Кендалла; если не указан, тот, что допускает похожие соседние значения.",
            en="A variant of Mann and Kendall's; if none, the one that lets neighbouring values be alike.",
        ),
        None,
        choices=TESTS,
    )
    alpha: float = asked(
        Text(ru="Доля ложных", en="Rate of false ones"),
        Text(
            ru="Какая доля названных трендов может быть названа по ошибке (Беньямини — Хохберг).",
            en="What part of the trends that are named may be named by mistake (Benjamini and Hochberg).",
        ),
        0.05,
        ge=trends.ALPHAS[0],
        le=trends.ALPHAS[1],
    )
    completeness: float = asked(
        Text(ru="Полнота шага", en="Completeness of a step"),
        Text(
            ru="Какая часть месяца, сезона или года должна быть измерена, чтобы его значение вошло.",
            en="How much of a month, season or year has to be measured for its value to count.",
        ),
        LEAST_SHARE,
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _fit(self) -> "StationTrendsInputs":
        offered = trends.offered(PERIODS[self.step])
        if self.test and self.test not in offered:
            raise ValueError(f"test '{self.test}' is not for step '{self.step}'; there are {', '.join(offered)}")
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since {self.since} is behind until {self.until}")
        return self

    @property
    def chosen(self) -> Test:
        return self.test or trends.offered(PERIODS[self.step])[0]


@dataclass(frozen=True, eq=False)
class _Station:
    """A station's series and its trend, or why there is none."""

    observed: Stepped
    trend: Trend | None
    refusal: str = ""


def run(inputs: StationTrendsInputs, data: Data, context: Context) -> Result:
    context.step("reading")
    units, series = data.stepped(
        Wanted(inputs.parameter, inputs.step, inputs.since, inputs.until, inputs.completeness), "inputs.parameter"
    )
    stations = []
    for at, one in enumerate(series):
        context.step("testing", at, len(series))
        stations.append(_tested(one, inputs))
    if not any(one.trend for one in stations):
        raise ParameterError("inputs.parameter", f"no station has a series that is long enough: {stations[0].refusal}")
    parameter = series[0].parameter
    p = np.array([np.nan if one.trend is None else one.trend.p for one in stations])
    told_of, q = ~np.isnan(p), np.full(len(p), np.nan)
    q[told_of] = discovery_rates(p[told_of])
    kind = np.array([_kind(one.trend, rate, inputs.alpha) for one, rate in zip(stations, q, strict=True)], object)
    title = _title(parameter, series)
    columns = _columns(stations)
    return Result(
        title=title,
        units=units,
        fields=_fields(parameter, inputs),
        columns={**columns, "p": p, "q": q, "kind": kind},
        styles={
            "default": legend.categories("kind", title, KINDS, SHAPES),
            "slope": legend.classes("slope", title, columns["slope"], colours=legend.DIVERGING),
        },
        summary=Summary(
            _text(parameter, inputs.alpha, units, kind, columns["slope"]),
            {"stations": Figure(Text(ru="Пунктов", en="Stations"), len(stations))}
            | {name: Figure(words, int((kind == name).sum())) for name, (words, _) in KINDS.items()}
            | {
                "alpha": Figure(Text(ru="Доля ложных среди названных", en="Rate of false ones"), inputs.alpha),
                "test": Figure(Text(ru="Критерий", en="Test"), TESTS[inputs.chosen]),
            },
            _flags(series, units),
            [LeftOut("incomplete", _SHORT, units.named(~told_of))],
            chart=Intervals("slope", "slope_low", "slope_high"),
        ),
    )


def _tested(one: Stepped, inputs: StationTrendsInputs) -> _Station:
    try:
        return _Station(one, trends.by_name(one.steps.values, one.steps.period, inputs.chosen))
    except AnalysisError as error:
        return _Station(one, None, str(error))


def _kind(found: Trend | None, rate: float, alpha: float) -> str:
    if found is None:
        return TOO_SHORT
    return ("increasing" if found.score > 0 else "decreasing") if rate <= alpha and found.score else "none"


def _columns(stations: Sequence[_Station]) -> dict[str, np.ndarray]:
    slopes = [one.trend.slope if one.trend else None for one in stations]

    def decade(end: str) -> Numbers:
        ends = [getattr(slope, end, None) for slope in slopes]
        return np.array([np.nan if value is None else DECADE * value for value in ends])

    steps = [one.observed.steps for one in stations]
    return {
        "slope": decade("value"),
        "slope_low": decade("low"),
        "slope_high": decade("high"),
        "tau": np.array([one.trend.tau if one.trend else np.nan for one in stations]),
        "n": np.array([int((~np.isnan(own.values)).sum()) for own in steps]),
        "completeness": np.array([100 * own.shares.mean() for own in steps]),
        "first": np.array([own.labels[0] for own in steps], object),
        "last": np.array([own.labels[-1] for own in steps], object),
        "synthetic": np.array([one.observed.synthetic for one in stations], object),
    }


def _fields(parameter: Parameter, inputs: StationTrendsInputs) -> Mapping[str, LayerField]:
    digits = parameter.digits + 2
    confidence = round(100 * (1 - _ALPHA))

    def of_slope(ru: str, en: str) -> LayerField:
        return LayerField(type="number", unit=parameter.unit, digits=digits, title=Text(ru=ru, en=en))

    return {
        "slope": of_slope("Изменение за 10 лет (наклон Сена)", "Change in 10 years (Sen's slope)"),
        "slope_low": of_slope(f"Не меньше, с уверенностью {confidence} %", f"Not less, confidence {confidence} %"),
        "slope_high": of_slope(f"Не больше, с уверенностью {confidence} %", f"Not more, confidence {confidence} %"),
        "kind": LayerField(
            type="text", title=Text(ru="Тренд", en="Trend"), values={name: words for name, (words, _) in KINDS.items()}
        ),
        "p": LayerField(type="number", digits=4, title=Text(ru="p, двустороннее", en="p, two-sided")),
        "q": LayerField(
            type="number",
            digits=4,
            title=Text(ru="p с поправкой на число пунктов", en="p adjusted for the number of stations"),
            description=Text(
                ru=f"Среди трендов, у которых оно не больше {number(inputs.alpha, 'ru')}, такова и средняя доля ложных "
                "(Беньямини — Хохберг).",
                en=f"Of the trends with up to {number(inputs.alpha, 'en')}, that part is false on average (Benjamini "
                "and Hochberg).",
            ),
        ),
        "tau": LayerField(type="number", digits=2, title=Text(ru="Тау Кендалла", en="Kendall's tau")),
        "n": LayerField(type="integer", title=Text(ru="Значений", en="Values")),
        "completeness": LayerField(type="number", unit="%", digits=0, title=Text(ru="Полнота", en="Completeness")),
        "first": LayerField(type="text", title=Text(ru="Начало ряда", en="First step")),
        "last": LayerField(type="text", title=Text(ru="Конец ряда", en="Last step")),
        "synthetic": LayerField(type="boolean", title=Text(ru="Ряд синтетический", en="Synthetic series")),
    }


#: 1 - confidence of the intervals of slopes.
_ALPHA = 0.05


def _title(parameter: Parameter, series: Sequence[Stepped]) -> Text:
    made_up = sum(one.synthetic for one in series)
    ru, en = f"Тренд: {parameter.title.ru}", f"Trend: {parameter.title.en}"
    if not made_up:
        return Text(ru=ru, en=en)
    if made_up == len(series):
        return Text(ru=f"{ru} (синтетические ряды)", en=f"{en} (synthetic series)")
    return Text(
        ru=f"{ru} (есть синтетические ряды: {made_up} из {len(series)})",
        en=f"{en} (synthetic series among them: {made_up} of {len(series)})",
    )


def _flags(series: Sequence[Stepped], units: Units) -> list[Flag]:
    made_up = np.array([one.synthetic for one in series])
    text = Text(
        ru=f"Синтетических (придуманных) рядов: {made_up.sum()}; о природе они не говорят.",
        en=f"Synthetic (made-up) series: {made_up.sum()}; they tell nothing of nature.",
    )
    return [Flag("synthetic", text, units.named(made_up))] if made_up.any() else []


def _text(parameter: Parameter, alpha: float, units: Units, kind: np.ndarray, slope: Numbers) -> Text:
    def words(language: Language) -> str:
        parts = []
        for name, said in _FOUND.items():
            which = kind == name
            if which.any():
                middle = told(float(np.median(slope[which])), parameter.unit, language)
                names = listed(units.titles(which, language))
                parts.append(said.in_(language).format(names=names, middle=middle))
        said = _SOME if parts else _NONE
        return said.in_(language).format(
            title=parameter.title.in_(language),
            named="; ".join(parts),
            alpha=told(100 * alpha, "%", language),
            tested=int((kind != TOO_SHORT).sum()),
        )

    both = {language: f"{words(language)} {_LIMITS.in_(language)}" for language in LANGUAGES}
    return Text(**both)


_FOUND = {
    "increasing": Text(
        ru="рост — {names} (медиана {middle} за 10 лет)", en="rise: {names} (median {middle} in 10 years)"
    ),
    "decreasing": Text(
        ru="снижение — {names} (медиана {middle} за 10 лет)", en="fall: {names} (median {middle} in 10 years)"
    ),
}
_SOME = Text(
    ru="«{title}»: {named}. Проверено пунктов: {tested}; из названных трендов ложных в среднем не больше {alpha}.",
    en="“{title}”: {named}. Stations tested: {tested}; of the trends named, no more than {alpha} are false on average.",
)
_NONE = Text(
    ru="«{title}»: тренд не найден ни в одном из проверенных пунктов ({tested}, доля ложных {alpha}). Это не "
    "доказывает, что его нет.",
    en="“{title}”: no trend is found at any of the stations tested ({tested}, rate of false ones {alpha}). That does "
    "not prove that there is none.",
)
_LIMITS = Text(
    ru="«Не найден» не значит «нет»: изменение в пределах интервала по этим значениям не отличить от случая. Ряды "
    "разной длины не сравниваются; перенос прибора выглядит как тренд; о причине и о будущем карта не говорит.",
    en="“Not found” is not “none”: a change within the interval cannot be told from chance by these values. Series of "
    "different length do not compare; an instrument that was moved looks like a trend; the map tells neither the cause "
    "nor the future.",
)
_SHORT = Text(
    ru="Ряд слишком короткий, неполный или без изменений.", en="The series is too short, has too many gaps, or is flat."
)

PROCESS = Process(
    id="station-trends",
    title=Text(ru="Тренды на станциях", en="Trends at stations"),
    description=Text(
        ru="Растёт или снижается параметр и насколько за 10 лет, на каждой станции: критерий Манна — Кендалла "
        "(сезонный для месяцев и сезонов), наклон Сена с интервалом; с контролем доли ложных по всем станциям.",
        en="Whether a parameter rises or falls and by how much in 10 years, at every station: Mann–Kendall test "
        "(seasonal for months and seasons), Sen's slope with its interval; with the false discovery rate over all "
        "stations controlled.",
    ),
    method=Method(
        formula=(
            "S = Σ sgn(x_j − x_i), i < j; Z = (S ∓ 1) / √Var S; slope = median (x_j − x_i) / (t_j − t_i); q of "
            "the false discovery rate"
        ),
        citations=(
            "Mann 1945, Econometrica 13: 245–259",
            "Sen 1968, J. Am. Stat. Assoc. 63: 1379–1389",
            "Hamed & Rao 1998, J. Hydrol. 204: 182–196",
            "Hirsch, Slack & Smith 1982, Water Resour. Res. 18: 107–121",
        ),
    ),
    version="2",
    inputs=StationTrendsInputs,
    run=run,
    example={"parameter": "air_temperature"},
)
