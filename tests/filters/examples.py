"""One table that binds the languages of filters, the tree and the SQL together.

Each example says the same in CQL2 text and in CQL2 JSON, and which features of the synthetic layer it selects.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import shapely

from altaigis.domain.layer import Layer

MEADOWS = Layer.model_validate(
    {
        "id": "meadows",
        "theme": "nature",
        "title": {"ru": "Луга (synthetic)", "en": "Meadows (synthetic)"},
        "source": {"file": "x", "licence": "x", "attribution": {"ru": "x", "en": "x"}},
        "fields": {
            "number": {"role": "id", "type": "integer"},
            "name": {"role": "title", "type": "text"},
            "other": {"type": "text"},
            "count": {"type": "integer"},
            "size": {"type": "number"},
            "wet": {"type": "boolean"},
            "day": {"type": "date"},
            "seen": {"role": "time", "type": "datetime"},
            "since": {"type": "date"},
            "until": {"type": "date"},
            "geom": {"role": "geometry", "type": "Polygon"},
        },
    }
)
COLUMNS = tuple(MEADOWS.fields)
BIG = 2**53 + 1


def square(west: float, south: float, size: float) -> shapely.Polygon:
    return shapely.box(west, south, west + size, south + size)


#: 1 and 2 are neighbours, 3 lies over a corner of both, 4 in the middle of 1, 6 far away; 5 knows nothing.
ROWS: tuple[tuple[Any, ...], ...] = (
    (1, "Ёлка", "elka", 10, 1.5, True, date(2020, 1, 1), datetime(2020, 1, 1, 12, tzinfo=UTC),
     date(2000, 1, 1), date(2010, 1, 1), square(80, 50, 1)),
    (2, "ёлочка", "Café", -3, 2.25, False, date(2020, 2, 29), datetime(2020, 2, 29, tzinfo=UTC),
     date(2005, 1, 1), date(2015, 1, 1), square(81, 50, 1)),
    (3, "Йод", "O'Brien", BIG, -0.5, True, date(2021, 6, 15), datetime(2021, 6, 15, 23, 59, 59, 500000, UTC),
     date(2010, 1, 1), date(2020, 1, 1), square(80.5, 50.5, 1)),
    (4, "100% сок", "a\\b", 0, 0.0, False, date(1999, 12, 31), datetime(1999, 12, 31, 23, tzinfo=UTC),
     date(2000, 1, 1), date(2010, 1, 1), square(80.25, 50.25, 0.5)),
    (5, None, None, None, None, None, None, None, None, None, None),
    (6, "Zебра_", "CAFÉ", 7, 1e10, True, date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC),
     date(2020, 1, 1), None, square(85, 52, 1)),
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    text: str
    json: Any
    fids: tuple[int, ...]


def p(name: str) -> dict[str, str]:
    return {"property": name}


def op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


ALL = (1, 2, 3, 4, 5, 6)
POINT = {"type": "Point", "coordinates": [80.5, 50.5]}
RING = [[80, 50], [82, 50], [82, 51], [80, 51], [80, 50]]
WKT_RING = "(80 50,82 50,82 51,80 51,80 50)"
BAND = {"type": "Polygon", "coordinates": [RING]}

EXAMPLES: tuple[Example, ...] = (
    # Comparison
    Example("count = 10", op("=", p("count"), 10), (1,)),
    Example("count <> 10", op("<>", p("count"), 10), (2, 3, 4, 6)),
    Example("count < 0", op("<", p("count"), 0), (2,)),
    Example("count <= 0", op("<=", p("count"), 0), (2, 4)),
    Example("count >= 7 AND count > 7", op("and", op(">=", p("count"), 7), op(">", p("count"), 7)), (1, 3)),
    Example("10 = count", op("=", 10, p("count")), (1,)),
    Example(f"count = {BIG}", op("=", p("count"), BIG), (3,)),
    Example(f"count = {BIG + 1}", op("=", p("count"), BIG + 1), ()),
    Example("size = -.5", op("=", p("size"), -0.5), (3,)),
    Example("size = 1e10", op("=", p("size"), 1e10), (6,)),
    Example("size = +1.5", op("=", p("size"), 1.5), (1,)),
    Example("name = 'Ёлка'", op("=", p("name"), "Ёлка"), (1,)),
    Example("\"name\" = 'Ёлка'", op("=", p("name"), "Ёлка"), (1,)),
    Example("other = 'O''Brien'", op("=", p("other"), "O'Brien"), (3,)),
    Example("other = 'O\\'Brien'", op("=", p("other"), "O'Brien"), (3,)),
    Example("other = 'a\\b'", op("=", p("other"), "a\\b"), (4,)),
    Example("wet = TRUE", op("=", p("wet"), True), (1, 3, 6)),
    Example("wet <> true", op("<>", p("wet"), True), (2, 4)),
    Example("wet", p("wet"), (1, 3, 6)),
    Example("NOT wet", op("not", p("wet")), (2, 4)),
    Example("TRUE", True, ALL),
    Example("false", False, ()),
    # Code points: Z, Ё, Й, ё and not the order of an alphabet
    Example("name < 'Ё'", op("<", p("name"), "Ё"), (4, 6)),
    Example("name > 'а'", op(">", p("name"), "а"), (2,)),
    Example("name BETWEEN 'Ё' AND 'Я'", op("between", p("name"), "Ё", "Я"), (1, 3)),
    # Logic
    Example("count = 10 OR count = 7", op("or", op("=", p("count"), 10), op("=", p("count"), 7)), (1, 6)),
    Example(
        "NOT count = 10 OR count = 10 AND wet",
        op("or", op("not", op("=", p("count"), 10)), op("and", op("=", p("count"), 10), p("wet"))),
        (1, 2, 3, 4, 6),
    ),
    Example(
        "NOT (count = 10 or wet) and TRUE",
        op("and", op("not", op("or", op("=", p("count"), 10), p("wet"))), True),
        (2, 4),
    ),
    Example("NOT NOT count = 10", op("not", op("not", op("=", p("count"), 10))), (1,)),
    Example("(count = 10) = wet", op("=", op("=", p("count"), 10), p("wet")), (1, 2, 4)),
    Example("count IS NULL", op("isNull", p("count")), (5,)),
    Example("count IS NOT NULL", op("not", op("isNull", p("count"))), (1, 2, 3, 4, 6)),
    Example("geom IS NULL", op("isNull", p("geom")), (5,)),
    Example("(count = 10) IS NULL", op("isNull", op("=", p("count"), 10)), (5,)),
    # Advanced comparison
    Example("name LIKE '%к%'", op("like", p("name"), "%к%"), (1, 2, 4)),
    Example("name NOT LIKE '%к%'", op("not", op("like", p("name"), "%к%")), (3, 6)),
    Example("name LIKE '_лка'", op("like", p("name"), "_лка"), (1,)),
    Example("name LIKE '100\\% %'", op("like", p("name"), "100\\% %"), (4,)),
    Example("name LIKE '%\\_'", op("like", p("name"), "%\\_"), (6,)),
    Example("other LIKE 'a\\\\b'", op("like", p("other"), "a\\\\b"), (4,)),
    Example("count BETWEEN -3 AND 7", op("between", p("count"), -3, 7), (2, 4, 6)),
    Example("count NOT BETWEEN -3 AND 7", op("not", op("between", p("count"), -3, 7)), (1, 3)),
    Example("count IN (10, 7.0, 8)", op("in", p("count"), [10, 7.0, 8]), (1, 6)),
    Example(f"count IN ({BIG - 1}, {BIG + 1})", op("in", p("count"), [BIG - 1, BIG + 1]), ()),
    Example("name NOT IN ('Ёлка', 'Йод')", op("not", op("in", p("name"), ["Ёлка", "Йод"])), (2, 4, 6)),
    Example("wet IN (TRUE)", op("in", p("wet"), [True]), (1, 3, 6)),
    Example(
        "day IN (DATE('2020-01-01'), since)",
        op("in", p("day"), [{"date": "2020-01-01"}, p("since")]),
        (1,),
    ),
    # Case and marks
    Example("CASEI(name) = casei('ЁЛКА')", op("=", op("casei", p("name")), op("casei", "ЁЛКА")), (1,)),
    Example("CASEI(other) LIKE CASEI('CAF_')", op("like", op("casei", p("other")), op("casei", "CAF_")), (2, 6)),
    Example("ACCENTI(name) = ACCENTI('Елка')", op("=", op("accenti", p("name")), op("accenti", "Елка")), (1,)),
    Example("ACCENTI(name) = ACCENTI('Иод')", op("=", op("accenti", p("name")), op("accenti", "Иод")), ()),
    Example("accenti(other) = 'Cafe'", op("=", op("accenti", p("other")), "Cafe"), (2,)),
    Example(
        "CASEI(ACCENTI(name)) LIKE CASEI(ACCENTI('ел%'))",
        op("like", op("casei", op("accenti", p("name"))), op("casei", op("accenti", "ел%"))),
        (1, 2),
    ),
    Example("casei(name) IN (casei('йод'), casei('ёлка'))",
            op("in", op("casei", p("name")), [op("casei", "йод"), op("casei", "ёлка")]), (1, 3)),
    # Arithmetic and properties with properties
    Example("count + 1 = 11", op("=", op("+", p("count"), 1), 11), (1,)),
    Example("count / 4 = 2.5", op("=", op("/", p("count"), 4), 2.5), (1,)),
    Example("count div 4 = 2", op("=", op("div", p("count"), 4), 2), (1,)),
    Example("count % 4 = 3", op("=", op("%", p("count"), 4), 3), (6,)),
    Example("count % 4 = -3", op("=", op("%", p("count"), 4), -3), (2,)),
    Example("size ^ 2 = 2.25", op("=", op("^", p("size"), 2), 2.25), (1,)),
    # a power of nothing is unknown, as what is divided by nothing is
    Example("size ^ -1 < 0", op("<", op("^", p("size"), -1), 0), (3,)),
    Example("size ^ -2.0 = 4", op("=", op("^", p("size"), -2.0), 4), (3,)),
    Example("count ^ -1 IS NULL", op("isNull", op("^", p("count"), -1)), (4, 5)),
    Example("-count = 3", op("=", op("*", -1, p("count")), 3), (2,)),
    Example("2 + 3 * count - 1 = 31", op("=", op("-", op("+", 2, op("*", 3, p("count"))), 1), 31), (1,)),
    Example("(2 + 3) * count = 50", op("=", op("*", op("+", 2, 3), p("count")), 50), (1,)),
    Example("1 / count > 0", op(">", op("/", 1, p("count")), 0), (1, 3, 6)),
    Example("(1 % count) IS NULL", op("isNull", op("%", 1, p("count"))), (4, 5)),
    Example("count > size", op(">", p("count"), p("size")), (1, 3)),
    Example("since = day", op("=", p("since"), p("day")), ()),
    Example("day < seen", op("<", p("day"), p("seen")), (1, 3, 4)),
    # Space
    Example("S_INTERSECTS(geom, POINT(80.5 50.5))", op("s_intersects", p("geom"), POINT), (1, 3, 4)),
    Example("S_INTERSECTS(POINT(80.5 50.5), geom)", op("s_intersects", POINT, p("geom")), (1, 3, 4)),
    Example("s_intersects(geom, POINT Z (80.5 50.5 7))",
            op("s_intersects", p("geom"), {"type": "Point", "coordinates": [80.5, 50.5, 7]}), (1, 3, 4)),
    Example("S_INTERSECTS(geom, MULTIPOINT((80.5 50.5),(85.5 52.5)))",
            op("s_intersects", p("geom"), {"type": "MultiPoint", "coordinates": [[80.5, 50.5], [85.5, 52.5]]}),
            (1, 3, 4, 6)),
    Example("S_INTERSECTS(geom, LINESTRING(79 50.1,90 50.1))",
            op("s_intersects", p("geom"), {"type": "LineString", "coordinates": [[79, 50.1], [90, 50.1]]}), (1, 2)),
    Example("S_INTERSECTS(geom, MULTILINESTRING((79 50.1,80 50.1),(85 52,86 53)))",
            op("s_intersects", p("geom"),
               {"type": "MultiLineString", "coordinates": [[[79, 50.1], [80, 50.1]], [[85, 52], [86, 53]]]}), (1, 6)),
    Example(f"S_INTERSECTS(geom, POLYGON({WKT_RING}))", op("s_intersects", p("geom"), BAND), (1, 2, 3, 4)),
    Example(f"S_INTERSECTS(geom, MULTIPOLYGON(({WKT_RING})))",
            op("s_intersects", p("geom"), {"type": "MultiPolygon", "coordinates": [[RING]]}), (1, 2, 3, 4)),
    Example("S_INTERSECTS(geom, GEOMETRYCOLLECTION(POINT(80.1 50.1),LINESTRING(85 52,86 53)))",
            op("s_intersects", p("geom"), {"type": "GeometryCollection", "geometries": [
                {"type": "Point", "coordinates": [80.1, 50.1]},
                {"type": "LineString", "coordinates": [[85, 52], [86, 53]]}]}), (1, 6)),
    Example("S_INTERSECTS(geom, POINT EMPTY)",
            op("s_intersects", p("geom"), {"type": "Point", "coordinates": []}), ()),
    Example("S_INTERSECTS(geom, BBOX(85,52,85.5,52.5))",
            op("s_intersects", p("geom"), {"bbox": [85, 52, 85.5, 52.5]}), (6,)),
    Example("S_INTERSECTS(geom, BBOX(85,52,-9,85.5,52.5,9))",
            op("s_intersects", p("geom"), {"bbox": [85, 52, -9, 85.5, 52.5, 9]}), (6,)),
    Example("S_INTERSECTS(geom, BBOX(84,40,80.1,60))",  # over the antimeridian
            op("s_intersects", p("geom"), {"bbox": [84, 40, 80.1, 60]}), (1, 6)),
    Example("S_DISJOINT(geom, POINT(80.5 50.5))", op("s_disjoint", p("geom"), POINT), (2, 6)),
    Example("NOT S_INTERSECTS(geom, POINT(80.5 50.5))", op("not", op("s_intersects", p("geom"), POINT)), (2, 6)),
    Example("S_EQUALS(geom, BBOX(85,52,86,53))", op("s_equals", p("geom"), {"bbox": [85, 52, 86, 53]}), (6,)),
    Example("S_WITHIN(geom, BBOX(80,50,81,51))", op("s_within", p("geom"), {"bbox": [80, 50, 81, 51]}), (1, 4)),
    Example("S_CONTAINS(geom, POINT(80.6 50.6))",
            op("s_contains", p("geom"), {"type": "Point", "coordinates": [80.6, 50.6]}), (1, 3, 4)),
    Example("S_TOUCHES(geom, BBOX(80,50,81,51))", op("s_touches", p("geom"), {"bbox": [80, 50, 81, 51]}), (2,)),
    Example("S_OVERLAPS(geom, BBOX(80,50,81,51))", op("s_overlaps", p("geom"), {"bbox": [80, 50, 81, 51]}), (3,)),
    Example("S_CROSSES(geom, LINESTRING(79 50.1,90 50.1))",
            op("s_crosses", p("geom"), {"type": "LineString", "coordinates": [[79, 50.1], [90, 50.1]]}), (1, 2)),
    Example("S_DWITHIN(geom, POINT(85.5 53.1), 12000)",
            op("s_dwithin", p("geom"), {"type": "Point", "coordinates": [85.5, 53.1]}, 12000), (6,)),
    Example("S_DWITHIN(POINT(85.5 53.1), geom, 10000)",
            op("s_dwithin", {"type": "Point", "coordinates": [85.5, 53.1]}, p("geom"), 10000), ()),
    Example("NOT S_DWITHIN(geom, BBOX(85,52,86,53), 0)",
            op("not", op("s_dwithin", p("geom"), {"bbox": [85, 52, 86, 53]}, 0)), (1, 2, 3, 4)),
    Example("S_DWITHIN(geom, geom, 0)", op("s_dwithin", p("geom"), p("geom"), 0), (1, 2, 3, 4, 6)),
    # Time
    Example("day = DATE('2020-02-29')", op("=", p("day"), {"date": "2020-02-29"}), (2,)),
    Example("seen >= TIMESTAMP('2020-02-29T00:00:00Z')",
            op(">=", p("seen"), {"timestamp": "2020-02-29T00:00:00Z"}), (2, 3, 6)),
    Example("day BETWEEN DATE('2020-01-01') AND DATE('2020-12-31')",
            op("between", p("day"), {"date": "2020-01-01"}, {"date": "2020-12-31"}), (1, 2)),
    Example("T_AFTER(day, DATE('2020-02-29'))", op("t_after", p("day"), {"date": "2020-02-29"}), (3, 6)),
    Example("T_BEFORE(seen, DATE('2020-01-01'))", op("t_before", p("seen"), {"date": "2020-01-01"}), (4,)),
    Example("T_INTERSECTS(seen, DATE('2021-06-15'))", op("t_intersects", p("seen"), {"date": "2021-06-15"}), (3,)),
    Example("T_EQUALS(seen, TIMESTAMP('2020-01-01T12:00:00Z'))",
            op("t_equals", p("seen"), {"timestamp": "2020-01-01T12:00:00Z"}), (1,)),
    Example("T_EQUALS(day, DATE('2020-01-01'))", op("t_equals", p("day"), {"date": "2020-01-01"}), (1,)),
    Example("T_DISJOINT(seen, INTERVAL('2020-01-01','2020-12-31'))",
            op("t_disjoint", p("seen"), {"interval": ["2020-01-01", "2020-12-31"]}), (3, 4, 6)),
    Example("T_INTERSECTS(day, INTERVAL('..','2020-01-01'))",
            op("t_intersects", p("day"), {"interval": ["..", "2020-01-01"]}), (1, 4)),
    Example("T_DURING(day, INTERVAL('2020-01-01','..'))",
            op("t_during", p("day"), {"interval": ["2020-01-01", ".."]}), (2, 3, 6)),
    Example("T_DURING(INTERVAL(since,until), INTERVAL('1999-01-01','2011-01-01T00:00:00Z'))",
            op("t_during", {"interval": [p("since"), p("until")]},
               {"interval": ["1999-01-01", "2011-01-01T00:00:00Z"]}), (1, 4)),
    Example("T_CONTAINS(INTERVAL(since,until), INTERVAL('2006-01-01','2007-01-01'))",
            op("t_contains", {"interval": [p("since"), p("until")]}, {"interval": ["2006-01-01", "2007-01-01"]}),
            (1, 2, 4)),
    Example("T_MEETS(INTERVAL(since,until), INTERVAL('2010-01-01','2012-01-01'))",
            op("t_meets", {"interval": [p("since"), p("until")]}, {"interval": ["2010-01-01", "2012-01-01"]}),
            (1, 4)),
    Example("T_METBY(INTERVAL(since,until), INTERVAL('2008-01-01','2010-01-01'))",
            op("t_metby", {"interval": [p("since"), p("until")]}, {"interval": ["2008-01-01", "2010-01-01"]}), (3,)),
    # what has no duration meets nothing: it would equal what it meets
    Example("T_MEETS(day, DATE('2020-01-01'))", op("t_meets", p("day"), {"date": "2020-01-01"}), ()),
    Example("T_METBY(day, INTERVAL('..','2020-01-01'))",
            op("t_metby", p("day"), {"interval": ["..", "2020-01-01"]}), ()),
    Example("T_OVERLAPS(INTERVAL(since,until), INTERVAL('2008-01-01','2012-01-01'))",
            op("t_overlaps", {"interval": [p("since"), p("until")]}, {"interval": ["2008-01-01", "2012-01-01"]}),
            (1, 4)),
    Example("T_OVERLAPPEDBY(INTERVAL(since,until), INTERVAL('2008-01-01','2012-01-01'))",
            op("t_overlappedby", {"interval": [p("since"), p("until")]}, {"interval": ["2008-01-01", "2012-01-01"]}),
            (3,)),
    Example("T_STARTS(INTERVAL(since,until), INTERVAL('2000-01-01','2012-01-01'))",
            op("t_starts", {"interval": [p("since"), p("until")]}, {"interval": ["2000-01-01", "2012-01-01"]}),
            (1, 4)),
    Example("T_STARTEDBY(INTERVAL(since,until), INTERVAL('2000-01-01','2001-01-01'))",
            op("t_startedby", {"interval": [p("since"), p("until")]}, {"interval": ["2000-01-01", "2001-01-01"]}),
            (1, 4)),
    Example("T_FINISHES(INTERVAL(since,until), INTERVAL('1990-01-01','2020-01-01'))",
            op("t_finishes", {"interval": [p("since"), p("until")]}, {"interval": ["1990-01-01", "2020-01-01"]}), (3,)),
    Example("T_FINISHEDBY(INTERVAL(since,until), INTERVAL('2019-01-01','2020-01-01'))",
            op("t_finishedby", {"interval": [p("since"), p("until")]}, {"interval": ["2019-01-01", "2020-01-01"]}),
            (3,)),
    Example("T_EQUALS(INTERVAL(since,until), INTERVAL('2010-01-01','2020-01-01'))",
            op("t_equals", {"interval": [p("since"), p("until")]}, {"interval": ["2010-01-01", "2020-01-01"]}), (3,)),
    Example("T_AFTER(INTERVAL(since,until), INTERVAL('1990-01-01','2004-12-31'))",
            op("t_after", {"interval": [p("since"), p("until")]}, {"interval": ["1990-01-01", "2004-12-31"]}),
            (2, 3, 6)),
)  # fmt: skip
