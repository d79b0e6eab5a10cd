"""Which layers there are that no file declares; to make one, see :mod:`altaigis.store.derived`."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import Engine, Row, select

from altaigis.domain.derivation import Derivation, Derived
from altaigis.domain.layer import Layer
from altaigis.store.pool import reading, transaction
from altaigis.store.schema import derived

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

log = logging.getLogger("altaigis.store")


def read_derived(database: Engine) -> dict[str, Derived]:
    """All derived layers by id; one that this version of the program cannot read any more is left out."""
    with transaction(database) as connection:
        return _by_id(connection.execute(select(derived)))


async def watch_derived(database: "AsyncEngine") -> dict[str, Derived]:
    """The same for the server."""
    async with reading(database) as connection:
        return _by_id(await connection.execute(select(derived)))


def _by_id(rows: Iterable[Row[Any]]) -> dict[str, Derived]:
    found = {}
    for row in rows:
        try:
            layer, derivation = Layer.model_validate(row.definition), Derivation.from_json(row.derivation)
        except (ValidationError, TypeError, KeyError) as error:
            log.warning("derived layer %s was made by another version and is not shown: %s", row.layer, error)
        else:
            found[row.layer] = Derived(layer, derivation)
    return found
