"""CSV, workbooks and Parquet as they come from offices."""

import io
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.errors import SourceError
from altaigis.etl.read import read_file
from altaigis.etl.sources import tables
from altaigis.etl.sources.rawfile import Reading
from altaigis.etl.sources.tables import read_csv

ROWS = "код;название;площадь\n1;Озеро Ая;9,4\n2;«Белокуриха» № 2;\n"
CONTENT = {"код": ["1", "2"], "название": ["Озеро Ая", "«Белокуриха» № 2"], "площадь": ["9,4", None]}


def rows(frame: pd.DataFrame) -> dict[str, list[object]]:
    return {name: [None if pd.isna(v) else v for v in values] for name, values in frame.items()}


@pytest.mark.parametrize(
    ("codec", "name", "by"),
    [
        ("utf-8", "utf-8", "detected"),
        ("utf-8-sig", "utf-8-sig", "byte order mark"),
        ("utf-16", "utf-16", "byte order mark"),
        ("cp1251", "cp1251", "detected"),
    ],
)
def test_the_encoding_of_a_csv_is_told_and_reported(tmp_path: Path, codec: str, name: str, by: str) -> None:
    (tmp_path / "a.csv").write_bytes(ROWS.encode(codec))
    found = read_file(tmp_path / "a.csv")
    assert rows(found.frame) == CONTENT
    assert found.decisions["encoding"] == {"name": name, "by": by}
    assert found.decimal == ","


@pytest.mark.parametrize("codec", ["cp866", "koi8_r"])
def test_older_encodings_are_told_too(tmp_path: Path, codec: str) -> None:
    text = "код;название\n1;Озеро Ая\n2;Село Алтайское, улица Советская\n"
    (tmp_path / "a.csv").write_bytes(text.encode(codec))
    found = read_file(tmp_path / "a.csv")
    assert found.decisions["encoding"] == {"name": codec, "by": "detected"}
    assert list(found.frame["название"]) == ["Озеро Ая", "Село Алтайское, улица Советская"]


def test_letters_late_in_a_large_file_count(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"1,2\n" * 1_000_000 + "3,Барнаул\n".encode("cp1251"))
    found = read_file(tmp_path / "a.csv")
    assert found.frame["b"].iloc[-1] == "Барнаул"


def test_a_declared_encoding_overrules_and_may_fail(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROWS.encode("cp1251"))
    found = read_file(tmp_path / "a.csv", Reading(encoding="cp1251"))
    assert found.decisions["encoding"] == {"name": "cp1251", "by": "declared"}
    with pytest.raises(SourceError, match=r"a\.csv cannot be read"):
        read_file(tmp_path / "a.csv", Reading(encoding="utf-8"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(tmp_path: Path, separator: str) -> None:
    text = 'a;b\n1;"x;y, z"\n2;"two\nlines; of, it"\n'.replace(";", separator)
    (tmp_path / "a.csv").write_text(text)
    found = read_file(tmp_path / "a.csv")
    assert list(found.frame.columns) == ["a", "b"]
    assert list(found.frame["a"]) == ["1", "2"]
    assert found.decisions["separator"] == {"name": separator, "by": "detected"}
    assert found.decimal == ("." if separator == "," else ",")


def test_a_declared_separator_overrules(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b,c;d\n1;2,3;4\n")
    assert list(read_file(tmp_path / "a.csv", Reading(separator=",")).frame.columns) == ["a;b", "c;d"]
    assert list(read_file(tmp_path / "a.csv").frame.columns) == ["a", "b,c", "d"]


@pytest.mark.parametrize("large", [0, 1 << 30])
@pytest.mark.parametrize(
    ("text", "places", "blank"),
    [
        ("a,b\n1,x\n2,y\n", [2, 3], 0),
        ("a,b\r\n1,x\r\n2,y", [2, 3], 0),
        ("a,b\n1,x\n\n \n,\n2,y\n", [2, 6], 3),
        ("a,b\n1,x\n,\n2,y\n", [2, 4], 1),
        ("\na,b\n1,x\n2,y\n\n,\n\n", [3, 4], 0),
        ('a,b\n1,"x\ny"\n2,"z\n\n"\n3,\n', [2, 4, 7], 0),
        ("a,b\r1,x\r\r2,y\r", [2, 4], 1),
        (f'a,b\n1,"{"x" * 200_000}\n"\n2,y\n', [2, 4], 0),
    ],
)
def test_rows_of_a_csv_stand_where_their_line_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, places: list[int], blank: int, large: int
) -> None:
    monkeypatch.setattr(tables, "_LARGE", large)
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "a.csv").write_bytes(text.encode(encoding))
        found = read_file(tmp_path / "a.csv")
        assert list(found.frame.index) == places
        assert list(found.frame["a"]) == [str(n + 1) for n in range(len(places))]
        assert found.decisions.get("blank_rows", 0) == blank


def test_a_row_of_too_many_fields_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    text = 'a;b\n1;x\n\n2;y;z\n3;"p\nq"\n4;w;\n5\n;;\n6;v\n;;!\n'
    for encoding in ("utf-8", "cp1251", "utf-16"):
        (tmp_path / "a.csv").write_bytes(text.encode(encoding))
        found = read_file(tmp_path / "a.csv", Reading(separator=";"))
        assert list(found.frame.index) == [2, 4, 5, 7, 8, 10, 11]
        assert rows(found.frame) == {"a": [*"123456", None], "b": ["x", "y", "p\nq", "w", None, "v", None]}
        assert [(f.severity, f.rule, f.row) for f in found.findings] == [
            ("error", "fields", 4),
            ("error", "fields", 11),
        ]
        assert "3 fields, where the header has 2, the last of them 'z'" in found.findings[0].message
        assert found.decisions["blank_rows"] == 2


def test_separators_alone_are_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",,\n,,\n")
    with pytest.raises(SourceError, match="nothing but separators"):
        read_file(tmp_path / "a.csv")


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        Данные=[
            ["oktmo", "название", 2021, "день", "час", "да"],
            [1601000, "Алейский район", 0.1, date(2024, 2, 29), datetime(2024, 2, 29, 7, 30), True],
            [],
            ["01602000", " ", 3.0, None, None, False, None],
            [None] * 20,
        ],
        Пусто=[],
    )
    found = read_file(path)
    assert rows(found.frame) == {
        "oktmo": ["1601000", "01602000"],
        "название": ["Алейский район", " "],
        "2021": [0.1, "3"],
        "день": ["2024-02-29", None],
        "час": ["2024-02-29 07:30:00", None],
        "да": ["true", "false"],
    }
    assert list(found.frame.index) == [2, 4], "as Excel numbers them"
    assert found.decisions == {"sheet": "Данные", "blank_rows": 1}


def test_a_sheet_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Первый=[["a"], [1]], Второй=[["b"], [2]])
    assert rows(read_file(path, Reading(layer="Второй")).frame) == {"b": ["2"]}
    with pytest.raises(SourceError, match=r"name one in source\.layer: Первый, Второй"):
        read_file(path)
    with pytest.raises(SourceError, match="no sheet 'Третий'; it has Первый, Второй"):
        read_file(path, Reading(layer="Третий"))


def test_parquet_with_and_without_geometry(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    assert list(read_file(tmp_path / "a.parquet").frame["a"]) == [1, 2]
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(85, 52)], crs="EPSG:32645").to_parquet(tmp_path / "b.parquet")
    frame = read_file(tmp_path / "b.parquet").frame
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs == "EPSG:32645"


def entities() -> bytes:
    """A workbook whose sheet has entities that multiply."""
    plain, bad = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append([1, 2])
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if "sheet1" in name:
                lines = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10 if k else "x" * 1000}">' for k in range(9))
                content = f"<!DOCTYPE l [{lines}]>".encode() + content.replace(b"<v>1</v>", b"<v>&a8;</v>")
            target.writestr(name, content)
    return bad.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", bytes(range(256)) * 100, "neither UTF-8 nor Cyrillic"),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(1000), "neither UTF-8 nor Cyrillic"),
        ("a.csv", b"a,b\n1,2,3\n", "line 2 has 3 fields, and the header 2: put text"),
        ("a.csv", b'a,b\n1,2\n3,"4\n5,6\n', "a quote in line 3 is not closed"),
        ("a.csv", b"a,a\n1,2\n", "twice, in column 2"),
        ("a.csv", b"a,\n1,2\n", "no name"),
        ("a.csv", ",".join(map(str, range(100_000))).encode() + b"\n", "100000 columns"),
        ("a.csv", ",".join(map(str, range(1_000_000))).encode() + b"\n", "too long for a header"),
        ("a.csv", b'"' + b"x" * 3_000_000, "too long"),
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", b"a;b\n1;2\n", "damaged"),
        ("a.xlsx", entities(), "cannot be read"),
        ("a.parquet", b"a;b\n1;2\n", "cannot be read"),
        ("a.parquet", b"PAR1" + bytes(1000) + b"PAR1", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_one_line_soon(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    started = time.monotonic()
    with pytest.raises(SourceError, match=problem) as error:
        read_file(tmp_path / name)
    assert time.monotonic() - started < 10
    assert name in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 1000


def test_a_workbook_that_is_a_bomb(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (64 << 20))
    with pytest.raises(SourceError, match="more than is allowed"):
        read_file(tmp_path / "a.xlsx")


def test_a_damaged_workbook_is_one_error_wherever_it_is_damaged(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", Лист=[["a", "b"], *([n, f"текст {n}"] for n in range(50))]).read_bytes()
    failed = 0
    for place in range(0, len(whole), 37):
        (tmp_path / "a.xlsx").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            read_file(tmp_path / "a.xlsx")
        except SourceError:
            failed += 1
    assert failed > 10


def test_parquet_with_too_many_columns(tmp_path: Path) -> None:
    pd.DataFrame({f"c{n}": [1] for n in range(2001)}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="2001 columns"):
        read_file(tmp_path / "a.parquet")


@settings(max_examples=150)
@given(
    rows=st.lists(
        st.tuples(*[st.sampled_from(["", "a", " б ", "NA", '"', '"x"', '"q,r"', '"", \n"', 'a"b', "\0"])] * 3)
    ),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    rest=st.sampled_from(["", '"', "x", ",", "a,b,c", ',,"\n', "\n\n", "a,b,c,d\n", " \n"]),
)
def test_large_tables_are_read_as_small_ones_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, ...]], end: str, rest: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes((end.join(["k,l,m", *(",".join(row) for row in rows)]) + end + rest).encode())

    def outcome(large: int) -> str:
        monkeypatch.setattr(tables, "_LARGE", large)
        try:
            frame = read_csv(path, Reading()).frame
        except ValueError as error:
            return str(error)
        return f"{list(frame.columns)} {frame.dtypes.unique()} {frame.to_numpy().tolist()}"

    assert outcome(0) == outcome(1 << 30)
