"""The OpenAPI 3.0 document.

FastAPI knows the paths; parameters and answers are declared here and in ``schemas``, once, in ``components``: QGIS
reads its page size from ``components.parameters.limit`` and finds none where a framework writes parameters in line.
"""

from collections.abc import Mapping
from typing import Any, get_args

from fastapi import FastAPI

from altaigis.api import observations
from altaigis.api.negotiation import GEOJSON, HTML, JSON, MVT, OPENAPI, PROBLEM, SCHEMA, XML
from altaigis.api.schemas import JSON_TYPES, SCHEMAS
from altaigis.api.writing import SECURITY
from altaigis.domain.bucket import SEASONS
from altaigis.domain.catalog import Catalog
from altaigis.domain.crs import CRS84
from altaigis.domain.indicator import MOST_CLASSES, ClassMethod
from altaigis.domain.job import STATUSES
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.palette import SEQUENTIAL
from altaigis.domain.picture import FORMATS as PICTURE_FORMATS
from altaigis.domain.tile import MAX_ZOOM
from altaigis.domain.wind import CALM, SECTORS, SPEEDS, Division
from altaigis.encoders.formats import FORMATS
from altaigis.encoders.styles.formats import FORMATS as STYLE_FORMATS
from altaigis.errors import ParameterError
from altaigis.filters.params import DEFAULT_LIMIT, LANGUAGES, MAX_LIMIT
from altaigis.services.statistics import ALPHAS, LEAST_SHARE, TESTS

DEFAULT_RESULTS, MOST_RESULTS = 10, 50
DEFAULT_ENTRIES, MOST_ENTRIES, MOST_OFFSET = 100, 1000, 1_000_000
#: Of legends.
MOST_SCALE = 4
#: Of a title, characters.
MOST_TITLE = 200
#: Rows of an answer with a series: as many as a page of JSON has, and as many as there may be.
USUAL_ROWS, MOST_ROWS = 10_000, 100_000
USUAL_BUCKET = "P1D"
CLASS_METHODS: tuple[ClassMethod, ...] = get_args(ClassMethod)

PARAMETERS: dict[str, dict[str, Any]] = {
    "limit": {
        "description": "Features on a page; more than the maximum is served as the maximum. Without it json "
        "has pages of the default size, html of 100, and files hold everything.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    },
    "bbox": {
        "description": "Only features that share a point with the box west,south,east,north (degrees), and those "
        "without geometry; with six numbers the heights are ignored.",
        "schema": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    },
    "bbox-crs": {
        "description": "CRS of bbox, whose axes it follows: one of the collection's crs, CRS84 without it.",
        "schema": {"type": "string", "format": "uri", "default": CRS84.uri},
    },
    "crs": {
        "description": "CRS of the geometry in the answer: one of the collection's crs, CRS84 without it. GeoJSON and "
        "GML follow its order of axes (latitude first in EPSG:4326); all other formats put easting first.",
        "schema": {"type": "string", "format": "uri", "default": CRS84.uri},
    },
    "zoom": {
        "description": "Geometry for a map at this zoom (tiles of 256 pixels), simplified so that it strays by less "
        "than a pixel; neighbours keep one border and nothing disappears. Without it, and for points, all detail.",
        "schema": {"type": "number", "minimum": 0, "maximum": MAX_ZOOM},
    },
    "maxAllowableOffset": {
        "description": "Geometry simplified so by no more than this, in units of crs (degrees without it); "
        "the finer of both with zoom.",
        "schema": {"type": "number", "minimum": 0},
    },
    "decimals": {
        "description": "Coordinates written as text have no more decimals: enough to draw them, while borders that are "
        "rounded so may cross. Without it, a centimetre.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 7},
    },
    "datetime": {
        "description": "A time or an interval (RFC 3339, '..' for open); a date is the whole day in UTC. Features "
        "without a time match every one.",
        "schema": {"type": "string"},
    },
    "ids": {
        "description": "Only the features with these ids.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    "filter": {
        "description": "A condition in CQL2 about the collection's queryables, like population > 10000 AND "
        "CASEI(name_ru) LIKE CASEI('б%').",
        "schema": {"type": "string"},
    },
    "filter-lang": {
        "description": "Language of filter.",
        "schema": {"type": "string", "enum": list(LANGUAGES), "default": next(iter(LANGUAGES))},
    },
    "filter-crs": {
        "description": "CRS of the geometry in filter, whose axes it follows: one of the collection's crs, CRS84 "
        "without it.",
        "schema": {"type": "string", "format": "uri", "default": CRS84.uri},
    },
    "sortby": {
        "description": "Properties to sort by, one after the other; - before a name puts the largest first. Features "
        "without a value come last.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    "properties": {
        "description": "The properties to answer with, all without it.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    "links": {
        "description": "False leaves out the links of each collection, or all of a page but that to the next.",
        "schema": {"type": "boolean", "default": True},
    },
    "skipGeometry": {
        "description": "Answer without geometry.",
        "schema": {"type": "boolean", "default": False},
    },
    "values": {
        "description": "Any property of the collection by its name: only features with this value.",
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "explode": True,
    },
    "after": {
        "description": "Where the page before ended; links with rel=next carry it.",
        "schema": {"type": "string"},
    },
    "asOf": {
        "description": "A former revision: its number, or an RFC 3339 time at which it was the current one. 404 where "
        "there was none, or its data are no longer kept.",
        "schema": {"type": "string"},
    },
    "v": {
        "description": "The layer's version as its TileJSON tells it in the addresses of tiles: of the current one an "
        "answer is good for ever. Any other gets the current tile, which is then to be asked for again each time.",
        "schema": {"type": "string"},
    },
    "style": {
        "description": "Of rasters: the style that the tile is drawn in, by its name in the layer; default without it.",
        "schema": {"type": "string"},
    },
    "rescale": {
        "description": "Of rasters drawn by a ramp: MIN,MAX, the values that its first and its last colour stand for.",
        "schema": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    },
    "colormap": {
        "description": "Of rasters drawn by a ramp: a colour map of matplotlib or cmocean in the place of its own "
        "colours, like viridis; viridis_r is the same the other way round.",
        "schema": {"type": "string"},
    },
    "format": {
        "description": "Of rasters: the format of the tiles that are led to.",
        "schema": {"type": "string", "enum": list(PICTURE_FORMATS), "default": PICTURE_FORMATS[0]},
    },
    "f": {
        "description": "Format of the answer by its short name; beats the Accept header. Everywhere json and html; of "
        "features also whole files: " + ", ".join(f"{name} ({form.title})" for name, form in FORMATS.items()) + ". "
        "A file holds everything that is selected, unless limit asks for a page; the next one is in the Link header. "
        "Of styles " + ", ".join(STYLE_FORMATS) + "; of legends svg and png.",
        "schema": {"type": "string"},
    },
    "lang": {
        "description": "Language of titles and descriptions; beats the Accept-Language header.",
        "schema": {"type": "string", "enum": ["ru", "en"]},
    },
    "q": {
        "description": "A part of a name in Russian or English, or an id; names that are misspelt are found, too.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 100},
        "required": True,
    },
    "scale": {
        "description": "How many times as large as in pixels of CSS.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_SCALE, "default": 1},
    },
    "results": {
        "name": "limit",
        "description": "The most places to answer with.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_RESULTS, "default": DEFAULT_RESULTS},
    },
    "entries": {
        "name": "limit",
        "description": "The most processes on a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ENTRIES, "default": MOST_ENTRIES},
    },
    "jobs": {
        "name": "limit",
        "description": "The most jobs on a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ENTRIES, "default": DEFAULT_ENTRIES},
    },
    "offset": {
        "description": "So many entries are passed over; links with rel=next carry it.",
        "schema": {"type": "integer", "minimum": 0, "maximum": MOST_OFFSET, "default": 0},
    },
    "jobType": {
        "name": "type",
        "description": "Only jobs of this type.",
        "schema": {"type": "string", "enum": ["process"]},
    },
    "processID": {
        "description": "Only jobs of these processes.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    "jobStatus": {
        "name": "status",
        "description": "Only jobs of which this has become.",
        "schema": {"type": "array", "items": {"type": "string", "enum": list(STATUSES)}},
    },
    "created": {
        "name": "datetime",
        "description": "Only jobs that were ordered at this time or in this interval (RFC 3339, '..' for open).",
        "schema": {"type": "string"},
    },
    "minDuration": {
        "description": "Only jobs that have run for at least so many seconds.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "maxDuration": {
        "description": "Only jobs that have run for at most so many seconds.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "lon": {
        "description": "Longitude in degrees.",
        "schema": {"type": "number", "minimum": -180, "maximum": 180},
        "required": True,
    },
    "lat": {
        "description": "Latitude in degrees.",
        "schema": {"type": "number", "minimum": -90, "maximum": 90},
        "required": True,
    },
    "periods": {
        "name": "period",
        "description": "Years: one, several with commas between them, or an interval like 2021/2024 ('..' for open). "
        "Without it all that there are.",
        "schema": {"type": "string"},
    },
    "year": {
        "name": "period",
        "description": "The year that is classed, the last one without it.",
        "schema": {"type": "integer", "minimum": 1000, "maximum": 2999},
    },
    "territory": {
        "description": "Ids of units or groups of them (krai, big_belokurikha, pilot_zone); all without it.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    "units": {
        "description": "Whose values: those of the units as they were published, or of the units that there were on a "
        "day, brought to them by the declared parts of each change.",
        "schema": {"type": "string", "default": "published"},
    },
    "method": {
        "description": "How breaks are found; the indicator's own without it, which its styles have too.",
        "schema": {"type": "string", "enum": list(CLASS_METHODS)},
    },
    "count": {
        "description": "Classes, of the methods that do not find their own number.",
        "schema": {"type": "integer", "minimum": 2, "maximum": MOST_CLASSES},
    },
    "breaks": {
        "description": "With method=manual: inner bounds, ascending; a value at a bound belongs to the class above it.",
        "schema": {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": MOST_CLASSES - 1},
    },
    "step": {
        "name": "bucket",
        "description": "Steps of the calendar whose means or sums are analysed: day, month, season or year (P1D, P1M, "
        "P3M, P1Y); each resource says which it takes.",
        "schema": {"type": "string"},
    },
    "test": {
        "description": "Of months and seasons: seasonal-correlated (seasons may be alike) or seasonal; of years: "
        "hamed-rao (neighbours may be alike) or mann-kendall. Without it the first of them.",
        "schema": {"type": "string", "enum": list(TESTS)},
    },
    "alpha": {
        "description": "Level of significance; intervals have the confidence 1 - alpha.",
        "schema": {"type": "number", "minimum": ALPHAS[0], "maximum": ALPHAS[1], "default": 0.05},
    },
    "completeness": {
        "description": "Share of a step that has to be measured for its value to count.",
        "schema": {"type": "number", "minimum": 0, "maximum": 1, "default": LEAST_SHARE},
    },
    "threshold": {
        "description": "Robust standard deviations from the usual beyond which a value is flagged.",
        "schema": {"type": "number", "minimum": 2, "maximum": 20, "default": 3.5},
    },
    "strictness": {
        "description": "Factor of the penalty that a further change of level has to pay for; above 1 fewer are found.",
        "schema": {"type": "number", "minimum": 0.1, "maximum": 100, "default": 1},
    },
    "series": {
        "description": "With fixed the breaks are those of all years together, and the same for each of them.",
        "schema": {"type": "string", "enum": ["fixed", "each"]},
    },
    "per": {
        "description": "Of sums: per inhabitants (persons), per area, or as shares of the whole; the indicator tells "
        "which there are.",
        "schema": {"type": "string"},
    },
    "palette": {
        "description": "One of ColorBrewer's that readers with any colour vision tell apart.",
        "schema": {"type": "string", "enum": list(SEQUENTIAL)},
    },
    "embed": {
        "description": "The map for a frame of another page: without panel and search, and that page may show it.",
        "schema": {"type": "string", "enum": ["", "1"]},
        "allowEmptyValue": True,
    },
    "sight": {
        "name": "map",
        "description": "Where the map is looked at: zoom/latitude/longitude; all of it without it.",
        "schema": {"type": "string"},
        "example": "6.75/52.6/82.5",
    },
    "layers": {
        "description": "Ids of the layers on the map, parted by commas; those that it opens with without it.",
        "schema": {"type": "string"},
    },
    "opacity": {
        "description": "Of layers that are not fully opaque, in percent: rivers:50,lakes:20.",
        "schema": {"type": "string"},
    },
    "ind": {
        "description": "An indicator that the units are drawn by, as links to the map have it: its code, then with "
        "slashes before them period, per, method, count and palette, each with its value behind a colon, and the "
        "words diverging (from the whole) and symbols (circles).",
        "schema": {"type": "string"},
        "example": "pop_jan1/period:2024/method:jenks",
    },
    "title": {
        "description": "What stands above the map.",
        "schema": {"type": "string", "maxLength": MOST_TITLE},
    },
    "diverging": {
        "description": "With whole the colours diverge from the value of the whole, or, of sums, from the mean of the "
        "units.",
        "schema": {"type": "string", "enum": ["whole"]},
    },
    "heardStations": {
        "name": "station",
        "description": "Ids of stations, features of monitoring_points; all without it.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    "heardParameters": {
        "name": "parameter",
        "description": "Codes of what is measured, like air_temperature; all without it.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    "heardBox": {
        "name": "bbox",
        "description": "Only stations that lie in the box west,south,east,north (degrees) now.",
        "schema": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    },
    "measured": {
        "name": "parameter",
        "description": "Code of what is measured, like air_temperature; /stations tells what each station has.",
        "schema": {"type": "string"},
    },
    "ofMedium": {
        "name": "medium",
        "description": "Only stations of this medium, like meteo, air or water.",
        "schema": {"type": "string"},
    },
    "synthetic": {
        "description": "Only made-up series, or only measured ones. Without it the measured one where it has "
        "values in the time that is asked for (of now: where it was not silent for a month while the synthetic one "
        "went on), and else the synthetic one; each answer says which it is, and none puts both together.",
        "schema": {"type": "boolean"},
    },
    "stretch": {
        "name": "datetime",
        "description": "A time or an interval (RFC 3339, '..' for open); a date is the whole day in Asia/Barnaul, "
        "2024-05 the whole month, 2024 the whole year, and a time ends the interval without being part of it. Buckets "
        "that it touches are told whole.",
        "schema": {"type": "string"},
    },
    "bucket": {
        "description": "How wide: raw for the values as they came; hours and minutes of UTC, PT1M to "
        "PT23H59M; P1D, P1W, P1M, P3M (from December, March, June, September) and P1Y of Asia/Barnaul; or the words "
        "hour, day, week, month, season, year.",
        "schema": {"type": "string", "default": USUAL_BUCKET},
    },
    "statistics": {
        "description": "Of mean, min, max, sum, count, completeness, std and the percentiles p1 to p99; of directions "
        "mean (of unit vectors), count and completeness. Bad values are in none of them; bad counts them.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    "anomaly": {
        "description": "With what is normal for each bucket of a day or more, and by how much its mean (or sum) is "
        "above it: by the station's own climate normals, and where there are none by those of a grid; normals of days "
        "are on a smooth course through the year that has the normal of each month (Epstein 1991). null where the "
        "bucket is not over, or one of its months (a shorter bucket itself) has less than three quarters of its "
        "values, or, of sums, not all.",
        "schema": {"type": "boolean", "default": False},
    },
    "rows": {
        "name": "limit",
        "description": "The most rows of an answer; links with rel=next lead to the others. csv and parquet have the "
        "maximum without it.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_ROWS},
    },
    "sectors": {
        "description": "Sectors of the rose, the first around north.",
        "schema": {"type": "integer", "enum": list(SECTORS), "default": Division().sectors},
    },
    "speeds": {
        "name": "classes",
        "description": "Where the classes of speed begin, ascending, in the unit of the series.",
        "schema": {"type": "array", "items": {"type": "number"}, "default": list(SPEEDS)},
    },
    "calm": {
        "description": "Slower winds are calm, and have no direction.",
        "schema": {"type": "number", "default": CALM},
    },
    "season": {
        "description": "Only winds of this season, of any year.",
        "schema": {"type": "string", "enum": list(SEASONS)},
    },
    "calendarYear": {
        "name": "year",
        "description": "The year, the last one with values without it.",
        "schema": {"type": "integer"},
    },
    "statistic": {
        "description": "One of those that /stations/{station_id}/series has; without it the sum of what is summed, and "
        "the mean of all else.",
        "schema": {"type": "string"},
    },
}
PARAMETERS |= {
    "ofNorm": {
        "name": "norm",
        "description": "Code of a norm, as /norms lists them.",
        "schema": {"type": "string"},
    },
    "limitId": {
        "name": "limit",
        "description": "One limit alone, as /norms/{substance} lists them.",
        "schema": {"type": "string"},
    },
    "always": {
        "description": "Judge also what is from before a limit came into force.",
        "schema": {"type": "boolean", "default": False},
    },
    "gap": {
        "description": "An episode goes on over gaps of this duration (PT3H, P1D, PT0S for none). Without it a step of "
        "single values, and none of longer averages. A single value speaks of the whole step that begins with it: the "
        "answer has the gap that was taken, and in `joined_within` how far apart the times may be.",
        "schema": {"type": "string"},
    },
    "pollutionIndex": {
        "name": "index",
        "description": "One of iza5 (air) and izv (water).",
        "schema": {"type": "string", "enum": ["iza5", "izv"], "default": "iza5"},
    },
    "alertState": {
        "name": "state",
        "description": "Without it all but those that were withdrawn.",
        "schema": {"type": "string", "enum": ["open", "closed", "withdrawn"]},
    },
    "alertKind": {
        "name": "kind",
        "description": "Of which kind of rule.",
        "schema": {"type": "string", "enum": ["exceedance", "silence"]},
    },
    "ofStation": {"name": "station", "description": "Id of a station.", "schema": {"type": "string"}},
    "ofRule": {"name": "rule", "description": "Name of a rule.", "schema": {"type": "string"}},
}
PATH_PARAMETERS = {
    "substance": "Code of a substance, as /norms lists them.",
    "collection_id": "Id of a collection, as /collections lists them.",
    "layer_id": "Id of a layer, as /collections lists them.",
    "feature_id": "Id of a feature of the collection.",
    "style_id": "Name of a style of the layer.",
    "code": "Code of an indicator, as /indicators lists them.",
    "station_id": "Id of a station, as /stations lists them.",
    "units": "Ids of municipalities and of groups, as territories.yaml names those, parted by commas.",
    "matrix_set": "Name of a tile matrix set; there is WebMercatorQuad.",
    "z": "Zoom.",
    "x": "Column of the tile, from the west.",
    "y": "Row of the tile, from the north. Of rasters, @2x behind it gives twice the pixels on a side: 512.",
    "row": "Row of the tile, from the north.",
    "col": "Column of the tile, from the west.",
    "process_id": "Id of a process, as /processes lists them.",
    "job_id": "Id of a job, as its Location told it.",
    "extension": "mvt for vector layers, png or webp for rasters.",
}
TAGS = {
    "Capabilities": "What the server is and can do.",
    "Data": "Collections and their features.",
    "Tiles": "Vector tiles and raster tiles.",
    "Rasters": "Values of rasters.",
    "Styles": "How layers are drawn, for maps in browsers, GeoServer and QGIS; and their legends.",
    "Indicators": "What the numbers about territories mean, their values and classes.",
    "Passports": "All that is known of municipalities.",
    "Search": "Places by their names.",
    "Processes": "Analyses whose results are layers, and their jobs.",
    "Monitoring": "Observations of stations.",
    "Editing": "Features that people add, change and take away, with a key.",
}
ITEMS = "/collections/{collection_id}/items"
VALUES = "#/components/parameters/values"
KINDS_OF_JSON = (JSON, GEOJSON, SCHEMA, OPENAPI, PROBLEM)
_ANSWER = "x-answer"
_NOT_MODIFIED = "The client has this answer already (If-None-Match)."


def operation(media_types: tuple[str, ...], *names: str, schema: str | None = None) -> dict[str, Any]:
    """What a route adds to the document: its parameters, the media types that it answers in, and the name of the
    schema of its JSON."""
    return {
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in (*names, "f", "lang")],
        _ANSWER: {media_type: _body(media_type, schema) for media_type in media_types},
    }


def parse_offset(text: str | None) -> int:
    """How many entries of a list are passed over.

    Raises:
        ParameterError: not a whole number.
    """
    if text is not None and not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= MOST_OFFSET):
        raise ParameterError("offset", f"'{text[:40]}' is not a whole number from 0 to {MOST_OFFSET}")
    return int(text or 0)


def document(app: FastAPI, root: str, catalog: Catalog, signed: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The whole document, with ``root`` as the server's address.

    Args:
        signed: by path and method, the operations that need a key.
    """
    paths = {
        path: {method: _operation(found) for method, found in methods.items()}
        for path, methods in app.openapi()["paths"].items()
    }
    items = paths[ITEMS]["get"]
    own = {ITEMS.format(collection_id=layer.id): {"get": _items_of(layer, items)} for layer in catalog if layer.fields}
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "AltaiGIS",
            "version": app.version,
            "description": f"Web-GIS of Altai Krai: features, tiles and search. WFS is at {root}/wfs.",
            "contact": {"name": "AltaiGIS"},
            "license": {"name": "MIT"},
        },
        "servers": [{"url": root}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": {
            **paths,
            **own,
            **{path: {**own.get(path, _reads(paths, path)), **methods} for path, methods in signed.items()},
            "/observations": {"post": observations.OPERATION},
        },
        "components": {
            "parameters": {name: _parameter(name, body) for name, body in PARAMETERS.items()},
            "responses": {
                "NotModified": {"description": _NOT_MODIFIED},
                "Problem": {
                    "description": "An error; the description names what is wrong.",
                    "content": {PROBLEM: _body(PROBLEM, "Problem")},
                },
            },
            "schemas": SCHEMAS,
            "securitySchemes": SECURITY,
        },
    }


def _reads(paths: Mapping[str, Mapping[str, Any]], path: str) -> dict[str, Any]:
    """What can be read at the path of one collection: clients look there first, and not at that of all of them."""
    if path in paths:
        return dict(paths[path])
    if not path.startswith("/collections/"):
        return {}
    _, collections, own, rest = path.split("/", 3)
    read = paths.get(f"/{collections}/{{collection_id}}/{rest}", {}).get("get")
    if read is None:
        return {}
    others = [parameter for parameter in read["parameters"] if parameter.get("name") != "collection_id"]
    return {"get": {**read, "operationId": f"{read['operationId']}_{own}", "parameters": others}}


def _items_of(layer: Layer, items: dict[str, Any]) -> dict[str, Any]:
    """The items of one collection, with its fields as parameters. GDAL looks for them here, and asks the server for
    what it would have to sift otherwise; QGIS does so too. Neither finds what stands in components."""
    shared = [p for p in items["parameters"] if "$ref" in p and p["$ref"] != VALUES]
    fields = [
        _parameter(
            name, {"description": f"Only features with this value: {_told(name, field)}.", "schema": _typed(field)}
        )
        for name, field in layer.fields.items()
        if not field.is_geometry and name not in PARAMETERS
    ]
    return {
        **items,
        "summary": f"Features of {layer.title.en}",
        "operationId": f"items_{layer.id}",
        "parameters": [*shared, *fields],
    }


def _told(name: str, field: LayerField) -> str:
    return (field.title.en if field.title else name) + (f", {field.unit}" if field.unit else "")


def _typed(field: LayerField) -> dict[str, Any]:
    """The schema of a field's value in OpenAPI 3.0's dialect, which is that of JSON Schema here."""
    return JSON_TYPES[field.type] | ({"enum": list(field.values)} if field.values else {})


def _operation(found: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"200": {"description": "The resource.", "content": found[_ANSWER]}}
    if MVT in found[_ANSWER]:
        answer["204"] = {"description": "There is nothing to draw on this tile."}
    return {
        "tags": found["tags"],
        "summary": found["summary"],
        "operationId": found["operationId"],
        "parameters": [_path_parameter(p) if p.get("in") == "path" else p for p in found["parameters"]],
        "responses": {
            **answer,
            "304": {"$ref": "#/components/responses/NotModified"},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def _body(media_type: str, schema: str | None) -> dict[str, Any]:
    if media_type in KINDS_OF_JSON and schema is not None:
        return {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if media_type in (HTML, XML) or media_type.startswith("text/") or "+xml" in media_type:
        return {"schema": {"type": "string"}}
    if media_type.endswith("+json"):
        return {"schema": {"type": "object"}}
    return {"schema": {"type": "string", "format": "binary"}}


def _path_parameter(found: dict[str, Any]) -> dict[str, Any]:
    name = found["name"]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": PATH_PARAMETERS[name],
        "schema": {"type": "string"},
    }


def _parameter(name: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "style": "form", "explode": False, **body}
