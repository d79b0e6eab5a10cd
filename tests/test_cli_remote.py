"""Remote sources on the command line: when a server is asked, and what a person is told of one that is away."""

from collections.abc import Callable
from pathlib import Path

from commands import here
from projects import CSV, POINTS
from serving import Server, send, serving


def declare(folder: Path, server: Server) -> None:
    (folder / "layers").mkdir(exist_ok=True)
    (folder / "data" / "raw").mkdir(parents=True, exist_ok=True)
    remote = f"file: remote/sites.csv\n  remote: {{url: '{server.url}/sites.csv'}}"
    (folder / "layers" / "sites.yaml").write_text(POINTS.replace("file: sites.csv", remote), encoding="utf-8")


def test_a_run_asks_and_a_start_takes_the_copy(new_database: Callable[[], str], tmp_path: Path) -> None:
    settings = {"project": str(tmp_path), "database_url": new_database()}
    with serving() as server:
        declare(tmp_path, server)
        server.will(send("", 503))
        first = here("etl", "run", "--copies", **settings)
        assert first.returncode == 1
        assert "503 Service Unavailable (asked once); there is no copy of it yet" in first.stderr
        assert "Traceback" not in first.stderr
        assert len(server.asked) == 1
        server.will(send(CSV, etag='"a"'), send("", 304))
        second = here("etl", "run", "--copies", **settings)
        assert "loaded, 3 of 3" in second.stdout + second.stderr
        for command in (["--copies"], ["--dry-run"]):
            done = here("etl", "run", *command, **settings)
            assert (done.returncode, done.stdout) == (0, "  1 of 1 layers are unchanged\n")
        assert len(server.asked) == 1
        done = here("etl", "run", **settings)
        assert done.returncode == 0
        assert len(server.asked) == 2
        # a 404 is not asked for again and again
        server.will(send("", 404))
        done = here("etl", "run", **settings)
    assert done.returncode == 0
    told = done.stdout + done.stderr
    assert "sites                unchanged" in told
    assert "answers 404 Not Found; the copy of " in told
    assert "is used [remote]" in told
