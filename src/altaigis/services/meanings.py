"""What the statistics of a series mean and what they do not, in plain words; and where each method comes from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from altaigis.analytics.change_points import Change, Spans
from altaigis.analytics.completeness import Calendar
from altaigis.analytics.outliers import Outliers
from altaigis.analytics.seasonality import Decomposition
from altaigis.analytics.steps import Steps
from altaigis.analytics.trends import Direction, Trend
from altaigis.domain.parameter import Parameter
from altaigis.domain.text import LANGUAGES, Language, Text
from altaigis.domain.wording import number, told


@dataclass(frozen=True)
class Method:
    """How a figure was found.

    Attributes:
        formula: the heart of it.
        citations: who tells of it.
        assumptions: what has to hold for the figure to mean what it says.
    """

    title: Text
    formula: str
    citations: tuple[str, ...]
    assumptions: Text


_KENDALL = "S = Σ sgn(x_j − x_i), i < j; Var S = [n(n−1)(2n+5) − Σ t(t−1)(2t+5)] / 18; Z = (S ∓ 1) / √Var S"
_SEN = "slope = median (x_j − x_i) / (t_j − t_i)"
_SEN_1968 = "Sen 1968, J. Am. Stat. Assoc. 63: 1379–1389"
_STEADY = Text(
    ru="Тренд монотонный; стандарты и место измерения за это время не менялись.",
    en="The trend goes one way; neither the place nor the way of measuring changed meanwhile.",
)


def _with(ru: str, en: str) -> Text:
    return Text(ru=f"{ru} {_STEADY.ru}", en=f"{en} {_STEADY.en}")


METHODS: Mapping[str, Method] = {
    "mann-kendall": Method(
        Text(ru="Критерий Манна — Кендалла, наклон Сена", en="Mann–Kendall test, Sen's slope"),
        f"{_KENDALL}; {_SEN}",
        ("Mann 1945, Econometrica 13: 245–259", "Kendall 1975, Rank Correlation Methods", _SEN_1968),
        _with("Значения не зависят друг от друга и не имеют сезона.", "Values are independent and without a season."),
    ),
    "hamed-rao": Method(
        Text(
            ru="Критерий Манна — Кендалла с поправкой Хамеда — Рао, наклон Сена",
            en="Mann–Kendall test after Hamed and Rao, Sen's slope",
        ),
        f"{_KENDALL}, Var S · max(1, 1 + 2 / [n(n−1)(n−2)] Σ (n−k)(n−k−1)(n−k−2) ρ_k), significant ρ_k of ranks, "
        f"k = 1…3; {_SEN}",
        ("Hamed & Rao 1998, J. Hydrol. 204: 182–196", "Mann 1945, Econometrica 13: 245–259", _SEN_1968),
        _with("Соседние значения могут быть похожи; сезона нет.", "Neighbouring values may be alike; no season."),
    ),
    "seasonal": Method(
        Text(ru="Сезонный критерий Манна — Кендалла, наклон Сена", en="Seasonal Mann–Kendall test, Sen's slope"),
        f"S = Σ S_g, Var S = Σ Var S_g over seasons g; {_KENDALL}; {_SEN} within seasons",
        ("Hirsch, Slack & Smith 1982, Water Resour. Res. 18: 107–121", _SEN_1968),
        _with(
            "Каждый месяц или сезон сравнивается только с собой; значения не зависят друг от друга.",
            "Each month or season is compared with itself alone; values are independent.",
        ),
    ),
    "seasonal-correlated": Method(
        Text(
            ru="Сезонный критерий Манна — Кендалла с ковариацией сезонов, наклон Сена",
            en="Seasonal Mann–Kendall test with covariance of the seasons, Sen's slope",
        ),
        f"S = Σ S_g, Var S = ΣΣ σ_gh, σ_gh = [K_gh + 4 Σ R_ig R_ih − n(n_g+1)(n_h+1)] / 3, Z = S / √Var S; {_SEN} "
        "within seasons",
        ("Hirsch & Slack 1984, Water Resour. Res. 20: 727–732", _SEN_1968),
        _with(
            "Каждый месяц или сезон сравнивается только с собой; в пределах года они могут быть похожи.",
            "Each month or season is compared with itself alone; within a year they may be alike.",
        ),
    ),
    "pettitt": Method(
        Text(ru="Критерий Петтитта", en="Pettitt's test"),
        "U_t = 2 Σ r_i − t(n+1), i ≤ t; K = max |U_t|; p ≈ 2 exp[−6K² / (n³ + n²)]",
        ("Pettitt 1979, J. R. Stat. Soc. C 28: 126–135",),
        Text(
            ru="Один скачок уровня, до и после него уровень постоянен; значения не зависят друг от друга: если "
            "соседние похожи, p занижено. Плавный тренд тоже выглядит как скачок посередине.",
            en="One change of level, steady before and after it; values are independent: where neighbours are alike, "
            "p is too small. A slow trend looks like a change in its middle, too.",
        ),
    ),
    "pelt": Method(
        Text(ru="PELT: участки с постоянным средним", en="PELT: stretches with a steady mean"),
        "min Σ (x − mean)² + penalty · changes; penalty = strictness · 2 s² (1+r)/(1−r) ln n",
        (
            "Killick, Fearnhead & Eckley 2012, J. Am. Stat. Assoc. 107: 1590–1598",
            "Chakar, Lebarbier, Lévy-Leduc & Robin 2017, Bernoulli 23: 1408–1447",
        ),
        Text(
            ru="Между скачками среднее постоянно; похожесть соседних значений учтена в штрафе. Значимости метод не "
            "даёт: число участков зависит от штрафа.",
            en="Between changes the mean is steady; likeness of neighbours is allowed for in the penalty. The method "
            "tells no significance: how many stretches there are depends on the penalty.",
        ),
    ),
    "stl": Method(
        Text(ru="STL: тренд, сезон и остаток", en="STL: trend, season and remainder"),
        "x = trend + season + remainder, by loess, robust; strength = max(0, 1 − Var R / Var(part + R))",
        (
            "Cleveland, Cleveland, McRae & Terpenning 1990, J. Off. Stat. 6: 3–73",
            "Wang, Smith & Hyndman 2006, Data Min. Knowl. Discov. 13: 335–364",
        ),
        Text(
            ru="Части складываются; сезон меняется медленно (окно 13 лет); на концах ряда тренд ненадёжен.",
            en="The parts add up; the season changes slowly (a window of 13 years); at the ends the trend is unsure.",
        ),
    ),
    "hampel": Method(
        Text(ru="Идентификатор Хампеля без сезона и уровня", en="Hampel's identifier without season and level"),
        "r = x − median of the season − running median of 4 years; score = 0.6745 (r − median r) / median |r − median "
        "r| within three months of the year; flagged where |score| > threshold",
        (
            "Hampel 1974, J. Am. Stat. Assoc. 69: 383–393",
            "Iglewicz & Hoaglin 1993, How to Detect and Handle Outliers",
        ),
        Text(
            ru="Отклонения распределены почти симметрично: у осадков и загрязнений длинный верхний хвост отмечается "
            "чаще. И без ошибок отмечается часть значений: у нормальных, при пороге 3,5, одно из двух тысяч, в "
            "коротких рядах больше.",
            en="Deviations spread nearly evenly to both sides: of precipitation and pollutants the long upper tail is "
            "flagged more often. Some values are flagged without any fault: of normal ones, with a threshold of 3.5, "
            "one in two thousand, and more in short series.",
        ),
    ),
    "completeness": Method(
        Text(ru="Полнота ряда", en="Completeness"),
        "share = values that are there / values that the usual step of the series would give; days weigh months",
        (),
        Text(
            ru="Обычный шаг ряда — промежуток между значениями, которых хотя бы половина, а если такого нет — средний "
            "по величине (медиана); отмеченные плохими не считаются.",
            en="The usual step is the time between two values that at least half of them have, or else the middle one "
            "(median); those flagged bad do not count.",
        ),
    ),
}

SYNTHETIC = Text(
    ru="Ряд синтетический (придуманный): о природе он не говорит.",
    en="The series is synthetic (made up): it tells nothing of nature.",
)
LOW_SUMS = Text(
    ru="Суммы неполных шагов занижены; completeness=1 оставит только полные.",
    en="Sums of incomplete steps are too low; completeness=1 takes whole ones alone.",
)


@dataclass(frozen=True)
class Subject:
    """What the words are about."""

    parameter: Parameter
    steps: Steps
    synthetic: bool

    def said(self, ru: str, en: str) -> Text:
        """A sentence about it, with what else must be known."""
        first, last = self.steps.labels[0], self.steps.labels[-1]
        more = [LOW_SUMS] * self.has_low_sums + [SYNTHETIC] * self.synthetic
        told = Text(
            ru=f"«{self.parameter.title.ru}», {first} – {last}: {ru}",
            en=f"“{self.parameter.title.en}”, {first} – {last}: {en}",
        )
        return Text(**{language: " ".join(part.in_(language) for part in (told, *more)) for language in LANGUAGES})

    @property
    def has_low_sums(self) -> bool:
        """Whether sums are taken of steps that are not whole."""
        shares = self.steps.shares[~np.isnan(self.steps.values)]
        return self.parameter.totals == "sum" and bool((shares < 1).any())

    def told(self, value: float, language: Language) -> str:
        return told(value, self.parameter.unit, language)


def trend(subject: Subject, found: Trend, decade: float) -> Text:
    """What a test of a trend says.

    Args:
        decade: steps of time of the slope in ten years.
    """
    both = {language: _slope(subject, found, decade, language) for language in LANGUAGES}
    said = _TRENDS[found.direction]
    words = {
        language: said.in_(language).format(
            slope=both[language],
            p=probability(found.p, language),
            alpha=number(found.alpha, language),
            n=found.n,
        )
        for language in LANGUAGES
    }
    return subject.said(words["ru"], words["en"])


def _slope(subject: Subject, found: Trend, decade: float, language: Language) -> str:
    slope, wide = found.slope, 100 * (1 - found.alpha)
    value = subject.told(decade * slope.value, language)
    if slope.low is None or slope.high is None:
        return {"ru": f"{value} за 10 лет", "en": f"{value} in 10 years"}[language]
    low, high = (told(decade * end, None, language) for end in (slope.low, slope.high))
    confidence = told(wide, "%", language)
    return {
        "ru": f"{value} за 10 лет (от {low} до {high} с уверенностью {confidence})",
        "en": f"{value} in 10 years ({low} to {high} with a confidence of {confidence})",
    }[language]


_TRENDS: Mapping[Direction, Text] = {
    "increasing": Text(
        ru="найден рост, {slope}; {p}, порог {alpha}, значений {n}. Ряд без тренда выглядел бы так редко. О причине "
        "и о будущем это не говорит.",
        en="a rise is found, {slope}; {p}, bound {alpha}, {n} values. A series without a trend would seldom look like "
        "this. It tells neither the cause nor the future.",
    ),
    "decreasing": Text(
        ru="найдено снижение, {slope}; {p}, порог {alpha}, значений {n}. Ряд без тренда выглядел бы так редко. О "
        "причине и о будущем это не говорит.",
        en="a fall is found, {slope}; {p}, bound {alpha}, {n} values. A series without a trend would seldom look like "
        "this. It tells neither the cause nor the future.",
    ),
    "none": Text(
        ru="тренд не найден: {slope}; {p}, порог {alpha}, значений {n}. «Не найден» не значит, что его нет: изменение "
        "в пределах интервала по этим значениям не отличить от случая.",
        en="no trend is found: {slope}; {p}, bound {alpha}, {n} values. “Not found” does not mean that there is none: "
        "a change within the interval cannot be told from chance by these values.",
    ),
}


def changes(subject: Subject, found: Change, spans: Spans, alpha: float) -> Text:
    """What Pettitt's test and PELT say."""
    at = subject.steps.labels[found.at]
    words = {}
    for language in LANGUAGES:
        said = (_CHANGED if found.p <= alpha else _UNCHANGED).in_(language)
        words[language] = said.format(
            at=at,
            what=(_ANOMALY if subject.steps.period > 1 else _VALUE).in_(language),
            before=subject.told(found.before, language),
            after=subject.told(found.after, language),
            p=probability(found.p, language),
            spans=len(spans.starts),
        )
    return subject.said(words["ru"], words["en"])


_VALUE = Text(ru="медиана", en="median")
_ANOMALY = Text(
    ru="медиана отклонений от обычного для времени года", en="median of the deviations from the usual for the season"
)
_CHANGED = Text(
    ru="уровень изменился, вероятнее всего с {at}: {what} до — {before}, после — {after} ({p}). Участков с разным "
    "средним по PELT: {spans}. Перенос прибора, его замена и настоящая перемена выглядят одинаково; плавный тренд "
    "похож на скачок.",
    en="the level changed, most likely from {at} on: {what} {before} before, {after} after ({p}). Stretches with a "
    "mean of their own by PELT: {spans}. An instrument that was moved or replaced and a true change look alike; a slow "
    "trend resembles a change of level.",
)
_UNCHANGED = Text(
    ru="скачок уровня не найден ({p}). Участков с разным средним по PELT: {spans}. «Не найден» не значит, что его не "
    "было.",
    en="no change of level is found ({p}). Stretches with a mean of their own by PELT: {spans}. “Not found” does not "
    "mean that there was none.",
)


def decomposition(subject: Subject, found: Decomposition) -> Text:
    """What the parts say."""
    season, trend = found.season_strength, found.trend_strength
    filled = int(found.filled.sum())
    return subject.said(
        f"сила сезона {number(season, 'ru', 2)}, сила тренда {number(trend, 'ru', 2)} (0 — нет, 1 — кроме него "
        f"ничего). Пропущенных значений: {filled}; они заполнены только для расчёта, остатка у них нет. Разложение "
        "описывает ряд и ничего не проверяет: для вывода о тренде есть критерий.",
        f"strength of the season {number(season, 'en', 2)}, of the trend {number(trend, 'en', 2)} (0: none, 1: nothing "
        f"else). Missing values: {filled}; they are filled for the method alone, and have no remainder. The parts "
        "describe the series and test nothing: whether there is a trend, a test tells.",
    )


def outliers(subject: Subject, found: Outliers) -> Text:
    """What the flags say."""
    flagged, n = int(found.flagged.sum()), found.n
    bound = {language: number(found.threshold, language) for language in LANGUAGES}
    return subject.said(
        f"отмечено {flagged} из {n} значений: от обычного для сезона и лет они дальше {bound['ru']} стандартных "
        "отклонений. Они остались в ряду: паводок и неисправный датчик здесь выглядят одинаково, решает человек. "
        "Неотмеченное значение тоже может быть ошибкой.",
        f"{flagged} of {n} values are flagged: they are more than {bound['en']} standard deviations from what is usual "
        "for the season and the years. They stay in the series: a flood and a broken sensor look alike here, and a "
        "person decides. A value without a flag may be a mistake, too.",
    )


def completeness(subject: Subject, found: Calendar) -> Text:
    """What the shares say."""
    whole = {language: told(100 * found.whole, "%", language) for language in LANGUAGES}
    gap = f" ({found.longest[0]} – {found.longest[1]})" if found.longest else ""
    empty = Text(ru="Лет", en="Years") if subject.steps.step == "year" else Text(ru="Месяцев", en="Months")
    return subject.said(
        f"измерено {whole['ru']} того, чего ждут от обычного шага ряда. {empty.ru} без единого значения: {found.empty}"
        + (f", самый длинный перерыв{gap}" if gap else "")
        + ". Полнота не говорит, верны ли значения.",
        f"{whole['en']} of what the usual step of the series promises is measured. {empty.en} without any value: "
        f"{found.empty}" + (f", the longest gap{gap}" if gap else "") + ". It does not tell whether values are right.",
    )


def probability(p: float, language: Language) -> str:
    """A p as people write it."""
    if p < 0.001:
        return f"p < {number(0.001, language)}"
    return f"p = {number(float(f'{p:.2g}'), language)}"
