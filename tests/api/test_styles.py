"""Styles as the map reads them."""

from fastapi.testclient import TestClient

from conftest import Installation


def test_every_style_of_every_layer_is_served(client: TestClient, installation: Installation) -> None:
    for layer in installation.catalog:
        for name, style in layer.styles.items():
            answer = client.get(f"/collections/{layer.id}/styles/{name}")
            assert answer.status_code == 200
            assert answer.json()["kind"] == style.kind


def test_the_legend_of_the_districts_is_the_layer_file_s(client: TestClient) -> None:
    style = client.get("/collections/districts/styles/default").json()
    assert style["field"] == "density"
    assert len(style["colours"]) == len(style["breaks"]) + 1
    assert style["title"]["ru"].startswith("Плотность населения")


def test_a_style_that_is_not_there_names_those_that_are(client: TestClient) -> None:
    answer = client.get("/collections/districts/styles/pretty")
    assert answer.status_code == 404
    assert "default" in answer.json()["description"]
