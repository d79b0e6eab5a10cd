"""Layers that no file declares: their rows are loaded as those of any layer, and beside them stands what they are."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, delete, insert, inspect, select

from altaigis import __version__
from altaigis.domain.derivation import Derivation
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.run import Run
from altaigis.domain.style import RampStyle
from altaigis.errors import AnalysisError, LayerNotFound
from altaigis.store import load
from altaigis.store.copying import ARROW_TYPES
from altaigis.store.notices import tell
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revision, hold, record
from altaigis.store.revisions import publish as show
from altaigis.store.schema import LAYER_SCHEMA, current, derived, feature_ids, revisions, runs
from altaigis.store.shapes import NAMED, Shapes, read_shapes

if TYPE_CHECKING:
    from altaigis.store.cogs import Pixels

__all__ = ["Features", "Raster", "Shapes", "publish", "publish_together", "read_shapes", "retire", "sweep_files"]

#: How the names of the files of derived rasters begin; ids of layers have no hyphen.
FILES = "derived-"
#: Seconds: a file that is in no ledger may be that of a run that is about to commit; none takes so long for that.
UNFINISHED = 3600.0


@dataclass(frozen=True, eq=False)
class Features:
    """What a derived layer with features is to hold.

    Attributes:
        rows: the layer's fields in any order; geometries as WKB in EPSG:4326, from which no levels of detail are made.
            NaN is a value that is missing.
        shapes: those of another layer with the same ids: the rows have no geometry then, and get its geometry and
            levels of detail.
    """

    layer: Layer
    rows: pa.Table
    shapes: Shapes | None = None


@dataclass(frozen=True, eq=False)
class Raster:
    """What a derived raster is to hold, and the folder of processed files, where its file will be."""

    layer: Layer
    pixels: "Pixels"
    folder: Path


def publish(
    database: Engine, layer: Layer, rows: pa.Table, derivation: Derivation, shapes: Shapes | None = None
) -> Revision:
    """Make rows the current revision of a derived layer, in one transaction with what it is and how it came to be.

    Raises:
        AnalysisError: as :func:`publish_together`.
    """
    (made,) = publish_together(database, [Features(layer, rows, shapes)], derivation)
    return made


def publish_together(database: Engine, parts: Sequence[Features | Raster], derivation: Derivation) -> list[Revision]:
    """Make each part the current revision of its derived layer: all of them, or none.

    Raises:
        AnalysisError: the rows are not those of such a layer; ``shapes`` lacks a feature; a layer that a file declares
            has this id.
        NotWritten: there is no room for a file.
    """
    made: list[Revision] = []
    with ExitStack() as unless_all:
        prepared = [_prepared(part, derivation, unless_all) for part in parts]
        _sweep(database)
        with transaction(database) as connection:
            _hold(connection, (part.layer.id for part in parts))
            for load_part in prepared:
                load_part(connection, made.append)
        unless_all.pop_all()
    for part in parts:
        load.drop_former_tables(database, part.layer)
    for folder in {part.folder for part in parts if isinstance(part, Raster)}:
        sweep_files(database, folder)
    return made


def retire(database: Engine, layer_id: str) -> None:
    """Take a derived layer away, and those that were made together with it. The ledger tells that they were there;
    their tables and files go when nobody can read them any more.

    Raises:
        LayerNotFound: there is no such derived layer.
    """
    with transaction(database) as connection:
        told = select(derived.c.derivation).where(derived.c.layer == layer_id)
        known = connection.execute(told).scalars().all()
        names = {layer_id, *(name for one in known for name in one.get("together", {}).values())}
        _hold(connection, names)
        if not _retired(connection, layer_id):
            raise LayerNotFound(f"there is no derived layer '{layer_id[:60]}'")
        for name in names - {layer_id}:
            _retired(connection, name)
    _sweep(database)


def _hold(connection: Connection, layer_ids: Iterable[str]) -> None:
    """Let no other transaction change several layers: always in one order, or two would wait for each other."""
    for name in sorted(layer_ids):
        hold(connection, name)


def _retired(connection: Connection, layer_id: str) -> bool:
    """Take one layer away; whether it was there."""
    if not connection.execute(delete(derived).where(derived.c.layer == layer_id)).rowcount:
        return False
    for table in (current, feature_ids):
        connection.execute(delete(table).where(table.c.layer == layer_id))
    record(connection, Run(layer_id, "retired", "", {"code": __version__}))
    tell(connection, layer_id, 0)
    return True


def sweep_files(database: Engine, folder: Path) -> None:
    """Remove the files of derived rasters that nobody can read any more, and those of runs that ended too soon."""
    recently = runs.c.finished >= datetime.now(UTC) - load.GRACE
    leaving = select(revisions.c.relation).join(runs, runs.c.layer == revisions.c.layer)
    kept = select(derived.c.relation).union(leaving.where(runs.c.outcome == "retired", recently))
    ours = select(revisions.c.relation).where(revisions.c.relation.startswith(FILES, autoescape=True))
    found = list(folder.glob(f"{FILES}*.tif"))
    # looked at after the folder: what is written meanwhile is not among those found
    with transaction(database) as connection:
        keep, known = (set(connection.execute(asked).scalars()) for asked in (kept, ours))
    for file in found:
        with suppress(FileNotFoundError):  # another run sweeps too
            if file.name not in keep and (file.name in known or time.time() - file.stat().st_mtime > UNFINISHED):
                file.unlink()


#: Is told of a revision that has been made.
_Tell = Callable[[Revision], object]


def _prepared(
    part: Features | Raster, derivation: Derivation, unless_all: ExitStack
) -> Callable[[Connection, _Tell], None]:
    """The part of a transaction that makes one layer; what is written beside the database goes where it fails."""
    layer, started = part.layer, time.monotonic()
    if not layer.source.derived:
        raise AnalysisError(f"layer '{layer.id}' does not say who makes it: source.derived is missing")
    definition = layer.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    told = derivation.as_json()

    def keep(connection: Connection, revision: Revision) -> None:
        """Beside the data, and no longer than them."""
        _require_derived(connection, layer)
        of_layer = derived.c.layer == layer.id
        connection.execute(delete(derived).where(of_layer, derived.c.relation.not_in(load.kept(layer))))
        values = {"layer": layer.id, "definition": definition, "derivation": told}
        connection.execute(insert(derived).values(relation=revision.relation, **values))

    def run_of(content: bytes, **drawn: str | None) -> Run:
        mark = _mark(layer, content, {"layer": definition, "derivation": told, **drawn})
        return Run(layer.id, "loaded", mark, {"code": derivation.code, "derivation": told})

    if isinstance(part, Raster):
        return _prepared_raster(part, run_of(part.pixels.as_bytes()), keep, unless_all)
    shapes = part.shapes
    if shapes:
        shapes.require_fit(layer)
    rows = _fitting(layer, part.rows, layer.geometry_field if shapes else None)
    run = run_of(_as_bytes(rows), shapes=shapes.revision.state if shapes else None)

    def load_features(connection: Connection, made: _Tell) -> None:
        def beside(connection: Connection, revision: Revision) -> None:
            keep(connection, revision)
            made(revision)

        load.load_within(connection, layer, load.Incoming(rows, run, shapes=shapes, beside=beside, started=started))

    return load_features


def _prepared_raster(
    part: Raster, run: Run, keep: Callable[[Connection, Revision], object], unless_all: ExitStack
) -> Callable[[Connection, _Tell], None]:
    # the libraries of rasters, which few need
    from altaigis.store.cogs import write_pixels

    layer = part.layer
    file = part.folder / f"{FILES}{layer.id}.{run.fingerprint.removeprefix('derived:')[:12]}.tif"
    if not file.exists():
        unless_all.callback(file.unlink, missing_ok=True)
    style = layer.styles["default"]
    unit = style.unit if isinstance(style, RampStyle) else ""
    extent = write_pixels(part.pixels, file, f"{layer.title.en} | {layer.title.ru}", unit)

    def register(connection: Connection, made: _Tell) -> None:
        revision = load.revision_of_file(connection, file.name, extent, run)
        keep(connection, revision)
        show(connection, revision, run)
        made(revision)

    return register


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


def _mark(layer: Layer, content: bytes, told: Mapping[str, Any]) -> str:
    """The fingerprint of what is published.

    Raises:
        AnalysisError: the derivation holds what JSON has no form for.
    """
    try:
        document = json.dumps(told, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AnalysisError(f"what the derivation of layer '{layer.id}' tells is not JSON: {error}") from None
    digest = hashlib.sha256(document.encode())
    digest.update(content)
    return f"derived:{digest.hexdigest()}"


def _as_bytes(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _named(ids: Sequence[object]) -> str:
    return ", ".join(map(str, ids[:NAMED])) + (" and others" if len(ids) > NAMED else "")
