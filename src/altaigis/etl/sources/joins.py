"""Further files joined to the rows of the first, and codes brought to their width."""

import pandas as pd

from altaigis.domain.layer import Layer
from altaigis.domain.source import Join
from altaigis.errors import SourceError


def joined(layer: Layer, left: pd.DataFrame, right: pd.DataFrame, join: Join) -> pd.DataFrame:
    """Columns of a second file beside those of the first, matched one to one.

    Raises:
        SourceError: a row finds no partner, or two; columns are missing or come twice.
    """
    for side, frame in ((layer.source.file, left), (join.file, right)):
        if join.on not in frame.columns:
            raise SourceError(f"layer {layer.id}: {side} has no column {join.on} to join {join.file} on")
    twice = sorted((set(left.columns) & set(right.columns)) - {join.on})
    if twice:
        raise SourceError(f"layer {layer.id}: {join.file} repeats columns that came before it: {', '.join(twice)}")
    left_keys, right_keys = left[join.on].astype("string"), right[join.on].astype("string")
    problems = [
        *(
            f"{file} has rows without {join.on}"
            for file, keys in ((layer.source.file, left_keys), (join.file, right_keys))
            if keys.isna().any()
        ),
        *(
            f"{key!r} stands twice in {layer.source.file}"
            for key in sorted(left_keys[left_keys.duplicated()].fillna(""))
        ),
        *(f"{key!r} stands twice in {join.file}" for key in sorted(right_keys[right_keys.duplicated()].fillna(""))),
        *(f"{_row_name(left, left_keys, key)} has no partner in {join.file}" for key in absent(left_keys, right_keys)),
        *(
            f"{_row_name(right, right_keys, key)} of {join.file} has no partner in {layer.source.file}"
            for key in absent(right_keys, left_keys)
        ),
    ]
    if problems:
        raise SourceError(f"layer {layer.id}: the join on {join.on} fails: {'; '.join(problems[:20])}")
    matched = right.set_index(right_keys).loc[left_keys].drop(columns=join.on)
    matched.index = left.index
    return pd.concat([left, matched], axis="columns")


def _row_name(frame: pd.DataFrame, keys: pd.Series, key: str) -> str:
    """A row by its key and, as a key alone says little to a person, the first of its texts that is called a name."""
    row = frame[(keys.fillna("(empty)") == key).to_numpy()].iloc[0]
    names = [row[column] for column in frame.columns if "name" in str(column) and isinstance(row[column], str)]
    return f"{key!r} ({names[0]})" if names else repr(key)


def absent(keys: pd.Series, others: pd.Series) -> list[str]:
    """Keys that the others lack, in order."""
    return sorted(keys[~keys.isin(others)].fillna("(empty)"))


def padded(values: pd.Series, width: int) -> tuple[pd.Series, int]:
    """Codes of digits alone brought to their width by leading zeros, which Excel eats; and how many were."""
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    text = values.astype("string").str.strip()
    short = (text.str.fullmatch(r"\d+") & (text.str.len() < width)).fillna(False)
    return text.where(~short, text.str.zfill(width)), int(short.sum())
