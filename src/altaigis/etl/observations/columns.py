"""Columns of a piece as numbers and texts."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from altaigis.etl.observations.verdict import Verdict

#: As typesetters and office programs write it.
_MINUS = "\N{MINUS SIGN}"


def encoded(column: pa.Array) -> tuple[np.ndarray, list[str | None]]:
    """Codes, and the text that each stands for; ``None`` where bytes are no text."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode("encode")
    codes = coded.indices
    meanings = list(texts(coded.dictionary))
    if codes.null_count:
        codes = codes.fill_null(len(meanings))
        meanings.append("")
    return codes.to_numpy(zero_copy_only=False), meanings


def _decoded(value: Any) -> str | None:
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            return None
    if value is None:
        return ""
    text = str(value).strip()
    # NUL, and what stands for bytes that were no UTF-8
    return None if "\x00" in text or "\ufffd" in text else text


def texts(column: pa.Array) -> Iterator[str | None]:
    """Each value as text; empty where there is none, ``None`` where bytes are no text."""
    return (_decoded(value) for value in column.to_pylist())


def nulls(column: pa.Array) -> np.ndarray:
    return pc.is_null(column).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def numbers(column: pa.Array, decimal_comma: bool, verdict: Verdict) -> np.ndarray:
    """Finite float64; what is none is refused."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        verdict.refuse_where(nulls(column), "no value")
        found = _floats(pc.cast(column, pa.float64(), safe=False).fill_null(0.0))
    else:
        found = _parsed(column, decimal_comma, verdict)
    verdict.refuse_where(~np.isfinite(found), "value is not finite")
    return found


def _parsed(column: pa.Array, decimal_comma: bool, verdict: Verdict) -> np.ndarray:
    try:
        spelled = pc.cast(column, pa.string())
        if decimal_comma:
            spelled = pc.replace_substring(spelled, ",", ".")
        if not spelled.null_count:
            return _floats(pc.cast(spelled, pa.float64()))
    except pa.ArrowInvalid:
        pass  # some value is no number: one by one
    found = np.zeros(len(column))
    for place, text in enumerate(texts(column)):
        number = _number(text.replace(",", ".") if text and decimal_comma else text)
        if number is None:
            verdict.refuse_one(place, "value is no number" if text else "no value")
        else:
            found[place] = number
    return found


def _floats(column: pa.Array) -> np.ndarray:
    """A copy that can be written to."""
    return column.to_numpy(zero_copy_only=False).copy()  # type: ignore[no-any-return]


def _number(text: str | None) -> float | None:
    plain = (text or "").replace(_MINUS, "-")
    # float() also takes 1_000 and digits of other scripts, which no instrument means
    if not plain or "_" in plain or not plain.isascii():
        return None
    try:
        return float(plain)
    except ValueError:
        return None
