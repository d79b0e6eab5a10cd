"""The ledger: which revision of a layer is the current one, and what each run of the ETL did."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import groupby, takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from altaigis.domain.extent import BBox
from altaigis.domain.finding import Finding, FoundIssue
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Change, Revision
from altaigis.domain.run import PastRun, Run
from altaigis.errors import RevisionNotFound
from altaigis.store.loads import refusals_mark
from altaigis.store.notices import tell
from altaigis.store.pool import reading, transaction
from altaigis.store.prepared import Prepared, fetch, prepared
from altaigis.store.schema import LAYER_SCHEMA, column_types, current, findings, revisions, runs

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

#: Outcomes of the runs that say what a layer's data are like, and of a look at a source that has not changed.
_TELLING, _LOOKED = ("loaded", "failed"), "unchanged"
#: A rollback repeats what was found when the state came that it shows again.
_BACK = "rolled back"
#: At every so many revisions the changes before are forgotten, so that there are never more to be looked through.
REMEMBERED_CHANGES = 256


def current_revisions(database: Engine) -> dict[str, Revision]:
    """The current revision of every layer that has been loaded, by layer id."""
    with transaction(database) as connection:
        return {row.layer: _revision(row) for row in connection.execute(_current())}


async def watch_revisions(database: "AsyncEngine", known: Mapping[str, Revision]) -> dict[str, Revision]:
    """The same for the server, with the changes that have led there; those that are known already are not made anew,
    for tiles wait meanwhile."""
    rows = map(_Row._make, await fetch(database, _watched(), {}))
    found = {layer: list(its) for layer, its in groupby(rows, key=attrgetter("layer"))}
    return {
        layer: one if (one := known.get(layer)) and _is(one, its[0]) else _with_changes(its)
        for layer, its in found.items()
    }


def _is(revision: Revision, row: "_Row") -> bool:
    mine = revision.number, revision.created, revision.relation, revision.fingerprint
    return mine == (row.number, row.created, row.relation, row.fingerprint)


def history(database: Engine, layer_id: str, files: frozenset[str] = frozenset()) -> list[PastRun]:
    """Every run over a layer that has left a trace, newest first, also of one that is there no longer; ``files`` are
    those of data/processed."""
    on = (revisions.c.layer == runs.c.layer) & (revisions.c.number == runs.c.revision)
    told = (
        select(runs, revisions.c.relation, (current.c.number == runs.c.revision).label("is_current"))
        .join_from(runs, revisions, on, isouter=True)
        .join(current, current.c.layer == runs.c.layer, isouter=True)
        .where(runs.c.layer == layer_id)
        .order_by(runs.c.run.desc())
    )
    with transaction(database) as connection:
        present = files | set(connection.execute(_TABLES).scalars())
        return [
            PastRun(
                number=row.run,
                layer=row.layer,
                finished=row.finished,
                outcome=row.outcome,
                revision=row.revision,
                kept=row.relation in present,
                current=bool(row.is_current),
                report=row.report,
            )
            for row in connection.execute(told)
        ]


def past_revision(
    connection: Connection, layer: Layer, which: int | datetime | None, files: frozenset[str] = frozenset()
) -> Revision:
    """A revision by its number, the one that was current at a time, or the current one; its data are there.

    Raises:
        RevisionNotFound: there is none, its data are no longer kept, or they have other fields than the layer now.
    """
    row = connection.execute(_past(layer, which)).first()
    if row is None:
        raise _no_revision(layer, which)
    revision = _revision(row)
    if layer.kind == "raster":
        _require_kept(revision, revision.relation in files)
    else:
        _require_form(layer, revision, columns_of(connection, revision))
    return revision


def current_revision(connection: Connection, layer: Layer) -> Revision | None:
    """The layer's current revision, of whatever form; None where nothing has been loaded yet."""
    row = connection.execute(_past(layer, None)).first()
    return _revision(row) if row else None


def has_form(connection: Connection, layer: Layer, revision: Revision) -> bool:
    """Whether a revision's table has the columns that the layer file asks for now."""
    return column_types(layer) == columns_of(connection, revision)


def columns_of(connection: Connection, revision: Revision) -> Mapping[str, str]:
    """Names and types of the columns of a revision's table, in their order; none where it is not kept."""
    return _types(connection.execute(_COLUMNS, {"name": revision.relation}))


async def read_past_revision(database: "AsyncEngine", layer: Layer, which: int | datetime) -> Revision:
    """The same for the server, of layers with features."""
    async with reading(database) as connection:
        row = (await connection.execute(_past(layer, which))).first()
        if row is None:
            raise _no_revision(layer, which)
        revision = _revision(row)
        _require_form(layer, revision, _types(await connection.execute(_COLUMNS, {"name": revision.relation})))
        return revision


def hold(connection: Connection, layer_id: str) -> None:
    """Let no other transaction change the layer's revisions until this one ends."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"altaigis load {layer_id}"))))


def next_number(connection: Connection, layer_id: str) -> int:
    """The number of the layer's next revision. Other loads of the layer wait until this transaction ends."""
    hold(connection, layer_id)
    newest = select(func.coalesce(func.max(revisions.c.number), 0)).where(revisions.c.layer == layer_id)
    return int(connection.execute(newest).scalar_one()) + 1


def findings_of(connection: Connection, layer_id: str, number: int) -> tuple[Finding, ...]:
    """What was found of a revision's data when they came; edits since are not looked at."""
    mine = (runs.c.layer == layer_id) & (runs.c.revision <= number) & runs.c.outcome.in_(("loaded", _BACK))
    run = select(func.max(runs.c.run)).where(mine).scalar_subquery()
    found = connection.execute(select(findings).where(findings.c.run == run).order_by(findings.c.finding))
    return tuple(_finding(row) for row in found)


def last_findings(database: Engine, layers: Collection[str] | None = None) -> list[FoundIssue]:
    """What the last run of each layer, or of each of these, has found, or that of the state that a rollback shows
    again; in the order of finding."""
    with transaction(database) as connection:
        return [
            FoundIssue(row.finding, row.layer, row.finished, _finding(row))
            for row in connection.execute(_last_findings(layers))
        ]


def last_run(database: Engine, layer: Layer) -> tuple[PastRun, tuple[Finding, ...]]:
    """The last run that loaded the layer or failed, with all that it found, and what a later look at an unchanged
    source has.

    Raises:
        RevisionNotFound: the layer has never been run.
    """
    past = list(history(database, layer.id))
    run = next((run for run in past if run.outcome in _TELLING), None)
    if run is None:
        raise _no_revision(layer, None)
    looks = [look.number for look in past[:1] if look.outcome == _LOOKED]
    mine = select(findings).where(findings.c.run.in_([run.number, *looks])).order_by(findings.c.finding)
    with transaction(database) as connection:
        return run, tuple(_finding(row) for row in connection.execute(mine))


def findings_mark(database: Engine, layers: Collection[str] | None = None) -> str:
    """A text that changes when what the last runs of all layers, or of these, have found, and loads have refused,
    does, whenever they ran."""
    found = _last_findings(layers).subquery()
    told = func.concat_ws("|", *(found.c[name] for name in ("layer", "severity", "rule", "message", "row", "fid")))
    with transaction(database) as connection:
        mark = select(func.md5(func.string_agg(told, aggregate_order_by(literal("\n"), found.c.finding))))
        return f"{connection.execute(mark).scalar_one() or 'nothing'} {refusals_mark(connection)}"


def _finding(row: Row[Any]) -> Finding:
    place = tuple(row.place) if row.place else None
    return Finding(row.severity, row.rule, row.message, row.row, row.fid, row._mapping["values"], place)


def _last_findings(layers: Collection[str] | None) -> Select[Any]:
    last, newest = (
        select(func.max(runs.c.run)).where(runs.c.outcome.in_(outcomes)).group_by(runs.c.layer)
        for outcomes in ((*_TELLING, _BACK), (*_TELLING, _BACK, _LOOKED))
    )
    by_layer = runs.c.layer, findings.c.finding
    found = select(findings, runs.c.finished).join(runs, runs.c.run == findings.c.run)
    if layers is not None:
        found = found.where(runs.c.layer.in_(layers))
    return found.where(findings.c.run.in_(last.union(newest))).order_by(*by_layer)


def publish(connection: Connection, revision: Revision, run: Run) -> None:
    """Make a revision the current one of its layer, seen by all when the transaction commits."""
    values = {
        "layer": revision.layer,
        "number": revision.number,
        "relation": revision.relation,
        "fingerprint": revision.fingerprint,
        "created": revision.created,
        "features": revision.count,
        "extent": revision.extent.as_list() if revision.extent else None,
        "levels": revision.levels,
        "area": revision.area.as_list() if revision.area else None,
        "report": run.report,
    }
    connection.execute(insert(revisions).values(values))
    pointer = upsert(current).values(layer=revision.layer, number=revision.number)
    connection.execute(pointer.on_conflict_do_update(index_elements=["layer"], set_={"number": revision.number}))
    record(connection, run, revision.number)
    tell(connection, revision.layer, revision.number)


def record(connection: Connection, run: Run, revision: int | None = None) -> None:
    """Keep what a run did, and every finding with the row that it speaks of."""
    values = {"layer": run.layer, "outcome": run.outcome, "report": run.report, "revision": revision}
    number = connection.execute(insert(runs).values(values).returning(runs.c.run)).scalar_one()
    rows = [
        {
            "run": number,
            "layer": run.layer,
            "severity": finding.severity,
            "rule": finding.rule,
            "message": finding.message,
            "row": finding.row,
            "fid": finding.fid,
            "values": finding.values,
            "place": list(finding.place) if finding.place else None,
        }
        for finding in run.findings
    ]
    if rows:
        connection.execute(insert(findings), rows)


def _current() -> Select[Any]:
    on = (revisions.c.layer == current.c.layer) & (revisions.c.number == current.c.number)
    return select(revisions).join(current, on)


def _revision(row: "Row[Any] | _Row") -> Revision:
    extent, area = (BBox(*corners) if corners else None for corners in (row.extent, row.area))
    levels = tuple(row.levels)
    return Revision(
        row.layer, row.number, row.relation, row.fingerprint, row.created, row.features, extent, levels, area
    )


def _with_changes(rows: "Sequence[_Row]") -> Revision:
    """The current revision from its row and those of changes before it, the newest first."""
    numbered = takewhile(lambda pair: pair[1].area and pair[1].number == rows[0].number - pair[0], enumerate(rows))
    changes = tuple(Change(row.number, BBox(*row.area or ())) for _, row in numbered)
    return replace(_revision(rows[0]), changes=changes)


class _Row(NamedTuple):
    """What a server has to know of a revision: reports are long."""

    layer: str
    number: int
    relation: str
    fingerprint: str
    created: datetime
    features: int
    extent: list[float] | None
    levels: list[int]
    area: list[float] | None


_TOLD: list[ColumnElement[Any]] = [revisions.c[name] for name in _Row._fields]
_WATCHED = (
    select(*_TOLD)
    .join(current, current.c.layer == revisions.c.layer)
    .where(
        (revisions.c.number == current.c.number)
        | revisions.c.area.is_not(None)
        & (revisions.c.number >= current.c.number - (current.c.number - 1) % REMEMBERED_CHANGES)
        & (revisions.c.number <= current.c.number)
    )
    .order_by(revisions.c.layer, revisions.c.number.desc())
)


@cache
def _watched() -> Prepared:
    return prepared(_WATCHED)


_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema").bindparams(schema=LAYER_SCHEMA)
_COLUMNS = text(
    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
    "WHERE attrelid = to_regclass(quote_ident(:schema) || '.' || quote_ident(:name)) AND attnum > 0 "
    "AND NOT attisdropped"
).bindparams(schema=LAYER_SCHEMA)


def _past(layer: Layer, which: int | datetime | None) -> Select[Any]:
    if which is None:
        return _current().where(revisions.c.layer == layer.id)
    ours = select(revisions).where(revisions.c.layer == layer.id)
    if isinstance(which, int):
        return ours.where(revisions.c.number == which)
    return ours.where(revisions.c.created <= which).order_by(revisions.c.number.desc()).limit(1)


def _no_revision(layer: Layer, which: int | datetime | None) -> RevisionNotFound:
    if which is None:
        return RevisionNotFound(f"layer '{layer.id}' has no data yet")
    if isinstance(which, int):
        return RevisionNotFound(f"layer '{layer.id}' has no revision {which}")
    return RevisionNotFound(f"layer '{layer.id}' had no data yet at {which.isoformat()}")


def _require_kept(revision: Revision, kept: bool) -> None:
    if not kept:
        raise RevisionNotFound(f"the data of revision {revision.number} of layer '{revision.layer}' are no longer kept")


def _types(rows: Any) -> Mapping[str, str]:
    return {name: kind.lower() for name, kind in rows}


def _require_form(layer: Layer, revision: Revision, there: Mapping[str, str]) -> None:
    _require_kept(revision, bool(there))
    wanted = column_types(layer)
    other = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if other:
        raise RevisionNotFound(
            f"revision {revision.number} of layer '{layer.id}' has other fields than the layer file now: "
            f"{', '.join(other)}"
        )
