"""Indicators over HTTP: the catalogue, slices of the cube, and classes; numbers that can be checked by hand."""

import bisect
import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient

from altaigis.analytics.classes import classify


def get(client: TestClient, *path: str, **query: str) -> dict[str, Any]:
    answer = client.get("/".join(("/indicators", *path)), params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def value(client: TestClient, code: str, territory: str, period: int, **query: str) -> Any:
    (row,) = get(client, code, "values", territory=territory, period=str(period), **query)["values"]
    return row


def test_the_catalogue_tells_what_there_is(client: TestClient) -> None:
    themes = {theme["id"]: theme for theme in get(client, lang="en")["themes"]}
    assert {"population", "age", "migration", "wages", "land"} <= themes.keys()
    listed = {it["code"]: it for theme in themes.values() for it in theme["indicators"]}
    assert listed["pop_jan1"]["periods"] == [2023, 2024]
    assert listed["pop_growth"]["periods"] == [2024]
    assert listed["area_km2"]["unit"] == "km²"
    page = client.get("/indicators", params={"f": "html", "lang": "ru"})
    assert "Демографическая нагрузка" in page.text
    assert "/indicators" in {link["href"].removeprefix("http://testserver") for link in client.get("/").json()["links"]}


def test_an_indicator_tells_its_formula_and_inputs(client: TestClient) -> None:
    told = get(client, "dependency_ratio", lang="en")
    assert told["source"] == {
        "kind": "formula",
        "formula": "(pop_age_0_14 + pop_age_65plus) / pop_age_15_64",
        "inputs": ["pop_age_0_14", "pop_age_65plus", "pop_age_15_64"],
    }
    assert told["aggregation"] == "mean, weighted by pop_age_15_64"
    assert [one["code"] for one in told["inputs"]] == ["pop_age_0_14", "pop_age_15_64", "pop_age_65plus"]
    assert {link["rel"] for link in told["links"]} >= {"self", "alternate", "data", "items"}
    page = client.get("/indicators/dependency_ratio", params={"f": "html", "lang": "en"}).text
    assert "(pop_age_0_14 + pop_age_65plus) / pop_age_15_64" in page


def test_known_values(client: TestClient) -> None:
    krai = value(client, "census_pop_total", "krai", 2021)
    assert (krai["value"], krai["flag"], krai["parts"], krai["parts_there"]) == (2_163_693, "official", 69, 69)
    # (4035 + 4210) / 12227 = 67.43 %
    assert value(client, "dependency_ratio", "smolensky", 2023)["value"] == 67.4
    missing = value(client, "wage_okved_b", "smolensky", 2023)
    assert (missing["value"], missing["flag"]) == (None, "missing")
    assert value(client, "area_km2", "krai", 2024)["value"] == pytest.approx(167_996, rel=0.001)


def test_values_are_a_table_too(client: TestClient) -> None:
    answer = client.get("/indicators/pop_jan1/values", params={"period": "2024/..", "territory": "krai", "f": "csv"})
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["territory_id"], row["period"], float(row["value"])) == ("krai", "2024", 2_115_308)


def test_a_day_before_the_okrugs_has_the_former_codes(client: TestClient) -> None:
    old = get(client, "pop_jan1", "values", territory="zalesovsky,smolensky", units="2020-01-01")
    codes = {it["territory_id"]: it for it in old["territories"]}
    assert (codes["zalesovsky"]["oktmo"], codes["zalesovsky"]["valid_to"]) == ("01612000", "2023-01-01")
    assert (codes["smolensky"]["oktmo"], codes["smolensky"]["valid_to"]) == ("01640000", None)
    new = get(client, "pop_jan1", "values", territory="zonalny", units="2026-01-01")
    assert new["territories"][0]["oktmo"] is None  # not found: not invented
    published = get(client, "pop_jan1", "values", territory="zonalny")
    assert [it["value"] for it in new["values"]] == [it["value"] for it in published["values"]]


def test_sums_are_told_per_inhabitants_per_area_and_as_shares(client: TestClient) -> None:
    def values(code: str, **asked: str) -> dict[str, float]:
        return {
            row["territory_id"]: row["value"] for row in get(client, code, "values", period="2024", **asked)["values"]
        }

    people, area = values("pop_jan1"), values("area_km2")
    shares = values("pop_jan1", per="whole")
    assert shares["smolensky"] == pytest.approx(100 * people["smolensky"] / people["krai"])
    assert shares["krai"] == pytest.approx(100)
    dense = get(client, "pop_jan1", "values", period="2024", per="area")
    assert dense["unit"] == "persons/km²"
    assert {row["territory_id"]: row["value"] for row in dense["values"]}["barnaul"] == pytest.approx(
        people["barnaul"] / area["barnaul"]
    )
    told = get(client, "pop_jan1", "classes", per="area", method="quantile", count="4")
    assert sum(one["count"] for one in told["classes"]) == 69
    assert (told["unit"], len(told["classes"])) == ("persons/km²", 4)
    assert [one["id"] for one in get(client, "pop_jan1")["per"]] == ["area", "whole"]
    assert [one["id"] for one in get(client, "pop_age_15_64")["per"]] == ["persons", "area", "whole"]
    assert get(client, "dependency_ratio")["per"] == []


def test_colours_can_diverge_from_the_value_of_the_whole(client: TestClient) -> None:
    told = get(client, "wage_total", "classes", diverging="whole", method="quantile", count="4")
    krai = next(
        row["value"]
        for row in get(client, "wage_total", "values", period="2024")["values"]
        if row["territory_id"] == "krai"
    )
    assert told["centre"] in told["breaks"]
    assert told["centre"] == pytest.approx(krai, abs=0.05)
    assert len({one["colour"] for one in told["classes"]}) == len(told["classes"])
    assert get(client, "wage_total", "classes", palette="Greys")["classes"][0]["colour"] == "#f0f0f0"


@pytest.mark.parametrize("count", range(2, 10))
def test_colours_that_diverge_have_as_many_classes_as_were_asked_for(client: TestClient, count: int) -> None:
    told = get(client, "wage_total", "classes", diverging="whole", method="quantile", count=str(count))
    assert (told["asked"], len(told["classes"])) == (count, count)
    assert sum(one["count"] for one in told["classes"]) == 69


@pytest.mark.parametrize("method", ["quantile", "jenks", "equal"])
def test_breaks_are_as_round_as_leaves_every_unit_in_its_class(client: TestClient, method: str) -> None:
    told = get(client, "wage_total", "classes", method=method, period="2024")
    rows = get(client, "wage_total", "values", period="2024")["values"]
    values = sorted(row["value"] for row in rows if row["territory_kind"] == "unit")
    exact = classify(values, method).breaks  # type: ignore[arg-type]
    for value in values:
        assert bisect.bisect(told["breaks"], value) == bisect.bisect(exact, value)
    if method != "equal":
        assert all(bound == round(bound, -1) for bound in told["breaks"])


def test_that_equal_values_leave_fewer_classes_is_told(client: TestClient) -> None:
    told = get(client, "forest_share", "classes", count="9", lang="en")
    assert len(told["classes"]) < 9
    assert f"{len(told['classes'])} classes and not 9" in told["title"]


def test_breaks_of_all_years_are_not_called_those_of_one(client: TestClient) -> None:
    told = get(client, "wage_total", "classes", series="fixed", lang="en")
    assert told["title"] == "quantiles of all years together, the same for all years"


def test_who_the_values_are_from_is_told_of_each_indicator(client: TestClient) -> None:
    assert get(client, "wage_total", lang="en")["attribution"] == "Rosstat; SberIndex"
    assert "NASA" not in get(client, "pop_density", lang="en")["attribution"]


def test_classes_are_those_that_are_asked_for(client: TestClient) -> None:
    own = get(client, "dependency_ratio", "classes")
    assert (own["period"], own["method"], len(own["classes"])) == (2024, "quantile", 5)
    assert sum(one["count"] for one in own["classes"]) == 69
    assert len({one["colour"] for one in own["classes"]}) == 5
    fixed = [get(client, "pop_jan1", "classes", series="fixed", period=str(year))["breaks"] for year in (2023, 2024)]
    assert fixed[0] == fixed[1]
    given = get(client, "net_migration_rate", "classes", breaks="-5,0,5")
    assert (given["method"], given["breaks"]) == ("manual", [-5, 0, 5])
    for method in ("equal", "jenks", "head_tail", "std"):
        told = get(client, "wage_total", "classes", method=method, count="4")
        assert sum(one["count"] for one in told["classes"]) == 69
        assert told["breaks"] == sorted(set(told["breaks"]))


@pytest.mark.parametrize(
    ("path", "query", "status", "told"),
    [
        ("nothing", {}, 404, "no indicator 'nothing'"),
        ("pop_jan1/values", {"period": "2019"}, 400, "no values in 2019; there are in 2023, 2024"),
        ("pop_jan1/values", {"period": "2000/2010"}, 400, "no values in 2000/2010"),
        ("pop_jan1/values", {"period": "last"}, 400, "'last' is no year"),
        ("pop_jan1/values", {"territory": "atlantis"}, 400, "'atlantis' is no territory"),
        ("pop_jan1/values", {"units": "2024"}, 400, "neither published nor a day"),
        ("pop_jan1/classes", {"period": "1999"}, 400, "no values in 1999"),
        ("pop_jan1/classes", {"method": "magic"}, 400, "'magic' is not offered"),
        ("pop_jan1/classes", {"method": "manual"}, 400, "breaks"),
        ("pop_jan1/classes", {"breaks": "3,1"}, 400, "ascending"),
        ("pop_jan1/classes", {"count": "13"}, 400, "from 2 to 12"),
        ("pop_jan1/classes", {"colour": "red"}, 400, "not a parameter"),
        ("pop_jan1/classes", {"palette": "rainbow"}, 400, "'rainbow' is not offered"),
        ("pop_jan1/values", {"per": "cow"}, 400, "there are area, whole"),
        ("dependency_ratio/values", {"per": "area"}, 400, "is no sum"),
        ("pop_jan1/values", {"per": "area", "units": "2022-01-01"}, 400, "leave out units"),
    ],
)
def test_what_cannot_be_answered_is_told(
    client: TestClient, path: str, query: dict[str, str], status: int, told: str
) -> None:
    answer = client.get(f"/indicators/{path}", params=query)
    assert answer.status_code == status
    assert told in answer.json()["description"]
