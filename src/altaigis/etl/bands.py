"""Bands of a raster: what their values are, read block by block in flat memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader
from rasterio.windows import Window

#: Edge of the blocks that are read, in pixels: 8 MB of doubles.
BLOCK = 1024
#: Values that programs fill with where there are no data, and do not always say so.
USUAL_FILLS = (-9999.0, -32768.0, -99999.0, -3.4028234663852886e38, 3.4028234663852886e38)
#: More classes than this are no classes.
MAX_CLASSES = 4096


@dataclass(frozen=True)
class Band:
    """Statistics of a band's valid pixels, in the band's unit; ``std`` is that of the whole population.

    ``counts`` are the pixels of each value of a band of whole numbers that has no more than ``MAX_CLASSES`` of them,
    else empty. ``fills`` are the usual fill values that are taken for data, with their pixels.
    """

    pixels: int
    valid: int
    minimum: float
    maximum: float
    mean: float
    std: float
    counts: dict[int, int]
    fills: dict[float, int]

    def as_json(self) -> dict[str, float | int]:
        numbers = {name: float(f"{getattr(self, name):.10g}") for name in ("minimum", "maximum", "mean", "std")}
        return {"pixels": self.pixels, "valid": self.valid, **numbers}


def read_band(raster: DatasetReader, number: int) -> Band | None:
    """Read a band from end to end; None if it holds no value.

    Mean and variance of the blocks are combined after Chan, Golub & LeVeque (1983), which loses no digits.
    """
    whole = np.issubdtype(np.dtype(raster.dtypes[number - 1]), np.integer)
    counts: dict[int, int] | None = {} if whole else None
    fills: dict[float, int] = {}
    valid, mean, squares, low, high = 0, 0.0, 0.0, np.inf, -np.inf
    for window in _windows(raster):
        values = _values(raster, number, window)
        if not values.size:
            continue
        block = values.astype("float64")
        block_mean = float(block.mean())
        step = block_mean - mean
        together = valid + block.size
        squares += float(((block - block_mean) ** 2).sum()) + step**2 * valid * block.size / together
        mean += step * block.size / together
        valid = together
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        counts = _counted(counts, values)
        for fill in USUAL_FILLS:
            found = int((block == fill).sum())
            if found:
                fills[fill] = fills.get(fill, 0) + found
    if not valid:
        return None
    return Band(
        raster.width * raster.height, valid, low, high, mean, float(np.sqrt(squares / valid)), counts or {}, fills
    )


def _windows(raster: DatasetReader) -> Iterator[Window]:
    for row in range(0, raster.height, BLOCK):
        for column in range(0, raster.width, BLOCK):
            yield Window(column, row, min(BLOCK, raster.width - column), min(BLOCK, raster.height - row))


def _values(raster: DatasetReader, number: int, window: Window) -> npt.NDArray[np.generic]:
    """Valid pixels; what is no number is no value, whatever the file says."""
    values: npt.NDArray[np.generic] = raster.read(number, window=window, masked=True).compressed()
    finite: npt.NDArray[np.generic] = values[np.isfinite(values)]
    return finite


def _counted(counts: dict[int, int] | None, values: npt.NDArray[np.generic]) -> dict[int, int] | None:
    if counts is None:
        return None
    for value, count in zip(*np.unique(values, return_counts=True), strict=True):
        counts[int(value)] = counts.get(int(value), 0) + int(count)
    return counts if len(counts) <= MAX_CLASSES else None
