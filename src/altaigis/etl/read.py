"""Raw files as frames: every column as the source has it, and a geometry in the source's CRS."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError

from altaigis.domain.layer import Join, Layer, PointColumns, Source, UnionOf
from altaigis.errors import SourceError

#: Reads the conformed frame of another layer, by its id.
Conformed = Callable[[str], gpd.GeoDataFrame]


def read(layer: Layer, raw: Path, conformed: Conformed) -> gpd.GeoDataFrame:
    """The source of a layer, joined with its further files; the index is the row's position, from 1.

    Raises:
        SourceError: a file is missing, unreadable or lacks a column; a row finds no partner in a join.
    """
    source = layer.source
    frame = read_file(raw / source.file, source.encoding)
    for join in source.join:
        frame = _joined(layer, frame, read_file(raw / join.file, "utf-8"), join)
    if layer.kind == "table":
        frame = gpd.GeoDataFrame(frame, geometry=np.full(len(frame), None))
    else:
        frame = _with_geometry(layer, frame, raw, conformed)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return frame


def read_file(path: Path, encoding: str) -> pd.DataFrame:
    """A vector file through GDAL, or a CSV in which every value is text and an empty one is missing.

    Raises:
        SourceError: naming the file.
    """
    if not path.is_file():
        raise SourceError(f"the raw file {path} is missing")
    try:
        if path.suffix.lower() == ".csv":
            return _read_csv(path, encoding)
        return pyogrio.read_dataframe(path, encoding=encoding)
    except (DataSourceError, DataLayerError, ValueError, OSError, LookupError) as error:
        problem = str(error).splitlines()[0]
        raise SourceError(f"the raw file {path} cannot be read: {problem}") from error


def _read_csv(path: Path, encoding: str) -> pd.DataFrame:
    # a header of its own: pandas would rename what stands twice, and shift columns where rows are longer than it
    rows = pd.read_csv(path, dtype=str, encoding=encoding, keep_default_na=False, na_values=[""], header=None)
    names = rows.iloc[0]
    unusable = names.isna() | names.duplicated()
    if unusable.any():
        raise ValueError(f"its header has no name, or one that stands twice, in column {int(unusable.argmax()) + 1}")
    return rows.iloc[1:].set_axis(list(names), axis="columns").reset_index(drop=True)


def _joined(layer: Layer, left: pd.DataFrame, right: pd.DataFrame, join: Join) -> pd.DataFrame:
    for side, frame in ((layer.source.file, left), (join.file, right)):
        if join.on not in frame.columns:
            raise SourceError(f"layer {layer.id}: {side} has no column {join.on} to join {join.file} on")
    twice = sorted((set(left.columns) & set(right.columns)) - {join.on})
    if twice:
        raise SourceError(f"layer {layer.id}: {join.file} repeats columns that came before it: {', '.join(twice)}")
    left_keys, right_keys = left[join.on].astype("string"), right[join.on].astype("string")
    problems = [
        *(
            f"{file} has rows without {join.on}"
            for file, keys in ((layer.source.file, left_keys), (join.file, right_keys))
            if keys.isna().any()
        ),
        *(
            f"{key!r} stands twice in {layer.source.file}"
            for key in sorted(left_keys[left_keys.duplicated()].fillna(""))
        ),
        *(f"{key!r} stands twice in {join.file}" for key in sorted(right_keys[right_keys.duplicated()].fillna(""))),
        *(f"{_row_name(left, left_keys, key)} has no partner in {join.file}" for key in _absent(left_keys, right_keys)),
        *(
            f"{_row_name(right, right_keys, key)} of {join.file} has no partner in {layer.source.file}"
            for key in _absent(right_keys, left_keys)
        ),
    ]
    if problems:
        raise SourceError(f"layer {layer.id}: the join on {join.on} fails: {'; '.join(problems[:20])}")
    matched = right.set_index(right_keys).loc[left_keys].drop(columns=join.on)
    matched.index = left.index
    return pd.concat([left, matched], axis="columns")


def _row_name(frame: pd.DataFrame, keys: pd.Series, key: str) -> str:
    """A row by its key and, as a key alone says little to a person, the first of its texts that is called a name."""
    row = frame[(keys.fillna("(empty)") == key).to_numpy()].iloc[0]
    names = [row[column] for column in frame.columns if "name" in str(column) and isinstance(row[column], str)]
    return f"{key!r} ({names[0]})" if names else repr(key)


def _absent(keys: pd.Series, others: pd.Series) -> list[str]:
    return sorted(keys[~keys.isin(others)].fillna("(empty)"))


def _with_geometry(layer: Layer, frame: pd.DataFrame, raw: Path, conformed: Conformed) -> gpd.GeoDataFrame:
    how = layer.source.geometry
    if isinstance(how, UnionOf):
        union = _unions(layer, how, frame, raw, conformed(how.union_of))
        return gpd.GeoDataFrame(frame, geometry=union, crs="EPSG:4326")
    if isinstance(how, PointColumns):
        frame = gpd.GeoDataFrame(frame, geometry=_points(layer, how, frame))
    elif not isinstance(frame, gpd.GeoDataFrame):
        raise SourceError(
            f"layer {layer.id}: {layer.source.file} has no geometry; name columns in source.geometry: {{x: …, y: …}}"
        )
    return _in_declared_crs(layer, frame)


def _in_declared_crs(layer: Layer, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    source: Source = layer.source
    if source.crs is None and frame.crs is None:
        raise SourceError(f"layer {layer.id}: {source.file} does not say its CRS; name it in source.crs")
    if source.crs is None:
        return frame
    try:
        return frame.set_crs(source.crs, allow_override=True)
    except CRSError as error:
        raise SourceError(f"layer {layer.id}: source.crs {source.crs} is no coordinate system that is known") from error


def _points(layer: Layer, columns: PointColumns, frame: pd.DataFrame) -> np.ndarray:
    for name in (columns.x, columns.y):
        if name not in frame.columns:
            there = ", ".join(map(str, frame.columns))
            raise SourceError(
                f"layer {layer.id}: {layer.source.file} has no column {name} for the coordinates; it has {there}"
            )
    x = pd.to_numeric(frame[columns.x], errors="coerce").to_numpy(float)
    y = pd.to_numeric(frame[columns.y], errors="coerce").to_numpy(float)
    given = frame[columns.x].notna() | frame[columns.y].notna()
    broken = given.to_numpy() & ~(np.isfinite(x) & np.isfinite(y))
    if broken.any():
        row = int(np.flatnonzero(broken)[0])
        values = f"{columns.x}={frame[columns.x].iloc[row]!r}, {columns.y}={frame[columns.y].iloc[row]!r}"
        raise SourceError(f"layer {layer.id}: {layer.source.file}, row {row + 1}: {values} are no coordinates")
    points = np.full(len(frame), None, dtype=object)
    here = given.to_numpy()
    points[here] = shapely.points(x[here], y[here])
    return points


def _unions(
    layer: Layer, how: UnionOf, frame: pd.DataFrame, raw: Path, parts: gpd.GeoDataFrame
) -> list[shapely.Geometry]:
    if how.members is None:
        if len(frame) != 1:
            raise SourceError(
                f"layer {layer.id}: the union of all of {how.union_of} is one feature, not {len(frame)} rows"
            )
        return [shapely.coverage_union_all(parts.geometry.to_numpy())]
    members = read_file(raw / how.members, "utf-8")
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
        *(f"{name!r} is no feature of {how.union_of}" for name in _absent(members[part], parts.index.to_series())),
        *(f"{name!r} is no row of {layer.source.file}" for name in _absent(members[key], frame[key])),
        *(f"{name!r} has no members" for name in _absent(frame[key], members[key])),
    ]
    if problems:
        raise SourceError(f"layer {layer.id}: {how.members}: {'; '.join(problems[:20])}")
    groups = members.groupby(key)[part]
    return [shapely.coverage_union_all(parts.geometry.loc[groups.get_group(name)].to_numpy()) for name in frame[key]]
