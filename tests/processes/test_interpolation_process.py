"""From the real stations to a surface, its error and its contours, and how every door gives them."""

import io
import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import rasterio
from fastapi.testclient import TestClient
from PIL import Image
from rasterio.io import MemoryFile
from sqlalchemy import text

from altaigis.app import create_app
from altaigis.domain.job import Order
from altaigis.domain.observation import Origin
from altaigis.errors import AnalysisError, NotLoaded, ParameterError
from altaigis.etl import observations
from altaigis.processes.data import Data
from altaigis.processes.inputs import FieldVariable
from altaigis.processes.interpolation.followed import Followed
from altaigis.processes.process import Context
from altaigis.processes.registry import PROCESSES
from altaigis.processes.run import execute as publish
from altaigis.store import cogs, derived, jobs, keys, load
from altaigis.store.derivations import read_derived
from altaigis.store.pool import engine, transaction
from altaigis.store.revisions import current_revisions
from catalogs import project_catalog

PROCESS = PROCESSES["interpolation"]
INPUTS = {"values": {"field": "elevation_m"}, "cell_km": 10}


def test_a_field_is_told_with_its_error_and_its_check(execute) -> None:
    drawing = execute("interpolation", **INPUTS, method={"kind": "universal-kriging"})
    surface, error, contours = (drawing.layers[name] for name in ("surface", "error", "contours"))
    assert (np.isnan(surface.values) == np.isnan(error.values)).all()
    assert np.isnan(surface.values).mean() > 0.3
    assert 80 < np.nanmin(surface.values) < np.nanmax(surface.values) < 1000
    assert contours.columns["level"].tolist() == drawing.summary.tables["contours"]
    figures = {name: figure.value for name, figure in drawing.summary.figures.items()}
    assert figures["stations"] == figures["groups"] == 25
    rows = drawing.summary.tables["stations"]
    assert figures["rmse"] ** 2 == pytest.approx(
        np.mean([each["residual"] ** 2 for each in {row["value"]: row for row in rows}.values()]), rel=0.2
    )
    assert "Высота" in drawing.summary.text.ru
    assert "one_place" in {flag.code for flag in drawing.summary.flags}
    assert surface.styles["default"].unit == "m"


def test_other_methods_say_where_their_error_comes_from(execute) -> None:
    for kind in ("inverse-distance", "thin-plate-spline"):
        drawing = execute("interpolation", **INPUTS, method={"kind": kind}, beyond_hull=True, within=None)
        assert np.isnan(drawing.layers["surface"].values).mean() < 0.1
        assert "no property of the method" in drawing.layers["error"].description.en
        assert "beyond_the_stations" in {flag.code for flag in drawing.summary.flags}
    drawing = execute(
        "interpolation", **INPUTS, method={"variogram": {"sill": 5000, "range_km": 300, "nugget": 100}}, groups=5
    )
    assert (drawing.summary.figures["range"].value, drawing.summary.figures["groups"].value) == (300, 5)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"values": {"field": "elevation_m", "layer": "districts"}}, r"inputs\.values\.layer: .* choose one of points"),
        ({"values": {"field": "network"}}, r"inputs\.values\.field: 'network' is no numeric field"),
        ({"cell_km": 0.01}, r"inputs\.cell_km: makes \d+ cells of 0.01 km; choose 0\.\d+ km or more"),
        ({"within": "rivers"}, r"inputs\.within: layer 'rivers' has"),
        ({"method": {"kind": "universal-kriging", "drift": "landcover"}}, r"inputs\.method\.drift: .* of classes"),
        ({"method": {"variogram": {"sill": 0}}}, r"inputs\.method\.variogram: .* above 0"),
        ({"contour_step": 0.1}, r"inputs\.contour_step: a step of 0\.1 makes"),
        ({"groups": 500}, r"inputs\.groups: 500 groups of 25 stations"),
    ],
)
def test_refusals_name_the_input(execute, inputs, said) -> None:
    with pytest.raises(ParameterError, match=said):
        execute("interpolation", **(INPUTS | inputs))


@pytest.fixture(scope="module")
def place(installation, copy_of_database, tmp_path_factory):
    """A project of its own with the real layers and the files of their rasters."""
    project = tmp_path_factory.mktemp("field")
    (project / "data" / "processed").mkdir(parents=True)
    for file in installation.settings.processed_dir.glob("*.tif"):
        shutil.copy(file, project / "data" / "processed")
    (project / "layers").symlink_to(installation.settings.layers_dir)
    url = copy_of_database(installation.template)
    settings = installation.settings.model_copy(update={"project": project, "database_url": url})
    database = engine(url)
    yield settings, database, project_catalog()
    database.dispose()


def data_of(place, keep=timedelta(days=90)) -> Data:
    settings, database, catalog = place
    return Data(database, settings.processed_dir, catalog, keep)


def files(place) -> set[str]:
    return {file.name for file in place[0].processed_dir.glob(f"{derived.FILES}*")}


@pytest.fixture(scope="module")
def made(place):
    return publish(PROCESS, PROCESS.parsed(INPUTS), data_of(place), Context(seed=1), "анна")


@pytest.fixture(scope="module")
def client(place, made):
    settings, _, catalog = place
    with TestClient(create_app(settings, catalog, settings.database_url)) as asking:
        yield asking


def test_three_layers_come_of_one_run_and_know_each_other(client, made, place) -> None:
    names = [made.id, f"{made.id}_error", f"{made.id}_contours"]
    described = [client.get(f"/collections/{name}?lang=en").json() for name in names]
    assert [one["altai:kind"] for one in described] == ["raster", "raster", "vector"]
    assert described[1]["title"] == f"Standard error: {described[0]['title']}"
    for name, one in zip(names, described, strict=True):
        related = {link["href"].rpartition("/")[2] for link in one["links"] if link["rel"] == "related"}
        assert related == {*names} - {name}
        assert one["altai:derivation"]["inputs"] == {"krai": 1, "monitoring_points": 1}
        assert client.get(f"/collections/{name}?f=html").status_code == 200
    assert {*names} <= {one["id"] for one in client.get("/collections").json()["collections"]}
    assert len(files(place)) == 2


def test_the_surface_is_a_raster_in_every_door(client, made, place) -> None:
    value = client.get(f"/rasters/{made.id}/point?lon=83.78&lat=53.35").json()
    error = client.get(f"/rasters/{made.id}_error/point?lon=83.78&lat=53.35").json()
    assert value["error"] == error["value"] > 0
    assert value["synthetic"] is error["synthetic"] is False
    assert "error" not in error
    assert value["unit"] == error["unit"] == "m"
    assert 100 < value["value"] < 300
    assert 0 <= error["value"] < 150
    assert client.get(f"/rasters/{made.id}/point?lon=70&lat=53").json()["value"] is None

    tile = client.get(f"/tiles/{made.id}/5/23/10.png")
    colours = np.asarray(Image.open(io.BytesIO(tile.content)).convert("RGBA"))
    assert 0 < (colours[..., 3] > 0).mean() < 1
    assert client.get(f"/tiles/{made.id}/tilejson.json").json()["tiles"]
    legend = client.get(f"/collections/{made.id}/styles/default?f=json").json()
    assert legend["kind"] == "ramp"
    assert len(legend["stops"]) == 9
    assert client.get(f"/collections/{made.id}/styles/default/legend?f=svg").status_code == 200

    whole = client.get(f"/rasters/{made.id}/cog.tif?lang=en")
    assert whole.headers["content-disposition"] == (
        f"attachment; filename=\"{made.id}.tif\"; filename*=UTF-8''Elevation%3A%20ordinary%20kriging.tif"
    )
    assert whole.headers["content-type"].startswith("image/tiff; application=geotiff")
    with MemoryFile(whole.content) as memory, memory.open() as raster:
        assert raster.crs.linear_units == "metre"
        assert raster.res == (10_000, 10_000)
        assert np.nanmin(raster.read(1)) == pytest.approx(float(raster.tags(1)["STATISTICS_MINIMUM"]))
    part = client.get(f"/rasters/{made.id}/cog.tif", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, whole.content[:4])

    lines = client.get(f"/collections/{made.id}_contours/items").json()["features"]
    assert [line["properties"]["level"] for line in lines] == sorted(line["properties"]["level"] for line in lines)
    longitude, latitude = lines[1]["geometry"]["coordinates"][0][3]
    met = client.get(f"/rasters/{made.id}/point?lon={longitude}&lat={latitude}").json()["value"]
    assert met == pytest.approx(lines[1]["properties"]["level"], abs=40)
    assert client.get(f"/tiles/{made.id}_contours/6/46/21.mvt").status_code == 200


def test_a_job_tells_all_three(client, made, place) -> None:
    parsed = PROCESS.parsed(INPUTS).model_dump(mode="json")
    order = Order("interpolation", PROCESS.version, parsed, 1)
    done = jobs.record_done(place[1], order, "анна", made.id)
    told = client.get(f"/jobs/{done.id}/results").json()
    assert told["result"]["href"].endswith(f"/collections/{made.id}")
    assert told["error"]["href"].endswith(f"/collections/{made.id}_error")
    assert told["contours"]["href"].endswith(f"/collections/{made.id}_contours")
    assert set(client.get("/processes/interpolation").json()["outputs"]) == {"result", "summary", "error", "contours"}


def test_a_file_that_is_lost_is_told_of_and_made_again(client, made, place) -> None:
    settings, database, _ = place
    file = settings.processed_dir / current_revisions(database)[made.id].relation
    kept, token = file.read_bytes(), keys.add(database, "vera", ("run",))
    order = Order("interpolation", PROCESS.version, PROCESS.parsed(INPUTS).model_dump(mode="json"), 1)
    jobs.record_done(database, order, "анна", made.id)

    def ordered() -> str:
        body, signed = {"inputs": INPUTS | {"seed": 1}}, {"Authorization": f"Bearer {token}"}
        return client.post("/processes/interpolation/execution", json=body, headers=signed).json()["status"]

    assert ordered() == "successful"
    file.unlink()
    refused = client.get(f"/rasters/{made.id}/point?lon=83&lat=53")
    assert refused.status_code == 503
    assert "run interpolation again" in refused.json()["description"]
    with pytest.raises(NotLoaded, match="run interpolation again"), data_of(place).raster(made.id):
        pass
    assert ordered() == "accepted"
    file.write_bytes(kept)


def test_it_is_all_of_them_or_none(place, made, monkeypatch) -> None:
    before, known = files(place), read_derived(place[1]).keys()
    other = PROCESS.parsed(INPUTS | {"cell_km": 20})

    def refused(*_, **__):
        raise AnalysisError("no room for lines")

    with monkeypatch.context() as patched:
        patched.setattr(load, "load_within", refused)
        with pytest.raises(AnalysisError, match="no room for lines"):
            publish(PROCESS, other, data_of(place), Context(seed=1))
    assert files(place) == before
    assert read_derived(place[1]).keys() == known


def test_files_go_with_their_layers_and_never_before(place, made, monkeypatch) -> None:
    settings, database, _ = place
    kept = files(place)
    # without a single contour, which is a layer all the same
    coarse = PROCESS.parsed(INPUTS | {"cell_km": 25, "contour_step": 5000})
    brief = publish(PROCESS, coarse, data_of(place, timedelta(microseconds=1)), Context(seed=2))
    assert current_revisions(database)[f"{brief.id}_contours"].count == 0
    assert brief.id in read_derived(database)
    data_of(place).retire_expired(datetime.now(UTC))
    assert not {brief.id, f"{brief.id}_error", f"{brief.id}_contours"} & read_derived(database).keys()
    # somebody may still read them
    assert len(files(place)) == len(kept) + 2
    lost = settings.processed_dir / f"{derived.FILES}result_000000000000.0123456789ab.tif"
    lost.write_bytes(b"")
    monkeypatch.setattr(load, "GRACE", timedelta(0))
    monkeypatch.setattr(derived, "UNFINISHED", -1)
    derived.sweep_files(database, settings.processed_dir)
    assert files(place) == kept
    with transaction(database) as connection:
        outcomes = text("SELECT outcome FROM altaigis.runs WHERE layer = :layer ORDER BY run")
        assert connection.execute(outcomes, {"layer": f"{brief.id}_error"}).scalars().all() == ["loaded", "retired"]


def test_observations_of_a_time_are_a_field_too(place) -> None:
    _, database, catalog = place
    every = map(str, data_of(place).points("monitoring_points", "").ids)
    stations = [one for one in every if one.startswith("WMO")][:9]
    rows = {
        "synthetic test": [(one, day, 10 * at + day) for at, one in enumerate(stations) for day in (1, 2, 3, 4)][:-3],
        "test": [(stations[0], day, 50 + day) for day in (1, 2, 3, 4)],
    }
    for source, told in rows.items():
        lines = "\n".join(f"{one},air_temperature,2023-07-0{day}T05:00:00Z,{value / 4},°C" for one, day, value in told)
        body = io.BytesIO(f"station,parameter,time,value,unit\n{lines}\n".encode())
        observations.load(database, catalog, observations.Source(body), Origin("user test", "test.csv", source, None))

    asked = {"parameter": "air_temperature", "datetime": "2023-07-01/2023-07-04"}
    inputs = PROCESS.parsed({"values": asked, "cell_km": 20})
    drawing = PROCESS.run(inputs, data := data_of(place), Context(seed=1))
    told = {row["id"]: row["value"] for row in drawing.summary.tables["stations"]}
    # measured values go before synthetic ones
    assert told == {one: (10 * at + 2.5) / 4 for at, one in enumerate(stations[:-1])} | {stations[0]: 52.5 / 4}
    assert [(group.reason, group.units) for group in drawing.summary.left_out if group.units] == [
        ("incomplete", [stations[-1]])
    ]
    with database.connect() as connection:
        newest = connection.execute(text("SELECT max(load) FROM altaigis.loads")).scalar()
    assert data.revisions["observations"] == newest
    (flag,) = (flag for flag in drawing.summary.flags if flag.code == "synthetic")
    assert sorted(flag.units) == sorted(stations[1:-1])
    assert drawing.layers["surface"].title.ru.endswith("(синтетический ряд)")
    for name in ("surface", "error"):
        legend = drawing.layers[name].styles["default"].title
        assert legend is not None
        assert legend.en.endswith("(synthetic series)")
    assert "synthetic series" in drawing.summary.text.en

    followed = PROCESS.run(
        PROCESS.parsed({"values": asked, "cell_km": 20, "method": {"kind": "universal-kriging"}}),
        data := data_of(place),
        Context(seed=1),
    )
    heights = data.values(FieldVariable(field="elevation_m"), data.points("monitoring_points", ""), "").numbers
    assert np.isfinite(heights).sum() > len(stations)
    flags = {flag.code: flag for flag in followed.summary.flags}
    assert {*flags["off_the_raster"].units} < {*stations}
    assert "raster" in flags["off_the_raster"].text.en

    for wrong, said in {
        "parameter": (
            {"parameter": "pm2_5"},
            r"inputs\.values\.parameter: no station has values of 'pm2_5'; there is air",
        ),
        "time": ({"datetime": "2022"}, r"inputs\.values\.datetime: none of 9 stations has 75% of its values then"),
        "order": ({"datetime": "2023-02/2023-01"}, r"inputs\.values\.datetime: .* ends before it begins"),
        "month": ({"datetime": "2023-13"}, r"inputs\.values\.datetime: .*month"),
    }.values():
        with pytest.raises(ParameterError, match=said):
            PROCESS.run(PROCESS.parsed({"values": asked | wrong}), data_of(place), Context(seed=1))


def test_what_is_followed_is_compared_with_what_stations_say_themselves() -> None:
    own, raster = np.array([260.0, 120, 400, 180, np.nan]), np.array([614.0, 130, 390, 185, 900])
    drift = Followed("m", own, raster, np.array([[100.0, 130, 614], [np.nan, 400, 900]]))
    there = np.array([True, True, True, False, False])
    assert drift.off(there).tolist() == [True, False, False, False, False]
    drawn = np.array([[True, True, True], [False, True, False]])
    assert drift.beyond(there, drawn) == 2 / 4, "100 m is below the lowest of the three, 614 above the highest"


def test_a_raster_without_a_difference_is_written_too(tmp_path) -> None:
    values = np.full((3, 4), 7.0)
    values[0, 0] = np.nan
    box = cogs.write_pixels(
        cogs.Pixels(values, rasterio.Affine(1000, 0, 0, 0, -1000, 0), "EPSG:32644"),
        tmp_path / "a.tif",
        title="Rain: kriging (synthetic series)",
        unit="mm",
    )
    assert box.west < box.east
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.tags(1)["STATISTICS_VALID_PERCENT"].startswith("91.66")
        assert raster.read(1, masked=True).mean() == 7
        assert (raster.descriptions, raster.units) == (("Rain: kriging (synthetic series)",), ("mm",))
        assert "synthetic" in raster.tags()["TIFFTAG_IMAGEDESCRIPTION"]


def test_the_check_is_drawn_and_the_figures_have_units(data) -> None:
    told = PROCESS.run(PROCESS.parsed(INPUTS), data, Context(seed=1)).summary.json()
    assert told["chart"] == {"kind": "scatter", "x": "value", "y": "guessed", "line": "equal", "table": "stations"}
    assert {"value", "guessed"} <= told["tables"]["stations"][0].keys()
    figures = told["figures"]
    assert figures["model"]["value"] == {"ru": "сферическая", "en": "spherical"}
    assert figures["nugget"]["unit"] == figures["sill"]["unit"] == f"({figures['low']['unit']})²"
