"""Features and their values as elements: what PostgreSQL is told to write."""

from dataclasses import dataclass

from altaigis.domain.extract import Form, GeometryForm, Gml, Name, Slot, Template
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.gml.versions import GML21, GML32, PREFIX, GmlVersion
from altaigis.encoders.xml import escape


def member_form(query: FeatureQuery, version: GmlVersion, srs_name: str) -> Form:
    """Members of a collection. ``srs_name`` is what the query's CRS is called in them: a name of the same system, with
    the same order of axes."""
    layer, markup = query.layer, _Markup(query, version, escape(srs_name))
    fields = [*query.columns, *([query.geometry_field] if query.geometry_field else [])]
    start = f'<{version.member}><{PREFIX}:{layer.id} {version.id_attribute}="'
    end = f"</{PREFIX}:{layer.id}></{version.member}>\n"
    elements = (markup.slot(name, f"<{PREFIX}:{name}>", f"</{PREFIX}:{name}>") for name in fields)
    return markup.form(start, Name.OF_FEATURE, '">', *elements, end)


def value_form(query: FeatureQuery, field: str | None, version: GmlVersion, srs_name: str) -> Form:
    """Values of one field, which must be among those that the query tells, as members of a collection of values; the
    ids of features where ``field`` is None. A feature without a value has no member."""
    markup = _Markup(query, version, escape(srs_name))
    start, end = f"<{version.member}>", f"</{version.member}>\n"
    if field is None:
        return markup.form(start, Name.OF_FEATURE, end)
    return markup.form(markup.slot(field, start, end))


@dataclass(frozen=True)
class _Markup:
    """How the features of a query are written in a version. Of points the database writes coordinates alone, which it
    does much sooner than elements."""

    query: FeatureQuery
    version: GmlVersion
    srs_name: str

    def form(self, *parts: str | Name | Slot) -> Form:
        shape: GeometryForm | Gml = Gml(self.version.number, self.srs_name)
        if self.query.layer.geometry_type in (None, "Point"):
            shape = "coordinates" if self.version is GML21 else "pos"
        return Form(shape, Template("gml", parts), between="")

    def slot(self, field: str, start: str, end: str) -> Slot:
        """A field between two tags."""
        if field != self.query.layer.geometry_field or self.query.layer.geometry_type != "Point":
            return Slot((field,), start, end)
        opened = f'{start}<gml:Point srsName="{self.srs_name}"'
        if self.version is GML21:
            return Slot((field,), f"{opened}><gml:coordinates>", f"</gml:coordinates></gml:Point>{end}")
        place, closed = '><gml:pos srsDimension="2">', f"</gml:pos></gml:Point>{end}"
        if self.version is GML32:
            return Slot((field,), (f'{opened} gml:id="', Name.OF_FEATURE, f'.g"{place}'), closed)
        return Slot((field,), f"{opened}{place}", closed)
