"""Fingerprints: has anything changed that a layer is made from? Needs no library of the ETL, so a start is quick."""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.source import UnionOf
from altaigis.errors import SourceError
from altaigis.etl.rawdata import RawData

#: Part of every fingerprint: to be raised when the pipeline makes something else of the same source.
VERSION = 9

#: Clocks of file systems are coarse: what was written within this time may be written again and not show it.
_SETTLED_NS = 2 * 10**9

#: How Parquet ends, behind its metadata and their length. There the pipeline keeps the mark of the sources.
_PARQUET = b"PAR1"

#: What a shapefile is made of beside the file that is named, in both cases.
_SIDECARS = (".dbf", ".shx", ".prj", ".cpg", ".cst")


def source_files(layer: Layer, raw: RawData) -> dict[str, Path]:
    """Every raw file that a layer is made from, by its path below data/raw.

    Raises:
        SourceError: one is missing.
    """
    found = {}
    for name in _named(layer):
        path = _plain(layer, raw, name)
        found[name] = path
        found |= {PurePosixPath(name).with_name(sidecar.name).as_posix(): sidecar for sidecar in _sidecars(path)}
    return found


def missing_files(layer: Layer, raw: RawData) -> Iterator[Finding]:
    """The raw files that a run would miss; a warning for the copy of a remote source, which it would fetch."""
    remote = layer.source.remote
    for name in _named(layer):
        try:
            if remote and name == layer.source.file and not (raw / name).exists():
                message = f"layer {layer.id}: {name} is not there yet; a run fetches it from {remote.address}"
                yield Finding("warning", "source", message)
            else:
                _plain(layer, raw, name)
        except SourceError as error:
            yield Finding("error", "source", str(error))


def _plain(layer: Layer, raw: RawData, name: str) -> Path:
    path = raw / name
    if path.exists() and not path.is_file():  # a pipe has no end
        raise SourceError(f"layer {layer.id}: the raw file {path} is no plain file")
    if not path.exists():
        others = [str(folder) for folder in raw.folders[1:]]
        also = f", nor is it in {', '.join(others)}" if others else ""
        raise SourceError(
            f"layer {layer.id}: the raw file {path} is missing{also}; "
            "other folders are named by --data or ALTAIGIS_DATA"
        )
    return path


def _named(layer: Layer) -> list[str]:
    """The raw files that the layer file names."""
    geometry = layer.source.geometry
    names = [*filter(None, [layer.source.file]), *(join.file for join in layer.source.join)]
    if isinstance(geometry, UnionOf) and geometry.members:
        names.append(geometry.members)
    return names


def _sidecars(path: Path) -> list[Path]:
    if path.suffix.lower() != ".shp":
        return []
    candidates = [path.with_suffix(case) for suffix in _SIDECARS for case in (suffix, suffix.upper())]
    return [candidate for candidate in candidates if candidate.is_file()]


def fingerprint(layer: Layer, raw: RawData, made_from: Mapping[str, str], ledger: str = "") -> str:
    """Checksum of the layer file's content, the raw files, and the states of the layers it is made from.

    Args:
        made_from: :attr:`Revision.state` of each of those layers.
        ledger: the mark of the ledger that the layer is made from, if it is.

    Raises:
        SourceError: a raw file is missing or closed.
    """
    digest = hashlib.sha256()
    # an editable layer has a table of another form
    parts: dict[str, Any] = dict.fromkeys(("id", "kind", "source", "fields", "coverage", "checks", "styles"), True)
    parts |= {"editable": True} if layer.editable else {}
    parts |= {"tiles": {"minzoom", "maxzoom", "thin", "labels"}} if layer.levels else {}
    definition = layer.model_dump(mode="json", by_alias=True, include=parts)
    upstream = {name: made_from[name] for name in sorted(layer.depends_on)}
    digest.update(json.dumps([VERSION, definition, upstream], sort_keys=True).encode())
    if layer.source.ledger:
        digest.update(ledger.encode())
    for checksum in checksums(layer, raw).values():
        digest.update(bytes.fromhex(checksum))
    return digest.hexdigest()


def checksums(layer: Layer, raw: RawData) -> dict[str, str]:
    """SHA-256 of every raw file that a layer is made from, by its path below data/raw.

    Raises:
        SourceError: a raw file is missing or closed.
    """
    return {name: _checksum(layer, path) for name, path in source_files(layer, raw).items()}


def known_checksums(layer: Layer, raw: RawData) -> dict[str, str | None]:
    """The same of a layer whose sources are not what they should be: None for a file that cannot be read."""
    found: dict[str, str | None] = {}
    for name in _named(layer):
        try:
            found[name] = _checksum(layer, _plain(layer, raw, name))
        except SourceError:
            found[name] = None
    return found


def require_unchanged(layer: Layer, raw: RawData, sums: Mapping[str, str]) -> None:
    """Make sure that what has been read is what the checksums were taken of.

    Raises:
        SourceError: a raw file has changed in the meantime.
    """
    for name, checksum in checksums(layer, raw).items():
        if sums.get(name) != checksum:
            raise SourceError(f"layer {layer.id}: the raw file {raw / name} changed while it was read; run it again")


def _checksum(layer: Layer, path: Path) -> str:
    try:
        seen = path.stat()
        if time.time_ns() - max(seen.st_mtime_ns, seen.st_ctime_ns) < _SETTLED_NS:
            return _digest(path)
        return _known_digest(path, seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
    except OSError as error:
        raise SourceError(f"layer {layer.id}: the raw file {path} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=256)
def _known_digest(path: Path, *_state: int) -> str:
    """That of a file which has stayed in this state for a while, and would show another one if it changed."""
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parameters(layer: Layer) -> dict[str, Any]:
    """What the layer file tells the pipeline, without what has its usual value."""
    return layer.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, include={"kind", "source", "fields", "coverage", "checks"}
    )


def product(layer: Layer, processed: Path, mark: str) -> Path:
    """The file in data/processed that the pipeline makes of a layer with this fingerprint."""
    # A raster is read from this very file while a newer one is made, so its name changes with its content.
    return processed / (f"{layer.id}.{mark[:12]}.tif" if layer.kind == "raster" else f"{layer.id}.parquet")


def is_current(layer: Layer, processed: Path, mark: str, revision: Revision | None) -> bool:
    """Whether the layer's revision is what the pipeline would make again."""
    if revision is None or revision.sources != mark:
        return False
    # what somebody has rolled back to is not what the product holds
    return revision.is_held or _is_product(product(layer, processed, mark), mark)


def _is_product(path: Path, mark: str) -> bool:
    """Whether the file is there and was made of the sources with this mark, and not by a run that ended too soon."""
    try:
        with path.open("rb") as file:
            file.seek(-8, os.SEEK_END)
            size, magic = int.from_bytes(file.read(4), "little"), file.read(4)
            if magic != _PARQUET:
                return True  # a raster, which has the mark in its name
            file.seek(-8 - size, os.SEEK_END)
            return mark.encode() in file.read(size)
    except OSError:
        return False


def asked(layers: Sequence[Layer]) -> list[Layer]:
    """Those of the layers, given in load order, whose servers have to be asked whether they are current: the remote
    ones, and those that are made from them."""
    found: dict[str, Layer] = {}
    for layer in layers:
        if layer.source.remote or layer.depends_on & found.keys():
            found[layer.id] = layer
    return list(found.values())


def pending(
    layers: Sequence[Layer],
    raw: RawData,
    processed: Path,
    revisions: Mapping[str, Revision],
    ledgers: Mapping[str, str] = MappingProxyType({}),
) -> list[Layer]:
    """Those of the layers, given in load order, that a run would load again or fail on; ``ledgers`` are the marks of
    what is no file."""
    states: dict[str, str] = {}
    found = []
    for layer in layers:
        try:
            mark = fingerprint(layer, raw, states, ledgers.get(layer.source.ledger or "", ""))
        except (SourceError, KeyError):
            # its run will tell what is wrong with it, or with a layer that it is made from
            found.append(layer)
            continue
        now = revisions.get(layer.id)
        if now and is_current(layer, processed, mark, now):
            states[layer.id] = now.state
        else:
            states[layer.id] = mark
            found.append(layer)
    return found
