"""Statistics of a band, compared with numpy's on the whole array."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from altaigis.etl import bands
from altaigis.etl.bands import Band, read_band

NODATA = -99


def band_of(values: npt.NDArray[np.generic], nodata: float = NODATA) -> Band | None:
    height, width = values.shape
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": values.dtype}
    with MemoryFile() as memory:
        with memory.open(
            **profile, nodata=nodata, transform=from_origin(80, 54, 0.01, 0.01), crs="EPSG:4326"
        ) as raster:
            raster.write(values, 1)
        with memory.open() as raster:
            return read_band(raster, 1)


@settings(max_examples=40)
@given(arrays(np.int16, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(-120, 9)))
def test_blocks_come_to_what_the_whole_array_is(values: npt.NDArray[np.int16]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "BLOCK", 4)
        band = band_of(values)
    valid = values[values != NODATA].astype(float)
    if not valid.size:
        assert band is None
        return
    assert band is not None
    assert (band.pixels, band.valid) == (values.size, valid.size)
    assert (band.minimum, band.maximum) == (valid.min(), valid.max())
    assert band.mean == pytest.approx(valid.mean(), abs=1e-9)
    assert band.std == pytest.approx(valid.std(), abs=1e-9)
    assert band.counts == {int(v): int((valid == v).sum()) for v in np.unique(valid)}


def test_large_offsets_cost_no_digits() -> None:
    values = np.full((8, 8), 1e9)
    values[::2] += 1
    band = band_of(values)
    assert band is not None
    assert band.std == pytest.approx(0.5, rel=1e-6)


def test_what_is_no_number_is_no_value() -> None:
    band = band_of(np.array([[1.5, np.nan], [np.inf, 2.5]]))
    assert band is not None
    assert (band.valid, band.mean, band.counts) == (2, 2.0, {})


def test_a_fill_that_nobody_declared_is_counted() -> None:
    band = band_of(np.array([[-9999, 3], [-9999, NODATA]], dtype="int16"))
    assert band is not None
    assert band.fills == {-9999.0: 2}


def test_more_classes_than_a_palette_has_are_not_counted() -> None:
    values = np.arange(bands.MAX_CLASSES + 1, dtype="int32").reshape(1, -1)
    band = band_of(values)
    assert band is not None
    assert band.counts == {}
