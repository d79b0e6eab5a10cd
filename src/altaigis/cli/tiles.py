"""altaigis tiles."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from altaigis import errors
from altaigis.cli.console import say, say_json, telling_of_a_stop
from altaigis.cli.installation import catalog_with, database_url, ready_database
from altaigis.cli.progress import drawing
from altaigis.domain.extent import BBox
from altaigis.domain.progress import Progress
from altaigis.domain.text import LANGUAGES, Language
from altaigis.settings import Settings, read_settings

if TYPE_CHECKING:
    from altaigis.domain.layer import Layer
    from altaigis.domain.revision import Revision
    from altaigis.services.export import Archived, Exporter, Format, Selection, Target

tiles = typer.Typer(no_args_is_help=True, help="Tiles of layers in one file.")

Zoom = Annotated[int | None, typer.Option(min=0, max=22, help="One of the layers' zooms; all without it.")]
Connections = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", min=1, max=64, help="Tiles drawn at a time; two a processor without it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object an archive.")]


@tiles.command("export")
def tiles_export(
    layers: Annotated[list[str], typer.Argument(metavar="LAYER...", help="Vector layers, or one raster.")],
    pmtiles: Annotated[Path | None, typer.Option("--pmtiles", metavar="FILE", help="For web servers.")] = None,
    mbtiles: Annotated[Path | None, typer.Option("--mbtiles", metavar="FILE", help="For programs.")] = None,
    minzoom: Zoom = None,
    maxzoom: Zoom = None,
    bbox: Annotated[str | None, typer.Option(metavar="W,S,E,N", help="Only tiles that touch it, in degrees.")] = None,
    workers: Connections = None,
    lang: Annotated[str, typer.Option(help="Language of the titles in it: ru or en.")] = "ru",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the tiles of layers to one file. Stopped, it goes on when it is called again."""
    settings = read_settings()
    given: dict[Format, Path] = {}
    given |= {"pmtiles": pmtiles} if pmtiles else {}
    given |= {"mbtiles": mbtiles} if mbtiles else {}
    if len(given) != 1:
        raise errors.ParameterError("--pmtiles FILE or --mbtiles FILE", "one of them says what to write")
    ((form, path),) = given.items()
    box = BBox.parse(bbox, "--bbox") if bbox else None
    states = _states(settings, layers)
    from altaigis.services.export import Selection, Target

    selection = Selection.of(states, minzoom, maxzoom, box)
    target = Target(path, form, _language(lang), overwrite)
    _tell(_export(_exporting(settings, workers), selection, target, as_json=as_json), as_json=as_json)


@tiles.command("seed")
def tiles_seed(
    layers: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYER]...", help="Layers; all that can be seeded, if none is named.")
    ] = None,
    workers: Connections = None,
    as_json: AsJson = False,
) -> None:
    """Draw all tiles of layers beforehand: servers answer out of data/processed/tiles until the layer changes."""
    settings = read_settings()
    states = _states(settings, layers or ())
    edited = [layer.id for layer in states if layer.editable]
    if edited:
        raise errors.ParameterError("LAYER", f"{', '.join(edited)}: each edit is a new state, so it is not seeded")
    from altaigis.services.export import Selection, Target
    from altaigis.services.seeds import former_seeds, seed_path

    exporting = _exporting(settings, workers)
    for layer, revision in states.items():
        if revision.extent is None:
            continue
        target = Target(seed_path(settings.processed_dir, layer, revision), "pmtiles")
        target.make_folder()
        if target.path.exists():
            say_json({"layer": layer.id, "outcome": "unchanged"}) if as_json else say(f"  {layer.id}: unchanged")
        else:
            selection = Selection.of({layer: revision}, None, None, None)
            _tell(_export(exporting, selection, target, as_json=as_json), as_json=as_json)
        for former in former_seeds(target.path, layer):
            former.unlink(missing_ok=True)


def _states(settings: Settings, names: Sequence[str]) -> "dict[Layer, Revision]":
    """The layers of these names, or all that can be seeded, in the revisions that they show now."""
    if len(set(names)) < len(names):
        raise errors.ParameterError("LAYER", "each layer is named once")
    catalog = catalog_with(settings, *names)
    wanted = [catalog.layer(name, "vector", "raster") for name in names] or [
        layer for layer in catalog if layer.kind != "table" and not layer.editable
    ]
    from altaigis.store.revisions import current_revisions

    loaded = current_revisions(ready_database(settings))
    for layer in wanted:
        if names and layer.id not in loaded:
            raise errors.NotLoaded(f"layer '{layer.id}' has no data yet; run: altaigis etl run {layer.id}")
    return {layer: loaded[layer.id] for layer in wanted if layer.id in loaded}


def _exporting(settings: Settings, workers: int | None) -> "Callable[[Progress], Exporter]":
    from altaigis.services.export import Exporter

    count = workers or min(64, 2 * (os.cpu_count() or 1))
    return partial(Exporter, database_url(settings), settings.processed_dir, count)


def _export(
    exporting: "Callable[[Progress], Exporter]", selection: "Selection", target: "Target", *, as_json: bool
) -> "Archived":
    def left() -> str:
        if not target.partial.exists():
            return "nothing had been drawn yet"
        return f"what is drawn stays in {target.partial}, and the same command goes on from there"

    with telling_of_a_stop(left), drawing(target.path.name, bar=not as_json) as progress:
        return exporting(progress).export(selection, target)


def _tell(made: "Archived", *, as_json: bool) -> None:
    if as_json:
        say_json(made.as_json())
        return
    content = made.content
    z, x, y = content.largest
    parts = (
        f"{content.tiles} tiles",
        *([f"{content.different} different ones"] if content.different < content.tiles else []),
        f"{made.bytes} bytes",
        f"the largest {z}/{x}/{y} with {content.largest_bytes}",
        f"{made.seconds:.1f} s",
        *({"same": ["gone on where a former export had ended"], "other": ["a former export thrown away"]}).get(
            made.begun, []
        ),
    )
    say(f"written: {made.path}: {', '.join(parts)}")


def _language(name: str) -> Language:
    for language in LANGUAGES:
        if name == language:
            return language
    raise errors.ParameterError("--lang", f"'{name[:20]}' is neither {' nor '.join(LANGUAGES)}")
