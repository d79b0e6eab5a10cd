"""A process: an analysis that can be described, asked for and run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError
from rasterio import Affine

from altaigis.analytics.values import Numbers
from altaigis.domain.layer import LayerField
from altaigis.domain.progress import Progress, silent
from altaigis.domain.style import Style
from altaigis.domain.text import Text
from altaigis.errors import Cancelled, ParameterError
from altaigis.processes.inputs import Inputs
from altaigis.processes.summary import Summary

if TYPE_CHECKING:
    from altaigis.processes.data import Data, Units


def _nobody() -> bool:
    return False


#: So many further mistakes of inputs are told each by itself.
MOST_MISTAKES = 9


@dataclass(frozen=True)
class Context:
    """What a run is told from outside.

    Attributes:
        seed: of all chance in the run: the same one gives the same result. It is recorded with it.
        progress: told how far the work is.
        cancelled: whether the one who asked has called it off.
    """

    seed: int = 0
    progress: Progress = silent
    cancelled: Callable[[], bool] = _nobody

    @property
    def rng(self) -> np.random.Generator:
        """A new source of chance that begins at the seed."""
        return np.random.default_rng(self.seed)

    def step(self, stage: str, done: int = 0, total: int | None = None) -> None:
        """Say what comes next, and stop here if that is no longer wanted.

        Raises:
            Cancelled: it was called off.
        """
        self.raise_if_cancelled()
        self.progress(stage, done, total)

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled: the run was called off."""
        if self.cancelled():
            raise Cancelled("the run was cancelled; nothing of it is kept")


@dataclass(frozen=True, eq=False)
class Result:
    """What an analysis says of each unit, and of all together.

    Attributes:
        title: of the layer that it becomes.
        units: what it is told of: their ids, names and shapes are those of the layer.
        fields: what is said of a unit, by name.
        columns: an array (n,) for each field, in the order of the units; None or NaN where nothing can be said.
        styles: legends; ``default`` is the one that a reader should see first.
        summary: figures of the whole, flags, and what it all means.
    """

    title: Text
    units: "Units"
    fields: Mapping[str, LayerField]
    columns: Mapping[str, Any]
    styles: Mapping[str, Style]
    summary: Summary


@dataclass(frozen=True, eq=False)
class RasterPart:
    """A layer of an analysis that is a raster.

    Attributes:
        title: of the layer.
        description: what a reader must know of it.
        values: array (rows, columns), NaN where nothing is told.
        transform: from columns and rows, counted from the upper left corner, to the CRS.
        crs: in words that PROJ reads.
        styles: legends; ``default`` is a ramp of the values.
        zooms: of its tiles, the first and the last.
    """

    title: Text
    description: Text
    values: Numbers
    transform: Affine
    crs: str
    styles: Mapping[str, Style]
    zooms: tuple[int, int]


@dataclass(frozen=True, eq=False)
class FeaturePart:
    """A layer of an analysis with shapes of its own.

    Attributes:
        title: of the layer.
        description: what a reader must know of it.
        fields: by name, the id and the geometry among them.
        columns: an array for each field, the geometry as WKB in EPSG:4326.
        styles: legends; ``default`` is the one that a reader should see first.
        zooms: of its tiles, the first and the last.
    """

    title: Text
    description: Text
    fields: Mapping[str, LayerField]
    columns: Mapping[str, Any]
    styles: Mapping[str, Style]
    zooms: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Drawing:
    """What an analysis draws: several layers, none of which is of the features that it was made of.

    Attributes:
        layers: by what each is; the first is the main one.
        summary: figures of the whole, flags, and what it all means.
    """

    layers: Mapping[str, RasterPart | FeaturePart]
    summary: Summary


@dataclass(frozen=True)
class Method:
    """How an analysis finds what it tells.

    Attributes:
        formula: the heart of it.
        citations: who tells of it.
    """

    formula: str
    citations: tuple[str, ...]


@dataclass(frozen=True)
class Process:
    """An analysis as it is offered.

    Attributes:
        id: in addresses and commands: lower case with hyphens.
        method: its formula, and who tells of it.
        version: changes when the same inputs would give another result.
        inputs: what may be asked; titles and descriptions of its fields are in both languages.
        run: the analysis itself.
        example: inputs to begin with, on the layers and indicators that come with AltaiGIS.
        heavy: takes long enough to be run as a job, if nothing else is asked for.
        outputs: title and description of each layer that it gives beside the main one, by name.
    """

    id: str
    title: Text
    description: Text
    method: Method
    version: str
    inputs: type[Inputs]
    run: Callable[[Any, "Data", Context], Result | Drawing] = field(repr=False)
    example: Mapping[str, Any] = field(default_factory=dict)
    heavy: bool = False
    outputs: Mapping[str, tuple[Text, Text]] = field(default_factory=dict)

    def parsed(self, values: object) -> Inputs:
        """Inputs as a client has sent them.

        Raises:
            ParameterError: they do not fit; says of each what is wrong, and names the path of the first.
        """
        try:
            return self.inputs.model_validate(values)
        except ValidationError as error:
            mistakes = [
                (_path(mistake["loc"]), mistake["msg"])
                for mistake in error.errors(include_url=False, include_input=False, include_context=False)
            ]
            (path, first), *others = mistakes
            told = [first, *(f"{where}: {what}" for where, what in others[:MOST_MISTAKES])]
            if len(others) > MOST_MISTAKES:
                told.append(f"and {len(others) - MOST_MISTAKES} more mistakes")
            raise ParameterError(path, "; ".join(told)) from None

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the inputs; ``x-titles`` and ``x-descriptions`` have the words in both languages."""
        return self.inputs.model_json_schema()


def _path(where: tuple[int | str, ...]) -> str:
    # the name of a member of a union has spaces, and is no key of what was sent
    return ".".join(str(part) for part in ("inputs", *where) if " " not in str(part))
