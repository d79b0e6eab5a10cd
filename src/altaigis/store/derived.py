"""Layers that no file declares: their rows are loaded as those of any layer, and beside them stands what they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from geoalchemy2 import Geometry
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    LargeBinary,
    MetaData,
    Select,
    Table,
    cast,
    delete,
    func,
    inspect,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.schema import DropTable

from altaigis.domain.derivation import Derivation
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.run import Run
from altaigis.errors import AnalysisError, LayerNotFound, NotLoaded
from altaigis.store import load
from altaigis.store.notices import tell
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revision, hold, record
from altaigis.store.schema import LAYER_SCHEMA, LEVELS, SINCE, UNTIL, current, derived, revisions, runs
from altaigis.store.versions import levels_of, state

#: So many ids are named in an error.
_NAMED = 5


@dataclass(frozen=True)
class Shapes:
    """Geometry of the features of a layer, and its levels of detail, as WKB by id; ``revision`` is theirs."""

    layer: Layer
    revision: Revision
    features: pa.Table
    levels: pa.Table | None


def read_shapes(database: Engine, layer: Layer) -> Shapes:
    """The geometry that derived layers of the same features have, too.

    Raises:
        NotLoaded: nothing has been loaded into the layer.
    """
    with transaction(database) as connection:
        revision = current_revision(connection, layer)
        if revision is None:
            raise NotLoaded(f"layer '{layer.id}' is declared, but has no data yet; run: altaigis etl run {layer.id}")
        table = state(layer, revision)
        names = [layer.id_field, layer.geometry_field or ""]
        features = _wkb(connection, select(*(table.c[name] for name in names)))
        levels = _wkb(connection, select(*_of_levels(levels_of(layer, revision)))) if revision.levels else None
    return Shapes(layer, revision, features, levels)


def publish(
    database: Engine, layer: Layer, rows: pa.Table, derivation: Derivation, shapes: Shapes | None = None
) -> Revision:
    """Make rows the current revision of a derived layer, in one transaction with what it is and how it came to be.

    Args:
        rows: the layer's fields, as :class:`altaigis.store.load.Incoming` has them; without the geometry if there are
            ``shapes``.
        shapes: those of another layer with the same ids, whose kind and levels of detail it gets.

    Raises:
        AnalysisError: ``shapes`` lack a feature.
    """
    levels = None
    if shapes is not None:
        rows, levels = _drawn(layer, rows, shapes)
    with transaction(database) as connection:
        _sweep(connection)
    order = pc.sort_indices(rows[layer.id_field])
    run = Run(layer.id, "loaded", f"{derivation.maker} {derivation.created.isoformat()}", {"made_by": derivation.maker})
    load.load_table(
        database,
        layer,
        load.Incoming(
            rows.select(list(layer.fields)).take(order),
            run,
            levels=levels,
            beside=lambda connection: _keep(connection, layer, derivation),
        ),
    )
    with transaction(database) as connection:
        revision = current_revision(connection, layer)
    assert revision is not None, "it has just been loaded"
    return revision


def retire(database: Engine, layer_id: str) -> None:
    """Take a derived layer away. The ledger tells that it was there; its tables go when nobody can read them any more.

    Raises:
        LayerNotFound: there is no such derived layer.
    """
    with transaction(database) as connection:
        hold(connection, layer_id)
        gone = connection.execute(delete(derived).where(derived.c.layer == layer_id))
        if not gone.rowcount:
            raise LayerNotFound(f"there is no derived layer '{layer_id[:60]}'")
        connection.execute(delete(current).where(current.c.layer == layer_id))
        record(connection, Run(layer_id, "retired", "", {}))
        tell(connection, layer_id, 0)
    with transaction(database) as connection:
        _sweep(connection)


def _sweep(connection: Connection) -> None:
    """Drop the tables of layers that were taken away a while ago."""
    long_ago = runs.c.finished < datetime.now(UTC) - load.GRACE
    gone = select(runs.c.layer).where(runs.c.outcome == "retired", long_ago).except_(select(current.c.layer))
    there = inspect(connection).get_table_names(schema=LAYER_SCHEMA)
    names = connection.execute(select(revisions.c.relation).where(revisions.c.layer.in_(gone))).scalars()
    for name in {f"{name}{suffix}" for name in names for suffix in ("", LEVELS)} & set(there):
        connection.execute(DropTable(Table(name, MetaData(schema=LAYER_SCHEMA))))


def _keep(connection: Connection, layer: Layer, derivation: Derivation) -> None:
    values: Mapping[str, Any] = {
        "definition": layer.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "derivation": derivation.as_json(),
    }
    row = upsert(derived).values(layer=layer.id, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["layer"], set_=values))


def _of_levels(levels: FromClause) -> list[ColumnElement[Any]]:
    return [column for column in levels.columns if column.name not in (SINCE, UNTIL)]


def _wkb(connection: Connection, statement: Select[Any]) -> pa.Table:
    """Rows as Arrow, geometries as WKB."""
    shown = [
        cast(func.ST_AsBinary(column), LargeBinary).label(column.name) if isinstance(column.type, Geometry) else column
        for column in statement.selected_columns
    ]
    rows = connection.execute(statement.with_only_columns(*shown)).all()
    return pa.table({column.name: [row[place] for row in rows] for place, column in enumerate(shown)})


def _drawn(layer: Layer, rows: pa.Table, shapes: Shapes) -> tuple[pa.Table, pa.Table | None]:
    """The rows with the geometry of the shapes, and their levels of detail."""
    own, theirs = _drawing(layer), _drawing(shapes.layer)
    ids = rows[layer.id_field].combine_chunks()
    known = shapes.features[shapes.layer.id_field].cast(ids.type)
    places = pc.index_in(ids, known.combine_chunks())
    if lost := ids.filter(pc.is_null(places)).to_pylist():
        named = ", ".join(map(str, lost[:_NAMED])) + (" …" if len(lost) > _NAMED else "")
        raise AnalysisError(f"layer '{shapes.layer.id}' has no feature {named}, of which a result was to be drawn")
    rows = rows.append_column(own[1], shapes.features[theirs[1]].take(places))
    if shapes.levels is None:
        return rows, None
    shown = shapes.levels.filter(pc.is_in(shapes.levels[theirs[0]].cast(ids.type), ids))
    renamed = dict(zip(theirs, own, strict=True))
    return rows, shown.rename_columns([renamed.get(name, name) for name in shown.column_names])


def _drawing(layer: Layer) -> tuple[str, str]:
    return layer.id_field, layer.geometry_field or ""
