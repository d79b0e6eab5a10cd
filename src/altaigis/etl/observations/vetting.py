"""Rows are vetted piece by piece, column by column, and brought into the units of their parameters."""

from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from altaigis.domain.observation import (
    COLUMNS,
    Conversion,
    NoConversion,
    Refusal,
    SeriesName,
    conversion,
    flag_code,
    is_synthetic,
)
from altaigis.domain.parameter import PARAMETER_NAME, Parameters
from altaigis.errors import ObservationsError
from altaigis.etl.observations.columns import encoded, numbers
from altaigis.etl.observations.pieces import Piece
from altaigis.etl.observations.times import Clock
from altaigis.etl.observations.verdict import LONGEST_TEXT, Verdict
from altaigis.store.observations import Known, Rows

#: Series and sources are kept in memory and written on the side; a file with more of them is not what it says.
MOST_SERIES = 1_000_000
MOST_SOURCES = 10_000

#: A code for each row, and the text that each code stands for.
Coded = tuple[np.ndarray, list[str | None]]


@dataclass(frozen=True)
class Vetted:
    """A piece: the rows that are right, the others, and the series and sources that it is the first to bring."""

    rows: Rows
    refusals: list[Refusal]
    new_series: list[SeriesName]
    new_sources: list[str]


@dataclass
class Vetting:
    """What rows are checked against, and what they have brought so far."""

    known: Known
    clock: Clock
    source: str
    parameters: Parameters
    units: dict[str, str] = field(default_factory=dict)
    series: dict[SeriesName, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    _conversions: dict[tuple[str, str], Conversion | str] = field(default_factory=dict)

    def vet(self, piece: Piece) -> Vetted:
        verdict = Verdict(len(piece.numbers))
        columns = {name: piece.table.column(name).combine_chunks() for name in COLUMNS}
        coded = {name: encoded(columns[name]) for name in ("station", "parameter", "unit", "flag", "source")}
        for name, (codes, meanings) in coded.items():
            no_text = f"{name}: bytes that are no text in the encoding {piece.encoding}"
            verdict.refuse(codes, [no_text if meaning is None else None for meaning in meanings])
        station, parameter, unit, flag, source = coded.values()
        verdict.refuse(station[0], [self._wrong_station(name) for name in station[1]])
        verdict.refuse(parameter[0], [_wrong_parameter(name) for name in parameter[1]])
        verdict.refuse(flag[0], [_wrong_flag(name) for name in flag[1]])
        verdict.refuse(source[0], [_wrong_source(name) for name in source[1]])
        times = self.clock.moments(columns["time"], verdict)
        values = numbers(columns["value"], piece.decimal_comma, verdict)
        self._convert(values, parameter, unit, verdict)

        good = verdict.good()
        known = len(self.series), len(self.sources)
        rows = Rows(
            time=times[good],
            value=values[good],
            series=self._series_places(*((codes[good], names) for codes, names in (station, parameter, source))),
            source=self._source_places((source[0][good], source[1])),
            flag=np.array([flag_code(name or "") or 0 for name in flag[1]], np.int16)[flag[0][good]],
            number=piece.numbers[good],
        )
        return Vetted(
            rows,
            [*piece.unreadable, *verdict.refusals(piece)],
            list(islice(self.series, known[0], None)),
            list(islice(self.sources, known[1], None)),
        )

    def _wrong_station(self, name: str | None) -> str | None:
        if name in self.known.stations:
            return None
        return f"there is no station '{_clip(name)}'" if name else "no station"

    def _convert(self, values: np.ndarray, parameter: Coded, unit: Coded, verdict: Verdict) -> None:
        """Bring the values into the units of their parameters, in place."""
        pairs = parameter[0].astype(np.int64) * len(unit[1]) + unit[0]
        pairs[~verdict.good()] = -1
        distinct, of = np.unique(pairs, return_inverse=True)
        for place, pair in enumerate(distinct):
            if pair < 0:
                continue
            name, given = parameter[1][pair // len(unit[1])], unit[1][pair % len(unit[1])]
            here = of == place if len(distinct) > 1 else np.ones(len(values), bool)
            how = self._conversion(name or "", given or "")
            if isinstance(how, str):
                verdict.refuse_where(here, how)
                continue
            with np.errstate(over="ignore"):
                converted = how(values[here])
            values[here] = converted
            outside = np.zeros(len(values), bool)
            outside[here] = ~((converted >= how.low) & (converted <= how.high)) | ~np.isfinite(converted)
            verdict.refuse_where(outside, f"impossible value for {name} in {how.unit}")

    def _conversion(self, parameter: str, unit: str) -> Conversion | str:
        """How to convert, or why not. A parameter that is new gets its unit here."""
        found = self._conversions.get((parameter, unit))
        if found is None:
            try:
                settled = self.units.get(parameter) or self.known.units.get(parameter)
                found = conversion(parameter, unit, settled, self.parameters)
                self.units[parameter] = found.unit
            except NoConversion as reason:
                found = str(reason)
            if len(self._conversions) < MOST_SERIES:
                self._conversions[parameter, unit] = found
        return found

    def _series_places(self, station: Coded, parameter: Coded, source: Coded) -> np.ndarray:
        made_up = np.array([is_synthetic(name or self.source) for name in source[1]], bool)[source[0]]
        pairs = station[0].astype(np.int64) * len(parameter[1]) + parameter[0]
        distinct, of = np.unique(2 * pairs + made_up, return_inverse=True)
        places = np.empty(len(distinct), np.int32)
        for n, code in enumerate(distinct):
            pair, synthetic = divmod(int(code), 2)
            names = station[1][pair // len(parameter[1])] or "", parameter[1][pair % len(parameter[1])] or ""
            key = (*names, bool(synthetic))
            places[n] = self.series.setdefault(key, len(self.series))
        if len(self.series) > MOST_SERIES:
            raise ObservationsError(f"more than {MOST_SERIES} series in one file")
        chosen: np.ndarray = places[of]
        return chosen

    def _source_places(self, source: Coded) -> np.ndarray:
        codes, names = source
        places = np.zeros(len(names), np.int32)
        for code in np.unique(codes):
            places[code] = self.sources.setdefault(names[code] or self.source, len(self.sources))
        if len(self.sources) > MOST_SOURCES:
            raise ObservationsError(f"more than {MOST_SOURCES} sources in one file")
        chosen: np.ndarray = places[codes]
        return chosen


def _wrong_parameter(name: str | None) -> str | None:
    if not name:
        return "no parameter"
    if PARAMETER_NAME.fullmatch(name):
        return None
    return f"unfit name of a parameter '{_clip(name)}': lower-case Latin letters, digits and _ are"


def _wrong_flag(name: str | None) -> str | None:
    return None if name is not None and flag_code(name) else f"unknown flag '{_clip(name)}'"


def _wrong_source(name: str | None) -> str | None:
    return None if name is not None and len(name) <= LONGEST_TEXT else "unfit source"


def _clip(text: str | None) -> str:
    return (text or "").replace("\x00", "\ufffd")[:40]
