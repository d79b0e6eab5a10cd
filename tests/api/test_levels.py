"""zoom and maxAllowableOffset: the same features in fewer vertices, in every format, without a crack."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.domain.detail import pixel
from altaigis.domain.grid import Grid
from altaigis.settings import Settings
from altaigis.store.revisions import current_revisions
from conftest import Installation
from etl.test_levels import rough_squares
from etl.test_pipeline import SQUARES, Project

ITEMS = "/collections/districts/items"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"


def features(client: TestClient, layer: str = "districts", **asked: str) -> list[dict[str, Any]]:
    answer = client.get(f"/collections/{layer}/items", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["features"])


def shapes(found: list[dict[str, Any]]) -> np.ndarray:
    return np.array([shapely.geometry.shape(feature["geometry"]) for feature in found])


def vertices(found: list[dict[str, Any]]) -> int:
    return int(shapely.get_num_coordinates(shapes(found)).sum())


@pytest.fixture(scope="module")
def levels(installation: Installation) -> tuple[int, ...]:
    database = installation.workspace.database
    found = current_revisions(database)["districts"].levels
    database.dispose()
    return found


@pytest.fixture(scope="module")
def whole(client: TestClient) -> list[dict[str, Any]]:
    return features(client)


def test_every_district_is_there_at_every_level(
    client: TestClient, levels: tuple[int, ...], whole: list[dict[str, Any]]
) -> None:
    assert len(levels) >= 2
    finer = whole
    for level in sorted(levels, reverse=True):
        found = features(client, zoom=str(level - 1))
        assert [(f["id"], f["properties"]) for f in found] == [(f["id"], f["properties"]) for f in whole]
        # an edge gets a vertex where it would come to lie on one of another border
        assert vertices(found) <= 1.005 * vertices(finer)
        geometries = shapes(found)
        assert shapely.is_valid(geometries).all()
        assert shapely.coverage_is_valid(geometries)
        assert {geometry.geom_type for geometry in geometries} == {"MultiPolygon"}
        finer = found
    assert vertices(finer) < vertices(whole) / 2


def test_between_levels_the_finer_one_is_served(
    client: TestClient, levels: tuple[int, ...], whole: list[dict[str, Any]]
) -> None:
    coarsest, finest = min(levels), max(levels)
    assert features(client, zoom="0") == features(client, zoom=str(coarsest - 1))
    following = min(level for level in levels if level > coarsest)
    assert features(client, zoom=f"{coarsest - 1}.5") == features(client, zoom=str(following - 1))
    assert features(client, zoom=str(finest)) == features(client, zoom="22") == whole


@pytest.mark.parametrize("layer", ["krai", "districts", "neighbours", "protected_areas", "rivers", "lakes"])
def test_a_zoom_strays_by_less_than_a_pixel_of_it(client: TestClient, layer: str) -> None:
    exact = on_the_map(features(client, layer))
    moved = 0
    for zoom in range(2, 12):
        shown = on_the_map(features(client, layer, zoom=str(zoom)))
        if shapely.get_dimensions(exact[0]) == 2:
            shown = shapely.union(shapely.boundary(shown), small_rings(exact, pixel(zoom) / 4))
        strayed = shapely.hausdorff_distance(exact, shown)
        assert strayed.max() < pixel(zoom), zoom
        assert np.median(strayed) <= pixel(zoom) / 2, zoom
        moved += strayed.max() > 0
    assert moved or layer == "protected_areas"


def small_rings(geometries: np.ndarray, side: float) -> np.ndarray:
    """Islands and holes of less than a square with this side, which a level need not have."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    small = shapely.area(shapely.polygons(rings)) < side**2
    return np.array([shapely.union_all(rings[small & (owner[part] == n)]) for n in range(len(geometries))])


def on_the_map(found: list[dict[str, Any]]) -> np.ndarray:
    """The geometries in metres of Web Mercator."""
    placed = [feature for feature in found if feature["geometry"]]
    return gpd.GeoSeries(shapes(placed), crs=4326).to_crs(3857).to_numpy()


def test_an_offset_is_in_units_of_the_crs(client: TestClient, whole: list[dict[str, Any]]) -> None:
    assert features(client, maxAllowableOffset="0") == whole
    by_degrees = features(client, maxAllowableOffset="0.2")
    assert 0 < vertices(by_degrees) < vertices(whole)
    assert shapely.hausdorff_distance(shapes(by_degrees), shapes(whole)).max() <= 0.2
    in_metres = features(client, maxAllowableOffset="22263", crs=MERCATOR)
    assert vertices(in_metres) == vertices(by_degrees)
    assert vertices(features(client, maxAllowableOffset="1e-5")) == vertices(whole)
    # the finer of both
    assert features(client, maxAllowableOffset="0.2", zoom="3") == by_degrees
    assert features(client, maxAllowableOffset="0", zoom="4") == whole


def test_one_feature_has_the_border_of_its_neighbours(client: TestClient) -> None:
    on_the_page = features(client, zoom="4")[7]
    alone = client.get(f"{ITEMS}/{on_the_page['id']}", params={"zoom": "4"}).json()
    assert alone["geometry"] == on_the_page["geometry"]
    exact = client.get(f"{ITEMS}/{on_the_page['id']}").json()
    assert len(str(exact["geometry"])) > len(str(alone["geometry"]))


def test_files_have_it_too(client: TestClient, whole: list[dict[str, Any]]) -> None:
    wanted = shapes(features(client, zoom="4"))
    rows = list(csv.DictReader(io.StringIO(client.get(ITEMS, params={"f": "csv", "zoom": "4"}).text)))
    assert shapely.equals_exact(shapely.from_wkt([row["WKT"] for row in rows]), wanted, 2e-7).all()
    frame = gpd.read_file(io.BytesIO(client.get(ITEMS, params={"f": "fgb", "zoom": "4"}).content))
    assert shapely.get_num_coordinates(frame.geometry.to_numpy()).sum() == shapely.get_num_coordinates(wanted).sum()
    whole_file = client.get(ITEMS, params={"f": "geojson", "zoom": "4"}).json()
    assert shapely.equals_exact(shapes(whole_file["features"]), wanted, 2e-7).all()


def test_the_question_is_about_the_exact_geometry(client: TestClient, whole: list[dict[str, Any]]) -> None:
    place = shapely.point_on_surface(shapes(whole)[3])
    asked = {"filter": f"S_INTERSECTS(geom, POINT({place.x} {place.y}))"}
    exact, coarse = features(client, **asked), features(client, zoom="4", **asked)
    assert [f["id"] for f in exact] == [f["id"] for f in coarse] == [whole[3]["id"]]
    page = client.get(ITEMS, params={"zoom": "4", "limit": "10", "sortby": "-population"}).json()
    assert page["numberMatched"] == 69
    assert "zoom=4" in next(link["href"] for link in page["links"] if link["rel"] == "next")


@pytest.mark.parametrize("layer", ["settlements", "resort_sites", "indicator_values"])
def test_points_and_tables_are_as_they_are(client: TestClient, layer: str) -> None:
    assert features(client, layer, zoom="3", limit="20") == features(client, layer, limit="20")


def test_lines_keep_their_ends(client: TestClient) -> None:
    exact, coarse = features(client, "rivers"), features(client, "rivers", zoom="3")
    assert vertices(coarse) < vertices(exact)
    # zoom 3 has the grid of level 4, on which a place moves by half a unit along either axis
    unit = Grid(4).unit
    for before, after in zip(on_the_map(exact), on_the_map(coarse), strict=True):
        assert after.length > 0
        assert shapely.get_num_geometries(after.boundary) == shapely.get_num_geometries(before.boundary)
        # what is smaller than the grid has a length of one
        moved = (0.71 if after.length > unit * 1.001 else 1.5) * unit
        assert before.boundary.is_empty or shapely.hausdorff_distance(before.boundary, after.boundary) <= moved


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("zoom", ""), ("zoom", "-1"), ("zoom", "22.1"), ("zoom", "many"), ("zoom", "nan"), ("zoom", "1_0"), ("zoom", "٣"),
     ("maxAllowableOffset", "-0.1"), ("maxAllowableOffset", "inf"), ("maxAllowableOffset", "1e99"),
     ("maxAllowableOffset", "0.1 km"), ("maxAllowableOffset", "9" * 5000)],
)  # fmt: skip
@pytest.mark.parametrize("address", [ITEMS, f"{ITEMS}/barnaul"])
def test_what_is_no_detail(client: TestClient, address: str, parameter: str, value: str) -> None:
    answer = client.get(address, params={parameter: value})
    assert answer.status_code == 400
    assert parameter in answer.json()["description"]
    assert len(answer.text) < 1000


def test_the_api_document_tells_of_them(client: TestClient) -> None:
    paths = client.get("/api").json()["paths"]
    for path in ("/collections/{collection_id}/items", "/collections/{collection_id}/items/{feature_id}"):
        told = [parameter.get("$ref", "") for parameter in paths[path]["get"]["parameters"]]
        assert {"#/components/parameters/zoom", "#/components/parameters/maxAllowableOffset"} <= set(told)


@pytest.fixture
def two_revisions(new_database: Any, tmp_path: Any) -> Iterator[TestClient]:
    """A synthetic coverage with levels in its first revision, and without in its second."""
    project = Project(tmp_path, new_database())
    project.layer(SQUARES + "tiles: {minzoom: 3, maxzoom: 9}\n")
    project.source("squares.geojson", rough_squares())
    project.run("squares")
    project.layer(SQUARES + "tiles: {minzoom: 20, maxzoom: 20}\n")
    project.run("squares")
    settings = Settings(project=project.folder, database_url=project.url)
    with TestClient(create_app(settings, project.catalog, project.url), raise_server_exceptions=False) as client:
        yield client
    project.workspace.database.dispose()


def test_a_former_revision_has_its_own_levels(two_revisions: TestClient) -> None:
    exact = features(two_revisions, "squares")
    # on the grid of zoom 20, whose units are a centimetre wide
    assert shapely.equals_exact(shapes(features(two_revisions, "squares", zoom="3")), shapes(exact), 1e-7).all()
    assert features(two_revisions, "squares", asOf="1") == exact
    assert vertices(features(two_revisions, "squares", asOf="1", zoom="3")) < vertices(exact) / 5


def test_a_map_has_as_many_decimals_as_it_asks_for(client: TestClient) -> None:
    def written(**asked: str) -> str:
        return client.get("/collections/districts/items", params={"f": "json", "properties": "name_ru", **asked}).text

    longest = re.compile(r"\d\.(\d+)(?=[,\]])")
    assert max(map(len, longest.findall(written(zoom="6", decimals="3")))) == 3
    assert max(map(len, longest.findall(written(decimals="0"))), default=0) == 0
    assert len(written(zoom="6", decimals="3")) < len(written(zoom="6"))
    for wrong in ("8", "-1", "2.5", "few"):
        refused = client.get("/collections/districts/items", params={"decimals": wrong})
        assert refused.status_code == 400
        assert "decimals" in refused.json()["description"]
