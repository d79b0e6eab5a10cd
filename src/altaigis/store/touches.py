"""Touches: what the sources say of the features that people have edited, as of every revision of the layer."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select, update

from altaigis.domain.edit import Touched
from altaigis.domain.layer import Layer
from altaigis.store.schema import OPEN, touched


def read(connection: Connection, layer: Layer, number: int = OPEN - 1) -> dict[str, Touched]:
    """What is remembered by the id of the feature, in their order; now, or as of a revision."""
    shown = (touched.c.layer == layer.id) & (touched.c.since <= number) & (touched.c.until > number)
    rows = connection.execute(select(touched).where(shown).order_by(touched.c.fid))
    return {row.fid: Touched(row.fid, row.source, row.seen) for row in rows}


def read_of(connection: Connection, layer: Layer, fids: Collection[str]) -> dict[str, Touched]:
    """What is remembered now of these features; those that follow their source are not among them."""
    mine = (touched.c.layer == layer.id) & touched.c.fid.in_(fids) & (touched.c.until == OPEN)
    return {row.fid: Touched(row.fid, row.source, row.seen) for row in connection.execute(select(touched).where(mine))}


def remember(connection: Connection, layer: Layer, entries: Collection[Touched], number: int) -> None:
    """Remember these, each of another feature, from revision ``number`` on."""
    _close(connection, layer, [entry.fid for entry in entries], number)
    _open(connection, layer, entries, number)


def become(connection: Connection, layer: Layer, entries: Mapping[str, Touched], number: int) -> None:
    """Remember these from revision ``number`` on, and nothing else."""
    now = read(connection, layer)
    _close(connection, layer, [fid for fid, entry in now.items() if entries.get(fid) != entry], number)
    _open(connection, layer, [entry for fid, entry in entries.items() if now.get(fid) != entry], number)


def _close(connection: Connection, layer: Layer, fids: Collection[str], number: int) -> None:
    mine = (touched.c.layer == layer.id) & touched.c.fid.in_(fids) & (touched.c.until == OPEN)
    # of what comes and goes in one revision nobody has seen the first
    connection.execute(delete(touched).where(mine, touched.c.since == number))
    connection.execute(update(touched).where(mine).values(until=number))


def _open(connection: Connection, layer: Layer, entries: Collection[Touched], number: int) -> None:
    rows = [{"fid": entry.fid, "source": entry.source, "seen": entry.seen} for entry in entries]
    if rows:
        connection.execute(insert(touched).values(layer=layer.id, since=number, until=OPEN), rows)
