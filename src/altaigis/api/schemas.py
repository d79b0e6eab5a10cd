"""Schemas of the OpenAPI document: the shapes of the main resources, in OpenAPI 3.0's dialect of JSON Schema."""

from collections.abc import Mapping
from typing import Any

from altaigis.domain.indicator import FLAGS
from altaigis.domain.job import STATUSES
from altaigis.domain.standing import TITLES as STANDINGS

#: Types of fields in JSON.
JSON_TYPES: Mapping[str, dict[str, str]] = {
    "text": {"type": "string"},
    # without it, GDAL takes them for the 32 bits of its own integers
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **members}


def _object(required: str, **properties: dict[str, Any]) -> dict[str, Any]:
    """An object with these properties, of which those named in ``required`` must be there; others may be."""
    return {"type": "object", "required": required.split(), "properties": properties}


TEXT, WHOLE, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
ADDRESS = {"type": "string", "format": "uri"}
LINKS = _list(_ref("Link"))
INTERVAL = _list({"type": "string", "format": "date-time", "nullable": True}, minItems=2, maxItems=2)
BOX = _list(NUMBER, minItems=4, maxItems=6)

_PROCESS: dict[str, dict[str, Any]] = {
    "id": TEXT,
    "title": TEXT,
    "description": TEXT,
    "version": TEXT,
    "jobControlOptions": _list({"type": "string", "enum": ["sync-execute", "async-execute", "dismiss"]}),
    "outputTransmission": _list({"type": "string", "enum": ["value", "reference"]}),
    "links": LINKS,
}
_INDICATOR: dict[str, dict[str, Any]] = {
    "code": TEXT,
    "title": TEXT,
    "definition": TEXT,
    "unit": TEXT,
    "direction": {"type": "string", "enum": ["more_is_better", "less_is_better", "neither"]},
    "digits": WHOLE,
}

#: Series held against limits.
_JUDGED: dict[str, Any] = {
    **dict.fromkeys(("station", "parameter", "unit", "unit_title"), TEXT),
    "synthetic": FLAG,
    "completeness_rule": NUMBER,
    "results": {
        "type": "array",
        "items": {"type": "object"},
        "description": "A limit each, with its rivals and notes.",
    },
    "links": LINKS,
}

_STATION: dict[str, dict[str, Any]] = {
    "id": TEXT,
    "name": TEXT,
    "medium": {**TEXT, "nullable": True},
    "longitude": {**NUMBER, "nullable": True},
    "latitude": {**NUMBER, "nullable": True},
}
_SERIES: dict[str, dict[str, Any]] = {
    "parameter": TEXT,
    "title": TEXT,
    "unit": TEXT,
    "unit_title": {**TEXT, "description": "As the language of the answer writes it."},
    "normal": {**TEXT, "nullable": True, "description": "Its code among the climate normals."},
    "substance": {**TEXT, "nullable": True, "description": "Its code among the norms."},
    "digits": WHOLE,
    "totals": {"type": "string", "enum": ["mean", "sum", "direction"]},
    "synthetic": {**FLAG, "description": "Whether the values are made up; note says so, too."},
    "note": {**TEXT, "nullable": True},
    "first": {"type": "string", "format": "date-time"},
    "last": {"type": "string", "format": "date-time"},
    "count": WHOLE,
    "step": {**NUMBER, "nullable": True, "description": "The usual time between two values, in seconds."},
}
_COLUMNS = {
    "type": "object",
    "description": "The columns of the table, all of one length.",
    "additionalProperties": {"type": "array", "items": {}},
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Problem": _object(
        "code description",
        code=TEXT,
        description=TEXT,
        type=TEXT,
        title=TEXT,
        status=WHOLE,
        detail=TEXT,
        instance=TEXT,
        parameter={**TEXT, "description": "The parameter that is wrong."},
        pointer={**TEXT, "description": "The JSON pointer of what is wrong in the body."},
    ),
    "Link": _object("href rel type", href=TEXT, rel=TEXT, type=TEXT, title=TEXT, templated=FLAG, length=WHOLE),
    "LandingPage": _object("title description links", title=TEXT, description=TEXT, links=LINKS),
    "Conformance": _object("conformsTo", conformsTo=_list(ADDRESS)),
    "ApiDocument": _object("openapi info paths", openapi=TEXT, info={"type": "object"}, paths={"type": "object"}),
    "Collections": _object("links collections", links=LINKS, collections=_list(_ref("Collection"))),
    "Collection": _object(
        "id title links",
        id=TEXT,
        title=TEXT,
        description=TEXT,
        attribution=TEXT,
        license=TEXT,
        links=LINKS,
        itemType={"type": "string", "enum": ["feature"]},
        itemCount={"type": "integer", "nullable": True, "description": "null while nothing is loaded"},
        crs=_list(ADDRESS),
        storageCrs=ADDRESS,
        extent={
            "type": "object",
            "properties": {
                "spatial": _object("bbox crs", bbox=_list(BOX, minItems=1), crs=ADDRESS),
                "temporal": _object("interval trs", interval=_list(INTERVAL, minItems=1), trs=ADDRESS),
            },
        },
    ),
    "Schema": _object("type properties", type=TEXT, title=TEXT, properties={"type": "object"}),
    "Features": _object(
        "type features",
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_list(_ref("Feature")),
        links=LINKS,
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched={"type": "integer", "minimum": 0},
        numberReturned={"type": "integer", "minimum": 0},
    ),
    "Places": _object(
        "type features",
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_list({"allOf": [_ref("Feature"), _object("properties", properties=_ref("Place"))]}),
    ),
    "Place": _object(
        "layer layer_title name name_ru name_en approximate",
        layer=TEXT,
        layer_title=TEXT,
        name=TEXT,
        name_ru=TEXT,
        name_en=TEXT,
        approximate={
            **FLAG,
            "description": "No name holds what was asked for; this one is spelt like it, transliterated in another "
            "way, or what the same keys type in the other layout.",
        },
    ),
    "Feature": _object(
        "type id geometry properties",
        type={"type": "string", "enum": ["Feature"]},
        id=TEXT,
        geometry=_ref("Geometry"),
        properties={"type": "object"},
        bbox=BOX,
        links=LINKS,
    ),
    "Geometry": {
        **_object("type coordinates", type=TEXT, coordinates=_list({})),
        "nullable": True,
        "description": "GeoJSON geometry, longitude first; null where the place is not known.",
    },
    "TileJson": _object(
        "tilejson tiles",
        tilejson={"type": "string", "enum": ["3.0.0"]},
        tiles=_list(TEXT, minItems=1),
        minzoom=WHOLE,
        maxzoom=WHOLE,
        bounds=_list(NUMBER, minItems=4, maxItems=4),
        center=_list(NUMBER, minItems=3, maxItems=3),
        attribution=TEXT,
        vector_layers=_list(_object("id fields", id=TEXT, fields={"type": "object"}, minzoom=WHOLE, maxzoom=WHOLE)),
    ),
    "TileMatrixSets": _object(
        "tileMatrixSets", tileMatrixSets=_list(_object("links", id=TEXT, title=TEXT, uri=ADDRESS, links=LINKS))
    ),
    "TileMatrixSet": _object("crs tileMatrices", id=TEXT, tileMatrices=_list({"type": "object"})),
    "TileSets": _object("tilesets", tilesets=_list(_ref("TileSet")), links=LINKS),
    "TileSet": _object(
        "dataType crs links",
        title=TEXT,
        dataType={"type": "string", "enum": ["vector"]},
        crs=ADDRESS,
        tileMatrixSetURI=ADDRESS,
        tileMatrixSetLimits=_list({"type": "object"}),
        links=LINKS,
    ),
    "Archives": _object(
        "links", links=_list({"allOf": [_ref("Link"), {"type": "object", "properties": {"length": WHOLE}}]})
    ),
    "Processes": _object("processes links", processes=_list(_ref("ProcessSummary")), links=LINKS),
    "ProcessSummary": _object("id version", **_PROCESS),
    "Process": _object(
        "id version inputs outputs",
        **_PROCESS,
        inputs={"type": "object", "additionalProperties": _object("schema", title=TEXT, schema={"type": "object"})},
        outputs={"type": "object", "additionalProperties": _object("schema", title=TEXT, schema={"type": "object"})},
        **{"altai:method": _object("formula citations", formula=TEXT, citations=_list(TEXT))},
    ),
    "Execute": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "inputs": {"type": "object", "description": "By name, as the process describes them."},
            "outputs": {
                "type": "object",
                "additionalProperties": {"type": "object"},
                "description": "Those that are wanted, by name; all without it.",
            },
            "response": {"type": "string", "enum": ["document", "raw"], "default": "document"},
        },
    },
    "Results": {
        "type": "object",
        "additionalProperties": {"type": "object"},
        "description": "By the names of outputs: a link to what is a resource of its own, or the value itself.",
    },
    "Jobs": _object("jobs links", jobs=_list(_ref("Job")), links=LINKS),
    "Job": _object(
        "jobID type status",
        processID=TEXT,
        jobID=TEXT,
        type={"type": "string", "enum": ["process"]},
        status={"type": "string", "enum": list(STATUSES)},
        message=TEXT,
        **{name: {"type": "string", "format": "date-time"} for name in ("created", "started", "finished", "updated")},
        progress={"type": "integer", "minimum": 0, "maximum": 100},
        links=LINKS,
    ),
    "PointValue": _object(
        "layer lon lat value",
        layer=TEXT,
        lon=NUMBER,
        lat=NUMBER,
        value={"type": "number", "nullable": True, "description": "null where the raster has no data"},
        unit=TEXT,
        label={"type": "string", "nullable": True},
        synthetic={**FLAG, "description": "Of results: whether they are made from made-up values."},
        error={
            "type": "number",
            "nullable": True,
            "description": "Of a surface between stations: its standard error there, in the same unit.",
        },
    ),
    "Styles": _object(
        "styles links",
        styles=_list(_object("id title links", id=TEXT, title=TEXT, links=LINKS)),
        default={**TEXT, "description": "Id of the style that a map without a choice shows."},
        links=LINKS,
    ),
    "Indicators": _object(
        "themes links",
        themes=_list(_object("id title indicators", id=TEXT, title=TEXT, indicators=_list(_ref("IndicatorHead")))),
        links=LINKS,
    ),
    "IndicatorHead": _object(
        "code title definition unit direction digits", **_INDICATOR, periods=_list(WHOLE), links=LINKS
    ),
    "Indicator": _object(
        "code title definition unit direction digits theme aggregation periods source attribution inputs classes links",
        **_INDICATOR,
        theme=TEXT,
        aggregation={**TEXT, "description": "The rule by which parts make a whole: sum, mean, or none."},
        periods=_list(WHOLE),
        per=_list(_object("id title", id=TEXT, title=TEXT)),
        source={"type": "object", "description": "Published values, a formula over others, geometry or a raster."},
        attribution={**TEXT, "description": "Whom the values are from, parted by semicolons."},
        inputs=_list(_ref("IndicatorHead")),
        classes={"type": "object"},
        links=LINKS,
    ),
    "Norms": _object(
        "norms substances links",
        norms=_list(_object("id title", id=TEXT, title=TEXT)),
        substances=_list({"type": "object"}),
        links=LINKS,
    ),
    "Substance": _object(
        "substance name limits conflicts links",
        substance=TEXT,
        name=TEXT,
        limits=_list(_ref("Limit")),
        conflicts=_list(_list(TEXT)),
        links=LINKS,
    ),
    "Limit": _object(
        "limit norm averaging bound value unit source rivals",
        **dict.fromkeys(
            ("limit", "norm", "norm_title", "environment", "averaging", "averaging_title", "unit", "source"), TEXT
        ),
        bound={"type": "string", "enum": ["maximum", "minimum"]},
        value=NUMBER,
        hazard_class={"type": "integer", "nullable": True},
        valid_from={"type": "string", "format": "date", "nullable": True},
        valid_until={"type": "string", "format": "date", "nullable": True},
        note={"type": "string", "nullable": True},
        rivals=_list({"type": "object", "description": "Other values of the same limit, by other sources."}),
    ),
    "Exceedances": _object("station parameter unit synthetic completeness_rule results links", **_JUDGED),
    "Episodes": _object("station parameter unit synthetic completeness_rule results links", **_JUDGED),
    "PollutionIndex": _object(
        "station index synthetic interval formula value level parts missing_parts links",
        **dict.fromkeys(("station", "index", "formula", "note"), TEXT),
        synthetic=FLAG,
        interval=_list(TEXT),
        value={"type": "number", "nullable": True, "description": "null where parts are missing"},
        level={"type": "string", "nullable": True},
        level_title={"type": "string", "nullable": True},
        parts=_list({"type": "object"}),
        others=_list({"type": "object"}),
        missing_parts=WHOLE,
        partial={"type": "number", "nullable": True},
        alternatives=_list({"type": "object", "description": "The index by a limit as another source tells it."}),
        notes=_list(TEXT),
        left_out=_list({"type": "object"}),
        standard_index={"type": "object", "nullable": True, "description": "notes say what it cannot tell"},
        links=LINKS,
    ),
    "Alerts": _object(
        "alerts numberMatched numberReturned links",
        alerts=_list({"type": "object"}),
        numberMatched=WHOLE,
        numberReturned=WHOLE,
        links=LINKS,
    ),
    "IndicatorValues": _object(
        "code unit revision units values links",
        **_INDICATOR,
        revision=WHOLE,
        units={**TEXT, "description": "published, or the day whose units they are"},
        values=_list(
            _object(
                "territory_id territory_kind period value flag",
                territory_id=TEXT,
                territory_kind={"type": "string", "enum": ["unit", "zone", "region"]},
                period=WHOLE,
                value={"type": "number", "nullable": True, "description": "null where it is missing"},
                flag={"type": "string", "enum": list(FLAGS)},
                processing={"type": "string", "nullable": True},
                parts={"type": "integer", "nullable": True, "description": "Units of a group."},
                parts_there={"type": "integer", "nullable": True, "description": "Those of them with a value."},
                source={"type": "string", "nullable": True},
            )
        ),
        territories=_list(
            _object(
                "territory_id",
                territory_id=TEXT,
                oktmo={"type": "string", "nullable": True, "description": "null where it is not known"},
                valid_from={"type": "string", "format": "date", "nullable": True},
                valid_to={"type": "string", "format": "date", "nullable": True},
            )
        ),
        links=LINKS,
    ),
    "Stations": _object("stations links", stations=_list(_ref("StationHead")), links=LINKS),
    "StationHead": _object("id name medium series links", **_STATION, series=_list(_ref("SeriesHead")), links=LINKS),
    "SeriesHead": _object("parameter title unit synthetic first last count", **_SERIES),
    "Station": _object(
        "id name medium properties series links",
        **_STATION,
        properties={"type": "object", "description": "Those of the feature in the layer of the stations."},
        series=_list(
            _object(
                "parameter title unit synthetic first last count latest links",
                **_SERIES,
                latest={"type": "object", "nullable": True, "description": "The newest value that is not flagged bad."},
                links=LINKS,
            )
        ),
        links=LINKS,
    ),
    "LatestValues": _object(
        "type features numberReturned links",
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_list(_ref("Feature")),
        numberReturned=WHOLE,
        links=LINKS,
    ),
    "MeasuredParameters": _object("parameters links", parameters=_list({"type": "object"}), links=LINKS),
    "StationStatus": _object(
        "parameter title unit synthetic norm rule near statuses limits numberReturned stations links",
        **dict.fromkeys(("parameter", "title", "unit", "rule"), TEXT),
        synthetic=FLAG,
        norm={**TEXT, "nullable": True, "description": "null where the parameter has none"},
        near={"type": "number", "description": "From so much of a limit on a value is near it."},
        statuses=_list(_object("status title count", status=TEXT, title=TEXT, count=WHOLE)),
        limits=_list({"type": "object"}),
        numberReturned=WHOLE,
        stations=_list(
            _object(
                "station name value unit time synthetic status",
                **dict.fromkeys(("station", "name", "unit", "time"), TEXT),
                value={"type": "number"},
                synthetic=FLAG,
                status={"type": "string", "enum": list(STANDINGS)},
                multiple={"type": "number", "nullable": True, "description": "How many limits the worse one is."},
            )
        ),
        links=LINKS,
    ),
    "StatusOfStation": _object(
        "station name rule near parameters links",
        **dict.fromkeys(("station", "name", "rule"), TEXT),
        near={"type": "number"},
        parameters=_list({"type": "object", "description": "As the rows of /stations/status, with their titles."}),
        links=LINKS,
    ),
    "StationFrames": _object(
        "parameter title unit synthetic bucket zone statistic times stations links",
        **dict.fromkeys(("parameter", "title", "unit", "bucket", "zone", "statistic"), TEXT),
        synthetic=FLAG,
        times=_list(TEXT),
        stations=_list({"type": "object", "description": "With values, one for each of the times."}),
        links=LINKS,
    ),
    "StationSeries": _object(
        "station parameter unit synthetic bucket zone interval normals numberReturned values links",
        station=TEXT,
        name=TEXT,
        **_SERIES,
        bucket=TEXT,
        zone=TEXT,
        interval=INTERVAL,
        normals={"type": "object", "nullable": True, "description": "The normals that anomalies are told by."},
        numberReturned=WHOLE,
        values=_COLUMNS,
        links=LINKS,
    ),
    "StationCalendar": _object(
        "station parameter unit synthetic zone year years statistic values links",
        station=TEXT,
        name=TEXT,
        **_SERIES,
        zone=TEXT,
        year=WHOLE,
        years=_list(WHOLE),
        statistic=TEXT,
        values=_COLUMNS,
        links=LINKS,
    ),
    "WindRose": _object(
        "station unit synthetic interval season classes sectors calm undirected count bad completeness links",
        station=TEXT,
        name=TEXT,
        parameters=_list(TEXT),
        unit=TEXT,
        synthetic=FLAG,
        note={**TEXT, "nullable": True},
        interval=INTERVAL,
        season={**TEXT, "nullable": True},
        classes=_list({"type": "object"}),
        sectors=_list({"type": "object"}),
        calm={"type": "object"},
        undirected={**WHOLE, "description": "Winds that are no calm, without a direction."},
        count=WHOLE,
        bad=WHOLE,
        completeness={**NUMBER, "nullable": True},
        links=LINKS,
    ),
    "IndicatorClasses": _object(
        "indicator name unit digits period method fixed breaks low high missing classes links",
        indicator=TEXT,
        name={**TEXT, "description": "The title, and what it is told per."},
        unit=TEXT,
        digits=WHOLE,
        period=WHOLE,
        method=TEXT,
        title=TEXT,
        fixed=FLAG,
        breaks=_list(NUMBER),
        low=NUMBER,
        high=NUMBER,
        missing=WHOLE,
        sampled=FLAG,
        asked={**WHOLE, "description": "Classes that were asked for; equal values in one class can make them fewer."},
        centre={"type": "number", "nullable": True, "description": "The break from which the colours diverge."},
        classes=_list(
            {
                "type": "object",
                "required": ["from", "below", "count", "colour"],
                "properties": {
                    "from": {"type": "number", "nullable": True},
                    "below": {"type": "number", "nullable": True},
                    "count": WHOLE,
                    "colour": TEXT,
                },
            }
        ),
        links=LINKS,
    ),
    "Statistics": _object(
        "station parameter synthetic bucket interval steps values thin methods result rows meaning links",
        station=TEXT,
        parameter=_object("code title unit", code=TEXT, title=TEXT, unit=TEXT),
        synthetic={**FLAG, "description": "The series is made up."},
        bucket=TEXT,
        interval=_list(TEXT, minItems=2, maxItems=2),
        steps=WHOLE,
        values={**WHOLE, "description": "Steps that took part."},
        thin={**WHOLE, "description": "Steps left out: not over, or too little of them measured."},
        completeness=NUMBER,
        methods=_list(
            _object(
                "id title formula citations assumptions",
                id=TEXT,
                title=TEXT,
                formula=TEXT,
                citations=_list(TEXT),
                assumptions=TEXT,
            )
        ),
        result={"type": "object", "description": "Figures by name."},
        rows=_list({"type": "object"}),
        meaning=_object("ru en", ru=TEXT, en=TEXT),
        links=LINKS,
    ),
    "Passport": _object(
        "title units indicators charts contents neighbours sources revisions links",
        title=TEXT,
        group={**TEXT, "nullable": True, "description": "The group that has exactly these units."},
        units=_list(_ref("PassportUnit")),
        indicators=_list(
            _object(
                "code title unit digits period value flag source place of whole href",
                **_INDICATOR | {"definition": TEXT},
                theme=TEXT,
                is_key=FLAG,
                period=WHOLE,
                value={"type": "number", "nullable": True},
                flag={"type": "string", "enum": list(FLAGS)},
                processing={"type": "string", "nullable": True},
                parts={"type": "integer", "nullable": True},
                parts_there={"type": "integer", "nullable": True},
                source={"type": "string", "nullable": True},
                notes=_list(WHOLE) | {"description": "Numbers of its sources."},
                place={
                    "type": "integer",
                    "nullable": True,
                    "description": "Among the units: the best is the first. None where its grid cannot tell it.",
                },
                shared={"type": "integer", "nullable": True, "description": "Units that have this place together."},
                grid={"type": "object", "nullable": True, "description": "The cells of the raster that it comes of."},
                is_too_fine={**FLAG, "description": "The grid that the value comes of cannot tell it."},
                of={"type": "integer", "nullable": True, "description": "Units with a value."},
                whole={"type": "number", "nullable": True, "description": "The value of all units together."},
                can_be_taken_together={**FLAG, "description": "false where nothing can be told of several units."},
                href=TEXT,
            )
        ),
        charts=_list({"type": "object"}),
        land_cover=_list(_object("title colour share", title=TEXT, colour=TEXT, share=NUMBER)),
        elevation={"type": "object", "nullable": True},
        land_cover_of={"type": "object", "nullable": True},
        contents=_list(_object("layer title count features", layer=TEXT, title=TEXT, count=WHOLE)),
        neighbours=_list(_ref("PassportUnit")),
        beyond=_list(_ref("PassportUnit")),
        peers={"type": "object"},
        members=_list(_ref("PassportUnit")),
        sources=_list(
            _object(
                "number source attribution licence periods",
                number=WHOLE,
                source=TEXT,
                attribution=TEXT,
                licence=TEXT,
                periods=_list(WHOLE),
            )
        ),
        revisions={"type": "object", "additionalProperties": WHOLE},
        links=LINKS,
    ),
    "PassportUnit": _object("id name href", id=TEXT, name=TEXT, href=TEXT),
    "Style": _object("kind", kind=TEXT, title={"type": "object", "nullable": True}),
}
