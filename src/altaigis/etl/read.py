"""Raw files as one frame a layer: every column as the source has it, and a geometry in the source's CRS."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyarrow import ArrowException
from pyproj import CRS
from shapely.errors import ShapelyError

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.source import FeatureKey, PointColumns, Source, UnionOf, WktColumn
from altaigis.errors import SourceError
from altaigis.etl.rawdata import RawData
from altaigis.etl.sources.archives import chosen, unpacked
from altaigis.etl.sources.geometry import by_key, from_wkt, points, union
from altaigis.etl.sources.joins import joined, padded
from altaigis.etl.sources.osm import read_osm
from altaigis.etl.sources.rawfile import Mark, RawFile, Reading
from altaigis.etl.sources.tables import read_csv, read_parquet, read_workbook

#: Reads the conformed frame of another layer, by its id.
Conformed = Callable[[str], gpd.GeoDataFrame]


def _read_vector(path: Path, how: Reading) -> RawFile:
    from altaigis.etl.sources.vectors import read_vector  # with it comes GDAL, which a table does without

    return read_vector(path, how)


#: What a file is read by; GDAL reads all others.
_READERS = {
    ".csv": read_csv, ".tsv": read_csv, ".txt": read_csv,
    ".xlsx": read_workbook, ".xlsm": read_workbook,
    ".parquet": read_parquet, ".geoparquet": read_parquet,
    ".osmjson": read_osm,
}  # fmt: skip
_ARCHIVES = (".zip", ".kmz")
_IN_ARCHIVES = (*_READERS, ".shp", ".gpkg", ".geojson", ".json", ".gml", ".kml", ".fgb")


@dataclass(frozen=True)
class Received:
    """A layer's source: its rows, the mark before decimals in them, and what was decided and found.

    The index is where a row stands in the source. ``before`` are the columns that were padded, as they were received.
    """

    frame: gpd.GeoDataFrame
    decimal: Mark
    details: dict[str, Any]
    findings: tuple[Finding, ...]
    before: pd.DataFrame = field(default_factory=pd.DataFrame)

    def rows(self, numbers: Collection[int], *, geometry: bool) -> dict[int, dict[str, str | None]]:
        """The values of rows as they were received, as text; ``geometry`` as WKT where it is the row's own."""
        chosen = self.frame.loc[list(numbers)]
        told = {name: chosen[name] for name in chosen.columns.drop(chosen.geometry.name)}
        told |= {name: self.before.loc[chosen.index, name] for name in self.before.columns}
        columns = [map(_text, column) for column in told.values()]
        texts = [dict(zip(map(str, told), values, strict=True)) for values in zip(*columns, strict=True)]
        texts = texts or [{} for _ in chosen.index]
        if geometry:
            for row, shape in zip(texts, chosen.geometry, strict=True):
                if shape is not None:
                    row["geometry"] = shapely.to_wkt(shape, rounding_precision=7)
        return dict(zip(chosen.index, texts, strict=True))


def _text(value: Any) -> str | None:
    # PostgreSQL keeps no NUL; its picture stands for it
    return None if pd.isna(value) else str(value).replace("\0", "␀")


def read(layer: Layer, raw: RawData, conformed: Conformed) -> Received:
    """The source of a layer, joined with its further files; the index is where a row stands in its file.

    Raises:
        SourceError: a file is missing, unreadable or lacks a column; a row finds no partner in a join.
    """
    source = layer.source
    first = read_file(raw / source.file, _reading(source))
    decisions = {source.file: first.decisions}
    frame = first.frame
    for join in source.join:
        further = read_file(raw / join.file)
        decisions[join.file] = further.decisions
        frame = joined(layer, frame, further.frame, join)
    counts, before = {}, {}
    for column, width in source.pad.items():
        if column not in frame.columns:
            raise SourceError(f"layer {layer.id}: {source.file} has no column {column} to pad")
        before[column] = frame[column].to_numpy()
        frame[column], counts[column] = padded(frame[column], width)
    details: dict[str, Any] = {"sources": {name: decided for name, decided in decisions.items() if decided}}
    if any(counts.values()):
        details["padded"] = counts
    findings = list(first.findings)
    if layer.kind == "table":
        frame = gpd.GeoDataFrame(pd.DataFrame(frame), geometry=np.full(len(frame), None))
    else:
        frame, found = _with_geometry(layer, frame, first.decimal, raw, conformed, details)
        findings += found
    frame.index.name = "row"
    told = {name: value for name, value in details.items() if value}
    return Received(frame, first.decimal, told, tuple(findings), pd.DataFrame(before, index=frame.index))


def read_file(path: Path, how: Reading | None = None) -> RawFile:
    """One raw file, out of an archive if it is one.

    Raises:
        SourceError: naming the file.
    """
    if not path.is_file():
        raise SourceError(f"the raw file {path} {'is no plain file' if path.exists() else 'is missing'}")
    how = how or Reading()
    try:
        if path.stat().st_size == 0:
            raise ValueError("it is empty")
        if path.suffix.lower() not in _ARCHIVES:
            return _reader(path)(path, how)
        with unpacked(path) as folder:
            inside = chosen(folder, _IN_ARCHIVES, how.member)
            return _reader(inside)(inside, how)
    except (
        *(RuntimeError, ValueError, OSError, LookupError, OverflowError, MemoryError),  # GDAL's are RuntimeErrors
        *(ArrowException, ShapelyError),
    ) as error:
        problem = (str(error) or type(error).__name__).splitlines()[0][:500]
        raise SourceError(f"the raw file {path} cannot be read: {problem}") from error


def _reader(path: Path) -> Callable[[Path, Reading], RawFile]:
    return _READERS.get(path.suffix.lower(), _read_vector)


def try_to_read(layer: Layer, path: Path) -> None:
    """Read a file as if it were the layer's first one.

    Raises:
        SourceError: it cannot be read, or is about something else: it has none of the columns.
    """
    columns = [str(name) for name in read_file(path, _reading(layer.source)).frame.columns]
    if not any((field.source or name) in columns for name, field in layer.fields.items()):
        raise SourceError(f"it has none of the layer's columns, but {', '.join(columns[:20])}")


def _reading(source: Source) -> Reading:
    return Reading(source.encoding, source.separator, source.decimal, source.layer, source.member)


def _with_geometry(
    layer: Layer, frame: pd.DataFrame, decimal: Mark, raw: RawData, conformed: Conformed, details: dict[str, Any]
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    how = layer.source.geometry
    findings: list[Finding] = []
    if isinstance(how, UnionOf):
        members = read_file(raw / how.members).frame if how.members else None
        shapes = union(layer, how, frame, conformed(how.union_of), members)
        return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326"), findings
    if isinstance(how, FeatureKey):
        geometry, findings, adapted = by_key(layer, how, frame, conformed(how.of))
        details["keys_of_another_length"] = adapted
        return gpd.GeoDataFrame(pd.DataFrame(frame), geometry=geometry, crs="EPSG:4326"), findings
    if isinstance(how, PointColumns):
        geometry, findings = points(layer, how, frame, decimal)
        frame = gpd.GeoDataFrame(pd.DataFrame(frame), geometry=geometry)
    elif isinstance(how, WktColumn):
        geometry, findings = from_wkt(layer, how, frame)
        frame = gpd.GeoDataFrame(pd.DataFrame(frame), geometry=geometry)
    elif not isinstance(frame, gpd.GeoDataFrame):
        raise SourceError(
            f"layer {layer.id}: {layer.source.file} has no geometry; name columns in source.geometry: "
            "{x: …, y: …}, {wkt: …} or {key: …, of: …}"
        )
    frame, overruled = _in_declared_crs(layer, frame)
    return frame, [*findings, *overruled]


def _in_declared_crs(layer: Layer, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    source: Source = layer.source
    if source.crs is None and frame.crs is None:
        raise SourceError(f"layer {layer.id}: {source.file} does not say its CRS; name it in source.crs")
    if source.crs is None:
        return frame, []
    declared = CRS.from_user_input(source.crs)
    same = frame.crs is None or frame.crs.equals(declared, ignore_axis_order=True)
    told = f"the file says {frame.crs and frame.crs.name}, source.crs says {declared.name}, which is believed"
    return frame.set_crs(declared, allow_override=True), [] if same else [Finding("warning", "crs", told)]
