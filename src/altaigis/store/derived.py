"""Layers that no file declares: their rows are loaded as those of any layer, and beside them stands what they are."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, delete, insert, inspect, select

from altaigis import __version__
from altaigis.domain.derivation import Derivation
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.run import Run
from altaigis.errors import AnalysisError, LayerNotFound
from altaigis.store import load
from altaigis.store.copying import ARROW_TYPES
from altaigis.store.notices import tell
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revision, hold, record
from altaigis.store.schema import LAYER_SCHEMA, current, derived, feature_ids, revisions, runs
from altaigis.store.shapes import NAMED, Shapes, read_shapes

__all__ = ["Shapes", "publish", "read_shapes", "retire"]


def publish(
    database: Engine, layer: Layer, rows: pa.Table, derivation: Derivation, shapes: Shapes | None = None
) -> Revision:
    """Make rows the current revision of a derived layer, in one transaction with what it is and how it came to be.

    Args:
        rows: the layer's fields in any order; geometries as WKB in EPSG:4326, from which no levels of detail are made.
            NaN is a value that is missing.
        shapes: those of another layer with the same ids: the rows have no geometry then, and get its geometry and
            levels of detail.

    Raises:
        AnalysisError: the rows are not those of such a layer; ``shapes`` lacks a feature; a layer that a file declares
            has this id.
    """
    if not layer.source.derived:
        raise AnalysisError(f"layer '{layer.id}' does not say who makes it: source.derived is missing")
    if shapes:
        shapes.require_fit(layer)
    rows = _fitting(layer, rows, layer.geometry_field if shapes else None)
    definition = layer.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    told = derivation.as_json()
    made: list[Revision] = []

    def keep(connection: Connection, revision: Revision) -> None:
        """Beside the rows, and no longer than them."""
        _require_derived(connection, layer)
        of_layer = derived.c.layer == layer.id
        connection.execute(delete(derived).where(of_layer, derived.c.relation.not_in(load.kept(layer))))
        values = {"layer": layer.id, "definition": definition, "derivation": told}
        connection.execute(insert(derived).values(relation=revision.relation, **values))
        made.append(revision)

    _sweep(database)
    drawn = shapes.revision.state if shapes else None
    mark = _mark(layer, rows, {"layer": definition, "derivation": told, "shapes": drawn})
    run = Run(layer.id, "loaded", mark, {"code": derivation.code, "derivation": told})
    load.load_table(database, layer, load.Incoming(rows, run, shapes=shapes, beside=keep, started=time.monotonic()))
    return made[0]


def retire(database: Engine, layer_id: str) -> None:
    """Take a derived layer away. The ledger tells that it was there; its tables go when nobody can read them any more.

    Raises:
        LayerNotFound: there is no such derived layer.
    """
    with transaction(database) as connection:
        hold(connection, layer_id)
        if not connection.execute(delete(derived).where(derived.c.layer == layer_id)).rowcount:
            raise LayerNotFound(f"there is no derived layer '{layer_id[:60]}'")
        for table in (current, feature_ids):
            connection.execute(delete(table).where(table.c.layer == layer_id))
        record(connection, Run(layer_id, "retired", "", {"code": __version__}))
        tell(connection, layer_id, 0)
    _sweep(database)


def _sweep(database: Engine) -> None:
    """Drop the tables of layers that were taken away a while ago."""
    long_ago = runs.c.finished < datetime.now(UTC) - load.GRACE
    gone = select(runs.c.layer).where(runs.c.outcome == "retired", long_ago).except_(select(current.c.layer))
    with transaction(database) as connection:
        there = set(inspect(connection).get_table_names(schema=LAYER_SCHEMA))
        tables = select(revisions.c.layer, revisions.c.relation).where(revisions.c.layer.in_(gone))
        names = [(row.layer, row.relation) for row in connection.execute(tables) if row.relation in there]
    for layer_id, name in names:
        # somebody may have published it again in the meantime
        again = select(revisions.c.relation).join(current, current.c.layer == revisions.c.layer)
        load.drop(database, layer_id, name, again.where(current.c.layer == layer_id))


def _require_derived(connection: Connection, layer: Layer) -> None:
    """A layer that comes from elsewhere is not to be replaced."""
    now = current_revision(connection, layer)
    if now and not connection.execute(select(derived.c.layer).where(derived.c.relation == now.relation)).first():
        raise AnalysisError(f"there is a layer '{layer.id}' already which was not derived; choose another id")


def _fitting(layer: Layer, rows: pa.Table, without: str | None) -> pa.Table:
    """The rows as :class:`altaigis.store.load.Incoming` has them, but for one field that they are to be without."""
    fields = {name: field for name, field in layer.fields.items() if name != without}
    if wrong := sorted(set(rows.column_names) ^ fields.keys()):
        told = ", ".join(f"{name} is {'missing' if name in fields else 'no field of it'}" for name in wrong[:NAMED])
        raise AnalysisError(f"the rows are not those of layer '{layer.id}': {told}")
    columns = {name: _column(layer, name, rows[name]) for name in fields}
    ids = columns[layer.id_field]
    counted = pc.value_counts(ids.combine_chunks())
    if twice := counted.field("values").filter(pc.greater(counted.field("counts"), 1)).to_pylist():
        raise AnalysisError(f"{layer.id_field} of layer '{layer.id}' is not unique: {_named(twice)}")
    return pa.table(columns).take(pc.sort_indices(ids))


def _column(layer: Layer, name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    field = layer.fields[name]
    try:
        found = values.cast(ARROW_TYPES.get(field.type, pa.binary()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        problem = str(error).splitlines()[0][:200]
        raise AnalysisError(
            f"{name} of layer '{layer.id}' is {field.type}, which its values are not: {problem}"
        ) from None
    if field.type == "number":
        found = pc.if_else(pc.is_nan(found), None, found)
        if pc.any(pc.is_inf(found)).as_py():
            raise AnalysisError(f"{name} of layer '{layer.id}' has values that are infinite")
    if found.null_count and (field.required or field.role == "id"):
        raise AnalysisError(f"{name} of layer '{layer.id}' is required, and {found.null_count} rows have none")
    return found


def _mark(layer: Layer, rows: pa.Table, told: Mapping[str, Any]) -> str:
    """The fingerprint of what is published.

    Raises:
        AnalysisError: the derivation holds what JSON has no form for.
    """
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    try:
        document = json.dumps(told, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AnalysisError(f"what the derivation of layer '{layer.id}' tells is not JSON: {error}") from None
    content = hashlib.sha256(document.encode())
    content.update(sink.getvalue())
    return f"derived:{content.hexdigest()}"


def _named(ids: Sequence[object]) -> str:
    return ", ".join(map(str, ids[:NAMED])) + (" and others" if len(ids) > NAMED else "")
