"""Indices of pollution: of the air (ИЗА5, СИ) and of water (ИЗВ), with their parts and what is missing of them.

Formulas and classes as public calculators and textbooks print them; the official documents were not read (RD 52.04.667
for the air, methodical recommendations of 1988 for water), so a figure is to be checked before it is used in a ruling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Exponents of the index of air pollution by hazard class.
EXPONENTS: Mapping[int, float] = {1: 1.7, 2: 1.3, 3: 1.0, 4: 0.85}
#: The worst parts that are summed for ИЗА5, and the parts of ИЗВ.
AIR_PARTS, WATER_PARTS = 5, 6
#: Parts of ИЗВ that count even where others are larger.
ALWAYS_OF_WATER = ("dissolved_oxygen", "bod_total")
#: Lower bounds of levels of ИЗА5.
AIR_LEVELS: Sequence[tuple[float, str]] = ((0, "low"), (5, "raised"), (7, "high"), (14, "very_high"))
#: Upper bounds of classes of ИЗВ.
WATER_CLASSES: Sequence[tuple[float, str]] = (
    (0.2, "I"), (1, "II"), (2, "III"), (4, "IV"), (6, "V"), (10, "VI"), (float("inf"), "VII"),
)  # fmt: skip


@dataclass(frozen=True)
class Load:
    """What an index is made of: a mean concentration, its limit in the same unit, and, in air, the hazard class.

    ``least`` is for what must not be less, as oxygen in water: there the ratio is turned over.
    """

    mean: float
    limit: float
    hazard_class: int | None = None
    least: bool = False

    @property
    def ratio(self) -> float:
        if self.least:
            return self.limit / self.mean if self.mean > 0 else float("inf")
        return self.mean / self.limit


@dataclass(frozen=True)
class Index:
    """An index with its parts.

    Attributes:
        value: None where too few parts are there for the index as it is defined.
        level: the class that the value lies in.
        parts: by substance, the largest first; those that are summed or averaged.
        others: parts that are there, and do not count: they are not among the worst.
        missing: how many parts are not there.
        partial: what the parts that are there give, where the index itself is not.
    """

    value: float | None
    level: str | None
    parts: Mapping[str, float]
    others: Mapping[str, float]
    missing: int
    partial: float | None


def iza(loads: Mapping[str, Load]) -> Index:
    """The index of air pollution: the sum of the five largest ``(mean / daily limit) ** exponent``.

    A substance without a hazard class has no exponent, and is left out by the caller, who tells it.

    Raises:
        KeyError: a hazard class that there is not.
    """
    parts = {name: load.ratio ** EXPONENTS[load.hazard_class or 0] for name, load in loads.items()}
    counted, others = _largest(parts, AIR_PARTS)
    total = sum(counted.values())
    whole = len(counted) == AIR_PARTS
    level = next(name for bound, name in reversed(AIR_LEVELS) if total >= bound) if whole else None
    return Index(
        total if whole else None, level, counted, others, AIR_PARTS - len(counted), _unless(whole, total, counted)
    )


def single(loads: Mapping[str, float]) -> tuple[str, float, str] | None:
    """The standard index СИ: the substance whose highest single concentration is most limits, how many, the level.

    Args:
        loads: by substance, the highest single concentration in limits of single concentrations.
    """
    if not loads:
        return None
    worst = max(loads, key=lambda name: loads[name])
    times = loads[worst]
    levels = (("low", times <= 1), ("raised", times < 5), ("high", times <= 10), ("very_high", True))
    return worst, times, next(name for name, is_so in levels if is_so)


def izv(loads: Mapping[str, Load]) -> Index:
    """The index of water pollution: the mean of six ratios ``mean / limit``.

    They are those of dissolved oxygen (turned over) and of BOD, where these are there, however small, and the largest
    of the others: six main indicators, oxygen and BOD always among them, as textbooks retell the methodical
    recommendations of 1988.
    """
    ratios = {name: load.ratio for name, load in loads.items()}
    always = {name: ratio for name, ratio in ratios.items() if name in ALWAYS_OF_WATER}
    worst, others = _largest({name: ratios[name] for name in ratios.keys() - always}, WATER_PARTS - len(always))
    counted, _ = _largest(always | worst, WATER_PARTS)
    whole = len(counted) == WATER_PARTS
    mean = sum(counted.values()) / len(counted) if counted else 0.0
    level = next(name for bound, name in WATER_CLASSES if mean <= bound) if whole else None
    return Index(
        mean if whole else None, level, counted, others, WATER_PARTS - len(counted), _unless(whole, mean, counted)
    )


def _largest(parts: Mapping[str, float], count: int) -> tuple[dict[str, float], dict[str, float]]:
    ordered = sorted(parts.items(), key=lambda part: (-part[1], part[0]))
    return dict(ordered[:count]), dict(ordered[count:])


def _unless(whole: bool, value: float, counted: Mapping[str, float]) -> float | None:
    return None if whole or not counted else value
