"""Edits: features that people insert, replace, update and delete; and what a load makes of them.

Every block of edits is a revision of its layer, made in one transaction: all of it or nothing. Blocks and loads of one
layer come one after the other, so none is lost. A feature's version is the revision that made it as it is.
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    MetaData,
    Select,
    Table,
    Text,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DBAPIError, OperationalError

from altaigis import __version__
from altaigis.domain.edit import Case, Edit, Merged, Operation, Row, Touched
from altaigis.domain.expression import Expression
from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.observation import STATIONS
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import HELD, Revision
from altaigis.domain.run import Run
from altaigis.errors import (
    Busy,
    ConformError,
    EditConflict,
    EditRefused,
    FeatureExists,
    FeatureNotFound,
    NotEditable,
    Unauthorized,
)
from altaigis.store import levels, touches
from altaigis.store.keys import keys
from altaigis.store.levels import Relevel
from altaigis.store.pool import STATEMENT_SECONDS, failing, transaction
from altaigis.store.revisions import columns_of, next_number, past_revision, publish
from altaigis.store.schema import LAYER_SCHEMA, OPEN, SINCE, TILE_ID, UNTIL, edits, feature_ids, layer_table
from altaigis.store.tile_ids import note
from altaigis.store.versions import remeasure, state, state_of
from altaigis.store.where import condition, typed_fid

#: An edit waits this long for a load, or for another's edit of the same layer.
WAIT_SECONDS = 10
#: Edits that the report of a revision tells one by one; the log has all of them.
EDITS_TOLD = 100

#: Gives the rows that a load shall have, and what there is to say of them, and of others; an error refuses its row.
Merge = Callable[[Sequence[Case]], tuple[Sequence[Merged], Sequence[Finding]]]


@contextmanager
def editing(
    database: Engine, layer: Layer, who: str, relevel: Relevel | None = None, wait_seconds: float = WAIT_SECONDS
) -> Iterator["Editor"]:
    """A block of edits in the name of a key; what was done in it is committed at its end, as one revision.

    Args:
        relevel: makes the levels of detail of what has moved anew; layers that have none do without.

    Raises:
        NotEditable: the layer file does not say ``editable: true``.
        RevisionNotFound: nothing is loaded yet, or the table has other fields than the layer file.
        Busy: a load or another edit of the layer has gone on for longer than ``wait_seconds``.
        EditRefused: a value breaks what the table asks for.
        DatabaseUnavailable: the database does not answer; nothing has changed.
    """
    with editing_several(database, {layer: relevel}, who, wait_seconds) as editors:
        yield editors[layer.id]


@contextmanager
def editing_several(
    database: Engine, relevel: Mapping[Layer, Relevel | None], who: str, wait_seconds: float = WAIT_SECONDS
) -> Iterator[dict[str, "Editor"]]:
    """A block of edits of several layers, by their ids: all of it or nothing, one revision of each that has changed.

    Args:
        relevel: the layers, each with what makes its levels of detail anew.

    Raises:
        As of :func:`editing`.
    """
    for layer in relevel:
        if not layer.editable:
            raise NotEditable(layer.id)
    with transaction(database) as connection, _refusing():
        connection.execute(_WITHIN_TIME)
        editors = {}
        # in one order, so that no two blocks wait for each other
        for layer in sorted(relevel, key=lambda layer: layer.id):
            number = _turn(connection, layer, wait_seconds)
            editors[layer.id] = Editor(connection, layer, past_revision(connection, layer, None), number, who)
        yield editors
        for layer, remake in relevel.items():
            editors[layer.id].publish(remake)


@dataclass(frozen=True)
class Change:
    """What becomes of a feature: ``former`` is None for one that comes, ``latter`` for one that goes.

    ``fields`` are those that a person has set; None for those that differ.
    """

    operation: Operation
    fid: str
    former: Row | None
    latter: Row | None
    fields: tuple[str, ...] | None


class Editor:
    """Edits features within the block of :func:`editing`.

    Rows hold a value for each field, computed ones too; what a row does not name is null. Geometries are hexadecimal
    EWKB in EPSG:4326. ``expected`` is the version that the edit was made on; without it, whatever is there is edited.
    """

    def __init__(self, connection: Connection, layer: Layer, now: Revision, number: int, who: str) -> None:
        self._connection = connection
        self._layer = layer
        self._now = now
        self._number = number
        self._who = who
        self._table = layer_table(layer, now.relation)
        self._done: list[Edit] = []

    def require_key(self, key: int) -> None:
        """Make sure that the key still holds; a revocation that comes now waits until this block is committed.

        Raises:
            Unauthorized: it has been revoked.
        """
        mine = select(keys.c.key).where(keys.c.key == key, keys.c.revoked.is_(None)).with_for_update(read=True)
        if self._connection.execute(mine).first() is None:
            raise Unauthorized("the key has been revoked meanwhile; nothing was changed")

    def expect(self, fid: str, versions: Collection[int] | None = None) -> Row:
        """The values of a feature as they are now, in one of these versions, or in any where none are named.

        Raises:
            FeatureNotFound, EditConflict: it is not there, or not in a version that was expected.
        """
        found = self._read(fid)
        if found is None:
            raise FeatureNotFound(f"layer '{self._layer.id}' has no feature '{fid[:80]}'")
        if versions is not None and found[0] not in versions:
            wanted = ", ".join(map(str, sorted(versions)[:5])) or "what was expected"
            raise EditConflict(
                f"feature '{fid[:80]}' of layer '{self._layer.id}' is in version {found[0]} by now, not {wanted}: "
                "somebody has changed it in the meantime"
            )
        return found[1]

    def insert(self, row: Mapping[str, Any]) -> Edit:
        """Add a feature; one without an id gets a UUID, where ids are text.

        Raises:
            FeatureExists: the layer has a feature with this id.
            EditRefused: the id is missing or no id of this layer, or a field is unknown.
        """
        key = self._layer.id_field
        given = {**row, key: str(uuid.uuid4())} if row.get(key) is None and self._has_text_ids else dict(row)
        fid = str(given.get(key, ""))
        if not fid or typed_fid(self._layer, fid) is None:
            raise EditRefused(f"{key}: {fid[:80]!r} cannot be an id of layer '{self._layer.id}'")
        if self._read(fid) is not None:
            raise FeatureExists(f"layer '{self._layer.id}' has a feature '{fid[:80]}' already")
        return self._write("insert", fid, None, given, tuple(self._layer.fields))

    def replace(self, fid: str, row: Mapping[str, Any], expected: int | None = None) -> Edit:
        """Give a feature other values; those that stay as they are do not count as set by a person.

        Raises:
            FeatureNotFound, EditConflict: it is not there, or not in the version that was expected.
            EditRefused: a field is unknown.
        """
        former = self.expect(fid, None if expected is None else {expected})
        return self._write("replace", fid, former, {**row, self._layer.id_field: former[self._layer.id_field]}, None)

    def update(self, fid: str, values: Mapping[str, Any], expected: int | None = None) -> Edit:
        """Give some fields of a feature other values.

        Raises:
            FeatureNotFound, EditConflict: it is not there, or not in the version that was expected.
            EditRefused: a field is unknown, or the id.
        """
        former = self.expect(fid, None if expected is None else {expected})
        key = self._layer.id_field
        if str(values.get(key, former[key])) != str(former[key]):
            raise EditRefused(f"{key}: the id of a feature cannot be changed")
        return self._write("update", fid, former, {**former, **values}, tuple(name for name in values if name != key))

    def delete(self, fid: str, expected: int | None = None) -> Edit:
        """Take a feature away; its former states stay readable.

        Raises:
            FeatureNotFound, EditConflict: it is not there, or not in the version that was expected.
            EditRefused: it is a station that has values.
        """
        former = self.expect(fid, None if expected is None else {expected})
        if self._layer.id == STATIONS:
            self._require_no_values(fid)
        return self._write("delete", fid, former, None, tuple(self._layer.fields))

    def _require_no_values(self, station: str) -> None:
        """Without its station nothing finds a series."""
        measured = "SELECT count(*) FROM altaigis.series WHERE station = :station"
        count = self._connection.execute(text(measured), {"station": station}).scalar_one()
        if count:
            raise EditRefused(
                f"station '{station[:80]}' has {count} series of values, which nobody finds without it; let it stay"
            )

    def read(self, fids: Collection[str]) -> dict[str, Row]:
        """The values by id of those of the features that there are, as they are now."""
        return _rows_of(self._connection, self._layer, state_of(self._layer, self._table, self._number), list(fids))

    def matching(self, where: Expression | None, most: int) -> dict[str, Row]:
        """The values by id of the features that a filter selects now, in the order of their ids, ``most`` of them.

        Raises:
            NotComputable, QueryTooLong: the filter computes what is no number, or takes too long.
        """
        shown = state_of(self._layer, self._table, self._number)
        found = _told(self._layer, shown).where(condition(FeatureQuery(self._layer, where), shown))
        ordered = found.order_by(shown.c[self._layer.id_field]).limit(most)
        with failing():
            return dict(self._connection.execute(ordered).tuples().all())

    def change(self, changes: Sequence[Change]) -> list[Edit]:
        """Make changes of features, each of another one, in a few statements however many they are.

        The former values are those that :meth:`read` or :meth:`matching` has given; rows are as of :meth:`replace`.

        Raises:
            EditRefused: a field is unknown, or a value breaks what the table asks for.
        """
        for change in changes:
            unknown = sorted((change.latter or {}).keys() - self._layer.fields.keys())
            if unknown:
                raise EditRefused(f"layer '{self._layer.id}' has no field {', '.join(name[:80] for name in unknown)}")
        with _refusing():
            self._close([change.fid for change in changes if change.former is not None])
            self._open([change.latter for change in changes if change.latter is not None])
        # as PostgreSQL writes it: only so can it be compared with what was there
        kept = self.read([change.fid for change in changes if change.latter is not None])
        done = [self._edit(change, kept.get(change.fid)) for change in changes]
        self._touch(done)
        self._log(done)
        return done

    def publish(self, relevel: Relevel | None) -> None:
        """Make what was done the layer's current revision, seen by all when the block ends."""
        if not self._done:
            return
        mark = f"{HELD}{self._now.sources}"
        edited = replace(self._now, number=self._number, fingerprint=mark, created=datetime.now(UTC))
        keys = [key for edit in self._done if (key := typed_fid(self._layer, edit.fid)) is not None]
        revision = remeasure(self._connection, self._layer, self._table, self._now, edited, keys)
        if revision.levels:
            assert relevel, "a layer with levels is edited by whoever makes them anew"
            revision = levels.remake(self._connection, self._layer, revision, keys, relevel)
        told = [f"{edit.operation} {edit.fid}" for edit in self._done[:EDITS_TOLD]]
        more = [f"and {len(self._done) - EDITS_TOLD} more"] if len(self._done) > EDITS_TOLD else []
        report = {"who": self._who, "edits": told + more, "loaded": revision.count, "code": __version__, "seconds": 0.0}
        publish(self._connection, revision, Run(self._layer.id, "edited", mark, report))

    @property
    def _has_text_ids(self) -> bool:
        return self._layer.fields[self._layer.id_field].type == "text"

    def _read(self, fid: str) -> tuple[int, Row] | None:
        return _feature(self._connection, self._layer, state_of(self._layer, self._table, self._number), fid)

    def _write(
        self, operation: Operation, fid: str, former: Row | None, latter: Row | None, fields: tuple[str, ...] | None
    ) -> Edit:
        (done,) = self.change([Change(operation, fid, former, latter, fields)])
        return done

    def _edit(self, change: Change, kept: Row | None) -> Edit:
        """What the log tells of a change; ``kept`` is what has been made of its row."""
        fields, former = change.fields, change.former
        if fields is None and former is not None and kept is not None:
            fields = tuple(name for name, value in kept.items() if former.get(name) != value)
        own = tuple(name for name in fields or () if not self._layer.fields[name].compute)
        now = datetime.now(UTC)
        return Edit(self._layer.id, change.fid, self._number, now, self._who, change.operation, own, former, kept)

    def _close(self, fids: Collection[str]) -> None:
        keys = [typed_fid(self._layer, fid) for fid in fids]
        mine = self._table.c[self._layer.id_field].in_(keys) & (self._table.c[UNTIL] == OPEN)
        # a version that this very revision has made was never shown
        self._connection.execute(delete(self._table).where(mine, self._table.c[SINCE] == self._number))
        self._connection.execute(update(self._table).where(mine).values({UNTIL: self._number}))

    def _open(self, given: Sequence[Row]) -> None:
        rows = _as_rows(self._table, self._layer, given)
        note(self._connection, self._layer, rows)
        fid = cast(rows.c[self._layer.id_field], Text)
        on = (feature_ids.c.layer == self._layer.id) & (feature_ids.c.fid == fid)
        made = select(
            *(rows.c[name] for name in self._layer.fields),
            feature_ids.c.tile_id, literal(self._number), literal(OPEN),
        ).join_from(rows, feature_ids, on)  # fmt: skip
        self._connection.execute(insert(self._table).from_select([*self._layer.fields, TILE_ID, SINCE, UNTIL], made))

    def _touch(self, done: Sequence[Edit]) -> None:
        """Remember what the source says of the fields that a person sets."""
        known = touches.read_of(self._connection, self._layer, [edit.fid for edit in done])
        entries = []
        for edit in done:
            entry = known.get(edit.fid) or Touched(edit.fid, edit.former, {})
            seen = {**entry.seen, **{name: (entry.source or {}).get(name) for name in edit.fields}}
            entries.append(replace(entry, seen=seen))
        touches.remember(self._connection, self._layer, entries, self._number)

    def _log(self, done: Sequence[Edit]) -> None:
        values = [{**{name: getattr(edit, name) for name in _LOGGED}, "fields": list(edit.fields)} for edit in done]
        self._connection.execute(insert(edits), values)
        self._done += done


_LOGGED = ("layer", "fid", "revision", "time", "who", "operation", "former", "latter")


def read_versioned(database: Engine, layer: Layer, fid: str) -> tuple[int, Row] | None:
    """The version of a feature and its values as they are now; None if the layer has no such feature.

    Raises:
        RevisionNotFound: nothing is loaded yet, or the table has other fields than the layer file.
    """
    with transaction(database) as connection:
        return _feature(connection, layer, state(layer, past_revision(connection, layer, None)), fid)


def read_log(database: Engine, layer: Layer, fid: str | None = None) -> list[Edit]:
    """The edits of a layer, or of one feature, the newest first."""
    wanted = select(edits).where(edits.c.layer == layer.id).order_by(edits.c.edit.desc())
    if fid is not None:
        wanted = wanted.where(edits.c.fid == fid)
    with transaction(database) as connection:
        return [
            Edit(**{name: getattr(row, name) for name in _LOGGED}, fields=tuple(row.fields))
            for row in connection.execute(wanted)
        ]


def log_rollback(connection: Connection, layer: Layer, table: Table, new: int, target: int) -> None:
    """Note the features that revision ``new`` has given the states of revision ``target`` again."""
    former, latter = (
        _told(layer, select(table).where(table.c[bound] == new).subquery()).subquery() for bound in (UNTIL, SINCE)
    )
    (fid, was), (_, is_now) = former.columns, latter.columns
    own = [name for name, field in layer.fields.items() if not field.compute]
    who = f"rollback to revision {target}"
    name = func.unnest(literal(own, ARRAY(Text))).column_valued("_name")
    other = select(name).where(was[name].is_distinct_from(is_now[name])).correlate(former, latter)
    told = select(
        literal(layer.id), func.coalesce(fid, latter.columns[0]), literal(new), literal(who), literal("rollback"),
        func.array(other.scalar_subquery()), was, is_now,
    ).select_from(former.join(latter, fid == latter.columns[0], full=True))  # fmt: skip
    names = ["layer", "fid", "revision", "who", "operation", "fields", "former", "latter"]
    connection.execute(insert(edits).from_select(names, told))


@dataclass(frozen=True)
class Settled:
    """What a load has made of the features that people have edited.

    Args:
        touched: what is to be remembered of them, by their ids.
        left_out: rows of the source that stay away, for a person has deleted the feature.
        not_in_source: features that people have made, or hold though the source has them no more.
        reshaped: whether a feature has another geometry than the source says, or is there for only one of them.
    """

    findings: Sequence[Finding] = ()
    touched: Mapping[str, Touched] = field(default_factory=dict)
    left_out: int = 0
    not_in_source: int = 0
    reshaped: bool = False


def merge_touched(connection: Connection, layer: Layer, former: Revision, staging: Table, merge: Merge) -> Settled:
    """Merge the staged rows of a load with the features that people have edited. Only the staged rows are changed.

    Raises:
        ConformError: what a person has set does not fit the layer file as it is now.
    """
    entries = touches.read(connection, layer)
    if not entries:
        return Settled()
    fids = list(entries)
    theirs = _rows_of(connection, layer, _shown(connection, layer, former), fids)
    ours = _rows_of(connection, layer, staging, fids)
    cases = [Case(entry, theirs.get(fid), ours.get(fid)) for fid, entry in entries.items()]
    done, findings = merge(cases)
    refused = [found.fid for found in findings if found.severity == "error" and found.fid]
    connection.execute(delete(staging).where(cast(staging.c[layer.id_field], Text).in_([*fids, *refused])))
    rows = [merged.row for merged in done if merged.row is not None]
    if rows:
        given = _as_rows(staging, layer, rows)
        new = select(*(given.c[name] for name in layer.fields))
        try:
            with _refusing():
                connection.execute(insert(staging).from_select(list(layer.fields), new))
        except EditRefused as error:
            raise ConformError(
                f"layer {layer.id}: what people have edited does not fit its fields as they are declared now: {error}"
            ) from error
    pairs = list(zip(cases, done, strict=True))
    return Settled(
        findings,
        {merged.touched.fid: merged.touched for merged in done if merged.touched},
        left_out=sum(bool(case.ours and merged.touched and not merged.row) for case, merged in pairs),
        not_in_source=sum(bool(merged.row and not case.ours) for case, merged in pairs),
        reshaped=bool(refused) or any(_shape(layer, case.ours) != _shape(layer, merged.row) for case, merged in pairs),
    )


def _shape(layer: Layer, row: Row | None) -> str | None:
    return row[layer.geometry_field] if row and layer.geometry_field else None


#: Others wait for their turn: no statement of a block may take longer than a request may.
_WITHIN_TIME = text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")


def _turn(connection: Connection, layer: Layer, wait_seconds: float) -> int:
    """The number of the revision to be made, when it is our turn."""
    connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": f"{wait_seconds * 1000:.0f}ms"})
    try:
        return next_number(connection, layer.id)
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise Busy(f"layer '{layer.id}' is being loaded or edited; try again") from error
        raise


@contextmanager
def _refusing() -> Iterator[None]:
    """What PostgreSQL cannot take as a value is the fault of the edit."""
    try:
        yield
    except DBAPIError as error:
        # PostGIS calls a text that is no geometry an internal error
        if isinstance(error.orig, psycopg.DataError | psycopg.IntegrityError | psycopg.errors.InternalError_):
            raise EditRefused(f"the values cannot be kept: {str(error.orig).splitlines()[0]}") from error
        raise


def _shown(connection: Connection, layer: Layer, revision: Revision) -> FromClause:
    """The rows that a layer shows now, of whatever form its table has."""
    there = columns_of(connection, revision)
    if layer.id_field not in there:
        raise ConformError(
            f"layer {layer.id}: people have edited it while {layer.id_field} was not its id; call the field as it was"
        )
    table = Table(revision.relation, MetaData(schema=LAYER_SCHEMA), *(Column[Any](name) for name in there))
    rows = select(*(table.c[name] for name in layer.fields if name in there))
    return (rows.where(table.c[UNTIL] == OPEN) if UNTIL in there else rows).subquery()


def _feature(connection: Connection, layer: Layer, shown: FromClause, fid: str) -> tuple[int, Row] | None:
    key = typed_fid(layer, fid)
    if key is None:
        return None
    found = connection.execute(_told(layer, shown, shown.c[SINCE]).where(shown.c[layer.id_field] == key)).first()
    return (found[2], found[1]) if found else None


def _rows_of(connection: Connection, layer: Layer, source: FromClause, fids: list[str]) -> dict[str, Row]:
    wanted = cast(source.c[layer.id_field], Text).in_(fids)
    return dict(connection.execute(_told(layer, source).where(wanted)).tuples().all())


def _told(layer: Layer, source: FromClause, *further: ColumnElement[Any]) -> Select[Any]:
    """Features as (id, values by field, further columns)."""
    names = [name for name in layer.fields if name in source.c]
    values = (
        select(*(_as_json(source.c[name], geometry=layer.fields[name].is_geometry) for name in names))
        .correlate(source)
        .lateral("_values")
    )
    row = func.to_jsonb(values.table_valued(), type_=JSONB)
    return select(cast(source.c[layer.id_field], Text), row, *further).select_from(source.join(values, true()))


def _as_json(column: ColumnElement[Any], *, geometry: bool) -> ColumnElement[Any]:
    # PostGIS would make GeoJSON of it, with fewer digits
    return cast(column, Text).label(column.key) if geometry else column


def _as_rows(table: Table, layer: Layer, rows: Sequence[Row]) -> FromClause:
    """The way back: values by field as rows with the types of the table."""
    columns = [column(name, table.c[name].type) for name in layer.fields]
    given = func.jsonb_to_recordset(literal(rows, JSONB)).table_valued(*columns, name="_given")
    return given.render_derived(with_types=True)
