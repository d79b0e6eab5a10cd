"""What the ETL makes of the real raw files, as a stranger would check it."""

import csv
import json
import re
from collections.abc import Callable, Iterator

import geopandas as gpd
import numpy as np
import psycopg
import pytest
import rasterio
import shapely
from pyproj import Geod
from rasterio.warp import transform_bounds
from shapely import wkb

from conftest import ROOT, Installation

RAW = ROOT / "data" / "raw"
CLUSTER = {"altaysky", "smolensky", "sovetsky", "soloneshensky", "belokurikha"}
PILOT = {"altaysky", "smolensky", "sovetsky"}

Read = Callable[[str], list[dict[str, object]]]


@pytest.fixture(scope="module")
def read(installation: Installation) -> Iterator[Read]:
    """All rows of a layer's current table; geometry as shapely's."""
    with psycopg.connect(installation.url, row_factory=psycopg.rows.dict_row) as connection:

        def rows(layer: str) -> list[dict[str, object]]:
            relation = connection.execute(
                "SELECT relation FROM altaigis.revisions JOIN altaigis.current USING (layer, number) WHERE layer = %s",
                [layer],
            ).fetchone()
            assert relation is not None, layer
            found = connection.execute(f'SELECT * FROM layers."{relation["relation"]}"').fetchall()
            for row in found:
                if row.get("geom"):
                    row["geom"] = wkb.loads(row["geom"])
            return found

        yield rows


def geometries(rows: list[dict[str, object]]) -> np.ndarray:
    return np.array([row["geom"] for row in rows], dtype=object)


def geodesic_km2(geometry: shapely.Geometry) -> float:
    return abs(Geod(ellps="WGS84").geometry_area_perimeter(shapely.orient_polygons(geometry))[0]) / 1e6


def raw(name: str) -> list[dict[str, str]]:
    with (RAW / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_layer_is_loaded(installation: Installation, read: Read) -> None:
    with psycopg.connect(installation.url) as connection:
        counts = dict(
            connection.execute("SELECT layer, features FROM altaigis.revisions JOIN altaigis.current USING (layer)")
        )
        runs = connection.execute("SELECT outcome, count(*) FROM altaigis.runs GROUP BY outcome").fetchall()
    assert set(counts) == {layer.id for layer in installation.catalog}
    assert runs == [("loaded", len(counts))]
    tables = {layer.id for layer in installation.catalog if layer.kind != "raster" and not layer.source.ledger}
    assert all(len(read(name)) == counts[name] > 0 for name in tables)


def test_nothing_real_is_refused(installation: Installation) -> None:
    with psycopg.connect(installation.url) as connection:
        refused = connection.execute("SELECT layer, message FROM altaigis.findings WHERE severity = 'error'").fetchall()
    assert refused == []


def test_codes_are_those_of_where_things_stand(installation: Installation) -> None:
    rules = ["references", "agree", "within", "covers", "sum", "unique"]
    with psycopg.connect(installation.url) as connection:
        found = connection.execute("SELECT layer, message FROM altaigis.findings WHERE rule = ANY(%s)", [rules])
        assert found.fetchall() == []
        (report,) = connection.execute("SELECT report FROM altaigis.runs WHERE layer = 'monitoring_points'").fetchone()
    asked = {entry["rule"] for entry in report["cleaning"]}
    assert {"references", "within", "agree", "sliver", "geometry null"} <= asked


def test_69_municipalities_with_codes_names_area_and_population(read: Read) -> None:
    rows = read("districts")
    assert len(rows) == 69
    for row in rows:
        assert re.fullmatch(r"01\d{6}", str(row["oktmo"])), row["territory_id"]
        assert re.search("[А-Яа-яЁё]", str(row["name_ru"]))
        assert re.fullmatch(r"[A-Za-z' -]+", str(row["name_en"])), row["name_en"]
        assert row["population"] > 0
        assert row["area_km2"] > 0
    for unique in ("territory_id", "oktmo", "name_ru", "name_en", "short_name_ru", "tile_id"):
        assert len({row[unique] for row in rows}) == 69, unique
    names = {row["oktmo"]: row["name_ru"] for row in rows}
    assert names["01701000"] == "городской округ город Барнаул"
    published = {row["territory_id"]: row for row in raw("municipalities.csv")}
    for row in rows:
        assert row["name_ru"] == published[row["territory_id"]]["name_ru"]
        assert row["population"] == int(published[row["territory_id"]]["population_2021"])


def test_sums_and_densities(read: Read) -> None:
    rows = read("districts")
    assert sum(row["population"] for row in rows) == 2_163_693
    assert sum(geodesic_km2(row["geom"]) for row in rows) == pytest.approx(167_996, rel=0.001)
    for row in rows:
        area = geodesic_km2(row["geom"])
        assert row["area_km2"] == pytest.approx(area, abs=0.051)
        assert row["density"] == pytest.approx(row["population"] / area, rel=0.001, abs=0.006), row["territory_id"]


def test_pilot_districts_and_cluster_members(read: Read) -> None:
    rows = read("districts")
    assert {row["territory_id"] for row in rows if row["pilot"]} == PILOT
    assert {row["territory_id"] for row in rows if row["cluster"] == "big_belokurikha"} == CLUSTER


def test_districts_tile_the_krai(read: Read) -> None:
    """As PostGIS gives them back: no overlap, no gap, and one border between two neighbours, vertex for vertex."""
    shapes = geometries(read("districts"))
    assert shapely.is_valid(shapes).all()
    assert set(shapely.get_type_id(shapes)) == {6}
    assert shapely.coverage_is_valid(shapes), shapely.coverage_invalid_edges(shapes)
    union = shapely.union_all(shapes)
    assert sum(len(part.interiors) for part in shapely.get_parts(union)) == 0
    assert union.area == pytest.approx(shapely.area(shapes).sum(), rel=1e-12)
    tree = shapely.STRtree(shapes)
    pairs = [(a, b) for a, b in tree.query(shapes, predicate="intersects").T if a < b]
    borders = 0
    for a, b in pairs:
        shared = shapely.line_merge(shapely.intersection(shapes[a].boundary, shapes[b].boundary))
        if shared.length == 0:
            continue
        borders += 1
        on_both = set(map(tuple, shapely.get_coordinates(shapes[a]))) & set(
            map(tuple, shapely.get_coordinates(shapes[b]))
        )
        assert set(map(tuple, shapely.get_coordinates(shared))) <= on_both, (a, b)
    assert borders > 150


def test_districts_stand_where_they_stood(read: Read) -> None:
    """Cleaning moves borders, not districts: the same ground as in the raw file, under the right name."""
    key = {row["shape_id"]: row["territory_id"] for row in raw("boundaries/altai_krai_crosswalk.csv")}
    source = json.loads((RAW / "boundaries/altai_krai_adm2.geojson").read_text(encoding="utf-8"))
    before = {
        key[f["properties"]["shape_id"]]: shapely.make_valid(shapely.from_geojson(json.dumps(f["geometry"])))
        for f in source["features"]
    }
    for row in read("districts"):
        shape = row["geom"]
        common = shapely.intersection(shape, before[row["territory_id"]]).area
        assert common / shapely.union(shape, before[row["territory_id"]]).area > 0.85, row["territory_id"]


def test_the_krai_is_the_union_of_its_districts(read: Read) -> None:
    (krai,) = read("krai")
    union = shapely.union_all(geometries(read("districts")))
    assert shapely.equals(krai["geom"], union)
    assert shapely.symmetric_difference(krai["geom"], union).area == 0
    assert krai["population"] == 2_163_693


def test_resort_clusters_are_unions_of_their_members(read: Read) -> None:
    shapes = {row["territory_id"]: row["geom"] for row in read("districts")}
    zones = {row["cluster_id"]: row["geom"] for row in read("resort_clusters")}
    assert set(zones) == {"big_belokurikha", "pilot_zone"}
    for name, members in (("big_belokurikha", CLUSTER), ("pilot_zone", PILOT)):
        assert shapely.equals(zones[name], shapely.union_all([shapes[m] for m in members])), name


def test_stations_known_by_their_town_stand_at_its_point(read: Read) -> None:
    towns = {row["settlement_id"]: row["geom"] for row in read("settlements")}
    stations = read("monitoring_points")
    by_town = [row for row in stations if row["location_accuracy"] == "settlement"]
    assert by_town
    assert all(row["geom"].equals(towns[row["settlement_id"]]) for row in by_town)
    assert {row["location_accuracy"] for row in stations if row["medium"] == "air"} <= {"settlement", "unknown"}


@pytest.mark.parametrize("layer", ["resort_sites", "monitoring_points", "protected_areas"])
def test_without_coordinates_the_geometry_is_null(read: Read, layer: str) -> None:
    for row in read(layer):
        assert (row["geom"] is None) == (row["location_accuracy"] == "unknown"), row
    if layer != "monitoring_points":
        assert any(row["geom"] is None for row in read(layer))


@pytest.mark.parametrize(
    "layer", ["krai", "districts", "neighbours", "settlements", "resort_clusters", "resort_sites", "monitoring_points"]
)
def test_names_in_both_languages(read: Read, layer: str) -> None:
    for row in read(layer):
        assert row["name_ru"]
        assert row["name_en"]
        assert not re.search("[А-Яа-яЁё]", str(row["name_en"])), row["name_en"]


def test_every_geometry_is_valid_and_in_degrees(installation: Installation, read: Read) -> None:
    for layer in installation.catalog:
        if layer.kind != "vector" or layer.source.ledger:
            continue
        shapes = [row["geom"] for row in read(layer.id) if row["geom"]]
        assert shapely.is_valid(shapes).all(), layer.id
        assert {shape.geom_type for shape in shapes} == {layer.geometry_type}
        west, south, east, north = shapely.total_bounds(shapes)
        assert 55 < west < east < 110, layer.id
        assert 40 < south < north < 70, layer.id


def test_tables_hold_what_their_files_hold(read: Read) -> None:
    values = {row["value_id"]: row["value"] for row in read("published_values")}
    assert values == {row["value_id"]: float(row["value"]) for row in raw("indicators.csv")}
    assert len(read("climate_normals")) == len(raw("climate_normals.csv"))


def test_the_product_is_geoparquet(installation: Installation, read: Read) -> None:
    frame = gpd.read_parquet(installation.settings.processed_dir / "districts.parquet")
    assert frame.crs.to_epsg() == 4326
    stored = {row["territory_id"]: row["geom"] for row in read("districts")}
    for name, shape in zip(frame["territory_id"], frame.geometry, strict=True):
        assert shapely.equals_identical(shape, stored[name]), "the database holds what the file holds"


@pytest.mark.parametrize("layer", ["elevation", "landcover", "climate_zones"])
def test_rasters_become_cogs_with_the_values_of_the_source(installation: Installation, layer: str) -> None:
    source_name = installation.catalog.layer(layer).source.file
    (product,) = installation.settings.processed_dir.glob(f"{layer}.*.tif")
    with rasterio.open(product) as cog, rasterio.open(RAW / source_name) as source:
        assert cog.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert cog.profile["tiled"]
        assert cog.block_shapes[0][0] <= 256 or max(cog.shape) <= 512
        assert bool(cog.overviews(1)) == (max(cog.shape) > 256)
        assert (cog.crs, cog.transform, cog.nodata) == (source.crs, source.transform, source.nodata)
        assert cog.dtypes == source.dtypes
        np.testing.assert_array_equal(cog.read(1), source.read(1))
        west, south, east, north = transform_bounds(cog.crs, "EPSG:4326", *cog.bounds)
        assert west < 78
        assert east > 87
        assert south < 50.7
        assert north > 54.4
