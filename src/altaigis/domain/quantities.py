"""Units of indicators, by pint: what can be converted to what, and what a formula makes of its operands' units.

pint takes a quarter of a second to import, so it is imported where a unit is asked for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from altaigis.domain.formula import Formula, Operand

#: Names of units with a power and what stands between them: what else pint would read is no unit (``9**9**9``).
_UNIT = re.compile(r"(?:1|[^\W\d_]+[²³]?|°C|%|‰|₽)(?:[/·](?:[^\W\d_]+[²³]?|°C|%|‰))*")
_LONGEST = 60
_DEFINITIONS = """
kilo- = 1000 = k-
metre = [length] = m
centimetre = 0.01 * metre = cm
millimetre = 0.001 * metre = mm
hectare = 10000 * metre ** 2 = ha
litre = 0.001 * metre ** 3 = l
gram = [mass] = g
tonne = 1000000 * gram = t
second = [time] = s
minute = 60 * second = min
hour = 3600 * second = h
day = 24 * hour
year = 365.25 * day
month = year / 12
kelvin = [temperature]; offset: 0 = K
degree_Celsius = kelvin; offset: 273.15 = °C = degreeC
watt = gram * metre ** 2 / second ** 3 * 1000 = W
percent = 0.01 = %
permille = 0.001 = ‰
person = [people] = persons
rouble = [money] = RUB = ₽
""".strip()


@dataclass(frozen=True)
class Quantities:
    """A system of units: those of statistics, and what else an installation counts, each word a unit of its own."""

    counted: tuple[str, ...] = ()

    def require(self, unit: str) -> None:
        """Raises ValueError: there is no such unit."""
        self._unit(unit)

    def factor(self, given: str, wanted: str) -> float:
        """What a number in one unit is multiplied with to stand in another.

        Raises:
            ValueError: they are of different kinds.
        """
        with _told(f"{given} cannot be converted to {wanted}"):
            return float(self._registry.Quantity(1.0, self._unit(given)).to(self._unit(wanted)).magnitude)

    def require_fit(self, formula: Formula, units: Mapping[str, str], unit: str | None = None) -> None:
        """Raises ValueError: the units of the operands do not go together, or make none that ``unit`` can tell."""
        # what is no number stays none: only a zero that the formula itself has can be divided by
        self.value(formula, units, lambda _: float("nan"), unit)

    def value(
        self, formula: Formula, units: Mapping[str, str], values: Callable[[Operand], Any], unit: str | None = None
    ) -> Any:
        """What a formula makes of numbers or arrays, in a unit; without one, in that which comes of it.

        Args:
            units: of the indicators, by code.
            values: of an operand, in its unit.

        Raises:
            ValueError: the units do not fit.
        """
        quantity = self._registry.Quantity
        with _told("its units do not fit"):
            made = formula.evaluate(
                lambda number: quantity(number), lambda it: quantity(values(it), self._unit(units[it.code]))
            )
        if unit is None:
            return made.magnitude
        with _told(f"it gives {made.units or 'a plain number'}, which is no {unit}"):
            return made.to(self._unit(unit)).magnitude

    def _unit(self, name: str) -> Any:
        from pint.errors import PintError

        if len(name) > _LONGEST or not _UNIT.fullmatch(name):
            raise ValueError(f"{name[:_LONGEST]} is no unit; a unit looks like persons/km²")
        try:
            return self._registry.Unit("" if name == "1" else name)
        except PintError:
            known = ", ".join(("persons", "RUB", "%", "‰", "m", "km²", "ha", "t", "month", "year", *self.counted))
            raise ValueError(f"{name} is no unit that is known; there are {known} and others") from None

    @cached_property
    def _registry(self) -> Any:
        import pint

        registry: Any = pint.UnitRegistry(None)
        for line in (*_DEFINITIONS.splitlines(), *(f"{word} = [{word}]" for word in self.counted)):
            registry.define(line)
        return registry


class _told:  # noqa: N801 - reads as a statement
    """Errors of pint as ValueErrors that say first what they mean here."""

    def __init__(self, meaning: str) -> None:
        self._meaning = meaning

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        from pint.errors import PintError

        if isinstance(error, ZeroDivisionError):
            raise ValueError("it divides by zero") from None
        if isinstance(error, PintError):
            raise ValueError(f"{self._meaning}: {str(error)[0].lower()}{str(error)[1:]}") from None
