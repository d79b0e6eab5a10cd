"""Colours: values of a raster -> a picture in PNG or WebP."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rio_tiler.colormap import cmap
from rio_tiler.utils import render

from altaigis.domain.style import PaletteEntry, Stop

Values = NDArray[np.floating[Any]]
Colours = NDArray[np.uint8]

#: Names of colour maps that anybody may ask for; with ``_r`` behind them they run the other way.
COLORMAPS = tuple(sorted(cmap.list()))
#: Colours of a ramp: all that a picture has beside that of nothing.
STEPS = 255
#: WebP at this quality is off by a few hundredths of a shade, and a fifth of the size of one without loss.
WEBP_QUALITY = 90


@dataclass(frozen=True)
class Drawing:
    """A picture of few colours.

    ``index``, array (h, w), tells the colour of a pixel by its row in ``palette``, array (n, 4) of red, green, blue and
    opacity; row 0 is that of nothing. ``is_exact`` where each colour has a meaning of its own.
    """

    index: NDArray[np.uint8]
    palette: Colours
    is_exact: bool = False

    def encode(self, form: str) -> bytes:
        """The file, in ``png`` or ``webp``; empty bytes where nothing is drawn."""
        if not self.index.any():
            return b""
        return self._png() if form == "png" else self._webp()

    def _png(self) -> bytes:
        """With a palette: half the time of one with four channels."""
        used = np.flatnonzero(np.bincount(self.index.ravel()))
        order = np.zeros(256, np.uint8)
        order[used] = np.arange(len(used))
        height, width = self.index.shape
        profile = {"driver": "PNG", "dtype": "uint8", "count": 1, "height": height, "width": width}
        with warnings.catch_warnings(), MemoryFile() as memory:
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with memory.open(**profile) as file:
                file.write(order[self.index], 1)
                file.write_colormap(1, dict(enumerate(map(tuple, self.palette[used].tolist()))))
            return bytes(memory.read())

    def _webp(self) -> bytes:
        channels = np.moveaxis(self.palette[self.index], -1, 0)
        how = {"lossless": True} if self.is_exact else {"quality": WEBP_QUALITY}
        opacity = None if (channels[3] == 255).all() else channels[3]
        return bytes(render(channels[:3], opacity, img_format="WEBP", **how))


def ramp(values: Values, stops: Sequence[Stop], within: tuple[float, float] | None, named: str | None) -> Drawing:
    """Values coloured by linear interpolation between stops; NaN is drawn as nothing.

    Args:
        within: values that the first and the last stop are moved to, the others with them.
        named: the colour map that gives the colours instead of the stops.
    """
    knots = np.array([stop.value for stop in stops])
    if within:
        shares = (knots - knots[0]) / (knots[-1] - knots[0])
        knots = within[0] + shares * (within[1] - within[0])
    if named:
        knots, colours = knots[[0, -1]], np.array([cmap.get(named)[step][:3] for step in range(256)])
    else:
        colours = np.array([_rgb(stop.colour) for stop in stops])
    # as many steps between two stops as between two others: near ones are as smooth as those far apart
    places = np.interp(values, knots, np.linspace(1, STEPS, len(knots)))
    steps = np.linspace(0, len(colours) - 1, STEPS)
    channels = [np.interp(steps, np.arange(len(colours)), colours[:, channel]) for channel in range(3)]
    return _gradual(places, np.column_stack(channels), 1.0)


def greys(light: Values, opacity: float) -> Drawing:
    """Light from 0 to 1 as black to white; NaN is drawn as nothing."""
    return _gradual(1 + light * (STEPS - 1), np.linspace((0, 0, 0), (255, 255, 255), STEPS), opacity)


def classes(values: np.ma.MaskedArray[Any, Any], entries: Sequence[PaletteEntry]) -> Drawing:
    """Each class in its colour; what is masked, or has none, is drawn as nothing."""
    ordered = sorted(entries, key=lambda entry: entry.value)
    known = np.array([entry.value for entry in ordered])
    place = np.minimum(np.searchsorted(known, values.data), len(known) - 1)
    found = (known[place] == values.data) & ~np.ma.getmaskarray(values)
    index = np.where(found, place + 1, 0).astype(np.uint8)
    return Drawing(index, _palette(np.array([_rgb(entry.colour) for entry in ordered]), 1.0), is_exact=True)


def _gradual(places: Values, colours: NDArray[Any], opacity: float) -> Drawing:
    index = np.nan_to_num(np.rint(places), nan=0).astype(np.uint8)
    return Drawing(index, _palette(colours, opacity))


def _palette(colours: NDArray[Any], opacity: float) -> Colours:
    """The colours behind that of nothing."""
    opaque = np.full((len(colours), 1), 255 * opacity)
    return np.vstack([np.zeros((1, 4)), np.hstack([colours, opaque])]).round().astype(np.uint8)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
