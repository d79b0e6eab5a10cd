"""The pages for people: sound HTML, both languages, linked to each other, numbers as people write them."""

import re
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from lxml import etree, html

from altaigis.api.html import number
from altaigis.filters.params import PARAMETERS

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
    text = re.sub(r"<(meta|link|br|img|input)\b([^>]*)>", r"<\1\2/>", answer.text.removeprefix("<!doctype html>"))
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
        (address,) = document.xpath(f"//a[normalize-space()='{text}'][not(ancestor::svg)]/@href")
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


@pytest.mark.parametrize("path", ["/collections/districts", "/collections/limits", "/collections/elevation"])
def test_ready_addresses_work(client: TestClient, path: str) -> None:
    recipes = page(client, path).xpath("//section[@class='use']//code/text()")
    addresses = {found for text in recipes for found in re.findall(r"http://[^'\"\s]+", text) if "{" not in found}
    assert len(addresses) >= (6 if "elevation" not in path else 2)
    for address in addresses:
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_way_to_a_layer_is_told(client: TestClient, language: str) -> None:
    for path, kinds in (("/collections/districts", "geopandas st_read"), ("/collections/limits", "pandas read.csv")):
        use = page(client, path, language).xpath("//section[@class='use']")[0]
        ways = {way.get("id"): " ".join(way.text_content().split()) for way in use.xpath(".//details[@id]")}
        assert set(ways) == {"qgis", "excel", "python", "client", "r", "curl", "gdal"}
        for word in kinds.split():
            assert word in ways["python"] + ways["r"]
        assert "OGC API – Features" in ways["qgis"]
        assert "f=excel" in ways["excel"]


def test_a_collection_tells_its_state(client: TestClient) -> None:
    document = page(client, "/collections/districts", "en")
    names = document.xpath("//dl[@class='facts']/dt/text()")
    facts = dict(
        zip(names, (dd.text_content().strip() for dd in document.xpath("//dl[@class='facts']/dd")), strict=True)
    )
    assert facts["Records"] == "69"
    assert facts["Licence"] == "ODbL-1.0"
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ 20\d\d, revision \d+", facts["Loaded"])
    findings = client.get("/collections/quality_issues/items", params={"layer": "districts"}).json()["numberMatched"]
    assert facts["Findings"] == (str(findings) if findings else "none")
    fields = {row.find("th").text_content(): row for row in document.xpath("//table//tr[td]")}
    assert "urban_okrug urban okrug" in " ".join(fields["Type"].text_content().split())


def test_findings_lead_to_the_ledger(client: TestClient) -> None:
    found = client.get("/collections/quality_issues/items").json()["features"]
    for layer in {feature["properties"]["layer"] for feature in found}:
        (href,) = page(client, f"/collections/{layer}").xpath(
            "//dl[@class='facts']//a[contains(@href, 'quality')]/@href"
        )
        rows = html.document_fromstring(client.get(href).text).xpath("//tbody/tr")
        assert len(rows) == sum(feature["properties"]["layer"] == layer for feature in found)


def test_codes_are_told_by_their_titles(client: TestClient) -> None:
    assert rows(page(client, "/collections/districts/items/barnaul"))["Вид образования"] == "городской округ"
    told = {td.text_content() for td in page(client, "/collections/resort_sites/items", "en").xpath("//tbody/tr/td[1]")}
    assert "Ski complex" in told
    assert "ski" not in told


def items(client: TestClient, **parameters: str) -> html.HtmlElement:
    answer = client.get("/collections/districts/items", params={"f": "html", "lang": "en"} | parameters)
    assert answer.status_code == 200
    return html.document_fromstring(answer.text)


def firsts(document: html.HtmlElement) -> list[str]:
    return [code.text_content() for code in document.xpath("//tbody/tr/td[last()]/code")]


def test_a_click_on_a_heading_sorts(client: TestClient) -> None:
    everything = client.get("/collections/districts/items").json()["features"]
    largest = [f["id"] for f in sorted(everything, key=lambda f: -f["properties"]["population"])]
    heading = "//thead//a[contains(., 'Population, 2021')]/@href"
    (once,) = items(client, filter="pilot = false").xpath(heading)
    downwards = html.document_fromstring(client.get(once).text)
    pilots = {f["id"] for f in everything if f["properties"]["pilot"]}
    assert firsts(downwards) == [fid for fid in largest if fid not in pilots]
    assert downwards.xpath("//th[@aria-sort='descending']")
    (twice,) = downwards.xpath(heading)
    assert firsts(html.document_fromstring(client.get(twice).text)) == firsts(downwards)[::-1]


def test_the_filter_box_keeps_what_was_chosen(client: TestClient) -> None:
    document = items(client, type="urban_okrug", sortby="-population", limit="3")
    (form,) = document.forms
    kept = {name: value for name, value in form.form_values() if name != "filter"}
    assert kept == {"f": "html", "lang": "en", "type": "urban_okrug", "sortby": "-population", "limit": "3"}
    answer = client.get(form.action, params=kept | {"filter": "population < 100000"})
    assert answer.status_code == 200
    found = html.document_fromstring(answer.text)
    assert len(firsts(found)) == 3
    assert found.get_element_by_id("filter").value == "population < 100000"
    chips = [" ".join(li.text_content().split()) for li in found.xpath("//ul[@class='chips']/li")]
    assert chips == ["Type: urban okrug ×", "Filter: population < 100000 ×"]
    (without,) = found.xpath("//ul[@class='chips']/li[1]/a/@href")
    assert "type=" not in without
    assert "filter=" in without
    (following,) = found.xpath("//a[@rel='next']/@href")
    second = html.document_fromstring(client.get(following).text)
    (first,) = second.xpath("//a[@rel='first']/@href")
    assert firsts(html.document_fromstring(client.get(first).text)) == firsts(found)


def test_every_parameter_can_be_asked_of_a_page(client: TestClient) -> None:
    districts = "/collections/districts/items"
    asked = {
        "limit": "3",
        "after": "aleysk",
        "asOf": "1",
        "bbox": "80,50,88,55",
        "bbox-crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "datetime": "2020-01-01/..",
        "ids": "barnaul,biysk",
        "filter": "population > 1",
        "filter-lang": "cql2-text",
        "filter-crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "sortby": "name_ru",
        "properties": "name_ru",
        "skipGeometry": "true",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "zoom": "6",
        "maxAllowableOffset": "0.01",
        "decimals": "3",
    }
    assert asked.keys() == set(PARAMETERS)
    for name, value in asked.items():
        answer = client.get(districts, params={"f": "html", name: value})
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].startswith("text/html")


def test_an_empty_filter_box_is_no_filter(client: TestClient) -> None:
    assert len(firsts(items(client, filter=""))) == 69


def test_examples_and_choices_select_something(client: TestClient) -> None:
    hints = page(client, "/collections/districts/items").xpath("//p[@class='hint']//a/@href")
    assert len([href for href in hints if "filter=" in href]) == 2
    assert any("type=urban_okrug" in href for href in hints)
    for href in hints:
        if "queryables" not in href:
            assert firsts(html.document_fromstring(client.get(href).text)), href


def test_the_map_shows_the_page_and_leads_to_the_features(client: TestClient) -> None:
    document = items(client, filter="pilot = true")
    shapes = document.xpath("//figure//svg/a")
    assert [shape.get("href") for shape in shapes] == document.xpath("//tbody//th/a/@href")
    assert shapes[0].xpath("string(.//title)")
    assert len(document.xpath("//g[@class='ground']/path")) == 69
    assert not page(client, "/collections/limits/items").xpath("//svg")
    # asked for elsewhere, drawn where it is
    other = items(client, filter="pilot = true", crs="http://www.opengis.net/def/crs/EPSG/0/28414")
    assert other.xpath("//figure//path/@d") == document.xpath("//figure//path/@d")


def test_a_mistake_in_the_box_is_told_on_a_page(client: TestClient) -> None:
    asked = {"f": "html", "lang": "ru", "filter": "popula > <b>"}
    answer = client.get("/collections/districts/items", params=asked)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "<b>" not in answer.text
    document = html.document_fromstring(answer.text)
    assert document.xpath("string(//p[@class='problem'])").startswith("filter:")
    (back,) = document.xpath("//a[@class='button']/@href")
    assert client.get(back).status_code == 200
    # a program gets JSON
    assert client.get("/collections/districts/items", params=asked | {"f": "json"}).json()["parameter"] == "filter"


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


def test_what_can_be_edited_says_so_and_has_a_past(client: TestClient) -> None:
    for layer, editable in (("resort_sites", True), ("districts", False)):
        assert client.get(f"/collections/{layer}").json()["altai:editable"] is editable
        facts = page(client, f"/collections/{layer}", "en").xpath("//dl[@class='facts']/dt/text()")
        assert ("Editing" in facts) is editable
        fid = client.get(f"/collections/{layer}/items?limit=1").json()["features"][0]["id"]
        past = page(client, f"/collections/{layer}/items/{fid}", "en").xpath("//a[text()='History']/@href")
        assert bool(past) is editable
        for href in past:
            assert client.get(href).headers["content-type"].startswith("text/html")


def test_a_feature_is_seen_with_what_lies_around_it(client: TestClient) -> None:
    small = client.get("/collections/districts/items?filter=area_km2<60&limit=1").json()["features"][0]["id"]
    (path,) = page(client, f"/collections/districts/items/{small}").xpath("//figure//a/path/@d")
    across = [float(x) for x in re.findall(r"(-?[\d.]+),", path)]
    assert 20 < max(across) - min(across) < 640
    assert all(0 <= x <= 640 for x in across)


def test_a_number_has_no_more_digits_than_it_is_good_for() -> None:
    assert number(24.999578883853168, "en") == "24.9995789"
    assert number(83.7812345, "ru") == "83,7812345"
    assert number(1234567890123, "en") == "1,234,567,890,123"
    assert number(0.1, "en") == "0.1"
    assert number(12279.0, "ru") == f"12{NBSP}279"
    assert number(2.5e-7, "en") == "0.00000025"
