"""The API document against the server: what Schemathesis makes of its parameters meets no 5xx, answers are of the
types and schemas that are promised, and each wrong parameter is told by its name."""

import re
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from api.test_openapi import EXAMPLES, PATHS, QUERIES, example

#: Each path is asked so often in each mode: all of it stays below a minute on a busy machine.
SETTINGS = settings(max_examples=8, suppress_health_check=list(HealthCheck))
#: Files are spooled: a whole layer in each of ten formats is for the tests of formats.
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
#: What no resource can take; the names that are not here take any text.
WRONG = {
    "limit": ["0", "-1", "x", "1.5", ""],
    "scale": ["0", "-1", "5", "1.5", "x", ""],
    "results": ["0", "-1", "x", "1.5", ""],
    "entries": ["0", "-1", "x", "1.5", ""],
    "jobs": ["0", "-1", "x", "1.5", ""],
    "offset": ["-1", "x", "1.5", ""],
    "jobType": ["service", ""],
    "processID": [""],
    "jobStatus": ["lost", ""],
    "created": ["yesterday", "2021-01-01/2020-01-01", ""],
    "minDuration": ["-1", "x", ""],
    "maxDuration": ["-1", "x", ""],
    "bbox": ["1,2,3", "a,b,c,d", "0,1,2,91", "0,5,1,4", "NaN,0,1,1", ""],
    "bbox-crs": ["x", "http://www.opengis.net/def/crs/EPSG/0/2154", ""],
    "filter-crs": ["x", "http://www.opengis.net/def/crs/EPSG/0/2154", ""],
    "crs": ["x", "http://www.opengis.net/def/crs/EPSG/0/2154", ""],
    "datetime": ["yesterday", "2020-13-01", "2021-01-01/2020-01-01", "/", ""],
    "filter": ["population >", "nothing = 1", "population = 'many'", ""],
    "filter-lang": ["sql", ""],
    "sortby": ["nothing", "geom", "population,-population", ""],
    "properties": ["nothing", ""],
    "skipGeometry": ["yes", "1", ""],
    "asOf": ["yesterday", "-1", "0", ""],
    "f": ["docx", "HTML", ""],
    "lang": ["de", ""],
    "q": ["", "x" * 101],
    "periods": ["", "last", "1999", "2024/2023", "/", "2024,"],
    "year": ["", "last", "1999", "20240"],
    "territory": ["", "atlantis", "krai,"],
    "units": ["", "2024", "2024-13-01", "yesterday"],
    "method": ["", "magic"],
    "count": ["", "1", "13", "x"],
    "breaks": ["", "x", "3,1", "1,1", "NaN"],
    "series": ["", "all"],
    "lon": ["x", "181", "NaN", ""],
    "lat": ["x", "91", "NaN", ""],
}


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api").json()
    return found


@pytest.fixture(scope="module")
def contract(document: dict[str, Any]) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_dict(document)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", sorted(PATHS))
def test_the_server_keeps_its_contract(
    client: TestClient, contract: schemathesis.BaseSchema, path: str, mode: GenerationMode
) -> None:
    operation = contract[path]["GET"]

    @SETTINGS
    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    def ask(case: schemathesis.Case, there: bool) -> None:
        if there and case.path_parameters:
            # strings at random are no names: half of the questions are about what there is
            values = EXAMPLES | ({"layer_id": "elevation"} if path.startswith("/rasters") else {})
            case.path_parameters = {name: values[name] for name in case.path_parameters}
        asked = case.as_transport_kwargs(base_url="http://testserver")
        answer = client.request("GET", asked["url"], params=asked.get("params"), headers=asked.get("headers"))
        assert answer.status_code in (200, 204, 304, 400, 404, 405, 406), answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] in ("application/problem+json", "text/html; charset=utf-8")
        elif "content-type" in answer.headers and "html" not in answer.headers["content-type"]:
            case.validate_response(answer, checks=CHECKS)

    ask()


def parameters(document: dict[str, Any], path: str) -> dict[str, str]:
    """The key in components.parameters of each query parameter of a path, by its name."""
    declared = document["components"]["parameters"]
    keys = [p["$ref"].rpartition("/")[2] for p in document["paths"][path]["get"]["parameters"] if "$ref" in p]
    return {declared[key].get("name", key): key for key in keys}


#: What examples have and need not have.
HELPFUL = {"datetime", "bucket"}


@pytest.mark.parametrize("path", sorted(PATHS))
def test_each_wrong_parameter_is_told_by_its_name(client: TestClient, document: dict[str, Any], path: str) -> None:
    address, needed = example(path), QUERIES.get(path, {})
    told = parameters(document, path)
    for name, key in told.items():
        for value in WRONG.get(key, []):
            answer = client.get(address, params=needed | {name: value})
            assert answer.status_code == 400, (name, value, answer.text[:200])
            assert answer.json()["parameter"] == name
            assert answer.headers["cache-control"] == "no-store"
    for name in ("colour", "Limit", "bbox[]"):
        answer = client.get(address, params=needed | {name: "1"})
        assert (answer.status_code, answer.json()["parameter"]) == (400, name)
    for name in needed.keys() - HELPFUL:
        rest = {other: value for other, value in needed.items() if other != name}
        assert client.get(address, params=rest).json()["parameter"] == name
    twice = client.get(f"{address}?" + "&".join(f"{n}={v}" for n, v in [*needed.items(), ("f", "json"), ("f", "json")]))
    assert twice.json()["parameter"] == "f"


def test_every_parameter_is_described_and_used(document: dict[str, Any]) -> None:
    declared = document["components"]["parameters"]
    used = {
        key
        for path in document["paths"]
        if "get" in document["paths"][path]
        for key in parameters(document, path).values()
    }
    assert used == declared.keys()
    for parameter in declared.values():
        assert re.match(r"[A-Z].*\.$", parameter["description"], re.DOTALL), parameter["name"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["tags"]
            assert all("description" in answer or "$ref" in answer for answer in operation["responses"].values())
