"""What a person gives of a feature, in the form in which it is kept."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import shapely

from altaigis.domain.edit import ROUNDED, Draft, Row, shown
from altaigis.domain.layer import GEOMETRY_TYPES, Layer
from altaigis.errors import EditRefused
from altaigis.filters.shapes import geometry_from_geojson, located
from altaigis.store.schema import STORAGE_SRID
from altaigis.store.where import typed_fid as fid_of_type

LONGEST_ID = 200
#: Names that no property has, of which one answer tells.
UNKNOWN_TOLD = 20


def new_fid(layer: Layer) -> str:
    """An id for a feature that comes without one.

    Raises:
        EditRefused: ids of the layer are numbers.
    """
    if layer.fields[layer.id_field].type != "text":
        raise EditRefused("id: is missing; ids of this layer are whole numbers, and are not made up")
    return str(uuid.uuid4())


def typed_fid(layer: Layer, fid: str) -> str | int:
    """The id as its field has it.

    Raises:
        EditRefused: it is no id of this layer, or cannot stand in an address.
    """
    key = fid_of_type(layer, fid)
    if key is None:
        raise EditRefused(f"id: {fid[:80]!r} cannot be an id of layer '{layer.id}'")
    if (
        not 0 < len(fid) <= LONGEST_ID
        or "/" in fid
        or fid in (".", "..")
        or fid != fid.strip()
        or not fid.isprintable()
    ):
        raise EditRefused(
            f"id: {fid[:80]!r} cannot stand in an address; an id has 1 to {LONGEST_ID} printable characters, no '/', "
            "and no space at its ends"
        )
    return key


def values(layer: Layer, draft: Draft, former: Row) -> Row:
    """The values of a draft, its geometry as it is kept.

    Raises:
        EditRefused: the layer has no such property, or the geometry is none.
    """
    unknown = [name for name in draft.values if name not in layer.fields or name == layer.id_field]
    if unknown:
        there = ", ".join(layer.properties)
        names = ", ".join(name[:80] for name in unknown[:UNKNOWN_TOLD])
        are = "is no property" if len(unknown) == 1 else "are no properties"
        raise EditRefused(f"{names}: {are} of layer '{layer.id}', which has {there}")
    # computed fields are made anew, whatever is given for them
    kept = {name: value for name, value in draft.values.items() if not layer.fields[name].compute}
    name = layer.geometry_field
    if name in kept and kept[name] is not None:
        kept[name] = _placed(draft, kept[name], former.get(name))
    return kept


def merged(layer: Layer, draft: Draft, former: Row) -> Draft:
    """The draft with a whole geometry: a merge patch may name its coordinates alone (RFC 7396)."""
    name = layer.geometry_field
    if name is None or draft.values.get(name) is None or former[name] is None:
        return draft
    given, was = draft.values[name], former[name]
    return replace(draft, values={**draft.values, name: {"type": shapely.from_wkb(was).geom_type, **given}})


def _placed(draft: Draft, given: Mapping[str, Any], former: str | None) -> str:
    """A GeoJSON geometry as hexadecimal EWKB in EPSG:4326."""
    if given.get("type") not in (*GEOMETRY_TYPES, "GeometryCollection"):
        told = f"is {shown(given['type'])}" if "type" in given else "is missing"
        raise EditRefused(f"geometry: type {told}; there are {', '.join(GEOMETRY_TYPES)}")
    try:
        shape = shapely.from_wkb(located(geometry_from_geojson(given), draft.crs).wkb)
    except ValueError as error:
        raise EditRefused(f"geometry: {error}") from None
    if former is not None and shapely.equals_exact(shape, shapely.from_wkb(former), ROUNDED):
        return former
    return str(shapely.to_wkb(shapely.set_srid(shape, STORAGE_SRID), hex=True, include_srid=True))
