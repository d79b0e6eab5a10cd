"""Colours of classes, which readers with any colour vision tell apart: palettes of ColorBrewer by their lightness."""

from collections.abc import Sequence

from altaigis.domain.indicator import Direction

#: C. Brewer, colorbrewer2.org (Apache-2.0): YlGn, OrRd and PuBu from light to dark, and the two arms of PuOr.
_SEQUENTIAL: dict[Direction, tuple[str, ...]] = {
    "more_is_better": ("#f7fcb9", "#d9f0a3", "#addd8e", "#78c679", "#41ab5d", "#238443", "#006837", "#004529"),
    "less_is_better": ("#fee8c8", "#fdd49e", "#fdbb84", "#fc8d59", "#ef6548", "#d7301f", "#b30000", "#7f0000"),
    "neither": ("#ece7f2", "#d0d1e6", "#a6bddb", "#74a9cf", "#3690c0", "#0570b0", "#045a8d", "#023858"),
}
_MIDDLE = "#f7f7f7"
_BELOW = ("#fee0b6", "#fdb863", "#e08214", "#b35806", "#7f3b08")
_ABOVE = ("#d8daeb", "#b2abd2", "#8073ac", "#542788", "#2d004b")


def colours_of(breaks: Sequence[float], direction: Direction, low: float, high: float) -> tuple[str, ...]:
    """One colour a class, the darkest for the largest; where values lie on both sides of zero, the further from it the
    darker, below in orange and above in violet.

    Args:
        breaks: inner bounds of the classes, ascending.
        low: the smallest value.
        high: the largest.
    """
    if not low < 0 < high:
        return _spread(_SEQUENTIAL[direction], len(breaks) + 1)
    below, above = sum(bound <= 0 for bound in breaks), sum(bound >= 0 for bound in breaks)
    middle = len(breaks) + 1 - below - above
    return (*reversed(_spread(_BELOW, below)), *[_MIDDLE] * middle, *_spread(_ABOVE, above))


def _spread(palette: Sequence[str], count: int) -> tuple[str, ...]:
    """So many colours, evenly from one end of a palette to the other; of one the middle."""
    last = len(palette) - 1
    places = [last / 2] if count == 1 else [last * number / (count - 1) for number in range(count)]
    return tuple(_between(palette, place) for place in places)


def _between(palette: Sequence[str], place: float) -> str:
    first = min(int(place), len(palette) - 2)
    ends = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in palette[first : first + 2]]
    part = place - first
    return "#" + "".join(f"{round(one + (other - one) * part):02x}" for one, other in zip(*ends, strict=True))
