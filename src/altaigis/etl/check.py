"""Checks that a layer file declares: rules for single values, which refuse a row, and rules for the whole layer.

The table of rules is our own: pandera (0.35, tried with 300 000 rows) took 16 times as long and 40 MB more, and knows
neither geometry nor other layers, which half of the rules are about.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import geopandas as gpd
import pandas as pd

from altaigis.domain.checks import SumCheck, Totals
from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer, LayerField
from altaigis.etl.ranges import outside
from altaigis.etl.upstream import Upstream

#: Rules whose findings leave a row without a geometry
LEAVES_NO_GEOMETRY = frozenset({
    "coordinates", "key", "geometry", "osm", "geometry finite", "axes", "geometry bounds", "geometry type", "sliver",
})  # fmt: skip
#: Rules that are broken as well where something else is wrong with a value
_FOLLOWING = ("required", "pattern")


def check_rows(layer: Layer, frame: gpd.GeoDataFrame, *, computed: bool) -> Iterator[Finding]:
    """Findings of the rules that stand with the computed fields or with the others; the index is the source row."""
    for name, field in layer.fields.items():
        if bool(field.compute) != computed:
            continue
        for rule, message, broken in _broken(field, frame[name]):
            for row in frame.index[broken]:
                value = frame.at[row, name]
                got = "" if pd.isna(value) else f", got {value!r}" if isinstance(value, str) else f", got {value}"
                severity = "error" if rule == "required" or field.role == "id" else field.severity
                yield Finding(severity, rule, f"{name}: {message}{got}", int(row))
    if computed:
        yield from _repeated(layer, frame)


def first_causes(layer: Layer, findings: Sequence[Finding]) -> list[Finding]:
    """Findings without those that only follow from an earlier one: a row is refused once for what is wrong in one cell.

    What cannot be read is missing too, and a code that names no feature need not be told of its pattern.
    """
    refused = [found for found in findings if found.severity == "error" and found.row is not None]
    told = {(found.row, _field_of(found)) for found in refused if found.rule not in _FOLLOWING}
    told |= {(found.row, layer.geometry_field or "") for found in refused if found.rule in LEAVES_NO_GEOMETRY}
    return [found for found in findings if found.rule not in _FOLLOWING or (found.row, _field_of(found)) not in told]


def _field_of(found: Finding) -> str:
    return found.message.partition(": ")[0]


def check_layer(layer: Layer, frame: gpd.GeoDataFrame, upstream: Upstream) -> Iterator[Finding]:
    """Findings of the rules for the layer as a whole."""
    expected = layer.checks.count
    if expected is not None and len(frame) != expected:
        yield Finding("error", "count", f"the layer must have {expected} features, but {len(frame)} are good")
    for rule in layer.checks.sums:
        for of, total, known in _totals(rule, frame, upstream):
            # the order of adding changes the last digits
            if abs(total - known) > max(rule.tolerance, 1e-12) * abs(known):
                message = f"the sum of {rule.field}{of} is {total:.10g}, not {known:.10g} within {rule.tolerance:.3%}"
                yield Finding(rule.severity, "sum", message)


def _totals(rule: SumCheck, frame: gpd.GeoDataFrame, upstream: Upstream) -> Iterator[tuple[str, float, float]]:
    """What is summed up, its sum, and what the sum must be."""
    if not isinstance(rule.equals, Totals):
        yield "", float(frame[rule.field].sum()), rule.equals
        return
    there, field = rule.equals.layer, rule.equals.field
    known = upstream.features(there, [field])[field].dropna().astype(float)
    if rule.per is None:
        yield "", float(frame[rule.field].sum()), float(known.sum())
        return
    sums = frame.groupby(rule.per)[rule.field].sum()
    for name, value in known.items():
        yield f" where {rule.per} is {name}", float(sums.get(name, 0.0)), value


def _repeated(layer: Layer, frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Findings of the rows whose values together stand in an earlier one; nulls are like each other."""
    for group in layer.checks.unique:
        names = list(group)
        broken = frame[names].duplicated() & frame[names].notna().any(axis=1)
        for row, values in frame.loc[broken, names].iterrows():
            shown = ", ".join("nothing" if pd.isna(value) else str(value) for value in values)
            yield Finding("error", "unique", f"{', '.join(names)}: {shown} stand in an earlier row", int(row))


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
        yield "range", f"must lie between {_bound(low)} and {_bound(high)}", outside(values, field)
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


def _bound(value: float | date | str | None) -> str:
    if value is None:
        return "any"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
