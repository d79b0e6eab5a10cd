"""A layer's features as columns, for those who make something else of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Table, cast, func, inspect, select
from sqlalchemy.types import LargeBinary

from altaigis.domain.revision import Revision
from altaigis.errors import RevisionNotFound
from altaigis.store.pool import transaction
from altaigis.store.revisions import columns_of
from altaigis.store.schema import LAYER_SCHEMA, SINCE, TILE_ID, UNTIL


@dataclass(frozen=True)
class Columns:
    """Features by column, in the order of their ids: ``types`` are PostgreSQL's by name; geometries are WKB in
    EPSG:4326."""

    key: str
    types: dict[str, str]
    rows: Sequence[Sequence[Any]]

    @property
    def geometry(self) -> str | None:
        return next((name for name, kind in self.types.items() if kind.startswith("geometry")), None)


def read_columns(
    database: Engine,
    revision: Revision,
    fields: Collection[str] | None = None,
    only: Mapping[str, Any] | None = None,
) -> Columns:
    """The features of a revision with the fields that its table has, whatever the layer file says by now.

    Args:
        fields: those that are read beside the id; all, if nothing is said.
        only: the features that have these values, by name of the field.

    Raises:
        RevisionNotFound: its data are no longer kept.
    """
    with transaction(database) as connection:
        there = columns_of(connection, revision)
        if not there:
            raise RevisionNotFound(
                f"the data of revision {revision.number} of layer '{revision.layer}' are no longer kept"
            )
        key = _key(connection, revision)
        asked = there.keys() - {TILE_ID, SINCE, UNTIL} if fields is None else {key, *fields}
        types = {name: kind for name, kind in there.items() if name in asked}
        table = Table(revision.relation, MetaData(schema=LAYER_SCHEMA), *(Column[Any](name) for name in there))
        plain = (
            cast(func.ST_AsBinary(table.c[name]), LargeBinary) if kind.startswith("geometry") else table.c[name]
            for name, kind in types.items()
        )
        rows = select(*plain).order_by(table.c[key])
        rows = rows.where(*(table.c[name] == value for name, value in (only or {}).items()))
        if SINCE in there:
            rows = rows.where(table.c[SINCE] <= revision.number, table.c[UNTIL] > revision.number)
        return Columns(key, types, connection.execute(rows).all())


def _key(connection: Connection, revision: Revision) -> str:
    names = inspect(connection).get_pk_constraint(revision.relation, LAYER_SCHEMA)["constrained_columns"]
    return next(name for name in names if name != UNTIL)
