"""A Transaction of WFS 2.0, 1.1 and 1.0, read into what the services carry out."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count, groupby
from typing import Any

from lxml import etree

from altaigis.domain.catalog import Catalog
from altaigis.domain.crs import Crs
from altaigis.domain.edit import Draft
from altaigis.domain.expression import Box, Expression, Property, call
from altaigis.domain.extent import parse_corners
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.transaction import Action, Delete, Insert, Replace, Transaction, Update
from altaigis.errors import AltaiError, EditRefused, ParameterError, TooManyChanges, TransactionRefused
from altaigis.filters.fes import parse_fes, parse_fes_text
from altaigis.filters.gml import geometry_from_gml, is_geometry
from altaigis.filters.gml_ids import gml_id, identified, split_gml_id
from altaigis.filters.instants import is_zoneless, parse_xsd_instant, print_instant
from altaigis.filters.resolve import resolve
from altaigis.filters.shapes import geometry_to_geojson
from altaigis.filters.xml import attribute, content, local_name
from altaigis.services.transactions import MOST

#: Bytes of a body with a transaction, and elements and attributes in it.
LARGEST, MOST_PARTS = 20_000_000, 500_000
#: The CRS of geometry that names none: latitude first since 1.1.
_DEFAULT, _DEFAULT_OF_1_0 = Crs(4326, axis_swapped=True), Crs(4326)
_IDS = ("{*}ResourceId", "{*}FeatureId", "{*}GmlObjectId")
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def read_transaction(root: etree._Element, version: str, catalog: Catalog) -> Transaction:
    """What an element Transaction asks for.

    Args:
        version: ``2.0.0``, ``1.1.0`` or ``1.0.0``; QGIS before 3.36 writes the last where it reads the first.

    Raises:
        TransactionRefused: an action is not known, or cannot be read; tells its handle.
        ParameterError: it needs locks, or there are no transactions in this version.
    """
    known = _ACTIONS.get(version)
    if known is None:
        raise ParameterError("request", f"WFS {version[:20]} has no Transaction here; there are {', '.join(_ACTIONS)}")
    if attribute(root, "lockId") is not None or any(local_name(child) == "LockId" for child in root):
        raise ParameterError("lockId", "there are no locks here; leave it away")
    _require_few(root)
    default = _DEFAULT_OF_1_0 if version == "1.0.0" else _DEFAULT
    actions: list[Action] = []
    for number, element in enumerate(root, 1):
        name, handle, rid = local_name(element), attribute(element, "handle"), _only_rid(element)
        with _naming(handle, rid, f"action {number}" if handle is None and rid is None else None):
            if name == "Native" and attribute(element, "safeToIgnore") in ("true", "1"):
                continue
            if name not in known:
                raise ParameterError("transaction", f"'{name[:60]}' is no action here; there are {', '.join(known)}")
            actions.extend(known[name](_Reader(catalog, default, number), element, handle))
    return Transaction(tuple(actions))


def _require_few(root: etree._Element) -> None:
    """Refuse what brings more features than are taken, before any of them is read."""
    coming = 0
    for element in root:
        if local_name(element) == "Insert":
            coming += sum(1 for _ in _features(element))
            with _naming(attribute(element, "handle")):
                if coming > MOST:
                    raise TooManyChanges(f"the transaction changes more than {MOST} features; send it in parts")


def read_deletion(parameters: Mapping[str, str], catalog: Catalog) -> Transaction:
    """A Delete by key-value pairs (WFS 1.1): ``OPERATION=Delete`` with ``TYPENAME`` and one of ``FILTER``, ``BBOX`` and
    ``FEATUREID``, which needs no type.

    Args:
        parameters: by names in capitals.

    Raises:
        ParameterError: naming the parameter.
    """
    if parameters.get("OPERATION", "").lower() != "delete":
        raise ParameterError("operation", "is Delete where a Transaction has no body")
    given = [name for name in ("FILTER", "BBOX", "FEATUREID") if name in parameters]
    if len(given) != 1:
        raise ParameterError("filter", f"one of FILTER, BBOX and FEATUREID is needed, not {len(given)}")
    names = [name for name in parameters.get("TYPENAME", "").split(",") if name]
    fids = parameters.get("FEATUREID", "").split(",")
    if "FEATUREID" in parameters:
        names = names or list(dict.fromkeys(split_gml_id(fid)[0] for fid in fids))
        return Transaction(tuple(Delete(layer, identified(fids, layer)) for layer in _layers(catalog, names)))
    if len(names) != 1:
        raise ParameterError("typename", f"one is needed with {given[0]}, not {len(names)}")
    (layer,) = _layers(catalog, names)
    if "BBOX" in parameters:
        return Transaction((Delete(layer, _within(layer, parameters["BBOX"])),))
    return Transaction((Delete(layer, resolve(parse_fes_text(parameters["FILTER"], layer, _DEFAULT), layer)),))


def _layers(catalog: Catalog, names: list[str]) -> list[Layer]:
    return [_layer(catalog, name.rpartition(":")[2]) for name in names]


def _layer(catalog: Catalog, name: str) -> Layer:
    """The layer of a type; whether it is for editing is judged with the key.

    Raises:
        ParameterError: there is no such type; names those that are for editing.
    """
    if name not in catalog or catalog.layer(name).kind == "raster":
        there = ", ".join(sorted(layer.id for layer in catalog if layer.editable))
        raise ParameterError("typeName", f"there is no type '{name[:60]}'; for editing there are {there or 'none'}")
    return catalog.layer(name)


def _within(layer: Layer, text: str) -> Expression:
    if layer.geometry_field is None:
        raise ParameterError("bbox", f"layer '{layer.id}' has no geometry")
    numbers = text.split(",")
    crs = Crs.parse(numbers.pop(), "bbox") if len(numbers) in (5, 7) else _DEFAULT
    box = Box(parse_corners(",".join(numbers)))
    return resolve(call("s_intersects", Property(layer.geometry_field), box), layer, crs, "bbox")


@dataclass
class _Reader:
    """Reads an action. ``default`` is the CRS of geometry that names none, ``number`` the place of the action."""

    catalog: Catalog
    default: Crs
    number: int

    def insert(self, element: etree._Element, handle: str | None) -> Iterator[Action]:
        _require_gml(element)
        generated = attribute(element, "idgen") or "GenerateNew"
        if generated not in ("GenerateNew", "UseExisting"):
            raise ParameterError("idgen", f"'{generated[:40]}' is not done here; there are GenerateNew, UseExisting")
        uses_id, features = generated == "UseExisting", list(_features(element))
        if not features:
            raise EditRefused("an Insert has no features")
        crs, place = self._crs(element), count(1)
        # one after another, so that the results come in the order of the features
        for name, alike in groupby(features, local_name):
            layer = self._layer(name)
            drafts = (
                _draft(layer, feature, crs, f"feature {next(place)} of action {self.number}", uses_id=uses_id)
                for feature in alike
            )
            yield Insert(layer, tuple(drafts), handle)

    def update(self, element: etree._Element, handle: str | None) -> Iterator[Action]:
        _require_gml(element)
        layer, crs = self._layer_of(element), self._crs(element)
        values: dict[str, Any] = {}
        for child in element:
            if local_name(child) == "Property":
                name, value = _property(layer, child, crs)
                _once(values, name)
                values[name] = value
        if not values:
            raise EditRefused("an Update has no Property")
        filters = _filters(element)
        yield Update(layer, self._where(filters[0], layer) if filters else None, values, handle)

    def replace(self, element: etree._Element, handle: str | None) -> Iterator[Action]:
        _require_gml(element)
        features = [child for child in element if local_name(child) != "Filter"]
        if len(features) != 1:
            raise EditRefused(f"a Replace has one feature and a Filter, not {len(features)} features")
        layer = self._layer(local_name(features[0]))
        where = self._where(_filter(element), layer)
        place = f"feature 1 of action {self.number}"
        yield Replace(layer, where, _draft(layer, features[0], self._crs(element), place, uses_id=False), handle)

    def delete(self, element: etree._Element, handle: str | None) -> Iterator[Action]:
        layer = self._layer_of(element)
        yield Delete(layer, self._where(_filter(element), layer), handle)

    def _layer_of(self, element: etree._Element) -> Layer:
        name = attribute(element, "typeName")
        if name is None:
            raise ParameterError("typeName", f"{local_name(element)} has none")
        return self._layer(name.rpartition(":")[2].strip())

    def _layer(self, name: str) -> Layer:
        return _layer(self.catalog, name)

    def _where(self, element: etree._Element, layer: Layer) -> Expression:
        return resolve(parse_fes(element, layer, self.default), layer)

    def _crs(self, element: etree._Element) -> Crs:
        told = attribute(element, "srsName")
        return Crs.parse(told, "srsName") if told else self.default


_Read = Callable[[_Reader, etree._Element, str | None], Iterator[Action]]
_OLD: Mapping[str, _Read] = {"Insert": _Reader.insert, "Update": _Reader.update, "Delete": _Reader.delete}
#: What each version has.
_ACTIONS: Mapping[str, Mapping[str, _Read]] = {
    "2.0.0": {**_OLD, "Replace": _Reader.replace},
    "1.1.0": _OLD,
    "1.0.0": _OLD,
}


@contextmanager
def _naming(handle: str | None, fid: str | None = None, place: str | None = None) -> Iterator[None]:
    """What cannot be read is told with the action and the feature."""
    try:
        yield
    except TransactionRefused as error:
        told = error.fid or fid, error.place or place
        raise TransactionRefused(error.cause, error.handle or handle, *told) from error
    except AltaiError as error:
        raise TransactionRefused(error, handle, fid, place) from error


def _only_rid(element: etree._Element) -> str | None:
    """The feature that an action is about, as its Filter calls it, if it names one alone."""
    parts = [part for chosen in _filters(element) for part in chosen.iter(*_IDS)]
    return attribute(parts[0], "rid", "fid", "id") if len(parts) == 1 else None


def _require_gml(element: etree._Element) -> None:
    told = attribute(element, "inputFormat")
    if told is not None and "gml" not in told.lower():
        raise ParameterError("inputFormat", f"'{told[:60]}' is not read here; features are GML")


def _filters(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if local_name(child) == "Filter"]


def _filter(element: etree._Element) -> etree._Element:
    found = _filters(element)
    if len(found) != 1:
        raise ParameterError("filter", f"{local_name(element)} has {len(found)} Filters; it needs one")
    return found[0]


def _features(element: etree._Element) -> Iterator[etree._Element]:
    """The features in an Insert, those of a collection (WFS 1.1) one by one."""
    for child in element:
        if local_name(child) in ("FeatureCollection", "featureMember", "featureMembers", "member"):
            yield from _features(child)
        elif local_name(child) != "boundedBy":
            yield child


def _draft(layer: Layer, feature: etree._Element, crs: Crs, place: str, *, uses_id: bool) -> Draft:
    told = attribute(feature, "id", "fid")
    with _naming(None, told or _own_id(layer, feature), place):
        values: dict[str, Any] = {}
        for child in feature:
            name = local_name(child)
            if name == "boundedBy":
                continue
            _once(values, name)
            values[name] = _value(layer, name, child, crs)
        fid = values.pop(layer.id_field, None)
        if fid is None and uses_id and told:
            name, own = split_gml_id(told)
            fid = own if name == layer.id else told
        return Draft(None if fid in (None, "") else str(fid), values, place=place)


def _own_id(layer: Layer, feature: etree._Element) -> str | None:
    """The id that a feature has as one of its values, as answers will write it."""
    found = next((content(child).strip() for child in feature if local_name(child) == layer.id_field), "")
    return gml_id(layer.id, found) if found else None


def _once(values: Mapping[str, Any], name: str) -> None:
    if name in values:
        raise EditRefused(f"{name[:80]}: stands there twice")


def _property(layer: Layer, element: etree._Element, crs: Crs) -> tuple[str, Any]:
    """Name and value of a Property of an Update; without a value it is null."""
    parts = {local_name(child): child for child in element}
    reference = next((parts[name] for name in ("ValueReference", "Name") if name in parts), None)
    if reference is None:
        raise EditRefused("a Property has no ValueReference")
    path = content(reference).strip()
    found = re.fullmatch(r"(?:[^@]*/)?(?:[^/:@]*:)?([^/:@]+)", path)
    if found is None:
        raise EditRefused(f"{path[:80]}: is no property of layer '{layer.id}'")
    action = attribute(reference, "action") or "replace"
    if action not in ("replace", "remove"):
        raise EditRefused(f"{found[1]}: action '{action[:40]}' is not done here, for each property has one value")
    if action == "remove" or "Value" not in parts:
        return found[1], None
    return found[1], _value(layer, found[1], parts["Value"], crs)


def _value(layer: Layer, name: str, element: etree._Element, crs: Crs) -> Any:
    """The value in an element, as JSON has it."""
    if element.get(f"{_XSI}nil") in ("true", "1"):
        return None
    field = layer.fields.get(name)
    if field is not None and field.is_geometry:
        return _geometry(name, element, crs)
    if len(element):
        raise EditRefused(f"{name[:80]}: holds the element {local_name(element[0])[:60]}, not a text")
    return content(element) if field is None else _typed(name, field, content(element))


def _geometry(name: str, element: etree._Element, crs: Crs) -> dict[str, Any] | None:
    if not len(element):
        return None
    if len(element) > 1 or not is_geometry(element[0]):
        raise EditRefused(f"{name}: holds {local_name(element[0])[:60]}, not one geometry of GML")
    found = geometry_from_gml(element[0], crs, name)
    if isinstance(found, Box):
        raise EditRefused(f"{name}: an Envelope is no geometry of a feature")
    return geometry_to_geojson(found)


def _typed(name: str, field: LayerField, text: str) -> Any:
    plain = text.strip()
    if field.type == "text":
        return text
    if field.type == "boolean" and plain.lower() in _BOOLEANS:
        return _BOOLEANS[plain.lower()]
    if field.type in ("integer", "number") and re.fullmatch(r"[+-]?[0-9]{1,18}", plain, re.ASCII):
        return int(plain)
    if field.type in ("integer", "number") and _DECIMAL.fullmatch(plain):
        return float(plain)
    instant = parse_xsd_instant(plain) if field.type in ("date", "datetime") else None
    if field.type == "datetime" and is_zoneless(plain):
        raise EditRefused(f"{name}: '{plain[:60]}' has no time zone; a time looks like 2024-02-29T07:00:00+07:00")
    if isinstance(instant, datetime) or (isinstance(instant, date) and field.type == "date"):
        return print_instant(instant)
    raise EditRefused(f"{name}: '{plain[:60]}' is not of type {field.type}")


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)
