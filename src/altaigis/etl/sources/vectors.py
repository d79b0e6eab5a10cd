"""Vector files through GDAL, after a look at what they really are: GDAL opens by content and follows references."""

import mmap
import re
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

import numpy as np
import pandas as pd
import pyogrio
import shapely

from altaigis.domain.finding import Finding
from altaigis.etl.sources.encodings import Encoding, detect
from altaigis.etl.sources.rawfile import MAX_COLUMNS, RawFile, Reading, check_columns, counted
from altaigis.etl.sources.rings import closed_rings

#: How files of a suffix begin.
_MAGIC = {
    ".gpkg": (b"SQLite format 3\0",),
    ".fgb": (b"fgb",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".gml": (b"<",),
    ".kml": (b"<",),
}
#: Forms that name other files, addresses or programs to read instead.
_REFERRING = (b"OGRVRTDataSource", b"GDALDataset", b"gdal_streamed_alg", b"OGRWFSDataSource", b"OGRWFSLayer")
_ROOTS = ("kml", "gpx", "FeatureCollection")
#: Marks in a DBF for "whatever this computer uses" and for Western Europe, which many programs write unasked.
_NO_ANSWER = (0x00, 0x01, 0x02, 0x03, 0x57)
#: Tables of a database that are computed, other than the index of places that every GeoPackage has
_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\s+TABLE\b(?!.*\bUSING\s+[\"']?rtree\b)", re.IGNORECASE | re.DOTALL)
_CHUNK = 1 << 20
#: Strings of a JSON; those that stand before a colon are names. What is in quotes that nothing closes is one.
_JSON_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)(?:"\s*+(:)?)?', re.DOTALL)
#: So many different names in a JSON are more than any fields and all that is nested in them have in earnest.
_MAX_NAMES = 10 * MAX_COLUMNS
#: In source.layer: all of them
_ALL = "*"
#: GDAL goes through a KML for each.
_MOST_LAYERS = 100
_TO_LINES = bytes.maketrans(b"\0\x1a ", b"\n\n\n")

# A schema is not fetched from whatever address a GML names.
pyogrio.set_gdal_config_options({"GML_DOWNLOAD_WFS_SCHEMA": False})


def read_vector(path: Path, how: Reading) -> RawFile:
    """One layer of a file that GDAL reads, or all together, with the rings closed that are open.

    A KML's folders are such layers, and are read together unless one is declared.

    Raises:
        ValueError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError: it cannot be read.
    """
    _check_content(path)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        options: dict[str, Any] = {}
        if path.suffix.lower() == ".gml":
            # no file of GDAL's own beside the source, and none from an address that the source names
            options |= {"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"}
        names = list(_layers(path, options))
        chosen = _chosen(names, how.layer, joins=path.suffix.lower() == ".kml")
        decisions: dict[str, Any] = {}
        if encoding := _encoding(path, how.encoding):
            decisions["encoding"] = {"name": encoding.name, "by": encoding.by}
            if encoding.by != "file":
                options["encoding"] = encoding.name
        try:
            parts = {number: _read_layer(path, options | {"layer": number}) for number in chosen}
        except UnboundLocalError as error:  # a slip of pyogrio where PROJ cannot write what GDAL has read
            raise ValueError("its coordinate system cannot be read") from error
        if how.layer == _ALL or len(chosen) > 1:
            decisions["layers"] = [names[number] for number in chosen][:20]
            frame, findings = _joined([(names[number], *part) for number, part in parts.items()])
        else:
            ((frame, findings),) = parts.values()
    if others := [name for number, name in enumerate(names) if number not in parts]:
        decisions["layers_not_read"] = others[:20]
    if not len(frame) and len(frame.columns) <= 1:
        raise ValueError("it holds no features")
    messages = sorted({str(note.message) for note in noted if issubclass(note.category, RuntimeWarning)})
    if messages:
        decisions["messages"] = messages[:20]
    return RawFile(counted(frame), how.decimal, decisions, tuple(findings))


def _read_layer(path: Path, options: dict[str, Any]) -> tuple[pd.DataFrame, list[Finding]]:
    told = pyogrio.read_info(path, **options)
    check_columns(len(told["fields"]))
    frame, findings = _read(path, options)
    # GDAL reads what there is of it without a word
    if told["driver"] == "FlatGeobuf" and len(frame) < told["features"]:
        raise ValueError(f"it is cut short: {len(frame)} of its {told['features']} features are there")
    return frame, findings


def _read(path: Path, options: dict[str, Any]) -> tuple[pd.DataFrame, list[Finding]]:
    try:
        return pyogrio.read_dataframe(path, **options), []
    except shapely.errors.GEOSException:
        mended = pyogrio.read_dataframe(path, on_invalid="fix", **options)
        strict = pyogrio.read_dataframe(path, on_invalid="ignore", columns=[], **options)
        _, shapes = pyogrio.raw.read(path, columns=[], **options)[1:3]
    given = np.array([shape is not None for shape in shapes], dtype=bool)
    places = pd.RangeIndex(1, len(mended) + 1)
    return mended, closed_rings(given, strict.geometry.to_numpy(), mended.geometry.to_numpy(), places)


def _chosen(names: Sequence[str], declared: str | None, *, joins: bool) -> list[int]:
    """The numbers of the layers that are read; ``joins`` if that are all where none is declared."""
    listed = ", ".join(names[:20])
    if not names:
        raise ValueError("it has no layers")
    if declared == _ALL or (declared is None and (joins or len(names) == 1)):
        if len(names) > _MOST_LAYERS:
            raise ValueError(f"it has {len(names)} layers, more than the {_MOST_LAYERS} that are joined; name one")
        return list(range(len(names)))
    if declared is None:
        raise ValueError(f"it has several layers; name one in source.layer: {listed}; or join all by '{_ALL}'")
    if declared not in names:
        raise ValueError(f"it has no layer {declared!r}; it has {listed}")
    return [names.index(declared)]


def _joined(parts: Sequence[tuple[str, pd.DataFrame, list[Finding]]]) -> tuple[pd.DataFrame, list[Finding]]:
    """One table of all layers, their name in the column ``layer``, rows and findings counted through."""
    frames: list[pd.DataFrame] = []
    findings: list[Finding] = []
    before = 0
    for name, frame, found in parts:
        if "geometry" not in frame:
            raise ValueError(f"its layer {name!r} has no geometry, so not all layers can be joined; name one")
        findings += [replace(finding, row=before + (finding.row or 0)) for finding in found]
        before += len(frame)
        frames.append(frame if "layer" in frame else frame.assign(layer=name))
    whole = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    check_columns(len(whole.columns))
    return whole, findings


def _layers(path: Path, options: Mapping[str, Any]) -> Iterator[str]:
    if not options:
        yield from (str(name) for name, _ in pyogrio.list_layers(path))
        return
    # the list takes no options
    for number in count():
        try:
            info = pyogrio.read_info(path, layer=number, **options)
        except pyogrio.errors.DataLayerError:
            return
        check_columns(len(info["fields"]))  # now, for each look at so wide a file takes long
        yield str(info["layer_name"])


def _check_content(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(4096)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    expected = _MAGIC.get(path.suffix.lower())
    if expected and not start.startswith(expected) and not head.startswith(expected):
        raise ValueError(f"its content is no {path.suffix.lower()}")
    if any(word in head for word in _REFERRING):
        raise ValueError("it refers to other sources instead of holding data")
    if start.startswith(b"<"):
        _check_xml(path)
    if start.startswith(b"{"):
        _check_names(path)
    if path.suffix.lower() == ".shp":
        _check_whole(path)
    if start.startswith(b"SQLite format 3\0"):
        _check_tables(path)


def _check_tables(path: Path) -> None:
    """A database holds plain tables: views and most virtual tables are programs, which may run for ever."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        try:
            stored = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            raise ValueError(f"its tables cannot be read: {error}") from error
    programs = [name for kind, name, sql in stored if kind == "view" or _VIRTUAL.match(sql or "")]
    if programs:
        listed = ", ".join(map(str, programs[:20]))
        raise ValueError(f"it has views, which are not run here; save them as tables: {listed}")


def _check_names(path: Path) -> None:
    """A JSON has no more names than a table may have columns, many times over: GDAL takes a kilobyte for each."""
    names: set[bytes] = set()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for found in _JSON_STRING.finditer(content):
            if found[2]:
                names.add(found[1])
                if len(names) > _MAX_NAMES:
                    raise ValueError(f"its features have more than {_MAX_NAMES} names of properties")


def _check_xml(path: Path) -> None:
    """XML is whole, for GDAL reads half of a GML without a word; its root is of geographic data; it has no document
    type, by which entities multiply."""
    parser = expat.ParserCreate()

    def on_doctype(*_: object) -> None:
        raise ValueError("it has a document type (<!DOCTYPE), which is refused: entities may multiply without bound")

    def on_root(name: str, attributes: dict[str, str]) -> None:
        known = name.rpartition(":")[2] in _ROOTS or any("opengis.net/gml" in value for value in attributes.values())
        if not known:
            raise ValueError(f"its content is no geographic XML: it begins with <{name}>")
        parser.StartElementHandler = None

    parser.StartDoctypeDeclHandler = on_doctype
    parser.StartElementHandler = on_root
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise ValueError(f"its content is no XML: {error}") from error


def _encoding(path: Path, declared: str | None) -> Encoding | None:
    """How a shapefile's text is to be read; the other formats that GDAL reads say it themselves, or are UTF-8."""
    table = _beside(path, ".dbf") if path.suffix.lower() == ".shp" else path
    if declared:
        return Encoding(declared, "declared")
    if table is None or table.suffix.lower() != ".dbf":
        return None
    for suffix in (".cpg", ".cst"):
        if (sidecar := _beside(path, suffix)) and (name := sidecar.read_text("ascii", errors="replace").strip()):
            return Encoding(name[:40], "file")
    with table.open("rb") as file:
        mark = file.read(32)[29]
        if mark not in _NO_ANSWER:
            return Encoding(f"DBF language {mark:#04x}", "file")
        file.seek(0)
        return detect(_texts(file))


def _texts(table: BinaryIO) -> Iterator[bytes]:
    """Names and values of a DBF, with what stands between them as line ends."""
    header = table.read(32)
    descriptions = table.read(int.from_bytes(header[8:10], "little") - 32)
    names = (descriptions[start : start + 11].partition(b"\0")[0] for start in range(0, len(descriptions) - 31, 32))
    yield b"\n".join(names) + b"\n"
    while chunk := table.read(_CHUNK):
        yield chunk.translate(_TO_LINES)


def _beside(path: Path, suffix: str) -> Path | None:
    """The file of the same name with another suffix, in either case."""
    candidates = (path.with_suffix(suffix), path.with_suffix(suffix.upper()))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _check_whole(path: Path) -> None:
    """A shapefile is as long as it says: GDAL reads what is cut off as features without a geometry."""
    with path.open("rb") as file:
        if path.stat().st_size < 2 * int.from_bytes(file.read(28)[24:], "big"):
            raise ValueError("it is cut short")
    if table := _beside(path, ".dbf"):
        with table.open("rb") as file:
            header = file.read(32)
        rows, start, width = (int.from_bytes(header[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
        if len(header) < 32 or table.stat().st_size < start + rows * width:
            raise ValueError(f"its table {table.name} is cut short")
