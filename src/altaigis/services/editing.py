"""Edits that come over HTTP: who may make them, by which rules, and how many at a time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio
from anyio.to_thread import run_sync
from sqlalchemy import Engine

from altaigis.domain.edit import Draft, Edit
from altaigis.domain.key import Key
from altaigis.domain.layer import Layer
from altaigis.domain.transaction import Outcome, Transaction
from altaigis.errors import EditRefused, Forbidden, NotEditable, NotLoaded
from altaigis.services import drafts
from altaigis.services.admission import admit, recognise
from altaigis.services.ledger import Ledger
from altaigis.services.rules import Rules
from altaigis.services.transactions import carry_out
from altaigis.store.edits import Editor, editing, editing_several, read_log
from altaigis.store.levels import Site

if TYPE_CHECKING:
    import pyarrow as pa

#: Edits at the same time; others wait for their turn, so that memory and connections stay bounded.
EDITS_AT_ONCE = 4


@dataclass(frozen=True)
class Done:
    """What became of an edit: the feature's id, the revision that was made, and what a load would warn of.

    ``revision`` is None where there was nothing to change.
    """

    fid: str
    revision: int | None
    warnings: tuple[str, ...] = ()


class EditingService:
    """Edits features of editable layers; one edit is one transaction and one revision.

    ``database`` is a blocking engine. ``versions`` are those that an edit was made on; without them, whatever is there
    is edited.
    """

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._turns = anyio.CapacityLimiter(EDITS_AT_ONCE)
        self._rules = Rules(database)

    async def recognise(self, token: str | None) -> Key:
        """The key of this token, before it is known what is to be edited.

        Raises:
            Unauthorized: there is none in force.
        """
        return await recognise(self._database, token)

    async def admit(self, token: str | None, layer: Layer) -> Key:
        """The key of this token.

        Raises:
            Unauthorized, Forbidden: there is none in force, or it does not allow to edit this layer.
            NotEditable: no key allows it.
        """
        try:
            return await admit(self._database, token, f"edit:{layer.id}")
        except Forbidden:
            if not layer.editable:
                raise NotEditable(layer.id) from None
            raise

    async def create(self, key: Key, layer: Layer, draft: Draft) -> Done:
        """Add a feature; one without an id gets a UUID, where ids are text.

        Raises:
            FeatureExists: the layer has a feature with this id.
            EditRefused: the layer cannot have such a feature; says everything that is wrong.
            Unauthorized, Busy, NotLoaded, DatabaseUnavailable: nothing has changed.
        """

        def create(editor: Editor) -> Done:
            own = drafts.new_fid(layer) if draft.fid is None else drafts.typed_fid(layer, draft.fid)
            row, warnings = self._rules.conformed(layer, {**drafts.values(layer, draft, {}), layer.id_field: own})
            edit = editor.insert(row)
            return Done(edit.fid, edit.revision, warnings)

        return await self._edit(key, layer, create)

    async def replace(
        self, key: Key, layer: Layer, fid: str, draft: Draft, versions: Collection[int] | None = None
    ) -> Done:
        """Give a feature other values; what the draft does not name becomes null.

        Raises:
            FeatureNotFound, EditConflict: it is not there, or in none of these versions.
            EditRefused, Unauthorized, Busy, NotLoaded, DatabaseUnavailable: as of :meth:`create`.
        """

        def overwrite(editor: Editor) -> Done:
            former = editor.expect(fid, versions)
            own = {layer.id_field: former[layer.id_field]}
            row, warnings = self._rules.conformed(layer, {**drafts.values(layer, draft, former), **own})
            return Done(fid, editor.replace(fid, row).revision, warnings)

        _require_same(fid, draft)
        return await self._edit(key, layer, overwrite)

    async def update(
        self, key: Key, layer: Layer, fid: str, draft: Draft, versions: Collection[int] | None = None
    ) -> Done:
        """Give the fields that the draft names other values.

        Raises:
            As of :meth:`replace`.
        """

        def update(editor: Editor) -> Done:
            former = editor.expect(fid, versions)
            values = drafts.values(layer, drafts.merged(layer, draft, former), former)
            if not values:
                return Done(fid, None)
            row, warnings = self._rules.conformed(layer, {**former, **values})
            told = [name for name, field in layer.fields.items() if name in values or field.compute]
            return Done(fid, editor.update(fid, {name: row[name] for name in told}).revision, warnings)

        _require_same(fid, draft)
        return await self._edit(key, layer, update)

    async def delete(self, key: Key, layer: Layer, fid: str, versions: Collection[int] | None = None) -> Done:
        """Take a feature away; its former states stay readable.

        Raises:
            As of :meth:`replace`.
        """

        def delete(editor: Editor) -> Done:
            editor.expect(fid, versions)
            self._rules.check_without(layer, fid)
            return Done(fid, editor.delete(fid).revision)

        return await self._edit(key, layer, delete)

    async def transact(self, key: Key, transaction: Transaction) -> Outcome:
        """Do all actions of a transaction in one of the database, each layer with one revision, or none of them.

        The key must have been admitted for each of its layers.

        Raises:
            TransactionRefused: an action cannot be done, or what they leave breaks a rule; tells which, and of which
                feature.
            Unauthorized, Busy, NotLoaded, NotEditable, DatabaseUnavailable: nothing has changed.
        """
        if not transaction.actions:
            return Outcome()
        for layer in transaction.layers:
            await self._require_loaded(layer)

        def work() -> Outcome:
            relevel = {layer: partial(_relevelled, layer) for layer in transaction.layers}
            with editing_several(self._database, relevel, f"key {key.name}") as editors:
                next(iter(editors.values())).require_key(key.key)
                return carry_out(transaction, editors, self._rules)

        outcome = await run_sync(work, limiter=self._turns)
        await self._ledger.look()
        return outcome

    async def history(self, layer: Layer, fid: str) -> list[Edit]:
        """The edits of a feature, the newest first; none where only loads have made it."""
        return await run_sync(read_log, self._database, layer, fid)

    async def _edit(self, key: Key, layer: Layer, operation: Callable[[Editor], Done]) -> Done:
        await self._require_loaded(layer)

        def work() -> Done:
            with editing(self._database, layer, f"key {key.name}", partial(_relevelled, layer)) as editor:
                editor.require_key(key.key)
                return operation(editor)

        done = await run_sync(work, limiter=self._turns)
        # whoever asks after this answer sees the edit
        await self._ledger.look()
        return done

    async def _require_loaded(self, layer: Layer) -> None:
        revisions = await self._ledger.revisions()
        missing = sorted({layer.id, *layer.depends_on} - revisions.keys())
        if missing:
            raise NotLoaded(
                f"layer '{missing[0]}' is declared, but has no data yet; run: altaigis etl run {missing[0]}"
            )


def _relevelled(layer: Layer, site: Site) -> "pa.Table":
    from altaigis.etl.levels import relevel_edited

    return relevel_edited(layer, site)


def _require_same(fid: str, draft: Draft) -> None:
    if draft.fid not in (None, fid):
        raise EditRefused(f"id: is {draft.fid[:80]!r}, but the address names '{fid[:80]}'; an id cannot be changed")
