"""Search by name."""

import random
from collections.abc import Iterator

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


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "'", '"', "';--", "нет такого места", "<b>", "–", "() ()", "\U0001f30d"]
)
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


def found(client: TestClient, words: str, limit: int = 10) -> list[tuple[str, str]]:
    """(layer, Russian name) of what is found."""
    features = client.get("/search", params={"q": words, "limit": limit}).json()["features"]
    return [(each["properties"]["layer"], each["properties"]["name_ru"]) for each in features]


@pytest.mark.parametrize(
    ("words", "layer", "name"),
    [
        # spaces and hyphens, and quotation marks
        ("усть калманка", "settlements", "Усть-Калманка"),
        ("Камень на  Оби", "settlements", "Камень-на-Оби"),
        ("катунь сростки", "monitoring_points", "Катунь — Сростки"),
        ("скала четыре брата", "resort_sites", "Скала «Четыре брата»"),
        # ids, whole or by one of their words
        ("WMO-29838", "monitoring_points", "Метеостанция Барнаул"),
        ("29838", "monitoring_points", "Метеостанция Барнаул"),
        ("wmo 298", "monitoring_points", "Метеостанция Баево"),
        ("PS33", "monitoring_points", "Сейсмическая станция Залесово"),
        # waters and the krai
        ("Телецкое", "lakes", "Телецкое"),
        ("алтайский край", "krai", "Алтайский край"),
    ],
)
def test_a_name_is_found_as_people_write_it(client: TestClient, words: str, layer: str, name: str) -> None:
    assert (layer, name) in found(client, words)
    features = client.get("/search", params={"q": words}).json()["features"]
    assert not any(each["properties"]["approximate"] for each in features)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        *[("белакуриха", "Белокуриха"), ("Бйск", "Бийск"), ("Барнуал", "Барнаул"), ("устькалманка", "Усть-Калманка")],
        # transliterations
        *[("Biisk", "Бийск"), ("Bijsk", "Бийск"), ("Barnayl", "Барнаул"), ("Belokuriha", "Белокуриха")],
        *[("Kamen' na Obi", "Камень-на-Оби"), ("Novoaltajsk", "Новоалтайск"), ("Schelabolicha", "Шелаболиха")],
        # the wrong layout
        *[("<fhyfek", "Барнаул"), ("ифктфгд", "Барнаул"), (",tkjrehb[f", "Белокуриха"), ("ишныл", "Бийск")],
        # the kind of place, and words in another order
        *[("Топчиха район", "Топчихинский район"), ("озеро Телецкое", "Телецкое"), ("река Катунь", "Катунь")],
        *[("Барнаул метеостанция", "Метеостанция Барнаул"), ("Lake Teletskoe", "Телецкое")],
    ],
)
def test_a_name_is_found_as_it_is_misspelt(client: TestClient, words: str, name: str) -> None:
    features = client.get("/search", params={"q": words}).json()["features"]
    assert features[0]["properties"]["name_ru"] == name
    assert all(each["properties"]["approximate"] for each in features)


@pytest.mark.parametrize(
    "words",
    ["qwertyzz", "жщъф", ";o]a", "фывапр", "asdfgh", "zzzz", "привет", "hello world", "00000", "район фывапр"],
)
def test_nonsense_finds_nothing(client: TestClient, words: str) -> None:
    assert found(client, words) == []


def test_a_river_is_found_once_and_whole(client: TestClient) -> None:
    reaches = client.get("/collections/rivers/items?name_ru=Иртыш&limit=100").json()["features"]
    assert len(reaches) > 2
    for words in ("иртыш", "иртишь"):
        answer = client.get("/search", params={"q": words}).json()["features"]
        rivers = [each for each in answer if each["properties"]["layer"] == "rivers"]
        assert len(rivers) == 1
        points = [point for reach in reaches for line in reach["geometry"]["coordinates"] for point in line]
        ends = [(min(axis), max(axis)) for axis in zip(*points, strict=True)]
        west, south, east, north = rivers[0]["bbox"]
        assert [(west, east), (south, north)] == [pytest.approx(each, abs=1e-6) for each in ends]
        assert rivers[0]["id"] in {reach["id"] for reach in reaches}


def test_places_of_one_name_are_not_one_place(client: TestClient) -> None:
    assert found(client, "николаевка", 50).count(("settlements", "Николаевка")) == 2


def test_what_has_no_name_is_not_found_by_its_id(client: TestClient) -> None:
    assert client.get("/collections/rivers/items/wdbii-023").json()["properties"]["name_ru"] is None
    assert found(client, "wdbii-023") == []
    assert found(client, "wdbii-020") == [("rivers", "Катунь")]


def misspelt(names: list[str], seed: int) -> Iterator[tuple[str, str]]:
    """Each name, and the name with a letter left out, replaced or swapped with the next."""
    random_ = random.Random(seed)
    for name in names:
        letters = list(name.lower())
        place = random_.choice([at for at, letter in enumerate(letters[:-1]) if letter.isalpha()])
        alphabet = "абвгдежзийклмнопрстуфхцчшщыьэюя" if letters[place] > "z" else "abcdefghijklmnopqrstuvwxyz"
        match random_.randrange(3):
            case 0:
                del letters[place]
            case 1:
                letters[place] = random_.choice(alphabet)
            case _:
                letters[place : place + 2] = reversed(letters[place : place + 2])
        yield name, "".join(letters)


def test_a_letter_may_be_wrong_in_any_name_of_the_krai(client: TestClient) -> None:
    towns = client.get("/collections/settlements/items?limit=1000").json()["features"]
    districts = client.get("/collections/districts/items?limit=1000&skipGeometry=true").json()["features"]
    names = [
        each["properties"][key]
        for each in towns
        if each["properties"]["territory_id"]
        for key in ("name_ru", "name_en")
    ]
    names += [each["properties"][key] for each in districts for key in ("short_name_ru", "short_name_en")]
    asked = list(misspelt(names, seed=22))
    missed = []
    for name, words in asked:
        features = client.get("/search", params={"q": words, "limit": 3}).json()["features"]
        told = [each["properties"][key] for each in features for key in ("name_ru", "name_en")]
        if name not in told:
            missed.append((name, words, told))
    assert len(asked) > 400
    assert len(missed) <= 0.05 * len(asked), missed
