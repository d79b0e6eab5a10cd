"""The rules of a load, asked by those who edit."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Engine

from altaigis.domain.edit import Row
from altaigis.domain.finding import Severity
from altaigis.domain.layer import Layer

if TYPE_CHECKING:
    from altaigis.etl.upstream import Upstream


class Judgement(NamedTuple):
    """What is to be said of a feature, or of the layer as a whole where ``fid`` is None."""

    layer: Layer
    fid: str | None
    told: str
    severity: Severity


class Rules:
    """The rules of a load, for one edit at a time: the indexes of the geometries that they share are made on the way.

    The libraries of the ETL have their place in memory when the first edit comes, not in every server.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._one = Lock()
        self._remembered: Upstream | None = None

    def conformed(self, layer: Layer, row: Row) -> tuple[Row, tuple[str, ...]]:
        from altaigis.etl import edited

        with self._one:
            return edited.conformed(layer, row, self._upstream())

    def check_without(self, layer: Layer, fid: str) -> None:
        from altaigis.etl import edited

        with self._one:
            edited.check_without(layer, fid, self._upstream())

    def formed(self, layer: Layer, rows: Sequence[Row]) -> tuple[list[Row], Mapping[int, Sequence[str]]]:
        """Features as they are to be kept; and by the place of a feature what is wrong with it, if anything is."""
        from altaigis.etl import edited

        with self._one:
            made, findings = edited.formed(layer, rows, self._upstream())
            findings = findings or edited.alone(layer, made)
            wrong: dict[int, list[str]] = {}
            for finding in findings:
                wrong.setdefault(finding.row or 0, []).append(edited.told(finding))
            return ([] if wrong else edited.rows_of(layer, made)), wrong

    def judged(self, changes: Mapping[Layer, Mapping[str, Row | None]]) -> list[Judgement]:
        """What a load would say of layers with these features by their ids, None for those that go."""
        from altaigis.etl import edited

        with self._one:
            coming = {layer: {fid: row for fid, row in rows.items() if row} for layer, rows in changes.items()}
            loaded = self._upstream()
            made = {layer: edited.formed(layer, list(rows.values()), loaded)[0] for layer, rows in coming.items()}
            by_name = {layer.id: (list(rows), made[layer]) for layer, rows in changes.items()}
            upstream = edited.Edited(loaded.database, loaded, by_name)
            return [
                Judgement(
                    layer,
                    None if finding.row is None else list(coming[layer])[finding.row],
                    edited.told(finding),
                    finding.severity,
                )
                for layer, rows in changes.items()
                for finding in edited.judged(layer, made[layer], list(rows), upstream)
            ]

    def _upstream(self) -> "Upstream":
        from altaigis.etl.upstream import Remembered

        self._remembered = self._remembered or Remembered(self._database)
        return self._remembered
