"""The ledger: which revision of a layer is the current one, and what each run of the ETL did."""

from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.extent import BBox
from altaigis.domain.revision import Revision
from altaigis.domain.run import Run
from altaigis.store.pool import reading, transaction
from altaigis.store.schema import current, findings, revisions, runs


def current_revisions(database: Engine) -> dict[str, Revision]:
    """The current revision of every layer that has been loaded, by layer id."""
    with transaction(database) as connection:
        return {row.layer: _revision(row) for row in connection.execute(_current())}


async def watch_revisions(database: AsyncEngine) -> dict[str, Revision]:
    """The same for the server."""
    async with reading(database) as connection:
        return {row.layer: _revision(row) for row in await connection.execute(_current())}


def next_number(connection: Connection, layer_id: str) -> int:
    """The number of the layer's next revision. Other loads of the layer wait until this transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"altaigis load {layer_id}"))))
    newest = select(func.coalesce(func.max(revisions.c.number), 0)).where(revisions.c.layer == layer_id)
    return int(connection.execute(newest).scalar_one()) + 1


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
        "report": run.report,
    }
    connection.execute(insert(revisions).values(values))
    pointer = upsert(current).values(layer=revision.layer, number=revision.number)
    connection.execute(pointer.on_conflict_do_update(index_elements=["layer"], set_={"number": revision.number}))
    record(connection, run, revision.number)


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
        }
        for finding in run.findings
    ]
    if rows:
        connection.execute(insert(findings), rows)


def _current() -> Select[Any]:
    on = (revisions.c.layer == current.c.layer) & (revisions.c.number == current.c.number)
    return select(revisions).join(current, on)


def _revision(row: Row[Any]) -> Revision:
    extent = BBox(*row.extent) if row.extent else None
    return Revision(row.layer, row.number, row.relation, row.fingerprint, row.created, row.features, extent)
