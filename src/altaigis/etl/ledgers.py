"""Marks of what layers are made from that is no file: findings, and the indicator cube."""

from collections.abc import Collection, Mapping

from sqlalchemy import Engine

from altaigis.domain.indicator import Indicators
from altaigis.domain.revision import Revision
from altaigis.etl.cube.mark import cube_mark
from altaigis.store.revisions import findings_mark


def ledger_marks(
    database: Engine,
    revisions: Mapping[str, Revision],
    indicators: Indicators,
    layers: Collection[str] | None = None,
) -> dict[str, str]:
    """By the kind of ledger, a text that changes when what is in it does; ``layers`` are those whose findings count."""
    return {"findings": findings_mark(database, layers), "indicators": cube_mark(indicators, revisions)}
