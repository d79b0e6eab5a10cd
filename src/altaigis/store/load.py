"""Loading: rows by COPY into a table of their own, which becomes the layer's current revision in one transaction."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Select,
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

from altaigis import __version__
from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.revision import HELD, Revision
from altaigis.domain.run import Run
from altaigis.errors import RevisionNotFound
from altaigis.store.pool import transaction
from altaigis.store.revisions import hold, next_number, past_revision, publish
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


def roll_back(database: Engine, layer: Layer, number: int | None, files: frozenset[str] = frozenset()) -> Revision:
    """Make a former state the current one again, as a new revision: history is never rewritten.

    The new revision is held: its fingerprint carries that of the sources as they were last loaded, so that the ETL
    loads again only what has changed since.

    Args:
        number: the revision to go back to; without it, the newest whose data are not those of the current one.
        files: what is in data/processed, for rasters.

    Raises:
        RevisionNotFound: there is no such revision, or its data are no longer kept.
    """
    with transaction(database) as connection:
        new = next_number(connection, layer.id)
        now = past_revision(connection, layer, None, files)
        target = past_revision(connection, layer, _before(connection, now) if number is None else number, files)
        if target.relation == now.relation:
            raise RevisionNotFound(f"revision {target.number} of layer '{layer.id}' is what the layer shows now")
        mark = now.sources if target.fingerprint == now.sources else f"{HELD}{now.sources}"
        revision = replace(target, number=new, fingerprint=mark, created=datetime.now(UTC))
        report = {
            "rolled_back_to": target.number,
            "loaded": target.count,
            "code": __version__,
            "seconds": 0.0,
        }
        publish(connection, revision, Run(layer.id, "rolled back", mark, report))
    return revision


def kept_relations(database: Engine, layer: Layer) -> set[str]:
    """Tables or files of the revisions that the rule keeps: the last ones, and those that requests may still use."""
    with transaction(database) as connection:
        return set(connection.execute(_kept(layer)).scalars())


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
    """Drop the tables that the rule does not keep; one that somebody reads at this moment stays until the next load."""
    former = select(revisions.c.relation).where(revisions.c.layer == layer.id).except_(_kept(layer))
    with transaction(database) as connection:
        names = set(connection.execute(former).scalars())
        present = names & set(inspect(connection).get_table_names(schema=LAYER_SCHEMA))
    for name in sorted(present):
        with transaction(database) as connection:
            connection.execute(text("SET LOCAL lock_timeout = '500ms'"))
            try:
                hold(connection, layer.id)
                # somebody may have rolled back to it in the meantime, or another load dropped it
                if name not in connection.execute(_kept(layer)).scalars().all():
                    connection.execute(DropTable(layer_table(layer, name), if_exists=True))
            except OperationalError as error:
                if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    raise
                connection.rollback()


def _kept(layer: Layer) -> Select[Any]:
    """Relations of the last ``keep`` revisions, and of those that were current within the time of grace."""
    ours = revisions.c.layer == layer.id
    newest = select(func.max(revisions.c.number)).where(ours).scalar_subquery()
    settled = select(func.max(revisions.c.number)).where(ours, revisions.c.created < datetime.now(UTC) - GRACE)
    recent = revisions.c.number >= func.coalesce(settled.scalar_subquery(), 0)
    return select(revisions.c.relation).where(ours, recent | (revisions.c.number > newest - layer.keep))


def _before(connection: Connection, now: Revision) -> int:
    """The newest revision whose data are not the current ones."""
    others = (revisions.c.layer == now.layer) & (revisions.c.relation != now.relation)
    number: int | None = connection.execute(select(func.max(revisions.c.number)).where(others)).scalar_one()
    if number is None:
        raise RevisionNotFound(f"layer '{now.layer}' has had one state only")
    return number


def _run(connection: Connection, statement: Composed) -> None:
    _driver(connection).execute(statement)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("the ETL works on a blocking psycopg connection")
    return raw
