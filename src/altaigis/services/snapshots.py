"""Snapshots of the map: the layers and the indicator that are seen, read at once and no finer than they are seen."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import orjson
from shapely.geometry import shape

from altaigis.domain.catalog import Catalog
from altaigis.domain.expression import Box, Property, call
from altaigis.domain.feature import Feature
from altaigis.domain.indicator import LAYER_PREFIX
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.query import FeatureQuery
from altaigis.domain.snapshot import Drawing, Image, Sight
from altaigis.domain.source import Source
from altaigis.domain.style import ClassesStyle, SimpleStyle, Symbol
from altaigis.domain.text import Text
from altaigis.errors import NotLoaded, ParameterError
from altaigis.etl.cube.legend import style_by
from altaigis.services.features import FeatureService
from altaigis.services.indicators import Classing, IndicatorService
from altaigis.services.rasters import RasterService

#: Of a layer of more features only those in sight are taken; of more than that it is refused.
MOST_FEATURES = 5000
#: What all geometry together may weigh.
MOST_BYTES = 16_000_000
#: The larger side of a raster's picture, pixels.
SIDE = 2048
#: One may look so much closer before a border is seen to be simplified.
CLOSER = 2
#: Pixels, of the circle of the largest value and of the smallest that is seen.
LARGEST, SMALLEST = 30, 1.5
#: The field that the value of an indicator has among those of the units.
VALUE = "indicator"
_CIRCLE = Symbol(fill="#0b5c8a", stroke="#ffffff", width=1, opacity=0.65)
_GROUND = Symbol(fill="#f6f4ef", stroke="#b8b2a6", width=0.6)
_BY_AREA = Text(ru="площадь круга — значение", en="the area of a circle is the value")


@dataclass(frozen=True)
class Theme:
    """An indicator on the map: in which classes its units are coloured, or by circles."""

    classing: Classing
    circles: bool = False


@dataclass(frozen=True)
class Seen:
    """What is on the map: its layers (those that it opens with without any), how opaque they are where they are not
    fully so, and an indicator."""

    sight: Sight
    layers: tuple[str, ...] | None = None
    opacity: Mapping[str, float] = field(default_factory=dict)
    theme: Theme | None = None


@dataclass(frozen=True)
class SnapshotService:
    catalog: Catalog
    features: FeatureService
    rasters: RasterService
    indicators: IndicatorService

    async def parts(self, seen: Seen) -> tuple[Drawing | Image, ...]:
        """The layers from the ground upwards.

        Raises:
            ParameterError: a layer is not there, has nothing to draw, or is too large for a page.
            NotLoaded: a layer that was asked for has no data.
        """
        theme = await self._themed(seen.theme) if seen.theme else None
        parts: list[Drawing | Image] = []
        for layer in self._layers(seen.layers):
            try:
                part = await self._part(layer, seen)
            except NotLoaded:
                if seen.layers is not None:
                    raise
                continue
            if theme and isinstance(part, Drawing) and layer.id == self._units:
                parts += theme.on(part)
            else:
                parts.append(part)
        weight = sum(len(each.geometry or "") for part in parts if isinstance(part, Drawing) for each in part.features)
        if weight > MOST_BYTES:
            raise ParameterError(
                "layers", f"weigh {weight // 1_000_000} MB together; leave some out, or look from afar"
            )
        return tuple(parts)

    @property
    def _units(self) -> str | None:
        about = self.catalog.indicators.territories
        return about.units if about else None

    def _layers(self, wanted: tuple[str, ...] | None) -> list[Layer]:
        """In drawing order."""
        if wanted is None:
            return [layer for layer in self.catalog if layer.visible]
        for name in wanted:
            if name not in self.catalog:
                raise ParameterError("layers", f"there is no layer '{name[:60]}'")
            if self.catalog.layer(name).kind == "table":
                raise ParameterError("layers", f"'{name}' is a table: there is nothing to draw")
        return [layer for layer in self.catalog if layer.id in wanted]

    async def _part(self, layer: Layer, seen: Seen) -> Drawing | Image:
        opacity = seen.opacity.get(layer.id, 1)
        if layer.kind == "raster":
            content, box = await self.rasters.whole(layer, SIDE)
            return Image(layer, content, box, opacity)
        query = FeatureQuery(layer, limit=MOST_FEATURES, zoom=math.ceil(seen.sight.zoom) + CLOSER)
        page = await self.features.page(query)
        if page.matched > MOST_FEATURES:
            box = seen.sight.box
            corners = Box((box.west, box.south, box.east, box.north))
            query = replace(query, where=call("s_intersects", Property(layer.geometry_field or ""), corners))
            page = await self.features.page(query)
        if page.matched > MOST_FEATURES:
            told = f"'{layer.id}' has {page.matched} features in sight, more than {MOST_FEATURES}; look closer"
            raise ParameterError("layers", told)
        return Drawing(layer, page.features, opacity)

    async def _themed(self, theme: Theme) -> "_Themed":
        one, legend, period = await self.indicators.legend(theme.classing)
        _, found = await self.indicators.per(theme.classing.code, theme.classing.per)
        values = {
            row.territory: row.value
            for row in found.values
            if row.kind == "unit" and row.period == period and row.value is not None
        }
        field = LayerField(type="number", unit=one.unit, digits=one.digits, title=one.title)
        style = style_by(one, legend, period, VALUE)
        made = f"{LAYER_PREFIX}{theme.classing.code}"
        source = self.catalog.layer(made if made in self.catalog else self.indicators.layer.id).source
        return _Themed(source, field, style, values, theme.circles)


@dataclass(frozen=True)
class _Themed:
    """An indicator that the units are drawn by, and where its values are from."""

    source: Source
    field: LayerField
    style: ClassesStyle
    values: Mapping[str, float]
    circles: bool

    def on(self, units: Drawing) -> list[Drawing]:
        fields = {**units.layer.fields, VALUE: self.field}
        style = SimpleStyle(kind="simple", symbol=_GROUND) if self.circles else self.style
        update = {"fields": fields, "styles": {"default": style}, "source": self.source}
        layer = units.layer.model_copy(update=update)
        valued = tuple(self._valued(feature) for feature in units.features)
        drawn = replace(units, layer=layer, features=valued)
        return [drawn, self._circles(drawn)] if self.circles else [drawn]

    def _valued(self, feature: Feature) -> Feature:
        values = orjson.loads(feature.properties) | {VALUE: self.values.get(feature.fid)}
        return replace(feature, properties=orjson.dumps(values).decode())

    def _circles(self, units: Drawing) -> Drawing:
        largest = max(map(abs, self.values.values()), default=0)
        radii = {
            unit: max(SMALLEST, LARGEST * math.sqrt(abs(value) / largest)) if largest else SMALLEST
            for unit, value in self.values.items()
        }
        style = SimpleStyle(kind="simple", title=_BY_AREA, symbol=_CIRCLE)
        geometry = units.layer.geometry_field or ""
        fields = {**units.layer.fields, geometry: units.layer.fields[geometry].model_copy(update={"type": "Point"})}
        update = {
            "id": f"{units.layer.id}_{VALUE}",
            "title": self.style.title,
            "fields": fields,
            "styles": {"default": style},
            "coverage": None,
        }
        found = [_inside(feature) for feature in units.features if feature.fid in radii and feature.geometry]
        # small ones lie on large ones
        found.sort(key=lambda feature: -radii[feature.fid])
        return Drawing(units.layer.model_copy(update=update), tuple(found), units.opacity, radii)


def _inside(feature: Feature) -> Feature:
    """A point in it, of its largest part."""
    parts = shape(orjson.loads(feature.geometry or ""))
    largest = max(getattr(parts, "geoms", [parts]), key=lambda part: part.area)
    point = largest.centroid if largest.contains(largest.centroid) else largest.representative_point()
    told = {"type": "Point", "coordinates": [round(point.x, 5), round(point.y, 5)]}
    return replace(feature, geometry=orjson.dumps(told).decode())
