"""From any coordinate system to longitude and latitude, saying by which operation and how well."""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.transformer import AreaOfInterest, Transformer, TransformerGroup

from altaigis.geometry.cleaning import Geometries

STORAGE_CRS = "EPSG:4326"

#: West, south, east, north of the krai with three degrees around: where swapped axes are looked for.
NEIGHBOURHOOD = (74.5, 47.5, 90.5, 57.5)


@dataclass(frozen=True)
class Projected:
    """Geometries in EPSG:4326, longitude first, and how they came there.

    ``accuracy_m`` is None where PROJ does not know it. ``swapped`` marks geometries that lie outside the krai's
    neighbourhood and would lie in it with their axes exchanged.
    """

    geometries: Geometries
    swapped: npt.NDArray[np.bool_]
    description: str | None = None
    definition: str | None = None
    accuracy_m: float | None = None
    best_available: bool = True

    @property
    def is_guess(self) -> bool:
        """Whether the datums were taken for the same because no shift between them is known for the place."""
        return "ballpark" in (self.description or "").lower()


def project(geometries: Geometries, crs: pyproj.CRS) -> Projected:
    """Bring geometries to EPSG:4326 by the best operation that PROJ has for where they lie.

    Raises:
        pyproj.exceptions.ProjError: there is no operation.
    """
    flat = pyproj.CRS(crs).to_2d()
    if flat.equals(pyproj.CRS(STORAGE_CRS), ignore_axis_order=True):
        return Projected(geometries, _swapped(geometries, geometries, None))
    with warnings.catch_warnings():
        # "Best transformation is not available": told in `best_available`
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(flat, STORAGE_CRS, always_xy=True, area_of_interest=_area(geometries, flat))
    if not group.transformers:
        raise pyproj.exceptions.ProjError(f"PROJ knows no way from {flat.name} to {STORAGE_CRS}")
    best = group.transformers[0]
    result = _transformed(geometries, best)
    return Projected(
        result,
        _swapped(geometries, result, best),
        best.description,
        best.definition,
        best.accuracy if best.accuracy >= 0 else None,
        group.best_available,
    )


def _transformed(geometries: Geometries, transformer: Transformer) -> Geometries:
    result: Geometries = shapely.transform(geometries, transformer.transform, interleaved=False)
    return result


def _area(geometries: Geometries, crs: pyproj.CRS) -> AreaOfInterest:
    """Where the data lie, by any operation at all; the krai's neighbourhood where that gives nothing."""
    bounds = shapely.total_bounds(geometries) if len(geometries) else np.full(4, np.nan)
    if np.isfinite(bounds).all():
        rough = Transformer.from_crs(crs, STORAGE_CRS, always_xy=True)
        west, south, east, north = rough.transform_bounds(*bounds)
        if np.isfinite([west, south, east, north]).all() and west <= east:
            return AreaOfInterest(west, south, east, north)
    return AreaOfInterest(*NEIGHBOURHOOD)


def _swapped(before: Geometries, after: Geometries, transformer: Transformer | None) -> npt.NDArray[np.bool_]:
    x, y = _centres(before)
    if transformer is None:
        return ~_near(x, y) & _near(y, x)
    return ~_near(*_centres(after)) & _near(*transformer.transform(y, x))


def _centres(geometries: Geometries) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    west, south, east, north = shapely.bounds(geometries).reshape(-1, 4).T
    with np.errstate(invalid="ignore", over="ignore"):
        return (west + east) / 2, (south + north) / 2


def _near(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    west, south, east, north = NEIGHBOURHOOD
    near: npt.NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return near
