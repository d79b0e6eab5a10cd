"""POST /observations: keys, forms, bounds, and an answer for every row."""

import base64
import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.services import observations as service
from altaigis.settings import Settings
from altaigis.store import keys
from catalogs import project_catalog
from observing import BARNAUL, ROOT, Observatory, csv, temperature

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv; charset=utf-8"}
ROW = {"station": BARNAUL, "parameter": "air_temperature", "time": "2020-01-01T00:00:00Z", "value": -17.6, "unit": "°C"}

TABLE = csv(temperature("2020-01-01T00:00:00Z", -17.6)).encode()


@pytest.fixture
def door(observatory: Observatory) -> Iterator[TestClient]:
    settings = Settings(project=Path(ROOT), database_url=observatory.url)
    app = create_app(settings, project_catalog(), observatory.url)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def token(observatory: Observatory) -> str:
    return keys.add(observatory.database, "gauge", ("observe",))


def bearer(token: str, more: dict[str, str] = JSON) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


class TestKeys:
    @pytest.mark.parametrize(
        "sent", [None, "Bearer", "Bearer wrong", "Basic !!", "Basic d3Jvbmc=", "Digest x", "Bearer \xff"]
    )
    def test_none_in_force(self, door: TestClient, sent: str | None) -> None:
        headers = JSON | ({"Authorization": sent.encode("latin-1")} if sent else {})  # type: ignore[dict-item]
        answer = door.post("/observations", content=json.dumps([ROW]), headers=headers)
        assert answer.status_code == 401
        assert len(answer.headers.get_list("www-authenticate")) == 1
        assert {"Bearer", "Basic"} <= set(answer.headers["www-authenticate"].replace(",", " ").split())
        assert answer.json()["code"] == "Unauthorized"
        assert answer.headers["content-type"] == "application/problem+json"

    def test_bearer_and_the_password_of_basic(self, door: TestClient, token: str) -> None:
        basic = base64.b64encode(f"anyone:{token}".encode()).decode()
        for value in (f"Bearer {token}", f"bearer {token}", f"Basic {basic}"):
            answer = door.post("/observations", content=json.dumps([ROW]), headers=JSON | {"Authorization": value})
            assert answer.status_code == 200

    def test_one_that_allows_something_else(self, door: TestClient, observatory: Observatory) -> None:
        other = keys.add(observatory.database, "editor", ("edit:resort_sites", "run"))
        answer = door.post("/observations", content="[]", headers=bearer(other))
        assert (answer.status_code, answer.json()["code"]) == (403, "Forbidden")
        assert "www-authenticate" not in answer.headers

    def test_revoked(self, door: TestClient, observatory: Observatory, token: str) -> None:
        assert door.post("/observations", content="[]", headers=bearer(token)).status_code == 200
        keys.revoke(observatory.database, "gauge")
        assert door.post("/observations", content="[]", headers=bearer(token)).status_code == 401

    def test_revoked_in_the_middle(
        self, door: TestClient, observatory: Observatory, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from altaigis.store.observations import Intake

        merge = Intake.merge

        def revoked_meanwhile(self: Intake, *arguments: object) -> object:
            counts = merge(self, *arguments)  # type: ignore[arg-type]
            keys.revoke(observatory.database, "gauge")
            return counts

        monkeypatch.setattr(Intake, "merge", revoked_meanwhile)
        answer = door.post("/observations", content=json.dumps([ROW]), headers=bearer(token))
        assert answer.status_code == 401
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 0
        assert observatory.rows("SELECT outcome, actor FROM altaigis.loads") == [("failed", "key gauge")]


class TestBodies:
    def test_every_row_is_answered_for(self, door: TestClient, observatory: Observatory, token: str) -> None:
        rows = [ROW, ROW | {"value": "x"}, ROW | {"station": "nowhere"}, 7, ROW | {"time": "2020-01-01T00:00:00"}, ROW]
        answer = door.post("/observations", content=json.dumps(rows), headers=bearer(token))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert body.pop("load") == observatory.one("SELECT load FROM altaigis.loads")
        assert body.pop("new_parameters") == ["air_temperature"]
        assert body.pop("suggestions") == {}
        assert body.pop("refusals") == [
            {"row": 2, "reason": "value is no number"},
            {"row": 3, "reason": "there is no station 'nowhere'"},
            {"row": 4, "reason": "is no object"},
            {"row": 5, "reason": "time without zone"},
        ]
        assert body.pop("reasons")["is no object"] == 1
        counts = {
            "received": 6,
            "accepted": 2,
            "added": 1,
            "corrected": 0,
            "unchanged": 0,
            "duplicates": 1,
            "refused": 4,
        }
        assert body == counts
        again = door.post("/observations", content=json.dumps([ROW]), headers=bearer(token)).json()
        assert (again["added"], again["unchanged"]) == (0, 1)

    @pytest.mark.parametrize(
        ("headers", "content"),
        [
            (CSV, TABLE),
            (JSON, json.dumps([ROW]).encode()),
            (JSON, json.dumps(ROW).encode()),
            ({"Content-Type": "application/x-ndjson"}, json.dumps(ROW).encode() + b"\n"),
            (CSV | {"Content-Encoding": "gzip"}, gzip.compress(TABLE)),
        ],
        ids=["csv", "json", "one object", "lines", "gzip"],
    )  # fmt: skip
    def test_forms(
        self, door: TestClient, observatory: Observatory, token: str, headers: dict[str, str], content: bytes
    ) -> None:
        answer = door.post("/observations", content=content, headers=bearer(token, headers))
        assert answer.status_code == 200
        assert answer.json()["added"] == 1
        assert observatory.one("SELECT value FROM altaigis.observations") == -17.6

    def test_source_and_zone_of_the_request(self, door: TestClient, observatory: Observatory, token: str) -> None:
        body = json.dumps([ROW | {"time": "2020-01-01T07:00:00"}])
        door.post("/observations?zone=Asia/Barnaul&source=logger", content=body, headers=bearer(token))
        assert observatory.one("SELECT time::text FROM altaigis.observations") == "2020-01-01 00:00:00+00"
        assert observatory.one("SELECT name FROM altaigis.sources") == "logger"
        for query in ("zone=Nowhere", "source=", "sources=x"):
            answer = door.post(f"/observations?{query}", content=body, headers=bearer(token))
            assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameterValue")

    @pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/xml"}, JSON | {"Content-Encoding": "br"}])
    def test_a_form_that_is_not_read(self, door: TestClient, token: str, headers: dict[str, str]) -> None:
        answer = door.post("/observations", content=b"[]", headers=bearer(token, headers))
        assert (answer.status_code, answer.json()["code"]) == (415, "UnsupportedMediaType")

    @pytest.mark.parametrize("content", [b"", b"[", b"{", b"\xff", b"[" * 100_000, b"null", b"PAR1", b"\x1f\x8b"])
    def test_a_broken_body(self, door: TestClient, token: str, content: bytes) -> None:
        answer = door.post("/observations", content=content, headers=bearer(token))
        if answer.status_code == 422:
            assert answer.json()["accepted"] == 0
            assert answer.json()["refused"] == 1
        else:
            assert (answer.status_code, answer.json()["code"]) == (400, "InvalidBody")

    def test_too_large(
        self, door: TestClient, observatory: Observatory, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = door.post("/observations", content=b"", headers=bearer(token) | {"Content-Length": "50000001"})
        streamed = door.post("/observations", content=iter([b"[" + b" " * 9_999_999] * 6), headers=bearer(token))
        bomb = gzip.compress(b"[" + b" " * 60_000_000, 1)
        unpacked = door.post("/observations", content=bomb, headers=bearer(token) | {"Content-Encoding": "gzip"})
        monkeypatch.setattr(service, "MOST_ROWS", 2)
        rows = door.post("/observations", content=json.dumps([ROW] * 3), headers=bearer(token))
        for answer in (told, streamed, unpacked, rows):
            assert (answer.status_code, answer.json()["code"]) == (413, "TooLarge")
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 0

    def test_many_at_once(self, door: TestClient, observatory: Observatory, token: str) -> None:
        answers = []

        def send(hour: int) -> None:
            rows = [ROW | {"time": f"2020-01-01T{hour:02}:{minute:02}:00Z"} for minute in range(60)]
            answers.append(door.post("/observations", content=json.dumps(rows), headers=bearer(token)).json()["added"])

        threads = [threading.Thread(target=send, args=(hour,)) for hour in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert answers == [60] * 8
        assert observatory.one("SELECT sum(count) FROM altaigis.observations_hourly") == 480

    def test_a_body_of_which_nothing_is_taken_is_no_success(
        self, door: TestClient, observatory: Observatory, token: str
    ) -> None:
        rows = [ROW | {"value": "x"}, ROW | {"station": "nowhere"}]
        answer = door.post("/observations", content=json.dumps(rows), headers=bearer(token))
        assert (answer.status_code, answer.json()["refused"], len(answer.json()["refusals"])) == (422, 2, 2)
        assert observatory.one("SELECT outcome FROM altaigis.loads") == "loaded", "what was refused can be looked up"
        for good in ([], [ROW], [*rows, ROW]):
            assert door.post("/observations", content=json.dumps(good), headers=bearer(token)).status_code == 200

    def test_what_is_misspelt_is_told_what_was_meant(self, door: TestClient, token: str) -> None:
        rows = [
            {**ROW, "parameter": "sulfur_dioxide", "value": 3, "unit": "µg/m³"},
            {**ROW, "parameter": "pm10", "value": 3, "unit": "ug/m"},
        ]
        told = door.post("/observations", content=json.dumps(rows), headers=bearer(token)).json()
        assert told["suggestions"] == {"sulfur_dioxide": "sulphur_dioxide"}
        assert [one["reason"] for one in told["refusals"]] == ["unknown unit 'ug/m'; did you mean µg/m³?"]
        again = door.post("/observations", content=json.dumps(rows[:1]), headers=bearer(token)).json()
        assert (again["new_parameters"], again["suggestions"]) == ([], {"sulfur_dioxide": "sulphur_dioxide"})

    def test_more_than_a_million_rows_in_one_request(
        self, door: TestClient, observatory: Observatory, token: str
    ) -> None:
        """So small that their bytes alone would be let in."""
        lines = f"{BARNAUL},ph,2000-01-01T00:00Z,1,1\n" * (service.MOST_ROWS + 1)
        body = gzip.compress(f"station,parameter,time,value,unit\n{lines}".encode(), 1)
        assert len(lines) < service.LARGEST_BODY
        answer = door.post("/observations", content=body, headers=bearer(token, CSV | {"Content-Encoding": "gzip"}))
        assert (answer.status_code, answer.json()["code"]) == (413, "TooLarge")
        assert str(service.MOST_ROWS) in answer.json()["description"]
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 0

    def test_a_burst_with_retries_is_taken_once(self, door: TestClient, observatory: Observatory, token: str) -> None:
        """Many small requests in any order, each sent twice, as by a gateway that has lost the answers."""
        door.post("/observations", content=json.dumps([ROW]), headers=bearer(token))
        packets = [
            [ROW | {"time": f"2020-01-02T{hour:02}:{minute:02}:00Z"} for minute in range(10 * part, 10 * part + 20)]
            for hour in range(5)
            for part in range(5)
        ]
        todo = [packets[n * 7 % len(packets)] for n in range(2 * len(packets))]
        answers: list[dict[str, int]] = []

        def send() -> None:
            while todo:
                with contextlib.suppress(IndexError):
                    rows = todo.pop()
                    answers.append(door.post("/observations", content=json.dumps(rows), headers=bearer(token)).json())

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        told = {name: sum(answer[name] for answer in answers) for name in ("received", "added", "unchanged")}
        assert told == {"received": 1000, "added": 300, "unchanged": 700}
        assert observatory.one("SELECT count(*) FROM altaigis.observations") == 301
        assert observatory.one("SELECT sum(count) FROM altaigis.observations_daily") == 301
        assert observatory.one("SELECT count(*) FROM altaigis.observations_former") == 0
        assert observatory.one("SELECT count(*) FROM altaigis.loads") == 51


def test_a_station_that_moves_keeps_its_series_and_its_former_place(door: TestClient, observatory: Observatory) -> None:
    token = keys.add(observatory.database, "keeper", ("observe", "edit:monitoring_points"))
    address = f"/collections/monitoring_points/items/{BARNAUL}"
    before = door.get(address).json()
    assert door.post("/observations", content=json.dumps([ROW]), headers=bearer(token)).json()["added"] == 1
    moved = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [83.6, 53.4]}, "properties": {}}
    headers = bearer(token, {"Content-Type": "application/merge-patch+json"})
    assert door.patch(address, content=json.dumps(moved), headers=headers).status_code in (200, 204)
    after = json.dumps([ROW | {"time": "2020-01-01T01:00:00Z"}])
    assert door.post("/observations", content=after, headers=bearer(token)).json()["added"] == 1
    assert observatory.one("SELECT count(DISTINCT series) FROM altaigis.observations") == 1
    assert door.get(address).json()["geometry"]["coordinates"] == [83.6, 53.4]
    assert door.get(f"{address}?asOf=1").json()["geometry"] == before["geometry"]
    assert [version["revision"] for version in door.get(f"{address}/history").json()["versions"]] == [2]


def test_other_methods(door: TestClient) -> None:
    answer = door.get("/observations")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    options = door.options("/observations")
    assert (options.status_code, options.headers["allow"]) == (200, "POST, OPTIONS")


def test_stands_in_the_document(door: TestClient) -> None:
    document = door.get("/api").json()
    operation = document["paths"]["/observations"]["post"]
    assert set(operation["requestBody"]["content"]) == {"application/json", "application/x-ndjson", "text/csv"}
    assert {name for way in operation["security"] for name in way} == set(document["components"]["securitySchemes"])
    assert {"401", "403", "413", "415"} <= set(operation["responses"])
