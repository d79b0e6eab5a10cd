"""How the tests of WFS ask, and how they read what comes."""

from functools import cache
from typing import Any

import httpx
from fastapi.testclient import TestClient
from lxml import etree

from ogc import assert_valid

WFS2, WFS1 = "http://www.opengis.net/wfs/2.0", "http://www.opengis.net/wfs"
NAMES = {
    "wfs": WFS2,
    "wfs1": WFS1,
    "ows": "http://www.opengis.net/ows/1.1",
    "ows1": "http://www.opengis.net/ows",
    "ogc": "http://www.opengis.net/ogc",
    "fes": "http://www.opengis.net/fes/2.0",
    "gml": "http://www.opengis.net/gml/3.2",
    "gml3": "http://www.opengis.net/gml",
    "dls": "http://inspire.ec.europa.eu/schemas/inspire_dls/1.0",
    "common": "http://inspire.ec.europa.eu/schemas/common/1.0",
    "altai": "urn:altaigis:layers",
    "xlink": "http://www.w3.org/1999/xlink",
}
VERSIONS = ("2.0.0", "1.1.0", "1.0.0")
Document = Any


class Door:
    """The door of WFS of an application."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self._own = cache(lambda url: self.client.get(url).content)

    def ask(self, request: str, version: str | None = "2.0.0", **parameters: object) -> httpx.Response:
        told = {"SERVICE": "WFS", "REQUEST": request, "VERSION": version, **parameters}
        return self.client.get("/wfs", params={name: str(value) for name, value in told.items() if value is not None})

    def post(self, body: str | bytes, content_type: str = "text/xml", **headers: str) -> httpx.Response:
        return self.client.post("/wfs", content=body, headers={"Content-Type": content_type, **headers})

    def valid(self, answer: httpx.Response, status: int = 200) -> Document:
        """The document of an answer, held to the schemas that it names."""
        assert answer.status_code == status, answer.text[:2000]
        return assert_valid(answer.content, self._own)

    def refused(self, answer: httpx.Response, status: int = 400) -> tuple[str | None, str | None, str]:
        """Code, locator and text of a refusal."""
        document = self.valid(answer, status)
        assert answer.headers["Cache-Control"] == "no-store"
        exception = document[0]
        code = exception.get("exceptionCode") or exception.get("code")
        return code, exception.get("locator"), "".join(exception.itertext())


def find(document: Document, path: str) -> list[Any]:
    found = document.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return found


def read(answer: httpx.Response) -> Document:
    assert answer.status_code == 200, answer.text[:2000]
    document = etree.fromstring(answer.content)
    # the older versions refuse with a status of success
    assert "ExceptionReport" not in document.tag, answer.text[:2000]
    return document
