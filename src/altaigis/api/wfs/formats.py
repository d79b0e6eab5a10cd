"""Formats of answers, by the names that clients of WFS call them."""

from collections.abc import Mapping

from altaigis.api.wfs.protocol import Version
from altaigis.encoders.formats import FORMATS
from altaigis.encoders.gml.versions import VERSIONS, GmlVersion, version_named
from altaigis.errors import ParameterError

#: Other names of the files that there are, the first of them in capabilities; the short names of ``f=`` are theirs too.
_FILES: Mapping[str, tuple[str, ...]] = {
    "geojson": ("application/json", "application/geo+json", "application/vnd.geo+json", "json"),
    "csv": ("text/csv",),
    "gpkg": ("application/geopackage+sqlite3", "application/x-gpkg", "geopackage"),
    "shp": ("SHAPE-ZIP", "application/zip", "application/x-shapefile", "shapezip", "shapefile"),
    "fgb": ("application/flatgeobuf", "flatgeobuf"),
    "kml": ("application/vnd.google-earth.kml+xml",),
}
_NAMED = {name.lower(): short for short, names in _FILES.items() for name in (short, *names)}


def output_formats(version: Version) -> tuple[str, ...]:
    """The names in capabilities of a version, its own GML first."""
    return (*_of_gml(version), *(names[0] for names in _FILES.values()))


def _of_gml(version: Version) -> tuple[str, ...]:
    versions = sorted(VERSIONS, key=lambda known: known is not version.gml)
    return tuple(name for known in versions for name in known.output_formats)


def told_in(name: str | None, version: Version) -> GmlVersion:
    """The version of GML that types are told in.

    Raises:
        ParameterError: it is none.
    """
    found = version.gml if name is None else _gml(name.strip(), version)
    if found is None:
        there = ", ".join(_of_gml(version))
        raise ParameterError("outputFormat", f"types are not told in '{str(name)[:80]}'; there are {there}")
    return found


def chosen(name: str | None, version: Version) -> GmlVersion | str:
    """The version of GML, or the short name of a file's format.

    Raises:
        ParameterError: nothing has this name.
    """
    if name is None:
        return version.gml
    plain = name.strip()
    if found := _gml(plain, version):
        return found
    bare = plain.partition(";")[0].strip().replace("geo json", "geo+json").replace("earth.kml xml", "earth.kml+xml")
    short = _NAMED.get(bare.replace("geopackage sqlite3", "geopackage+sqlite3").lower())
    if short is None:
        raise ParameterError(
            "outputFormat", f"'{name[:80]}' is not offered; there are {', '.join(output_formats(version))}"
        )
    return short


def _gml(name: str, version: Version) -> GmlVersion | None:
    return version.gml if name.lower() in ("xmlschema", "text/xml", "application/xml", "gml") else version_named(name)


assert _FILES.keys() <= FORMATS.keys(), "each of them is made by an encoder"
