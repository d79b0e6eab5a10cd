"""Backup and restore: the round trip, and everything that may go wrong on the way."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from altaigis.errors import BackupError, DatabaseUnavailable
from altaigis.store import backup as module
from altaigis.store import binaries
from altaigis.store.backup import backup, restore
from altaigis.store.cluster import Cluster

CONTENT = """
DROP SCHEMA IF EXISTS altaigis, layers CASCADE;
CREATE SCHEMA altaigis;
CREATE SCHEMA layers;
CREATE TABLE altaigis.revisions (number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, layer text NOT NULL);
INSERT INTO altaigis.revisions (layer) VALUES ('districts'), ('rivers'), ('districts');
CREATE SEQUENCE layers.tile_ids START 100;
CREATE TABLE layers.districts (
    tile_id bigint PRIMARY KEY DEFAULT nextval('layers.tile_ids'),
    name_ru text,
    geom geometry(MultiPolygon, 4326)
);
COMMENT ON TABLE layers.districts IS 'Муниципальные образования';
INSERT INTO layers.districts (name_ru, geom)
SELECT 'район ' || n, ST_Multi(ST_Buffer(ST_Point(80 + n / 10.0, 52, 4326), 0.1))
FROM generate_series(1, 20) AS n;
CREATE INDEX districts_geom ON layers.districts USING gist (geom);
CREATE INDEX districts_name ON layers.districts USING gin (name_ru gin_trgm_ops);
CREATE VIEW layers.named AS SELECT tile_id, name_ru FROM layers.districts WHERE name_ru IS NOT NULL;
"""

FINGERPRINT = """
SELECT (SELECT md5(string_agg(d::text, '|' ORDER BY tile_id)) FROM layers.districts d),
       (SELECT string_agg(number || layer, ',' ORDER BY number) FROM altaigis.revisions),
       (SELECT last_value FROM layers.tile_ids),
       (SELECT count(*) FROM layers.named),
       obj_description('layers.districts'::regclass),
       (SELECT string_agg(indexname, ',' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'layers'),
       (SELECT count(*) FROM layers.districts WHERE ST_SRID(geom) = 4326 AND ST_IsValid(geom))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="altaigis-", dir="/var/tmp"))
    folder.chmod(0o711)
    cluster = Cluster(folder, durable=False)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


@pytest.fixture
def url(server: Cluster) -> str:
    execute(server.url, CONTENT)
    return server.url


@pytest.fixture
def saved(url: str, tmp_path: Path) -> Path:
    backup(url, tmp_path / "saved.altaigis")
    return tmp_path / "saved.altaigis"


def execute(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


def fingerprint(url: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        row = connection.execute(FINGERPRINT).fetchone()
    assert row is not None
    return row


def other_database(url: str, name: str) -> str:
    execute(url, f"DROP DATABASE IF EXISTS {name}")
    execute(url, f"CREATE DATABASE {name}")
    return url.replace("/altaigis?", f"/{name}?")


def test_round_trip_replaces_what_is_there(url: str, tmp_path: Path) -> None:
    before = fingerprint(url)
    assert before[-1] == 20
    seen: list[str] = []
    backup(url, tmp_path / "b", progress=seen.append)
    assert {"layers.districts", "altaigis.revisions"} <= set(seen)
    execute(
        url,
        "DELETE FROM layers.districts WHERE tile_id > 105; DROP TABLE altaigis.revisions; "
        "CREATE TABLE layers.later (n int); SELECT nextval('layers.tile_ids')",
    )
    seen.clear()
    restore(url, tmp_path / "b", progress=seen.append)
    assert {"layers.districts", "altaigis.revisions"} <= set(seen)
    assert fingerprint(url) == before
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('layers.later')").fetchone() == (None,)
        assert connection.execute("SELECT nextval('layers.tile_ids')").fetchone() == (120,)
        inserted = connection.execute("INSERT INTO altaigis.revisions (layer) VALUES ('x') RETURNING number")
        assert inserted.fetchone() == (4,)


def test_into_an_empty_database_by_sqlalchemys_url(url: str, saved: Path) -> None:
    """The extensions that the layers need come along."""
    elsewhere = other_database(url, "elsewhere")
    restore(elsewhere.replace("postgresql://", "postgresql+psycopg://"), saved)
    assert fingerprint(elsewhere) == fingerprint(url)
    execute(url, "DROP DATABASE elsewhere")


def test_backup_is_whole_private_and_alone(saved: Path) -> None:
    assert saved.read_bytes().startswith(b"PGDMP")
    assert saved.stat().st_mode & 0o077 == 0, "it holds the hashes of keys"
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_backup_keeps_an_existing_file_unless_asked(url: str, saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(BackupError, match="exists"):
        backup(url, saved)
    assert saved.read_bytes() == before
    execute(url, "DELETE FROM layers.districts")
    backup(url, saved, overwrite=True)
    assert len(saved.read_bytes()) < len(before)


def test_backup_into_a_missing_folder_or_a_folder(url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="cannot be written: No such file"):
        backup(url, tmp_path / "missing" / "b")
    with pytest.raises(BackupError, match="is a folder"):
        backup(url, tmp_path, overwrite=True)


def test_backup_that_fails_leaves_nothing(url: str, tmp_path: Path) -> None:
    """Here the disk is full: pg_dump's file may not grow beyond a few bytes."""
    old = tmp_path / "b"
    old.write_text("the backup of yesterday")
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048));"
        "from pathlib import Path; from altaigis.store.backup import backup;"
        "backup(sys.argv[1], Path(sys.argv[2]), overwrite=True)"
    )
    done = subprocess.run([sys.executable, "-c", script, url, str(old)], capture_output=True, text=True)
    assert "BackupError: pg_dump failed" in done.stderr
    assert old.read_text() == "the backup of yesterday"
    assert list(tmp_path.iterdir()) == [old]


def test_backup_of_nothing(url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        backup(url.replace("/altaigis?", "/postgres?"), tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_truncated_backup_is_refused_before_anything_is_touched(url: str, saved: Path, keep: float) -> None:
    before = fingerprint(url)
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(BackupError, match="cut short or damaged"):
        restore(url, saved)
    assert fingerprint(url) == before


def test_damaged_backup_is_refused(url: str, saved: Path) -> None:
    damaged = bytearray(saved.read_bytes())
    # in the middle of the compressed rows, which stand at the end
    damaged[-len(damaged) // 10] ^= 0xFF
    saved.write_bytes(damaged)
    with pytest.raises(BackupError, match="cut short or damaged"):
        restore(url, saved)


def test_foreign_files_are_refused(url: str, tmp_path: Path) -> None:
    before = fingerprint(url)
    (tmp_path / "text").write_text("DROP SCHEMA layers CASCADE;")
    with pytest.raises(BackupError, match="not a backup of AltaiGIS"):
        restore(url, tmp_path / "text")
    with pytest.raises(BackupError, match="cannot be read: No such file"):
        restore(url, tmp_path / "missing")
    shop = other_database(url, "shop")
    execute(shop, "CREATE SCHEMA layers; CREATE SCHEMA shop; CREATE TABLE shop.goods (n int)")
    found = binaries.find_clients(1, binaries.installed())
    assert found is not None
    subprocess.run([found.tool("pg_dump"), "-Fc", "-f", str(tmp_path / "shop"), shop], check=True)
    with pytest.raises(BackupError, match="of another database"):
        restore(url, tmp_path / "shop")
    assert fingerprint(url) == before


def test_restore_that_fails_in_the_middle_changes_nothing(
    url: str, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the schemas were dropped and half of the script has run, the server says no."""
    execute(
        url,
        "CREATE OR REPLACE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'no index today'; END $$; "
        "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX') "
        "EXECUTE FUNCTION public.refuse()",
    )
    before = fingerprint(url)
    try:
        with pytest.raises(BackupError, match=r"(?s)all is as before.*no index today"):
            restore(url, saved)
    finally:
        execute(url, "DROP EVENT TRIGGER refuse")
    assert fingerprint(url) == before


def test_restore_whose_reader_dies_changes_nothing(
    url: str, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """psql gets a script that ends early, without an error: it must not be committed."""
    execute(url, "DELETE FROM layers.districts WHERE tile_id = 101")
    before = fingerprint(url)
    found = binaries.find_clients(1, binaries.installed())
    assert found is not None
    fakes = tmp_path / "bin"
    fakes.mkdir()
    for name in ("pg_dump", "psql"):
        (fakes / name).symlink_to(found.tool(name))
    (fakes / "pg_restore").write_text(
        f"#!/bin/sh\nreal={found.tool('pg_restore')}\n"
        'case "$*" in *--file=-*) $real "$@" | head -n 60; echo "error: died" >&2; exit 1;; esac\n'
        'exec $real "$@"\n'
    )
    (fakes / "pg_restore").chmod(0o755)
    monkeypatch.setattr(binaries, "installed", lambda: [replace(found, folder=fakes)])
    with pytest.raises(BackupError, match=r"(?s)all is as before.*error: died"):
        restore(url, saved)
    assert fingerprint(url) == before


def test_restore_gives_up_when_somebody_holds_a_table(url: str, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 1)
    before = fingerprint(url)
    with psycopg.connect(url) as reader:
        reader.execute("SELECT 1 FROM layers.districts")
        with pytest.raises(BackupError, match="lock timeout"):
            restore(url, saved)
    assert fingerprint(url) == before


def test_clients_that_are_older_than_the_server(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = binaries.find_clients(1, binaries.installed())
    assert found is not None
    monkeypatch.setattr(binaries, "installed", lambda: [replace(found, version="9.6")])
    with pytest.raises(BackupError, match=r"older \(9\.6\): install postgresql-client-"):
        backup(url, tmp_path / "b")


def test_backup_from_a_newer_server(url: str, saved: Path) -> None:
    with psycopg.connect(url) as connection:
        version = (connection.info.parameter_status("server_version") or "").encode()
    content = saved.read_bytes()
    assert version in content[:200]
    saved.write_bytes(content.replace(version, b"99" + version[2:], 1))
    with pytest.raises(BackupError, match=r"comes from PostgreSQL 99, the server is older"):
        restore(url, saved)


def test_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        backup("postgresql://altaigis@/altaigis?host=/nowhere", tmp_path / "b")
    with pytest.raises(DatabaseUnavailable):
        backup("not a url at all", tmp_path / "b")


def test_a_password_is_not_shown_to_other_users(url: str) -> None:
    server = module._Server.at(f"{url}&password=geheim")
    assert "geheim" not in " ".join(server.arguments)
    assert server.environment["PGPASSWORD"] == "geheim"
