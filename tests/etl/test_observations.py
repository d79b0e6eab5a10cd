"""Observations from files: what is taken, what is refused and why, and that the file's form does not matter."""

import gzip
import io
import json
import re
import resource
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.cli.observations import receipt_lines
from altaigis.domain.observation import COLUMNS, Receipt, Refusal
from altaigis.errors import ObservationsError, ParameterError, TooLarge
from altaigis.etl.observations import parquet
from altaigis.etl.observations.files import Source
from altaigis.etl.observations.pieces import Piece
from altaigis.etl.observations.times import Clock
from altaigis.etl.observations.vetting import Vetting
from altaigis.store.loads import past_loads
from altaigis.store.observations import Known
from catalogs import project_catalog
from commands import here
from observing import BARNAUL, HEADER, Observatory, csv, temperature

LONG = csv(*[temperature("2020-01-01T00:00:00Z", n) for n in range(9999)])
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def vetting(zone: str | None = None) -> Vetting:
    return Vetting(Known(frozenset({BARNAUL, "Ы-1"}), {}), Clock(NOW, zone), "test", project_catalog().parameters)


def vet(data: bytes | str, zone: str | None = None) -> tuple[list[tuple[int, datetime, float]], list[Refusal]]:
    """Row number, time and value of what is taken; and what is refused."""
    source = Source(io.BytesIO(data.encode() if isinstance(data, str) else data))
    judge = vetting(zone)
    taken, refused = [], []
    for piece in source.pieces():
        vetted = judge.vet(piece)
        refused += vetted.refusals
        against = {refusal.row for refusal in vetted.refusals}
        numbers = [number for number in piece.numbers.tolist() if number not in against]
        for number, micros, value in zip(numbers, vetted.rows.time, vetted.rows.value, strict=True):
            taken.append((number, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros)), float(value)))
    return taken, sorted(refused, key=lambda refusal: refusal.row)


def reasons(data: bytes | str, zone: str | None = None) -> list[tuple[int, str]]:
    return [(refusal.row, refusal.reason) for refusal in vet(data, zone)[1]]


class TestRows:
    def test_each_refused_row_has_position_reason_and_values(self) -> None:
        data = csv(
            temperature("2020-01-01T00:00:00Z", -17.6),
            temperature("2020-01-01T00:00:00Z", "NaN"),
            temperature("2020-01-01T00:00:00Z", "inf"),
            temperature("2020-01-01T00:00:00Z", "warm"),
            temperature("2020-01-01T00:00:00Z", ""),
            temperature("2020-01-01T00:00:00Z", 1, station="nowhere"),
            temperature("2020-01-01T00:00:00Z", 1, unit="furlong"),
            temperature("2020-01-01T00:00:00Z", 1, unit="hPa"),
            temperature("2020-01-01T00:00:00Z", -300),
            temperature("2020-13-01T00:00:00Z", 1),
            temperature("2020-01-01T00:00:00", 1),
            temperature("", 1),
            temperature("2026-06-03T00:00:00Z", 1),
            temperature("0001-01-01T00:00:00Z", 1),
            f"{BARNAUL},Température,2020-01-01T00:00:00Z,1,°C",
            f"{BARNAUL},air_temperature,2020-01-01T00:00:00Z,1",
            temperature("2020-01-01T00:00:00Z", 1) + ",more",
            temperature("2020-01-01T01:00:00+07:00", 3),
        )
        taken, refused = vet(data)
        assert taken == [
            (1, datetime(2020, 1, 1, tzinfo=UTC), -17.6),
            (18, datetime(2019, 12, 31, 18, tzinfo=UTC), 3.0),
        ]
        expected = [
            "value is not finite", "value is not finite", "value is no number", "no value",
            "there is no station 'nowhere'",
            "unknown unit 'furlong'", "unit hPa is no temperature: air_temperature is in °C",
            "impossible value for air_temperature in °C",
            "no time, as 2026-01-15T07:00:00+07:00 or 15.01.2026 07:00 is", "time without zone", "no time",
            "in the future", "before 1800: a clock that was never set",
            "unfit name of a parameter 'Température': lower-case Latin letters, digits and _ are",
            "4 values, not 5", "6 values, not 5",
        ]  # fmt: skip
        assert [(refusal.row, refusal.reason) for refusal in refused] == list(enumerate(expected, 2))
        assert refused[2].values == {
            "station": BARNAUL, "parameter": "air_temperature", "time": "2020-01-01T00:00:00Z",
            "value": "warm", "unit": "°C",
        }  # fmt: skip
        assert refused[-1].values == {"line": temperature("2020-01-01T00:00:00Z", 1) + ",more"}

    def test_a_quarter_of_an_hour_of_clock_skew_is_borne(self) -> None:
        assert not reasons(csv(temperature("2026-06-01T00:14:59Z", 1)))
        assert reasons(csv(temperature("2026-06-01T00:15:01Z", 1))) == [(1, "in the future")]

    def test_bytes_that_are_no_text_refuse_their_row_alone(self) -> None:
        data = (
            csv(temperature("2020-01-01T00:00:00Z", 1)).encode()
            + b"\xff\xfe,air_temperature,2020-01-01T00:00:00Z,1,K\n"
        )
        data += temperature("2020-01-01T02:00:00Z", "\x00").encode() + b"\n"
        taken, refused = vet(data)
        assert len(taken) == 1
        no_text = "station: bytes that are no text in the encoding utf-8"
        assert [(refusal.row, refusal.reason) for refusal in refused] == [(2, no_text), (3, "no value")]

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "cp866", "koi8-r"])
    @pytest.mark.parametrize("piece", [300, 4 << 20], ids=["many pieces", "one piece"])
    def test_an_export_of_a_russian_sensor(self, monkeypatch: pytest.MonkeyPatch, encoding: str, piece: int) -> None:
        monkeypatch.setattr("altaigis.etl.observations.csv.PIECE_BYTES", piece)
        plain = [f"{BARNAUL};pressure;15.01.2026 06:{minute:02};752,5;mmHg;логгер" for minute in range(60)]
        lines = ["station;parameter;time;value;unit;source"] + [line.replace("логгер", "") for line in plain[:-3]]
        lines += [f"{BARNAUL};air_temperature;15.01.2026 07:00;-17,6;°C;Датчик у реки Барнаулки"] * 20
        data = "\r\n".join(lines).encode(encoding)
        source = Source(io.BytesIO(data))
        judge = vetting("Asia/Barnaul")
        vetted = [judge.vet(piece) for piece in source.pieces()]
        assert not [refusal for piece in vetted for refusal in piece.refusals]
        assert source.read_as.name == encoding.replace("-r", "_r")
        assert vetted[-1].rows.value[-1] == -17.6
        assert list(judge.sources) == ["test", "Датчик у реки Барнаулки"]

    @pytest.mark.parametrize("encoding", ["cp855", "utf-16", "utf-16-le", "cp1251"])
    @pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
    def test_an_encoding_that_somebody_tells(self, encoding: str, form: str) -> None:
        record = {"station": BARNAUL, "parameter": "pressure", "time": "2026-01-15T00:00:00Z", "value": 752}
        record |= {"unit": "mmHg", "source": "Ёж"}
        text = {
            "csv": f"{','.join(record)}\n{','.join(map(str, record.values()))}\n",
            "jsonl": json.dumps(record, ensure_ascii=False) + "\n",
            "json": json.dumps([record], ensure_ascii=False),
        }[form]
        source = Source(io.BytesIO(text.encode(encoding)), encoding=encoding)
        judge = vetting()
        assert [len(judge.vet(piece).rows) for piece in source.pieces()] == [1]
        assert list(judge.sources) == ["Ёж"]
        by = "byte order mark" if encoding == "utf-16" else "declared"
        assert (source.read_as.name, source.read_as.by) == (encoding, by)

    def test_a_byte_order_mark_tells_utf_16(self) -> None:
        data = csv(temperature("2020-01-01T00:00:00Z", 1)).encode("utf-16")
        assert len(vet(data)[0]) == 1

    @pytest.mark.parametrize("name", ["rot13", "cp0", "\0"])
    def test_an_encoding_that_nobody_knows(self, name: str) -> None:
        with pytest.raises(ParameterError, match="no encoding"):
            Source(io.BytesIO(), encoding=name)

    @given(st.binary(max_size=200), st.sampled_from(["utf-16", "utf-7", "idna", "unicode_escape", "cp866", "punycode"]))
    def test_no_text_in_any_encoding_makes_it_fail(self, data: bytes, encoding: str) -> None:
        with suppress(ObservationsError):
            list(Source(io.BytesIO(data), encoding=encoding).pieces())

    def test_one_damaged_row_does_not_change_the_encoding_of_the_others(self) -> None:
        rows = [temperature(f"2020-01-01T00:0{n}:00Z", n) for n in range(4)]
        lines = [row.encode() for row in rows]
        lines[0] = lines[0].replace("°".encode(), b"\xb0")
        taken, refused = vet(b"\n".join([HEADER.encode(), *lines]))
        assert [row for row, _, _ in taken] == [2, 3, 4]
        assert [refusal.row for refusal in refused] == [1]

    def test_a_wrong_encoding_is_named_as_the_reason(self) -> None:
        data = csv(temperature("2020-01-01T00:00:00Z", 1), f"{BARNAUL},air_temperature,2020-01-01T00:10:00Z,271,K")
        source = Source(io.BytesIO(data.encode("cp1251")), encoding="utf-8")
        refused = [refusal for piece in source.pieces() for refusal in vetting().vet(piece).refusals]
        reason = "unit: bytes that are no text in the encoding utf-8"
        assert [(refusal.row, refusal.reason) for refusal in refused] == [(1, reason)]

    def test_a_letter_between_two_blocks_is_no_damage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = csv(temperature("2020-01-01T00:00:00Z", 1)).encode()
        monkeypatch.setattr("altaigis.etl.observations.csv.PIECE_BYTES", data.index("°".encode()) - len(HEADER))
        assert len(vet(data)[0]) == 1

    def test_semicolons_and_decimal_commas(self) -> None:
        data = f"{HEADER}\n{temperature('2020-01-01T00:00:00Z', 'X')}\n".replace(",", ";").replace("X", "-17,6")
        assert [value for _, _, value in vet("\ufeff" + data)[0]] == [-17.6]

    def test_a_quoted_thousand_is_no_decimal_comma(self) -> None:
        assert reasons(csv(temperature("2020-01-01T00:00:00Z", '"1,5"'))) == [(1, "value is no number")]

    @pytest.mark.parametrize(("text", "delimiter"), [("−5.5", ","), ("−5,5", ";"), ("−5.5", ";")])
    def test_the_minus_of_typesetters(self, text: str, delimiter: str) -> None:
        row = temperature("2020-01-01T00:00:00Z", "X")
        data = csv(row, row).replace(",", delimiter).replace("X", text, 1).replace("X", "1")
        assert [value for _, _, value in vet(data)[0]] == [-5.5, 1.0]

    @pytest.mark.parametrize("text", ["5−5", "−", "−−5", "1_000", "٣", "0x10", "1e", "--1", "True"])
    def test_what_looks_like_a_number(self, text: str) -> None:
        assert reasons(csv(temperature("2020-01-01T00:00:00Z", text))) == [(1, "value is no number")]

    def test_a_value_too_big_after_conversion(self) -> None:
        data = csv(f"{BARNAUL},soot,2020-01-01T00:00:00Z,1e308,g/m3")
        assert reasons(data) == [(1, "impossible value for soot in µg/m³")]

    def test_positions_hold_over_pieces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("altaigis.etl.observations.csv.PIECE_BYTES", 1 << 10)
        lines = [temperature("2020-01-01T00:00:00Z", "x" if n % 7 == 0 else n / 10) for n in range(1, 501)]
        for n in range(10, 500, 10):
            lines[n] = "broken"
        taken, refused = vet(csv(*lines))
        assert len(taken) + len(refused) == 500
        assert [row for row, _, _ in taken] == [
            n for n in range(1, 501) if n % 7 and not (n % 10 == 1 and 11 <= n <= 491)
        ]
        assert {r.row for r in refused if r.reason == "1 values, not 5"} == set(range(11, 500, 10))


class TestTimes:
    def test_without_zone_in_a_named_zone(self) -> None:
        rows = [
            temperature(f"{time}", 1) for time in ("2016-03-27T01:59:59", "2016-03-27T03:00:00", "2016-07-01 12:00")
        ]
        taken, refused = vet(csv(*rows), "Asia/Barnaul")
        assert not refused
        assert [moment for _, moment, _ in taken] == [
            datetime(2016, 3, 26, 19, 59, 59, tzinfo=UTC),  # still 6 hours ahead
            datetime(2016, 3, 26, 20, 0, 0, tzinfo=UTC),
            datetime(2016, 7, 1, 5, tzinfo=UTC),
        ]

    @pytest.mark.parametrize("mixed", [False, True], ids=["quick way", "one by one"])
    def test_hours_that_came_twice_or_never_are_refused(self, mixed: bool) -> None:
        rows = [temperature("2016-03-27T02:30:00", 1), temperature("2014-10-26T01:30:00", 1)]
        rows += [temperature("2016-03-27T02:30:00Z", 1)] if mixed else []
        reason = "clocks in Asia/Barnaul showed this time twice or never"
        assert reasons(csv(*rows), "Asia/Barnaul") == [(1, reason), (2, reason)]

    def test_a_zone_in_the_row_beats_the_named_one(self) -> None:
        taken, _ = vet(
            csv(temperature("2020-01-01T00:00:00Z", 1), temperature("2020-01-01T00:00:00", 1)), "Asia/Barnaul"
        )
        assert [moment.hour for _, moment, _ in taken] == [0, 17]

    @pytest.mark.parametrize(
        "time", ["15.01.2026 07:00", "15.01.2026 7:00:00", "15.1.2026, 07:00", "15.01.2026 01:00+01:00"]
    )
    def test_as_in_russia(self, time: str) -> None:
        row = temperature("T", "1").replace(",", ";").replace("T", time)
        iso = temperature("2026-01-15T00:00:00Z", 2).replace(",", ";")
        data = "\n".join([HEADER.replace(",", ";"), row, iso])
        moment = datetime(2026, 1, 15, tzinfo=UTC)
        assert vet(data, "Asia/Barnaul") == ([(1, moment, 1.0), (2, moment, 2.0)], [])

    @pytest.mark.parametrize(
        ("time", "reason"),
        [
            ("03.04.2026 07:00", "time without zone"),
            ("31.02.2026 07:00", "no time, as"), ("02.13.2026 07:00", "no time, as"),
            ("03/04/2026 07:00", "no time, as"), ("03.04.26 07:00", "no time, as"),
            ("03.04.2026 24:30", "no time, as"), ("٠٣.04.2026 07:00", "no time, as"),
        ],
    )  # fmt: skip
    def test_as_nowhere(self, time: str, reason: str) -> None:
        ((row, told),) = reasons(csv(temperature(time, 1)))
        assert (row, told[: len(reason)]) == (1, reason)

    @given(st.datetimes(datetime(1801, 1, 1), datetime(2026, 5, 31)))
    def test_the_day_comes_before_the_month(self, moment: datetime) -> None:
        time = f"{moment.day}.{moment.month:02}.{moment.year} {moment:%H:%M:%S}"
        assert vet(csv(temperature(time, 1)), "UTC")[0] == [(1, moment.replace(microsecond=0, tzinfo=UTC), 1.0)]

    def test_there_must_be_such_a_zone(self, observatory: Observatory) -> None:
        with pytest.raises(ParameterError, match="no time zone 'Altai/Nowhere'"):
            observatory.load(csv(), zone="Altai/Nowhere")

    @given(
        st.lists(st.datetimes(datetime(1801, 1, 1), datetime(2026, 5, 31)), min_size=1, max_size=20),
        st.sampled_from(["Asia/Barnaul", "Europe/Moscow", "UTC", "America/New_York"]),
    )
    @settings(max_examples=60)
    def test_both_ways_agree_with_the_standard_library(self, times: list[datetime], name: str) -> None:
        zone = ZoneInfo(name)
        lines = [temperature(moment.isoformat(), n) for n, moment in enumerate(times)]
        expected = {}
        for n, moment in enumerate(times):
            first, last = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
            if first.utcoffset() == last.utcoffset():
                expected[n] = first.astimezone(UTC)
        for more in ([], [temperature("2020-01-01T00:00:00Z", 99)]):
            taken = vet(csv(*lines, *more), name)[0]
            assert {int(value): moment for _, moment, value in taken if value != 99} == expected


class TestForms:
    ROWS = (
        (BARNAUL, "air_temperature", "2020-01-01T00:00:00+00:00", -17.5, "°C", "good", "logger"),
        (BARNAUL, "air_temperature", "2020-01-01T01:00:00+00:00", -17.0, "°C", "", ""),
        (BARNAUL, "pm25", "2020-01-01T01:00:00+00:00", 0.25, "mg/m3", "suspect", "logger"),
    )

    def bodies(self) -> dict[str, bytes]:
        records = [dict(zip(COLUMNS, row, strict=True)) for row in self.ROWS]
        frame = pd.DataFrame(records)
        parquet, typed = io.BytesIO(), io.BytesIO()
        frame.to_parquet(parquet)
        moments = pd.to_datetime(frame["time"], utc=True).dt.tz_convert("Asia/Barnaul")
        frame.assign(time=moments, station=frame["station"].astype("category")).to_parquet(typed)
        text = frame.to_csv(index=False).encode()
        return {
            "csv": text,
            "csv.gz": gzip.compress(text),
            "csv with CRLF": text.replace(b"\n", b"\r\n"),
            "jsonl": "\n".join(json.dumps(record) for record in records).encode(),
            "jsonl with texts": "\n\n".join(json.dumps({k: str(v) for k, v in r.items()}) for r in records).encode(),
            "json": json.dumps(records, indent=1).encode(),
            "parquet": parquet.getvalue(),
            "parquet with types": typed.getvalue(),
        }

    @pytest.mark.parametrize("form", [
        "csv", "csv.gz", "csv with CRLF", "jsonl", "jsonl with texts", "json", "parquet", "parquet with types"
    ])  # fmt: skip
    def test_each_gives_the_same(self, form: str) -> None:
        taken, refused = vet(self.bodies()[form])
        assert not refused
        assert [(moment.hour, value) for _, moment, value in taken] == [(0, -17.5), (1, -17.0), (1, 250.0)]
        assert [row for row, _, _ in taken] == [1, 2, 3]

    def test_parquet_without_zone(self) -> None:
        frame = pd.DataFrame([dict(zip(COLUMNS[:5], self.ROWS[0][:5], strict=True))])
        frame["time"] = pd.to_datetime(["2020-01-01T07:00:00"])
        body = io.BytesIO()
        frame.to_parquet(body)
        assert reasons(body.getvalue()) == [(1, "time without zone")]
        assert vet(body.getvalue(), "Asia/Barnaul")[0] == [(1, datetime(2020, 1, 1, tzinfo=UTC), -17.5)]

    def test_lines_of_json_that_are_none(self) -> None:
        good = json.dumps(dict(zip(COLUMNS, self.ROWS[0], strict=True)))
        deep = "[" * 20_000 + "]" * 20_000
        lines = [good, "{", "[1]", '{"stations": 1}', deep, '{"station": 1', "NaN"]
        lines += [good.replace("-17.5", "true"), good, good.replace("-17.5", '{"a": [1]}')]
        lines += [good.replace("-17.5", "1" + "0" * 400), '{"x":"' + "y" * 70_000 + '"}', good]
        taken, refused = vet("\n".join(lines))
        assert [row for row, _, _ in taken] == [1, 9, 13]
        assert [refusal.row for refusal in refused] == [2, 3, 4, 5, 6, 7, 8, 10, 11, 12]
        told = {refusal.row: refusal.reason for refusal in refused}
        assert told[4] == "has unknown members: 'stations'"
        assert told[8] == told[10] == "value is no number"
        assert told[12] == "longer than 65536 bytes"


class TestBadFiles:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "the file is empty"),
            (b"   \n ", "the file is empty"),
            (b"station,parameter\nA,b\n", "has no column time, value, unit"),
            (b"station,parameter,time,value,unit,colour\n", "has unknown columns: 'colour'"),
            (b"station,station,parameter,time,value,unit\n", "names a column twice"),
            (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, "its first line is no text"),
            (bytes(100_000), "the header is longer"),
            (b",".join(b"c%d" % n for n in range(1_000_000)), "the header is longer"),
            (b"PAR1" + bytes(1000), "cut short"),
            (b"PAR1" + bytes(1000) + b"\xff\xff\xff\x7fPAR1", "describes itself"),
            (b"PAR1" + bytes(1000) + b"\x10\0\0\0PAR1", "cannot be read"),
            (b"\x1f\x8b\x08\0garbage that is no gzip", "gzip"),
            (gzip.compress(LONG.encode())[:-500], "cut short"),
            (b"[" * 200_000, "nested too deeply"),
            (b'[{"station": 1}', "the JSON is broken"),
            (b'[{"station": 1} {}]', "the JSON is broken"),
            (b"[1,]", "the JSON is broken"),
            (b"[] []", "something behind"),
            (b'["\xff"]', "not UTF-8"),
            (f"{HEADER}\n{'x' * 9_000_000}\n".encode(), "a line is longer than"),
            (f'{LONG}a,"b,c\n{LONG}'.encode(), "a quotation mark is opened and not closed, between rows 1 and 10000"),
            (f'{LONG}a,"b,c,d,e\nf",g,h,i,j\n'.encode(), "a quotation mark is opened and not closed, between rows"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )  # fmt: skip
    def test_one_clear_error(self, data: bytes, message: str) -> None:
        with pytest.raises(ObservationsError, match=message) as failure:
            vet(data)
        assert len(str(failure.value)) < 600
        assert "\n" not in str(failure.value)

    def test_an_empty_table_is_no_error(self) -> None:
        assert vet(csv()) == vet("[]") == ([], [])

    def test_a_parquet_of_nested_columns(self) -> None:
        body = io.BytesIO()
        pq.write_table(pa.table({name: pa.array([[1]]) for name in COLUMNS}), body)
        with pytest.raises(ObservationsError, match="it must be text, number or time"):
            vet(body.getvalue())

    def test_bounds_of_a_request(self) -> None:
        rows = csv(*[temperature("2020-01-01T00:00:00Z", n) for n in range(1000)]).encode()
        for body, bounds in ((rows, {"most_rows": 999}), (gzip.compress(rows), {"largest": len(rows) - 1})):
            with pytest.raises(TooLarge):
                list(Source(io.BytesIO(body), **bounds).pieces())
            assert list(Source(io.BytesIO(body), **{name: bound + 1 for name, bound in bounds.items()}).pieces())

    def test_a_gzip_bomb_meets_the_bound(self) -> None:
        bomb = gzip.compress(HEADER.encode() + b"\n" + bytes(200_000_000), 1)
        begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises((TooLarge, ObservationsError)):
            list(Source(io.BytesIO(bomb), largest=50_000_000).pieces())
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begin < 150_000

    @given(st.sampled_from(["csv.gz", "parquet", "parquet with types"]), st.data())
    @settings(max_examples=200)
    def test_a_damaged_file_ends_in_rows_or_one_error(self, form: str, data: st.DataObject) -> None:
        body = bytearray(TestForms().bodies()[form])
        for _ in range(data.draw(st.integers(1, 4))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        del body[data.draw(st.integers(0, len(body))) :]
        try:
            taken, refused = vet(bytes(body))
        except ObservationsError:
            return
        assert len(taken) + len(refused) <= 3

    def test_numbers_of_parquet_that_are_none(self) -> None:
        values = [float("nan"), float("inf"), float("-inf"), None, 271.5]
        table = {"station": BARNAUL, "parameter": "air_temperature", "time": "2020-01-01T00:00:00Z", "unit": "K"}
        body = io.BytesIO()
        pq.write_table(pa.table({name: [text] * 5 for name, text in table.items()} | {"value": values}), body)
        told = [(row, "value is not finite") for row in (1, 2, 3)]
        assert reasons(body.getvalue()) == [*told, (4, "no value")]

    def test_a_parquet_bomb_is_not_unpacked(self) -> None:
        row = [pa.array(["x"])] * (len(COLUMNS) - 1)
        bomb = pa.array([b"\0" * (parquet.LARGEST_CHUNK + 1)], pa.binary()).cast(pa.string())
        body = io.BytesIO()
        pq.write_table(pa.table([*row, bomb], names=COLUMNS), body, compression="zstd", use_dictionary=False)
        assert len(body.getvalue()) < 1_000_000
        with pytest.raises(ObservationsError, match=r"column source has .* write the Parquet file in groups"):
            vet(body.getvalue())

    def test_many_columns_of_parquet(self) -> None:
        body = io.BytesIO()
        pq.write_table(pa.table({f"c{n}": [1] for n in range(5000)}), body)
        with pytest.raises(ObservationsError, match="has unknown columns"):
            vet(body.getvalue())

    @given(st.binary(max_size=300))
    @settings(max_examples=300)
    def test_any_bytes_behind_a_header_end_in_rows_or_one_error(self, junk: bytes) -> None:
        for start in (b"", HEADER.encode() + b"\n", b"{", b"[", b"[{", b"PAR1", b"\x1f\x8b\x08"):
            try:
                taken, refused = vet(start + junk)
            except ObservationsError:
                continue
            assert not taken
            assert all(refusal.reason and refusal.row > 0 for refusal in refused)

    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "station": st.sampled_from([BARNAUL, "x", ""]),
                    "parameter": st.sampled_from(["air_temperature", "P", ""]),
                    "time": st.one_of(st.just("2020-01-01T00:00:00Z"), st.text(max_size=12), st.integers(), st.none()),
                    "value": st.one_of(st.floats(), st.text(max_size=5), st.booleans(), st.none(), st.integers()),
                    "unit": st.sampled_from(["K", "?", "", "m"]),
                },
                optional={"flag": st.sampled_from(["", "bad", "no"]), "source": st.text(max_size=5)},
            ),
            max_size=30,
        )
    )
    @settings(max_examples=150)
    def test_every_record_is_answered_for_once(self, records: list[dict[str, object]]) -> None:
        taken, refused = vet("[" + ",".join(json.dumps(record) for record in records) + "]")
        rows = [row for row, _, _ in taken] + [refusal.row for refusal in refused]
        assert sorted(rows) == list(range(1, len(records) + 1))


def test_the_commonest_reasons_are_told_and_how_many_more_there_are() -> None:
    counts = {f"reason {n:02}": 1 if n else 5 for n in range(16)}
    receipt = Receipt(7, received=20, refused=20, reasons=counts)
    told = receipt_lines("a.csv", receipt, dry_run=False, all_reasons=False)
    assert [line for line in told if "refused: " in line] == [
        *("    5 refused: reason 00", *(f"    1 refused: reason {n:02}" for n in range(1, 10)))
    ]
    assert "    … and 6 more reasons: altaigis observations report --all" in told
    everything = receipt_lines("a.csv", receipt, dry_run=True, all_reasons=True)
    assert sum("refused: " in line for line in everything) == 16
    assert "more reasons" not in "".join(everything)


def test_reasons_of_equal_counts_are_in_the_order_of_the_alphabet(observatory: Observatory) -> None:
    names = ("zulu", "alfa", "mike")
    rows = [temperature("2020-01-01T00:00:00Z", 1, station=name) for name in (*names, "mike")]
    receipt = observatory.load(csv(temperature("2020-01-01T00:00:00Z", 1), *rows))
    expected = [f"there is no station '{name}'" for name in ("mike", "alfa", "zulu")]
    assert list(receipt.reasons) == expected
    assert list(past_loads(observatory.database, 1)[0].receipt.reasons) == expected


def test_the_same_piece_twice_gives_the_same_places() -> None:
    judge = vetting()
    table = pa.table({name: pa.array([b""] * 2, pa.binary()) for name in COLUMNS})
    for name, values in {
        "station": [BARNAUL, "Ы-1"], "parameter": ["ph", "ph"], "time": ["2020-01-01T00:00:00Z"] * 2,
        "value": ["7", "8"], "unit": ["pH", "1"],
    }.items():  # fmt: skip
        table = table.set_column(COLUMNS.index(name), name, pa.array([v.encode() for v in values], pa.binary()))
    first = judge.vet(Piece(table, np.array([1, 2])))
    second = judge.vet(Piece(table, np.array([3, 4])))
    assert list(first.rows.series) == list(second.rows.series) == [0, 1]
    assert (first.new_series, second.new_series) == ([(BARNAUL, "ph", False), ("Ы-1", "ph", False)], [])
    assert judge.units == {"ph": "1"}


class TestCommand:
    def command(self, observatory: Observatory, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return here("observations", *arguments, database_url=observatory.url)

    def test_loads_tells_and_keeps(self, observatory: Observatory, tmp_path: Path) -> None:
        good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
        good.write_text(csv(temperature("2020-01-01T07:00:00", 1), temperature("2020-01-01T08:00:00", "x")))
        bad.write_text("nothing of the kind\n")
        files = (str(good), str(bad), str(tmp_path / "absent.csv"))
        done = self.command(observatory, "load", *files, "--zone", "Asia/Barnaul")
        out, err = done.stdout, done.stderr
        assert done.returncode == 1
        assert "good.csv: 2 rows: 1 added, 1 refused" in out
        assert "1 refused: value is no number" in out
        assert "not measured before: air_temperature" in out
        assert "bad.csv: the file has no column" in err
        assert "absent.csv" in err
        assert "good.csv" not in err
        assert "Traceback" not in err
        assert observatory.rows("SELECT outcome, file, zone FROM altaigis.loads ORDER BY load") == [
            ("loaded", "good.csv", "Asia/Barnaul"),
            ("failed", "bad.csv", "Asia/Barnaul"),
        ]
        report = self.command(observatory, "report")
        assert report.returncode == 0
        told = report.stdout.splitlines()
        assert re.fullmatch(r"load \d+, [\d: -]+ UTC, user \w+, source bad.csv", told[0])
        assert told[1].startswith("  bad.csv: failed: the file has no column")
        assert told[3].startswith("  good.csv: 2 rows: 1 added, 1 refused")
        assert told[4] == "    1 refused: value is no number"

    def test_a_dry_run_tells_the_same_and_loads_nothing(self, observatory: Observatory, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text(csv(temperature("2020-01-01T07:00:00Z", 1), temperature("x", 1)))
        out = self.command(observatory, "load", str(path), "--dry-run").stdout
        assert "2 rows: would be 1 added, 1 refused" in out
        for table in ("observations", "loads", "refusals", "series", "observations_daily"):
            assert observatory.one(f"SELECT count(*) FROM altaigis.{table}") == 0

    def test_a_file_of_which_no_row_is_taken_has_failed(self, observatory: Observatory, tmp_path: Path) -> None:
        good, refused, empty = (tmp_path / f"{name}.csv" for name in ("good", "refused", "empty"))
        rows = csv(temperature("2020-01-01T00:00:00Z", 1), temperature("2020-01-01T00:00:00Z", "x"))
        good.write_text(rows, encoding="cp1251")
        refused.write_text(csv(temperature("2020-01-01T00:00:00Z", "x")))
        empty.write_text(csv())
        for code, paths in ((0, [good]), (0, [good]), (1, [good, refused, empty])):
            done = self.command(observatory, "load", *map(str, paths))
            out, err = done.stdout, done.stderr
            assert done.returncode == code, err
            assert "good.csv: 2 rows" in out
            assert "good.csv" not in err
            assert "encoding: cp1251, detected" in out
        declared = self.command(observatory, "load", "--encoding", "cp855", "--dry-run", str(good))
        assert "encoding: cp855, declared" in declared.stdout
        assert "1 refused: value is no number" in out
        assert "refused.csv: no row was taken; refused: 1" in err
        assert "empty.csv: the file holds no observations" in err
        assert observatory.one("SELECT count(*) FROM altaigis.refusals WHERE reason = 'value is no number'") == 4
