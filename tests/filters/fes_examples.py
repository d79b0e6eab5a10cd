"""One table that binds Filter Encoding of all versions to CQL2 text: each line says the same of the layer of
``examples``. Features that they select are told there, by the same tree."""

from dataclasses import dataclass

FES, OGC = "http://www.opengis.net/fes/2.0", "http://www.opengis.net/ogc"
GML32, GML = "http://www.opengis.net/gml/3.2", "http://www.opengis.net/gml"


@dataclass(frozen=True)
class Example:
    """``fes`` is written in the words of 2.0; :meth:`filters` gives it in those of all versions that have them."""

    text: str
    fes: str
    only_2: bool = False

    def filters(self) -> list[str]:
        new = f'<fes:Filter xmlns:fes="{FES}" xmlns:gml="{GML32}" xmlns:altai="u">{self.fes}</fes:Filter>'
        if self.only_2:
            return [new]
        old = new.replace(FES, OGC).replace(GML32, GML).replace("fes:", "ogc:").replace("xmlns:fes", "xmlns:ogc")
        return [new, old.replace("ValueReference", "PropertyName")]


def p(name: str) -> str:
    return f"<fes:ValueReference>{name}</fes:ValueReference>"


def v(text: str) -> str:
    return f"<fes:Literal>{text}</fes:Literal>"


def op(name: str, /, *parts: str, **attributes: str) -> str:
    told = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<fes:{name}{told}>{''.join(parts)}</fes:{name}>"


def eq(name: str, text: str) -> str:
    return op("PropertyIsEqualTo", p(name), v(text))


def like(pattern: str, **attributes: str) -> str:
    return op("PropertyIsLike", p("name"), v(pattern), wildCard="*", singleChar="?", escapeChar="!", **attributes)


#: Without srsName: in the axes of the default, which is latitude first here.
POINT = "<gml:Point><gml:pos>50.5 80.5</gml:pos></gml:Point>"
EAST_FIRST = '<gml:Point srsName="EPSG:4326"><gml:coordinates>80.5,50.5</gml:coordinates></gml:Point>'
ENVELOPE = (
    "<gml:Envelope><gml:lowerCorner>50 80</gml:lowerCorner><gml:upperCorner>51 81</gml:upperCorner></gml:Envelope>"
)
BOX = '<gml:Box srsName="EPSG:4326"><gml:coordinates>80,50 81,51</gml:coordinates></gml:Box>'
LINE = "<gml:LineString><gml:posList>50.1 79 50.1 90</gml:posList></gml:LineString>"


def instant(text: str) -> str:
    return f'<gml:TimeInstant gml:id="t"><gml:timePosition>{text}</gml:timePosition></gml:TimeInstant>'


def period(begin: str, end: str) -> str:
    return (
        f'<gml:TimePeriod gml:id="t"><gml:beginPosition>{begin}</gml:beginPosition>'
        f"<gml:endPosition>{end}</gml:endPosition></gml:TimePeriod>"
    )


def temporal(name: str, *parts: str) -> str:
    return op(name, p("day"), *parts)


YEAR = period("2020-01-01", "2020-12-31")
CQL_YEAR = "INTERVAL('2020-01-01','2020-12-31')"

EXAMPLES: tuple[Example, ...] = (
    # Comparison
    Example("count = 10", eq("count", "10")),
    Example("count = 10", op("PropertyIsEqualTo", v("10"), p("count"))),
    Example("count = 10", op("PropertyIsEqualTo", p("count"), v(" 10\n"), matchAction="All")),
    Example("count = -3", eq("count", "-3")),
    Example("count = 9007199254740993", eq("count", "9007199254740993")),
    Example("count <> 10", op("PropertyIsNotEqualTo", p("count"), v("10"))),
    Example("count < 0", op("PropertyIsLessThan", p("count"), v("0"))),
    Example("count <= 0", op("PropertyIsLessThanOrEqualTo", p("count"), v("0"))),
    Example("count > 7", op("PropertyIsGreaterThan", p("count"), v("7"))),
    Example("count >= 7", op("PropertyIsGreaterThanOrEqualTo", p("count"), v("7"))),
    Example("size = 1e10", eq("size", "1E10")),
    Example("wet = TRUE", eq("wet", "true")),
    Example("wet = FALSE", eq("wet", "0")),
    Example("name = 'Ёлка'", eq("name", "Ёлка")),
    Example("name = ' Ёлка'", eq("name", " Ёлка")),
    Example("name = '10'", eq("name", "10")),
    Example("name = '<&>'", eq("name", "&lt;&amp;&gt;")),
    Example("name = ''", "<fes:PropertyIsEqualTo>" + p("name") + "<fes:Literal/></fes:PropertyIsEqualTo>"),
    Example("day = DATE('2020-02-29')", eq("day", "2020-02-29")),
    Example("day = DATE('2020-02-29')", eq("day", "2020-02-29Z")),
    Example("seen >= TIMESTAMP('2020-02-29T00:00:00Z')",
            op("PropertyIsGreaterThanOrEqualTo", p("seen"), v("2020-02-29T07:00:00+07:00"))),
    Example("seen >= TIMESTAMP('2020-02-29T00:00:00Z')",
            op("PropertyIsGreaterThanOrEqualTo", p("seen"), v("2020-02-29T00:00:00"))),
    Example("count > size", op("PropertyIsGreaterThan", p("count"), p("size"))),
    Example("casei(name) = casei('ЁЛКА')", op("PropertyIsEqualTo", p("name"), v("ЁЛКА"), matchCase="false")),
    Example("count = 10", op("PropertyIsEqualTo", p("count"), v("10"), matchCase="false")),
    Example("count BETWEEN -3 AND 7",
            op("PropertyIsBetween", p("count"), op("LowerBoundary", v("-3")), op("UpperBoundary", v("7")))),
    Example("count IS NULL", op("PropertyIsNull", p("count"))),
    Example("geom IS NULL", op("PropertyIsNull", p("geom"))),
    Example("count IS NULL", op("PropertyIsNil", p("count")), only_2=True),
    Example("count IS NULL AND FALSE", op("PropertyIsNil", p("count"), nilReason="unknown"), only_2=True),
    # Names
    Example("count = 10", eq("altai:count", "10")),
    Example("count = 10", eq("meadows/count", "10")),
    Example("count = 10", eq("altai:meadows/altai:count", "10")),
    Example("count = 10", eq("/altai:meadows/altai:count", "10")),
    Example("count = 10", eq("schema-element(altai:meadows)/altai:count", "10")),
    Example("count = 10", eq("a/altai:count", "10")),
    Example("number = 5", eq("@gml:id", "meadows.5")),
    Example("number = 5", eq("meadows/@gml:id", "meadows.5")),
    Example("NOT number = 5", op("PropertyIsNotEqualTo", p("@gml:id"), v("meadows.5"))),
    Example("FALSE", eq("@gml:id", "lakes.5")),
    # Patterns
    Example("name LIKE '%к%'", like("*к*")),
    Example("name LIKE '_лка'", like("?лка")),
    Example("name LIKE '100\\% %'", like("100% *")),
    Example("name LIKE '%\\_'", like("*_")),
    Example("name LIKE '!*?x%'", like("!!!*!?!x*")),
    Example("name LIKE 'a\\\\b'", like("a\\b")),
    Example("casei(name) LIKE casei('ё%')", like("ё*", matchCase="false")),
    Example("name LIKE '100\\% _%'",
            op("PropertyIsLike", p("name"), v("100\\% _%"), wildCard="%", singleChar="_", escape="\\")),
    Example("name LIKE 'к%'", op("PropertyIsLike", p("name"), v("к.*"), wildCard=".*", singleChar=".", escape="!")),
    # Logic
    Example("count = 10 AND wet = TRUE", op("And", eq("count", "10"), eq("wet", "true"))),
    Example("count = 10 AND wet = TRUE AND size = 1",
            op("And", op("And", eq("count", "10"), eq("wet", "true")), eq("size", "1"))),
    Example("count = 10", op("Or", eq("count", "10"))),
    Example("NOT count = 10", op("Not", eq("count", "10"))),
    Example("count IN (10, 7)", op("Or", eq("count", "10"), eq("count", "7"))),
    Example("count IN (10, 7)", op("Or", op("Or", eq("count", "10"), eq("count", "7")), eq("count", "10"))),
    Example("count IN (10, 7, 0) OR wet = TRUE OR name IN ('x', 'y')",
            op("Or", eq("count", "10"), eq("wet", "true"), eq("count", "7"), eq("name", "x"),
               op("Or", eq("count", "0"), eq("name", "y")))),
    Example("NOT count IN (10, 7)", op("Not", op("Or", eq("count", "10"), eq("count", "7")))),
    Example("casei(name) IN (casei('йод'), casei('ёлка'))",
            op("Or", *(op("PropertyIsEqualTo", p("name"), v(text), matchCase="false") for text in ("йод", "ёлка")))),
    Example("count = 10", f"<fes:Filter>{eq('count', '10')}</fes:Filter>"),
    # Ids
    Example("number = 5", '<fes:ResourceId rid="meadows.5"/>'),
    Example("number IN (5, 1)", '<fes:ResourceId rid="meadows.5"/><fes:ResourceId rid="meadows.1"/>'),
    Example("number = 5", '<fes:FeatureId fid="meadows.5"/>'),
    Example("number = 5", '<fes:GmlObjectId gml:id="meadows.5"/>'),
    Example("number = 5", '<fes:ResourceId rid="meadows.5"/><fes:ResourceId rid="lakes.1"/>'),
    Example("FALSE", '<fes:ResourceId rid="meadows.five"/>'),
    Example("FALSE", '<fes:ResourceId rid="meadows"/>'),
    Example("FALSE", '<fes:ResourceId rid="5"/>'),
    Example("NOT number IN (5, 1)",
            op("Not", '<fes:ResourceId rid="meadows.5"/>', '<fes:ResourceId rid="meadows.1"/>')),
    Example("number = 5 AND wet = TRUE", op("And", '<fes:ResourceId rid="meadows.5"/>', eq("wet", "true"))),
    # Arithmetic and functions
    Example("count + 1 = 11", op("PropertyIsEqualTo", op("Add", p("count"), v("1")), v("11"))),
    Example("(2 + 3) * count = 50",
            op("PropertyIsEqualTo", op("Mul", op("Add", v("2"), v("3")), p("count")), v("50"))),
    Example("count / 4 = 2.5", op("PropertyIsEqualTo", op("Div", p("count"), v("4")), v("2.5"))),
    Example("1 - count > 0", op("PropertyIsGreaterThan", op("Sub", v("1"), p("count")), v("0"))),
    Example("count + 1 = 11",
            op("PropertyIsEqualTo", op("Function", p("count"), v("1"), name="Add"), v("11"))),
    Example("casei(name) = 'ёлка'",
            op("PropertyIsEqualTo", op("Function", p("name"), name="lower"), v("ёлка"))),
    Example("accenti(other) = 'Cafe'",
            op("PropertyIsEqualTo", op("Function", p("other"), name="accenti"), v("Cafe"))),
    # Space
    Example("S_INTERSECTS(geom, BBOX(80,50,81,51))", op("BBOX", p("altai:geom"), ENVELOPE)),
    Example("S_INTERSECTS(geom, BBOX(80,50,81,51))", op("BBOX", ENVELOPE)),
    Example("S_INTERSECTS(geom, BBOX(80,50,81,51))", op("BBOX", p("geom"), BOX)),
    Example("S_INTERSECTS(geom, BBOX(80,50,81,51))", op("BBOX", p("gml:boundedBy"), ENVELOPE)),
    Example("S_INTERSECTS(geom, POINT(80.5 50.5))", op("Intersects", p("geom"), POINT)),
    Example("S_INTERSECTS(geom, POINT(80.5 50.5))", op("Intersect", p("geom"), POINT)),
    Example("S_INTERSECTS(POINT(80.5 50.5), geom)", op("Intersects", EAST_FIRST, p("geom"))),
    Example("S_INTERSECTS(geom, POINT(80.5 50.5))", op("Intersects", p("geom"), v(POINT))),
    Example("S_DISJOINT(geom, POINT(80.5 50.5))", op("Disjoint", p("geom"), POINT)),
    Example("S_EQUALS(geom, BBOX(80,50,81,51))", op("Equals", p("geom"), ENVELOPE)),
    Example("S_TOUCHES(geom, BBOX(80,50,81,51))", op("Touches", p("geom"), BOX)),
    Example("S_WITHIN(geom, BBOX(80,50,81,51))", op("Within", p("geom"), BOX)),
    Example("S_OVERLAPS(geom, BBOX(80,50,81,51))", op("Overlaps", p("geom"), BOX)),
    Example("S_CONTAINS(geom, POINT(80.5 50.5))", op("Contains", p("geom"), POINT)),
    Example("S_CROSSES(geom, LINESTRING(79 50.1,90 50.1))", op("Crosses", p("geom"), LINE)),
    Example("S_DWITHIN(geom, POINT(80.5 50.5), 5000)",
            op("DWithin", p("geom"), POINT, op("Distance", "5", uom="km"))),
    Example("S_DWITHIN(geom, POINT(80.5 50.5), 5000.0)",
            op("DWithin", p("geom"), POINT, op("Distance", " 5e3 ", units="metre"))),
    Example("s_dwithin(geom, POINT(80.5 50.5), 1852)",
            op("DWithin", p("geom"), POINT, op("Distance", "1", unit="http://www.opengis.net/def/uom/EPSG/0/9030"))),
    Example("S_DWITHIN(geom, POINT(80.5 50.5), 304.8)",
            op("DWithin", POINT, p("geom"), op("Distance", "1000", uom="urn:ogc:def:uom:UCUM::[ft_i]"))),
    Example("NOT S_DWITHIN(geom, BBOX(80,50,81,51), 111195.0802335329)",
            op("Beyond", p("geom"), ENVELOPE, op("Distance", "1", uom="deg"))),
    # Time
    Example("T_AFTER(day, DATE('2020-02-29'))", temporal("After", instant("2020-02-29")), only_2=True),
    Example("T_AFTER(day, DATE('2020-02-29'))", temporal("After", v("2020-02-29")), only_2=True),
    Example("T_AFTER(day, DATE('2020-02-29'))", temporal("After", v(instant("2020-02-29"))), only_2=True),
    Example("T_BEFORE(day, TIMESTAMP('2020-02-29T12:00:00Z'))",
            temporal("Before", instant("2020-02-29T12:00:00Z")), only_2=True),
    Example(f"T_DURING(day, {CQL_YEAR})", temporal("During", YEAR), only_2=True),
    Example(f"T_DURING(day, {CQL_YEAR})",
            temporal("During", '<gml:TimePeriod gml:id="t"><gml:begin>' + instant("2020-01-01")
                     + "</gml:begin><gml:end>" + instant("2020-12-31") + "</gml:end></gml:TimePeriod>"), only_2=True),
    Example("T_DURING(day, INTERVAL('2020-01-01','..'))",
            temporal("During", '<gml:TimePeriod gml:id="t"><gml:beginPosition>2020-01-01</gml:beginPosition>'
                     '<gml:endPosition indeterminatePosition="unknown"/></gml:TimePeriod>'), only_2=True),
    Example(f"T_STARTS(day, {CQL_YEAR})", temporal("Begins", YEAR), only_2=True),
    Example(f"T_STARTEDBY(day, {CQL_YEAR})", temporal("BegunBy", YEAR), only_2=True),
    Example(f"T_CONTAINS(day, {CQL_YEAR})", temporal("TContains", YEAR), only_2=True),
    Example("T_EQUALS(day, DATE('2020-01-01'))", temporal("TEquals", instant("2020-01-01")), only_2=True),
    Example(f"T_OVERLAPS(day, {CQL_YEAR})", temporal("TOverlaps", YEAR), only_2=True),
    Example(f"T_OVERLAPPEDBY(day, {CQL_YEAR})", temporal("OverlappedBy", YEAR), only_2=True),
    Example(f"T_MEETS(day, {CQL_YEAR})", temporal("Meets", YEAR), only_2=True),
    Example(f"T_METBY(day, {CQL_YEAR})", temporal("MetBy", YEAR), only_2=True),
    Example(f"T_FINISHES(day, {CQL_YEAR})", temporal("Ends", YEAR), only_2=True),
    Example(f"T_FINISHEDBY(day, {CQL_YEAR})", temporal("EndedBy", YEAR), only_2=True),
    Example(f"T_INTERSECTS(day, {CQL_YEAR})", temporal("AnyInteracts", YEAR), only_2=True),
)  # fmt: skip
