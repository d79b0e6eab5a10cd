"""Which layers there are that no file declares; to make one, see :mod:`altaigis.store.derived`."""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import Engine, Row, Select, func, select

from altaigis.domain.derivation import Derivation, Derived
from altaigis.domain.layer import Layer
from altaigis.store.pool import reading, transaction
from altaigis.store.schema import current, derived, revisions, runs

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

log = logging.getLogger("altaigis.store")


def read_derived(database: Engine) -> dict[str, Derived]:
    """All derived layers by id, as they are now; one that this version of the program cannot read is left out."""
    with transaction(database) as connection:
        return {found.layer.id: found for found in _readable(connection.execute(_current())).values()}


def derivation_of(database: Engine, layer_id: str) -> Derivation | None:
    """How a derived layer came to be, as it is now; None where there is none with this id."""
    with transaction(database) as connection:
        rows = connection.execute(_current().where(derived.c.layer == layer_id))
        return next((found.derivation for found in _readable(rows).values()), None)


async def watch_derived(database: "AsyncEngine", relations: Collection[str]) -> dict[str, Derived]:
    """For the server: what stands in those of these tables that are of derived layers, by the table."""
    async with reading(database) as connection:
        return _readable(await connection.execute(select(derived).where(derived.c.relation.in_(relations))))


async def last_retired(database: "AsyncEngine") -> datetime | None:
    """For the server: when a layer was taken away for the last time; None where none ever was."""
    async with reading(database) as connection:
        found = await connection.execute(select(func.max(runs.c.finished)).where(runs.c.outcome == "retired"))
        moment: datetime | None = found.scalar_one()
        return moment


def _current() -> Select[Any]:
    of_layer = revisions.c.layer == derived.c.layer
    shown = (current.c.layer == revisions.c.layer) & (current.c.number == revisions.c.number)
    return (
        select(derived)
        .join(revisions, of_layer & (revisions.c.relation == derived.c.relation))
        .join(current, shown)
        .order_by(derived.c.layer)
    )


def _readable(rows: Iterable[Row[Any]]) -> dict[str, Derived]:
    found = {}
    for row in rows:
        try:
            layer, derivation = Layer.model_validate(row.definition), Derivation.from_json(row.derivation)
        except (ValidationError, TypeError, KeyError, ValueError) as error:
            log.warning("derived layer %s was made by another version and is not shown: %s", row.layer, error)
        else:
            found[row.relation] = Derived(layer, derivation)
    return found
