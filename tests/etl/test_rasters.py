"""GeoTIFF to COG: what is declared overrules the file, what is strange is told, what cannot be used is refused."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from altaigis.domain.layer import Layer
from altaigis.errors import SourceError
from altaigis.etl.rasters import CloudOptimized, to_cog

#: GDAL's own judge of COGs comes with Debian's python3-gdal.
SYSTEM_PYTHON = "/usr/bin/python3"
RAMP = {
    "kind": "ramp",
    "title": {"ru": "Высота", "en": "Height"},
    "unit": "m",
    "stops": [{"value": 0, "colour": "#000000"}, {"value": 1000, "colour": "#ffffff"}],
}
PALETTE = {
    "kind": "palette",
    "title": {"ru": "Класс", "en": "Class"},
    "entries": [{"value": 1, "colour": "#000000", "title": {"ru": "Лес", "en": "Forest"}}],
}


def layer(style: dict[str, Any] = RAMP, **source: Any) -> Layer:
    title = {"ru": "Сетка", "en": "Grid"}
    terms = {"file": "grid.tif", "licence": "CC0-1.0", "attribution": title}
    return Layer.model_validate(
        {
            "id": "grid",
            "kind": "raster",
            "theme": "relief",
            "title": title,
            "source": {**terms, **source},
            "styles": {"default": style},
        }
    )


def grid(folder: Path, values: Any, **profile: Any) -> Path:
    array = np.asarray(values)
    if array.ndim == 2:
        array = array[None]
    path = folder / "grid.tif"
    usual = {"crs": "EPSG:4326", "nodata": -1, "transform": from_origin(83, 53, 0.01, 0.01)}
    count, height, width = array.shape
    size = {"count": count, "height": height, "width": width, "dtype": array.dtype}
    with rasterio.open(path, "w", driver="GTiff", **size, **{**usual, **profile}) as raster:
        raster.write(array)
    return path


def made(folder: Path, declared: Layer, values: Any, **profile: Any) -> tuple[CloudOptimized, Path]:
    target = folder / "made.tif"
    return to_cog(declared, grid(folder, values, **profile), target), target


def test_it_is_a_valid_cog_with_overviews_and_statistics(tmp_path: Path) -> None:
    values = np.arange(700 * 600, dtype="float32").reshape(700, 600) % 900
    values[:10] = -1
    done, target = made(tmp_path, layer(), values)
    judge = [SYSTEM_PYTHON, "-m", "osgeo_utils.samples.validate_cloud_optimized_geotiff", str(target)]
    verdict = subprocess.run(judge, capture_output=True, text=True)
    assert "is a valid cloud optimized GeoTIFF" in verdict.stdout, verdict.stdout + verdict.stderr
    good = values[10:].astype(float)
    with rasterio.open(target) as cog:
        assert cog.overviews(1) == [2, 4]
        tags = cog.tags(1)
        np.testing.assert_array_equal(cog.read(1), values)
    assert float(tags["STATISTICS_MEAN"]) == pytest.approx(good.mean())
    assert float(tags["STATISTICS_STDDEV"]) == pytest.approx(good.std())
    assert float(tags["STATISTICS_VALID_PERCENT"]) == pytest.approx(100 * good.size / values.size)
    (told,) = dict(done.details)["statistics"]  # type: ignore[misc]
    assert (told["minimum"], told["maximum"], told["valid"]) == (0, 899, good.size)
    assert done.findings == ()


def test_crs_and_nodata_may_be_declared(tmp_path: Path) -> None:
    declared = layer(crs="EPSG:28414", nodata=7)
    values = np.full((4, 4), 7, dtype="int16")
    values[1:3, 1:3] = 50
    _, target = made(
        tmp_path, declared, values, crs=None, nodata=None, transform=from_origin(14_500_000, 5_800_000, 100, 100)
    )
    with rasterio.open(target) as cog:
        assert (cog.crs.to_epsg(), cog.nodata) == (28414, 7)
        assert float(cog.tags(1)["STATISTICS_MEAN"]) == 50
    with rasterio.open(tmp_path / "grid.tif") as raw:
        assert (raw.crs, raw.nodata) == (None, None), "the raw file stays as it was received"


@pytest.mark.parametrize(
    ("profile", "values", "told"),
    [
        ({"crs": None}, [[1]], r"source\.crs"),
        ({"nodata": None}, [[1]], r"source\.nodata"),
        ({"nodata": 1}, [[1, 1], [1, 1]], "holds no value"),
        ({}, [[[1, 2]], [[-1, -1]]], "band 2 holds no value"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, profile: dict[str, Any], values: Any, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        made(tmp_path, layer(), np.asarray(values, dtype="int16"), **profile)
    assert [path.name for path in tmp_path.iterdir()] == ["grid.tif"]


def test_a_nodata_value_that_no_pixel_can_hold(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"source\.nodata is -9999, which no pixel of type uint8"):
        made(tmp_path, layer(nodata=-9999), np.ones((2, 2), dtype="uint8"), nodata=0)


def test_nodata_that_nobody_declared_is_told(tmp_path: Path) -> None:
    done, _ = made(tmp_path, layer(), np.array([[-9999, 100], [200, -1]], dtype="int16"))
    (finding,) = done.findings
    assert (finding.rule, finding.severity) == ("nodata", "warning")
    assert "-9999 stands in 1 pixels (25.0%)" in finding.message


def test_classes_that_the_palette_lacks_are_told(tmp_path: Path) -> None:
    done, _ = made(tmp_path, layer(PALETTE), np.array([[1, 2], [1, 9]], dtype="uint8"), nodata=255)
    (finding,) = done.findings
    assert finding.message == "the palette lacks 2, 9, 50.0% of all pixels"


def test_values_in_another_unit_than_the_ramp_are_told(tmp_path: Path) -> None:
    done, _ = made(tmp_path, layer(), np.array([[5000, 6000]], dtype="int32"))
    assert [finding.rule for finding in done.findings] == ["ramp"]


def test_a_file_that_leads_to_others_is_no_geotiff(tmp_path: Path) -> None:
    secret = grid(tmp_path, np.ones((2, 2), dtype="int16"))
    link = tmp_path / "link.tif"
    link.write_text(
        '<VRTDataset rasterXSize="2" rasterYSize="2"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{secret}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(SourceError, match=r"link\.tif cannot be read as a raster"):
        to_cog(layer(), link, tmp_path / "made.tif")
