"""The server that is examined, and what is found."""

import time
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import urljoin

import httpx
import orjson
from lxml import etree

from altaigis.errors import ParameterError, ServiceError
from altaigis.filters.xml import parse_xml

#: Bytes of one answer, seconds without any of them, and seconds until all have come.
LARGEST, PATIENCE, LONGEST = 20_000_000, 60.0, 120.0
MOST_PARTS = 2_000_000
Weight = Literal["good", "warning", "error"]


class Symptom(NamedTuple):
    """What a client will see: ``error`` is what it gets wrong or not at all, ``warning`` what it does badly."""

    client: str
    weight: Weight
    told: str


class Server:
    """Asked as clients ask; ``url`` is what a user would give them."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self.url = url
        self._http = http

    def get(
        self, url: str | None = None, parameters: Mapping[str, object] | None = None, accept: str = "*/*"
    ) -> httpx.Response:
        """An answer, of any status.

        Raises:
            ServiceError: there is none, or it has no end.
        """
        address, begun = self._address(url), time.monotonic()
        told = {name: str(value) for name, value in (parameters or {}).items()}
        try:
            asked = httpx.URL(address).copy_merge_params(told) if told else httpx.URL(address)
            with self._http.stream("GET", str(asked), headers={"Accept": accept}, timeout=PATIENCE) as answer:
                content = bytearray()
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > LARGEST:
                        raise ServiceError(f"{asked} answers with more than {LARGEST} bytes")
                    if time.monotonic() - begun > LONGEST:
                        raise ServiceError(f"{asked} has not answered wholly after {LONGEST:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceError(f"{address}: {error or type(error).__name__}") from None
        return httpx.Response(answer.status_code, headers=_plain(answer.headers), content=bytes(content))

    def _address(self, url: str | None) -> str:
        try:
            return urljoin(self.url, url or "")
        except ValueError:
            raise ServiceError(f"'{str(url)[:100]}', to which {self.url} links, is no address") from None

    def xml(self, **parameters: object) -> etree._Element:
        """A document of WFS.

        Raises:
            ServiceError: it is refused, or no XML.
        """
        answer = self.get(parameters={"SERVICE": "WFS", **parameters})
        try:
            root = parse_xml(answer.content, str(parameters.get("REQUEST")), LARGEST, MOST_PARTS)
        except ParameterError as error:
            raise ServiceError(str(error)) from None
        if answer.status_code != 200 or "ExceptionReport" in str(root.tag):
            told = " ".join("".join(str(text) for text in root.itertext()).split())
            raise ServiceError(f"{parameters.get('REQUEST')} is refused ({answer.status_code}): {told[:300]}")
        return root

    def json(self, url: str | None = None, **parameters: object) -> dict[str, Any]:
        """A document of OGC API.

        Raises:
            ServiceError: it is refused, or no object of JSON.
        """
        answer = self.get(url, parameters, "application/json, application/geo+json;q=0.9, */*;q=0.1")
        try:
            document = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            document = None
        if answer.status_code != 200 or not isinstance(document, dict):
            raise ServiceError(f"{self._address(url)} gives no JSON (status {answer.status_code})")
        return document


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer that has been unpacked."""
    return {
        name: value for name, value in headers.items() if name.lower() not in ("content-encoding", "content-length")
    }
