"""The catalog: all layers of an installation."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter

from altaigis.domain.alert import NO_RULES, AlertRules
from altaigis.domain.derivation import Derivation, Derived
from altaigis.domain.indicator import Indicators
from altaigis.domain.layer import Kind, Layer
from altaigis.domain.parameter import NO_PARAMETERS, Parameters
from altaigis.domain.text import Language
from altaigis.errors import LayerNotFound

NO_INDICATORS = Indicators()
#: What layers are made of beside files, in the order in which it is there.
LEDGERS = (None, "indicators", "findings")


class Catalog:
    """Layers by id, in drawing order: those that files declare, and as far as they are known those that are derived
    from them, which come and go while a server runs. ``indicators``, ``parameters`` and rules of ``alerts`` are
    declared beside them."""

    def __init__(
        self,
        layers: Iterable[Layer],
        indicators: Indicators = NO_INDICATORS,
        parameters: Parameters = NO_PARAMETERS,
        alerts: AlertRules = NO_RULES,
    ) -> None:
        self.indicators = indicators
        self.parameters = parameters
        self.alerts = alerts
        self._declared = {layer.id: layer for layer in _in_drawing_order(layers)}
        self._derived: Mapping[str, Derived] = {}
        self._layers = self._declared
        self._edition = 0

    def bring(self, derived: Mapping[str, Derived]) -> None:
        """Have these derived layers, and no others; one with the id of a declared layer is not shown."""
        found = {name: one for name, one in derived.items() if name not in self._declared}
        if found == self._derived:
            return
        layers = _in_drawing_order([*self._declared.values(), *(one.layer for one in found.values())])
        # made before it is shown: others may be in the middle of what there was
        self._derived, self._layers = found, {layer.id: layer for layer in layers}
        self._edition += 1

    @property
    def declared(self) -> Mapping[str, Layer]:
        """The layers that files declare, by id."""
        return self._declared

    @property
    def derived(self) -> Mapping[str, Derived]:
        """The derived layers, by id."""
        return self._derived

    @property
    def edition(self) -> int:
        """A number that changes with the layers that there are: what has been made of all of them is old then."""
        return self._edition

    @property
    def derivations(self) -> Mapping[str, Derivation]:
        """How each derived layer came to be, by id."""
        return {name: one.derivation for name, one in self._derived.items()}

    def attribution(self, layers: Iterable[str], language: Language) -> str:
        """Whom the data of some layers are from, each once; layers that there are not are passed over."""
        known = [self._layers[name].source.attribution for name in layers if name in self._layers]
        parts = [part.strip() for text in known if text for part in text.in_(language).split(";")]
        return "; ".join(dict.fromkeys(parts))

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers.values())

    def __len__(self) -> int:
        return len(self._layers)

    def __contains__(self, layer_id: object) -> bool:
        return layer_id in self._layers

    def layer(self, layer_id: str, *kinds: Kind) -> Layer:
        """The layer with this id, of one of the kinds if any are named.

        Raises:
            LayerNotFound: there is none.
        """
        layer = self._layers.get(layer_id)
        if layer is None:
            there = sorted(layer.id for layer in self._declared.values() if not kinds or layer.kind in kinds)
            raise LayerNotFound(f"there is no layer '{layer_id[:60]}'; there are {', '.join(there)}")
        if kinds and layer.kind not in kinds:
            raise LayerNotFound(f"layer '{layer_id}' is a {layer.kind}, not a {' or '.join(kinds)}")
        return layer

    def in_load_order(self, only: Iterable[str] = ()) -> list[Layer]:
        """Declared layers so that each stands behind those that it is made from; with ``only``, those and what they
        need."""
        graph = {layer.id: sorted(layer.depends_on) for layer in self._declared.values()}
        ordered = list(TopologicalSorter(graph).static_order())
        # what is made of all that is loaded is loaded after it, and what the runs have found when they have run
        ordered.sort(key=lambda layer_id: LEDGERS.index(self._layers[layer_id].source.ledger))
        wanted = {self.layer(layer_id).id for layer_id in only} or set(ordered)
        for layer_id in reversed(ordered):
            if layer_id in wanted:
                wanted.update(graph[layer_id])
        return [self._layers[layer_id] for layer_id in ordered if layer_id in wanted]


def _in_drawing_order(layers: Iterable[Layer]) -> list[Layer]:
    return sorted(layers, key=lambda layer: (layer.order, layer.id))
