"""Indicators: what a number about a territory means, and where it comes from; and the cube that they make together.

The cube has a value for each indicator, territory and period. Territories are the units of one layer, and groups of
them; a group's value is made by the rule of the indicator.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from altaigis.domain.declared import Declared, Identifier
from altaigis.domain.formula import Formula, parse
from altaigis.domain.passport import PassportRule
from altaigis.domain.quantities import Quantities
from altaigis.domain.text import Text
from altaigis.errors import IndicatorNotFound

#: Of an indicator: a layer is named by it, with ``ind_`` before it.
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,35}$")]
Direction = Literal["more_is_better", "less_is_better", "neither"]
Flag = Literal["official", "estimated", "synthetic", "missing"]
#: From the best to none: what is made from several values is no better than the worst of them.
FLAGS: tuple[Flag, ...] = ("official", "estimated", "synthetic", "missing")
ClassMethod = Literal["quantile", "equal", "jenks", "head_tail", "std", "manual"]
#: As many as a reader can tell apart.
MOST_CLASSES = 12
LAYER_PREFIX = "ind_"


def _formula(value: object) -> Formula:
    if isinstance(value, Formula):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("is a formula over codes of indicators, like births / population")
    return parse(value)


FormulaText = Annotated[Formula, BeforeValidator(_formula), PlainSerializer(str)]


class Mean(Declared):
    """The mean of the parts of a group, weighted by a formula over other indicators, mostly one code alone.

    With ``estimate`` the weight stands for a better one that is not known, and groups are flagged as estimated.
    """

    mean: FormulaText
    estimate: bool = False


class RasterSource(Declared):
    """A raster within each unit: the mean of its values, or the share of the area that certain classes have."""

    layer: Identifier
    share: tuple[int, ...] = ()


class ClassRule(Declared):
    """How the values are classed where nobody asks for other classes: ``breaks`` are for ``manual`` alone; with
    ``fixed`` the breaks are those of all periods together; ``palette`` is one of ColorBrewer's."""

    method: ClassMethod = "quantile"
    count: int = Field(5, ge=2, le=MOST_CLASSES)
    breaks: tuple[float, ...] = ()
    fixed: bool = False
    palette: Literal["YlGn", "OrRd", "PuBu", "YlGnBu", "Greys"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "ClassRule":
        if (self.method == "manual") != bool(self.breaks):
            raise ValueError("breaks are given where method is manual, and only there")
        if list(self.breaks) != sorted(set(self.breaks)) or len(self.breaks) >= MOST_CLASSES:
            raise ValueError(f"breaks ascend without repetition, and are fewer than {MOST_CLASSES}")
        return self


class Indicator(Declared):
    """What a number means. It comes from one of: values that are ``published`` (the code in the source), a ``formula``
    over other indicators, ``geometry`` of the units, or a ``raster``.

    ``unit`` is a unit that pint can convert. ``aggregation`` is the rule by which parts make a whole. ``digits`` are
    the decimals that the value is good for. ``year`` is that of geometry or a raster: what they give has one period,
    and stands for every one in formulas.
    """

    title: Text
    definition: Text
    unit: str
    direction: Direction
    aggregation: Literal["sum", "none"] | Mean
    digits: int = Field(ge=0, le=9)
    published: str | None = None
    formula: FormulaText | None = None
    geometry: Literal["area"] | None = None
    raster: RasterSource | None = None
    year: int | None = Field(None, ge=1000, le=2999)
    classes: ClassRule = ClassRule()

    @model_validator(mode="after")
    def _of_one_source(self) -> "Indicator":
        given = [name for name in _SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"comes from one of {', '.join(_SOURCES)}, and from no other; given: {given or 'none'}")
        if self.is_constant != (self.year is not None):
            raise ValueError("year is given where geometry or raster is, and only there")
        return self

    @property
    def is_constant(self) -> bool:
        """Whether its one value stands for every period."""
        return self.geometry is not None or self.raster is not None

    @property
    def weight(self) -> Formula | None:
        """What the parts of a mean are weighted by."""
        return self.aggregation.mean if isinstance(self.aggregation, Mean) else None

    @property
    def made(self) -> tuple[tuple[str, Formula], ...]:
        """Its formulas, by the key that holds them."""
        both = (("formula", self.formula), ("aggregation.mean", self.weight))
        return tuple((key, formula) for key, formula in both if formula)

    @property
    def needs(self) -> frozenset[str]:
        """Codes of the indicators that its values, and those of groups, are made from."""
        return frozenset(code for _, formula in self.made for code in formula.codes)


_SOURCES = ("published", "formula", "geometry", "raster")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the cube, None where it is missing. Of a group there are ``parts``, and some of them have values."""

    territory: str
    kind: str
    period: int
    value: float | None
    flag: str
    processing: str | None
    parts: int | None
    parts_there: int | None
    source: str | None


class Theme(Declared):
    """A file of indicators."""

    title: Text
    indicators: Mapping[Code, Indicator] = Field(min_length=1)


class Group(Declared):
    """Units taken together: those whose fields have these values, all without any. ``kind`` is ``region`` for the
    whole."""

    title: Text
    kind: Literal["zone", "region"]
    where: Mapping[Identifier, str | bool | int] = Field(default_factory=dict)


class Base(Declared):
    """What sums can be told per: so many (``times``) of the unit of another indicator, ``by``. ``unit`` is how they are
    called together, and ``digits`` are the decimals of the ratio."""

    title: Text
    by: Code
    times: float = Field(1, gt=0)
    unit: str
    digits: int = Field(ge=0, le=9)


class Territories(Declared):
    """What the cube is about: the layer of ``units``; the tables of ``published`` values and of ``changes`` to the
    units; the ``groups`` of units by id; what is ``counted`` there, each a unit of its own; what values can be told
    ``per``; and what a ``passport`` of units shows."""

    units: Identifier
    published: Identifier
    changes: Identifier | None = None
    groups: Mapping[Identifier, Group] = Field(default_factory=dict)
    counted: tuple[Annotated[str, Field(pattern=r"^[^\W\d_]{2,30}$")], ...] = ()
    per: Mapping[Identifier, Base] = Field(default_factory=dict)
    passport: PassportRule = PassportRule()

    @property
    def whole(self) -> str | None:
        """The group that all units make together."""
        return next((name for name, group in self.groups.items() if group.kind == "region"), None)


@dataclass(frozen=True)
class Indicators:
    """All indicators of an installation, by code, with the themes that they stand under."""

    territories: Territories | None = None
    themes: Mapping[str, Theme] = field(default_factory=dict)

    @cached_property
    def by_code(self) -> Mapping[str, Indicator]:
        return {code: indicator for theme in self.themes.values() for code, indicator in theme.indicators.items()}

    @cached_property
    def quantities(self) -> Quantities:
        return Quantities(self.territories.counted if self.territories else ())

    def indicator(self, code: str) -> Indicator:
        """Raises IndicatorNotFound: there is none with this code."""
        found = self.by_code.get(code)
        if found is None:
            raise IndicatorNotFound(f"there is no indicator '{code[:60]}'; /indicators lists those that there are")
        return found

    def theme_of(self, code: str) -> str:
        """The name of the theme that an indicator stands under."""
        return next(name for name, theme in self.themes.items() if code in theme.indicators)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Codes, so that each stands behind those that it is made from.

        Raises:
            CycleError: some are made from each other.
        """
        return tuple(TopologicalSorter({code: sorted(one.needs) for code, one in self.by_code.items()}).static_order())

    def origins(self, code: str) -> tuple[str, ...]:
        """Ids of the layers that the values of an indicator come from, by way of those that it is computed from."""
        one = self.by_code[code]
        named = [one.raster.layer] if one.raster else []
        if self.territories is not None:
            named += [self.territories.published] * bool(one.published) + [self.territories.units] * bool(one.geometry)
        computed = one.formula.codes if one.formula else ()
        return tuple(dict.fromkeys([*named, *(name for each in sorted(computed) for name in self.origins(each))]))

    @property
    def layers(self) -> frozenset[str]:
        """Ids of the layers that the cube is made from."""
        if self.territories is None:
            return frozenset()
        named = {self.territories.units, self.territories.published, self.territories.changes}
        rasters = {one.raster.layer for one in self.by_code.values() if one.raster}
        return frozenset(layer for layer in named | rasters if layer)

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """What is wrong between the indicators: the code of one, the key, and the problem."""
        known = self.by_code
        for code, one in known.items():
            yield from _refused(code, "unit", partial(self.quantities.require, one.unit))
            for key, made in one.made:
                yield from ((code, key, f"there is no indicator {name}") for name in made.codes if name not in known)
            if one.formula and not one.formula.operands:
                yield code, "formula", "names no indicator"
        try:
            _ = self.order
        except CycleError as error:
            cycle = error.args[1]
            key = known[cycle[0]].made[0][0]
            yield cycle[0], key, f"indicators are made from each other: {' <- '.join(cycle)}"
        yield from self._misfits()

    def _misfits(self) -> Iterator[tuple[str, str, str]]:
        """Where units are known, and do not go together."""
        system = self.quantities
        units = {
            code: one.unit
            for code, one in self.by_code.items()
            if not list(_refused(code, "unit", partial(system.require, one.unit)))
        }
        for code, one in self.by_code.items():
            if code not in units or not one.needs <= units.keys():
                continue
            if one.formula:
                yield from _refused(code, "formula", partial(system.require_fit, one.formula, units, one.unit))
            if one.weight:
                yield from _refused(code, "aggregation.mean", partial(system.require_fit, one.weight, units))
            if one.geometry:
                yield from _refused(code, "unit", partial(system.factor, "km²", one.unit))
            if one.raster and one.raster.share:
                yield from _refused(code, "unit", partial(system.factor, "1", one.unit))


def _refused(code: str, key: str, check: Callable[[], object]) -> Iterator[tuple[str, str, str]]:
    try:
        check()
    except ValueError as error:
        yield code, key, str(error)
