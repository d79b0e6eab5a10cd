"""The versions of GML, with the version of WFS that each belongs to: a document in GML is one of that WFS."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from altaigis.domain.layer import GeometryType

#: Namespace of the layers' elements; its prefix is ASCII, for QGIS knows no other.
NAMESPACE, PREFIX = "urn:altaigis:layers", "altai"
_SCHEMAS = "http://schemas.opengis.net"


@dataclass(frozen=True, eq=False)
class GmlVersion:
    """A version: names of its namespaces and schemas, and what its elements and types are called.

    ``wfs`` is the version of WFS that answers in it if nothing else is asked for. ``output_formats`` are its names in
    requests, the first of them also that of answers.
    """

    number: Literal["2.1", "3.1", "3.2"]
    wfs: str
    namespace: str
    schema: str
    wfs_namespace: str
    wfs_schema: str
    output_formats: tuple[str, ...]
    id_attribute: str
    member: str
    feature: str
    property_types: Mapping[GeometryType, str]

    @property
    def media_type(self) -> str:
        return self.output_formats[0]


GML32 = GmlVersion(
    number="3.2",
    wfs="2.0.0",
    namespace="http://www.opengis.net/gml/3.2",
    schema=f"{_SCHEMAS}/gml/3.2.1/gml.xsd",
    wfs_namespace="http://www.opengis.net/wfs/2.0",
    wfs_schema=f"{_SCHEMAS}/wfs/2.0/wfs.xsd",
    output_formats=(
        "application/gml+xml; version=3.2",
        "text/xml; subtype=gml/3.2",
        "text/xml; subtype=gml/3.2.1",
        "gml32",
    ),
    id_attribute="gml:id",
    member="wfs:member",
    feature="gml:AbstractFeature",
    property_types={
        "Point": "gml:PointPropertyType",
        "MultiPoint": "gml:MultiPointPropertyType",
        "LineString": "gml:CurvePropertyType",
        "MultiLineString": "gml:MultiCurvePropertyType",
        "Polygon": "gml:SurfacePropertyType",
        "MultiPolygon": "gml:MultiSurfacePropertyType",
    },
)
GML31 = GmlVersion(
    number="3.1",
    wfs="1.1.0",
    namespace="http://www.opengis.net/gml",
    schema=f"{_SCHEMAS}/gml/3.1.1/base/gml.xsd",
    wfs_namespace="http://www.opengis.net/wfs",
    wfs_schema=f"{_SCHEMAS}/wfs/1.1.0/wfs.xsd",
    output_formats=(
        "text/xml; subtype=gml/3.1.1",
        "application/gml+xml; version=3.1",
        "gml3",
    ),
    id_attribute="gml:id",
    member="gml:featureMember",
    feature="gml:_Feature",
    property_types=GML32.property_types,
)
GML21 = GmlVersion(
    number="2.1",
    wfs="1.0.0",
    namespace="http://www.opengis.net/gml",
    schema=f"{_SCHEMAS}/gml/2.1.2/feature.xsd",
    wfs_namespace="http://www.opengis.net/wfs",
    wfs_schema=f"{_SCHEMAS}/wfs/1.0.0/WFS-basic.xsd",
    output_formats=("text/xml; subtype=gml/2.1.2", "GML2"),
    id_attribute="fid",
    member="gml:featureMember",
    feature="gml:_Feature",
    property_types={
        kind: f"gml:{kind}PropertyType"
        for kind in ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
    },
)
VERSIONS = (GML32, GML31, GML21)
_NAMED = {name.replace(" ", "").lower(): version for version in VERSIONS for name in version.output_formats}


def version_named(output_format: str) -> GmlVersion | None:
    """The version that a request calls by this name, None where it is no name of GML; spaces, quotes and case do not
    count, nor does a plus sign which has become a space on its way."""
    return _NAMED.get(re.sub("[ \"']", "", output_format.replace("gml xml", "gml+xml")).lower())
