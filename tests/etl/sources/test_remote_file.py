"""A file by HTTP, from a server on loopback: what is asked for, what is kept, and what happens when it goes wrong."""

import asyncio
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.errors import RemoteUnavailable, SourceError
from altaigis.etl.fingerprint import asked, pending
from altaigis.etl.pipeline import run
from altaigis.etl.report import Report
from altaigis.etl.sources.remote.asking import Asking, Patience
from altaigis.etl.sources.remote.fetch import Fetcher, client
from altaigis.etl.sources.remote.part import Part, Validators
from altaigis.store.revisions import current_revisions, last_findings, last_run
from conftest import ROOT
from projects import CSV, POINTS, SQUARES, Project, emptied
from serving import Server, cut, redirect, rest, send, serving, trickle

ETAG = '"first"'
#: Long enough to be told from headers and to come in several pieces.
LONG = CSV + "".join(f"n{number},Место {number},{number},85,52\n" for number in range(5000))


class Remote(Project):
    """A project with a layer whose source is a server's; waits are noted instead of waited."""

    waits: list[float]

    def declare(self, server: Server, *keys: str) -> None:
        remote = ", ".join([f"url: '{server.url}/sites.csv'", *keys])
        self.layer(POINTS.replace("file: sites.csv", f"file: remote/sites.csv\n  remote: {{{remote}}}"))

    def run(self, name: str = "sites", *, dry: bool = False, **asking: object) -> Report:
        self.waits = []

        async def note(seconds: float) -> None:
            self.waits.append(seconds)

        patience = Patience(attempts=4, first_wait=1.0, silence=1.0, sleep=note)
        how = replace(Asking(patience=patience), **asking)  # type: ignore[arg-type]
        return run(self.catalog.layer(name), replace(self.workspace, asking=how), dry=dry)

    @property
    def copy(self) -> Path:
        return self.raw / "remote" / "sites.csv"

    def left(self) -> set[str]:
        """What stands beside the copy, but for the lock, which is empty."""
        return {path.name for path in self.copy.parent.iterdir() if path.suffix != ".lock"}


@pytest.fixture
def project(project_url: str, tmp_path: Path, server: Server) -> Iterator[Remote]:
    made = Remote(tmp_path, emptied(project_url))
    made.declare(server)
    yield made
    made.workspace.database.dispose()


def warnings(report: Report) -> list[str]:
    return [f.message for f in report.findings if f.rule == "remote" and f.severity == "warning"]


# What is asked for


def test_what_has_not_changed_is_not_sent_again(project: Remote, server: Server) -> None:
    modified = "Sun, 01 Nov 2026 10:00:00 GMT"
    server.will(send(CSV, etag=ETAG, last_modified=modified), send(b"", 304))
    assert project.run().loaded == 3
    assert server.asked[0].headers["user-agent"].startswith("AltaiGIS/")
    assert "if-none-match" not in server.asked[0].headers
    again = project.run()
    assert (again.outcome, again.findings) == ("unchanged", ())
    assert server.asked[1].headers["if-none-match"] == ETAG
    assert server.asked[1].headers["if-modified-since"] == modified
    assert project.copy.read_text() == CSV
    assert project.left() == {"sites.csv", "sites.csv.remote.json"}
    noted = json.loads((project.raw / "remote/sites.csv.remote.json").read_text())
    assert noted["sha256"] == hashlib.sha256(CSV.encode()).hexdigest()
    assert json.loads(noted["origin"]) == {"url": f"{server.url}/sites.csv"}
    assert noted["fetched"] < noted["checked"]
    loaded, looked = project.ask("SELECT outcome, report FROM altaigis.runs ORDER BY run")
    assert (loaded[0], looked[0]) == ("loaded", "unchanged")
    assert loaded[1]["remote"]["source"] == looked[1]["remote"]["source"] == f"{server.url}/sites.csv"


def test_that_a_source_is_away_is_told_until_it_is_back(project: Remote, server: Server) -> None:
    """By the report and by quality_issues, beside what the last load has found."""
    server.will(send(CSV.replace("10", "-1"), etag=ETAG), *[send(b"", 503)] * 4, send(b"", 304))
    project.run()
    layer = project.catalog.layer("sites")

    def told() -> list[str]:
        return [finding.rule for finding in last_run(project.workspace.database, layer)[1]]

    assert told() == ["range"]
    assert warnings(project.run())
    assert told() == ["range", "remote"]
    assert [issue.finding.rule for issue in last_findings(project.workspace.database)] == ["range", "remote"]
    assert warnings(project.run()) == []
    assert told() == ["range"]
    assert [issue.finding.rule for issue in last_findings(project.workspace.database)] == ["range"]


def test_the_same_bytes_from_a_server_without_validators_load_nothing(project: Remote, server: Server) -> None:
    server.will(send(CSV))
    project.run()
    written = project.copy.stat().st_mtime_ns
    assert project.run().outcome == "unchanged"
    assert project.copy.stat().st_mtime_ns == written
    server.will(send(CSV.replace("10", "11"), etag='"second"'))
    assert project.run().outcome == "loaded"
    assert [row[2] for row in project.table() if row[0] == "a"] == [11]


def test_a_copy_that_somebody_has_changed_is_fetched_whole(project: Remote, server: Server) -> None:
    server.will(send(CSV, etag=ETAG))
    project.run()
    project.copy.write_text(CSV.replace("10", "12"))
    project.run()
    assert "if-none-match" not in server.asked[1].headers
    assert project.copy.read_text() == CSV


def test_a_start_and_a_dry_run_ask_only_for_what_there_is_no_copy_of(project: Remote, server: Server) -> None:
    server.will(send(CSV, etag=ETAG))
    assert project.run(dry=True).loaded == 3
    assert project.number() is None
    assert len(server.asked) == 1
    assert project.run(always=False).outcome == "loaded"
    assert project.run(dry=True).outcome == "unchanged"
    assert len(server.asked) == 1


def test_a_run_looks_at_remote_layers_and_at_those_made_from_them(project: Remote, server: Server) -> None:
    inside = SQUARES.replace("squares.geojson", "squares.geojson\n  remote: {url: 'https://example.org/a.geojson'}")
    project.layer(inside)
    project.layer(SQUARES.replace("id: squares", "id: zones").replace("  licence", "  within: squares\n  licence", 1))
    project.layer(SQUARES.replace("id: squares", "id: plain"))
    order = project.catalog.in_load_order()
    assert [layer.id for layer in asked(order)] == [layer.id for layer in order if layer.id != "plain"]
    assert {layer.id for layer in pending(order, project.workspace.raw, project.raw, {})} == {
        layer.id for layer in order
    }


def test_a_pinned_copy_is_never_asked_for(project: Remote, server: Server) -> None:
    digest = hashlib.sha256(CSV.encode()).hexdigest()
    project.declare(server, f"sha256: '{digest}'")
    server.will(send(CSV))
    assert project.run().loaded == 3
    assert project.run().outcome == "unchanged"
    assert len(server.asked) == 1
    project.declare(server, f"sha256: '{'0' * 64}'")
    with pytest.raises(RemoteUnavailable, match=f"their SHA-256 is {digest}.*another checksum"):
        project.run()
    assert project.number() == 1
    assert project.copy.read_text() == CSV


def test_redirects_are_followed_and_bounded(project: Remote, server: Server) -> None:
    server.will(redirect("/elsewhere.csv"), send(CSV))
    assert project.run().loaded == 3
    assert [request.path for request in server.asked] == ["/sites.csv", "/elsewhere.csv"]
    project.copy.unlink()
    server.will(redirect("/sites.csv"))
    with pytest.raises(RemoteUnavailable, match="leads nowhere"):
        project.run()
    assert len(server.asked) < 10
    server.will(redirect("file:///etc/passwd"))
    with pytest.raises(RemoteUnavailable, match="leads nowhere"):
        project.run()


def test_a_raster_and_an_archive(project: Remote, server: Server) -> None:
    tif = (ROOT / "data/raw/rasters/elevation_5arcmin.tif").read_bytes()
    layer = (ROOT / "layers/elevation.yaml").read_text()
    file = next(line for line in layer.splitlines() if line.strip().startswith("file:"))
    remote = f"  file: remote/relief.tif\n  remote: {{url: '{server.url}/relief.tif'}}"
    project.layer(layer[layer.index("id:") :].replace(file, remote))
    server.will(send(tif, etag=ETAG), send(b"II*\0 no more", etag='"second"'))
    assert project.run("elevation").loaded == 1
    again = project.run("elevation")
    assert again.outcome == "unchanged"
    assert "sent what cannot be read" in warnings(again)[0]
    assert (project.raw / "remote/relief.tif").read_bytes() == tif
    declared = project.folder / "layers" / "elevation.yaml"
    declared.write_text(declared.read_text().replace("  licence: ", "  licence: as "))
    loaded = project.run("elevation")
    assert loaded.outcome == "loaded"
    assert warnings(loaded)


# Downloads that break off


def test_a_download_goes_on_where_it_broke_off(project: Remote, server: Server) -> None:
    seen: list[tuple[str, int, int | None]] = []
    server.will(cut(LONG, 70_000, etag=ETAG), rest(LONG, etag=ETAG))
    report = project.run(progress=lambda *news: seen.append(news))
    assert report.loaded == 5003
    assert project.copy.read_bytes() == LONG.encode()
    whole = len(LONG.encode())
    second = server.asked[1].headers
    assert (second["range"], second["if-range"]) == ("bytes=70000-", ETAG)
    assert "if-none-match" not in second
    assert seen[-1] == ("sites", whole, whole)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_a_part_is_kept_for_the_next_run(project: Remote, server: Server) -> None:
    server.will(cut(LONG, 70_000, etag=ETAG), send(b"", 503))
    with pytest.raises(RemoteUnavailable, match=r"503 Service Unavailable \(asked 4 times\); there is no copy"):
        project.run()
    assert not project.copy.exists()
    server.will(rest(LONG, etag=ETAG))
    assert project.run().loaded == 5003
    assert server.asked[0].headers["range"] == "bytes=70000-"


def test_a_part_that_is_whole_is_taken(project: Remote, server: Server) -> None:
    server.will(cut(CSV + "x", len(CSV.encode()), etag=ETAG), rest(CSV, etag=ETAG))
    assert project.run().loaded == 3
    assert project.copy.read_text() == CSV


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(send(CSV, etag=ETAG), id="a server that knows no ranges"),
        pytest.param(rest(CSV, etag='"second"'), id="another file, and a server that knows If-Range"),
    ],
)
def test_what_cannot_be_gone_on_with_comes_whole(project: Remote, server: Server, then: object) -> None:
    server.will(cut(LONG, 70_000, etag=ETAG), then)  # type: ignore[arg-type]
    assert project.run().loaded == 3
    assert project.copy.read_text() == CSV


def test_parts_of_two_files_are_not_put_together(project: Remote, server: Server) -> None:
    other = LONG.replace("Место", "Точка")
    span = f"bytes 70000-{len(other.encode()) - 1}/{len(other.encode())}"
    mixed = send(other.encode()[70_000:], 206, etag='"second"', content_range=span)
    elsewhere = send(other.encode()[60_000:], 206, etag=ETAG, content_range="bytes 60000-9/*")
    server.will(cut(LONG, 70_000, etag=ETAG), mixed, cut(LONG, 70_000, etag=ETAG), elsewhere, send(other))
    assert project.run().loaded == 5003
    assert project.copy.read_bytes() == other.encode()
    assert "range" not in server.asked[-1].headers


def test_without_a_strong_validator_nothing_is_gone_on_with(project: Remote, server: Server) -> None:
    server.will(cut(LONG, 70_000, etag='W/"weak"'), send(LONG))
    assert project.run().loaded == 5003
    assert "range" not in server.asked[1].headers


@settings(max_examples=25)
@given(body=st.binary(min_size=1, max_size=3000), breaks=st.integers(min_value=200, max_value=1500))
def test_whatever_breaks_off_wherever_the_bytes_are_right(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, breaks: int
) -> None:
    body = b"data " + body  # no web page

    async def fetch() -> Validators | None:
        async with client(patience) as http:
            return await Fetcher(http, patience, 1 << 20, lambda *_: None).download(server.url, part, Validators())

    async def no_wait(_: float) -> None:
        pass

    patience = Patience(attempts=2, silence=1.0, sleep=no_wait)
    part = Part(tmp_path_factory.mktemp("part") / "x", "origin")
    with serving() as server:
        server.will(rest(body, breaks=breaks, etag=ETAG))
        assert asyncio.run(fetch()) == Validators(ETAG)
    assert part.path.read_bytes() == body


KILLED = """
import sys
from altaigis.etl.rawdata import RawData
from pathlib import Path
from altaigis.etl import pipeline
from altaigis.etl.sources.remote.asking import Asking
from altaigis.layerfiles import read_catalog
from altaigis.store.pool import engine

folder, url = Path(sys.argv[1]), sys.argv[2]
workspace = pipeline.Workspace(
    RawData((folder / "data/raw",)), folder / "data/processed", engine(url),
    Asking(progress=lambda _, done, total: print(done, flush=True)),
)
pipeline.run(read_catalog(folder / "layers").layer("sites"), workspace)
"""


def test_kill_9_in_a_download_leaves_the_old_state_and_a_part_to_go_on_from(project: Remote, server: Server) -> None:
    server.will(send(CSV, etag=ETAG))
    project.run()
    before = project.table()
    new = LONG.encode()

    def stall(handler: object) -> None:
        cut(new, 70_000, etag='"second"')(handler)  # type: ignore[arg-type]
        handler.wfile.flush()  # type: ignore[attr-defined]
        time.sleep(30)

    server.will(stall, rest(new, etag='"second"'))
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(project.folder), project.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < 70_000:
            pass
        os.kill(process.pid, signal.SIGKILL)
    assert project.copy.read_text() == CSV
    assert project.table() == before
    assert project.run().loaded == 5003
    begun = int(server.asked[-1].headers["range"].removeprefix("bytes=").removesuffix("-"))
    assert 0 < begun <= 70_000
    assert project.copy.read_bytes() == new
    assert project.left() == {"sites.csv", "sites.csv.remote.json"}


def test_two_runs_at_once_fetch_it_once(project: Remote, server: Server) -> None:
    def answer(handler: object) -> None:
        known = handler.headers.get("If-None-Match") == ETAG  # type: ignore[attr-defined]
        (send(b"", 304) if known else send(LONG, etag=ETAG))(handler)  # type: ignore[arg-type]

    server.will(answer)
    with ThreadPoolExecutor(2) as pool:
        reports = [future.result() for future in [pool.submit(project.run) for _ in range(2)]]
    assert {report.loaded for report in reports} == {5003}
    assert sorted("if-none-match" in request.headers for request in server.asked) == [False, True]


# Servers in trouble


def test_passing_trouble_is_waited_out_longer_each_time(project: Remote, server: Server) -> None:
    random.seed(1)
    server.will(send(b"", 503), send(b"", 502), send(b"", 500), send(CSV))
    assert project.run().loaded == 3
    assert len(project.waits) == 3
    for number, wait in enumerate(project.waits):
        assert 0.5 * 2**number <= wait <= 2**number


def test_a_server_says_when_to_come_back(project: Remote, server: Server) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.will(send(b"", 429, retry_after="7"), send(b"", 503, retry_after=soon), send(CSV))
    assert project.run().loaded == 3
    assert project.waits[0] == 7.0
    assert 20 < project.waits[1] <= 30
    project.copy.unlink()
    server.will(send(b"", 429, retry_after="3600"))
    with pytest.raises(RemoteUnavailable, match="429 Too Many Requests, and asks to come back in 3600 s"):
        project.run()
    assert len(server.asked) == 1


@pytest.mark.parametrize("headers_first", [True, False])
def test_an_answer_without_an_end_has_a_limit_of_time(project: Remote, server: Server, headers_first: bool) -> None:
    project.declare(server, "timeout: 0.6")
    server.will(trickle(b"a", 0.05, headers_first=headers_first))
    started = time.monotonic()
    with pytest.raises(RemoteUnavailable, match=r"did not finish within 0\.6 s, with \d+ bytes come"):
        project.run()
    assert time.monotonic() - started < 3
    assert not project.copy.exists()


@pytest.mark.parametrize(
    "answer", [send(LONG), trickle(b"site_id," * 2000, 0.0), send(LONG, content_type="text/csv", etag=ETAG)]
)
def test_what_is_too_large_has_a_limit_of_size(project: Remote, server: Server, answer: object) -> None:
    project.declare(server, "max_mb: 0.1")
    server.will(answer)  # type: ignore[arg-type]
    with pytest.raises(RemoteUnavailable, match=r"larger than 0\.1 MB.*raise source\.remote\.max_mb"):
        project.run()
    assert project.left() == set()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (send("<html>Sign in</html>", content_type="text/html; charset=utf-8"), "a web page instead of data"),
        (send("\n <!DOCTYPE html><html>Error</html>", content_type="text/csv"), "a web page instead of data"),
        (send("<!---->" * 140 + " <HTML>"), "a web page instead of data"),
        (send("<!---->" * 140), "sent what cannot be read: it has none of the layer's columns"),
        (send("We will be back soon", content_type="text/plain"), "none of the layer's columns, but We will be back"),
        (send("", 503, retry_after="²"), "answers 503 Service Unavailable"),
        (send("", 503, retry_after="Mon, 99 Foo 99999"), "answers 503 Service Unavailable"),
        (send("site_id\n", 404), "answers 404 Not Found"),
        (send('{"detail": "no\\nsuch\\nfile"}', 410), "answers 410 Gone: no such file"),
        (send("", 204), "answers 204 without data"),
        (send("", 304), "answers 304 without data"),
        (send("half", 206, content_range="bytes 0-3/9"), "answers 206 without data"),
        (send(""), "sent what cannot be read: it is empty"),
        (send("site_id,site_id\n1,2\n"), "sent what cannot be read: its header"),
        (send(b"\x1f\x8b no gzip", content_encoding="gzip"), "broke off"),
    ],
)
def test_what_is_no_data_takes_no_place(project: Remote, server: Server, answer: object, problem: str) -> None:
    server.will(answer)  # type: ignore[arg-type]
    with pytest.raises(RemoteUnavailable, match=problem) as told:
        project.run()
    assert "there is no copy of it yet" in str(told.value)
    assert "altaigis etl run sites" in str(told.value)
    assert "\n" not in str(told.value)
    assert project.ask("SELECT outcome FROM altaigis.runs") == [("failed",)]
    server.will(send(CSV, etag=ETAG))
    project.run()
    server.will(answer)  # type: ignore[arg-type]
    again = project.run()
    assert again.outcome == "unchanged"
    # with a copy, which has an ETag, 304 is an answer
    assert problem in "".join(warnings(again)) or "304" in problem
    assert project.copy.read_text() == CSV


# Away


def test_the_last_good_copy_stands_for_a_source_that_is_away(project: Remote) -> None:
    with serving() as server:
        project.declare(server)
        server.will(send(CSV, etag=ETAG))
        project.run()
    resting = project.run()
    assert resting.outcome == "unchanged"
    assert warnings(resting)[0].startswith(f"{server.url}/sites.csv cannot be reached")
    assert f"the copy of {datetime.now(UTC):%Y-%m-%d}" in warnings(resting)[0]
    assert len(project.waits) == 3
    declared = project.folder / "layers" / "sites.yaml"
    declared.write_text(declared.read_text().replace("range: [0, null]", "range: [5, null]"))
    loaded = project.run()
    assert (loaded.outcome, loaded.loaded, loaded.warnings) == ("loaded", 2, 1)
    assert ("warning", "remote") in project.ask("SELECT severity, rule FROM altaigis.findings")


def test_a_file_put_there_by_hand_is_a_copy_too(project: Remote) -> None:
    with serving() as server:
        project.declare(server)
    with pytest.raises(RemoteUnavailable, match=r"no copy of it yet.*put the file by hand to"):
        project.run()
    project.copy.write_text(CSV)
    report = project.run()
    assert report.loaded == 3
    assert "is used" in warnings(report)[0]


def test_a_copy_of_another_source_is_none(project: Remote, server: Server) -> None:
    server.will(send(CSV, etag=ETAG))
    project.run()
    with serving() as other:
        project.declare(other)
    with pytest.raises(RemoteUnavailable, match="the copy that is there is of another source"):
        project.run()
    assert project.number() == 1
    server.will(send(LONG, etag=ETAG))
    project.declare(server, "timeout: 30")
    assert project.run().loaded == 5003


def test_a_folder_that_cannot_be_written_is_one_error(project: Remote, server: Server) -> None:
    server.will(send(CSV))
    (project.raw / "remote").write_text("no folder")
    with pytest.raises(SourceError, match="layer sites: the copy cannot be written"):
        project.run()


def test_a_source_that_changes_its_columns_leaves_the_loaded_layer(project: Remote, server: Server) -> None:
    server.will(send(CSV, etag=ETAG), send(CSV.replace("lon", "x"), etag='"second"'))
    project.run()
    before = project.table()
    with pytest.raises(SourceError, match="no column lon"):
        project.run()
    assert project.table() == before
    assert current_revisions(project.workspace.database)["sites"].number == 1
