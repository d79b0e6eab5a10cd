"""layers/*.yaml -> Catalog. Reports every mistake of every file with file, line and key, and then stops."""

from collections.abc import Iterable, Iterator
from graphlib import CycleError
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from altaigis.domain.catalog import Catalog
from altaigis.domain.layer import Layer
from altaigis.errors import LayerFileError, Mistake

#: A layer file is some hundred lines; a larger one is something else by mistake.
MAX_BYTES = 1_000_000


def read_catalog(folder: Path) -> Catalog:
    """Read every layer file of a folder.

    Raises:
        LayerFileError: with all mistakes of all files.
    """
    paths = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not paths:
        raise LayerFileError([Mistake(str(folder), None, "", "holds no layer file (*.yaml)")])
    layers: dict[Path, Layer] = {}
    mistakes: list[Mistake] = []
    for path in paths:
        layer, found = _read_layer(path)
        mistakes += found
        if layer:
            layers[path] = layer
    mistakes += _mistakes_between(layers, complete=len(layers) == len(paths))
    if mistakes:
        raise LayerFileError(mistakes)
    return Catalog(layers.values())


def _read_layer(path: Path) -> tuple[Layer | None, list[Mistake]]:
    name = f"{path.parent.name}/{path.name}"
    try:
        if path.stat().st_size > MAX_BYTES:
            return None, [Mistake(name, None, "", f"is larger than {MAX_BYTES} bytes")]
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = (error.problem or "is not YAML").splitlines()[0]
        return None, [Mistake(name, line, "", f"is not valid YAML: {problem}")]
    except (YAMLError, OSError, UnicodeDecodeError, RecursionError) as error:
        return None, [Mistake(name, None, "", f"cannot be read: {str(error).splitlines()[0]}")]
    if not isinstance(document, dict):
        return None, [Mistake(name, None, "", "must hold keys and values (id, title, source, fields …)")]
    try:
        layer = Layer.model_validate(document)
    except ValidationError as error:
        return None, [m for detail in error.errors() for m in _mistakes(name, document, detail)]
    if layer.id != path.stem:
        return None, [
            Mistake(name, _line(document, ("id",)), "id", f"is {layer.id}, but the file is named {path.stem}")
        ]
    return layer, []


def _mistakes(name: str, document: Any, detail: ErrorDetails) -> Iterator[Mistake]:
    context = detail.get("ctx", {})
    if "problems" in context:  # the layer's own consistency rules come as one error with many problems
        for key, problem in context["problems"]:
            yield Mistake(name, _line(document, key.split(".")), key, problem)
        return
    path = _path_in(document, detail["loc"], missing=detail["type"] == "missing")
    problem = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "missing":
        problem = "is required"
    elif detail["type"] == "extra_forbidden":
        problem = "is not a key that is known here"
    elif not isinstance(detail["input"], dict | list):
        problem = f"{problem[0].lower()}{problem[1:]}, got {detail['input']!r}"
    yield Mistake(name, _line(document, path), ".".join(path), problem)


def _path_in(document: Any, location: Iterable[int | str], *, missing: bool) -> list[str]:
    """The error's location as keys of the document: pydantic adds names of union members, which no file has."""
    path: list[str] = []
    node: Any = document
    parts = list(location)
    for number, part in enumerate(parts):
        inside = part in node if isinstance(node, dict) else isinstance(node, list) and part in range(len(node))
        if inside:
            node = node[part]
        if inside or (missing and number == len(parts) - 1):
            path.append(str(part))
    return path


def _line(document: Any, path: Iterable[str]) -> int | None:
    """Line of the deepest key of the path that the document has."""
    node, line = document, None
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
            node = node[part]
        elif isinstance(node, CommentedSeq) and part.isdigit() and int(part) < len(node):
            line = node.lc.item(int(part))[0] + 1
            node = node[int(part)]
        else:
            break
    return line


def _mistakes_between(layers: dict[Path, Layer], *, complete: bool) -> Iterator[Mistake]:
    names = {layer.id: f"{path.parent.name}/{path.name}" for path, layer in layers.items()}
    by_id = {layer.id: layer for layer in layers.values()}
    if len(by_id) < len(layers):
        for path, layer in layers.items():
            if by_id[layer.id] is not layer:
                yield Mistake(f"{path.parent.name}/{path.name}", None, "id", f"{layer.id} is also in {names[layer.id]}")
    for layer in by_id.values():
        for needed in sorted(layer.depends_on):
            # a file with mistakes of its own is no reason to call its layer unknown
            if needed not in by_id and complete:
                yield Mistake(names[layer.id], None, "source", f"is made from layer {needed}, which no file declares")
            elif needed in by_id and by_id[needed].geometry_type not in ("Polygon", "MultiPolygon"):
                yield Mistake(names[layer.id], None, "source", f"is made from layer {needed}, which has no polygons")
    if all(layer.depends_on <= by_id.keys() for layer in by_id.values()):
        try:
            Catalog(by_id.values()).in_load_order()
        except CycleError as error:
            cycle = error.args[1]
            yield Mistake(names[cycle[0]], None, "source", f"layers are made from each other: {' <- '.join(cycle)}")
