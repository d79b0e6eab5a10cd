"""A layer for each indicator: the units, with one column a year, and a style of each by the indicator's classes."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine

from altaigis import __version__
from altaigis.domain.catalog import Catalog
from altaigis.domain.derivation import Derivation
from altaigis.domain.indicator import LAYER_PREFIX, Indicator
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.revision import Revision
from altaigis.domain.source import Source
from altaigis.domain.text import Text
from altaigis.errors import AltaiError
from altaigis.etl.cube.legend import style_of
from altaigis.etl.cube.outstanding import MAKER, Outstanding, cube_layer
from altaigis.store.copying import ARROW_TYPES
from altaigis.store.derived import publish, read_shapes, retire
from altaigis.store.frames import read_columns

#: Behind all that files declare.
ORDER = 300
_FIELDS = ("indicator", "territory_id", "territory_kind", "period", "value", "flag")
_SYNTHETIC = Text(ru=" (синтетические данные)", en=" (synthetic data)")
_ESTIMATED = Text(
    ru=" Есть оценки: пометку каждого значения говорит слой показателей.",
    en=" Some values are estimated: the layer of indicators tells the flag of each.",
)


@dataclass(frozen=True)
class Made:
    """What became of the layer of an indicator: its revision, None where it was taken away, or why it was not made."""

    layer: str
    told: Revision | AltaiError | None


@dataclass(frozen=True)
class _Figures:
    """Values of an indicator by period and unit, NaN where missing; and how often each flag stands."""

    values: Mapping[int, Mapping[Any, float]]
    flags: Mapping[str, int]


@dataclass(frozen=True)
class _Units:
    """The layer of the units, and the fields by which people know them, as columns."""

    layer: Layer
    names: tuple[str, ...]
    columns: Mapping[str, Sequence[Any]]


def make_layers(
    database: Engine, catalog: Catalog, revisions: Mapping[str, Revision], work: Outstanding
) -> Iterator[Made]:
    """Make the layers that are outstanding. One that fails stops no other."""
    cube, about = cube_layer(catalog), catalog.indicators.territories
    if cube is None or about is None:
        return
    layer = catalog.layer(about.units)
    figures, units = _figures(database, revisions[cube.id]), _units(database, layer, revisions[layer.id])
    inputs = {name: revisions[name].number for name in (cube.id, layer.id)}
    for code, mark in work.make.items():
        one, found = catalog.indicators.by_code[code], figures[code]
        derivation = Derivation(
            maker=MAKER,
            inputs=inputs,
            parameters={"indicator": code, "mark": mark},
            seed=None,
            code=__version__,
            key=None,
            created=datetime.now(UTC),
            expires=None,
            summary={"flags": dict(found.flags)},
        )
        try:
            made = _layer(code, one, found, units, cube.source)
            told: Revision | AltaiError = publish(
                database, made, _rows(made, found, units), derivation, read_shapes(database, layer)
            )
        except AltaiError as error:
            told = error
        yield Made(f"{LAYER_PREFIX}{code}", told)
    for name in work.retire:
        retire(database, name)
        yield Made(name, None)


def _figures(database: Engine, revision: Revision) -> dict[str, _Figures]:
    columns = read_columns(database, revision, _FIELDS)
    places = [list(columns.types).index(name) for name in _FIELDS]
    values: dict[str, dict[int, dict[Any, float]]] = defaultdict(lambda: defaultdict(dict))
    flags: dict[str, Counter[str]] = defaultdict(Counter)
    for row in columns.rows:
        code, unit, kind, period, value, flag = (row[place] for place in places)
        if kind == "unit":
            values[code][period][unit] = math.nan if value is None else value
            flags[code][flag] += 1
    return {code: _Figures(dict(sorted(of_code.items())), flags[code]) for code, of_code in values.items()}


def _units(database: Engine, layer: Layer, revision: Revision) -> _Units:
    known_by = [
        name
        for name, field in layer.fields.items()
        if field.role in ("id", "title") or (field.type == "text" and field.required and field.unique)
    ]
    columns = read_columns(database, revision, known_by)
    found = {name: [row[place] for row in columns.rows] for place, name in enumerate(columns.types)}
    return _Units(layer, tuple(known_by), found)


def _layer(code: str, one: Indicator, figures: _Figures, units: _Units, source: Source) -> Layer:
    geometry = units.layer.geometry_field or ""
    known = {
        name: LayerField(type=field.type, role=field.role, title=field.title)
        for name, field in units.layer.fields.items()
        if name in units.names or name == geometry
    }
    years = {
        f"y{period}": LayerField(
            type="number", unit=one.unit, digits=one.digits, title=Text(ru=f"{period} год", en=str(period))
        )
        for period in figures.values
    }
    series = {period: tuple(of_period.values()) for period, of_period in figures.values.items()}
    styles = {f"y{period}": style_of(one, series, period) for period in figures.values}
    last = f"y{max(figures.values)}"
    made_up, guessed = (figures.flags.get(flag, 0) > 0 for flag in ("synthetic", "estimated"))
    return Layer(
        id=f"{LAYER_PREFIX}{code}",
        theme="statistics",
        title=_with(one.title, _SYNTHETIC if made_up else None),
        description=_with(one.definition, _ESTIMATED if guessed else None),
        source=Source(derived=MAKER, licence=source.licence, attribution=source.attribution),
        fields={**{name: known[name] for name in units.names}, **years, geometry: known[geometry]},
        order=ORDER,
        keep=2,
        tiles=units.layer.tiles.model_copy(update={"fields": {}}),
        styles={"default": styles[last], **styles},
    )


def _with(text: Text, more: Text | None) -> Text:
    return Text(ru=text.ru + more.ru, en=text.en + more.en) if more else text


def _rows(layer: Layer, figures: _Figures, units: _Units) -> pa.Table:
    """One row a unit, without its geometry."""
    ids = units.columns[units.layer.id_field]
    columns: dict[str, Sequence[Any]] = {name: units.columns[name] for name in units.names}
    for period, values in figures.values.items():
        found = (values.get(unit, math.nan) for unit in ids)
        columns[f"y{period}"] = [None if math.isnan(value) else value for value in found]
    return pa.table({name: pa.array(values, ARROW_TYPES[layer.fields[name].type]) for name, values in columns.items()})
