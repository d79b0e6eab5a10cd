"""WFS as QGIS and GDAL ask it, operation by operation."""

import re
import time
from collections.abc import Iterator

from lxml import etree

from altaigis.doctor.server import Server, Symptom, Weight
from altaigis.domain.crs import Crs
from altaigis.errors import ParameterError, ServiceError

#: Features of each of two pages that are held against each other.
PAGE = 10
#: Capabilities that take longer make a client look dead.
SLOW = 2.0
_PREFERRED = "2.0.0,1.1.0,1.0.0"


def examine(server: Server, types: int) -> Iterator[Symptom]:
    """What both will see of the server and of its first types.

    Raises:
        ServiceError: it gives no capabilities.
    """
    begun = time.monotonic()
    root = server.xml(REQUEST="GetCapabilities", ACCEPTVERSIONS=_PREFERRED)
    seconds = time.monotonic() - begun
    version, names = root.get("version") or "?", _texts(root, "FeatureType", "Name")
    yield Symptom("QGIS", "good", f"WFS {version} with {len(names)} types: {', '.join(names[:types])}")
    if seconds > SLOW:
        yield Symptom("QGIS", "warning", f"capabilities take {seconds:.1f} s; is there something counted for them?")
    if root.prefix != "wfs" and version.startswith("2"):
        yield Symptom(
            "QGIS", "warning", "capabilities do not call their own elements wfs:…, which old versions look for"
        )
    yield from _without_version(server, version)
    paging, page = _paging(root)
    if version.startswith("2"):
        weight: Weight = "good" if paging else "error"
        told = (
            f"pages of {page or 'no told size'}" if paging else "declares no paging: ImplementsResultPaging is not TRUE"
        )
        yield Symptom("QGIS and GDAL", weight, told)
        yield from _missing_feature(server, version)
    for name in names[:types]:
        try:
            yield from _type(server, root, name, version, page if paging else None)
        except ServiceError as error:
            yield Symptom("QGIS and GDAL", "error", f"{name}: {error}")


def _without_version(server: Server, version: str) -> Iterator[Symptom]:
    """GDAL asks for capabilities without a word of versions."""
    try:
        found = server.xml(REQUEST="GetCapabilities").get("version")
    except ServiceError as error:
        yield Symptom("GDAL", "error", f"capabilities without a version: {error}")
        return
    if found != version:
        yield Symptom("GDAL", "warning", f"gets WFS {found} where QGIS gets {version}")


def _paging(root: etree._Element) -> tuple[bool, int | None]:
    """Whether paging is declared as QGIS reads it, and the size of pages."""
    told = {
        str(one.get("name")): next(iter(_texts(one, "DefaultValue")), None) or next(iter(_texts(one, "Value")), "")
        for one in _all(root, "Constraint")
    }
    size = told.get("CountDefault", "")
    return told.get("ImplementsResultPaging") == "TRUE", int(size) if size.isdecimal() else None


def _missing_feature(server: Server, version: str) -> Iterator[Symptom]:
    by_id = {"STOREDQUERY_ID": "urn:ogc:def:query:OGC-WFS::GetFeatureById", "ID": "nobody.knows"}
    asked = {"SERVICE": "WFS", "VERSION": version, "REQUEST": "GetFeature", **by_id}
    answer = server.get(parameters=asked)
    if answer.status_code != 404:
        yield Symptom("QGIS", "warning", f"a feature that is not there has status {answer.status_code}, not 404")


def _type(server: Server, root: etree._Element, name: str, version: str, page: int | None) -> Iterator[Symptom]:
    """One type, from its description to its second page."""
    types = {"TYPENAMES": name, "TYPENAME": name}
    schema = server.xml(VERSION=version, REQUEST="DescribeFeatureType", **types)
    kinds = [str(one.get("type") or "") for one in _all(schema, "element")]
    if any(kind.endswith(":GeometryPropertyType") for kind in kinds):
        yield Symptom("QGIS", "warning", f"{name}: the type of its geometry is not told; QGIS asks which, or guesses")
    if any(re.fullmatch(r"xsd?:time", kind) for kind in kinds):
        yield Symptom("QGIS", "error", f"{name}: has a field of type xs:time, with which QGIS refuses the layer")
    hits = server.xml(VERSION=version, REQUEST="GetFeature", RESULTTYPE="hits", **types)
    told = hits.get("numberMatched") or hits.get("numberOfFeatures") or ""
    count = int(told) if told.isdecimal() else None
    yield from _pages(server, types, version, count, page)
    yield from _axes(server, root, name, version)


def _pages(
    server: Server, types: dict[str, str], version: str, count: int | None, page: int | None
) -> Iterator[Symptom]:
    name, size = types["TYPENAMES"], "COUNT" if version.startswith("2") else "MAXFEATURES"
    first = _ids(server.xml(VERSION=version, REQUEST="GetFeature", **types, **{size: PAGE}))
    shown = "an unknown number of" if count is None else str(count)
    if page is None:
        yield Symptom(
            "QGIS and GDAL", "good" if version < "2" else "warning", f"{name}: {shown} features in one answer"
        )
        return
    if len(first) != min(PAGE, count if count is not None else PAGE):
        yield Symptom("QGIS and GDAL", "error", f"{name}: a page of {PAGE} has {len(first)} of {shown} features")
        return
    if (count or 0) > PAGE:
        asked = {**types, size: PAGE, "STARTINDEX": PAGE}
        second = _ids(server.xml(VERSION=version, REQUEST="GetFeature", **asked))
        if not second or set(first) & set(second):
            yield Symptom("QGIS and GDAL", "error", f"{name}: the second page has features of the first, or none")
            return
    yield Symptom("QGIS and GDAL", "good", f"{name}: {shown} features")


def _axes(server: Server, root: etree._Element, name: str, version: str) -> Iterator[Symptom]:
    """Whether places lie where the capabilities say, in the order that the name of the CRS means."""
    declared = next((one for one in _all(root, "FeatureType") if name in _texts(one, "Name")), None)
    corners = [] if declared is None else [*_texts(declared, "LowerCorner"), *_texts(declared, "UpperCorner")]
    systems = [] if declared is None else _texts(declared, "DefaultCRS", None) + _texts(declared, "DefaultSRS", None)
    if len(corners) != 2 or not systems:
        return
    west, south, east, north = (float(number) for corner in corners for number in corner.split()[:2])
    for system in dict.fromkeys([systems[0], "EPSG:4326"]):
        try:
            crs = Crs.parse(system)
        except ParameterError:
            continue
        if crs.srid != 4326:
            continue
        asked = {"TYPENAMES": name, "TYPENAME": name, "SRSNAME": system, "COUNT": 1, "MAXFEATURES": 1}
        place = _first_position(server.xml(VERSION=version, REQUEST="GetFeature", **asked))
        if place is None:
            continue
        lon, lat = place[::-1] if crs.axis_swapped and version > "1.0" else place
        if not (west - 1e-5 <= lon <= east + 1e-5 and south - 1e-5 <= lat <= north + 1e-5):
            order = "latitude" if crs.axis_swapped else "longitude"
            told = f"{name}: {place[0]:g} {place[1]:g} in {system}, where {order} comes first, lies outside of its box"
            yield Symptom("QGIS and GDAL", "error", told)


def _first_position(root: etree._Element) -> tuple[float, float] | None:
    for one in root.iter():
        if _local(one) in ("pos", "posList", "coordinates") and one.text:
            numbers = re.split(r"[\s,]+", one.text.strip())
            return float(numbers[0]), float(numbers[1])
    return None


def _ids(root: etree._Element) -> list[str]:
    """The ids of features, and of nothing within them."""
    found = []
    for member in root.iter():
        if _local(member) in ("member", "featureMember", "featureMembers"):
            found += [_id(feature) for feature in member]
    return found


def _id(feature: etree._Element) -> str:
    return next(
        (str(value) for name, value in feature.attrib.items() if str(name).rpartition("}")[2] in ("id", "fid")), ""
    )


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(root: etree._Element, name: str) -> list[etree._Element]:
    return [one for one in root.iter() if _local(one) == name]


def _texts(root: etree._Element, outer: str, inner: str | None = None) -> list[str]:
    """Texts of elements, or of those right in elements."""
    found = _all(root, outer)
    if inner is not None:
        found = [child for one in found for child in one if _local(child) == inner]
    return [(one.text or "").strip() for one in found]
