"""Source columns -> the layer's fields: our names, types, CRS, valid geometry of one type, computed values."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj.exceptions import ProjError

from altaigis.domain.finding import Finding
from altaigis.domain.layer import NUMERIC_TYPES, Layer, LayerField, Ratio
from altaigis.errors import ConformError
from altaigis.etl.sources.rawfile import Mark
from altaigis.etl.times import dates, moments, why_no_date, why_no_moment
from altaigis.etl.units import in_our_unit, legible, why_no_number
from altaigis.geometry.cleaning import Thinned, as_type, make_valid, without_slivers
from altaigis.geometry.geodesy import area_km2
from altaigis.geometry.projection import STORAGE_CRS, Projected, project

#: The rule by which copies of a row are refused; no other rule is asked of them.
DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Conformed:
    """A frame with exactly the layer's fields, the source row as index, and what was found on the way.

    ``changed`` counts rows by the rules that change what is no finding.
    """

    frame: gpd.GeoDataFrame
    findings: tuple[Finding, ...]
    details: tuple[tuple[str, Any], ...]
    changed: Mapping[str, int]


def conform(layer: Layer, source: gpd.GeoDataFrame, decimal: Mark = ".") -> Conformed:
    """Bring a source frame into the layer's form. Values that cannot be read as their type are findings.

    Args:
        decimal: the mark before decimals in numbers that are text; if it is no point, spaces may part thousands.

    Raises:
        ConformError: a column is missing, or the CRS cannot be used.
    """
    columns: dict[str, pd.Series] = {}
    details: dict[str, Any] = {}
    findings = _copies(source)
    why = partial(_why, decimal, layer.source.timezone)
    changed: Counter[str] = Counter()
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
        ours = legible(values, decimal) if field.type in NUMERIC_TYPES else values
        if field.from_unit:
            ours, converted = in_our_unit(ours, field, decimal)
            changed["unit"] += converted
        with_points = _with_points(ours) if decimal != "." and field.type in NUMERIC_TYPES else ours
        if field.type == "datetime":
            columns[name] = moments(values, layer.source.timezone)
        else:
            columns[name] = _CASTS[field.type](with_points)
        unread = columns[name].isna() & values.notna()
        findings += [
            Finding(
                "error",
                f"type {field.type}",
                f"{name}: {values[row]!r:.200} {why(field, values[row])}",
                int(row),
            )
            for row in source.index[unread]
            if str(values[row]).strip()
        ]
    frame = gpd.GeoDataFrame(columns, index=source.index)
    if layer.geometry_field:
        geometry, found, details = _geometry(layer, source)
        changed["geometry null"] = int(source.geometry.isna().sum())
        changed["geometry mixed"] = _mixed(source.geometry.to_numpy(), geometry)
        changed["geometry heights"] = int((source.geometry.has_z & ~shapely.is_missing(geometry)).sum())
        frame = frame.set_geometry(gpd.GeoSeries(geometry, index=source.index, crs=STORAGE_CRS)).rename_geometry(
            layer.geometry_field
        )
        findings += found
    return Conformed(frame, tuple(findings), tuple(details.items()), changed)


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


def _copies(source: gpd.GeoDataFrame) -> list[Finding]:
    """Rows that say the same as an earlier one in every column and in their geometry."""
    suspects = _alike(source)
    everything = pd.DataFrame({name: _comparable(suspects, name) for name in suspects.columns}, suspects.index)
    first: dict[tuple[object, ...], int] = {}
    findings = []
    for row, *values in everything.itertuples(name=None):
        original = first.setdefault(tuple(values), row)
        if original != row:
            findings.append(Finding("error", DUPLICATE, f"an exact copy of row {original}", int(row)))
    return findings


def _alike(source: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows that have no value to themselves; most sources have a column of keys, after which none is left."""
    suspects = source
    for name in source.columns:
        if len(suspects):
            suspects = suspects[_comparable(suspects, name).duplicated(keep=False)]
    return suspects


def _comparable(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    if name == frame.geometry.name:
        return pd.Series(shapely.to_wkb(frame.geometry.to_numpy()), index=frame.index)
    return frame[name].astype("string").fillna("\0")


def _geometry(layer: Layer, source: gpd.GeoDataFrame) -> tuple[np.ndarray, list[Finding], dict[str, Any]]:
    wanted = layer.geometry_type
    if wanted is None:
        raise ConformError(f"layer {layer.id} declares no geometry")
    received = source.geometry.to_numpy().copy()
    endless = ~_finite(received)
    received[endless] = None
    try:
        projected = project(received, source.crs)
    except (ProjError, ValueError) as error:
        raise ConformError(f"layer {layer.id}: coordinates cannot be brought to {STORAGE_CRS}: {error}") from error
    beyond = _beyond_the_globe(projected.geometries)
    on_globe = projected.geometries.copy()
    on_globe[beyond] = None
    valid = make_valid(on_globe)
    result = as_type(valid, wanted)
    # what the ledger says was looked at when it was found
    exchanged = np.zeros_like(projected.swapped) if layer.source.ledger else projected.swapped
    findings, swapped = _swapped(exchanged, int((~shapely.is_missing(received)).sum()), source)
    seen = source.index, projected.geometries, endless, swapped, beyond, valid, result
    told = endless | swapped | beyond | _changed(projected.geometries, valid, result)
    for row, before, no_end, crossed, far, repaired, after in zip(*(column[told] for column in seen), strict=True):
        if no_end:
            findings.append(Finding("error", "geometry finite", "coordinates are not a number or infinite", int(row)))
        elif crossed:
            message = "lies far from the krai, and in it with its axes exchanged"
            findings.append(Finding("error", "axes", message, int(row)))
        elif far:
            message = "coordinates lie beyond longitude ±180 or latitude ±90: are they in the CRS that is declared?"
            findings.append(Finding("error", "geometry bounds", message, int(row)))
        elif before is not None and not before.is_empty and after is None:
            findings.append(
                Finding("error", "geometry type", f"a {before.geom_type} cannot become a {wanted}", int(row))
            )
        elif before is not None and before.is_empty:
            findings.append(Finding("warning", "geometry empty", "the geometry is empty", int(row)))
        elif repaired is not before:
            findings.append(
                Finding("warning", "geometry valid", "the geometry was invalid and has been repaired", int(row))
            )
        elif before is not None and _points(after) < _points(before):
            message = f"parts of a {before.geom_type} that a {wanted} cannot have were left out"
            findings.append(Finding("warning", "geometry parts", message, int(row)))
    thinned = without_slivers(result)
    findings += _thinned(thinned, source.index)
    if projected.is_guess:
        message = f"PROJ knows no shift from {source.crs.name} for this place: coordinates may be off by 200 m or more"
        findings.append(Finding("warning", "projection", message))
    details = _account(projected, source.crs)
    if len(thinned.slivers):
        details["sliver_m2"] = round(float(area_km2(thinned.slivers).sum()) * 1e6, 3)
    return thinned.geometries, findings, details


def _thinned(thinned: Thinned, rows: pd.Index) -> Iterator[Finding]:
    square_metres = area_km2(thinned.slivers) * 1e6
    for place in np.unique(thinned.owner):
        if thinned.geometries[place] is None:
            yield Finding("error", "sliver", "is narrower than 10 cm: nothing would be left of it", int(rows[place]))
            continue
        mine = thinned.owner == place
        message = f"{mine.sum()} slivers narrower than 10 cm were removed, {square_metres[mine].sum():.3g} m²"
        yield Finding("warning", "sliver", message, int(rows[place]))


def _mixed(received: np.ndarray, result: np.ndarray) -> int:
    """How many geometries were of another type than the layer's, and were brought to it."""
    other = shapely.get_type_id(received) != shapely.get_type_id(result)
    return int((other & ~shapely.is_missing(result)).sum())


def _changed(received: np.ndarray, valid: np.ndarray, result: np.ndarray) -> npt.NDArray[np.bool_]:
    """Where a geometry is empty, has been repaired, or has lost something on its way to the layer's type."""
    repaired = np.fromiter((one is not other for one, other in zip(received, valid, strict=True)), bool, len(valid))
    lost = shapely.is_missing(result) & ~shapely.is_missing(received)
    fewer = shapely.get_num_coordinates(result) < shapely.get_num_coordinates(received)
    changed: npt.NDArray[np.bool_] = repaired | lost | fewer | shapely.is_empty(received)
    return changed


def _swapped(
    swapped: npt.NDArray[np.bool_], present: int, source: gpd.GeoDataFrame
) -> tuple[list[Finding], npt.NDArray[np.bool_]]:
    """One finding that stops the load where most have their axes exchanged; else the rows that have."""
    count = int(swapped.sum())
    if count * 2 <= present:
        return [], swapped
    message = (
        f"the axes are swapped: {count} of {present} geometries lie far from the krai, and in it with x and y "
        f"exchanged (the first in row {source.index[int(swapped.argmax())]}); exchange them in source.geometry, "
        "or name another source.crs"
    )
    return [Finding("error", "axes", message)], np.zeros_like(swapped)


def _account(projected: Projected, crs: Any) -> dict[str, Any]:
    """What the report says of the way into EPSG:4326; nothing where there was none to go."""
    if projected.description is None:
        return {}
    way = {
        "from": crs.name,
        "to": STORAGE_CRS,
        "operation": projected.description,
        "pipeline": projected.definition,
        "accuracy_m": projected.accuracy_m,
        "best_available": projected.best_available,
    }
    return {"projection": way}


def _finite(geometries: np.ndarray) -> npt.NDArray[np.bool_]:
    points, owner = shapely.get_coordinates(geometries, return_index=True)
    finite = np.ones(len(geometries), dtype=bool)
    finite[owner[~np.isfinite(points).all(axis=1)]] = False
    return finite


def _points(geometry: shapely.Geometry) -> int:
    return int(shapely.get_num_coordinates(geometry))


def _beyond_the_globe(geometries: np.ndarray) -> np.ndarray:
    west, south, east, north = shapely.bounds(geometries).T
    beyond: np.ndarray = (west < -180) | (east > 180) | (south < -90) | (north > 90)
    return beyond


def _why(decimal: Mark, zone: str | None, field: LayerField, value: object) -> str:
    """Why a value of the source cannot be read."""
    if field.type == "date":
        return why_no_date(value)
    if field.type == "datetime":
        return why_no_moment(value, zone)
    return why_no_number(value, field, decimal) if field.type in NUMERIC_TYPES else f"is not of type {field.type}"


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")  # GDAL reads whole numbers as floats where one is missing
    text = values.astype("string").str.strip().replace("", pd.NA)
    return text.mask(text.str.contains("\0", regex=False).fillna(False))  # which PostgreSQL cannot keep


def _with_points(values: pd.Series) -> pd.Series:
    """Numbers as Russian tables write them, 1 234,5, with a point and without spaces; other text as it is."""
    if pd.api.types.is_numeric_dtype(values):
        return values
    text = values.astype("string").str.strip()
    fits = text.str.fullmatch(r"[+-]?(?:\d+|\d{1,3}(?:[ \xa0\u202f]\d{3})+)(?:,\d+)?").fillna(False)
    plain = text.str.replace(r"[ \xa0\u202f]", "", regex=True).str.replace(",", ".", regex=False)
    return text.where(~fits, plain)


def _number(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64")
    return numbers.where(np.isfinite(numbers.astype(float)))


def _integer(values: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(values) and not pd.api.types.is_unsigned_integer_dtype(values):
        return values.astype("Int64")
    text = values.astype("string").str.strip()
    plain = text.str.fullmatch(r"-?[0-9]{1,18}").fillna(False)
    numbers = text.where(plain).astype("Int64")
    others = values[~plain & values.notna()]
    numbers.loc[others.index] = pd.Series([_whole_number(value) for value in others], index=others.index, dtype="Int64")
    return numbers


def _whole_number(value: object) -> int | None:
    """Exact to the last digit, as a float would not be; None if it is no whole number of 64 bits."""
    text = str(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if "_" in text or not number.is_finite() or abs(number) >= 2**63 or number != number.to_integral_value():
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


_CASTS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": dates,
}
