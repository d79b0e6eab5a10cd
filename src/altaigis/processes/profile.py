"""Several variables of the same units: what indices and types are made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from altaigis.analytics.values import Flags
from altaigis.domain.layer import LayerField
from altaigis.domain.text import Text
from altaigis.processes import notes
from altaigis.processes.data import Data, Units, Values
from altaigis.processes.inputs import Variable
from altaigis.processes.summary import LeftOut

MOST_VARIABLES = 50
#: PostgreSQL's names, less what stands before them.
_LONGEST = 40


@dataclass(frozen=True, eq=False)
class Profile:
    """The units and what is known of each.

    Attributes:
        values: one for each variable, in the order in which they were asked for.
    """

    units: Units
    values: Sequence[Values]

    @property
    def frame(self) -> pd.DataFrame:
        """One row a unit, one column a variable by its name."""
        return pd.DataFrame(
            {at: one.numbers for at, one in enumerate(self.values)}, index=self.units.frame.index
        ).set_axis([one.name for one in self.values], axis=1)

    @property
    def titles(self) -> dict[str, Text]:
        """By name of the variable."""
        return {one.name: one.title for one in self.values}

    @property
    def fields(self) -> dict[str, LayerField]:
        """A field for each variable with its values as they came in."""
        return dict(zip(self.names("value"), map(notes.value_field, self.values), strict=True))

    def names(self, prefix: str) -> list[str]:
        """A name of a field for each variable."""
        found: list[str] = []
        for at, one in enumerate(self.values, 1):
            name = f"{prefix}_{re.sub(r'[^a-z0-9]+', '_', one.name.lower())}"[:_LONGEST].rstrip("_")
            found.append(name if name not in found else f"{prefix}_{at}")
        return found

    def incomplete(self, used: Flags) -> list[LeftOut]:
        return [LeftOut("incomplete", notes.INCOMPLETE, self.units.named(~used))]


def profile(variables: Sequence[Variable], units: Units, data: Data) -> Profile:
    """Reads the variables of the units.

    Raises:
        ParameterError: as :meth:`Data.values`.
    """
    return Profile(units, [data.values(one, units, f"inputs.indicators.{at}") for at, one in enumerate(variables)])
