"""Several indicators of the same units: what composites and typologies are made from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from altaigis.analytics.values import Flags, Numbers, numbers
from altaigis.errors import AnalysisError

#: Two indicators with |r| from here on tell the same thing twice.
SAME = 0.9999
#: From here on they overlap so much that a reader should know (OECD/JRC 2008, step 4).
CLOSE = 0.9


@dataclass(frozen=True, eq=False)
class Indicators:
    """A table of indicators that can be compared.

    Attributes:
        values: array (units, indicators), each column in its own unit of measurement, NaN where missing.
        names: of the columns.
        close: pairs of indicators with an absolute correlation of 0.9 or more, and their r: they count nearly twice.
    """

    values: Numbers
    names: tuple[str, ...]
    close: tuple[tuple[str, str, float], ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """One row a unit, one column an indicator.

        Raises:
            AnalysisError: fewer than three units or no column; a column that is no number, infinite, missing
                throughout or constant; or two columns that are the same up to their scale.
        """
        names = tuple(str(name) for name in frame.columns)
        if len(frame) < 3 or not names:
            raise AnalysisError(
                f"{len(frame)} units with {len(names)} indicators: a comparison takes at least 3 units and 1 indicator"
            )
        if len(set(names)) < len(names):
            raise AnalysisError("two indicators have the same name; name each of them once")
        values = np.column_stack([numbers(frame.iloc[:, at], f"indicator {name}") for at, name in enumerate(names)])
        return cls(values, names, _close(values, names))

    @property
    def complete(self) -> Flags:
        """Array (units,): the unit has all the indicators."""
        full: Flags = np.all(~np.isnan(self.values), axis=1)
        return full


def _close(values: Numbers, names: tuple[str, ...]) -> tuple[tuple[str, str, float], ...]:
    correlation = pd.DataFrame(values).corr(min_periods=3).to_numpy()
    pairs = [
        (names[a], names[b], float(correlation[a, b]))
        for a, b in zip(*np.triu_indices(len(names), 1), strict=True)
        if abs(correlation[a, b]) >= CLOSE
    ]
    for one, other, r in pairs:
        if abs(r) >= SAME:
            raise AnalysisError(f"indicators {one} and {other} tell the same (r = {r:.4f}); leave one of them out")
    return tuple(pairs)
