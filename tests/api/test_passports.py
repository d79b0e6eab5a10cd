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
        assert (it["place"], it["of"]) == (len(better) + 1, len(there))
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
