"""The GDAL of our own Python, newer than the system's: it asks for coordinates in the CRS that one wants, reads the
types of fields from the schema, and leaves to the server what the API document says that it can select by.

It runs in a process of its own: it holds Python's lock while it waits for the proxy of these tests.
"""

import json
import sys
from typing import Any

import httpx
import pytest

from clients.conftest import Counted, Features, last_json, run
from conftest import Installation
from test_cli import here

READ = """
import json, sys, pyogrio
options = json.loads(sys.argv[2])
options |= {"bbox": tuple(options["bbox"])} if "bbox" in options else {}
frame = pyogrio.read_dataframe("OAPIF:" + sys.argv[1], **options)
places = [[place.x, place.y] for place in frame.geometry] if options["layer"] == "settlements" else []
epsg = frame.crs.to_epsg() if "geometry" in frame and frame.crs else None
print(json.dumps({"ids": list(frame["id"]), "places": places, "epsg": epsg, "types": dict(frame.dtypes.astype(str))}))
"""


def read(url: str, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = last_json(run(sys.executable, "-c", READ, url, json.dumps(options)))
    return found


def items(counted: Counted) -> list[str]:
    return [path for path in counted.paths if "/items" in path]


@pytest.mark.parametrize("layer", ["districts", "settlements", "resort_sites", "rivers", "limits", "published_values"])
def test_it_sees_every_feature(server_url: str, features: Features, layer: str) -> None:
    assert sorted(read(server_url, layer=layer)["ids"]) == sorted(features(layer))


def test_it_asks_no_more_pages_than_there_are(counted: Counted) -> None:
    assert len(read(counted.url, layer="published_values")["ids"]) == 3706
    pages = [path for path in items(counted) if "limit=1000" in path]
    # four of a thousand, and twenty features for a look
    assert (len(pages), len(items(counted))) == (4, 5)
    assert len(counted.paths) <= 9


@pytest.mark.parametrize("srid", [3857, 28414, 32645])
def test_it_asks_for_the_crs_that_is_wanted(counted: Counted, srid: int) -> None:
    told = read(counted.url, layer="settlements", CRS=f"EPSG:{srid}", max_features=3)
    uri = f"http://www.opengis.net/def/crs/EPSG/0/{srid}"
    assert told["epsg"] == srid
    assert any(f"crs={uri}" in path for path in items(counted))
    ours = httpx.get(f"{counted.url}/collections/settlements/items", params={"limit": 3, "crs": uri}).json()["features"]
    places = [feature["geometry"]["coordinates"] for feature in ours]
    # the axes of Gauss-Kruger point north first; to GDAL's users x is the easting all the same
    expected = [[y, x] for x, y in places] if srid == 28414 else places
    assert told["places"] == [pytest.approx(place) for place in expected]


def test_a_box_in_the_wanted_crs_is_asked_of_the_server(counted: Counted) -> None:
    box = (100_000, 5_700_000, 400_000, 6_000_000)
    told = read(counted.url, layer="settlements", CRS="EPSG:32645", bbox=box)
    uri = "http://www.opengis.net/def/crs/EPSG/0/32645"
    assert any("bbox=100000,5700000,400000,6000000" in path and f"bbox-crs={uri}" in path for path in items(counted))
    asked = {"bbox": ",".join(map(str, box)), "bbox-crs": uri, "limit": "1000"}
    ours = httpx.get(f"{counted.url}/collections/settlements/items", params=asked).json()["features"]
    assert sorted(told["ids"]) == sorted(feature["id"] for feature in ours)
    assert 50 < len(ours) < 300


def test_equality_is_left_to_the_server(counted: Counted, features: Features) -> None:
    told = read(counted.url, layer="settlements", where="territory_id = 'barnaul' AND population > 3000")
    expected = [
        fid
        for fid, feature in features("settlements").items()
        if feature["properties"]["territory_id"] == "barnaul" and (feature["properties"]["population"] or 0) > 3000
    ]
    assert sorted(told["ids"]) == sorted(expected)
    assert any("territory_id=barnaul" in path for path in items(counted))


def test_it_takes_the_types_from_the_schema(server_url: str) -> None:
    types = read(server_url, layer="districts")["types"]
    assert types["population"] == "int64"
    assert types["density"] == "float64"
    assert types["pilot"] == "bool"
    assert types["oktmo"] in ("str", "object")


READ_ARCHIVE = """
import json, sys, pyogrio
frame = pyogrio.read_dataframe("/vsicurl/" + sys.argv[1], layer="settlements")
print(json.dumps(sorted(set(frame["settlement_id"]))))
"""


def test_it_reads_an_archive_by_ranges(server_url: str, installation: Installation, features: Features) -> None:
    project, folder = installation.settings.project, installation.settings.processed_dir / "tiles"
    folder.mkdir(exist_ok=True)
    settings = {"project": str(project), "database_url": installation.url}
    archive = folder / "read_by_ranges.pmtiles"
    assert here("tiles", "export", "settlements", "--pmtiles", str(archive), "--maxzoom", "6", **settings).stdout
    found = last_json(run(sys.executable, "-c", READ_ARCHIVE, f"{server_url}/archives/{archive.name}"))
    assert found == sorted(features("settlements"))
