"""The embedded PostGIS: made, started, stopped, killed and found again."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from altaigis.errors import ClusterError
from altaigis.store import binaries
from altaigis.store.binaries import Binaries
from altaigis.store.cluster import Cluster
from altaigis.store.sockets import SOCKET_NAME, choose_socket_dir, fits

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take on another user")

START = "import sys; from pathlib import Path; from altaigis.store.cluster import Cluster; "
START += "print(Cluster(Path(sys.argv[1]), durable=False).start())"


def make_home() -> Path:
    """Not under pytest's own folders: those are closed to the user that the server runs as."""
    home = Path(tempfile.mkdtemp(prefix="altaigis-", dir="/var/tmp"))
    home.chmod(0o711)
    return home


@pytest.fixture
def home() -> Iterator[Path]:
    folder = make_home()
    yield folder
    Cluster(folder).stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One server for the tests that leave it as good as new; it may have been stopped."""
    folder = make_home()
    made = Cluster(folder, durable=False)
    assert made.start() is True
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    cluster.start()
    return cluster


def answer(cluster: Cluster, query: str) -> object:
    with psycopg.connect(cluster.url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def pid_of(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def run_as(user: pwd.struct_passwd, act: Callable[[], object]) -> str:
    """What another user gets; in a fork, as the interpreter may lie in a folder that is closed to others."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            os.write(writing, str(act()).encode())
        except Exception as error:  # noqa: BLE001 - told by the parent
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        return pipe.read()


def test_absent_then_running_then_stopped(home: Path) -> None:
    cluster = Cluster(home / "deep" / "er", durable=False)
    assert cluster.status().state == "absent"
    assert cluster.status().version is None
    assert not (home / "deep").exists(), "looking makes nothing"
    assert cluster.start() is True
    status = cluster.status()
    assert (status.state, status.data) == ("running", cluster.data)
    assert status.version is not None
    assert int(status.version.split(".")[0]) >= 13
    assert answer(cluster, "SELECT pg_backend_pid()") != status.pid
    assert cluster.stop() is True
    assert cluster.status().state == "stopped"
    assert cluster.status().pid is None
    assert cluster.stop() is False


def test_the_database_is_ready_for_geometry_and_russian(running: Cluster) -> None:
    assert answer(running, "SELECT ST_AsText(ST_Point(83.78, 53.36, 4326))") == "POINT(83.78 53.36)"
    assert answer(running, "SELECT 'БАРНАУЛ' ILIKE 'барнаул'") is True
    assert answer(running, "SELECT lower('Ё')") == "ё"
    assert answer(running, "SELECT count(*) FROM pg_extension WHERE extname IN ('postgis', 'pg_trgm')") == 2
    # by code point: Z before a, Я before а
    ordered = "SELECT string_agg(v, '' ORDER BY v) FROM unnest(ARRAY['а', 'a', 'Я', 'Z']) AS v"
    assert answer(running, ordered) == "ZaЯа"
    assert answer(running, "SHOW data_checksums") == "on"
    assert answer(running, "SHOW jit") == "off"


def test_a_durable_cluster_writes_through(home: Path) -> None:
    cluster = Cluster(home)
    cluster.start()
    assert [answer(cluster, f"SHOW {s}") for s in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3


def test_second_start_does_nothing_and_is_quick(running: Cluster) -> None:
    before = pid_of(running)
    began = time.monotonic()
    assert Cluster(running.home, durable=False).start() is False
    assert time.monotonic() - began < 2
    assert pid_of(running) == before


def test_start_after_stop_is_quick_and_keeps_data(running: Cluster) -> None:
    with psycopg.connect(running.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS n")
    running.stop()
    began = time.monotonic()
    assert running.start() is True
    assert time.monotonic() - began < 2
    assert answer(running, "SELECT n FROM kept") == 1


def test_the_url_serves_psql_and_gdal(running: Cluster) -> None:
    shown = subprocess.run(["psql", running.url, "-Atc", "SELECT current_user"], capture_output=True, text=True)
    assert shown.stdout.strip() == "altaigis", shown.stderr
    if ogrinfo := shutil.which("ogrinfo"):
        opened = subprocess.run([ogrinfo, f"PG:{running.url}"], capture_output=True, text=True)
        assert opened.returncode == 0, opened.stderr


@pytest.mark.parametrize("name", ["дом & 100%'s +", "a, b"])
def test_the_url_survives_odd_folder_names(home: Path, name: str) -> None:
    odd = Cluster(home / name, durable=False)
    odd.start()
    assert answer(odd, "SELECT 1") == 1
    odd.stop()
    shutil.rmtree(odd.socket_dir)


def test_two_starts_at_once_make_one_server(home: Path) -> None:
    starters = [
        subprocess.Popen([sys.executable, "-c", START, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = sorted(starter.communicate(timeout=50)[0].strip() for starter in starters)
    assert said == ["False", "True"]
    assert answer(Cluster(home), "SELECT 1") == 1


def test_start_after_kill_9(running: Cluster) -> None:
    with psycopg.connect(running.url) as connection:
        connection.execute("SET LOCAL synchronous_commit = on")
        connection.execute("CREATE TABLE IF NOT EXISTS survivor AS SELECT 7 AS n")
    os.kill(pid_of(running), signal.SIGKILL)
    assert running.start() is True
    assert answer(running, "SELECT n FROM survivor") == 7


def test_start_after_kill_9_while_a_backend_is_busy(running: Cluster) -> None:
    """A busy backend outlives its postmaster and holds the shared memory."""
    busy = psycopg.connect(running.url, autocommit=True)
    backend = busy.info.backend_pid
    loop = "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"
    client = subprocess.Popen(["psql", running.url, "-c", loop], stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    os.kill(pid_of(running), signal.SIGKILL)
    try:
        assert running.start() is True
    finally:
        client.wait(timeout=10)
        busy.close()
    assert answer(running, f"SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}") == 0


@pytest.mark.parametrize("alive", ["nobody's", "another program's"])
def test_stale_pid_file(running: Cluster, alive: str) -> None:
    """After a reboot the number in the pid file may be that of any program, even of the server's own user."""
    pid_file = running.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    socket_lock = running.socket_dir / f"{SOCKET_NAME}.lock"
    running.stop()
    owner = running.data.stat().st_uid
    stranger = subprocess.Popen(["sleep", "60"], user=owner if os.geteuid() == 0 else None)
    if alive == "nobody's":
        stranger.kill()
        stranger.wait()
    try:
        for file in (pid_file, socket_lock):
            file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            os.chown(file, owner, -1)
        assert running.status().state == "stopped"
        assert running.stop() is False
        assert running.start() is True
        assert running.status().pid != stranger.pid
        if alive != "nobody's":
            assert stranger.poll() is None, "the stranger was left alone"
    finally:
        stranger.kill()
        stranger.wait()


def test_socket_swept_away(running: Cluster) -> None:
    (running.socket_dir / SOCKET_NAME).unlink()
    assert running.start() is True
    assert answer(running, "SELECT 1") == 1


def test_killed_in_the_middle_of_initdb(home: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", START, str(home)], start_new_session=True)
    deadline = time.monotonic() + 20
    while not list(home.glob("data.new-*/PG_VERSION")):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait()
    assert Cluster(home).status().state == "absent"
    cluster = Cluster(home, durable=False)
    assert cluster.start() is True
    assert answer(cluster, "SELECT 1") == 1
    assert not list(home.glob("data.new-*"))


def test_killed_before_the_database_was_made(running: Cluster) -> None:
    with psycopg.connect(running.url.replace("/altaigis?", "/postgres?"), autocommit=True) as connection:
        connection.execute("DROP DATABASE altaigis WITH (FORCE)")
    assert running.start() is False
    assert answer(running, "SELECT postgis_lib_version() IS NOT NULL") is True


def test_too_long_a_socket_path(home: Path) -> None:
    folder = home / ("x" * 100)
    folder.mkdir()
    with pytest.raises(ClusterError, match="too long for a unix socket"):
        Cluster(home, folder, durable=False).start()
    assert not fits(folder / "run")
    assert fits(choose_socket_dir(folder))
    assert choose_socket_dir(folder) != choose_socket_dir(home)


def test_a_socket_folder_of_somebody_else_is_a_trap(running: Cluster) -> None:
    running.stop()
    link = running.home / "link"
    link.symlink_to("/tmp")
    with pytest.raises(ClusterError, match="trap"):
        Cluster(running.home, link, durable=False).start()
    link.unlink()


def test_a_socket_in_use_by_another_cluster(running: Cluster, home: Path) -> None:
    with pytest.raises(ClusterError, match=f"belongs to the running cluster {running.data}"):
        Cluster(home, running.socket_dir, durable=False).start()
    assert answer(running, "SELECT 1") == 1


@as_root
def test_a_closed_home_names_the_folder_and_the_way_out(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ClusterError, match=f"cannot enter {closed}: set ALTAIGIS_HOME"):
        Cluster(closed / "home").start()
    assert list(closed.iterdir()) == []


def test_data_of_a_version_that_is_not_installed(home: Path) -> None:
    data = home / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    if os.geteuid() == 0:
        shutil.chown(data, "postgres")
    with pytest.raises(ClusterError, match=r"made by PostgreSQL 9, which is not installed \(there is \d+"):
        Cluster(home).start()


def test_something_else_in_the_place_of_the_data(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "thesis.odt").touch()
    with pytest.raises(ClusterError, match="move it away"):
        Cluster(home).start()
    assert (home / "data" / "thesis.odt").exists()
    (home / "data" / "thesis.odt").unlink()


def test_nothing_installed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "PLACES", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ClusterError, match=r"(?s)not installed.*apt install.*ALTAIGIS_DATABASE_URL"):
        Cluster(home).start()
    assert not (home / "data").exists()


def test_a_server_that_fails_shows_its_last_words(running: Cluster) -> None:
    with psycopg.connect(running.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'no_such_library'")
    running.stop()
    auto = running.data / "postgresql.auto.conf"
    try:
        with pytest.raises(ClusterError, match="no_such_library"):
            running.start()
    finally:
        auto.write_text("")
    assert running.start() is True


def test_choice_of_an_installation(tmp_path: Path) -> None:
    def installation(version: str, postgis: str | None, *programs: str) -> Binaries:
        folder = tmp_path / version
        folder.mkdir()
        for program in programs:
            (folder / program).touch()
        return Binaries(folder, version, postgis)

    server, client = ("postgres", "initdb", "pg_ctl"), ("pg_dump", "pg_restore", "psql")
    choices = [
        installation("18beta1", None, *client),
        installation("17.2", None, *server, *client),
        installation("16.4", "3.5.0", *server, *client),
        installation("14.9", "3.2.1", *server, *client),
    ]
    assert binaries.find_server(None, choices).version == "16.4", "the newest that has PostGIS"
    assert binaries.find_server(16, choices).version == "16.4"
    with pytest.raises(ClusterError, match=r"not PostGIS 3\.3"):
        binaries.find_server(14, choices)
    with pytest.raises(ClusterError, match=r"PostgreSQL 15, which is not installed \(there is 17.2, 16.4, 14.9\)"):
        binaries.find_server(15, choices)
    found = {major: binaries.find_clients(major, choices) for major in (14, 15, 18, 19)}
    assert {k: v and v.version for k, v in found.items()} == {14: "14.9", 15: "16.4", 18: "18beta1", 19: None}


@as_root
def test_never_runs_as_root(running: Cluster) -> None:
    processes = subprocess.run(["ps", "-eo", "pid,ppid,uid"], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in processes.splitlines()[1:]]
    pid = pid_of(running)
    users = [uid for own, parent, uid in rows if pid in (own, parent)]
    assert len(users) > 2
    assert 0 not in users
    assert pwd.getpwuid(users[0]).pw_name in ("postgres", "_postgres", "altaigis")


def test_no_tcp_port_is_open(running: Cluster) -> None:
    assert answer(running, "SHOW listen_addresses") == ""
    inodes = {
        link.readlink().name.removeprefix("socket:[").rstrip("]")
        for link in Path(f"/proc/{pid_of(running)}/fd").iterdir()
        if str(link.readlink()).startswith("socket:")
    }
    assert inodes
    for table in ("tcp", "tcp6"):
        listed = Path(f"/proc/net/{table}")
        rows = listed.read_text().splitlines()[1:] if listed.exists() else []
        assert not inodes & {row.split()[9] for row in rows}


@as_root
def test_other_users_are_refused(running: Cluster) -> None:
    command = ["psql", running.url, "-c", "SELECT 1"]
    refused = subprocess.run(command, user="nobody", cwd="/", capture_output=True, text=True)
    assert refused.returncode != 0
    assert "Permission denied" in refused.stderr
    # and with the door open the doorman remains
    running.socket_dir.chmod(0o755)
    (running.socket_dir / SOCKET_NAME).chmod(0o777)
    try:
        refused = subprocess.run(command, user="nobody", cwd="/", capture_output=True, text=True)
        assert refused.returncode != 0
        assert "Peer authentication failed" in refused.stderr
    finally:
        running.socket_dir.chmod(0o700)
        (running.socket_dir / SOCKET_NAME).chmod(0o700)
    stranger = pwd.getpwnam("nobody")
    for act in (running.status, running.start, running.stop, lambda: running.url):
        said = run_as(stranger, act)
        assert said.startswith("ClusterError("), said
    assert running.status().state == "running"
    trusted = subprocess.run(command, user="postgres", cwd="/", capture_output=True, text=True)
    assert trusted.returncode == 0, trusted.stderr


@as_root
def test_an_ordinary_user_has_a_cluster_of_their_own(home: Path) -> None:
    """Who is not root runs the server as oneself; root may use it too."""
    user = pwd.getpwnam("nobody")
    theirs = home / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, user.pw_uid, user.pw_gid)
    assert run_as(user, lambda: Cluster(theirs, durable=False).start()) == "True"
    cluster = Cluster(theirs, durable=False)
    assert Path(f"/proc/{pid_of(cluster)}").stat().st_uid == user.pw_uid
    assert answer(cluster, "SELECT current_user") == "altaigis"
    assert cluster.start() is False
    assert cluster.stop() is True
    assert cluster.start() is True
    assert Path(f"/proc/{pid_of(cluster)}").stat().st_uid == user.pw_uid, "started by root, run by its owner"
    cluster.stop()


def test_the_terminals_interrupt_does_not_reach_the_server(running: Cluster) -> None:
    assert os.getsid(pid_of(running)) != os.getsid(0)


def test_a_socket_listens_where_the_status_says(running: Cluster) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(running.socket_dir / SOCKET_NAME))
    assert f"host={running.socket_dir}" in running.status().url
