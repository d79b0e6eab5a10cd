"""From a process and its inputs to a layer that everyone can read."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from altaigis import __version__
from altaigis.domain.derivation import Derivation
from altaigis.domain.layer import Kind, Layer, LayerField, Tiles
from altaigis.domain.source import Source
from altaigis.errors import AnalysisError
from altaigis.processes.data import Data, Rows
from altaigis.processes.inputs import Inputs
from altaigis.processes.process import Context, Drawing, FeaturePart, Process, RasterPart, Result

#: Above areas, below lines and points.
ORDER = 25
#: Above the rasters that are declared, below all else.
RASTER_ORDER = 8
#: Revisions of a result that stay readable: they are all alike.
KEPT = 1


def execute(process: Process, inputs: Inputs, data: Data, context: Context, key: str | None = None) -> Layer:
    """Run a process and publish its result as a layer, or as several of which this gives the main one: all or none.
    Results whose time is over go.

    The same run again – process, inputs, seed, revisions of what it was made from – gives the same rows and the same
    id.

    Args:
        key: name of the key that asks for it.

    Raises:
        ParameterError: an input does not fit what is there; names it.
        AnalysisError: the data cannot give a sound result.
        NotLoaded: a layer is declared, but has no data.
        Cancelled: the run was called off; nothing is published.
    """
    result = process.run(inputs, data, context)
    context.step("publishing")
    parameters = inputs.model_dump(mode="json")
    layer_id, source = _id(process, parameters, context.seed, data.revisions), data.source(process.id)
    if isinstance(result, Drawing):
        made = _drawn(layer_id, result, source)
    else:
        layer = _layer(layer_id, process, result, source)
        made = {"result": (layer, Rows(_rows(layer, result), result.units))}
    created = datetime.now(UTC)
    derivation = Derivation(
        maker=process.id,
        inputs=data.revisions,
        parameters=parameters,
        seed=context.seed,
        code=f"{__version__} {process.id} {process.version}",
        key=key,
        created=created,
        expires=data.expiry(created),
        summary=result.summary.json(),
        together={name: layer.id for name, (layer, _) in made.items()} if len(made) > 1 else {},
    )
    data.publish(list(made.values()), derivation)
    data.retire_expired(created)
    main, _ = next(iter(made.values()))
    return main


def _id(process: Process, parameters: Mapping[str, Any], seed: int, revisions: Mapping[str, int]) -> str:
    told = [process.id, process.version, parameters, seed, revisions]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode())
    return f"result_{digest.hexdigest()[:12]}"


def _layer(layer_id: str, process: Process, result: Result, source: Source) -> Layer:
    units = result.units.layer
    geometry = units.geometry_field or ""
    if taken := {units.id_field, geometry} & result.fields.keys():
        raise AnalysisError(
            f"layer '{units.id}' names its id or geometry as results of {process.id} do: {sorted(taken)}"
        )
    names = {name: units.fields[name] for name in result.units.names if name not in result.fields}
    plain = {"id_field": units.fields[units.id_field], "geometry": units.fields[geometry]}
    return Layer(
        id=layer_id,
        theme="analysis",
        title=result.title,
        description=result.summary.text,
        source=source,
        fields={
            units.id_field: _bare(plain["id_field"]),
            **{name: _bare(field) for name, field in names.items()},
            **result.fields,
            geometry: _bare(plain["geometry"]),
        },
        order=ORDER,
        keep=KEPT,
        tiles=Tiles(minzoom=units.tiles.minzoom, maxzoom=units.tiles.maxzoom),
        styles=result.styles,
    )


def _drawn(layer_id: str, drawing: Drawing, source: Source) -> dict[str, tuple[Layer, RasterPart | Rows]]:
    """The layers of a drawing by what they are; the main one has the id alone."""
    made: dict[str, tuple[Layer, RasterPart | Rows]] = {}
    for name, part in drawing.layers.items():
        kind: Kind = "raster" if isinstance(part, RasterPart) else "vector"
        layer = Layer(
            id=f"{layer_id}_{name}" if made else layer_id,
            kind=kind,
            theme="analysis",
            title=part.title,
            description=part.description,
            source=source,
            fields=part.fields if isinstance(part, FeaturePart) else {},
            order=ORDER if kind == "vector" else RASTER_ORDER,
            keep=KEPT,
            tiles=Tiles(minzoom=part.zooms[0], maxzoom=part.zooms[1]),
            styles=part.styles,
        )
        made[name] = layer, Rows(_table(layer, part.columns)) if isinstance(part, FeaturePart) else part
    return made


def _bare(field: LayerField) -> LayerField:
    """The field without what is checked or computed when a file is read."""
    return LayerField(
        type=field.type, role=field.role, title=field.title, description=field.description, values=field.values
    )


def _rows(layer: Layer, result: Result) -> pa.Table:
    """The columns of the layer but for the geometry."""
    units = result.units
    named = {name: units.frame[name] for name in layer.fields if name in units.names}
    return _table(layer, {layer.id_field: units.ids, **named, **result.columns})


def _table(layer: Layer, columns: Mapping[str, Any]) -> pa.Table:
    """Those of the columns that the layer has, in its order, missing values as nulls."""
    fields = {name: field for name, field in layer.fields.items() if name in columns}
    return pa.table({name: _ARROW.get(field.type, _shapes)(columns[name]) for name, field in fields.items()})


def _integers(column: Any) -> pa.Array:
    return pa.array(pd.array(np.asarray(column, dtype=np.float64), dtype="Int64"), pa.int64(), from_pandas=True)


def _texts(column: Any) -> pa.Array:
    return pa.array(np.asarray(column, dtype=object), pa.string(), from_pandas=True)


def _numbers(column: Any) -> pa.Array:
    return pa.array(np.asarray(column, dtype=np.float64), pa.float64(), from_pandas=True)


def _booleans(column: Any) -> pa.Array:
    return pa.array(np.asarray(column, dtype=object), pa.bool_(), from_pandas=True)


def _shapes(column: Any) -> pa.Array:
    return pa.array(list(column), pa.binary())


#: What results are made of, and ids and names of units.
_ARROW: Mapping[str, Callable[[Any], pa.Array]] = {
    "text": _texts,
    "integer": _integers,
    "number": _numbers,
    "boolean": _booleans,
}
