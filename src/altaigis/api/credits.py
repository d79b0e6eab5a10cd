"""Where the figures of a document are from: sources with numbers, each told once, in the order of the document."""

from typing import Any

from altaigis.domain.catalog import Catalog
from altaigis.domain.text import Language
from altaigis.domain.wording import licence_in


class Credits:
    """The words by which the indicators call their sources are values of a field of the layer ``published``, or ids of
    layers."""

    def __init__(self, catalog: Catalog, published: str, language: Language) -> None:
        self._catalog = catalog
        self._published = catalog.layer(published)
        self._titles = self._published.titles_of("source")
        self._language: Language = language
        self._told: dict[str, dict[str, Any]] = {}

    def of_words(self, words: str | None, period: int) -> list[int]:
        """The numbers of the sources of a value, which are parted by semicolons."""
        parts = [word for word in (words or "").split("; ") if word]
        # of what is made of several the year is that of the published one
        return [self._number(word, period if word in self._titles or len(parts) == 1 else None) for word in parts]

    def of_layer(self, layer: str, period: int | None = None) -> list[int]:
        """The number of the source of a layer."""
        return [self._number(layer, period)]

    def as_json(self) -> list[dict[str, Any]]:
        """All that were asked for so far."""
        return [told | {"periods": sorted(told["periods"])} for told in self._told.values()]

    def _number(self, word: str, period: int | None) -> int:
        if word not in self._told:
            self._told[word] = {"number": len(self._told) + 1, "source": word, "periods": set()} | self._words(word)
        # "MODIS, 2019" and "census of 2021" have theirs in their name
        if period is not None and str(period) not in self._told[word]["attribution"]:
            self._told[word]["periods"].add(period)
        return int(self._told[word]["number"])

    def _words(self, word: str) -> dict[str, str]:
        if word in self._titles:
            layer, attribution = self._published, self._titles[word].in_(self._language)
        else:
            layer = self._catalog.layer(word)
            told = layer.source.attribution.in_(self._language)
            attribution = f"{layer.title.in_(self._language)}: {told}"
        return {"attribution": attribution, "licence": licence_in(layer.source.licence, self._language)}
