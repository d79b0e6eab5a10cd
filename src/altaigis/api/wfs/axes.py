"""Axes in edits by WFS 1.0.0: longitude or easting comes first, whatever the name of the CRS means elsewhere."""

from lxml import etree

from altaigis.domain.crs import Crs
from altaigis.errors import ParameterError


def easting_first(root: etree._Element) -> etree._Element:
    """The same document with names of CRSs that mean this everywhere. QGIS writes URNs into its edits by 1.0.0, and
    longitude first; what is no name is left to who reads it."""
    for element in root.iter():
        name = element.get("srsName")
        if name is not None:
            element.set("srsName", _easting_first(name))
    return root


def _easting_first(name: str) -> str:
    try:
        return f"EPSG:{Crs.parse(name).srid}"
    except ParameterError:
        return name
