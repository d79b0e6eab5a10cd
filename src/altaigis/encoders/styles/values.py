"""Values as text that programs read."""

_MOST_WHOLE = 1e15


def plain(value: str | float) -> str:
    """A number without a decimal point that it does not need; ``true`` and ``false``; text as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_WHOLE:
        return str(int(value))
    return str(value)
