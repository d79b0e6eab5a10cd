"""Passports over HTTP: every figure is that of the indicators, places can be counted by hand, several units are taken
together by the rules of the indicators, and bad names are told."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


def passport(client: TestClient, units: str, **query: str) -> dict[str, Any]:
    answer = client.get(f"/passports/{units}", params={"lang": "en"} | query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def figures(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {it["code"]: it for it in told["indicators"]}


def values(client: TestClient, code: str) -> list[dict[str, Any]]:
    return list(client.get(f"/indicators/{code}/values").json()["values"])


def test_figures_and_places_are_those_of_the_indicators(client: TestClient) -> None:
    told = figures(passport(client, "smolensky"))
    listed = client.get("/indicators").json()["themes"]
    assert told.keys() == {it["code"] for theme in listed for it in theme["indicators"]}
    for code in ("pop_jan1", "wage_total", "dependency_ratio", "forest_share", "wage_okved_b", "net_migration_rate"):
        it, rows = told[code], values(client, code)
        own = next(r for r in rows if r["territory_id"] == "smolensky" and r["period"] == it["period"])
        assert (it["value"], it["flag"], it["source"]) == (own["value"], own["flag"], own["source"])
        krai = [r["value"] for r in rows if r["territory_id"] == "krai" and r["period"] == it["period"]]
        assert [it["whole"]] == (krai or [None])
        same = [r for r in rows if r["period"] == it["period"] and r["territory_kind"] == "unit"]
        there = [r["value"] for r in same if r["value"] is not None]
        if it["value"] is None:
            assert it["place"] is None
            continue
        better = [v for v in there if (v < it["value"] if code == "dependency_ratio" else v > it["value"])]
        assert (it["place"], it["shared"], it["of"]) == (len(better) + 1, there.count(it["value"]), len(there))
    assert told["wage_okved_b"]["flag"] == "missing"


def test_what_lies_inside_and_around(client: TestClient) -> None:
    told = passport(client, "charyshsky")
    beyond = {it["id"]: it for it in told["beyond"]}
    assert beyond.keys() == {"ru_ust_kansky", "kz_ridder", "kz_glubokoye", "kz_shemonaikha"}
    assert beyond["kz_ridder"]["country"] == "Kazakhstan"
    assert "charyshsky" not in {it["id"] for it in told["neighbours"]}
    # the reserve has no unit of its own, but a list of three
    reserve = {
        unit
        for unit in ("krasnoshchyokovsky", "zmeinogorsky", "tretyakovsky", "charyshsky")
        if any(
            it["id"] == "tigireksky_reserve"
            for part in passport(client, unit)["contents"]
            if part["layer"] == "protected_areas"
            for it in part["features"]
        )
    }
    assert {"zmeinogorsky", "tretyakovsky"} <= reserve
    smolensky = passport(client, "smolensky")
    assert sum(it["share"] for it in smolensky["land_cover"]) == pytest.approx(100, abs=0.5)
    assert smolensky["elevation"]["lowest"] < figures(smolensky)["elevation_mean"]["value"]
    counts = {part["layer"]: part["count"] for part in smolensky["contents"]}
    for layer, count in counts.items():
        if layer != "protected_areas":
            items = client.get(f"/collections/{layer}/items", params={"territory_id": "smolensky"}).json()
            assert items["numberMatched"] == count
    assert len(smolensky["peers"]["units"]) == 5
    assert "smolensky" not in {it["id"] for it in smolensky["peers"]["units"]}
    ages = next(chart for chart in smolensky["charts"] if chart["id"] == "age")
    assert sum(part["value"] for part in ages["parts"]) == figures(smolensky)["pop_jan1"]["value"]


def test_units_that_are_equal_are_told_to_share_their_places(client: TestClient) -> None:
    told = figures(passport(client, "smolensky"))["share_65plus"]
    rows = [r["value"] for r in values(client, "share_65plus") if r["period"] == 2024 and r["territory_kind"] == "unit"]
    assert rows.count(told["value"]) > 1
    assert told["shared"] == rows.count(told["value"])
    page = client.get("/passports/smolensky", params={"f": "html", "lang": "ru"}).text
    assert f"{told['place']}–{told['place'] + told['shared'] - 1}<small> из 69" in page


def test_a_grid_gives_no_place_to_what_it_cannot_tell(client: TestClient) -> None:
    town, district = (figures(passport(client, unit)) for unit in ("aleysk", "smolensky"))
    for code in ("elevation_mean", "cropland_share", "forest_share"):
        assert town[code]["is_too_fine"]
        assert town[code]["place"] is None
        assert town[code]["grid"]["cells"] < 10 < district[code]["grid"]["cells"]
    assert district["elevation_mean"]["grid"]["minutes"] == 5
    assert district["forest_share"]["place"]
    steppe = figures(passport(client, "burlinsky"))["forest_share"]
    assert (steppe["value"], steppe["place"], steppe["is_too_fine"]) == (0, None, True)
    assert town["pop_jan1"]["grid"] is None
    page = client.get("/passports/aleysk", params={"f": "html", "lang": "en"}).text
    assert "grid too coarse" in page
    assert "peaks and valleys are smoothed" in page


@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_source_is_told_once_in_words_and_each_figure_names_its_own(client: TestClient, language: str) -> None:
    told = passport(client, "charyshsky", lang=language)
    sources = {it["number"]: it for it in told["sources"]}
    texts = [it["attribution"] for it in sources.values()]
    assert sorted(sources) == list(range(1, len(texts) + 1))
    assert len(set(texts)) == len(texts)
    assert not [text for text in texts if "rosstat_" in text or text in ("districts", "elevation", "landcover")]
    parts = [*told["indicators"], *told["contents"], *told["charts"], told["land_cover_of"], told["elevation"]]
    for it in parts:
        assert it["notes"] or it.get("value", 0) is None or it.get("parts", 0) == []
        assert set(it["notes"]) <= sources.keys()
    by_code = figures(told)
    assert [sources[n]["source"] for n in by_code["pop_density"]["notes"]] == ["rosstat_bdmo", "districts"]
    assert (told["land_cover_of"]["period"], told["elevation"]["period"]) == (2019, 2024)
    licences = " ".join(it["licence"] for it in sources.values())
    assert ("Facts from" in licences, "Сведения" in licences) == (language == "en", language == "ru")
    page = client.get("/passports/charyshsky", params={"f": "html", "lang": language}).text
    assert "rosstat_" not in page
    for number, source in sources.items():
        assert page.count(f'<span class="source">[{number}]&nbsp;{source["attribution"]}') == 1


def test_the_map_of_the_page_has_names_scale_north_and_the_page_its_date_and_link(client: TestClient) -> None:
    page = client.get("/passports/smolensky", params={"f": "html", "lang": "ru"}).text
    drawn = page.partition('<figure class="map">')[2].partition("</figure>")[0]
    assert '<text class="name chosen"' in drawn
    assert "Бийский" in drawn
    assert "20 км" in drawn
    assert ">С</text>" in drawn
    assert "Составлено" in page
    assert "/passports/smolensky?f=html&amp;lang=ru" in page
    assert "в каталоге GeoNames (не все): 4" in page
    assert "Наземный покров, 2019" in page


def test_no_column_of_places_stands_empty(client: TestClient) -> None:
    for units, there in (("smolensky", True), ("smolensky,altaysky", False), ("krai", False)):
        page = client.get(f"/passports/{units}", params={"f": "html", "lang": "ru"}).text
        assert ("Место</th>" in page) == there


def test_each_of_several_has_its_own_peers(client: TestClient) -> None:
    told = passport(client, "smolensky,altaysky")
    for member in told["members"]:
        assert member["peers"] == passport(client, member["id"])["peers"]["units"]


def test_several_units_are_taken_together_by_the_rules_of_the_indicators(client: TestClient) -> None:
    told = passport(client, "smolensky,altaysky,smolensky")
    assert [it["id"] for it in told["units"]] == ["smolensky", "altaysky"]
    each = {it["id"]: {v["code"]: v["value"] for v in it["values"]} for it in told["members"]}
    one, other, both = each["smolensky"], each["altaysky"], figures(told)
    people = one["pop_jan1"] + other["pop_jan1"]
    assert both["pop_jan1"]["value"] == people
    dense = people / (one["area_km2"] + other["area_km2"])
    assert both["pop_density"]["value"] == pytest.approx(dense, abs=0.006)
    assert both["wage_okved_a"]["value"] is None
    assert both["wage_okved_a"]["can_be_taken_together"] is False
    assert both["wage_total"]["flag"] == "estimated"
    assert "smolensky" not in {it["id"] for it in told["neighbours"]}


def test_what_several_have_no_common_value_of_is_told_from_what_is_missing(client: TestClient) -> None:
    told = client.get("/passports/smolensky,altaysky").json()["indicators"]
    apart = [it for it in told if it["value"] is None and not it["can_be_taken_together"]]
    missing = [it for it in told if it["value"] is None and it["can_be_taken_together"]]
    page = client.get("/passports/smolensky,altaysky", params={"f": "html", "lang": "ru"}).text
    values = page.split("Все показатели")[1].split("<footer")[0]
    rows = {row.split("</a>")[0].split(">")[-1]: row for row in values.split("<tr>")[2:]}
    assert apart
    assert all("не сводится" in rows[it["title"]] for it in apart)
    assert all("нет данных" in rows[it["title"]] for it in missing)


def test_a_group_is_the_units_that_it_has(client: TestClient) -> None:
    group = passport(client, "big_belokurikha")
    assert group["group"] == "big_belokurikha"
    members = ",".join(reversed([it["id"] for it in group["units"]]))
    assert figures(passport(client, members)).keys() == figures(group).keys()
    assert passport(client, members)["group"] == "big_belokurikha"
    krai = figures(passport(client, "krai"))
    assert (krai["census_pop_total"]["value"], krai["census_pop_total"]["parts"]) == (2_163_693, 69)


@pytest.mark.parametrize(
    ("units", "status", "told"),
    [
        ("nowhere", 404, "nowhere"),
        ("smolensky,atlantis", 404, "atlantis"),
        (",", 404, "at least"),
        ("a" * 2001, 400, "2000"),
    ],
)
def test_bad_names_are_told(client: TestClient, units: str, status: int, told: str) -> None:
    answer = client.get(f"/passports/{units}")
    assert answer.status_code == status
    assert told in answer.json()["description"]


def test_the_page_is_in_both_languages_without_scripts_and_known_again(client: TestClient) -> None:
    page = client.get("/passports/smolensky", params={"f": "html", "lang": "ru"})
    assert "Смоленский район" in page.text
    assert "20\u00a0153" in page.text
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "Whole krai" in client.get("/passports/krai", params={"f": "html", "lang": "en"}).text
    again = client.get(
        "/passports/smolensky", params={"f": "html", "lang": "ru"}, headers={"If-None-Match": page.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("ru", "среднее, взвешенное по показателю «Население 15–64 лет»"),
        ("en", "a mean, weighted by «Population aged 15–64»"),
    ],
)
def test_the_weight_of_a_mean_is_said_in_words(client: TestClient, language: str, told: str) -> None:
    page = client.get("/indicators/wage_total", params={"f": "html", "lang": language}).text
    assert told in page
    assert "pop_age_15_64</dd>" not in page
