"""What a field follows: a raster, and at stations what their own layer says of it."""

from dataclasses import dataclass

import numpy as np
import pyproj

from altaigis.analytics.interpolation import drift as drifts
from altaigis.analytics.interpolation.surface import Grid
from altaigis.analytics.values import Numbers
from altaigis.domain.layer import Layer
from altaigis.domain.style import RampStyle
from altaigis.errors import AnalysisError, ParameterError
from altaigis.processes.data import Data, Units, blamed
from altaigis.processes.inputs import FieldVariable
from altaigis.processes.interpolation.inputs import InterpolationInputs

_PATH = "inputs.method.drift"


@dataclass(frozen=True, eq=False)
class Followed:
    """A drift.

    Attributes:
        unit: of all of them.
        at_points: array (n,): at the points, by their own layer where it tells, and else by the raster.
        sampled: array (n,): what the raster has there.
        at_cells: array (rows, columns): what it has at the cells.
    """

    unit: str
    at_points: Numbers
    sampled: Numbers
    at_cells: Numbers

    def off(self, among: np.ndarray) -> np.ndarray:
        """Which points, among some, are off the raster by more than a tenth of what these differ by."""
        mine = self.at_points[among]
        found: np.ndarray = among & (np.abs(self.at_points - self.sampled) > 0.1 * (np.nanmax(mine) - np.nanmin(mine)))
        return found

    def beyond(self, among: np.ndarray, drawn: np.ndarray) -> float:
        """The share of the cells that are drawn which no point, among some, is as high as, or as low."""
        mine, cells = self.at_points[among], self.at_cells[drawn]
        return float(((cells < np.nanmin(mine)) | (cells > np.nanmax(mine))).mean())


def followed(
    inputs: InterpolationInputs, data: Data, points: tuple[Units, Numbers], grid: Grid, plane: pyproj.CRS
) -> Followed | None:
    """What the method follows; None of a method that follows nothing.

    Args:
        points: the features, and where they lie on the plane, array (n, 2).
    """
    if inputs.method.follows is None:
        return None
    units, xy = points
    with data.raster(inputs.method.follows, _PATH) as (layer, band), blamed(_PATH):
        style = layer.style("default")
        if not isinstance(style, RampStyle):
            raise AnalysisError(f"'{layer.id}' is a raster of classes; a field follows one of values")
        sampled = drifts.at(band.dataset, xy, plane, grid.cell)[:, 0]
        at_cells = drifts.on(band.dataset, grid, plane)[:, :, 0]
    own = _own(inputs, data, units, layer, style.unit)
    return Followed(style.unit, sampled if own is None else np.where(np.isnan(own), sampled, own), sampled, at_cells)


def _own(inputs: InterpolationInputs, data: Data, units: Units, raster: Layer, unit: str) -> Numbers | None:
    """What the layer of the points says itself, in a field that is called like the raster: ``elevation_m``."""
    asked = inputs.values.field if isinstance(inputs.values, FieldVariable) else None
    names = [
        name
        for name, field in units.layer.fields.items()
        if name.partition("_")[0] == raster.id and field.unit == unit and name != asked
    ]
    if not names:
        return None
    try:
        return data.values(FieldVariable(field=names[0]), units, _PATH).numbers
    except ParameterError:
        # none of these points has it
        return None
