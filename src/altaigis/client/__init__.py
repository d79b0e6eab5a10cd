"""The Python client: layers of an AltaiGIS server as GeoDataFrames, and edits of their features.

It speaks HTTP alone, so it works against any server, and needs neither a database nor layer files::

    from altaigis.client import Client

    with Client("http://127.0.0.1:8000") as gis:
        districts = gis.read("districts", filter="population > 20000", sortby="-population", crs="EPSG:32645")

    with Client("http://127.0.0.1:8000", key="altai_…") as gis:
        site = gis.feature("resort_sites", "belokurikha")
        gis.update("resort_sites", site.fid, {"founded": 1867}, expected=site)
        relief = gis.run("zonal-statistics", {"raster": "elevation"})
        relief.frame.sort_values("mean"), relief.text
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self, Unpack
from urllib.parse import quote

import geopandas as gpd
import httpx
import orjson
import shapely
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bars

from altaigis.client.frames import frame_of
from altaigis.client.query import Query, parameters
from altaigis.domain.progress import Progress
from altaigis.errors import (
    AltaiError,
    AnalysisError,
    Busy,
    EditConflict,
    EditRefused,
    FeatureExists,
    FeatureNotFound,
    Forbidden,
    JobFailed,
    ProcessNotFound,
    ServiceError,
    Unauthorized,
)

#: The largest page that a server gives.
PAGE = 10_000
#: What a refused edit is, by the code of the answer.
_REFUSALS: Mapping[str, type[AltaiError]] = {
    "InvalidBody": EditRefused,
    "Unauthorized": Unauthorized,
    "Forbidden": Forbidden,
    "NotFound": FeatureNotFound,
    "FeatureExists": FeatureExists,
    "EditConflict": EditConflict,
    "Busy": Busy,
}
#: What a refused run is, by the code of the answer.
_OF_RUNS: Mapping[str, type[AltaiError]] = {
    **{code: _REFUSALS[code] for code in ("Unauthorized", "Forbidden", "Busy")},
    "InvalidParameterValue": AnalysisError,
    "AnalysisRefused": AnalysisError,
    "JobFailed": JobFailed,
    "NotFound": ProcessNotFound,
}
#: A job is asked how far it is so often.
LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class Collection:
    """What a server says of a layer. ``features`` is None where nothing is loaded, and for rasters."""

    id: str
    title: str
    kind: str
    geometry_type: str | None
    features: int | None


@dataclass(frozen=True)
class Feature:
    """One feature in the state of ``etag``; the geometry is in longitude and latitude, None where it has none.

    ``warnings`` says what a load would warn of, after an edit.
    """

    fid: str
    properties: Mapping[str, Any]
    geometry: shapely.Geometry | None
    etag: str
    warnings: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Run:
    """What an analysis has made: the layer of its result, which others can read too, and what it says of the whole.

    ``frame`` is None where it is a raster; ``beside`` are the other layers of the run by what they are. ``text`` is
    what it says in plain words; ``url`` is where a map shows the layer.
    """

    layer: str
    frame: gpd.GeoDataFrame | None
    text: str
    summary: Mapping[str, Any]
    job: str
    url: str
    beside: Mapping[str, str] = field(default_factory=dict)


class Client:
    """A server. ``key`` is needed for writes alone; ``timeout`` is seconds that one page may take."""

    def __init__(self, url: str = "http://127.0.0.1:8000", *, key: str | None = None, timeout: float = 60.0) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=timeout, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def collections(self) -> list[Collection]:
        """The layers of the server, rasters and tables too."""
        return [
            Collection(
                document["id"],
                document["title"],
                document["altai:kind"],
                document.get("altai:geometryType"),
                document.get("itemCount"),
            )
            for document in self._get("/collections")["collections"]
        ]

    def schema(self, layer: str, language: Literal["ru", "en"] = "ru") -> dict[str, Any]:
        """JSON Schema of the layer's fields, with titles, roles and units."""
        document: dict[str, Any] = self._get(f"/collections/{quote(layer, safe='')}/schema", {"lang": language})
        return document

    def count(self, layer: str, **query: Unpack[Query]) -> int:
        """How many features there are, without fetching them."""
        return int(self._get(self._items(layer), {**parameters(query), "limit": 1})["numberMatched"])

    def read(self, layer: str, *, limit: int | None = None, **query: Unpack[Query]) -> gpd.GeoDataFrame:
        """Features as a frame, indexed by fid; a table has an empty geometry.

        Args:
            limit: the largest number of rows; without it all come, page after page.

        Raises:
            ServiceError: the server cannot be reached, or refuses the query; its text says which parameter.
        """
        features: list[dict[str, Any]] = []
        for page in self._pages(layer, query, limit):
            features += page
        return frame_of(features, self.schema(layer)["properties"], query)

    def pages(self, layer: str, **query: Unpack[Query]) -> Iterator[gpd.GeoDataFrame]:
        """The same, page by page, for layers that are larger than memory."""
        schema = self.schema(layer)["properties"]
        for page in self._pages(layer, query, None):
            yield frame_of(page, schema, query)

    def feature(self, layer: str, fid: str) -> Feature:
        """One feature as it is now.

        Raises:
            FeatureNotFound: the layer has none with this id.
            ServiceError: the server cannot be reached.
        """
        return _feature(self._write("GET", self._item(layer, fid)))

    def create(
        self,
        layer: str,
        properties: Mapping[str, Any],
        geometry: shapely.Geometry | None = None,
        *,
        fid: str | None = None,
    ) -> Feature:
        """Add a feature; one without an id gets one.

        Raises:
            FeatureExists: the layer has a feature with this id.
            EditRefused: its text says everything that is wrong.
            Unauthorized, Forbidden: the key is none, or not for this layer.
            Busy, ServiceError: nothing has changed; trying again may do.
        """
        document = _document(properties, geometry) | ({} if fid is None else {"id": fid})
        return _feature(self._write("POST", self._items(layer), document))

    def replace(
        self,
        layer: str,
        fid: str,
        properties: Mapping[str, Any],
        geometry: shapely.Geometry | None,
        *,
        expected: Feature | None = None,
    ) -> Feature:
        """Give a feature other values; what is not named becomes null.

        Args:
            expected: the state that the edit was made on; without it, whatever is there is edited.

        Raises:
            FeatureNotFound, EditConflict: it is not there, or somebody has changed it in the meantime.
            EditRefused, Unauthorized, Forbidden, Busy, ServiceError: as of :meth:`create`.
        """
        document = _document(properties, geometry)
        return _feature(self._write("PUT", self._item(layer, fid), document, expected))

    def update(
        self, layer: str, fid: str, changes: Mapping[str, Any] | shapely.Geometry, *, expected: Feature | None = None
    ) -> Feature:
        """Give some properties other values, or the feature another geometry; all else stays as it is.

        Raises:
            As of :meth:`replace`.
        """
        if isinstance(changes, shapely.Geometry):
            document: dict[str, Any] = {"geometry": _geojson(changes)}
        else:
            document = {"properties": dict(changes)}
        return _feature(self._write("PATCH", self._item(layer, fid), document, expected))

    def delete(self, layer: str, fid: str, *, expected: Feature | None = None) -> None:
        """Take a feature away.

        Raises:
            As of :meth:`replace`.
        """
        self._write("DELETE", self._item(layer, fid), None, expected)

    def run(
        self,
        process: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        language: Literal["ru", "en"] = "ru",
        progress: Progress | None = None,
    ) -> Run:
        """Run an analysis and wait for its result; with a key that can run. Who breaks off the waiting ends the job.

        Args:
            inputs: as ``/processes/{id}`` describes them, and ``seed``; what is left out has its default.
            progress: told how far it is, in percent; without it there is a bar.

        Raises:
            AnalysisError: the inputs do not fit, or cannot give a sound result; its text says why.
            JobFailed: it passed a limit, or met a fault.
            ProcessNotFound: the server has no such analysis.
            Unauthorized, Forbidden, Busy, ServiceError: nothing was run.
        """
        path = f"/processes/{quote(process, safe='')}/execution"
        headers = {"Prefer": "respond-async"}
        job = self._asked("POST", path, json={"inputs": dict(inputs or {})}, headers=headers)
        place = f"/jobs/{job['jobID']}"
        with _told_by(progress, process) as tell:
            try:
                while job["status"] in ("accepted", "running"):
                    tell(str(job["message"]), job["progress"], 100)
                    time.sleep(LOOK_SECONDS)
                    job = self._asked("GET", place, params={"lang": language})
            except BaseException:
                with suppress(ServiceError):
                    self._send("DELETE", place)
                raise
        results = self._asked("GET", f"{place}/results", params={"lang": language})
        made = {name: one["href"].rpartition("/")[2] for name, one in results.items() if "href" in one}
        layer, summary = made.pop("result"), results["summary"]["value"]
        is_raster = self._asked("GET", f"/collections/{quote(layer, safe='')}")["altai:kind"] == "raster"
        frame, url = None if is_raster else self.read(layer), f"{self.url}/?lang={language}#layers={layer}"
        return Run(layer, frame, summary["text"][language], summary, job["jobID"], url, made)

    def _asked(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        """The answer of a door of processes and jobs."""
        answer = self._send(method, url, **options)
        told = _told(answer)
        if answer.is_error or not told:
            kind = _OF_RUNS.get(str(told.get("code")), ServiceError)
            raise kind(_reason(answer, told))
        return told

    def _items(self, layer: str) -> str:
        return f"/collections/{quote(layer, safe='')}/items"

    def _item(self, layer: str, fid: str) -> str:
        return f"{self._items(layer)}/{quote(fid, safe='')}"

    def _write(
        self, method: str, url: str, document: Mapping[str, Any] | None = None, expected: Feature | None = None
    ) -> httpx.Response:
        headers = {"Accept": "application/geo+json"}
        if document is not None:
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/geo+json"
        if expected is not None:
            headers["If-Match"] = expected.etag
        body = None if document is None else orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
        answer = self._send(method, url, content=body, headers=headers)
        if answer.is_error:
            told = _told(answer)
            raise _REFUSALS.get(str(told.get("code")), ServiceError)(_reason(answer, told))
        return answer

    def _pages(self, layer: str, query: Query, limit: int | None) -> Iterator[list[dict[str, Any]]]:
        if limit is not None and limit < 1:
            raise ValueError("limit must be 1 or more")
        left = limit
        url, asked = self._items(layer), {**parameters(query), "limit": min(left or PAGE, PAGE)}
        while url:
            page = self._get(url, asked)
            features = page["features"][:left]
            yield features
            if left is not None:
                left -= len(features)
                if left <= 0:
                    return
            # the link carries the whole query
            url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
            asked = {}

    def _get(self, url: str, parameters: Mapping[str, Any] | None = None) -> Any:
        headers = {"Accept": "application/geo+json, application/schema+json, application/json"}
        answer = self._send("GET", url, params=parameters or None, headers=headers)
        told = _told(answer)
        if answer.is_error or not told:
            raise ServiceError(_reason(answer, told))
        return told

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, **options)
        except httpx.HTTPError as error:
            raise ServiceError(f"{self._http.base_url}: {error or type(error).__name__}") from error


@contextmanager
def _told_by(progress: Progress | None, name: str) -> Iterator[Progress]:
    """How far a run is: told to somebody, or on a bar of its own."""
    if progress is not None:
        yield progress
        return
    with Bars(TextColumn("{task.description}", markup=False), BarColumn(), transient=True) as bars:
        task = bars.add_task(name, total=100)

        def tell(stage: str, done: int, total: int | None) -> None:
            bars.update(task, description=f"{name}: {stage}", completed=done, total=total)

        yield tell


def _told(answer: httpx.Response) -> dict[str, Any]:
    """The object of JSON that the answer holds, an empty one where it holds none."""
    try:
        document = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _reason(answer: httpx.Response, told: Mapping[str, Any]) -> str:
    reason = told.get("description") or told.get("detail") or "the answer is not JSON: is it an AltaiGIS server?"
    return f"{answer.url.path}: {answer.status_code}: {reason}"


def _document(properties: Mapping[str, Any], geometry: shapely.Geometry | None) -> dict[str, Any]:
    return {"type": "Feature", "properties": dict(properties), "geometry": _geojson(geometry)}


def _geojson(geometry: shapely.Geometry | None) -> Any:
    return None if geometry is None else orjson.loads(shapely.to_geojson(geometry))


def _feature(answer: httpx.Response) -> Feature:
    document = _told(answer)
    shape, warnings = document.get("geometry"), document.get("altai:warnings", ())
    if "properties" not in document:
        raise ServiceError(_reason(answer, {}))
    return Feature(
        document["id"],
        document["properties"],
        None if shape is None else shapely.from_geojson(orjson.dumps(shape)),
        answer.headers.get("ETag", ""),
        tuple(warnings),
    )
