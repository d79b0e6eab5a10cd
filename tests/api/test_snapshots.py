"""The map in one file: it holds what the API tells, asks nobody for anything, and tells what is wrong."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

#: What a page may be made to load, or to run.
LOADED = re.compile(r"""(?:src|srcset|href|action|data)=["']?([^"'\s>]+)|url\(["']?([^"')]+)""")


def snapshot(client: TestClient, **query: str) -> str:
    answer = client.get("/snapshot.html", params={"lang": "en"} | query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def refused(client: TestClient, **query: str) -> dict[str, Any]:
    answer = client.get("/snapshot.html", params=query)
    assert answer.status_code == 400, answer.text
    return dict(answer.json())


def test_the_file_needs_nobody(client: TestClient) -> None:
    page = snapshot(client, title="Districts & “towns”")
    body = page[page.index("<body>") :]
    head = re.sub(r"<script>.*?</script>", "", page[: page.index("<body>")], flags=re.DOTALL)
    named = {
        first or second for first, second in LOADED.findall(head + re.sub(r"<script>.*", "", body, flags=re.DOTALL))
    }
    outside = {name for name in named if not name.startswith(("#", "data:"))}
    # the way to the living map is all that leads out of it
    assert len(outside) == 1
    assert outside.pop().startswith("http://testserver/?lang=en#")
    assert "<title>Districts &amp; “towns”</title>" in page
    assert '<html lang="en">' in page
    assert "default-src 'none'" in page
    assert len(page) < 4_000_000


def test_nothing_of_the_server_is_the_files(client: TestClient) -> None:
    answer = client.get("/snapshot.html?layers=krai")
    policy = answer.headers["content-security-policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert re.fullmatch(r'inline; filename="altaigis-\d{4}-\d\d-\d\d.html"', answer.headers["content-disposition"])
    again = client.get("/snapshot.html?layers=krai", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_each_unit_is_there_with_what_is_known_of_it(client: TestClient) -> None:
    page = snapshot(client, layers="districts")
    units = client.get("/collections/districts/items?limit=1000").json()["features"]
    for unit in units:
        assert f'"id": "{unit["id"]}"' in page
        assert f'"name": "{unit["properties"]["short_name_en"]}"' in page
    density = client.get("/collections/districts/styles/default?f=json").json()
    assert all(colour in page for colour in density["colours"])
    assert "Sources: © OpenStreetMap contributors by geoBoundaries · Rosstat" in page


def test_units_are_drawn_by_an_indicator(client: TestClient) -> None:
    asked = {"period": "2023", "method": "jenks", "count": "4", "series": "fixed"}
    told = client.get("/indicators/wage_total/classes", params=asked | {"lang": "en"}).json()
    page = snapshot(client, layers="districts", ind="wage_total/period:2023/method:jenks/count:4")
    assert "Average monthly wage, RUB a month, 2023" in page
    for one in told["classes"]:
        assert page.count(f'"fillColor": "{one["colour"]}"') == 1
    values = client.get("/indicators/wage_total/values?period=2023").json()["values"]
    barnaul = next(row["value"] for row in values if row["territory_id"] == "barnaul")
    # names of fields first, as it is what the map is about
    assert re.search(
        rf"Average monthly wage\S*</th\S*td\S*{barnaul:,.1f}", page.replace("\\u003c", "<").replace(" RUB", "")
    )


def test_circles_stand_for_values(client: TestClient) -> None:
    page = snapshot(client, layers="districts", ind="pop_jan1/symbols")
    radii = dict(re.findall(r'"id": "(\w+)", "properties": {[^}]*"radius": ([\d.]+)', page))
    values = client.get("/indicators/pop_jan1/values").json()["values"]
    last = max(row["period"] for row in values)
    of = {
        row["territory_id"]: row["value"] for row in values if row["period"] == last and row["territory_kind"] == "unit"
    }
    largest = max(value for value in of.values() if value)
    assert {unit for unit, value in of.items() if value is not None} == radii.keys()
    for unit, radius in radii.items():
        assert float(radius) == pytest.approx(max(1.5, 30 * (of[unit] / largest) ** 0.5), abs=0.06)


def test_what_is_faded_is_faded(client: TestClient) -> None:
    full, half = (snapshot(client, layers="lakes", **more) for more in ({}, {"opacity": "lakes:50"}))
    shares = [float(re.findall(r'"fillOpacity": ([\d.]+)', page)[0]) for page in (full, half)]
    assert shares[1] == pytest.approx(shares[0] / 2)


def test_it_opens_where_it_was_looked_at(client: TestClient) -> None:
    page = snapshot(client, layers="krai", map="8.25/52.5/85")
    assert re.search(r"center: \[52\.5, 85\.0\]", page)
    assert '"zoom": 8.25' in page
    # closer by, borders are finer
    assert len(snapshot(client, layers="districts", map="10/52/85")) > len(
        snapshot(client, layers="districts", map="5/52/85")
    )


def test_titles_are_text(client: TestClient) -> None:
    page = snapshot(client, layers="krai", title="</title><script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"map": "7/52"}, "map"),
        ({"map": "7/52/nan"}, "map"),
        ({"map": "15/52/85"}, "map"),
        ({"map": "7/86/85"}, "map"),
        ({"layers": "districts,moon"}, "layers"),
        ({"layers": "limits"}, "layers"),
        ({"layers": "a," * 2000}, "layers"),
        ({"opacity": "lakes"}, "opacity"),
        ({"opacity": "lakes:101"}, "opacity"),
        ({"ind": "moonlight"}, "ind"),
        ({"ind": "wage_total/period:99"}, "ind"),
        ({"ind": "wage_total/period:1999"}, "ind"),
        ({"ind": "wage_total/method:guess"}, "ind"),
        ({"ind": "wage_total/colour:red"}, "ind"),
        ({"ind": "wage_total/per:km2"}, "ind"),
        ({"title": "x" * 201}, "title"),
        ({"sel": "districts/barnaul"}, "sel"),
        ({"f": "json"}, "f"),
    ],
)
def test_a_wrong_question_is_told(client: TestClient, query: dict[str, str], parameter: str) -> None:
    assert refused(client, **query)["description"].startswith(f"{parameter}: ")


def test_only_the_map_for_frames_may_be_framed(client: TestClient) -> None:
    browser = {"Accept": "text/html"}
    policies = {
        path: client.get(path, headers=browser).headers["content-security-policy"]
        for path in ("/", "/?embed", "/?embed=1&lang=en", "/api.html")
    }
    assert {path for path, policy in policies.items() if policy.endswith("frame-ancestors *")} == {
        "/?embed",
        "/?embed=1&lang=en",
    }
    assert all("frame-ancestors 'self'" in policies[path] for path in ("/", "/api.html"))


def test_the_app_can_be_installed(client: TestClient) -> None:
    manifest = client.get("/app.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        picture = client.get(f"/{icon['src']}")
        assert picture.headers["content-type"] == "image/png"
        width = int.from_bytes(picture.content[16:20])
        assert icon["sizes"] == f"{width}x{width}"
    worker = client.get("/sw.js")
    assert worker.headers["content-type"] == "text/javascript; charset=utf-8"
    # a browser asks for it each time, so that an update is taken
    assert worker.headers["cache-control"] == "no-cache"
    for file in re.findall(r'"(assets/[^"]+)"', worker.text):
        assert client.get(f"/{file}").status_code == 200
