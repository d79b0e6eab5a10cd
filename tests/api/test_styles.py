"""Styles as the map and other programs read them, and their legends."""

import re
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from altaigis.api import web
from altaigis.api.negotiation import STYLE
from conftest import Installation

DISTRICTS = "/collections/districts/styles"


def test_every_style_of_every_layer_is_served(client: TestClient, installation: Installation) -> None:
    for layer in installation.catalog:
        for name, style in layer.styles.items():
            answer = client.get(f"/collections/{layer.id}/styles/{name}")
            assert answer.status_code == 200
            assert answer.json()["kind"] == style.kind
            assert client.get(f"/collections/{layer.id}/styles/{name}/legend").text.startswith("<svg")


def test_the_legend_of_the_districts_is_the_layer_file_s(client: TestClient) -> None:
    style = client.get("/collections/districts/styles/default").json()
    assert style["field"] == "density"
    assert len(style["colours"]) == len(style["breaks"]) + 1
    assert style["title"]["ru"].startswith("Плотность населения")


@pytest.mark.parametrize("f", STYLE)
def test_a_format_is_chosen_by_name_or_by_media_type(client: TestClient, f: str) -> None:
    by_name = client.get(f"{DISTRICTS}/default?f={f}")
    assert by_name.headers["content-type"] == STYLE[f]
    assert client.get(f"{DISTRICTS}/default", headers={"Accept": STYLE[f]}).content == by_name.content
    known = {"If-None-Match": by_name.headers["etag"]}
    assert client.get(f"{DISTRICTS}/default?f={f}", headers=known).status_code == 304
    assert client.get("/collections/elevation/styles/default", params={"f": f}).status_code == 200


def test_titles_are_in_the_language_that_is_asked_for(client: TestClient) -> None:
    for path in (f"{DISTRICTS}/default?f=sld", f"{DISTRICTS}/default?f=qml", f"{DISTRICTS}/default/legend?f=svg"):
        assert "нет данных" in client.get(path).text
        assert "no data" in client.get(path, headers={"Accept-Language": "en"}).text
    file = client.get(f"{DISTRICTS}/outline?f=qlr&lang=en")
    assert 'filename="districts-outline.qlr"' in file.headers["content-disposition"]
    assert "Municipalities: tiles" in file.text


def test_styles_are_listed_with_all_their_documents(client: TestClient) -> None:
    document = client.get(DISTRICTS, params={"lang": "en"}).json()
    assert document["default"] == "default"
    assert [style["id"] for style in document["styles"]] == ["default", "outline"]
    assert document["styles"][0]["title"] == "Municipalities: Population density, people per km²"
    collection = client.get("/collections/districts").json()
    for link in [*document["styles"][1]["links"], *(one for one in collection["links"] if "/styles" in one["href"])]:
        answer = client.get(link["href"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, link["type"])
    assert {link["rel"].rpartition("/")[2] for link in collection["links"]} >= {"styles", "stylesheet", "legend"}
    assert client.get("/collections/limits/styles").json()["styles"] == []
    page = client.get("/collections/districts?f=html&lang=en").text
    assert "styles/default/legend?f=svg&amp;lang=en" in page
    assert "styles/default?f=qlr" in page


def test_a_style_that_is_not_there_names_those_that_are(client: TestClient) -> None:
    for path in (f"{DISTRICTS}/pretty", f"{DISTRICTS}/pretty?f=qml", f"{DISTRICTS}/pretty/legend"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "default, outline" in answer.json()["description"]
    assert client.get(f"{DISTRICTS}/default?f=png").json()["parameter"] == "f"


def test_a_picture_is_as_large_as_it_is_asked_for(client: TestClient) -> None:
    drawing = client.get(f"{DISTRICTS}/default/legend")
    assert drawing.headers["content-type"] == "image/svg+xml"
    found = re.match(r'<svg [^>]*width="(\d+)" height="(\d+)"', drawing.text)
    assert found
    picture = client.get(f"{DISTRICTS}/default/legend?f=png&scale=2")
    width, height = (int.from_bytes(picture.content[at : at + 4]) for at in (16, 20))
    assert picture.content.startswith(b"\x89PNG")
    assert (width, height) == (2 * int(found[1]), 2 * int(found[2]))
    known = {"If-None-Match": picture.headers["etag"]}
    assert client.get(f"{DISTRICTS}/default/legend?f=png&scale=2", headers=known).status_code == 304
    assert client.get(f"{DISTRICTS}/default/legend", headers={"Accept": "image/png"}).content != picture.content


def test_without_the_letters_a_picture_is_refused_and_the_drawing_is_there(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr(web, "FONTS", tmp_path)
    answer = client.get(f"{DISTRICTS}/default/legend?f=png")
    assert answer.status_code == 404
    assert "script/bootstrap" in answer.json()["description"]
    assert client.get(f"{DISTRICTS}/default/legend").status_code == 200


@pytest.mark.parametrize("name", ["slope", "hillshade"])
def test_what_is_computed_from_heights_is_there_in_tiles_alone(client: TestClient, name: str) -> None:
    address = f"/collections/elevation/styles/{name}"
    style = client.get(f"{address}?f=maplibre").json()
    tilejson = client.get(style["sources"]["elevation"]["url"]).json()
    tile = tilejson["tiles"][0].format(z=6, x=46, y=20)
    assert client.get(tile).content == client.get(f"/tiles/elevation/6/46/20.png?style={name}").content
    assert f"?style={name}" in unquote(client.get(f"{address}?f=qlr").text)
    for f in ("qml", "sld"):
        answer = client.get(f"{address}?f={f}")
        assert (answer.status_code, answer.json()["parameter"]) == (400, "f")
    listed = client.get("/collections/elevation/styles").json()["styles"]
    offered = {style["id"]: {link["href"].rpartition("f=")[2] for link in style["links"]} for style in listed}
    assert offered[name] == {"json", "maplibre", "qlr", "svg", "png"}
    assert offered["default"] == {*STYLE, "svg", "png"}
    drawing = client.get(f"{address}/legend?f=svg&lang=en").text
    assert ("shade" in drawing) == (name == "hillshade")
