"""One indicator over periods and territories, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from altaigis.domain.formula import Formula, Operand
from altaigis.domain.indicator import FLAGS
from altaigis.domain.quantities import Quantities
from altaigis.errors import ConformError

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
MISSING = FLAGS.index("missing")
ESTIMATED = FLAGS.index("estimated")
#: Bits of a whole number, less its sign.
MOST_WORDS = 62


@dataclass(frozen=True)
class Words:
    """Words, any set of which is a whole number: what is made of several values has all of theirs."""

    _known: list[str] = field(default_factory=list)

    def code(self, word: str) -> int:
        """Raises ConformError: there are too many words."""
        if word not in self._known:
            if len(self._known) == MOST_WORDS:
                raise ConformError(f"more than {MOST_WORDS} sources or notes, {word} the last of them")
            self._known.append(word)
        return 1 << self._known.index(word)

    def text(self, code: int, between: str = "; ") -> str | None:
        """The words of a set, None for none."""
        return between.join(word for bit, word in enumerate(self._known) if code >> bit & 1) or None


@dataclass(frozen=True, eq=False)
class Series:
    """Of n territories in p periods; all arrays are (p, n).

    Attributes:
        periods: years, ascending.
        values: in the unit of the indicator, NaN where missing.
        flags: places in :data:`FLAGS`.
        sources: sets of words.
        processing: sets of words.
        is_constant: its only period stands for every one.
    """

    periods: tuple[int, ...]
    values: Numbers
    flags: Codes
    sources: Codes
    processing: Codes
    is_constant: bool = False

    def at(self, periods: Sequence[int], years_before: int = 0) -> "Series":
        """The same in other periods, missing where it has none."""
        if self.is_constant:
            rows = np.zeros(len(periods), dtype=np.intp)
        else:
            place = {period: row for row, period in enumerate(self.periods)}
            rows = np.array([place.get(period - years_before, -1) for period in periods], dtype=np.intp)
        gone = (rows < 0)[:, np.newaxis]
        return Series(
            periods=tuple(periods),
            values=np.where(gone, np.nan, self.values[rows]),
            flags=np.where(gone, MISSING, self.flags[rows]),
            sources=np.where(gone, 0, self.sources[rows]),
            processing=np.where(gone, 0, self.processing[rows]),
        )

    def without_gaps_told(self) -> "Series":
        """The same, with the flag of what is missing where a value is."""
        gone = ~np.isfinite(self.values)
        flags = np.where(gone, MISSING, self.flags)
        return Series(
            self.periods, np.where(gone, np.nan, self.values), flags, self.sources, self.processing, self.is_constant
        )


@dataclass(frozen=True)
class Making:
    """Makes series by formulas over series of ``units`` (their units of measure, by code)."""

    quantities: Quantities
    units: dict[str, str]
    derived: int

    def made(self, formula: Formula, series: dict[str, Series], unit: str | None = None) -> Series:
        """What a formula makes of series, in a unit: in the periods that all its operands have, or in the earliest
        where each of them stands for every period.

        Raises:
            ConformError: there is no such period.
        """
        operands = formula.operands
        periods = common_periods(operands, series)
        parts = {it: series[it.code].at(periods, int(it.previous)) for it in operands}
        with np.errstate(all="ignore"):
            values = self.quantities.value(formula, self.units, lambda it: parts[it].values, unit)
        shape = next(iter(parts.values())).values.shape if parts else (len(periods), 1)
        found = Series(
            periods=tuple(periods),
            values=np.broadcast_to(np.asarray(values, dtype=np.float64), shape),
            flags=np.maximum.reduce([part.flags for part in parts.values()]),
            sources=np.bitwise_or.reduce([part.sources for part in parts.values()]),
            processing=np.bitwise_or.reduce([part.processing for part in parts.values()]) | self.derived,
            is_constant=all(series[it.code].is_constant for it in operands),
        )
        return found.without_gaps_told()


def common_periods(operands: Sequence[Operand], series: dict[str, Series]) -> list[int]:
    """The periods that a formula over these has values in.

    Raises:
        ConformError: there is none.
    """
    changing = [it for it in operands if not series[it.code].is_constant]
    if not changing:
        return [min(series[it.code].periods[0] for it in operands)]
    each = [{period + it.previous for period in series[it.code].periods} for it in changing]
    found = sorted(set.intersection(*each))
    if not found:
        told = "; ".join(f"{it.code} has {', '.join(map(str, series[it.code].periods))}" for it in changing)
        raise ConformError(f"there is no period in which all that it is made from has values: {told}")
    return found
