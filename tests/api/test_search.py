"""Search by name."""

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize("words", ["барнаул", "Barnaul", "БАРНА", "  барнаул  ", "barn"])
def test_a_place_is_found_in_both_languages(client: TestClient, words: str) -> None:
    answer = client.get("/search", params={"q": words})
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert any(f["id"] == "barnaul" and f["properties"]["layer"] == "districts" for f in features)
    for feature in features:
        assert client.get(f"/collections/{feature['properties']['layer']}/items/{feature['id']}").status_code == 200


def test_yo_and_ye_are_one_letter(client: TestClient) -> None:
    def found(words: str) -> list[str]:
        return [f["id"] for f in client.get("/search", params={"q": words}).json()["features"]]

    assert found("озёр") == found("озер") != []


def test_an_answer_lets_the_map_go_there(client: TestClient) -> None:
    feature = client.get("/search?q=бийск&limit=1&lang=en").json()["features"][0]
    west, south, east, north = feature["bbox"]
    longitude, latitude = feature["geometry"]["coordinates"]
    assert west <= longitude <= east
    assert south <= latitude <= north
    assert feature["properties"]["name"] == feature["properties"]["name_en"]
    assert feature["properties"]["layer_title"]


def test_the_limit_is_kept_and_clamped(client: TestClient) -> None:
    assert len(client.get("/search?q=а&limit=3").json()["features"]) == 3
    assert len(client.get("/search?q=а").json()["features"]) == 10
    assert len(client.get("/search?q=а&limit=9999").json()["features"]) == 50


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "';--", "%00барнаул", "нет такого места", "<b>"])
def test_signs_are_signs_and_nothing_else(client: TestClient, words: str) -> None:
    answer = client.get("/search", params={"q": words})
    assert answer.status_code == 200
    for feature in answer.json()["features"]:
        names = " ".join(str(feature["properties"][key]) for key in ("name_ru", "name_en"))
        assert words.lower() in names.lower()


@pytest.mark.parametrize("query", ["", "q=", "q=%20%20", "q=%00", "q=" + "a" * 101, "q=a&q=b"])
def test_a_bad_question_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/search?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "q"


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_bad_limit_is_refused(client: TestClient, limit: str) -> None:
    answer = client.get("/search", params={"q": "а", "limit": limit})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "limit"


def test_the_very_name_comes_before_names_that_begin_with_it(client: TestClient) -> None:
    found = client.get("/search", params={"q": "Barnaul", "lang": "en"}).json()["features"]
    names = [feature["properties"]["name_en"] for feature in found]
    assert names[:2] == ["Barnaul", "Barnaul"]
    assert len(names) > 2
