"""The API document is valid OpenAPI 3.0, says what QGIS looks for, and tells the truth about every path."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from conftest import AIR, JOB, Installation
from observing import BARNAUL
from warming import HALF

EXAMPLES = {
    "code": "pop_jan1",
    "collection_id": "districts",
    "layer_id": "districts",
    "feature_id": "barnaul",
    "style_id": "default",
    "matrix_set": "WebMercatorQuad",
    "z": "8",
    "x": "188",
    "y": "83",
    "row": "83",
    "col": "188",
    "extension": "mvt",
    "process_id": "zonal-statistics",
    "job_id": str(JOB),
    "station_id": BARNAUL,
    "substance": "benzene",
    "units": "smolensky,altaysky",
}
STATISTICS = ("trend", "changes", "decomposition", "outliers", "completeness")
JUDGED = ("exceedances", "episodes", "index")
QUERIES = {
    "/search": {"q": "бийск"},
    "/rasters/{layer_id}/point": {"lon": "83.8", "lat": "53.3"},
    **{
        f"/stations/{{station_id}}/{name}": {"parameter": "air_temperature", "datetime": "2001-01-01/2012-12-31"}
        for name in STATISTICS
    },
    "/stations/{station_id}/outliers": {"parameter": "air_temperature", "bucket": "month"},
    "/stations/status": {"parameter": "wind_speed"},
    "/stations/series": {"parameter": "wind_speed"},
    "/stations/{station_id}/series": {"parameter": "wind_speed"},
    "/stations/{station_id}/calendar": {"parameter": "wind_speed"},
    **{f"/stations/{{station_id}}/{name}": {"parameter": "nitrogen_dioxide"} for name in ("exceedances", "episodes")},
}
PATHS = {
    "/",
    "/conformance",
    "/api",
    "/collections",
    "/collections/{collection_id}",
    "/collections/{collection_id}/queryables",
    "/collections/{collection_id}/sortables",
    "/collections/{collection_id}/schema",
    "/collections/{collection_id}/items",
    "/collections/{collection_id}/items/{feature_id}",
    "/collections/{collection_id}/tiles",
    "/collections/{collection_id}/tiles/{matrix_set}",
    "/collections/{collection_id}/tiles/WebMercatorQuad/{z}/{row}/{col}",
    "/collections/{collection_id}/styles",
    "/collections/{collection_id}/styles/{style_id}",
    "/collections/{collection_id}/styles/{style_id}/legend",
    "/tiles/{layer_id}/tilejson.json",
    "/tiles/{layer_id}/{z}/{x}/{y}.{extension}",
    "/tileMatrixSets",
    "/tileMatrixSets/{matrix_set}",
    "/archives",
    "/rasters/{layer_id}/point",
    "/rasters/{layer_id}/cog.tif",
    "/indicators",
    "/indicators/{code}",
    "/indicators/{code}/values",
    "/indicators/{code}/classes",
    *(f"/stations/{{station_id}}/{name}" for name in (*STATISTICS, *JUDGED)),
    "/norms",
    "/norms/{substance}",
    "/alerts",
    "/alerts.rss",
    "/stations",
    "/stations/latest",
    "/stations/parameters",
    "/stations/status",
    "/stations/series",
    "/stations/{station_id}",
    "/stations/{station_id}/status",
    "/stations/{station_id}/series",
    "/stations/{station_id}/wind-rose",
    "/stations/{station_id}/calendar",
    "/passports/{units}",
    "/snapshot.html",
    "/search",
    "/processes",
    "/processes/{process_id}",
    "/jobs",
    "/jobs/{job_id}",
    "/jobs/{job_id}/notebook.ipynb",
    "/jobs/{job_id}/results",
}


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    return client.get("/api").json()


def example(path: str) -> str:
    values = EXAMPLES | ({"layer_id": "elevation"} if path.startswith("/rasters") else {})
    values |= {"station_id": HALF} if path.endswith(STATISTICS) else {}
    values |= {"station_id": AIR} if path.endswith(JUDGED) else {}
    return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], path)


def test_it_is_valid_openapi_3_0(document: dict[str, Any]) -> None:
    OpenAPIV30SpecValidator(document).validate()
    assert document["openapi"].startswith("3.0.")


def test_its_media_type_is_the_one_that_clients_ask_for(client: TestClient) -> None:
    accept = "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json"
    answer = client.get("/api", headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert client.get("/api/").content == client.get("/api").content


def test_qgis_finds_the_page_size(document: dict[str, Any]) -> None:
    limit = document["components"]["parameters"]["limit"]
    assert limit["name"] == "limit"
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000}


def reads(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The operations that read, by path."""
    return {path: methods["get"] for path, methods in document["paths"].items() if "get" in methods}


def test_only_parameters_of_one_path_are_written_in_line(document: dict[str, Any]) -> None:
    for path in PATHS:
        operation = reads(document)[path]
        for parameter in operation["parameters"]:
            assert "$ref" in parameter or parameter["in"] == "path", path
            if "$ref" in parameter:
                assert parameter["$ref"].rpartition("/")[2] in document["components"]["parameters"]


def test_it_names_the_paths_and_no_others(document: dict[str, Any], installation: Installation) -> None:
    layers = {layer.id for layer in installation.catalog if layer.kind != "raster"}
    edited = {
        f"/collections/{layer}/items{rest}": methods
        for layer in ("resort_sites", "monitoring_points")
        for rest, methods in (
            ("", {"get", "post"}),
            ("/{feature_id}", {"get", "put", "patch", "delete"}),
            ("/{feature_id}/history", {"get"}),
        )
    }
    read = {path: {"get"} for path in PATHS | {f"/collections/{layer}/items" for layer in layers}}
    told = {path: set(methods) for path, methods in document["paths"].items()}
    signed = {
        "/observations": {"post"},
        "/processes/{process_id}/execution": {"post"},
        "/jobs/{job_id}": {"get", "delete"},
    }
    # it has no end, so the tests of all paths leave it to its own
    endless = {"/events": {"get"}}
    assert told == read | edited | signed | endless


def test_each_collection_names_its_fields_as_parameters(
    client: TestClient, document: dict[str, Any], installation: Installation
) -> None:
    """GDAL and QGIS find them nowhere else."""
    for layer in installation.catalog:
        if layer.kind == "raster":
            continue
        written = [p for p in reads(document)[f"/collections/{layer.id}/items"]["parameters"] if "$ref" not in p]
        assert [p["name"] for p in written] == [name for name in layer.fields if name != layer.geometry_field]
        assert all((p["in"], p["style"], p["explode"]) == ("query", "form", False) for p in written)
        values = client.get(f"/collections/{layer.id}/items?limit=1").json()["features"]
        for parameter in written if values else []:
            value = (values[0]["properties"] | {layer.id_field: values[0]["id"]})[parameter["name"]]
            if value is not None:
                OAS30Validator(parameter["schema"]).validate(value)


def test_operations_have_plain_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in reads(document).values()]
    assert len(set(names)) == len(names)
    assert {"landing", "items", "tile", "search"} <= set(names)


def test_no_validation_error_of_the_framework_is_promised(document: dict[str, Any]) -> None:
    for operation in reads(document).values():
        assert set(operation["responses"]) <= {"200", "204", "304", "default"}


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_path_answers_as_it_is_documented(client: TestClient, document: dict[str, Any], path: str) -> None:
    promised = document["paths"][path]["get"]["responses"]["200"]["content"]
    answer = client.get(example(path), params=QUERIES.get(path, {}))
    assert answer.status_code == 200
    media_type = answer.headers["content-type"]
    assert {media_type, media_type.partition(";")[0]} & promised.keys()
    if "json" in media_type:
        schema = {**promised[media_type]["schema"], "components": document["components"]}
        OAS30Validator(schema).validate(answer.json())


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_page_that_is_promised_is_there(client: TestClient, document: dict[str, Any], path: str) -> None:
    answer = client.get(example(path), params={**QUERIES.get(path, {}), "f": "html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    if "text/html" in document["paths"][path]["get"]["responses"]["200"]["content"]:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 400
        assert "<code>f</code>" in answer.text


def test_errors_are_as_documented(client: TestClient, document: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    OAS30Validator(schema).validate(client.get("/collections/districts/items?limit=0").json())


def test_the_server_is_where_the_request_came_to(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "http://testserver"}]
