"""Geometry that a table does not hold as such: from columns, from well-known text, from other layers."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.source import FeatureKey, PointColumns, UnionOf, WktColumn
from altaigis.errors import SourceError
from altaigis.etl.sources.coordinates import parse_coordinate
from altaigis.etl.sources.joins import absent
from altaigis.etl.sources.rawfile import Mark
from altaigis.etl.sources.rings import closed_rings

_ARCS = "curve|circularstring|multisurface"


def points(layer: Layer, columns: PointColumns, frame: pd.DataFrame, decimal: Mark) -> tuple[np.ndarray, list[Finding]]:
    """Points from two columns; a row without coordinates has none, one that cannot be read is a finding.

    Raises:
        SourceError: a column is missing, or no row has coordinates that can be read.
    """
    _require(layer, frame, columns.x, columns.y)
    (x, wrong_x), (y, wrong_y) = (
        _coordinates(frame[name], axis, decimal) for name, axis in ((columns.x, "x"), (columns.y, "y"))
    )
    given = (frame[columns.x].notna() | frame[columns.y].notna()).to_numpy()
    read = given & np.isfinite(x) & np.isfinite(y)
    findings = []
    for row in np.flatnonzero(given & ~read):
        values = f"{columns.x}={frame[columns.x].iloc[row]!r:.100}, {columns.y}={frame[columns.y].iloc[row]!r:.100}"
        crossed = wrong_x[row] or wrong_y[row]
        problem = "stand in each other's column: latitude goes to y" if crossed else "are no coordinates"
        findings.append(Finding("error", "coordinates", f"{values} {problem}", int(frame.index[row])))
    if findings and not read.any():
        raise SourceError(f"layer {layer.id}: {layer.source.file}, row {findings[0].row}: {findings[0].message}")
    result = np.full(len(frame), None, dtype=object)
    result[read] = shapely.points(x[read], y[read])
    return result, findings


def from_wkt(layer: Layer, column: WktColumn, frame: pd.DataFrame) -> tuple[np.ndarray, list[Finding]]:
    """Geometries from a column of well-known text; "SRID=…;" before it is not trusted over source.crs.

    Raises:
        SourceError: the column is missing.
    """
    _require(layer, frame, column.wkt)
    text = frame[column.wkt].astype("string").str.strip().str.replace(r"^SRID=\d+;", "", regex=True)
    values = text.replace("", pd.NA).astype(object).where(text.notna(), None).to_numpy()
    given = np.array([value is not None and value is not pd.NA for value in values], dtype=bool)
    # what GEOS knows of arcs it cannot give to Python: rows that have some are unreadable
    straight = given & ~text.str.contains(_ARCS, case=False).fillna(False).to_numpy(dtype=bool)
    values = np.where(straight, values, None)
    with np.errstate(invalid="ignore"):  # "nan" for a coordinate: a finding later on
        strict = shapely.from_wkt(values, on_invalid="ignore")
        mended = shapely.from_wkt(values, on_invalid="fix") if (given & shapely.is_missing(strict)).any() else strict
    return mended, closed_rings(given, strict, mended, frame.index)


def by_key(
    layer: Layer, how: FeatureKey, frame: pd.DataFrame, features: gpd.GeoDataFrame
) -> tuple[np.ndarray, list[Finding], int]:
    """The geometry of the feature that a row names; a row that names none there is, is a finding.

    An OKTMO of 11 digits that ends in 000 names the same unit as its first 8. The number of keys that matched
    in this way is the third thing returned.

    Raises:
        SourceError: the column or field is missing, or the field's values are not unique.
    """
    _require(layer, frame, how.key)
    field = how.field or how.key
    if field not in features.columns:
        raise SourceError(f"layer {layer.id}: layer {how.of} has no field {field}; name one in source.geometry.field")
    keys = features[field].astype("string")
    twice = keys[keys.duplicated() & keys.notna()]
    if len(twice):
        raise SourceError(f"layer {layer.id}: {field} of layer {how.of} has {twice.iloc[0]!r} twice, so it is no key")
    shapes = dict(zip(keys, features.geometry, strict=True))
    wanted = frame[how.key].astype("string").str.strip()
    other = wanted.where(~wanted.str.fullmatch(r"\d{8}").fillna(False), wanted + "000")
    other = other.where(~wanted.str.fullmatch(r"\d{8}000").fillna(False), wanted.str[:8])
    direct = wanted.isin(keys)
    used = wanted.where(direct, other)
    found = used.isin(keys) & used.notna()
    findings = [
        Finding(
            "error", "key", f"{how.key}: {wanted.iloc[row]!r} is no {field} of layer {how.of}", int(frame.index[row])
        )
        for row in np.flatnonzero((wanted.notna() & ~found).to_numpy())
    ]
    result = np.array([shapes[key] if there else None for key, there in zip(used, found, strict=True)], dtype=object)
    return result, findings, int((found & ~direct).sum())


def union(
    layer: Layer, how: UnionOf, frame: pd.DataFrame, parts: gpd.GeoDataFrame, members: pd.DataFrame | None
) -> list[shapely.Geometry]:
    """The union of features of another layer for each row.

    Raises:
        SourceError: members do not match the rows and the features.
    """
    if members is None:
        if len(frame) != 1:
            raise SourceError(
                f"layer {layer.id}: the union of all of {how.union_of} is one feature, not {len(frame)} rows"
            )
        return [shapely.coverage_union_all(parts.geometry.to_numpy())]
    if len(members.columns) != 2:
        raise SourceError(
            f"layer {layer.id}: {how.members} must have two columns: this layer's id, and the id in {how.union_of}"
        )
    key, part = members.columns
    if key not in frame.columns:
        raise SourceError(f"layer {layer.id}: {layer.source.file} has no column {key}, as {how.members} has")
    twice = members[members.duplicated()]
    problems = [
        *(f"{name!r} is a member of {whole!r} twice" for whole, name in twice.itertuples(index=False)),
        *(f"{name!r} is no feature of {how.union_of}" for name in absent(members[part], parts.index.to_series())),
        *(f"{name!r} is no row of {layer.source.file}" for name in absent(members[key], frame[key])),
        *(f"{name!r} has no members" for name in absent(frame[key], members[key])),
    ]
    if problems:
        raise SourceError(f"layer {layer.id}: {how.members}: {'; '.join(problems[:20])}")
    groups = members.groupby(key)[part]
    return [shapely.coverage_union_all(parts.geometry.loc[groups.get_group(name)].to_numpy()) for name in frame[key]]


def _require(layer: Layer, frame: pd.DataFrame, *names: str) -> None:
    for name in names:
        if name not in frame.columns:
            there = ", ".join(map(str, frame.columns))
            raise SourceError(f"layer {layer.id}: {layer.source.file} has no column {name}; it has {there}")


def _coordinates(values: pd.Series, axis: str, decimal: Mark) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, NaN where there is none, and where a value says that it belongs to the other axis."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(float).copy()
    crossed = np.zeros(len(numbers), dtype=bool)
    for row in np.flatnonzero(np.isnan(numbers) & values.notna().to_numpy()):
        coordinate = parse_coordinate(str(values.iloc[row]), decimal)
        if coordinate is None:
            continue
        crossed[row] = coordinate.axis not in (None, axis)
        if not crossed[row]:
            numbers[row] = coordinate.value
    return numbers, crossed
