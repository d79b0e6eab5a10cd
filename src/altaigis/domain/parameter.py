"""Parameters: what is measured, in which unit, and how its values are read.

One that no file declares can be measured all the same: its unit is then the own one of its kind.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from math import inf
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from altaigis.domain.declared import Declared
from altaigis.domain.text import Text
from altaigis.domain.units import UNITS

#: Likeness from which on one code may be meant by another: "sulfur_dioxide" has 0.90 with "sulphur_dioxide".
ALIKE = 0.8

Medium = Literal["meteo", "air", "water", "radiation"]
#: How values of a time make one: by their mean, their sum, or as directions of a compass.
Totals = Literal["mean", "sum", "direction"]

PARAMETER_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def _is_known(unit: str) -> str:
    if unit not in UNITS:
        raise ValueError(f"is no unit that values can be converted to; there are {', '.join(UNITS)}")
    return unit


class _Declared(Declared):
    """What a file tells of a parameter, and in which words."""

    title: Text
    unit: Annotated[str, AfterValidator(_is_known)]
    low: float | None = None
    high: float | None = None
    digits: int = Field(1, ge=0, le=9)
    totals: Totals = "mean"
    normal: str | None = Field(None, min_length=1)
    substance: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _low_is_below_high(self) -> "_Declared":
        low, high = self.bounds
        if low >= high:
            raise ValueError(f"low is {self.low}, which is not below high, {self.high}")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """``low`` and ``high``, infinite where they are open."""
        return -inf if self.low is None else self.low, inf if self.high is None else self.high


class Parameter(_Declared):
    """What is measured. ``low`` and ``high``, in its ``unit``, are what is physically possible, both included; values
    beyond are refused. ``digits`` are the decimals that a value is good for. ``normal`` is its code among the climate
    normals, ``substance`` its part of the names of limits. ``medium`` is unknown of a parameter that no file declares.
    """

    code: str
    medium: Medium | None = None

    @property
    def is_declared(self) -> bool:
        return self.medium is not None


class ParameterGroup(Declared):
    """A file of parameters: those of one medium."""

    medium: Medium
    parameters: Mapping[Annotated[str, Field(pattern=f"^{PARAMETER_NAME.pattern}$")], _Declared] = Field(min_length=1)


class Parameters(Mapping[str, Parameter]):
    """The declared parameters by code, in the order of their files."""

    def __init__(self, groups: Mapping[str, ParameterGroup] | None = None) -> None:
        self.groups = groups or {}

    @cached_property
    def _by_code(self) -> Mapping[str, Parameter]:
        return {
            code: Parameter(code=code, medium=group.medium, **dict(one))
            for group in self.groups.values()
            for code, one in group.parameters.items()
        }

    def __getitem__(self, code: str) -> Parameter:
        return self._by_code[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_code)

    def __len__(self) -> int:
        return len(self._by_code)

    def like(self, code: str) -> str | None:
        """The declared one that a code is probably a misspelling of."""
        return next(iter(get_close_matches(code, self, 1, ALIKE)), None)

    def described(self, code: str, unit: str) -> Parameter:
        """The parameter with this code; of one that nobody has declared, what its series tell.

        Args:
            unit: in which its values are kept: that of a declared one may have been settled before it was declared.
        """
        declared = self.get(code)
        if declared is None:
            return Parameter(code=code, title=Text(ru=code, en=code), unit=unit)
        return (
            declared if declared.unit == unit else declared.model_copy(update={"unit": unit, "low": None, "high": None})
        )


NO_PARAMETERS = Parameters()
