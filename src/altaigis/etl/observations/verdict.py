"""Which rows of a piece are refused, and why."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np

from altaigis.domain.observation import Refusal
from altaigis.etl.observations.pieces import Piece

LONGEST_TEXT = 200


class Verdict:
    """The first reason against each row."""

    def __init__(self, rows: int) -> None:
        self._reason = np.zeros(rows, np.int32)
        self._reasons: list[str] = [""]
        self._places: dict[str, int] = {}

    def refuse(self, codes: np.ndarray, wrong: list[str | None]) -> None:
        """Refuse rows by the reason, if any, against their distinct value."""
        if any(wrong):
            places = np.array([self._place(reason) if reason else 0 for reason in wrong], np.int32)[codes]
            self._reason = np.where(self._reason == 0, places, self._reason)

    def refuse_where(self, mask: np.ndarray, reason: str) -> None:
        if mask.any():
            self._reason[mask & (self._reason == 0)] = self._place(reason)

    def refuse_one(self, row: int, reason: str) -> None:
        if not self._reason[row]:
            self._reason[row] = self._place(reason)

    def good(self) -> np.ndarray:
        good: np.ndarray = self._reason == 0
        return good

    def refusals(self, piece: Piece) -> Iterator[Refusal]:
        rows = np.flatnonzero(self._reason)
        if not len(rows):
            return
        told = zip(rows, piece.table.take(rows).to_pylist(), strict=True)
        for row, values in told:
            shown = {name: _shown(value) for name, value in values.items() if value not in (None, b"", "")}
            yield Refusal(int(piece.numbers[row]), self._reasons[self._reason[row]], shown)

    def _place(self, reason: str) -> int:
        place = self._places.get(reason)
        if place is None:
            place = self._places[reason] = len(self._reasons)
            self._reasons.append(reason)
        return place


def _shown(value: Any) -> Any:
    """A value of a refused row as JSON can hold it."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value) and abs(value) < 1e300:
        return value
    text = value.isoformat() if isinstance(value, datetime | date) else str(value)
    return text.replace("\x00", "\ufffd")[:LONGEST_TEXT]
