"""Coordinate reference systems of requests and answers, and the order of their axes: nobody else knows it."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from altaigis.domain.detail import RADIUS
from altaigis.errors import ParameterError

_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_EPSG_EASTING_FIRST = "http://www.opengis.net/gml/srs/epsg.xml#"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

#: Spellings by which the authority's own order of the axes is meant.
_AUTHORITYS_ORDER = re.compile(
    r"https?://www\.opengis\.net/def/crs/EPSG/[0-9.]{1,10}/([0-9]{4,6})"
    # some clients leave the version out together with its colon
    r"|urn:(?:x-)?ogc:def:crs:EPSG:(?:[0-9.]{0,10}:)?([0-9]{4,6})"
    r"|\[EPSG:([0-9]{4,6})\]",
    re.ASCII | re.IGNORECASE,
)
#: Spellings of the time before, by which longitude or easting comes first whatever the authority says.
_EASTING_FIRST = re.compile(
    r"https?://www\.opengis\.net/gml/srs/epsg\.xml#([0-9]{4,6})|EPSG:([0-9]{4,6})", re.ASCII | re.IGNORECASE
)
_LONGITUDE_LATITUDE = re.compile(
    r"https?://www\.opengis\.net/def/crs/OGC/(?:0|1\.3)/CRS84|urn:(?:x-)?ogc:def:crs:OGC:(?:1\.3)?:CRS84"
    r"|\[OGC:CRS84\]|OGC:CRS84|CRS:84|CRS84",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Crs:
    """A coordinate reference system and the order in which its coordinates are written.

    ``srid`` is its EPSG code, which is PostGIS's number for it. ``axis_swapped`` means that latitude or northing
    comes first in what clients send and get; geometry inside the house always has longitude or easting first.
    """

    srid: int
    axis_swapped: bool = False

    @classmethod
    def parse(cls, text: str, parameter: str = "crs") -> "Crs":
        """Read a URI, a URN, a safe CURIE (``[EPSG:4326]``), or a short form.

        URI, URN and CURIE mean the authority's order of the axes: latitude first in EPSG:4326. The short form
        ``EPSG:4326`` and ``…/gml/srs/epsg.xml#4326`` mean longitude or easting first.

        Raises:
            ParameterError: none of these, or a system that is not known or has no two axes of the plane or the globe.
        """
        if _LONGITUDE_LATITUDE.fullmatch(text):
            return CRS84
        for pattern, natural in ((_AUTHORITYS_ORDER, True), (_EASTING_FIRST, False)):
            if found := pattern.fullmatch(text):
                code = int(next(group for group in found.groups() if group))
                definition = _definition(code)
                if definition is None:
                    raise ParameterError(parameter, f"EPSG:{code} is no coordinate system of two axes that is known")
                return cls(code, natural and _north_comes_first(code))
        raise ParameterError(
            parameter, f"'{text[:100]}' is no coordinate system; it looks like {_EPSG}4326 or {CRS84.uri}"
        )

    @property
    def uri(self) -> str:
        """The address that says system and order of axes; ``parse`` makes the same of it."""
        if self == CRS84:
            return _CRS84
        return f"{_EPSG if self._follows_the_authority else _EPSG_EASTING_FIRST}{self.srid}"

    @property
    def urn(self) -> str:
        """The name in GML: a URN where the order of the axes is the authority's, the address where it is not."""
        if self == CRS84:
            return "urn:ogc:def:crs:OGC:1.3:CRS84"
        return f"urn:ogc:def:crs:EPSG::{self.srid}" if self._follows_the_authority else self.uri

    @property
    def easting_first(self) -> "Crs":
        """The same system with longitude or easting first."""
        return Crs(self.srid)

    @property
    def _follows_the_authority(self) -> bool:
        return self.axis_swapped == _north_comes_first(self.srid)

    @cached_property
    def name(self) -> str:
        """Its name in the EPSG register."""
        return "WGS 84 (CRS84)" if self == CRS84 else str(self.definition.name)

    @property
    def is_geographic(self) -> bool:
        """Whether coordinates are degrees; they are metres or another length otherwise."""
        return bool(self.definition.is_geographic)

    @property
    def definition(self) -> Any:
        """The ``pyproj.CRS``; use it with ``always_xy``, for this class has already seen to the axes."""
        definition = _definition(self.srid)
        assert definition is not None, "a Crs is made of codes that are known"
        return definition

    @property
    def unit(self) -> float:
        """The least length of one unit of its coordinates in metres of Web Mercator, which are never longer than those
        on the ground."""
        factor = float(self.definition.axis_info[0].unit_conversion_factor)
        return factor * RADIUS if self.is_geographic else factor

    def __str__(self) -> str:
        return self.uri


#: Longitude and latitude on WGS 84: what GeoJSON is in, and what is stored.
CRS84 = Crs(4326)


@lru_cache(maxsize=256)
def _definition(code: int) -> Any:
    """The ``pyproj.CRS`` of an EPSG code, None where there is none with two horizontal axes."""
    # here, for the programs that read layer files and transform nothing need not wait for the library
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        found = CRS.from_epsg(code)
    except CRSError:
        return None
    flat = (found.is_geographic or found.is_projected) and len(found.axis_info) == 2
    return found if flat else None


@lru_cache(maxsize=256)
def _north_comes_first(code: int) -> bool:
    first = _definition(code).axis_info[0]
    # Polar systems point both axes to the pole: their names tell which is which
    return first.direction in ("north", "south") and not first.name.lower().startswith("easting")


#: What every layer can be asked in: degrees, the web's metres, and the krai's zones of UTM and of Gauss-Kruger.
USUAL: tuple[Crs, ...] = (
    CRS84,
    Crs(4326, axis_swapped=True),
    Crs(3857),
    Crs(32644),
    Crs(32645),
    Crs(28414, axis_swapped=True),
    Crs(28415, axis_swapped=True),
)
