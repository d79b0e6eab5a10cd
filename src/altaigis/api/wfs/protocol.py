"""The versions of WFS that are spoken: their names in XML, what each takes for granted, and which one a client gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from altaigis.domain.crs import Crs
from altaigis.encoders.gml.versions import GML21, GML31, GML32, GmlVersion
from altaigis.errors import ParameterError, VersionNotSupported

_SCHEMAS = "http://schemas.opengis.net"
_LATITUDE_FIRST, _LONGITUDE_FIRST = Crs(4326, axis_swapped=True), Crs(4326)


@dataclass(frozen=True)
class Version:
    """A version of the protocol.

    ``ows`` is the namespace of its exceptions, ``filters`` that of its filters; ``crs`` is that of coordinates which
    name none, and ``crs_pattern`` how capabilities spell the others.
    """

    number: str
    wfs: str
    ows: str
    filters: str
    schema: str
    exception_schema: str
    gml: GmlVersion
    crs: Crs
    crs_pattern: str

    @property
    def crs_name(self) -> str:
        """How it spells its own CRS."""
        return self.spelled(self.crs)

    def spelled(self, crs: Crs) -> str:
        """A CRS as this version's documents name it."""
        return self.crs_pattern.format(crs.srid)

    def __str__(self) -> str:
        return self.number


V20 = Version(
    "2.0.0",
    wfs="http://www.opengis.net/wfs/2.0",
    ows="http://www.opengis.net/ows/1.1",
    filters="http://www.opengis.net/fes/2.0",
    schema=f"{_SCHEMAS}/wfs/2.0/wfs.xsd",
    exception_schema=f"{_SCHEMAS}/ows/1.1.0/owsExceptionReport.xsd",
    gml=GML32,
    crs=_LATITUDE_FIRST,
    crs_pattern="urn:ogc:def:crs:EPSG::{}",
)
V11 = Version(
    "1.1.0",
    wfs="http://www.opengis.net/wfs",
    ows="http://www.opengis.net/ows",
    filters="http://www.opengis.net/ogc",
    schema=f"{_SCHEMAS}/wfs/1.1.0/wfs.xsd",
    exception_schema=f"{_SCHEMAS}/ows/1.0.0/owsExceptionReport.xsd",
    gml=GML31,
    crs=_LATITUDE_FIRST,
    crs_pattern="urn:ogc:def:crs:EPSG::{}",
)
V10 = Version(
    "1.0.0",
    wfs="http://www.opengis.net/wfs",
    ows="http://www.opengis.net/ogc",
    filters="http://www.opengis.net/ogc",
    schema=f"{_SCHEMAS}/wfs/1.0.0/WFS-capabilities.xsd",
    exception_schema=f"{_SCHEMAS}/wfs/1.0.0/OGC-exception.xsd",
    gml=GML21,
    crs=_LONGITUDE_FIRST,
    crs_pattern="EPSG:{}",
)
#: The newest first: it serves those who have no wish.
VERSIONS = (V20, V11, V10)
#: What is offered: by operation the versions that have it, and whether it can be asked by an address, too.
OPERATIONS: Mapping[str, tuple[tuple[Version, ...], bool]] = {
    "GetCapabilities": (VERSIONS, True),
    "DescribeFeatureType": (VERSIONS, True),
    "GetFeature": (VERSIONS, True),
    "GetPropertyValue": ((V20,), True),
    "ListStoredQueries": ((V20,), True),
    "DescribeStoredQueries": ((V20,), True),
    "Transaction": (VERSIONS, False),
}
#: Other names of a version: a corrigendum is not a version of its own, and some clients leave the end off.
_ALSO = {"2.0.2": V20, "2.0": V20, "2": V20, "1.1": V11, "1.1.3": V11, "1.0": V10}
_BY_NUMBER = {version.number: version for version in VERSIONS} | _ALSO


def known_version(number: str | None) -> Version | None:
    """The version with this number, None where it is not spoken."""
    return _BY_NUMBER.get((number or "").strip())


def version_asked(number: str | None) -> Version:
    """The version of a request that is written in it; the newest where the request does not say.

    Raises:
        ParameterError: it is not spoken.
    """
    if number is None or not number.strip():
        return V20
    found = known_version(number)
    if found is None:
        raise ParameterError("version", f"'{number[:20]}' is not spoken here; there are {_offered()}")
    return found


def negotiated(accepted: Sequence[str], number: str | None) -> Version:
    """The version to answer in, by the client's list in the order of its wishes, or by the single version of older
    clients, who take a lower one where theirs is not spoken.

    Raises:
        VersionNotSupported: none of the list is spoken.
    """
    if accepted:
        found = next((known for known in map(known_version, accepted) if known), None)
        if found is None:
            asked = ", ".join(accepted)[:80]
            raise VersionNotSupported("acceptVersions", f"none of {asked} is spoken here; there are {_offered()}")
        return found
    known = known_version(number)
    if known is not None or not number:
        return known or V20
    lower = (version for version in VERSIONS if _order(version.number) < _order(number))
    return next(lower, V10)


def _order(number: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isascii() and part.isdigit() else 0 for part in number.split(".")[:3])


def _offered() -> str:
    return ", ".join(version.number for version in VERSIONS)
