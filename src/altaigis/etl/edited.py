"""One feature that a person has edited: brought into the layer's form and held to its rules, as by a load."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from altaigis.domain.edit import Row, shown
from altaigis.domain.finding import Finding, Severity
from altaigis.domain.layer import Layer
from altaigis.errors import EditRefused
from altaigis.etl.check import check_layer, check_rows, first_causes
from altaigis.etl.conform import compute, conform
from altaigis.etl.relations import check_covers, check_relations
from altaigis.etl.upstream import Upstream
from altaigis.geometry.projection import STORAGE_CRS
from altaigis.store.schema import STORAGE_SRID

#: What JSON has for each type of field; a load reads more, for files are written by hand.
_WRITTEN: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "date": (str,),
    "datetime": (str,),
}
#: The row of the edited feature; those of the layer's others follow.
_OWN = 0
#: The most mistakes that one answer tells.
_TOLD = 20
_AXES = "lies far from the krai, and in it with its axes exchanged; without Content-Crs longitude comes first"


def conformed(layer: Layer, row: Row, upstream: Upstream) -> tuple[Row, tuple[str, ...]]:
    """The feature as it is to be kept, its computed fields computed anew; and what a load would warn of.

    Args:
        row: values by field as JSON has them, computed ones unheeded; the geometry is hexadecimal EWKB in EPSG:4326.

    Raises:
        EditRefused: with everything that a load would refuse or repair.
    """
    _refuse(_of_other_types(layer, row))
    made = conform(_as_written(layer), _as_source(layer, row))
    # What a load repairs and tells of is refused here, for whoever has drawn it can draw it anew
    if made.findings:
        broken = [*made.findings, *check_rows(layer, made.frame, computed=False)]
        _refuse(first_causes(layer, broken), "error", "warning")
    done = compute(layer, made.frame)
    findings = [*check_relations(layer, done, upstream), *_alone_and_among_others(layer, done, upstream)]
    _refuse(findings)
    warnings = tuple(_told(finding) for finding in findings)
    return _as_row(layer, done), warnings


def check_without(layer: Layer, fid: str, upstream: Upstream) -> None:
    """Hold what is left of a layer without one of its features to the rules for the layer as a whole.

    Raises:
        EditRefused: one of them would be broken.
    """
    if _is_judged_as_a_whole(layer):
        _refuse(_of_the_whole(layer, _others(layer, fid, upstream), upstream))


def _alone_and_among_others(layer: Layer, done: gpd.GeoDataFrame, upstream: Upstream) -> Iterator[Finding]:
    among = done
    if _is_judged_among_others(layer):
        # behind the others: what stands twice is told of its second place
        among = pd.concat([_others(layer, str(done.at[_OWN, layer.id_field]), upstream), done])
        yield from _of_the_whole(layer, among, upstream)
    for computed in (False, True):
        yield from (found for found in check_rows(layer, among, computed=computed) if found.row == _OWN)


def _is_judged_as_a_whole(layer: Layer) -> bool:
    checks = layer.checks
    return bool(checks.count is not None or checks.sums or checks.covers)


def _is_judged_among_others(layer: Layer) -> bool:
    unique = layer.checks.unique or any(field.unique for field in layer.fields.values())
    return bool(unique or layer.coverage) or _is_judged_as_a_whole(layer)


def _of_the_whole(layer: Layer, frame: gpd.GeoDataFrame, upstream: Upstream) -> Iterator[Finding]:
    yield from check_layer(layer, frame, upstream)
    yield from check_covers(layer, frame, upstream)
    if layer.coverage and not shapely.coverage_is_valid(frame.geometry.dropna().to_numpy()):
        yield Finding("error", "geometry coverage", "overlaps its neighbours, or leaves the border that they share")


def _others(layer: Layer, fid: str, upstream: Upstream) -> gpd.GeoDataFrame:
    """The layer's other features as it shows them."""
    shown = upstream.features(layer.id)
    others = shown.loc[shown[layer.id_field].astype(str) != fid, list(layer.fields)]
    return others.set_index(pd.RangeIndex(_OWN + 1, _OWN + 1 + len(others)))


def _of_other_types(layer: Layer, row: Row) -> Iterator[Finding]:
    for name, field in layer.fields.items():
        value = row.get(name)
        if field.is_geometry or field.compute or value is None:
            continue
        # to Python a truth value is a whole number
        if not isinstance(value, _WRITTEN[field.type]) or (isinstance(value, bool) and field.type != "boolean"):
            yield Finding("error", "type", f"{name}: {shown(value)} is not of type {field.type}")


def _as_written(layer: Layer) -> Layer:
    """The layer as a source that has its fields by their own names and in their own units."""
    plain = {name: field.model_copy(update={"source": None, "from_unit": None}) for name, field in layer.fields.items()}
    return layer.model_copy(update={"fields": plain})


def _as_source(layer: Layer, row: Row) -> gpd.GeoDataFrame:
    columns = {
        name: pd.Series([row.get(name)], index=[_OWN], dtype=object)
        for name, field in layer.fields.items()
        if not field.is_geometry and not field.compute
    }
    shape = row.get(layer.geometry_field) if layer.geometry_field else None
    geometry = gpd.GeoSeries([None if shape is None else shapely.from_wkb(shape)], index=[_OWN], crs=STORAGE_CRS)
    return gpd.GeoDataFrame(columns, geometry=geometry)


def _as_row(layer: Layer, frame: gpd.GeoDataFrame) -> Row:
    return {name: _as_json(frame.at[_OWN, name]) for name in layer.fields}


def _as_json(value: Any) -> Any:
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(shapely.set_srid(value, STORAGE_SRID), hex=True, include_srid=True)
    if pd.isna(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _refuse(findings: Iterable[Finding], *severities: Severity) -> None:
    wrong = [_told(finding) for finding in findings if finding.severity in (severities or ("error",))]
    if wrong:
        more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        raise EditRefused("; ".join(wrong[:_TOLD]) + more)


def _told(finding: Finding) -> str:
    if finding.rule == "axes":
        return f"geometry: {_AXES}"
    if finding.rule.startswith(("geometry", "sliver")):
        return f"geometry: {finding.message}"
    return finding.message
