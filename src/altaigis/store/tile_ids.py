"""Ids of features in vector tiles: whole numbers given at first sight, which a feature keeps over all revisions.

A layer's table holds those of its features, ``feature_ids`` those of features that it has no longer; of an editable
layer, which many write to, all of them. Only a load needs Arrow, which weighs 30 MB: a server does without.
"""

from typing import TYPE_CHECKING

import numpy as np
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import Connection, FromClause, Text, cast, exists, func, inspect, literal, select
from sqlalchemy.dialects.postgresql import insert

from altaigis.domain.layer import Layer
from altaigis.store.driver import driver, run
from altaigis.store.schema import LAYER_SCHEMA, TILE_ID, feature_ids

if TYPE_CHECKING:
    import pyarrow as pa

_NOTED = "SELECT fid, tile_id FROM altaigis.feature_ids WHERE layer = {layer}"
_SHOWN = "SELECT {key}::text, tile_id FROM {former}"
_KEEP = (
    "INSERT INTO altaigis.feature_ids (layer, fid, tile_id) SELECT {layer}, {key}::text, tile_id FROM {former} former"
)
_GONE = " WHERE NOT EXISTS (SELECT FROM {now} now WHERE now.{now_key}::text = former.{key}::text)"
_KNOWN_STAY = " ON CONFLICT DO NOTHING"


def ids_of(connection: Connection, layer: Layer, former: str | None, fids: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """The id of each feature: the one that it had before, or the next one.

    Args:
        former: the table of the layer's current revision, if there is one.
        fids: as text, none twice.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    known = _known(connection, layer, former)
    places = pc.index_in(fids, value_set=known["fid"])
    new = places.is_null().to_numpy(zero_copy_only=False)
    ids = known[TILE_ID].take(places).fill_null(0).to_numpy().copy()
    ids[new] = (pc.max(known[TILE_ID]).as_py() or 0) + np.arange(1, np.count_nonzero(new) + 1)
    return pa.chunked_array([ids])


def keep(connection: Connection, layer: Layer, former: str, now: str | None = None) -> None:
    """Note the ids of the features in the table ``former``; those that the table ``now`` has too need it not."""
    names = _names(connection, layer, former)
    if names is None:
        return
    if now:
        names |= {"now": Identifier(LAYER_SCHEMA, now), "now_key": Identifier(layer.id_field)}
    run(driver(connection), _KEEP + (_GONE if now else "") + _KNOWN_STAY, **names)


def note(connection: Connection, layer: Layer, rows: FromClause) -> None:
    """Give an id to each feature of an editable layer that comes for the first time, and note it."""
    fid = cast(rows.c[layer.id_field], Text)
    known = exists().where(feature_ids.c.layer == layer.id, feature_ids.c.fid == fid)
    last = select(func.coalesce(func.max(feature_ids.c.tile_id), 0)).where(feature_ids.c.layer == layer.id)
    number = last.scalar_subquery() + func.row_number().over(order_by=fid)
    new = select(literal(layer.id), fid, number).where(~known)
    connection.execute(insert(feature_ids).from_select(["layer", "fid", TILE_ID], new))


def _known(connection: Connection, layer: Layer, former: str | None) -> "pa.Table":
    import pyarrow as pa

    queries = [SQL(_NOTED).format(layer=Literal(layer.id))]
    if names := former and _names(connection, layer, former):
        queries.append(SQL(_SHOWN).format(**names))
    cursor = driver(connection).cursor(binary=True)
    rows = [row for query in queries for row in cursor.execute(query).fetchall()]
    fids, ids = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"fid": pa.array(fids, pa.string()), TILE_ID: pa.array(ids, pa.int64())})


def _names(connection: Connection, layer: Layer, relation: str) -> dict[str, Identifier | Literal] | None:
    """What the statements speak of; None where the table is no longer there. Its key may have had another name."""
    if not inspect(connection).has_table(relation, LAYER_SCHEMA):
        return None
    key = inspect(connection).get_pk_constraint(relation, LAYER_SCHEMA)["constrained_columns"][0]
    return {"layer": Literal(layer.id), "former": Identifier(LAYER_SCHEMA, relation), "key": Identifier(key)}
