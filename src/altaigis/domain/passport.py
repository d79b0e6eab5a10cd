"""What the passport of a territory shows beside all indicators, as ``territories.yaml`` declares it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from altaigis.domain.declared import Declared, Identifier
from altaigis.domain.text import Text


class Chart(Declared):
    """Indicators ``of`` one unit of measure side by side: the parts of a whole, or so many (``top``) of the largest."""

    title: Text
    of: tuple[str, ...] = Field(min_length=2)
    top: int | None = Field(None, ge=2, le=20)


class Inside(Declared):
    """Features of a layer that lie in a unit: those whose field ``by`` is its id. Where that is empty, those whose
    field ``named`` has its name in a list parted by semicolons. ``kind`` and ``size`` are fields that are told with
    each; the largest stand first. ``title`` says what is counted where that is less than the layer's own title says."""

    by: Identifier
    title: Text | None = None
    named: Identifier | None = None
    kind: Identifier | None = None
    size: Identifier | None = None


class PassportRule(Declared):
    """``key`` are codes of the indicators that stand first, ``peers`` those by which units are alike. ``cover`` and
    ``height`` are rasters, ``inside`` layers of features, and ``beyond`` is a layer of what lies around the units."""

    key: tuple[str, ...] = ()
    charts: Mapping[Identifier, Chart] = Field(default_factory=dict)
    peers: tuple[str, ...] = ()
    cover: Identifier | None = None
    height: Identifier | None = None
    inside: Mapping[Identifier, Inside] = Field(default_factory=dict)
    beyond: Identifier | None = None

    @property
    def codes(self) -> frozenset[str]:
        """All indicators that are named."""
        return frozenset({*self.key, *self.peers, *(code for chart in self.charts.values() for code in chart.of)})

    @property
    def layers(self) -> frozenset[str]:
        """All layers that are named."""
        named = {self.cover, self.height, self.beyond, *self.inside}
        return frozenset(layer for layer in named if layer)


@dataclass(frozen=True)
class Place:
    """From 1 on among ``of`` units: ``shared`` of them have the same value, and all places from ``first`` on."""

    first: int
    shared: int
    of: int


@dataclass(frozen=True)
class Named:
    """A feature and its names; ``kind`` and ``size`` are values of it, ``region`` and ``country`` where it lies."""

    fid: str
    name_ru: str
    name_en: str
    kind: str | None = None
    size: float | None = None
    region: tuple[str | None, str | None] | None = None
    country: tuple[str | None, str | None] | None = None
