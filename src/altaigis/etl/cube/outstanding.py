"""Which layers of indicators are to be made or taken away: a look at digests, without any library of the ETL."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from altaigis.domain.catalog import Catalog
from altaigis.domain.indicator import LAYER_PREFIX
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.store.derivations import read_derived
from altaigis.store.indicators import digests

MAKER = "indicators"
#: Part of every mark: to be raised when layers are made in another way of the same values.
VERSION = 1


@dataclass(frozen=True)
class Outstanding:
    """Codes of the indicators whose layers are to be made, each with the mark of what it is made of; and ids of the
    layers that are no more."""

    make: Mapping[str, str]
    retire: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.make or self.retire)


def cube_layer(catalog: Catalog) -> Layer | None:
    """The layer that is the cube, if any is."""
    return next((layer for layer in catalog.declared.values() if layer.source.ledger == "indicators"), None)


def outstanding(database: Engine, catalog: Catalog, revisions: Mapping[str, Revision]) -> Outstanding:
    """What is to be done so that each indicator with values has a layer of them; nothing while the cube or the units
    are not loaded, or files of indicators have mistakes."""
    cube, about = cube_layer(catalog), catalog.indicators.territories
    if cube is None or about is None or cube.id not in revisions or about.units not in revisions:
        return Outstanding({}, ())
    there = {
        name: one.derivation.parameters.get("mark")
        for name, one in read_derived(database).items()
        if one.derivation.maker == MAKER
    }
    shapes = revisions[about.units].state
    marks = {
        code: _mark(catalog, cube, code, digest, shapes)
        for code, digest in digests(database, revisions[cube.id]).items()
        if code in catalog.indicators.by_code
    }
    ordered = [code for code in catalog.indicators.by_code if code in marks]
    return Outstanding(
        {code: marks[code] for code in ordered if there.get(f"{LAYER_PREFIX}{code}") != marks[code]},
        tuple(sorted(there.keys() - {f"{LAYER_PREFIX}{code}" for code in marks})),
    )


def _mark(catalog: Catalog, cube: Layer, code: str, digest: str, shapes: str) -> str:
    units = catalog.layer(catalog.indicators.territories.units) if catalog.indicators.territories else cube
    definitions = [
        catalog.indicators.by_code[code].model_dump(mode="json"),
        cube.source.model_dump(mode="json", include={"licence", "attribution"}),
        units.tiles.model_dump(mode="json"),
    ]
    told = json.dumps([VERSION, definitions, digest, shapes], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
