"""A picture: what a raster tile is asked for as."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from altaigis.domain.layer import Layer
from altaigis.domain.style import RampStyle
from altaigis.errors import ParameterError, StyleNotFound

#: Formats by the ending of the address, the usual one first.
FORMATS = ("png", "webp")
#: Pixels of a tile's side at scale 1.
SIDE = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the layer's styles in one of the formats. At ``scale`` 2 a tile has twice the pixels on a side.

    A ramp can be drawn in another way than it is declared: between the values ``rescale`` instead of its own first
    and last stop, or in the colours of the map named ``colormap``.
    """

    style: str = "default"
    format: str = FORMATS[0]
    scale: int = 1
    rescale: tuple[float, float] | None = None
    colormap: str | None = None

    @property
    def is_declared(self) -> bool:
        """Whether the layer file names it: of those there are few."""
        return self.rescale is None and self.colormap is None

    @classmethod
    def parse(cls, layer: Layer, form: str, scale: int, asked: Mapping[str, str]) -> "Picture":
        """The picture that the parameters ``style``, ``rescale`` and ``colormap`` ask for.

        Raises:
            ParameterError: the layer has no such style, ``rescale`` is no range, or the style is no ramp that could be
                drawn in another way.
        """
        name = asked.get("style", "default")
        try:
            style = layer.style(name)
        except StyleNotFound as error:
            raise ParameterError("style", str(error)) from None
        for parameter in ("rescale", "colormap"):
            if parameter in asked and not isinstance(style, RampStyle):
                problem = f"is for ramps; style '{name}' of layer '{layer.id}' is a {style.kind}"
                raise ParameterError(parameter, problem)
        rescale = _range("rescale", asked["rescale"]) if "rescale" in asked else None
        return cls(name, form, scale, rescale, asked.get("colormap"))


def _range(parameter: str, text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(parameter, f"'{text[:60]}' is not two numbers: MIN,MAX") from None
    if not math.isfinite(high - low):
        raise ParameterError(parameter, f"'{text[:60]}' is not two finite numbers: MIN,MAX")
    if low >= high:
        raise ParameterError(parameter, f"{low:g} is not below {high:g}")
    return low, high
