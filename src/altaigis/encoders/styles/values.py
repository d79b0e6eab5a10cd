"""Values as text that programs read."""

from altaigis.domain.style import HillshadeStyle, PaletteStyle, RampStyle, RasterStyle

_MOST_WHOLE = 1e15


def plain(value: str | float) -> str:
    """A number without a decimal point that it does not need; ``true`` and ``false``; text as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_WHOLE:
        return str(int(value))
    return str(value)


def coloured(style: RasterStyle) -> RampStyle | PaletteStyle:
    """The style as one that gives each value a colour."""
    if isinstance(style, HillshadeStyle):
        raise TypeError("no value has a colour of its own in the light of a sun")
    return style
