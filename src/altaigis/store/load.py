"""Loading: rows by COPY into a table of their own, which becomes the layer's current revision in one transaction."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    cast,
    func,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateTable, DropTable

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.run import Run
from altaigis.store.pool import transaction
from altaigis.store.revisions import next_number, publish
from altaigis.store.revisions import record as record_run
from altaigis.store.schema import LAYER_SCHEMA, TILE_ID, feature_ids, layer_table, revisions

#: A table stays for this long after a newer one has taken its place: a request that has begun on it can end, and a
#: server that has not looked at the ledger yet still finds it.
GRACE = timedelta(minutes=1)


def load_table(database: Engine, layer: Layer, rows: Iterable[tuple[Any, ...]], run: Run) -> Revision:
    """Make rows the layer's current revision. Readers see the former state or the new one, never a part.

    Args:
        rows: values in the order of the layer's fields; geometries as hexadecimal EWKB in EPSG:4326.
    """
    with transaction(database) as connection:
        number = next_number(connection, layer.id)
        staging = _copy(connection, layer, rows)
        _give_tile_ids(connection, layer, staging)
        table = layer_table(layer, f"{layer.id}_r{number}")
        _fill(connection, layer, staging, table)
        count = connection.execute(select(func.count()).select_from(table)).scalar_one()
        extent = _extent(connection, layer, table)
        revision = Revision(layer.id, number, table.name, run.fingerprint, datetime.now(UTC), count, extent)
        publish(connection, revision, run)
    _drop_former_tables(database, layer)
    return revision


def register_file(database: Engine, layer: Layer, relation: str, extent: BBox, run: Run) -> Revision:
    """Make a file in data/processed the current revision of a raster layer."""
    with transaction(database) as connection:
        number = next_number(connection, layer.id)
        revision = Revision(layer.id, number, relation, run.fingerprint, datetime.now(UTC), 0, extent)
        publish(connection, revision, run)
    return revision


def record(database: Engine, run: Run) -> None:
    """Keep a run that loaded nothing."""
    with transaction(database) as connection:
        record_run(connection, run)


def _copy(connection: Connection, layer: Layer, rows: Iterable[tuple[Any, ...]]) -> Table:
    """COPY the rows into a temporary table that goes with the transaction."""
    declared = layer_table(layer, "declared")
    columns = [Column(name, declared.c[name].type) for name in layer.fields]
    staging = Table("staging", MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    connection.execute(CreateTable(staging))
    names = SQL(", ").join(Identifier(name) for name in layer.fields)
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(staging.name), names)
    with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return staging


def _give_tile_ids(connection: Connection, layer: Layer, staging: Table) -> None:
    """Features seen for the first time get the next integer ids; the others keep theirs."""
    fid = cast(staging.c[layer.id_field], Text)
    known = select(feature_ids.c.fid).where(feature_ids.c.layer == layer.id)
    new = select(literal(layer.id), fid).where(fid.not_in(known)).order_by(fid)
    connection.execute(insert(feature_ids).from_select(["layer", "fid"], new))


def _fill(connection: Connection, layer: Layer, staging: Table, table: Table) -> None:
    connection.execute(CreateTable(table))
    key = staging.c[layer.id_field]
    on = (feature_ids.c.fid == cast(key, Text)) & (feature_ids.c.layer == layer.id)
    rows = select(*staging.c, feature_ids.c.tile_id).join_from(staging, feature_ids, on).order_by(key)
    connection.execute(insert(table).from_select([*layer.fields, TILE_ID], rows))
    name = Identifier(LAYER_SCHEMA, table.name)
    if layer.geometry_field:
        _run(
            connection,
            SQL("CREATE INDEX ON {} USING gist ({})").format(name, Identifier(layer.geometry_field)),
        )
    _run(connection, SQL("ANALYZE {}").format(name))


def _extent(connection: Connection, layer: Layer, table: Table) -> BBox | None:
    if not layer.geometry_field:
        return None
    box = select(func.ST_Extent(table.c[layer.geometry_field]).label("box")).subquery()
    corners = [getattr(func, name)(box.c.box) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")]
    west, south, east, north = connection.execute(select(*corners)).one()
    return None if west is None else BBox(west, south, east, north)


def _drop_former_tables(database: Engine, layer: Layer) -> None:
    """Drop the tables of former revisions; one that somebody reads at this moment stays until the next load."""
    ours = revisions.c.layer == layer.id
    settled = select(func.max(revisions.c.number)).where(ours, revisions.c.created < datetime.now(UTC) - GRACE)
    former = select(revisions.c.relation).where(ours, revisions.c.number < settled.scalar_subquery())
    with database.connect() as connection:
        names = set(connection.execute(former).scalars())
        present = names & set(inspect(connection).get_table_names(schema=LAYER_SCHEMA))
    for name in sorted(present):
        try:
            with database.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '500ms'"))
                connection.execute(DropTable(layer_table(layer, name)))
        except OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise


def _run(connection: Connection, statement: Composed) -> None:
    _driver(connection).execute(statement)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("the ETL works on a blocking psycopg connection")
    return raw
