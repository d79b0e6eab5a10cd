"""Merging: a new state of the source with what people have edited since the last one."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from altaigis.domain.edit import Case, Merged, Row, Touched
from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.etl.check import check_rows
from altaigis.etl.conform import compute
from altaigis.etl.relations import check_relations
from altaigis.etl.rivals import among_edited, groups, of_edited, told
from altaigis.etl.upstream import Upstream
from altaigis.geometry.projection import STORAGE_CRS

#: The rules of the findings: both have changed a field, or the source has lost what a person has edited.
CONFLICT = "conflict"
GONE = "gone from the source"


def merge(case: Case) -> Merged:
    """Three ways: what a person has set stands, all else follows the source.

    A feature that a person has deleted stays deleted, one that a person has inserted stays. A conflict is told at
    every load until the source says what the person does, or the person sets the field again.
    """
    touched, theirs, ours = case.touched, case.theirs, case.ours
    if theirs is None:
        return _merge_deleted(touched, ours)
    edited = {name for name, value in touched.seen.items() if name in theirs and theirs[name] != value}
    if ours is None:
        if edited:
            return Merged(theirs, touched, gone=touched.source is not None)
        return Merged(None, None)
    kept = {name: theirs[name] for name in touched.seen if name in edited & ours.keys() and theirs[name] != ours[name]}
    seen = {name: touched.seen[name] for name in kept}
    remembered = Touched(touched.fid, ours, seen) if kept else None
    return Merged({**ours, **kept}, remembered, _changed(seen, ours))


def _merge_deleted(touched: Touched, ours: Row | None) -> Merged:
    if touched.source is None:
        # nobody's but the source's: whoever made one with the same id has taken it back
        return Merged(ours, None)
    if ours is None:
        return Merged(None, touched)
    return Merged(None, Touched(touched.fid, ours, touched.seen), _changed(touched.seen, ours))


def _changed(seen: Row, ours: Row) -> tuple[str, ...]:
    return tuple(name for name, value in seen.items() if name in ours and ours[name] != value)


def merge_cases(
    layer: Layer, incoming: gpd.GeoDataFrame, upstream: Upstream, cases: Sequence[Case]
) -> tuple[list[Merged], tuple[Finding, ...]]:
    """What a layer's load makes of each case, and what it has to say of them. Rows of the source that only it speaks
    of are refused, by findings that are errors, where they say what must stand once and stands in an edited feature.

    Args:
        incoming: what the source says now, conformed; the index is the position in it.
    """
    merged = recomputed(layer, [merge(case) for case in cases])
    settled, sharing = among_edited(layer, cases, merged)
    done = recomputed(layer, settled)
    triples = list(zip(cases, merged, done, strict=True))
    findings = [finding for case, _, end in triples for finding in _findings(layer, case, end)]
    findings += [finding for triple in triples for finding in _given_way(layer, *triple)]
    edited = {case.touched.fid: end.row for case, _, end in triples if end.row and end.touched}
    findings += _broken_rules(layer, edited, sharing, upstream)
    rows = rows_by_fid(layer, incoming)
    found = [replace(finding, row=rows.get(finding.fid or "")) for finding in findings]
    held = {case.touched.fid for case, _, end in triples if end.touched}
    own = incoming[~incoming[layer.id_field].astype(str).isin(held)]
    refused = list(_refused(layer, own, edited))
    lost = {finding.fid for finding in refused}
    done = [Merged(None, None) if case.touched.fid in lost else end for case, end in zip(cases, done, strict=True)]
    return done, (*found, *refused)


def _given_way(layer: Layer, case: Case, merged: Merged, end: Merged) -> Iterator[Finding]:
    """What is told of new values of the source that stand in another edited feature."""
    names = [name for name in merged.row or {} if not layer.fields[name].compute and merged.row != end.row]
    for name in names:
        if merged.row and end.row and merged.row[name] != end.row[name]:
            message = (
                f"{name}: {end.row[name]!r} stays; the source says {merged.row[name]!r}, which stands in a feature "
                "that a person has edited"
            )
            yield Finding("warning", "unique", message, None, case.touched.fid, {}, _place(layer, end.row))


def _refused(layer: Layer, own: gpd.GeoDataFrame, edited: Mapping[str, Row]) -> Iterator[Finding]:
    """Those of the rows that only the source speaks of that say what stands in a feature that a person has edited."""
    if not edited or not groups(layer):
        return
    names = [name for name in layer.fields if name != layer.geometry_field]
    for row, group in of_edited(layer, _as_frame(layer, list(edited.values()), names), own).items():
        values = own.loc[row]
        message = f"{told(values, group)} stands in a feature that a person has edited, and which stays"
        shape = values[layer.geometry_field] if layer.geometry_field else None
        received = {name: None if pd.isna(values[name]) else str(values[name]) for name in names}
        yield Finding("error", "unique", message, row, received[layer.id_field], received, _inside(shape))


def _broken_rules(
    layer: Layer, edited: Mapping[str, Row], sharing: Collection[str], upstream: Upstream
) -> Iterator[Finding]:
    """What features of both people and the source break: each has kept the rules when it came, but the rules and other
    layers may be new, and what is computed is of both. It is told, for what people have set stands."""
    if not edited:
        return
    fids, frame = list(edited), _as_frame(layer, list(edited.values()), list(layer.fields))
    broken = [*check_rows(layer, frame, computed=False), *check_rows(layer, frame, computed=True)]
    broken += check_relations(layer, frame, upstream)
    all_told = [(fids[found.row or 0], found.rule, found.message) for found in broken if found.rule != "unique"]
    all_told += [(fid, "unique", "another edited feature has the same values") for fid in sorted(sharing)]
    for fid, rule, message in all_told:
        stays = f"{message}; a person has edited the feature, and it stays"
        yield Finding("warning", rule, stays, None, fid, {}, _place(layer, edited[fid]))


def _findings(layer: Layer, case: Case, merged: Merged) -> Iterator[Finding]:
    fid, place = case.touched.fid, _place(layer, merged.row or case.ours)
    for name in merged.conflicts:
        yield Finding("warning", CONFLICT, _told(layer, name, case), None, fid, _both(layer, name, case), place)
    if merged.gone:
        yield Finding("warning", GONE, "it stays, for a person has edited it", None, fid, {}, place)


def _told(layer: Layer, name: str, case: Case) -> str:
    if case.theirs is None:
        stands = "a person has deleted the feature, and it stays deleted"
    elif layer.fields[name].is_geometry:
        stands = "what a person has drawn stands"
    else:
        stands = f"{case.theirs[name]!r}, which a person has set, stands"
    if layer.fields[name].is_geometry or case.ours is None:
        return f"{name}: {stands}; the source has changed it"
    return f"{name}: {stands}; the source has changed it from {case.touched.seen[name]!r} to {case.ours[name]!r}"


def _both(layer: Layer, name: str, case: Case) -> dict[str, Any]:
    states = {"edited": case.theirs, "source": case.ours, "source_then": case.touched.seen}
    values = {key: row[name] for key, row in states.items() if row is not None}
    as_told = _wkt if layer.fields[name].is_geometry else str
    return {"field": name} | {key: None if value is None else as_told(value) for key, value in values.items()}


def recomputed(layer: Layer, done: list[Merged]) -> list[Merged]:
    """The same with the computed fields of the rows computed anew: one may be made of an edit and a new value."""
    names = [name for name, field in layer.fields.items() if field.compute]
    rows = [merged.row for merged in done if merged.row is not None]
    if not names or not rows:
        return done
    frame = _as_frame(layer, rows, [name for name in layer.fields if name not in names])
    values = compute(layer, frame)[names].astype(object)
    fresh = iter(values.where(values.notna(), None).to_dict("records"))
    return [merged if merged.row is None else replace(merged, row={**merged.row, **next(fresh)}) for merged in done]


def _as_frame(layer: Layer, rows: Sequence[Row], names: Sequence[str]) -> gpd.GeoDataFrame:
    """Some fields of features as the pipeline has them, without values that do not fit their type."""
    columns = {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
    as_typed = {name: _AS_TYPED.get(layer.fields[name].type, pd.Series.copy) for name in names}
    frame = gpd.GeoDataFrame({name: as_typed[name](column) for name, column in columns.items()})
    if layer.geometry_field in names:
        shapes = shapely.from_wkb(frame[layer.geometry_field].to_numpy())
        frame = frame.set_geometry(gpd.GeoSeries(shapes, crs=STORAGE_CRS, name=layer.geometry_field))
    return frame


def _numbers(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").convert_dtypes()


def _moments(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, errors="coerce", utc=True, format="ISO8601")


#: From JSON; a date stays a text, by which it compares as well.
_AS_TYPED: Mapping[str, Callable[[pd.Series], pd.Series]] = {
    "integer": _numbers,
    "number": _numbers,
    "datetime": _moments,
}


def rows_by_fid(layer: Layer, frame: pd.DataFrame) -> dict[str, int]:
    """The position in the source of each feature of a conformed frame."""
    return dict(zip(frame[layer.id_field].astype(str), frame.index.astype(int), strict=True))


def _place(layer: Layer, row: Row | None) -> tuple[float, float] | None:
    text = row.get(layer.geometry_field) if row and layer.geometry_field else None
    return _inside(shapely.from_wkb(text) if text else None)


def _inside(shape: shapely.Geometry | None) -> tuple[float, float] | None:
    if shape is None or shape.is_empty:
        return None
    point = shapely.point_on_surface(shape)
    return point.x, point.y


def _wkt(value: str) -> str:
    return str(shapely.to_wkt(shapely.from_wkb(value), rounding_precision=7))
