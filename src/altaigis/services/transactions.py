"""Several edits of several layers, of which all are done or none.

What a transaction leaves behind is held to the rules, and not what its actions leave on the way: two features may
exchange a value that only one can have. Edits that do not depend on each other are made together, for a statement or a
rule takes about as long for a thousand features as for one.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from altaigis.domain.edit import Draft, Operation, Row
from altaigis.domain.expression import Call, Expression, Literal, Property
from altaigis.domain.layer import Layer
from altaigis.domain.transaction import Action, Changed, Delete, Insert, Outcome, Replace, Transaction, Update
from altaigis.errors import AltaiError, EditRefused, FeatureExists, FeatureNotFound, TooManyChanges, TransactionRefused
from altaigis.filters.gml_ids import gml_id
from altaigis.services import drafts
from altaigis.services.rules import Rules
from altaigis.store.edits import Change, Editor

#: Features that one transaction may change.
MOST = 10_000
#: Mistakes that one answer tells.
TOLD = 20


def carry_out(transaction: Transaction, editors: Mapping[str, Editor], rules: Rules) -> Outcome:
    """Do all actions of a transaction in a block of edits of its layers.

    Raises:
        TransactionRefused: one cannot be done, or what they leave breaks a rule; leave the block by it.
    """
    run = _Run(editors, rules)
    for action in transaction.actions:
        with _naming(action):
            run.take(action)
    run.write()
    return run.end()


@dataclass(frozen=True)
class _Planned:
    """What an action makes of a feature, as it is to be written; what it names alone; and, of a feature whose id its
    client does not know, its place."""

    action: Action
    operation: Operation
    fid: str
    former: Row | None
    latter: Row | None
    named: tuple[str, ...]
    place: str | None = None


@dataclass
class _Run:
    """A transaction on its way: edits that are planned and not yet written, all of one kind in one layer, each of
    another feature; and who has last changed a feature, and into what."""

    editors: Mapping[str, Editor]
    rules: Rules
    planned: dict[str, _Planned] = field(default_factory=dict)
    last: dict[Layer, dict[str, tuple[_Planned, Row | None]]] = field(default_factory=dict)
    done: dict[Operation, list[Changed]] = field(default_factory=dict)
    count: int = 0

    def take(self, action: Action) -> None:
        """Plan an action behind what it could depend on."""
        former = next(iter(self.planned.values()), None)
        ids = _ids(action)
        apart = former is None or (type(former.action) is type(action) and former.action.layer == action.layer)
        if not apart or ids is None or not ids.isdisjoint(self.planned):
            self.write()
        for planned in _PLANS[type(action)](self, action):
            if planned.fid in self.planned:
                raise _told(FeatureExists(f"feature '{planned.fid[:80]}' comes twice"), action, planned.fid)
            self.planned[planned.fid] = planned

    def selected(self, action: Update | Replace | Delete) -> dict[str, Row]:
        """The features that an action selects, no more than are allowed."""
        found = self.editors[action.layer.id].matching(action.where, MOST - self.count + 1)
        self.counted(len(found))
        return found

    def counted(self, more: int) -> None:
        self.count += more
        if self.count > MOST:
            raise TooManyChanges(f"the transaction changes more than {MOST} features; send it in parts")

    def write(self) -> None:
        """Make the edits that are planned."""
        if not self.planned:
            return
        first = next(iter(self.planned.values()))
        layer, editor = first.action.layer, self.editors[first.action.layer.id]
        if first.operation == "insert":
            for fid in editor.read(list(self.planned)):
                error = FeatureExists(f"layer '{layer.id}' has a feature '{fid[:80]}' already")
                raise _told(error, self.planned[fid].action, fid)
        actions = {id(planned.action): planned.action for planned in self.planned.values()}
        changes = self._changes(layer)
        # what the database refuses it does not tell of which feature
        with _naming(first.action if len(actions) == 1 else None):
            written = editor.change(changes)
        for edit in written:
            planned = self.planned[edit.fid]
            changed = Changed(planned.action.handle, layer.id, edit.fid)
            self.done.setdefault(planned.operation, []).append(changed)
            self.last.setdefault(layer, {})[edit.fid] = planned, edit.latter
        self.planned = {}

    def _changes(self, layer: Layer) -> list[Change]:
        going = [planned for planned in self.planned.values() if planned.latter is None]
        coming = [planned for planned in self.planned.values() if planned.latter is not None]
        rows, wrong = self.rules.formed(layer, [planned.latter for planned in coming if planned.latter is not None])
        for place, problems in sorted(wrong.items()):
            more = "" if len(wrong) == 1 else f"; and {len(wrong) - 1} more features are refused"
            error = EditRefused("; ".join(problems[:TOLD]) + more)
            raise _told(error, coming[place].action, coming[place].fid, coming[place].place)
        return [
            *(_change(layer, planned, None) for planned in going),
            *(_change(layer, planned, row) for planned, row in zip(coming, rows, strict=True)),
        ]

    def end(self) -> Outcome:
        """What was done, if it breaks no rule."""
        changes = {layer: {fid: row for fid, (_, row) in last.items()} for layer, last in self.last.items()}
        warnings = []
        for layer, fid, problem, severity in self.rules.judged(changes):
            if severity == "warning":
                warnings.append(problem if fid is None else f"{fid}: {problem}")
                continue
            last = self.last[layer]
            planned = last[fid][0] if fid is not None else list(last.values())[-1][0]
            raise _told(EditRefused(problem), planned.action, fid, planned.place if fid is not None else None)
        return Outcome(
            inserted=tuple(self.done.get("insert", ())),
            updated=tuple(self.done.get("update", ())),
            replaced=tuple(self.done.get("replace", ())),
            deleted=tuple(self.done.get("delete", ())),
            warnings=tuple(warnings),
        )


def _insert(run: _Run, action: Insert) -> Iterator[_Planned]:
    run.counted(len(action.drafts))
    layer = action.layer
    for draft in action.drafts:
        place = draft.place if draft.fid is None else None
        with _naming(action, draft.fid, place):
            own = drafts.new_fid(layer) if draft.fid is None else drafts.typed_fid(layer, draft.fid)
            row = {**drafts.values(layer, draft, {}), layer.id_field: own}
        yield _Planned(action, "insert", str(own), None, row, tuple(layer.fields), place)


def _update(run: _Run, action: Update) -> Iterator[_Planned]:
    for fid, former in run.selected(action).items():
        with _naming(action, fid):
            # clients that send all that a feature has send its id, too
            if str(action.values.get(action.layer.id_field, fid)) != str(fid):
                raise _unchangeable(action.layer)
            others = {name: value for name, value in action.values.items() if name != action.layer.id_field}
            values = drafts.values(action.layer, Draft(None, others), former)
        yield _Planned(action, "update", fid, former, {**former, **values}, tuple(values))


def _replace(run: _Run, action: Replace) -> Iterator[_Planned]:
    found = run.selected(action)
    if not found:
        raise FeatureNotFound(f"layer '{action.layer.id}' has no feature that the filter selects")
    if len(found) > 1:
        raise EditRefused(f"the filter selects {len(found)} features; one is replaced at a time")
    layer = action.layer
    for fid, former in found.items():
        with _naming(action, fid):
            if action.draft.fid not in (None, fid):
                raise _unchangeable(layer)
            row = {**drafts.values(layer, action.draft, former), layer.id_field: former[layer.id_field]}
        yield _Planned(action, "replace", fid, former, row, tuple(layer.fields))


def _unchangeable(layer: Layer) -> EditRefused:
    return EditRefused(f"{layer.id_field}: the id of a feature cannot be changed")


def _delete(run: _Run, action: Delete) -> Iterator[_Planned]:
    for fid, former in run.selected(action).items():
        yield _Planned(action, "delete", fid, former, None, tuple(action.layer.fields))


_PLANS: Mapping[type[Action], Callable[[_Run, Any], Iterator[_Planned]]] = {
    Insert: _insert,
    Update: _update,
    Replace: _replace,
    Delete: _delete,
}


def _change(layer: Layer, planned: _Planned, row: Row | None) -> Change:
    fields: tuple[str, ...] | None = planned.named
    if planned.operation == "update" and row is not None:
        # of the others nothing was said: they stay to the digit as they are
        told = {name: row[name] for name, own in layer.fields.items() if name in planned.named or own.compute}
        row, fields = {**(planned.former or {}), **told}, tuple(told)
    if planned.operation == "replace":
        fields = None
    return Change(planned.operation, planned.fid, planned.former, row, fields)


def _ids(action: Action) -> set[str] | None:
    """The features that an action changes, if it names them itself; whether it finds others depends on nobody."""
    if isinstance(action, Insert):
        return {draft.fid for draft in action.drafts if draft.fid is not None} if action.drafts else set()
    return _named(action.where, action.layer)


def _named(where: Expression | None, layer: Layer) -> set[str] | None:
    own = Property(layer.id_field)
    match where:
        case Call("=" | "in", (first, *others)) if first == own:
            values = [other.value for other in others if isinstance(other, Literal)]
            return {str(value) for value in values} if len(values) == len(others) else None
        case Literal(False):
            return set()
    return None


@contextmanager
def _naming(action: Action | None, fid: str | None = None, place: str | None = None) -> Iterator[None]:
    """What goes wrong is told with the action and the feature."""
    try:
        yield
    except TransactionRefused:
        raise
    except AltaiError as error:
        raise _told(error, action, fid, place) from error


def _told(error: AltaiError, action: Action | None, fid: str | None, place: str | None = None) -> TransactionRefused:
    if action is None:
        return TransactionRefused(error)
    known = gml_id(action.layer.id, fid) if fid is not None and place is None else None
    if action.handle is None and known is None and place is None:
        place = action.layer.id
    return TransactionRefused(error, action.handle, known, place)
