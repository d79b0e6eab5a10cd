"""The table of limits, read as norms."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, select

from altaigis.domain.norm import Limit, Norms
from altaigis.domain.revision import Revision
from altaigis.domain.text import Text
from altaigis.store.schema import LAYER_SCHEMA

#: The layer of the limits.
LIMITS = "limits"
#: What is not averaged.
_EACH = Text(ru="каждая проба", en="each sample")
_PLAIN = ("substance", "environment", "norm", "bound", "value", "unit", "hazard_class", "valid_from", "valid_until")
_FIELDS = (
    "limit_id", *_PLAIN, "averaging", "source",
    *(f"{name}_{language}" for name in ("name", "norm", "averaging", "note") for language in ("ru", "en")),
)  # fmt: skip


def read_norms(connection: Connection, revision: Revision) -> Norms:
    """The limits of a revision, in the order of their ids."""
    table = Table(revision.relation, MetaData(schema=LAYER_SCHEMA), *(Column[Any](name) for name in _FIELDS))
    rows = connection.execute(select(table).order_by(table.c.limit_id))
    return Norms(tuple(_limit(row) for row in rows.mappings()))


def _limit(row: Mapping[Any, Any]) -> Limit:
    def text(name: str) -> Text:
        return Text(ru=row[f"{name}_ru"], en=row[f"{name}_en"])

    return Limit(
        id=row["limit_id"],
        name=text("name"),
        norm_title=text("norm"),
        averaging=row["averaging"] or "",
        averaging_title=text("averaging") if row["averaging_ru"] else _EACH,
        note=text("note") if row["note_ru"] else None,
        source=row["source"],
        **{name: row[name] for name in _PLAIN},
    )
