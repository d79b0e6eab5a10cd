"""The look at what loads have brought, and at who says nothing: what the rules hold for becomes an alert, once."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pandas as pd
from sqlalchemy import Connection, Engine

from altaigis.alerts.layer import publish
from altaigis.analytics.averaging import AVERAGES, Measured, samples
from altaigis.analytics.exceedance import Exceedances, episodes, exceedances
from altaigis.domain.alert import ExceedanceRule, Held, SilenceRule
from altaigis.domain.bucket import midnight
from altaigis.domain.catalog import Catalog
from altaigis.domain.norm import Limit, Norms
from altaigis.domain.observation import BAD, STATIONS, ZONE
from altaigis.domain.revision import Revision
from altaigis.domain.series import Interval, Series
from altaigis.store.alerts import Touched, claim, near, of_rule, remember, settle, silent_since, touched
from altaigis.store.frames import read_columns
from altaigis.store.norms import LIMITS, read_norms
from altaigis.store.observations.reading import known_series, values
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revisions

#: Around what was written, averages may be others, too: those of a day at its end.
MARGIN = timedelta(days=2)
USUAL_STEP = timedelta(hours=1)


def look(database: Engine, catalog: Catalog, now: datetime | None = None) -> int:
    """Look once; returns how many alerts were opened, changed or withdrawn. Where somebody else is looking, nothing
    is done: what is new is left to them.

    Raises:
        DatabaseUnavailable: it does not answer.
    """
    moment = now or datetime.now(UTC)
    revisions = current_revisions(database)
    revision = revisions.get(LIMITS)
    there = _stations(database, revisions.get(STATIONS))
    with transaction(database) as connection:
        if not claim(connection):
            return 0
        norms = read_norms(connection, revision) if revision else Norms()
        news, newest = touched(connection)
        known = {one.number: one for one in known_series(connection)} if news else {}
        written = sum(
            _hold(connection, against, it, moment)
            for it in news
            if it.series in known
            for against in _rules_of(known[it.series], catalog, norms)
        )
        for name, rule in catalog.alerts.rules.items():
            if rule.silence is not None:
                written += _silences(connection, name, rule.silence, there, moment)
        remember(connection, newest)
    if written or "alerts" not in catalog:
        publish(database, catalog)
    return written


@dataclass(frozen=True)
class _Against:
    """A series that a rule holds against a limit, ``value`` in its unit."""

    name: str
    rule: ExceedanceRule
    series: Series
    limit: Limit
    value: float

    @property
    def held(self) -> Held:
        """What an alert of it says, but for its times and figures."""
        one = self.series
        return Held(
            rule=self.name, station=one.station, begin=one.first, end=one.first, going_on=False,
            parameter=one.parameter, synthetic=one.synthetic, limit=self.limit.id, limit_value=self.value,
            unit=one.unit,
        )  # fmt: skip

    def judged(self, table: pd.DataFrame) -> Exceedances:
        """Values with their flags held against the limit; a day that is not over as soon as three quarters of it are
        there, for an alert is of use while it goes on, and is withdrawn if the rest of the day makes it none."""
        good = table.loc[table["flag"] != BAD, "value"]
        averages = AVERAGES[self.rule.averaging](Measured(good, pd.Timedelta(self.series.step or USUAL_STEP), ZONE))
        most = self.limit.bound == "maximum"
        return exceedances(
            averages, self.value * self.rule.times if most else self.value / self.rule.times, self.limit.bound
        )


def _rules_of(series: Series, catalog: Catalog, norms: Norms) -> list[_Against]:
    """The rules that a series is held against; of limits that sources dispute the first is taken."""
    parameter = catalog.parameters.described(series.parameter, series.unit)
    limits = norms.of(parameter.substance or series.parameter, parameter.medium or "air")
    return [
        _Against(name, rule.exceedance, series, limit, value)
        for name, rule in catalog.alerts.rules.items()
        if rule.exceedance is not None
        for limit in limits
        if (limit.norm, limit.averaging) == (rule.exceedance.norm, rule.exceedance.averaging)
        and limit.id in norms.leading
        and (value := limit.value_in(series.unit)) is not None
    ]


def _hold(connection: Connection, against: _Against, news: Touched, now: datetime) -> int:
    """Hold a rule against what was written, and against all that may be one with it."""
    gap, series = against.rule.gap, against.series
    there = near(connection, against.held, news.first - gap - MARGIN, news.last + gap + MARGIN)
    first = min(news.first, *(it.held.begin for it in there)) if there else news.first
    last = max(news.last, *(it.held.end for it in there)) if there else news.last
    begin, end = first - gap - MARGIN, last + gap + MARGIN
    if against.limit.valid_from is not None:
        begin = max(begin, midnight(against.limit.valid_from))
    if end <= begin:
        return 0
    table = values(connection, series, Interval(begin, end)).to_pandas().set_index("time")
    judged = against.judged(table)
    found = episodes(judged, pd.Timedelta(gap))
    # a single value speaks of the step that begins with it; a day goes on until the next one can be judged: what has
    # been measured of that since tells nothing yet
    is_single = AVERAGES[against.rule.averaging] is samples
    step = (series.step or USUAL_STEP) if is_single else timedelta(0)
    ends = judged.averages["end"][judged.valid]
    known = series.last if end <= series.last or ends.empty else ends.iloc[-1].to_pydatetime()
    held = [
        replace(
            against.held,
            begin=one.begin.to_pydatetime(),
            end=one.end.to_pydatetime(),
            going_on=one.end + gap + step >= known,
            peak=one.peak,
            peak_time=one.peak_time.to_pydatetime(),
            count=one.count,
        )
        for one in found
        # what lies beyond is neither new nor known: it was told by the load that brought it
        if one.end >= first - gap and one.begin <= last + gap
    ]
    return settle(connection, there, held, gap, now)


def _stations(database: Engine, revision: Revision | None) -> frozenset[str]:
    """Ids of the stations that there are."""
    if revision is None:
        return frozenset()
    columns = read_columns(database, revision, [])
    key = list(columns.types).index(columns.key)
    return frozenset(str(row[key]) for row in columns.rows)


def _silences(connection: Connection, name: str, rule: SilenceRule, there: frozenset[str], now: datetime) -> int:
    """Stations that have told nothing for longer than they should; one that speaks again is silent no more, nor is one
    that was taken away. What was not live within the rule's window becomes no alert, and an alert that is there
    stays."""
    known = of_rule(connection, name)
    told = {it.held.station for it in known if it.state == "open"}
    silent: dict[str, Held] = {}
    for station, synthetic, last, step in silent_since(connection):
        patience = rule.patience(step)
        is_live = now - last <= max(timedelta(days=rule.live_days), 2 * patience)
        if station in there and now - last > patience and (is_live or station in told):
            silent[station] = Held(name, station, last, last, going_on=True, synthetic=synthetic)
    written = 0
    for station in sorted({*silent, *(it.held.station for it in known)}):
        is_open = [it for it in known if it.held.station == station and it.state == "open"]
        held = silent.get(station)
        # the silence that was broken lasted until somebody spoke
        ended = [
            replace(it.held, going_on=False, end=now) for it in is_open if held is None or it.held.begin != held.begin
        ]
        written += settle(connection, is_open, [*ended, *([held] if held else [])], timedelta(0), now)
    return written
