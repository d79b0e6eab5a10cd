"""Tables: our own (made by the migrations) and those of the layers (made from their Layer)."""

from pathlib import Path
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    Engine,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    inspect,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.revision import STANDS_FOR
from altaigis.store.pool import transaction

OWN_SCHEMA = "altaigis"
LAYER_SCHEMA = "layers"
STORAGE_SRID = 4326

#: The last of the migrations.
NEWEST = "0015"

#: Column of a layer's table that holds the id of the feature in vector tiles.
TILE_ID = "tile_id"

#: Columns of an editable layer's table: the revisions from which and before which a row is what the layer shows.
#: No field can have these names.
SINCE = "_since"
UNTIL = "_until"
#: The end of rows that the layer shows now.
OPEN = 2**31 - 1

own = MetaData(schema=OWN_SCHEMA)

#: Alembic's own, which is not ours to make.
_migrated = Table("alembic_version", MetaData(schema=OWN_SCHEMA), Column("version_num", Text))

revisions = Table(
    "revisions",
    own,
    Column("layer", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("relation", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("features", BigInteger, nullable=False),
    Column("extent", ARRAY(Double)),
    Column("levels", ARRAY(Integer), nullable=False, server_default="{}"),
    Column("area", ARRAY(Double)),
    Column("report", JSONB, nullable=False),
)

current = Table(
    "current",
    own,
    Column("layer", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)

feature_ids = Table(
    "feature_ids",
    own,
    Column("layer", Text, primary_key=True),
    Column("fid", Text, primary_key=True),
    Column("tile_id", BigInteger, nullable=False),
    UniqueConstraint("layer", "tile_id"),
)

runs = Table(
    "runs",
    own,
    Column("run", BigInteger, Identity(always=True), primary_key=True),
    Column("layer", Text, nullable=False),
    Column("finished", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("outcome", Text, nullable=False),
    Column("revision", Integer),
    Column("report", JSONB, nullable=False),
)

findings = Table(
    "findings",
    own,
    Column("finding", BigInteger, Identity(always=True), primary_key=True),
    Column("run", BigInteger, nullable=False, index=True),
    Column("layer", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("row", BigInteger),
    Column("fid", Text),
    Column("values", JSONB, nullable=False),
    Column("place", ARRAY(Double)),
)

edits = Table(
    "edits",
    own,
    Column("edit", BigInteger, Identity(always=True), primary_key=True),
    Column("layer", Text, nullable=False),
    Column("fid", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("who", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    Column("former", JSONB(none_as_null=True)),
    Column("latter", JSONB(none_as_null=True)),
)

touched = Table(
    "touched",
    own,
    Column("layer", Text, primary_key=True),
    Column("fid", Text, primary_key=True),
    # the revisions from which and before which it stands
    Column("since", Integer, nullable=False),
    Column("until", Integer, primary_key=True, autoincrement=False),
    Column("source", JSONB(none_as_null=True)),
    Column("seen", JSONB, nullable=False),
)

#: Behind the name of a revision's table it names that of its levels of detail.
LEVELS = "_levels"

#: Of each table of a layer that no file declares: what the layer is, and how it came to be.
derived = Table(
    "derived",
    own,
    Column("relation", Text, primary_key=True),
    Column("layer", Text, nullable=False, index=True),
    Column("definition", JSONB, nullable=False),
    Column("derivation", JSONB, nullable=False),
)

#: Columns of the table of a revision's levels of detail: which one, and where a polygon's name stands.
LEVEL = "_level"
LABEL = "_label"
#: Of rows with a geometry of one of the levels beside their own.
SHOWN = "_shown"
#: What levels of detail are made for are maps, whose grids have no number.
LEVEL_SRID = 3857
GRID_SRID = -1

_SCALAR_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "integer": BigInteger(),
    "number": Double(),
    "boolean": Boolean(),
    "date": Date(),
    "datetime": DateTime(timezone=True),
}


def layer_table(layer: Layer, relation: str) -> Table:
    """The table that holds one revision of a layer: its fields, and the id for vector tiles.

    That of an editable layer holds many revisions, a row for each version of a feature; to read one of them, see
    :func:`altaigis.store.versions.state`.
    """
    columns = [_column(name, field) for name, field in layer.fields.items()]
    columns.append(Column(TILE_ID, BigInteger, nullable=False))
    return Table(relation, MetaData(schema=LAYER_SCHEMA), *columns, *_span(layer))


def level_table(layer: Layer, relation: str) -> Table:
    """The levels of detail of the revision in a table: by level and the feature's id, a multigeometry in units of the
    level's :class:`altaigis.domain.grid.Grid`.

    Those of an editable layer are of many revisions, as its features are; to read those of one, see
    :func:`altaigis.store.versions.levels_of`.
    """
    geometry = layer.geometry_field or ""
    points = layer.geometry_type == "Point"
    kind = "Point" if points else f"Multi{layer.fields[geometry].type.removeprefix('Multi')}"
    return Table(
        f"{relation}{LEVELS}",
        MetaData(schema=LAYER_SCHEMA),
        Column(LEVEL, Integer, primary_key=True, autoincrement=False),
        _column(layer.id_field, layer.fields[layer.id_field]),
        Column(geometry, Geometry(kind, srid=GRID_SRID, spatial_index=False), nullable=False),
        *([Column(STANDS_FOR, Integer)] if points else []),
        *([Column(LABEL, Geometry("Point", srid=GRID_SRID, spatial_index=False))] if layer.is_of_polygons else []),
        *_span(layer),
    )


def column_types(layer: Layer) -> dict[str, str]:
    """Names and types of the columns of the layer's tables, as PostgreSQL's ``format_type`` tells them."""
    plain = postgresql.dialect()  # type: ignore[no-untyped-call]
    return {
        column.name: column.type.compile(plain).partition(" COLLATE")[0].lower()
        for column in layer_table(layer, layer.id).columns
    }


def migrate(database: Engine, form: str = NEWEST) -> None:
    """Bring our own tables to the newest form, or to a former one; costs one look where they have it."""
    with transaction(database) as connection:
        if _form(connection) == form:
            return
    # slow to import, and nearly always not needed
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with transaction(database) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, form)


def _form(connection: Connection) -> str | None:
    """The migration that our own tables have come to; None where there are none."""
    if not inspect(connection).has_table(_migrated.name, OWN_SCHEMA):
        return None
    return connection.execute(select(_migrated.c.version_num)).scalar()


def _span(layer: Layer) -> list[Column[Any]]:
    """The columns that tell which revisions of an editable layer show a row."""
    if not layer.editable:
        return []
    # a part of the key: of the versions of a feature one at most is open
    until = Column(UNTIL, Integer, primary_key=True, autoincrement=False)
    return [Column(SINCE, Integer, nullable=False), until]


def _column(name: str, field: LayerField) -> Column[Any]:
    if field.is_geometry:
        # The index is made after the rows are in.
        return Column(name, Geometry(field.type, srid=STORAGE_SRID, spatial_index=False))
    if field.role == "id":
        # Code-point order, whatever the locale of the database: pages follow the id.
        kind = Text(collation="C") if field.type == "text" else _SCALAR_TYPES[field.type]
        return Column(name, kind, primary_key=True, autoincrement=False)
    return Column(name, _SCALAR_TYPES[field.type], nullable=not field.required)
