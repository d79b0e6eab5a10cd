"""The formats of files of features, by their short name in ``f=``: a new one is a module and a line here."""

from collections.abc import Mapping

from altaigis.encoders import csv, flatgeobuf, geojson, geopackage, geoparquet, kml, ndjson, shapefile
from altaigis.encoders.format import Format
from altaigis.encoders.gml import file as gml

FORMATS: Mapping[str, Format] = {
    "geojson": geojson.FORMAT,
    "ndjson": ndjson.FORMAT,
    "csv": csv.FORMAT,
    "excel": csv.EXCEL,
    "gpkg": geopackage.FORMAT,
    "fgb": flatgeobuf.FORMAT,
    "parquet": geoparquet.FORMAT,
    "gml": gml.FORMAT,
    "kml": kml.FORMAT,
    "shp": shapefile.FORMAT,
}
