"""How a layer is drawn: one declaration from which every door makes its own legend."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from altaigis.domain.declared import Declared
from altaigis.domain.text import Text

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


#: What a point is drawn as.
Shape = Literal["circle", "square", "triangle", "diamond", "star"]


class Symbol(Declared):
    """How one feature looks. Sizes in CSS pixels, opacity from 0 to 1."""

    fill: Colour | None = None
    stroke: Colour | None = None
    width: float = Field(1.0, ge=0)
    radius: float = Field(5.0, gt=0)
    opacity: float = Field(1.0, ge=0, le=1)
    dash: tuple[float, ...] = ()
    shape: Shape = "circle"


class SimpleStyle(Declared):
    """Every feature alike."""

    kind: Literal["simple"]
    title: Text | None = None
    symbol: Symbol


class ClassesStyle(Declared):
    """Classes of a numeric field. ``breaks`` are the inner class bounds, ascending;
    a value that equals a break belongs to the class above it."""

    kind: Literal["classes"]
    title: Text
    field: str
    method: Text
    breaks: tuple[float, ...]
    colours: tuple[Colour, ...]
    symbol: Symbol = Symbol()
    no_data: Colour = "#d9d9d9"

    @model_validator(mode="after")
    def _one_colour_a_class(self) -> "ClassesStyle":
        if list(self.breaks) != sorted(set(self.breaks)):
            raise ValueError("breaks must ascend without repetition")
        if len(self.colours) != len(self.breaks) + 1:
            raise ValueError(
                f"{len(self.breaks)} breaks make {len(self.breaks) + 1} classes, not {len(self.colours)} colours"
            )
        return self


class Category(Declared):
    """One value of a categorical field or raster."""

    value: str | int
    title: Text
    symbol: Symbol


class CategoriesStyle(Declared):
    """One symbol for each value of a field; ``other`` is drawn for values that are not listed."""

    kind: Literal["categories"]
    title: Text
    field: str
    categories: tuple[Category, ...] = Field(min_length=1)
    other: Symbol = Symbol(fill="#d9d9d9", stroke="#8c8c8c")

    @model_validator(mode="after")
    def _one_symbol_a_value(self) -> "CategoriesStyle":
        _require_distinct([str(category.value) for category in self.categories])
        return self


class Stop(Declared):
    value: float
    colour: Colour


class RampStyle(Declared):
    """A raster's values, or the slope of the surface that they are the heights of (degrees), coloured by linear
    interpolation between stops."""

    kind: Literal["ramp"]
    of: Literal["values", "slope"] = "values"
    title: Text
    unit: str
    stops: tuple[Stop, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _ascending(self) -> "RampStyle":
        values = [s.value for s in self.stops]
        if values != sorted(set(values)):
            raise ValueError("stops must ascend without repetition")
        return self


class PaletteEntry(Declared):
    value: int = Field(ge=0, le=255)
    colour: Colour
    title: Text


class PaletteStyle(Declared):
    """A raster of classes, one colour a class."""

    kind: Literal["palette"]
    title: Text
    #: one colour of a picture is left for what has none
    entries: tuple[PaletteEntry, ...] = Field(min_length=1, max_length=255)

    @model_validator(mode="after")
    def _one_colour_a_value(self) -> "PaletteStyle":
        _require_distinct([str(entry.value) for entry in self.entries])
        return self


def _require_distinct(values: list[str]) -> None:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise ValueError(f"the value {twice} stands there more than once")


class HillshadeStyle(Declared):
    """The surface that a raster's values are the heights of (metres), lit by a sun in one place: in greys, white where
    it shines straight on. ``azimuth`` (degrees clockwise from north) and ``altitude`` (degrees above the horizon) are
    the sun's; ``exaggeration`` multiplies the heights; opacity from 0 to 1."""

    kind: Literal["hillshade"]
    title: Text
    azimuth: float = Field(315.0, ge=0, le=360)
    altitude: float = Field(45.0, gt=0, le=90)
    exaggeration: float = Field(1.0, gt=0, le=1000)
    opacity: float = Field(1.0, gt=0, le=1)


RasterStyle = RampStyle | PaletteStyle | HillshadeStyle
Style = Annotated[SimpleStyle | ClassesStyle | CategoriesStyle | RasterStyle, Field(discriminator="kind")]
