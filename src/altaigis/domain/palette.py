"""Colours of classes, which readers with any colour vision tell apart: palettes of ColorBrewer by their lightness."""

from collections.abc import Mapping, Sequence

from altaigis.domain.indicator import Direction

#: C. Brewer, colorbrewer2.org (Apache-2.0): from light to dark.
SEQUENTIAL: Mapping[str, tuple[str, ...]] = {
    "YlGn": ("#f7fcb9", "#d9f0a3", "#addd8e", "#78c679", "#41ab5d", "#238443", "#006837", "#004529"),
    "OrRd": ("#fee8c8", "#fdd49e", "#fdbb84", "#fc8d59", "#ef6548", "#d7301f", "#b30000", "#7f0000"),
    "PuBu": ("#ece7f2", "#d0d1e6", "#a6bddb", "#74a9cf", "#3690c0", "#0570b0", "#045a8d", "#023858"),
    "YlGnBu": ("#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58"),
    "Greys": ("#f0f0f0", "#d9d9d9", "#bdbdbd", "#969696", "#737373", "#525252", "#252525", "#000000"),
}
#: Where nobody asks for another one.
_USUAL: Mapping[Direction, str] = {"more_is_better": "YlGn", "less_is_better": "OrRd", "neither": "PuBu"}
#: The two arms of PuOr, from the middle outwards; without their ends, which are as dark as a dark map.
_MIDDLE = "#f7f7f7"
_BELOW = ("#fee0b6", "#fdb863", "#e08214", "#b35806")
_ABOVE = ("#d8daeb", "#b2abd2", "#8073ac", "#542788")


def sequential(count: int, direction: Direction, palette: str | None = None) -> tuple[str, ...]:
    """So many colours, the darkest for the largest values; ``palette`` is a name of :data:`SEQUENTIAL`."""
    return _spread(SEQUENTIAL[palette or _USUAL[direction]], count)


def diverging(breaks: Sequence[float], centre: float) -> tuple[str, ...]:
    """One colour a class: the further from the centre the darker, below in orange and above in violet.

    Args:
        breaks: inner bounds of the classes, ascending.
        centre: in the unit of the breaks.
    """
    below, above = sum(bound <= centre for bound in breaks), sum(bound >= centre for bound in breaks)
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
