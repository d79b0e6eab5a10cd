"""The pages for people: sound HTML, both languages, linked to each other, numbers as people write them."""

import re
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from lxml import etree, html

from altaigis.api.html import number

PAGES = [
    "/collections",
    "/collections/districts",
    "/collections/elevation",
    "/collections/limits",
    "/collections/districts/items",
    "/collections/monitoring_points/items",
    "/collections/indicator_values/items",
    "/collections/districts/items/barnaul",
    "/collections/monitoring_points/items/AIR-BRN-1",
    "/collections/districts/schema",
    "/collections/districts/tiles",
    "/collections/districts/tiles/WebMercatorQuad",
    "/tileMatrixSets",
    "/tileMatrixSets/WebMercatorQuad",
    "/conformance",
]
NBSP = "\u00a0"


def page(client: TestClient, path: str, language: str = "ru") -> html.HtmlElement:
    answer = client.get(path, params={"f": "html", "lang": language})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    return html.document_fromstring(answer.text)


def rows(document: html.HtmlElement) -> dict[str, str]:
    return {
        " ".join(row.find("th").text_content().split()): " ".join(row.find("td").text_content().split())
        for row in document.xpath("//table[@class='sheet']//tr")
    }


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound(client: TestClient, path: str, language: str) -> None:
    answer = client.get(path, params={"f": "html", "lang": language})
    # HTML that is also well-formed as XML but for its void elements and doctype has no tag left open or crossed
    text = re.sub(r"<(meta|link|br|img)\b([^>]*)>", r"<\1\2/>", answer.text.removeprefix("<!doctype html>"))
    root = etree.fromstring(text.replace("&nbsp;", " ").encode())
    assert root.get("lang") == language
    assert root.xpath("string(/html/head/title)").endswith("· AltaiGIS")
    assert len(root.xpath("//h1")) == 1
    assert root.xpath("//h1")[0].xpath("string()").strip()
    assert root.xpath("/html/head/meta[@name='viewport']")
    assert not root.xpath("//script")
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", PAGES)
def test_links_of_a_page_lead_to_pages_and_data(client: TestClient, path: str) -> None:
    document = page(client, path)
    inner = {href.partition("#")[0] for href in document.xpath("//a/@href") if href.startswith("http://testserver")}
    assert len(inner) >= 4
    for href in sorted(inner)[:25]:
        assert client.get(href).status_code == 200, href
    assert not document.xpath("//a[contains(@href, '{')]")


def test_people_walk_from_the_data_to_a_district(client: TestClient) -> None:
    address = "/collections?f=html&lang=ru"
    for text in ("Муниципальные образования", "Смотреть записи", "городской округ город Барнаул"):
        document = html.document_fromstring(client.get(address).text)
        (address,) = document.xpath(f"//a[normalize-space()='{text}']/@href")
    heading = html.document_fromstring(client.get(address).text).xpath("string(//h1)")
    assert heading == "городской округ город Барнаул"


def test_the_other_language_is_one_click_away(client: TestClient) -> None:
    for path in PAGES:
        document = page(client, path, "ru")
        (href,) = document.xpath("//a[@hreflang='en']/@href")
        assert html.document_fromstring(client.get(href).text).get("lang") == "en"


@pytest.mark.parametrize(
    ("value", "language", "digits", "written"),
    [
        (1234.5, "ru", 1, f"1{NBSP}234,5"),
        (1234.5, "en", 1, "1,234.5"),
        (698603, "ru", None, f"698{NBSP}603"),
        (167996, "en", None, "167,996"),
        (0.00012, "ru", None, "0,00012"),
        (1e-07, "en", None, "0.0000001"),
        (-3.5, "ru", None, "\u22123,5"),
        (0, "ru", None, "0"),
        (12279.0, "en", None, "12,279"),
        (1e15, "en", None, "1,000,000,000,000,000"),
        (951.8, "ru", 2, "951,80"),
    ],
)
def test_numbers_are_written_as_people_do(value: float, language: str, digits: int | None, written: str) -> None:
    assert number(value, language, digits) == written  # type: ignore[arg-type]


def test_a_district_s_sheet_can_be_read(client: TestClient) -> None:
    properties = client.get("/collections/districts/items/barnaul").json()["properties"]
    sheet = rows(page(client, "/collections/districts/items/barnaul"))
    assert sheet["Население, перепись 2021 года, чел."] == number(properties["population"], "ru").replace(NBSP, " ")
    assert sheet["Площадь, км²"] == number(properties["area_km2"], "ru", 2).replace(NBSP, " ")
    assert sheet["Пилотный район"] == "нет"
    assert sheet["Курортный кластер"] == "нет данных"
    assert sheet["Код ОКТМО"] == "01701000"
    english = rows(page(client, "/collections/districts/items/barnaul", "en"))
    assert english["Pilot district"] == "no"
    assert english["Area, km²"] == number(properties["area_km2"], "en", 2)


def test_years_are_not_grouped_and_values_are(client: TestClient) -> None:
    document = page(client, "/collections/indicator_values/items")
    titles = [" ".join(th.text_content().split()) for th in document.xpath("//thead//th")]
    cells = [td.text_content().strip() for td in document.xpath("//tbody/tr[1]/*")]
    shown = dict(zip(titles, cells, strict=True))
    assert re.fullmatch(r"(19|20)\d\d", shown["Год"])
    assert re.fullmatch(rf"\d{{1,3}}({NBSP}\d{{3}})*(,\d+)?", shown["Значение"])


def test_a_table_of_records_shows_one_language(client: TestClient) -> None:
    for language, own, other in (("ru", "Название", "Название по-английски"), ("en", "Name", "Name in Russian")):
        titles = [th.text_content() for th in page(client, "/collections/districts/items", language).xpath("//th")]
        assert titles[0] == own
        assert other not in titles


def test_a_page_of_records_leads_to_the_next_and_back(client: TestClient) -> None:
    first = html.document_fromstring(client.get("/collections/districts/items?f=html&limit=10").text)
    assert not first.xpath("//a[@rel='first']")
    (following,) = first.xpath("//a[@rel='next']/@href")
    second = html.document_fromstring(client.get(following).text)
    assert second.xpath("//a[@rel='first']")
    assert first.xpath("//tbody//a/@href") != second.xpath("//tbody//a/@href")
    last = html.document_fromstring(client.get("/collections/districts/items?f=html").text)
    assert not last.xpath("//a[@rel='next']")


def test_a_page_without_records_says_so(client: TestClient) -> None:
    empty = client.get("/collections/districts/items?f=html&bbox=0,0,1,1&lang=en")
    assert "No record meets the request." in empty.text


def test_ready_addresses_work(client: TestClient) -> None:
    recipes = page(client, "/collections/districts").xpath("//section[@class='use']//code/text()")
    assert "http://testserver/" in recipes
    addresses = {found for text in recipes for found in re.findall(r"http://[^'\s]+", text) if "{" not in found}
    assert len(addresses) >= 3
    for address in addresses:
        assert client.get(address).status_code == 200, address
    assert any(text.startswith("geopandas.read_file(") for text in recipes)


def test_an_item_without_a_place_has_no_link_to_the_map(client: TestClient) -> None:
    with_place = page(client, "/collections/districts/items/barnaul")
    (href,) = with_place.xpath("//a[@class='button' and contains(@href, '#')]/@href")
    assert urlsplit(href).fragment == "sel=districts/barnaul"
    fid = client.get("/collections/limits/items?limit=1").json()["features"][0]["id"]
    assert not page(client, f"/collections/limits/items/{fid}").xpath("//a[contains(@href, '#')]")


def test_nothing_of_the_request_gets_into_the_page_unescaped(client: TestClient) -> None:
    hostile = 'a"><script>alert(1)</script>'
    for path in ("/collections", "/collections/districts", "/collections/districts/items", "/conformance"):
        answer = client.get(f"{path}?f=html", headers={"Host": hostile, "X-Forwarded-Host": hostile})
        assert "<script" not in answer.text
    answer = client.get("/collections/districts/items", params={"f": "html", "after": hostile})
    assert answer.status_code == 200
    assert "<script" not in answer.text
