"""What a document of a style is made from, and what a format of such documents is."""

from collections.abc import Callable
from dataclasses import dataclass

from altaigis.domain.layer import Layer
from altaigis.domain.style import Style
from altaigis.domain.text import Language


@dataclass(frozen=True)
class Addresses:
    """Where the data of the layer are: the server's root, the TileJSON, and tiles with {z}, {x} and {y}."""

    server: str
    tilejson: str
    tiles: str


@dataclass(frozen=True)
class Portrayal:
    """A layer in one of its styles, told in one language."""

    layer: Layer
    name: str
    language: Language
    addresses: Addresses

    @property
    def style(self) -> Style:
        return self.layer.styles[self.name]

    @property
    def title(self) -> str:
        """What the style is called: the layer, and what it shows of it."""
        own, title = self.style.title, self.layer.title
        return ": ".join(text.in_(self.language) for text in dict.fromkeys((title, own or title)))


@dataclass(frozen=True)
class StyleFormat:
    """A format of documents of styles; ``is_file`` tells whether people keep it as a file and open it elsewhere,
    ``of_values`` whether who opens it draws a raster's own values by it, and not the tiles."""

    title: str
    media_type: str
    extension: str
    encode: Callable[[Portrayal], bytes]
    is_file: bool = True
    of_values: bool = False
