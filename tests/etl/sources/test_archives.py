"""Archives of strangers."""

import zipfile
from pathlib import Path

import pytest

from altaigis.etl.sources import archives
from altaigis.etl.sources.archives import chosen, unpacked


def made(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_files_are_there_and_then_gone(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", **{"folder/точки.csv": b"a,b\n1,2\n", "readme.md": b"x"})
    with unpacked(path) as folder:
        found = chosen(folder, (".csv",), None)
        assert found.read_bytes() == b"a,b\n1,2\n"
    assert not folder.exists()


def test_several_files_need_a_name(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", **{"a.csv": b"1", "b.csv": b"2"})
    with unpacked(path) as folder:
        with pytest.raises(ValueError, match=r"a\.csv, b\.csv; name one in source.member"):
            chosen(folder, (".csv",), None)
        assert chosen(folder, (".csv",), "b.csv").read_bytes() == b"2"
        with pytest.raises(ValueError, match=r"holds no \.\./b\.csv"):
            chosen(folder, (".csv",), "../b.csv")
        with pytest.raises(ValueError, match="no data that are known"):
            chosen(folder, (".shp",), None)


@pytest.mark.parametrize("name", ["../out.csv", "/out.csv", "a/../../out.csv", "..\\out.csv", "C:/out.csv"])
def test_a_path_that_climbs_out(tmp_path: Path, name: str) -> None:
    path = made(tmp_path / "a.zip", **{name: b"1"})
    with pytest.raises(ValueError, match="climbs out"), unpacked(path):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


def test_a_link(tmp_path: Path) -> None:
    member = zipfile.ZipInfo("passwd.csv")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(ValueError, match="has a link"), unpacked(tmp_path / "a.zip"):
        pass


def test_an_archive_in_the_archive(tmp_path: Path) -> None:
    inner = made(tmp_path / "inner.zip", **{"a.csv": b"1"}).read_bytes()
    path = made(tmp_path / "a.zip", **{"inner.zip": inner})
    with pytest.raises(ValueError, match=r"another one in it: inner\.zip"), unpacked(path):
        pass


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.zip", **{"a.csv": b"0" * (64 << 20)})
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(archives, "_unpack", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(ValueError, match="more than is allowed"), unpacked(path):
        pass


def test_a_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", **{"a.csv": b"0" * (64 << 20)})
    content = path.read_bytes().replace((64 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"), unpacked(path) as folder:
        pytest.fail(f"{(folder / 'a.csv').stat().st_size} bytes came out")


def test_too_many_files(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", **{f"{n}.csv": b"" for n in range(archives.MAX_MEMBERS + 1)})
    with pytest.raises(ValueError, match="2001 files"), unpacked(path):
        pass


def test_an_encrypted_or_damaged_one(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", **{"a.csv": b"abc" * 100})
    good = path.read_bytes()
    path.write_bytes(good[:-30])
    with pytest.raises(ValueError, match="damaged"), unpacked(path):
        pass
    path.write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(ValueError, match="damaged"), unpacked(path):
        pass
    directory = good.index(b"PK\x01\x02")
    path.write_bytes(good[: directory + 8] + b"\x01" + good[directory + 9 :])
    with pytest.raises(ValueError, match="encrypted"), unpacked(path):
        pass
