"""Alerts: rules that say when somebody should look, and the times in which they held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from altaigis.domain.declared import Declared
from altaigis.domain.text import Text

Kind = Literal["exceedance", "silence"]
#: It goes on; it is over; what brought it about was corrected, so that it is none.
State = Literal["open", "closed", "withdrawn"]


class ExceedanceRule(Declared):
    """A limit of a norm is passed ``times`` times, by averages that the norm asks for; one episode goes on over
    ``gap_hours`` without."""

    norm: str
    averaging: Literal["max_single_20min", "daily_mean", "", "minimum"]
    times: float = Field(1, ge=1)
    gap_hours: float = Field(0, ge=0, le=24 * 366)

    @property
    def gap(self) -> timedelta:
        return timedelta(hours=self.gap_hours)


class SilenceRule(Declared):
    """A station has told nothing for so many of its steps, and for so many hours; but one that spoke last more than
    ``live_days`` ago (or twice the time it may be silent for), when that was first looked at, is an archive, and no
    station that has fallen silent."""

    steps: float = Field(gt=1)
    least_hours: float = Field(gt=0)
    live_days: float = Field(90, gt=0)

    def patience(self, step: timedelta) -> timedelta:
        """How long one may say nothing who measures with such a step."""
        return max(self.steps * step, timedelta(hours=self.least_hours))


class Rule(Declared):
    """One of both."""

    title: Text
    exceedance: ExceedanceRule | None = None
    silence: SilenceRule | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "Rule":
        if (self.exceedance is None) == (self.silence is None):
            raise ValueError("has either exceedance or silence")
        return self


class AlertRules(Declared):
    """A file of rules, by name."""

    rules: Mapping[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], Rule] = Field(default_factory=dict)


NO_RULES = AlertRules()


@dataclass(frozen=True)
class Held:
    """A time in which a rule held at a station: for an exceedance with its parameter and limit, the furthest value and
    when it was; ``going_on`` when it may not be over."""

    rule: str
    station: str
    begin: datetime
    end: datetime
    going_on: bool
    parameter: str | None = None
    synthetic: bool = False
    limit: str | None = None
    limit_value: float | None = None
    unit: str | None = None
    peak: float | None = None
    peak_time: datetime | None = None
    count: int = 0


@dataclass(frozen=True)
class Alert:
    """A held rule as it is kept: its number stays, however often it is looked at again."""

    number: int
    held: Held
    state: State
    opened: datetime
    updated: datetime

    @property
    def kind(self) -> Kind:
        return "silence" if self.held.parameter is None else "exceedance"

    @property
    def multiple(self) -> float | None:
        """How many limits the peak is."""
        peak, limit = self.held.peak, self.held.limit_value
        return None if peak is None or not limit else peak / limit
