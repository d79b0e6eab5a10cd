"""layers/indicators/*.yaml -> Indicators: ``territories.yaml`` tells what the cube is about, each other file a theme.

As with layer files, every mistake of every file is told.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from altaigis.documents import File, named_twice, read_file
from altaigis.domain.catalog import Catalog
from altaigis.domain.indicator import LAYER_PREFIX, Indicators, Territories, Theme
from altaigis.domain.layer import Layer
from altaigis.domain.passport import PassportRule
from altaigis.domain.style import RampStyle
from altaigis.errors import Mistake

FOLDER, TERRITORIES = "indicators", "territories"
#: Fields, with their types, of a table of published values, and of one of changes to the units.
PUBLISHED = {
    "territory_id": "text", "indicator": "text", "period": "integer", "value": "number", "unit": "text",
    "flag": "text", "source": "text",
}  # fmt: skip
CHANGES = {
    "date": "date", "known_by": "date", "predecessor": "text", "successor": "text", "share": "number",
    "share_back": "number", "oktmo_before": "text", "oktmo_after": "text",
}  # fmt: skip

_File = File[Territories | Theme]


def read_indicators(layers: Path, catalog: Catalog, *, sound: bool = True) -> tuple[Indicators, list[Mistake]]:
    """The indicators in a folder of layer files, and all that is wrong with them; where anything is, there are none.

    Args:
        catalog: the layers that they may be made from.
        sound: no layer file has mistakes; otherwise a layer that is missing is no mistake of those who name it.
    """
    folder = layers / FOLDER
    files: dict[str, _File] = {}
    mistakes: list[Mistake] = []
    paths = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    for path in paths:
        model: type[Territories | Theme] = Territories if path.stem == TERRITORIES else Theme
        file, found = read_file(path, f"{FOLDER}/{path.name}", model)
        mistakes += found
        files |= {path.stem: file} if file else {}
    if paths and not any(path.stem == TERRITORIES for path in paths):
        problem = "is missing: it names the units, the table of published values, and the groups"
        mistakes.append(Mistake(f"{FOLDER}/{TERRITORIES}.yaml", None, "", problem))
    themes = {stem: file.content for stem, file in files.items() if isinstance(file.content, Theme)}
    about = files.get(TERRITORIES)
    made = Indicators(about.content if about and isinstance(about.content, Territories) else None, themes)
    mistakes += named_twice("indicators", [(files[stem], theme.indicators) for stem, theme in themes.items()])
    if not mistakes:
        mistakes += _between(made, files)
    unfit = list(_with_layers(made, files, catalog)) if about and not mistakes else []
    return (Indicators(), mistakes + unfit * sound) if mistakes or unfit else (made, [])


def _between(made: Indicators, files: Mapping[str, _File]) -> Iterator[Mistake]:
    for code, key, problem in made.problems():
        yield files[made.theme_of(code)].mistake(f"indicators.{code}.{key}", problem)


def _with_layers(made: Indicators, files: Mapping[str, _File], catalog: Catalog) -> Iterator[Mistake]:
    about, of_territories = made.territories, files[TERRITORIES]
    assert about is not None, "the file has been read"
    tables = {"published": (about.published, PUBLISHED), "changes": (about.changes, CHANGES)}
    for key, (name, fields) in tables.items():
        if name is not None:
            yield from (of_territories.mistake(key, problem) for problem in _unfit_table(catalog, name, fields))
    if about.units not in catalog:
        yield of_territories.mistake("units", f"is layer {about.units}, which no sound file declares")
        return
    units = catalog.layer(about.units)
    if not units.is_of_polygons:
        yield of_territories.mistake("units", f"is layer {about.units}, which has no polygons")
    for name, group in about.groups.items():
        unknown = sorted(group.where.keys() - units.fields.keys())
        yield from (
            of_territories.mistake(f"groups.{name}.where.{field}", f"layer {units.id} has no field {field}")
            for field in unknown
        )
    for name, base in about.per.items():
        if base.by not in made.by_code:
            yield of_territories.mistake(f"per.{name}.by", f"there is no indicator {base.by}")
    for unfit in _unfit_passport(made, about.passport, catalog):
        yield of_territories.mistake("passport", unfit)
    for code, one in made.by_code.items():
        file, key = files[made.theme_of(code)], f"indicators.{code}"
        if f"{LAYER_PREFIX}{code}" in catalog:
            yield file.mistake(key, f"makes layer {LAYER_PREFIX}{code}, which a file declares, too")
        if one.raster:
            problem = _unfit_raster(made, code, catalog)
            yield from [file.mistake(f"{key}.raster.layer", problem)] if problem else []


def _unfit_passport(made: Indicators, rule: PassportRule, catalog: Catalog) -> Iterator[str]:
    yield from (f"names indicator {code}, which there is not" for code in sorted(rule.codes - made.by_code.keys()))
    yield from (
        f"names layer {name}, which no sound file declares" for name in sorted(rule.layers) if name not in catalog
    )
    for name, inside in rule.inside.items():
        asked = {field for field in (inside.by, inside.named, inside.kind, inside.size) if field}
        lacking = sorted(asked - catalog.layer(name).fields.keys()) if name in catalog else []
        yield from (f"names field {field}, which layer {name} has not" for field in lacking)


def _unfit_table(catalog: Catalog, name: str, fields: Mapping[str, str]) -> Iterator[str]:
    if name not in catalog:
        yield f"is layer {name}, which no sound file declares"
        return
    there = catalog.layer(name).fields
    for field, kind in fields.items():
        if field not in there:
            yield f"is layer {name}, which has no field {field}"
        elif there[field].type != kind:
            yield f"is layer {name}, whose {field} is {there[field].type}, not {kind}"


def _unfit_raster(made: Indicators, code: str, catalog: Catalog) -> str | None:
    one = made.by_code[code]
    assert one.raster is not None, "only rasters are asked"
    if one.raster.layer not in catalog or catalog.layer(one.raster.layer).kind != "raster":
        return f"is {one.raster.layer}, which no sound file declares as a raster"
    given = raster_unit(catalog.layer(one.raster.layer))
    if one.raster.share:
        return None
    if given is None:
        return f"is {one.raster.layer}, whose values are classes and have no mean; give share: [class, …]"
    try:
        made.quantities.factor(given, one.unit)
    except ValueError as error:
        return str(error)
    return None


def raster_unit(layer: Layer) -> str | None:
    """The unit of a raster's values; None where they are classes."""
    style = layer.styles["default"]
    return style.unit if isinstance(style, RampStyle) else None
