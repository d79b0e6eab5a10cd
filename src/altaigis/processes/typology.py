"""Types of territories that resemble each other."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from altaigis.analytics import typology
from altaigis.analytics.typology import Typology
from altaigis.domain.layer import LayerField
from altaigis.domain.text import LANGUAGES, Language, Text
from altaigis.domain.wording import told
from altaigis.errors import AnalysisError
from altaigis.processes import legend, notes
from altaigis.processes.chart import Profiles
from altaigis.processes.data import Data, blamed
from altaigis.processes.inputs import OfUnits, Variable, asked
from altaigis.processes.neighbours import NEIGHBOURS, Neighbours, weights_of
from altaigis.processes.process import Context, Method, Process, Result
from altaigis.processes.profile import MOST_VARIABLES, Profile, profile
from altaigis.processes.summary import Figure, Flag, Summary

Grouping = Literal["kmeans", "hierarchical", "skater"]
#: Where nobody says how many types there are, these are tried.
TRIED = range(2, 9)
#: Below this silhouette types hardly stand apart (Rousseeuw 1987).
APART = 0.25
#: An indicator is named in the title of a type where it differs by so many standard deviations.
TELLING = 0.5
INDICATORS = asked(
    Text(ru="Показатели", en="Indicators"),
    Text(ru="По чему сравниваются единицы.", en="What the units are compared by."),
    min_length=1,
    max_length=MOST_VARIABLES,
)


class TypologyInputs(OfUnits):
    indicators: tuple[Variable, ...] = INDICATORS
    types: int | None = asked(
        Text(ru="Сколько типов", en="How many types"),
        Text(
            ru="Если не указано, столько, чтобы типы лучше всего отделялись друг от друга (силуэт), от 2 до 8.",
            en="If nothing is said, as many as set the types apart best (silhouette), from 2 to 8.",
        ),
        None,
        ge=2,
        le=20,
    )
    method: Grouping = asked(
        Text(ru="Способ", en="Method"),
        Text(ru="Как единицы собираются в типы.", en="How units are brought together."),
        "kmeans",
        choices={
            "kmeans": Text(ru="k-средних", en="k-means"),
            "hierarchical": Text(ru="иерархический (Уорд)", en="hierarchical (Ward)"),
            "skater": Text(ru="цельные на карте районы (SKATER)", en="regions that hold together on the map (SKATER)"),
        },
    )
    neighbours: Neighbours = NEIGHBOURS


def run(inputs: TypologyInputs, data: Data, context: Context) -> Result:
    context.step("reading")
    units = data.units(inputs.units)
    known = profile(inputs.indicators, units, data)
    make = _MAKERS[inputs.method](known, inputs, context)
    found, tried = _best(make, context) if inputs.types is None else (_asked(make, inputs.types), {})
    titles = [_named(known, found, at) for at in range(len(found.sizes))]
    labels = [str(label + 1) if label >= 0 else None for label in found.labels]
    title = Text(ru="Тип", en="Type")
    return Result(
        title=Text(
            ru=f"Типы: {', '.join(one.title.ru for one in known.values[:4])}",
            en=f"Types: {', '.join(one.title.en for one in known.values[:4])}",
        ),
        units=units,
        fields={
            "type": LayerField(
                type="text", title=title, values={str(at): told_as for at, told_as in enumerate(titles, 1)}
            )
        }
        | known.fields,
        columns={"type": labels}
        | {name: one.numbers for name, one in zip(known.names("value"), known.values, strict=True)},
        styles={
            "default": legend.categories(
                "type",
                title,
                {str(at): (told_as, legend.QUALITATIVE[at - 1]) for at, told_as in enumerate(titles, 1)},
            )
        },
        summary=Summary(
            _text(found, titles),
            _figures(found),
            [*notes.of_values(known.values), *notes.of_close(found.close, known.titles), *_hardly(found)],
            known.incomplete(found.used),
            {"types": _profiles(known, found, titles), "tried": tried},
            Profiles("types"),
        ),
    )


_Make = Callable[[int], Typology]


def _by_kmeans(known: Profile, _inputs: TypologyInputs, context: Context) -> _Make:
    return lambda types: typology.kmeans(known.frame, types, context.rng)


def _by_joining(known: Profile, _inputs: TypologyInputs, _context: Context) -> _Make:
    return lambda types: typology.hierarchical(known.frame, types)


def _by_skater(known: Profile, inputs: TypologyInputs, _context: Context) -> _Make:
    weights = weights_of(known.units, inputs.neighbours)
    return lambda types: typology.regions(known.frame, types, weights)


_MAKERS: Mapping[Grouping, Callable[[Profile, TypologyInputs, Context], _Make]] = {
    "kmeans": _by_kmeans,
    "hierarchical": _by_joining,
    "skater": _by_skater,
}


def _asked(make: _Make, types: int) -> Typology:
    with blamed("inputs.indicators"):
        return make(types)


def _best(make: _Make, context: Context) -> tuple[Typology, dict[str, float]]:
    """The number of types with the highest silhouette, and the silhouettes of all that could be made."""
    found: dict[int, Typology] = {}
    refused: AnalysisError | None = None
    for types in TRIED:
        context.step("grouping", types - TRIED.start, len(TRIED))
        try:
            found[types] = make(types)
        except AnalysisError as error:  # too many for the units, or fewer than the map has parts: others may do
            refused = refused or error
    with blamed("inputs.indicators"):
        if refused and not found:
            raise refused
    best = max(found, key=lambda types: found[types].silhouette)
    return found[best], {str(types): one.silhouette for types, one in found.items()}


def _named(known: Profile, found: Typology, at: int) -> Text:
    """What sets a type apart, the most telling indicator first."""
    profile_of = found.profile[at]
    telling = [k for k in np.argsort(-abs(profile_of), kind="stable")[:3] if abs(profile_of[k]) >= TELLING]

    def words(language: Language) -> str:
        high, low, middle = _DEGREES[language]
        parts = [f"{known.values[k].title.in_(language)} {high if profile_of[k] > 0 else low}" for k in telling]
        return f"{at + 1}. {'; '.join(parts) or middle} ({found.sizes[at]})"

    return Text(**{language: words(language) for language in LANGUAGES})


_DEGREES: Mapping[Language, tuple[str, str, str]] = {
    "ru": ("↑", "↓", "близкие к средним"),
    "en": ("↑", "↓", "close to the mean"),
}


def _profiles(known: Profile, found: Typology, titles: list[Text]) -> list[dict[str, Any]]:
    names = [one.name for one in known.values]
    return [
        {
            "type": at + 1,
            "title": titles[at].model_dump(),
            "size": int(found.sizes[at]),
            "means": dict(zip(names, map(float, found.means[at]), strict=True)),
            "deviations": dict(zip(names, map(float, found.profile[at]), strict=True)),
        }
        for at in range(len(found.sizes))
    ]


def _figures(found: Typology) -> dict[str, Figure]:
    return {
        "units": notes.counted(found.used),
        "types": Figure(Text(ru="Типов", en="Types"), len(found.sizes)),
        "explained": Figure(
            Text(ru="Различий между типами", en="Differences between types"), 100 * found.explained, "%"
        ),
        "silhouette": Figure(Text(ru="Силуэт", en="Silhouette"), found.silhouette),
        "calinski_harabasz": Figure(
            Text(ru="Индекс Калинского — Харабаша", en="Calinski-Harabasz"), found.calinski_harabasz
        ),
        "davies_bouldin": Figure(Text(ru="Индекс Дэвиса — Боулдина", en="Davies-Bouldin"), found.davies_bouldin),
    }


def _hardly(found: Typology) -> list[Flag]:
    text = Text(
        ru=f"Типы почти не отделяются друг от друга (силуэт {told(found.silhouette, None, 'ru', 2)}): границы между "
        "ними условны.",
        en=f"The types hardly stand apart (silhouette {told(found.silhouette, None, 'en', 2)}): where one ends is a "
        "matter of choice.",
    )
    return [Flag("not_apart", text)] if found.silhouette < APART else []


def _text(found: Typology, titles: list[Text]) -> Text:
    def words(language: Language) -> str:
        return _WORDS.in_(language).format(
            units=int(found.used.sum()),
            count=len(titles),
            types="; ".join(one.in_(language) for one in titles),
            explained=told(100 * found.explained, "%", language),
            silhouette=told(found.silhouette, None, language, 2),
        )

    return Text(**{language: words(language) for language in LANGUAGES})


_WORDS = Text(
    ru="Единицы ({units}) разделены на типы ({count}): {types}. ↑ и ↓ — выше и ниже среднего, в скобках число "
    "единиц. Между типами лежит {explained} различий, силуэт {silhouette} (от 0,5 типы отделены хорошо, ниже 0,25 — "
    "едва). Типы описывают сходство по выбранным показателям; с другими показателями или числом типов они будут "
    "другими, и хороших и плохих среди них нет.",
    en="The units ({units}) fall into types ({count}): {types}. ↑ and ↓ are above and below the mean, the number of "
    "units stands in brackets. {explained} of the differences lie between the types, the silhouette is {silhouette} "
    "(from 0.5 on types stand apart, below 0.25 they hardly do). Types tell of likeness by the indicators chosen; "
    "with others, or another number of types, they would be others, and none of them is good or bad.",
)

PROCESS = Process(
    id="typology",
    title=Text(ru="Типы территорий", en="Types of territories"),
    description=Text(
        ru="Территории, похожие по нескольким показателям: k-средних, иерархически или цельными на карте районами "
        "(SKATER); меры качества и портрет каждого типа.",
        en="Territories that are alike in several indicators: by k-means, hierarchically, or as regions that hold "
        "together on the map (SKATER); measures of quality and a profile of each type.",
    ),
    method=Method(
        formula=(
            "min Σ_types Σ_units ‖z − mean of the type‖², z = (x − mean) / s; the number of types by the silhouette"
        ),
        citations=(
            "Lloyd 1982, IEEE Trans. Inf. Theory 28: 129–137",
            "Assunção, Neves, Câmara & Freitas 2006, Int. J. Geogr. Inf. Sci. 20: 797–811",
            "Rousseeuw 1987, J. Comput. Appl. Math. 20: 53–65",
        ),
    ),
    version="2",
    inputs=TypologyInputs,
    run=run,
    example={"indicators": ["wage_total", "dependency_ratio", "pop_growth"]},
    heavy=True,
)
