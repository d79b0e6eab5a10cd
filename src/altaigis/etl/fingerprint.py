"""Fingerprints: has anything changed that a layer is made from? Needs no library of the ETL, so a start is quick."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from altaigis.domain.layer import Layer, UnionOf
from altaigis.domain.revision import Revision
from altaigis.errors import SourceError

#: Part of every fingerprint: to be raised when the pipeline makes something else of the same source.
VERSION = 3


#: What a shapefile is made of beside the file that is named, in both cases.
_SIDECARS = (".dbf", ".shx", ".prj", ".cpg", ".cst")


def source_files(layer: Layer, raw: Path) -> list[Path]:
    """Every raw file that a layer is made from.

    Raises:
        SourceError: one is missing.
    """
    geometry = layer.source.geometry
    names = [layer.source.file, *(join.file for join in layer.source.join)]
    if isinstance(geometry, UnionOf) and geometry.members:
        names.append(geometry.members)
    paths = [raw / name for name in names]
    for path in paths:
        if not path.is_file():
            raise SourceError(f"layer {layer.id}: the raw file {path} is missing")
    return paths + [sidecar for path in paths for sidecar in _sidecars(path)]


def _sidecars(path: Path) -> list[Path]:
    if path.suffix.lower() != ".shp":
        return []
    candidates = [path.with_suffix(case) for suffix in _SIDECARS for case in (suffix, suffix.upper())]
    return [candidate for candidate in candidates if candidate.is_file()]


def fingerprint(layer: Layer, raw: Path, made_from: Mapping[str, str]) -> str:
    """Checksum of the layer file's content, the raw files, and the fingerprints of the layers it is made from.

    Raises:
        SourceError: a raw file is missing or closed.
    """
    digest = hashlib.sha256()
    parts = {"id", "kind", "source", "fields", "coverage", "checks", "styles"}
    definition = layer.model_dump(mode="json", by_alias=True, include=parts)
    upstream = {name: made_from[name] for name in sorted(layer.depends_on)}
    digest.update(json.dumps([VERSION, definition, upstream], sort_keys=True).encode())
    for path in source_files(layer, raw):
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise SourceError(f"layer {layer.id}: the raw file {path} cannot be read: {error.strerror}") from error
    return digest.hexdigest()


def product(layer: Layer, processed: Path, mark: str) -> Path:
    """The file in data/processed that the pipeline makes of a layer with this fingerprint."""
    # A raster is read from this very file while a newer one is made, so its name changes with its content.
    return processed / (f"{layer.id}.{mark[:12]}.tif" if layer.kind == "raster" else f"{layer.id}.parquet")


def is_current(layer: Layer, processed: Path, mark: str, revision: Revision | None) -> bool:
    """Whether the layer's revision is what the pipeline would make again."""
    return revision is not None and revision.fingerprint == mark and product(layer, processed, mark).is_file()


def pending(layers: Sequence[Layer], raw: Path, processed: Path, revisions: Mapping[str, Revision]) -> list[Layer]:
    """Those of the layers, given in load order, that a run would load again or fail on."""
    marks: dict[str, str] = {}
    found = []
    for layer in layers:
        try:
            marks[layer.id] = fingerprint(layer, raw, marks)
        except (SourceError, KeyError):
            # its run will tell what is wrong with it, or with a layer that it is made from
            found.append(layer)
            continue
        if not is_current(layer, processed, marks[layer.id], revisions.get(layer.id)):
            found.append(layer)
    return found
