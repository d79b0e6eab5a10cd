"""layers/*.yaml -> Catalog. Reports every mistake of every file with file, line and key, and then stops."""

from collections.abc import Iterator
from graphlib import CycleError
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from altaigis.documents import File, items_of, line_of, mapping, mistakes_of, read_document
from altaigis.domain.catalog import Catalog
from altaigis.domain.checks import Need
from altaigis.domain.layer import NUMERIC_TYPES, Layer
from altaigis.errors import LayerFileError, Mistake
from altaigis.indicatorfiles import read_indicators
from altaigis.parameterfiles import read_parameters

_LayerFile = File[Layer]


def read_catalog(folder: Path) -> Catalog:
    """Read every layer file of a folder.

    Raises:
        LayerFileError: with all mistakes of all files.
    """
    catalog, mistakes = read_sound(folder)
    if mistakes:
        raise LayerFileError(mistakes)
    return catalog


def read_sound(folder: Path) -> tuple[Catalog, list[Mistake]]:
    """The layers whose files are without mistakes, as are those of all layers that they are made from; and what is
    wrong with the others.

    Raises:
        LayerFileError: there is no layer file.
    """
    paths = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not paths:
        problem = "holds no layer file (*.yaml); run it in the folder of the project, or name that by ALTAIGIS_PROJECT"
        raise LayerFileError([Mistake(str(folder), None, "", problem)])
    files: list[_LayerFile] = []
    mistakes: list[Mistake] = []
    for path in paths:
        file, found = _read_file(path)
        mistakes += found
        files += [file] if file else []
    mistakes += _mistakes_between(files, declared={path.stem for path in paths})
    wrong = {Path(mistake.file).stem for mistake in mistakes}
    layers = _complete([file.content for file in files if file.content.id not in wrong])
    indicators, found = read_indicators(folder, Catalog(layers), sound=not mistakes)
    parameters, unfit = read_parameters(folder)
    return Catalog(layers, indicators, parameters), [*mistakes, *found, *unfit]


def _complete(layers: list[Layer]) -> list[Layer]:
    """Those of the layers that have among them all that they are made from."""
    there: dict[str, Layer] = {}
    while ready := [layer for layer in layers if layer.id not in there and layer.depends_on <= there.keys()]:
        there |= {layer.id: layer for layer in ready}
    return list(there.values())


def _read_file(path: Path) -> tuple[_LayerFile | None, list[Mistake]]:
    name = f"{path.parent.name}/{path.name}"
    document, mistake = read_document(path, name, "id, title, source, fields …")
    if mistake:
        return None, [mistake]
    try:
        layer = Layer.model_validate(document)
    except ValidationError as error:
        found = [m for detail in error.errors() for m in mistakes_of(name, document, detail)]
        # what the model did not come to look at, because a value before it is wrong
        later = [*_other_name(name, document, path.stem), *_dangling(name, document)]
        told = {mistake.key for mistake in found}
        return None, found + [mistake for mistake in later if mistake.key not in told]
    if layer.source.derived:
        problem = "is for layers that the server makes itself, and that no file declares"
        return None, [Mistake(name, line_of(document, ("source", "derived")), "source.derived", problem)]
    misnamed = _other_name(name, document, path.stem)
    return (None, misnamed) if misnamed else (_LayerFile(name, document, layer), [])


def _other_name(name: str, document: Any, stem: str) -> list[Mistake]:
    if not isinstance(document.get("id"), str) or document["id"] == stem:
        return []
    return [Mistake(name, line_of(document, ("id",)), "id", f"is {document['id']}, but the file is named {stem}")]


def _dangling(name: str, document: Any) -> Iterator[Mistake]:
    """Names of fields, in a document that is no layer yet, that none of its fields has."""
    fields = mapping(document.get("fields"))
    named = [
        (f"styles.{key}.field", mapping(style).get("field")) for key, style in mapping(document.get("styles")).items()
    ]
    checks = mapping(document.get("checks"))
    for number, check in enumerate(items_of(checks.get("sums"))):
        named += [(f"checks.sums.{number}.{key}", mapping(check).get(key)) for key in ("field", "per")]
    for number, group in enumerate(items_of(checks.get("unique"))):
        named += [(f"checks.unique.{number}.{place}", name) for place, name in enumerate(items_of(group))]
    for number, check in enumerate(items_of(checks.get("relations"))):
        named += [(f"checks.relations.{number}.agree.{own}", own) for own in mapping(mapping(check).get("agree"))]
    for key, field in fields.items():
        operands = mapping(mapping(field).get("compute")).get("ratio")
        named += [(f"fields.{key}.compute.ratio", operand) for operand in items_of(operands)]
    for key, field in named:
        if isinstance(field, str) and field not in fields:
            yield Mistake(name, line_of(document, key.split(".")), key, f"there is no field {field}")


def _mistakes_between(files: list[_LayerFile], *, declared: set[str]) -> Iterator[Mistake]:
    by_id = {file.content.id: file for file in files}
    for file in files:
        first = by_id[file.content.id]
        if first is not file:
            yield file.mistake("id", f"{file.content.id} is also in {first.name}")
    for file in by_id.values():
        for key, need in sorted(file.content.needs.items()):
            # a file with mistakes of its own is no reason to call its layer unknown
            if need.layer in by_id:
                lacks = _lacks(file.content, need, by_id[need.layer].content)
                if lacks:
                    yield file.mistake(key, f"is layer {need.layer}, {lacks}")
            elif need.layer not in declared:
                yield file.mistake(key, f"is layer {need.layer}, which no file declares")
    if all(file.content.depends_on <= by_id.keys() for file in by_id.values()):
        try:
            Catalog(file.content for file in by_id.values()).in_load_order()
        except CycleError as error:
            cycle = error.args[1]
            first = by_id[cycle[0]]
            key = next(key for key, need in first.content.needs.items() if need.layer in cycle)
            yield first.mistake(key, f"layers are made from each other: {' <- '.join(cycle)}")


def _lacks(layer: Layer, need: Need, there: Layer) -> str | None:
    """What a layer has not, and another needs of it."""
    has = there.geometry_type
    if need.geometry and has is None:
        return "which has no geometry"
    if need.geometry == "polygons" and has not in ("Polygon", "MultiPolygon"):
        return "which has no polygons"
    if not need.of_values:
        return None
    if there.kind == "raster":
        return "which is a raster and has no fields"
    field = there.fields.get(need.field or there.id_field)
    if field is None:
        return f"which has no field {need.field}"
    if need.same_as is None:
        return None if field.type in NUMERIC_TYPES else f"whose {need.field} is not numeric"
    own = layer.fields[need.same_as].type
    return None if field.type == own else f"whose {need.field or there.id_field} is {field.type}, not {own}"
