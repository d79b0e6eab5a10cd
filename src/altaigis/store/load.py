"""Loading: rows by COPY into a table of their own, which becomes the layer's current revision in one transaction."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.sql import SQL, Identifier
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Select,
    Table,
    cast,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateTable, DropTable

from altaigis import __version__
from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.progress import Progress, silent
from altaigis.domain.revision import HELD, Revision
from altaigis.domain.run import Run
from altaigis.errors import RevisionNotFound
from altaigis.store import levels, touches
from altaigis.store.copying import copy_in, stage
from altaigis.store.driver import driver
from altaigis.store.edits import Merge, Settled, log_rollback, merge_touched
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revision, findings_of, has_form, hold, next_number, past_revision, publish
from altaigis.store.revisions import record as record_run
from altaigis.store.schema import (
    LAYER_SCHEMA,
    LEVEL,
    LEVELS,
    TILE_ID,
    layer_table,
    level_table,
    revisions,
)
from altaigis.store.shapes import Shapes
from altaigis.store.tile_ids import ids_of, keep
from altaigis.store.versions import become, measure, state, state_of

#: A table stays for this long after a newer one has taken its place: a request that has begun on it can end, and a
#: server that has not looked at the ledger yet still finds it.
GRACE = timedelta(minutes=1)


@dataclass(frozen=True)
class Incoming:
    """What comes to be loaded.

    Args:
        rows: the layer's fields as columns of :data:`altaigis.store.copying.ARROW_TYPES` in their order, geometries as
            WKB in EPSG:4326; in the order of their ids, by which pages are read.
        run: the run that has made them.
        merge: what becomes of the features of an editable layer that people have edited.
        levels: levels of detail as :func:`altaigis.store.schema.level_table` has them, geometries as WKB.
        relevel: makes them anew out of ids and geometries, for what people have edited may have another shape.
        shapes: those of another layer, which the features have with their levels of detail: rows have no geometry then.
        complete: is called before they are shown; what it raises undoes the load.
        beside: writes what belongs to the revision in the same transaction.
        started: when the run began, by ``time.monotonic``: its duration is taken when all is done but to show them.
    """

    rows: pa.Table
    run: Run
    merge: Merge | None = None
    levels: pa.Table | None = None
    relevel: Callable[[pa.Table], pa.Table] | None = None
    shapes: Shapes | None = None
    complete: Callable[[], object] = lambda: None
    beside: Callable[[Connection, Revision], object] = lambda *_: None
    started: float | None = None


def load_table(database: Engine, layer: Layer, incoming: Incoming, progress: Progress = silent) -> Run:
    """Make rows the layer's current revision. Readers see the former state or the new one, never a part.

    Returns:
        The run with the number of features that the layer has now, its duration, and what the merge has found; one
        whose outcome is "unchanged" where another run has loaded the same in the meantime.
    """
    with transaction(database) as connection:
        run = load_within(connection, layer, incoming, progress)
    if run.outcome != "unchanged":
        drop_former_tables(database, layer)
    return run


def load_within(connection: Connection, layer: Layer, incoming: Incoming, progress: Progress = silent) -> Run:
    """The same as a part of a transaction; :func:`drop_former_tables` comes after it."""
    run = incoming.run
    number = next_number(connection, layer.id)
    if others := _loaded_by_another(connection, layer, run):
        return replace(run, outcome="unchanged", report={**run.report, "loaded": others.count})
    if layer.editable:
        staging = _staged(connection, layer, incoming.rows, progress)
        table, incoming = _merged(connection, layer, number, staging, incoming)
    else:
        table = _filled(connection, layer, number, incoming, progress)
    _analyze(connection, table)
    count, extent = measure(connection, layer, state_of(layer, table, number))
    run = replace(incoming.run, report={**incoming.run.report, "loaded": count})
    revision = Revision(layer.id, number, table.name, run.fingerprint, datetime.now(UTC), count, extent)
    revision = _with_levels(connection, layer, revision, incoming, progress)
    incoming.complete()
    incoming.beside(connection, revision)
    if incoming.started is not None:
        run = replace(run, report={**run.report, "seconds": round(time.monotonic() - incoming.started, 3)})
    publish(connection, revision, run)
    return run


def rehearse(database: Engine, layer: Layer, incoming: Incoming, progress: Progress = silent) -> Run:
    """What :func:`load_table` would say of an editable layer. Nothing is changed, and nobody waits for it.

    Raises:
        ConformError: what a person has set does not fit the layer file as it is now.
    """
    with transaction(database) as connection:
        # an edit that comes in the meantime would be seen by one statement and not by another
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        staging = _staged(connection, layer, incoming.rows, progress)
        _, run = _settled(connection, layer, current_revision(connection, layer), staging, incoming)
        count = connection.execute(select(func.count()).select_from(staging)).scalar_one()
        connection.rollback()
    return replace(run, report={**run.report, "loaded": count})


def register_file(database: Engine, layer: Layer, relation: str, extent: BBox, run: Run) -> Run:
    """Make a file in data/processed the current revision of a raster layer.

    Returns:
        The run; its outcome is "unchanged" where another run has registered the same in the meantime.
    """
    with transaction(database) as connection:
        hold(connection, layer.id)
        if _loaded_by_another(connection, layer, run):
            return replace(run, outcome="unchanged")
        publish(connection, revision_of_file(connection, relation, extent, run), run)
    return run


def revision_of_file(connection: Connection, relation: str, extent: BBox, run: Run) -> Revision:
    """The next revision of a raster layer; it is to be published in the same transaction."""
    number = next_number(connection, run.layer)
    return Revision(run.layer, number, relation, run.fingerprint, datetime.now(UTC), 0, extent)


def _loaded_by_another(connection: Connection, layer: Layer, run: Run) -> Revision | None:
    """The layer's current revision, if it is of the sources of this run and has come since the run began."""
    now = current_revision(connection, layer)
    if now is None or run.former in (None, now.number):
        return None
    return now if now.sources == run.fingerprint else None


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
        target = past_revision(connection, layer, _before(connection, layer, now) if number is None else number, files)
        if (now if layer.editable else now.relation) == (target if layer.editable else target.relation):
            raise RevisionNotFound(f"revision {target.number} of layer '{layer.id}' is what the layer shows now")
        mark = now.sources if target.fingerprint == now.sources else f"{HELD}{now.sources}"
        revision = replace(target, number=new, fingerprint=mark, created=datetime.now(UTC), area=None)
        if layer.editable:
            table = layer_table(layer, now.relation)
            become(connection, layer, table, state(layer, target), new)
            levels.go_back(connection, layer, target, replace(revision, relation=now.relation))
            touches.become(connection, layer, touches.read(connection, layer, target.number), new)
            log_rollback(connection, layer, table, new, target.number)
            revision = replace(revision, relation=now.relation)
        elif layer.kind != "raster":
            keep(connection, layer, now.relation, target.relation)
        report = {
            "rolled_back_to": target.number,
            "loaded": target.count,
            "code": __version__,
            "seconds": 0.0,
        }
        found = findings_of(connection, layer.id, target.number)
        publish(connection, revision, Run(layer.id, "rolled back", mark, report, found))
    return revision


def kept_relations(database: Engine, layer: Layer) -> set[str]:
    """Tables or files of the revisions that the rule keeps: the last ones, and those that requests may still use."""
    with transaction(database) as connection:
        return set(connection.execute(kept(layer)).scalars())


def record(database: Engine, run: Run) -> None:
    """Keep a run that loaded nothing."""
    with transaction(database) as connection:
        record_run(connection, run)


def _merged(
    connection: Connection, layer: Layer, number: int, staging: Table, incoming: Incoming
) -> tuple[Table, Incoming]:
    """The table of an editable layer, which shows the staged rows and what people have edited as revision
    ``number``; and what comes with the levels of that, and with what the merge has found."""
    former = current_revision(connection, layer)
    settled, run = _settled(connection, layer, former, staging, incoming)
    incoming = replace(incoming, run=run)
    if settled.reshaped and incoming.relevel:
        incoming = replace(incoming, levels=incoming.relevel(_shapes(connection, layer, staging)))
    touches.become(connection, layer, settled.touched, number)
    if former and has_form(connection, layer, former):
        table = layer_table(layer, former.relation)
        become(connection, layer, table, staging, number)
    else:
        if former:
            keep(connection, layer, former.relation)
        table = layer_table(layer, f"{layer.id}_r{number}")
        connection.execute(CreateTable(table))
        become(connection, layer, table, staging, number)
        _index(connection, layer, table)
    return table, incoming


def _shapes(connection: Connection, layer: Layer, staging: Table) -> pa.Table:
    """Ids and geometries of the staged rows, as WKB."""
    names = [layer.id_field, layer.geometry_field or ""]
    shape = cast(func.ST_AsBinary(staging.c[names[1]]), LargeBinary)
    rows = connection.execute(select(staging.c[names[0]], shape).order_by(staging.c[names[0]])).all()
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def _settled(
    connection: Connection, layer: Layer, former: Revision | None, staging: Table, incoming: Incoming
) -> tuple[Settled, Run]:
    """What becomes of the features that people have edited, with the staged rows merged; and the run that tells it."""
    run = incoming.run
    if not (former and incoming.merge):
        return Settled(), run
    settled = merge_touched(connection, layer, former, staging, incoming.merge)
    counts = Counter("refused" if finding.severity == "error" else "warnings" for finding in settled.findings)
    report = {**run.report, **{name: run.report.get(name, 0) + count for name, count in counts.items()}}
    report |= {"left_out": settled.left_out, "not_in_source": settled.not_in_source}
    return settled, replace(run, findings=(*run.findings, *settled.findings), report=report)


def _staged(connection: Connection, layer: Layer, rows: pa.Table, progress: Progress) -> Table:
    """The rows in a temporary table that goes with the transaction."""
    columns = [layer_table(layer, "declared").c[name] for name in layer.fields]
    return stage(connection, "staging", columns, rows, lambda done: progress("rows", done, rows.num_rows))


def _index(connection: Connection, layer: Layer, table: Table) -> None:
    if layer.geometry_field:
        name, geometry = Identifier(LAYER_SCHEMA, table.name), Identifier(layer.geometry_field)
        driver(connection).execute(SQL("CREATE INDEX ON {} USING gist ({})").format(name, geometry))
        if not layer.fields[layer.geometry_field].required:
            # Boxes ask for the features without a place, too, for whom a spatial index would be read from end to end
            placeless = SQL("CREATE INDEX ON {} ({}) WHERE {} IS NULL")
            driver(connection).execute(placeless.format(name, Identifier(layer.id_field), geometry))


def _analyze(connection: Connection, table: Table) -> None:
    # of a third of the usual sample: the planner chooses the same, and large layers are loaded the sooner
    connection.execute(text("SET LOCAL default_statistics_target = 33"))
    driver(connection).execute(SQL("ANALYZE {}").format(Identifier(LAYER_SCHEMA, table.name)))


def _filled(connection: Connection, layer: Layer, number: int, incoming: Incoming, progress: Progress) -> Table:
    """The table of a revision."""
    rows, shapes = incoming.rows, incoming.shapes
    table = layer_table(layer, f"{layer.id}_r{number}")
    former = current_revision(connection, layer)
    relation = former.relation if former else None
    progress("ids", 0, rows.num_rows)
    tile_ids = ids_of(connection, layer, relation, rows[layer.id_field].cast(pa.string()))
    complete = rows.append_column(TILE_ID, tile_ids)
    connection.execute(CreateTable(_without_key(table)))
    if shapes:
        columns = [column for column in table.columns if column.name != layer.geometry_field]
        shapes.fill(connection, layer, table, stage(connection, "staging", columns, complete, lambda _: None))
    else:
        copy_in(connection, table, complete, lambda done: progress("rows", done, rows.num_rows))
    progress("index", 0, None)
    _add_key(connection, table)
    _index(connection, layer, table)
    if relation:
        keep(connection, layer, relation, table.name)
    return table


def _add_key(connection: Connection, table: Table) -> None:
    """As the rows are in order, this is quicker at once than row by row."""
    names = SQL(", ").join(Identifier(column.name) for column in table.primary_key)
    key = SQL("ALTER TABLE {} ADD PRIMARY KEY ({})")
    driver(connection).execute(key.format(Identifier(LAYER_SCHEMA, table.name), names))


def _without_key(table: Table) -> Table:
    columns = [Column(column.name, column.type, nullable=column.nullable) for column in table.columns]
    return Table(table.name, MetaData(schema=table.schema), *columns)


def _with_levels(
    connection: Connection, layer: Layer, revision: Revision, incoming: Incoming, progress: Progress
) -> Revision:
    """The revision with its levels, if there are any."""
    rows, shapes = incoming.levels, incoming.shapes
    taken = shapes.levels_for(layer) if shapes else ()
    if rows is None and not taken:
        return revision
    if rows is not None and layer.editable:
        levels.become(connection, layer, rows, revision, progress)
        return replace(revision, levels=tuple(layer.levels))
    table = level_table(layer, revision.relation)
    connection.execute(CreateTable(_without_key(table)))
    if rows is not None:
        copy_in(connection, table, rows, lambda done: progress("levels", done, rows.num_rows))
        taken = tuple(sorted(pc.unique(rows[LEVEL]).to_pylist()))
    elif shapes:
        shapes.fill_levels(connection, layer, table, layer_table(layer, revision.relation))
    _add_key(connection, table)
    name, geometry = Identifier(LAYER_SCHEMA, table.name), Identifier(layer.geometry_field or "")
    driver(connection).execute(SQL("CREATE INDEX ON {} USING gist ({})").format(name, geometry))
    _analyze(connection, table)
    return replace(revision, levels=taken)


def drop_former_tables(database: Engine, layer: Layer) -> None:
    """Drop the tables that the rule does not keep; one that somebody reads at this moment stays until the next load."""
    former = select(revisions.c.relation).where(revisions.c.layer == layer.id).except_(kept(layer))
    if layer.editable:
        # its table holds every state that it has had, and who made it
        return
    with transaction(database) as connection:
        names = set(connection.execute(former).scalars())
        present = names & set(inspect(connection).get_table_names(schema=LAYER_SCHEMA))
    for name in sorted(present):
        # somebody may have rolled back to it in the meantime, or another load dropped it
        drop(database, layer.id, name, kept(layer))


def drop(database: Engine, layer_id: str, name: str, unless: Select[Any]) -> None:
    """Drop a table of a layer and its levels, unless it is among these relations; one that somebody reads stays."""
    with transaction(database) as connection:
        connection.execute(text("SET LOCAL lock_timeout = '500ms'"))
        try:
            hold(connection, layer_id)
            if name not in connection.execute(unless).scalars().all():
                for gone in (name, f"{name}{LEVELS}"):
                    connection.execute(DropTable(Table(gone, MetaData(schema=LAYER_SCHEMA)), if_exists=True))
        except OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise
            connection.rollback()


def kept(layer: Layer) -> Select[Any]:
    """Relations of the last ``keep`` revisions, and of those that were current within the time of grace."""
    ours = revisions.c.layer == layer.id
    newest = select(func.max(revisions.c.number)).where(ours).scalar_subquery()
    settled = select(func.max(revisions.c.number)).where(ours, revisions.c.created < datetime.now(UTC) - GRACE)
    recent = revisions.c.number >= func.coalesce(settled.scalar_subquery(), 0)
    return select(revisions.c.relation).where(ours, recent | (revisions.c.number > newest - layer.keep))


def _before(connection: Connection, layer: Layer, now: Revision) -> int:
    """The newest revision whose data are not the current ones; of an editable layer the one before."""
    other = revisions.c.number != now.number if layer.editable else revisions.c.relation != now.relation
    others = (revisions.c.layer == now.layer) & other
    number: int | None = connection.execute(select(func.max(revisions.c.number)).where(others)).scalar_one()
    if number is None:
        raise RevisionNotFound(f"layer '{now.layer}' has had one state only")
    return number
