"""The field itself: stations on a plane, cells between them, and the layers that are drawn of both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from altaigis.analytics.interpolation.contours import contours, levels_by, levels_of
from altaigis.analytics.interpolation.stations import Places, Stations, stations
from altaigis.analytics.interpolation.surface import Grid, Surface, drawn, hull_of, plane_of
from altaigis.analytics.values import Numbers
from altaigis.domain.layer import LayerField
from altaigis.domain.series import SYNTHETIC_SERIES
from altaigis.domain.style import RampStyle, SimpleStyle, Stop, Symbol
from altaigis.domain.text import Text
from altaigis.errors import ParameterError
from altaigis.processes import legend
from altaigis.processes.data import Data, Units, Values, blamed
from altaigis.processes.inputs import FieldVariable, ObservedValue
from altaigis.processes.interpolation.followed import Followed, followed
from altaigis.processes.interpolation.inputs import InterpolationInputs
from altaigis.processes.interpolation.method import TITLES, Applied, apply
from altaigis.processes.interpolation.observed import observed
from altaigis.processes.process import Context, FeaturePart, RasterPart

#: Stations of one field: the system that kriging solves has so many rows and columns.
MOST_STATIONS = 1000
#: Cells of a grid; of 100 stations they take some five seconds.
MOST_CELLS = 2_000_000
#: Along the longer side, where nobody has asked for a size.
USUAL_CELLS = 400
#: Metres of a pixel at the equator at zoom 0.
_PIXEL = 156_543.0
#: Degrees: shorter edges are straight on the plane, to a few metres.
_CURVED = 0.1
_FIRST_ZOOM, _LAST_ZOOM = 3, 14
#: From sure to unsure (ColorBrewer's Purples).
UNSURE = ("#fcfbfd", "#dadaeb", "#bcbddc", "#9e9ac8", "#807dba", "#6a51a3", "#4a1486")


@dataclass(frozen=True, eq=False)
class Field:
    """A field between stations.

    Attributes:
        points: the features that the stations are made of, m.
        values: what is known of each.
        known: the stations.
        applied: the method on them.
        followed: what the method follows, if anything.
        surface: what it says of the cells.
        plane: in which all this lies.
        levels: of the contours.
    """

    inputs: InterpolationInputs
    points: Units
    values: Values
    known: Stations
    applied: Applied
    followed: Followed | None
    surface: Surface
    plane: pyproj.CRS
    levels: Sequence[float]

    @property
    def is_synthetic(self) -> bool:
        """Whether any of the values is made up."""
        return "synthetic" in self.values.marks

    @property
    def title(self) -> Text:
        told = TITLES[self.inputs.method.kind]
        return self.marked(Text(ru=f"{self.values.title.ru}: {told.ru}", en=f"{self.values.title.en}: {told.en}"))

    def marked(self, title: Text) -> Text:
        """A title that says when what it names is made up."""
        if not self.is_synthetic:
            return title
        return Text(ru=f"{title.ru} (синтетический ряд)", en=f"{title.en} (synthetic series)")

    @property
    def lines(self) -> list[shapely.MultiLineString]:
        return contours(self.surface.grid, self.surface.values, list(self.levels))


def field_of(inputs: InterpolationInputs, data: Data, context: Context) -> Field:
    """
    Raises:
        ParameterError: an input does not fit what is there, or what is there gives no sound result.
    """
    context.step("reading")
    points, values = _known(inputs, data)
    area = data.units(inputs.within, "inputs.within", polygons=True).frame.geometry if inputs.within else None
    there = points.frame.geometry[~np.isnan(values.numbers)]
    plane = plane_of(tuple(shapely.total_bounds([*there, *(() if area is None else area)])))
    onto = pyproj.Transformer.from_crs(4326, plane, always_xy=True)
    xy = np.column_stack(onto.transform(points.frame.geometry.x, points.frame.geometry.y))
    ground = (
        shapely.box(*shapely.MultiPoint(xy[~np.isnan(values.numbers)]).bounds) if area is None else _moved(area, onto)
    )
    grid = _grid(inputs, ground)
    drift = followed(inputs, data, (points, xy), grid, plane)
    with blamed("inputs.values"):
        known = stations(Places.at(xy, drift.at_points[:, np.newaxis] if drift else None), values.numbers)
    if len(known) > MOST_STATIONS:
        raise ParameterError("inputs.values", f"there are {len(known)} stations; {MOST_STATIONS} are taken at most")
    context.step("checking")
    with blamed("inputs.groups" if inputs.groups and inputs.groups > len(known) else "inputs.method"):
        applied = apply(inputs.method, known, context.rng, inputs.groups)
    where = grid.within(ground)
    if not inputs.beyond_hull:
        where &= grid.within(hull_of(known))
    context.step("drawing", 0, int(where.sum()))
    with blamed("inputs.within"):
        surface = drawn(
            applied.estimator,
            grid,
            where,
            drift.at_cells[:, :, np.newaxis] if drift else None,
            lambda done: context.step("drawing", done, int(where.sum())),
        )
    with blamed("inputs.contour_step"):
        step = inputs.contour_step
        levels = levels_of(surface.values) if step is None else levels_by(surface.values, step)
    return Field(inputs, points, values, known, applied, drift, surface, plane, levels)


def _known(inputs: InterpolationInputs, data: Data) -> tuple[Units, Values]:
    asked = inputs.values
    if isinstance(asked, ObservedValue):
        return observed(asked, data, "inputs.values")
    points = data.points(asked.layer, "inputs.values.layer")
    return points, data.values(FieldVariable(field=asked.field), points, "inputs.values")


def _moved(area: gpd.GeoSeries, onto: pyproj.Transformer) -> shapely.Geometry:
    """All polygons as one on the plane, on which long edges of theirs are curves."""
    whole = shapely.segmentize(shapely.union_all(area.array), _CURVED)
    return shapely.transform(whole, onto.transform, interleaved=False)


def _grid(inputs: InterpolationInputs, ground: shapely.Geometry) -> Grid:
    west, south, east, north = ground.bounds
    longer = max(east - west, north - south)
    cell = 1000 * inputs.cell_km if inputs.cell_km else _rounded(longer / USUAL_CELLS)
    if (cells := (east - west) * (north - south) / cell**2) > MOST_CELLS:
        least = math.sqrt((east - west) * (north - south) / MOST_CELLS) / 1000
        raise ParameterError(
            "inputs.cell_km", f"makes {cells:.0f} cells of {cell / 1000:g} km; choose {least:.3g} km or more"
        )
    with blamed("inputs.cell_km"):
        return Grid.around((west, south, east, north), cell)


def _rounded(metres: float) -> float:
    """Up to two digits; no less than a metre."""
    power = 10.0 ** (math.floor(math.log10(max(metres, 1))) - 1)
    return math.ceil(max(metres, 1) / power) * power


def surface_layer(field: Field, description: Text) -> RasterPart:
    return _raster(field, field.title, description, field.surface.values, field.values.title, legend.SEQUENTIAL)


def error_layer(field: Field, description: Text) -> RasterPart:
    title = Text(ru=f"Стандартная ошибка: {field.title.ru}", en=f"Standard error: {field.title.en}")
    legend_title = Text(ru="Стандартная ошибка", en="Standard error")
    return _raster(field, title, description, field.surface.errors, legend_title, UNSURE)


def contour_layer(field: Field, description: Text) -> FeaturePart:
    back = pyproj.Transformer.from_crs(field.plane, 4326, always_xy=True)
    lines = [shapely.transform(line, back.transform, interleaved=False) for line in field.lines]
    there = [at for at, line in enumerate(lines) if not line.is_empty]
    values = field.values
    return FeaturePart(
        title=Text(ru=f"Изолинии: {field.title.ru}", en=f"Contours: {field.title.en}"),
        description=description,
        fields={
            "contour": LayerField(type="integer", role="id", title=Text(ru="Номер", en="Number")),
            "level": LayerField(type="number", title=values.title, unit=values.unit),
            "synthetic": LayerField(type="boolean", title=SYNTHETIC_SERIES),
            "geom": LayerField(type="MultiLineString", role="geometry"),
        },
        columns={
            "contour": np.array(there) + 1,
            "level": np.array([field.levels[at] for at in there]),
            "synthetic": np.full(len(there), field.is_synthetic),
            "geom": [shapely.to_wkb(lines[at]) for at in there],
        },
        styles={
            "default": SimpleStyle(
                kind="simple",
                title=Text(ru=f"Изолинии: {values.title.ru}", en=f"Contours: {values.title.en}"),
                symbol=Symbol(stroke="#3d3d3d", width=1.2),
            )
        },
        zooms=_zooms(field),
    )


def _raster(
    field: Field, title: Text, description: Text, values: Numbers, of: Text, colours: Sequence[str]
) -> RasterPart:
    grid = field.surface.grid
    return RasterPart(
        title=title,
        description=description,
        values=values,
        transform=grid.transform,
        crs=field.plane.to_wkt(),
        styles={"default": _ramp(field.marked(of), field.values.unit or "", values, colours)},
        zooms=_zooms(field),
    )


def _ramp(title: Text, unit: str, values: Numbers, colours: Sequence[str]) -> RampStyle:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        # nothing differs: the middle of the colours
        width = abs(low) / 10 or 1.0
        low, high = low - width, high + width
    digits = 2 - math.floor(math.log10(high - low))
    bounds = [round(float(bound), digits) for bound in np.linspace(low, high, len(colours))]
    stops = tuple(Stop(value=value, colour=colour) for value, colour in zip(bounds, colours, strict=True))
    return RampStyle(kind="ramp", title=title, unit=unit, stops=stops)


def _zooms(field: Field) -> tuple[int, int]:
    """To two zooms beyond that at which a cell is a pixel."""
    latitude = field.points.frame.geometry.y.mean()
    pixel = _PIXEL * math.cos(math.radians(latitude))
    last = math.ceil(math.log2(pixel / field.surface.grid.cell)) + 2
    return _FIRST_ZOOM, int(np.clip(last, _FIRST_ZOOM + 3, _LAST_ZOOM))
