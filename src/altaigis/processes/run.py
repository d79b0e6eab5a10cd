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
from altaigis.domain.layer import Layer, LayerField, Tiles
from altaigis.domain.source import Source
from altaigis.errors import AnalysisError
from altaigis.processes.data import Data
from altaigis.processes.inputs import Inputs
from altaigis.processes.process import Context, Process, Result

#: Above areas, below lines and points.
ORDER = 25
#: Revisions of a result that stay readable: they are all alike.
KEPT = 1


def execute(process: Process, inputs: Inputs, data: Data, context: Context, key: str | None = None) -> Layer:
    """Run a process and publish its result as a layer; results whose time is over go.

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
    result: Result = process.run(inputs, data, context)
    context.step("publishing")
    parameters = inputs.model_dump(mode="json")
    layer = _layer(_id(process, parameters, context.seed, data.revisions), process, result, data.source(process.id))
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
    )
    data.publish(layer, _rows(layer, result), derivation, result.units)
    data.retire_expired(created)
    return layer


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


def _bare(field: LayerField) -> LayerField:
    """The field without what is checked or computed when a file is read."""
    return LayerField(
        type=field.type, role=field.role, title=field.title, description=field.description, values=field.values
    )


def _rows(layer: Layer, result: Result) -> pa.Table:
    """The columns of the layer but for the geometry, missing ones as nulls."""
    units, columns = result.units, {}
    for name, field in layer.fields.items():
        if name == layer.id_field:
            column: Any = units.ids
        elif field.is_geometry:
            continue
        else:
            column = result.columns[name] if name in result.columns else units.frame[name]
        columns[name] = _ARROW[field.type](column)
    return pa.table(columns)


def _integers(column: Any) -> pa.Array:
    return pa.array(pd.array(np.asarray(column, dtype=np.float64), dtype="Int64"), pa.int64(), from_pandas=True)


def _texts(column: Any) -> pa.Array:
    return pa.array(np.asarray(column, dtype=object), pa.string(), from_pandas=True)


def _numbers(column: Any) -> pa.Array:
    return pa.array(np.asarray(column, dtype=np.float64), pa.float64(), from_pandas=True)


#: What results are made of, and ids and names of units.
_ARROW: Mapping[str, Callable[[Any], pa.Array]] = {"text": _texts, "integer": _integers, "number": _numbers}
