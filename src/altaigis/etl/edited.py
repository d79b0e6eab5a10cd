"""Features that people have edited: brought into the layer's form and held to its rules, as by a load."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from altaigis.domain.edit import ROUNDED, Row, shown
from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.errors import EditRefused
from altaigis.etl.check import check_layer, check_rows, first_causes
from altaigis.etl.conform import compute, conform
from altaigis.etl.relations import check_covers, check_relations
from altaigis.etl.upstream import Upstream
from altaigis.geometry.projection import STORAGE_CRS
from altaigis.geometry.snapping import snapped
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
#: The most mistakes that one answer tells, and the features that one mistake names.
_TOLD, _NAMED = 20, 5
_AXES = "lies far from the krai, and in it with its axes exchanged; do they follow the CRS that it is sent in?"


def conformed(layer: Layer, row: Row, upstream: Upstream) -> tuple[Row, tuple[str, ...]]:
    """The feature as it is to be kept, its computed fields computed anew; and what a load would warn of.

    Args:
        row: values by field as JSON has them, computed ones unheeded; the geometry is hexadecimal EWKB in EPSG:4326.

    Raises:
        EditRefused: with everything that a load would refuse or repair.
    """
    made, wrong = formed(layer, [row], upstream)
    _refuse(wrong)
    findings = judged(layer, made, [str(row[layer.id_field])], upstream)
    _refuse(findings)
    (kept,) = rows_of(layer, made)
    return kept, tuple(told(finding) for finding in findings)


def check_without(layer: Layer, fid: str, upstream: Upstream) -> None:
    """Hold what is left of a layer without one of its features to the rules for the layer as a whole.

    Raises:
        EditRefused: one of them would be broken.
    """
    nothing, _ = formed(layer, [], upstream)
    _refuse(judged(layer, nothing, [fid], upstream))


def formed(layer: Layer, rows: Sequence[Row], upstream: Upstream) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Features brought into the layer's form, their computed fields computed anew, and what a load would refuse or
    repair in them: whoever has drawn it can draw it anew. Findings are told of places among the rows, from 0, which
    are the index of the frame.

    Vertices on the borders of a coverage may come as answers have rounded them.
    """
    wrong = [replace(found, row=place) for place, row in enumerate(rows) for found in _of_other_types(layer, row)]
    if wrong:
        return gpd.GeoDataFrame(), wrong
    source = _as_source(layer, rows)
    if layer.coverage and rows:
        known = upstream.features(layer.id).geometry.dropna().to_numpy()
        source = source.set_geometry(snapped(source.geometry.to_numpy(), known, ROUNDED), crs=STORAGE_CRS)
    made = conform(_as_written(layer), source)
    if made.findings:
        broken = [*made.findings, *check_rows(layer, made.frame, computed=False)]
        return made.frame, [replace(found, severity="error") for found in first_causes(layer, broken)]
    return compute(layer, made.frame), []


def alone(layer: Layer, made: gpd.GeoDataFrame) -> list[Finding]:
    """Errors of the rules that need no look at other features, of those that :func:`formed` has made."""
    found = [*check_rows(layer, made, computed=False), *check_rows(layer, made, computed=True)]
    return [finding for finding in found if finding.severity == "error" and finding.rule != "unique"]


def rows_of(layer: Layer, made: gpd.GeoDataFrame) -> list[Row]:
    """The features of :func:`formed` as they are to be kept."""
    columns = {name: [_as_json(value) for value in made[name]] for name in layer.fields}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def judged(layer: Layer, made: gpd.GeoDataFrame, fids: Collection[str], upstream: Upstream) -> list[Finding]:
    """What the rules of a load have to say of features, alone, among the layer's others, and beside other layers.

    Args:
        made: what :func:`formed` has made of them; those that go are not among them.
        fids: ids of all that come, change and go.
    """
    findings = list(check_relations(layer, made, upstream)) if len(made) else []
    among = made
    if _is_judged_as_a_whole(layer) or (len(made) and _is_judged_among_others(layer)):
        # behind the others: what stands twice is told of its second place
        among = pd.concat([_others(layer, fids, upstream, len(made)), made])
        findings += _of_the_whole(layer, among, upstream)
    for computed in (False, True):
        findings += [found for found in check_rows(layer, among, computed=computed) if found.row in made.index]
    return findings


@dataclass(frozen=True)
class Edited(Upstream):
    """The loaded layers with what a transaction makes of several of them: by layer, the ids of all that it changes,
    and the frame of those that are there behind it."""

    loaded: Upstream
    changes: Mapping[str, tuple[Collection[str], gpd.GeoDataFrame]]

    def features(self, layer: str, fields: Collection[str] | None = None) -> gpd.GeoDataFrame:
        """The features of a layer as they will be."""
        shown = self.loaded.features(layer, fields)
        if layer not in self.changes:
            return shown
        fids, made = self.changes[layer]
        key = shown.index.name
        stays = shown.loc[~shown.index.astype(str).isin(set(fids))]
        return pd.concat([stays, made.set_index(key, drop=False)[list(shown.columns)]])


def _is_judged_as_a_whole(layer: Layer) -> bool:
    checks = layer.checks
    return bool(checks.count is not None or checks.sums or checks.covers)


def _is_judged_among_others(layer: Layer) -> bool:
    unique = layer.checks.unique or any(field.unique for field in layer.fields.values())
    return bool(unique or layer.coverage) or _is_judged_as_a_whole(layer)


def _of_the_whole(layer: Layer, frame: gpd.GeoDataFrame, upstream: Upstream) -> Iterator[Finding]:
    yield from check_layer(layer, frame, upstream)
    yield from check_covers(layer, frame, upstream)
    if layer.coverage:
        yield from _borders(layer, frame[frame.geometry.notna()])


def _borders(layer: Layer, frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Whether neighbours share their borders, and where they do not."""
    edges = shapely.coverage_invalid_edges(frame.geometry.to_numpy())
    broken = ~shapely.is_empty(edges)
    if broken.any():
        among = ", ".join(map(str, frame.loc[broken, layer.id_field].head(_NAMED)))
        longitude, latitude = shapely.get_coordinates(edges[broken])[0]
        message = f"overlaps its neighbours, or leaves the border that they share, at {longitude:.6f} {latitude:.6f}"
        yield Finding("error", "geometry coverage", f"{message}; it is a matter of {among}")


def _others(layer: Layer, fids: Collection[str], upstream: Upstream, first: int) -> gpd.GeoDataFrame:
    """The layer's other features as it shows them, by numbers from ``first`` on."""
    shown = upstream.features(layer.id)
    others = shown.loc[~shown[layer.id_field].astype(str).isin(set(fids)), list(layer.fields)]
    return others.set_index(pd.RangeIndex(first, first + len(others)))


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


def _as_source(layer: Layer, rows: Sequence[Row]) -> gpd.GeoDataFrame:
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype=object)
        for name, field in layer.fields.items()
        if not field.is_geometry and not field.compute
    }
    shapes = [row.get(layer.geometry_field) if layer.geometry_field else None for row in rows]
    geometry = gpd.GeoSeries([None if shape is None else shapely.from_wkb(shape) for shape in shapes], crs=STORAGE_CRS)
    return gpd.GeoDataFrame(columns, geometry=geometry)


def _as_json(value: Any) -> Any:
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(shapely.set_srid(value, STORAGE_SRID), hex=True, include_srid=True)
    if pd.isna(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _refuse(findings: Iterable[Finding]) -> None:
    wrong = [told(finding) for finding in findings if finding.severity == "error"]
    if wrong:
        more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        raise EditRefused("; ".join(wrong[:_TOLD]) + more)


def told(finding: Finding) -> str:
    """What a finding says of a feature, to whoever has edited it."""
    if finding.rule == "axes":
        return f"geometry: {_AXES}"
    if finding.rule.startswith(("geometry", "sliver")):
        return f"geometry: {finding.message}"
    return finding.message
