"""Source columns -> the layer's fields: our names, types, CRS, valid geometry of one type, computed values."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
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
            result[name] = _computed(field, result)
    # Rounded at the end: a ratio of rounded values would be off by more than its own digits.
    digits = {name: field.digits for name, field in layer.fields.items() if field.compute and field.digits is not None}
    return result[list(layer.fields)].round(digits)


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
    beyond = _beyond_the_globe(received)
    on_globe = received.copy()
    on_globe[beyond] = None
    valid = make_valid(on_globe)
    result = as_type(valid, wanted)
    findings = []
    for row, before, far, repaired, after in zip(source.index, received, beyond, valid, result, strict=True):
        if far:
            message = "coordinates lie beyond longitude ±180 or latitude ±90: are they in the CRS that is declared?"
            findings.append(Finding("error", "geometry bounds", message, int(row)))
        elif before is not None and not before.is_empty and after is None:
            findings.append(
                Finding("error", "geometry type", f"a {before.geom_type} cannot become a {wanted}", int(row))
            )
        elif repaired is not before:
            findings.append(
                Finding("warning", "geometry valid", "the geometry was invalid and has been repaired", int(row))
            )
    return result, findings


def _beyond_the_globe(geometries: np.ndarray) -> np.ndarray:
    west, south, east, north = shapely.bounds(geometries).T
    beyond: np.ndarray = (west < -180) | (east > 180) | (south < -90) | (north > 90)
    return beyond


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")  # GDAL reads whole numbers as floats where one is missing
    text = values.astype("string").str.strip().replace("", pd.NA)
    return text.mask(text.str.contains("\0", regex=False).fillna(False))  # which PostgreSQL cannot keep


def _number(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64")
    return numbers.where(np.isfinite(numbers.astype(float)))


def _integer(values: pd.Series) -> pd.Series:
    return pd.Series([_whole_number(value) for value in values], index=values.index, dtype="Int64")


def _whole_number(value: object) -> int | None:
    """Exact to the last digit, as a float would not be; None if it is no whole number of 64 bits."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= 2**63 or number != number.to_integral_value():
        return None
    return int(number)


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
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_convert("UTC")
    # A time without a zone is no moment; to take it for UTC would be a guess
    text = values.astype("string").str.strip()
    zoned = text.where(text.str.contains(r"[T ].*(?:Z|[+-]\d{2}(?::?\d{2})?)$", regex=True).fillna(False))
    return pd.to_datetime(zoned, format="ISO8601", errors="coerce", utc=True)


_CASTS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
