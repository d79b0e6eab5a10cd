"""Features and their values as elements: what PostgreSQL is told to write."""

from altaigis.domain.extract import Form, Gml, Name, Slot, Template
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.gml.versions import PREFIX, GmlVersion
from altaigis.encoders.xml import escape


def member_form(query: FeatureQuery, version: GmlVersion, srs_name: str) -> Form:
    """Members of a collection. ``srs_name`` is what the query's CRS is called in them: a name of the same system, with
    the same order of axes."""
    layer = query.layer
    fields = [*query.columns, *([query.geometry_field] if query.geometry_field else [])]
    elements = (Slot((name,), f"<{PREFIX}:{name}>", f"</{PREFIX}:{name}>") for name in fields)
    start = f'<{version.member}><{PREFIX}:{layer.id} {version.id_attribute}="'
    end = f"</{PREFIX}:{layer.id}></{version.member}>\n"
    return _form((start, Name.OF_FEATURE, '">', *elements, end), version, srs_name)


def value_form(field: str | None, version: GmlVersion, srs_name: str) -> Form:
    """Values of one field, which must be among those that the query tells, as members of a collection of values; the
    ids of features where ``field`` is None. A feature without a value has no member."""
    start, end = f"<{version.member}>", f"</{version.member}>\n"
    parts = (start, Name.OF_FEATURE, end) if field is None else (Slot((field,), start, end),)
    return _form(parts, version, srs_name)


def _form(parts: tuple[str | Name | Slot, ...], version: GmlVersion, srs_name: str) -> Form:
    return Form(Gml(version.number, escape(srs_name)), Template("gml", parts), between="")
