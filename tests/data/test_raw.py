"""The raw data are complete, agree with one another and say where they come from."""

import csv
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyproj
import pytest
import rasterio
import shapely
from ruamel.yaml import YAML

RAW = Path(__file__).parents[2] / "data" / "raw"
SUFFIX = ".provenance.yaml"
#: What is fetched from elsewhere is no part of the repository.
FETCHED = RAW / "remote"
FILES = sorted(p for p in RAW.rglob("*") if p.is_file() and not p.name.endswith(SUFFIX) and FETCHED not in p.parents)
#: Where points may lie, the krai and its neighbours: west, south, east, north in degrees.
BOUNDS = (74.0, 46.5, 93.0, 56.5)
ASCII_SLUG = re.compile(r"[a-z][a-z0-9_]*")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (RAW / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(name: str, key: str) -> list[str]:
    return [row[key] for row in rows(name)]


def features(name: str) -> list[dict[str, Any]]:
    return list(json.loads((RAW / name).read_text(encoding="utf-8"))["features"])


def shape(feature: dict[str, Any]) -> shapely.Geometry:
    return shapely.make_valid(shapely.from_geojson(json.dumps(feature["geometry"])))


def shapes(name: str, key: str) -> dict[str, shapely.Geometry]:
    return {feature["properties"][key]: shape(feature) for feature in features(name)}


def ids(path: Path) -> str:
    return path.relative_to(RAW).as_posix()


def test_there_are_raw_files() -> None:
    assert len(FILES) >= 21


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_every_file_has_its_provenance(path: Path) -> None:
    beside = path.with_name(path.name + SUFFIX)
    told = YAML(typ="safe").load(beside.read_text(encoding="utf-8"))
    for key in ("title", "received", "licence", "changes"):
        assert told[key], key
    assert set(told["attribution"]) == {"ru", "en"}
    assert all(told["attribution"].values())
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "://" not in beside.read_text(encoding="utf-8")


def test_no_provenance_without_its_file() -> None:
    described = {p.with_name(p.name.removesuffix(SUFFIX)) for p in RAW.rglob(f"*{SUFFIX}")}
    assert described == set(FILES)


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_no_file_is_over_a_megabyte(path: Path) -> None:
    assert path.stat().st_size <= 1_000_000


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".csv"], ids=ids)
def test_tables_are_rectangular_and_trimmed(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    assert len(table) > 1
    assert len(set(table[0])) == len(table[0])
    assert {len(row) for row in table} == {len(table[0])}
    assert not [cell for row in table for cell in row if cell != cell.strip()]


@pytest.mark.parametrize(
    ("name", "unnamed"),
    [
        ("krai.csv", 0),
        ("municipalities.csv", 0),
        ("boundaries/neighbours_crosswalk.csv", 0),
        ("settlements.csv", 0),
        ("resort_clusters.csv", 0),
        ("resort_sites.csv", 0),
        ("monitoring_stations.csv", 0),
        ("protected_areas.csv", 0),
        ("indicators.csv", 0),
        ("limits.csv", 0),
        ("climate_normals.csv", 0),
        # Lines and lakes that could not be told for certain; their provenance says so.
        ("hydrography/rivers_crosswalk.csv", 5),
        ("hydrography/lakes_crosswalk.csv", 23),
    ],
)
def test_names_are_in_both_languages(name: str, unnamed: int) -> None:
    table = rows(name)
    assert sum(not row["name_ru"] for row in table) == unnamed
    for row in table:
        assert bool(row["name_ru"]) == bool(row["name_en"]), row
        assert not CYRILLIC.search(row["name_en"]), row["name_en"]
        # Formulas of substances are the same in both.
        assert not row["name_ru"] or CYRILLIC.search(row["name_ru"]), row["name_ru"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("municipalities.csv", "territory_id"),
        ("municipalities.csv", "oktmo"),
        ("municipalities.csv", "name_ru"),
        ("municipalities.csv", "name_en"),
        ("municipalities.csv", "short_name_ru"),
        ("municipalities.csv", "short_name_en"),
        ("boundaries/neighbours_crosswalk.csv", "neighbour_id"),
        ("settlements.csv", "settlement_id"),
        ("resort_clusters.csv", "cluster_id"),
        ("resort_sites.csv", "site_id"),
        ("monitoring_stations.csv", "station_id"),
        ("monitoring_stations.csv", "name_ru"),
        ("monitoring_stations.csv", "name_en"),
        ("protected_areas.csv", "protected_area_id"),
        ("indicators.csv", "value_id"),
        ("limits.csv", "limit_id"),
        ("climate_normals.csv", "normal_id"),
        ("hydrography/rivers_crosswalk.csv", "river_id"),
        ("hydrography/lakes_crosswalk.csv", "lake_id"),
    ],
)
def test_keys_are_filled_and_unique(name: str, key: str) -> None:
    values = column(name, key)
    assert all(values)
    assert [v for v, n in Counter(values).items() if n > 1] == []


def test_municipalities() -> None:
    table = rows("municipalities.csv")
    assert len(table) == 69
    assert all(ASCII_SLUG.fullmatch(row["territory_id"]) for row in table)
    assert all(re.fullmatch(r"01\d{6}", row["oktmo"]) for row in table)
    assert sum(int(row["population_2021"]) for row in table) == 2_163_693
    assert sum(int(row["population_2023"]) for row in table) == 2_130_950
    assert sum(int(row["population_2024"]) for row in table) == 2_115_308
    assert Counter(row["type"] for row in table) == {"municipal_district": 56, "urban_okrug": 9, "municipal_okrug": 4}
    assert sum(row["type_2025"] == "municipal_okrug" for row in table) == 13


def test_towns_are_told_from_the_districts_of_their_name() -> None:
    named = {row["territory_id"]: row["short_name_ru"] for row in rows("municipalities.csv")}
    assert named["biysk"] == "Бийск"
    assert named["biysky"] == "Бийский район"
    assert named["smolensky"] == "Смоленский район"
    assert named["barnaul"] == "Барнаул"
    assert "Камень-на-Оби" not in named.values()


@pytest.mark.parametrize(
    ("geometry", "table", "key", "count"),
    [
        ("boundaries/altai_krai_adm2.geojson", "boundaries/altai_krai_crosswalk.csv", "shape_id", 69),
        ("boundaries/neighbouring_adm2.geojson", "boundaries/neighbours_crosswalk.csv", "shape_id", 127),
        ("hydrography/rivers_wdbii.geojson", "hydrography/rivers_crosswalk.csv", "river_id", 45),
        ("hydrography/lakes_gshhg.geojson", "hydrography/lakes_crosswalk.csv", "lake_id", 37),
    ],
)
def test_crosswalks_are_complete(geometry: str, table: str, key: str, count: int) -> None:
    there = [f["properties"][key] for f in features(geometry)]
    assert len(set(there)) == len(there) == count
    assert sorted(there) == sorted(column(table, key))


def test_every_shape_is_the_unit_of_its_centre() -> None:
    outline = shapes("boundaries/altai_krai_adm2.geojson", "shape_id")
    unit = {row["territory_id"]: row["shape_id"] for row in rows("boundaries/altai_krai_crosswalk.csv")}
    table = rows("municipalities.csv")
    assert set(unit) == {row["territory_id"] for row in table}
    outside = set()
    for row in table:
        centre = shapely.Point(float(row["centre_lon"]), float(row["centre_lat"]))
        # A centre may stand in the margin by which neighbours overlap, never farther off.
        distance = outline[unit[row["territory_id"]]].distance(centre)
        if distance > 0:
            outside.add(row["territory_id"])
            assert distance < 0.05, row["territory_id"]
    assert outside == {"aleysky", "biysky", "zarinsky", "pervomaysky", "rubtsovsky"}


def test_names_of_shapes_agree_with_names_of_units() -> None:
    unit = {row["shape_id"]: row["territory_id"] for row in rows("boundaries/altai_krai_crosswalk.csv")}
    short = {row["territory_id"]: row for row in rows("municipalities.csv")}
    differ = {}
    for feature in features("boundaries/altai_krai_adm2.geojson"):
        properties = feature["properties"]
        row = short[unit[properties["shape_id"]]]
        received = str(properties["shape_name"]).removeprefix("городской округ ")
        if received not in (row["short_name_ru"], row["short_name_en"]):
            differ[row["territory_id"]] = received
    assert differ == {"novoaltaysk": "Новоалтайс", "nemetsky": "German National District"}


def test_published_areas_are_near_those_of_the_shapes() -> None:
    geod = pyproj.Geod(ellps="WGS84")
    outline = shapes("boundaries/altai_krai_adm2.geojson", "shape_id")
    area = {
        row["territory_id"]: abs(geod.geometry_area_perimeter(outline[row["shape_id"]])[0]) / 1e6
        for row in rows("boundaries/altai_krai_crosswalk.csv")
    }
    for row in rows("municipalities.csv"):
        if row["area_official_km2"]:
            published = float(row["area_official_km2"])
            assert area[row["territory_id"]] == pytest.approx(published, rel=0.055), row["territory_id"]


def test_neighbours_lie_in_the_country_of_their_code() -> None:
    country = {"9891525B": "Kazakhstan", "93677404": "Mongolia", "62558664": "China", "50074027": "Russia"}
    table = rows("boundaries/neighbours_crosswalk.csv")
    assert all(row["country_en"] == country[row["shape_id"][:8]] for row in table)
    assert not any(row["region_en"] == "Altai Krai" for row in table)
    regions: dict[str, set[str]] = {}
    for row in table:
        regions.setdefault(row["region_en"], set()).add(row["country_en"])
    assert all(len(countries) == 1 for countries in regions.values())
    sharbakty = next(row for row in table if row["neighbour_id"] == "kz_sharbakty")
    assert (sharbakty["name_ru"], sharbakty["region_en"]) == ("Шарбактинский район", "Pavlodar Region")


def test_known_towns_lie_in_the_neighbour_of_their_name() -> None:
    outline = shapes("boundaries/neighbouring_adm2.geojson", "shape_id")
    unit = {row["neighbour_id"]: outline[row["shape_id"]] for row in rows("boundaries/neighbours_crosswalk.csv")}
    place = {row["name_en"]: shapely.Point(float(row["lon"]), float(row["lat"])) for row in rows("settlements.csv")}
    for town, neighbour in {
        "Sharbakty": "kz_sharbakty",
        "Semey": "kz_semey",
        "Ridder": "kz_ridder",
        "Kosh-Agach": "ru_kosh_agachsky",
        "Turochak": "ru_turochaksky",
        "Novosibirsk": "ru_novosibirsk",
        "Kemerovo": "ru_kemerovo",
        "Karasuk": "ru_karasuksky",
        "Tashtagol": "ru_tashtagolsky",
    }.items():
        assert unit[neighbour].contains(place[town]), town


def test_cluster_members() -> None:
    members: dict[str, set[str]] = {}
    for row in rows("resort_cluster_members.csv"):
        assert list(row) == ["cluster_id", "territory_id"]
        members.setdefault(row["cluster_id"], set()).add(row["territory_id"])
    assert members == {
        "big_belokurikha": {"altaysky", "smolensky", "sovetsky", "soloneshensky", "belokurikha"},
        "pilot_zone": {"altaysky", "smolensky", "sovetsky"},
    }
    assert set(members) == set(column("resort_clusters.csv", "cluster_id"))
    table = rows("municipalities.csv")
    assert {row["territory_id"] for row in table if row["pilot"] == "true"} == members["pilot_zone"]
    assert {row["territory_id"] for row in table if row["cluster"]} == members["big_belokurikha"]


@pytest.mark.parametrize(
    "name",
    [
        "settlements.csv",
        "resort_sites.csv",
        "monitoring_stations.csv",
        "protected_areas.csv",
        "indicators.csv",
        "resort_cluster_members.csv",
    ],
)
def test_territories_are_known(name: str) -> None:
    known = set(column("municipalities.csv", "territory_id")) | {""}
    assert set(column(name, "territory_id")) <= known


@pytest.mark.parametrize(
    ("name", "count", "unknown"),
    [
        ("settlements.csv", 322, 0),
        ("resort_sites.csv", 32, 6),
        ("monitoring_stations.csv", 86, 1),
        ("protected_areas.csv", 13, 5),
    ],
)
def test_coordinates_are_plausible(name: str, count: int, unknown: int) -> None:
    west, south, east, north = BOUNDS
    table = rows(name)
    assert len(table) == count
    assert sum(not row["lon"] for row in table) == unknown
    for row in table:
        assert bool(row["lon"]) == bool(row["lat"]), row
        if row["lon"]:
            assert west < float(row["lon"]) < east, row
            assert south < float(row["lat"]) < north, row
        if "location_accuracy" in row:
            assert (row["location_accuracy"] == "unknown") == (not row["lon"]), row


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".geojson"], ids=ids)
def test_geometries_are_plausible(path: Path) -> None:
    west, south, east, north = BOUNDS
    for feature in features(ids(path)):
        left, bottom, right, top = shape(feature).bounds
        assert west - 2 < left <= right < east + 2, feature["properties"]
        assert south - 2 < bottom <= top < north + 2, feature["properties"]


@pytest.mark.parametrize(
    "name", ["settlements.csv", "resort_sites.csv", "monitoring_stations.csv", "protected_areas.csv"]
)
def test_points_lie_in_their_territory(name: str) -> None:
    outline = shapes("boundaries/altai_krai_adm2.geojson", "shape_id")
    unit = {row["territory_id"]: outline[row["shape_id"]] for row in rows("boundaries/altai_krai_crosswalk.csv")}
    for row in rows(name):
        if row["territory_id"] and row["lon"]:
            # Two hundredths of a degree: catalogues round to one, and the outlines are simplified.
            assert unit[row["territory_id"]].distance(shapely.Point(float(row["lon"]), float(row["lat"]))) < 0.02, row


@pytest.mark.parametrize("name", ["resort_sites.csv", "monitoring_stations.csv"])
def test_points_known_by_their_settlement_stand_at_its_point(name: str) -> None:
    point = {row["settlement_id"]: (row["lon"], row["lat"]) for row in rows("settlements.csv")}
    table = rows(name)
    assert sum(row["location_accuracy"] == "settlement" for row in table) >= 7
    for row in table:
        assert (row["location_accuracy"] == "settlement") == bool(row["settlement_id"]), row
        if row["settlement_id"]:
            assert (row["lon"], row["lat"]) == point[row["settlement_id"]], row


def test_air_posts_stand_at_their_town() -> None:
    posts = [row for row in rows("monitoring_stations.csv") if row["medium"] == "air"]
    assert len(posts) == 7
    assert all(row["location_accuracy"] == "settlement" and row["note_ru"] and row["note_en"] for row in posts)


def test_stations_tell_the_span_of_the_catalogue_as_such() -> None:
    table = rows("monitoring_stations.csv")
    assert not {"active_since", "active_until"} & set(table[0])
    assert Counter(row["medium"] for row in table) == {
        "water": 51,
        "meteo": 25,
        "air": 7,
        "radiation": 1,
        "seismic": 1,
        "infrasound": 1,
    }
    assert all(row["river_ru"] and row["river_en"] for row in table if row["medium"] == "water")


def test_settlements_know_no_population_of_zero() -> None:
    populations = column("settlements.csv", "population")
    assert "" in populations
    assert all(int(p) > 0 for p in populations if p)
    assert sum(row["admin_centre"] == "true" for row in rows("settlements.csv")) == 64


def test_indicators_count_nobody_twice() -> None:
    table = rows("indicators.csv")
    assert len(table) == 3706

    def total(code: str, year: str) -> int:
        return sum(int(row["value"]) for row in table if (row["indicator"], row["period"]) == (code, year))

    assert total("census_pop_total", "2021") == 2_163_693
    assert total("census_pop_men", "2021") + total("census_pop_women", "2021") == 2_163_693
    assert total("pop_jan1", "2024") == 2_115_308
    ages = sum(total(code, "2024") for code in ("pop_age_0_14", "pop_age_15_64", "pop_age_65plus"))
    assert ages == total("pop_jan1", "2024")
    census = {row["territory_id"]: row["value"] for row in table if row["indicator"] == "census_pop_total"}
    assert census == {row["territory_id"]: row["population_2021"] for row in rows("municipalities.csv")}


def test_an_indicator_has_one_name_and_one_unit() -> None:
    seen: dict[str, set[tuple[str, ...]]] = {}
    for row in rows("indicators.csv"):
        seen.setdefault(row["indicator"], set()).add((row["name_ru"], row["name_en"], row["unit"]))
        assert row["value_id"] == f"{row['indicator']}.{row['territory_id']}.{row['period']}"
    assert len(seen) == 36
    assert all(len(told) == 1 for told in seen.values())


def test_limits() -> None:
    table = rows("limits.csv")
    assert len(table) == 138
    assert all(float(row["value"]) > 0 for row in table)
    assert {row["name_en"] for row in table if row["bound"] == "minimum"} == {"Dissolved oxygen"}
    assert all(bool(row["note_ru"]) == bool(row["note_en"]) for row in table)


def test_climate_normals() -> None:
    table = rows("climate_normals.csv")
    assert len(table) == 3140
    assert set(column("climate_normals.csv", "station_id")) <= set(column("monitoring_stations.csv", "station_id"))
    assert Counter(row["kind"] for row in table) == {"grid": 3036, "station": 104}
    temperatures = [float(row["value"]) for row in table if row["unit"] == "°C"]
    assert min(temperatures) > -40
    assert max(temperatures) < 40


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".tif"], ids=ids)
def test_rasters_cover_the_krai_and_name_their_nodata(path: Path) -> None:
    with rasterio.open(path) as raster:
        assert raster.crs.to_epsg() == 4326
        assert raster.nodata is not None
        assert tuple(raster.bounds) == pytest.approx((76.5, 49.5, 89.0, 55.5))
    krai = shapely.union_all(list(shapes("boundaries/altai_krai_adm2.geojson", "shape_id").values()))
    assert shapely.box(76.5, 49.5, 89.0, 55.5).contains(krai)
