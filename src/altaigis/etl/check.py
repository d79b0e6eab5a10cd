"""Checks that a layer file declares: rules for single values, which refuse a row, and rules for the whole layer."""

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import shapely

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer, LayerField


def check_rows(layer: Layer, frame: gpd.GeoDataFrame, *, computed: bool) -> Iterator[Finding]:
    """Findings of the rules that stand with the computed fields or with the others; the index is the source row."""
    for name, field in layer.fields.items():
        if bool(field.compute) != computed:
            continue
        for rule, message, broken in _broken(field, frame[name]):
            for row in frame.index[broken]:
                value = frame.at[row, name]
                got = "" if pd.isna(value) else f", got {value!r}" if isinstance(value, str) else f", got {value}"
                yield Finding("error", rule, f"{name}: {message}{got}", int(row))


def check_within(frame: gpd.GeoDataFrame, name: str, territory: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Findings of the rows whose geometry does not touch the territory, the features of the layer ``name``."""
    whole = shapely.union_all(territory.geometry.to_numpy())
    shapely.prepare(whole)
    geometries = frame.geometry.to_numpy()
    outside = ~shapely.is_missing(geometries) & ~shapely.intersects(whole, geometries)
    for row in frame.index[outside]:
        yield Finding("error", "within", f"lies outside the layer {name}", int(row))


def check_layer(layer: Layer, frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Findings of the rules for the layer as a whole."""
    expected = layer.checks.count
    if expected is not None and len(frame) != expected:
        yield Finding("error", "count", f"the layer must have {expected} features, but {len(frame)} are good")
    for rule in layer.checks.sums:
        total = float(frame[rule.field].sum())
        if abs(total - rule.equals) > rule.tolerance * abs(rule.equals):
            message = f"the sum of {rule.field} is {total:.10g}, not {rule.equals:.10g} within {rule.tolerance:.3%}"
            yield Finding("error", "sum", message)


def _broken(field: LayerField, values: pd.Series) -> Iterator[tuple[str, str, pd.Series]]:
    """Rule, message, and which rows break it."""
    if field.is_geometry:
        if field.required:
            yield "required", "the geometry is missing", values.isna()
        return
    if field.required or field.role == "id":
        yield "required", "the value is missing", values.isna()
    if field.unique or field.role == "id":
        yield "unique", "the value stands in an earlier row", values.duplicated() & values.notna()
    if field.range:
        low, high = field.range
        outside = (values < low if low is not None else False) | (values > high if high is not None else False)
        yield (
            "range",
            f"must lie between {_bound(low)} and {_bound(high)}",
            pd.Series(outside, index=values.index).fillna(False).astype(bool),
        )
    if field.pattern:
        yield (
            "pattern",
            f"must match {field.pattern}",
            values.notna() & ~values.astype("string").str.fullmatch(field.pattern).fillna(False),
        )
    if field.values:
        yield (
            "values",
            f"must be one of {', '.join(field.values)}",
            values.notna() & ~values.isin(field.values),
        )


def _bound(value: float | None) -> str:
    return "any" if value is None else f"{value:.10g}"
