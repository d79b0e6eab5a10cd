"""Source columns -> the layer's fields: our names, types, CRS, valid geometry of one type, computed values."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj.exceptions import CRSError

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer, LayerField, Ratio
from altaigis.errors import ConformError
from altaigis.geometry.cleaning import as_type, make_valid
from altaigis.geometry.geodesy import area_km2

STORAGE_CRS = "EPSG:4326"


@dataclass(frozen=True)
class Conformed:
    """A frame with exactly the layer's fields, the source row as index, and what was found on the way."""

    frame: gpd.GeoDataFrame
    findings: tuple[Finding, ...]


def conform(layer: Layer, source: gpd.GeoDataFrame) -> Conformed:
    """Bring a source frame into the layer's form. Values that cannot be read as their type are findings.

    Raises:
        ConformError: a column is missing, or the CRS cannot be used.
    """
    columns: dict[str, pd.Series] = {}
    findings: list[Finding] = []
    for name, field in layer.fields.items():
        if field.is_geometry or field.compute:
            continue
        column = field.source or name
        if column not in source.columns:
            there = ", ".join(str(c) for c in source.columns if c != source.geometry.name)
            raise ConformError(
                f"layer {layer.id}: field {name} reads column {column}, which the source lacks; it has {there}"
            )
        values = source[column]
        columns[name] = _CASTS[field.type](values)
        unread = columns[name].isna() & values.notna() & (values.astype("string").str.strip() != "")
        findings += [
            Finding(
                "error",
                f"type {field.type}",
                f"{name}: {values[row]!r} is not of type {field.type}",
                int(row),
            )
            for row in source.index[unread]
        ]
    frame = gpd.GeoDataFrame(columns, index=source.index)
    if layer.geometry_field:
        geometry, found = _geometry(layer, source)
        frame = frame.set_geometry(gpd.GeoSeries(geometry, index=source.index, crs=STORAGE_CRS)).rename_geometry(
            layer.geometry_field
        )
        findings += found
    return Conformed(frame, tuple(findings))


def compute(layer: Layer, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the fields that are computed from others, in the order of the layer file; fields end in that order."""
    result = frame.copy()
    for name, field in layer.fields.items():
        if field.compute:
            values = _computed(field, result)
            result[name] = values if field.digits is None else values.round(field.digits)
    return result[list(layer.fields)]


def _computed(field: LayerField, frame: gpd.GeoDataFrame) -> pd.Series:
    if isinstance(field.compute, Ratio):
        above, below = (frame[name].astype("Float64") for name in field.compute.ratio)
        return above / below.where(below != 0)
    return pd.Series(area_km2(frame.geometry.to_numpy()), index=frame.index, dtype="Float64")


def _geometry(layer: Layer, source: gpd.GeoDataFrame) -> tuple[np.ndarray, list[Finding]]:
    wanted = layer.geometry_type
    if wanted is None:
        raise ConformError(f"layer {layer.id} declares no geometry")
    try:
        received = source.geometry.to_crs(STORAGE_CRS).to_numpy()
    except (CRSError, ValueError) as error:
        raise ConformError(f"layer {layer.id}: coordinates cannot be brought to {STORAGE_CRS}: {error}") from error
    valid = make_valid(received)
    result = as_type(valid, wanted)
    findings = []
    for row, before, repaired, after in zip(source.index, received, valid, result, strict=True):
        if before is not None and not before.is_empty and after is None:
            findings.append(
                Finding("error", "geometry type", f"a {before.geom_type} cannot become a {wanted}", int(row))
            )
        elif repaired is not before:
            findings.append(
                Finding("warning", "geometry valid", "the geometry was invalid and has been repaired", int(row))
            )
    return result, findings


def _text(values: pd.Series) -> pd.Series:
    return values.astype("string").str.strip().replace("", pd.NA)


def _number(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64")
    return numbers.where(np.isfinite(numbers.astype(float)))


def _integer(values: pd.Series) -> pd.Series:
    numbers = _number(values)
    return numbers.where(numbers % 1 == 0).astype("Int64")


def _boolean(values: pd.Series) -> pd.Series:
    words = values.astype("string").str.strip().str.lower()
    return words.map(
        {
            "true": True,
            "1": True,
            "yes": True,
            "да": True,
            "false": False,
            "0": False,
            "no": False,
            "нет": False,
        }
    ).astype("boolean")


def _date(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, format="ISO8601", errors="coerce").dt.date


def _datetime(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)


_CASTS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
