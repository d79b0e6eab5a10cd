"""Processes and jobs over HTTP: described in both languages, run with a key, answered for in the standard's words."""

import time
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from threading import Thread
from typing import Any
from uuid import uuid4

import nbformat
import pytest
from fastapi.testclient import TestClient
from openapi_schema_validator import OAS30Validator

from altaigis.app import create_app
from altaigis.client import Client
from altaigis.domain.job import Order
from altaigis.errors import AnalysisError, JobFailed, ProcessNotFound
from altaigis.jobs.limits import Limits
from altaigis.jobs.worker import Worker, warm_up
from altaigis.processes.registry import PROCESSES
from altaigis.services.jobs import JobService
from altaigis.store import jobs as ledger
from altaigis.store import keys
from altaigis.store.pool import engine
from conftest import Installation
from jobs.toys import made, publish_nothing

EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
EXECUTION = "/processes/zonal-statistics/execution"


class Door:
    """The application with a worker beside it, whose jobs do nothing, or what their seed says."""

    def __init__(self, client: TestClient, url: str) -> None:
        self.client = client
        self.url = url
        database = engine(url)
        self.token = keys.add(database, f"anna {uuid4().hex[:8]}", ("run",))
        self.stranger = keys.add(database, f"boris {uuid4().hex[:8]}", ("observe",))
        self.other = keys.add(database, f"vera {uuid4().hex[:8]}", ("run",))
        database.dispose()

    def post(self, body: Any, token: str | None = "", **headers: str) -> Any:
        signed = {"Authorization": f"Bearer {token or self.token}"} if token is not None else {}
        return self.client.post(EXECUTION, json=body, headers=signed | headers)

    def delete(self, job: str, token: str | None = "") -> Any:
        signed = {"Authorization": f"Bearer {token or self.token}"} if token is not None else {}
        return self.client.delete(f"/jobs/{job}", headers=signed)

    def until(self, job: str, *statuses: str) -> dict[str, Any]:
        begun = time.monotonic()
        while (found := self.client.get(f"/jobs/{job}").json())["status"] not in statuses:
            assert time.monotonic() - begun < 30, found
            time.sleep(0.02)
        return found


@pytest.fixture(scope="module")
def door(installation: Installation) -> Iterator[Door]:
    warm_up(["altaigis.jobs.child", "numpy"])
    patched = pytest.MonkeyPatch()
    patched.setattr(JobService, "derivation_of", made)
    app = create_app(installation.settings, installation.catalog, installation.url)
    worker = Worker(installation.url, publish_nothing, Limits(60, 400))
    thread = Thread(target=worker.run)
    thread.start()
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Door(client, installation.url)
    worker.stop()
    thread.join()
    patched.undo()


@pytest.fixture(scope="module")
def document(door: Door) -> dict[str, Any]:
    return door.client.get("/api").json()


def fits(document: dict[str, Any], name: str, value: Any) -> bool:
    OAS30Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]}).validate(value)
    return True


def test_processes_are_listed_and_described_in_both_languages(door: Door, document: dict[str, Any]) -> None:
    listed = door.client.get("/processes").json()
    assert fits(document, "Processes", listed)
    assert "zonal-statistics" in [process["id"] for process in listed["processes"]]
    first = door.client.get("/processes?limit=1").json()
    assert len(first["processes"]) == 1
    described = {
        language: door.client.get(f"/processes/zonal-statistics?lang={language}").json() for language in ("ru", "en")
    }
    for told in described.values():
        assert fits(document, "Process", told)
        for name, given in told["inputs"].items():
            assert "$ref" not in str(given), name
            OAS30Validator.check_schema(given["schema"])
    assert described["en"]["inputs"]["raster"]["title"] == "Raster"
    assert described["ru"]["inputs"]["raster"]["title"] == "Растр"
    assert described["en"]["inputs"]["seed"]["schema"]["default"] == 0
    by_header = door.client.get("/processes/zonal-statistics", headers={"Accept-Language": "en"}).json()
    assert by_header == {**described["en"], "links": by_header["links"]}


def test_the_landing_page_leads_there_and_what_is_declared_is_the_standard_s(door: Door) -> None:
    rels = {link["rel"]: link["href"] for link in door.client.get("/?f=json").json()["links"]}
    assert rels["http://www.opengis.net/def/rel/ogc/1.0/processes"].endswith("/processes")
    assert rels["http://www.opengis.net/def/rel/ogc/1.0/job-list"].endswith("/jobs")
    declared = door.client.get("/conformance").json()["conformsTo"]
    own = {uri.rpartition("/")[2] for uri in declared if "ogcapi-processes-1/1.0" in uri}
    assert own == {"ogc-process-description", "json", "html", "oas30", "job-list", "dismiss"}


def test_a_job_from_the_order_to_the_results(door: Door, document: dict[str, Any]) -> None:
    answer = door.post({"inputs": {"seed": 1}}, Prefer="respond-async")
    assert answer.status_code == 201, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    job = answer.json()["jobID"]
    assert answer.headers["location"].endswith(f"/jobs/{job}")
    assert fits(document, "Job", answer.json())
    done = door.until(job, "successful")
    assert (done["progress"], done["processID"]) == (100, "zonal-statistics")
    assert done["altai:inputs"]["raster"] == "elevation", "what nobody has said is told"
    assert "anna" not in str(done), "reading is open to all"
    results = door.client.get(f"/jobs/{job}/results?lang=en").json()
    assert fits(document, "Results", results)
    assert results["result"]["href"].endswith("/collections/districts")
    assert results["summary"]["value"]["text"]["en"] == "Elevations."
    page = door.client.get(f"/jobs/{job}?f=html&lang=ru").text
    assert "Высоты." in page
    # what was set, in words, and how it is done
    described = door.client.get("/processes/zonal-statistics?lang=ru").json()
    assert f"<dt>{described['inputs']['raster']['title']}</dt>" in page
    assert "<dt>raster</dt>" not in page
    assert all(escape(citation) in page for citation in described["altai:method"]["citations"])
    assert f"/jobs/{job}/notebook.ipynb" in page
    notebook = door.client.get(f"/jobs/{job}/notebook.ipynb?lang=ru")
    assert notebook.headers["content-type"] == "application/x-ipynb+json"
    assert any(link["href"] == str(notebook.url).partition("?")[0] for link in done["links"])
    book = nbformat.reads(notebook.text, as_version=4)
    nbformat.validate(book)
    said, code = ("\n".join(c.source for c in book.cells if c.cell_type == kind) for kind in ("markdown", "code"))
    assert "Высоты." in said
    assert str(PROCESSES["zonal-statistics"].method.formula) in said
    assert "'seed': 1" in code
    compile(code, "notebook", "exec")
    assert "#layers=districts" in page
    assert "http-equiv" not in page
    again = door.post({"inputs": {"seed": 1}}, Prefer="respond-async").json()
    assert (again["status"], again["altai:attempts"]) == ("successful", 0), "it is there already"


def test_answers_of_executions_that_are_waited_for(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from altaigis.api import processes

    light = replace(PROCESSES["zonal-statistics"], heavy=False)
    monkeypatch.setattr(processes, "offered", lambda: {light.id: light})
    whole = door.post({"inputs": {"seed": 2}})
    assert (whole.status_code, set(whole.json())) == (200, {"result", "summary"})
    one = door.post({"inputs": {"seed": 2}, "outputs": {"summary": {}}, "response": "raw"})
    assert one.json()["text"]["en"] == "Elevations."
    reference = door.post({"inputs": {"seed": 2}, "outputs": {"result": {}}, "response": "raw"})
    assert (reference.status_code, reference.content) == (204, b"")
    assert '/collections/districts>; rel="result"' in reference.headers["link"]
    refused = door.post({"inputs": {"seed": 666}})
    assert (refused.status_code, refused.json()["code"]) == (400, "AnalysisRefused")
    assert refused.json()["description"] == "all values are the same: choose another indicator"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"inputs": {"raster": 5}}, "/inputs/raster"),
        ({"inputs": {"quantiles": [0.5, 7]}}, "/inputs/quantiles/1"),
        ({"inputs": {"nothing": 1}}, "/inputs/nothing"),
        ({"inputs": {"a/b~c": 1}}, "/inputs/a~1b~0c"),
        ({"inputs": {"seed": -1}}, "/inputs/seed"),
        ({"inputs": {"seed": True}}, "/inputs/seed"),
        ({"inputs": []}, "/inputs"),
        ({"outputs": {"picture": {}}}, "/outputs/picture"),
        ({"outputs": {"result": 1}}, "/outputs/result"),
        ({"response": "raw"}, "/response"),
        ({"response": "xml"}, "/response"),
        ({"subscriber": {"successUri": "http://example.org"}}, "/subscriber"),
        ({"input": {}}, "/input"),
        ([], ""),
    ],
)
def test_a_body_that_does_not_fit_is_told_with_the_place(door: Door, body: Any, pointer: str) -> None:
    answer = door.post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameterValue"), answer.text
    assert answer.json()["pointer"] == pointer


def test_bodies_are_bounded(door: Door) -> None:
    signed = {"Authorization": f"Bearer {door.token}", "Content-Type": "application/json"}
    deep = '{"inputs": ' + "[" * 5000 + "]" * 5000 + "}"
    shallow = '{"inputs": {"quantiles": ' + "[" * 50 + "]" * 50 + "}}"
    for content, status in ((deep, 400), (shallow, 400), ("{", 400), (" " * 1_000_001, 413)):
        assert door.client.post(EXECUTION, content=content, headers=signed).status_code == status
    answer = door.client.post(EXECUTION, content="<a/>", headers=signed | {"Content-Type": "text/xml"})
    assert answer.status_code == 415


def test_running_needs_a_key_that_can(door: Door) -> None:
    nobody = door.post({}, token=None)
    assert (nobody.status_code, "www-authenticate" in nobody.headers) == (401, True)
    assert door.post({}, token="altai_wrong").status_code == 401
    assert door.post({}, token=door.stranger).status_code == 403
    assert door.delete(str(uuid4()), token=None).status_code == 401
    assert door.client.get("/jobs").status_code == 200


def test_the_client_runs_and_waits(door: Door) -> None:
    told: list[int | None] = []
    with Client("http://testserver", key=door.token) as gis:
        gis._http = TestClient(door.client.app, headers=gis._http.headers)  # type: ignore[assignment]
        run = gis.run("zonal-statistics", {"seed": 3}, language="en", progress=lambda _, done, __: told.append(done))
        assert (run.layer, run.text, len(run.frame)) == ("districts", "Elevations.", 69)
        assert run.url.endswith("#layers=districts")
        assert gis.run("zonal-statistics", {"seed": 3}).text == "Высоты."
        for inputs, kind in (({"seed": 666}, AnalysisError), ({"seed": 667}, JobFailed), ({"no": 1}, AnalysisError)):
            with pytest.raises(kind):
                gis.run("zonal-statistics", inputs, progress=lambda *_: None)
        with pytest.raises(ProcessNotFound):
            gis.run("nothing")

        def interrupt(stage: str, done: int, total: int | None) -> None:
            if stage == "sleeps":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            gis.run("zonal-statistics", {"seed": 60}, progress=interrupt)
        assert not gis._asked("GET", "/jobs?status=running")["jobs"], "it is ended with the waiting"
    assert told


def test_a_job_is_dismissed_by_who_has_ordered_it(door: Door) -> None:
    job = door.post({"inputs": {"seed": 60}}, Prefer="respond-async").json()["jobID"]
    door.until(job, "running")
    assert door.client.get(f"/jobs/{job}/notebook.ipynb").status_code == 404
    early = door.client.get(f"/jobs/{job}/results")
    assert (early.status_code, early.json()["type"]) == (404, f"{EXCEPTIONS}/result-not-ready")
    page = door.client.get(f"/jobs/{job}?f=html")
    assert '<meta http-equiv="refresh" content="2">' in page.text
    assert "script" not in page.headers["content-security-policy"]
    assert door.delete(job, token=door.other).status_code == 403
    ended = door.delete(job)
    assert (ended.status_code, ended.json()["status"]) == (200, "dismissed")
    assert door.client.get(f"/jobs/{job}").json()["status"] == "dismissed"
    assert door.client.get(f"/jobs/{job}/results").status_code == 404
    assert door.delete(job).json()["status"] == "dismissed"
    gone = door.client.get(f"/jobs/{job}")
    assert (gone.status_code, gone.json()["type"]) == (404, f"{EXCEPTIONS}/no-such-job")


def test_what_is_not_there_is_told_in_the_standard_s_words(door: Door) -> None:
    for path, kind in (
        ("/processes/nothing", "no-such-process"),
        (f"/jobs/{uuid4()}", "no-such-job"),
        (f"/jobs/{uuid4()}/results", "no-such-job"),
        ("/jobs/nothing", "no-such-job"),
    ):
        answer = door.client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, f"{EXCEPTIONS}/{kind}")
    assert door.post({}).status_code != 404
    answer = door.client.post("/processes/nothing/execution", json={})
    assert (answer.status_code, answer.json()["type"]) == (404, f"{EXCEPTIONS}/no-such-process")


def test_jobs_are_listed_by_what_is_asked(door: Door, document: dict[str, Any]) -> None:
    failed = door.post({"inputs": {"seed": 667}}, Prefer="respond-async").json()["jobID"]
    assert "limit" not in door.until(failed, "failed")["message"]
    database = engine(door.url)
    for _ in range(2):
        ledger.record_done(database, Order("another", "1", {}), "boris", "districts")
    database.dispose()
    listed = door.client.get("/jobs").json()
    assert fits(document, "Jobs", listed)
    times = [job["created"] for job in listed["jobs"]]
    assert times == sorted(times, reverse=True)
    assert "boris" not in str(listed)

    def ids(**asked: str) -> list[str]:
        return [job["jobID"] for job in door.client.get("/jobs", params=asked).json()["jobs"]]

    assert failed in ids(status="failed,dismissed")
    assert failed not in ids(status="successful")
    assert len(ids(processID="another")) == 2
    assert failed in ids(processID="zonal-statistics", datetime="2020-01-01/..", type="process", maxDuration="3600")
    assert ids(datetime="../2020-01-01") == []
    assert ids(minDuration="3600") == []
    first = door.client.get("/jobs?limit=1&processID=another").json()
    following = next(link["href"] for link in first["links"] if link["rel"] == "next")
    second = door.client.get(following).json()
    assert first["jobs"] != second["jobs"]
    assert not [link for link in second["links"] if link["rel"] == "next"]
    for wrong in ({"status": "lost"}, {"type": "x"}, {"minDuration": "-1"}, {"offset": "x"}, {"processID": ""}):
        answer = door.client.get("/jobs", params=wrong)
        assert (answer.status_code, answer.json()["parameter"]) == (400, *wrong)
    for path in ("/processes", "/processes/zonal-statistics", "/jobs", f"/jobs/{failed}"):
        assert door.client.get(path, params={"f": "html", "lang": "en"}).status_code == 200, path
