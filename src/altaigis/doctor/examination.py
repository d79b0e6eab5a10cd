"""Which kind of server it is, and what is found in it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from altaigis.doctor import oapif, wfs
from altaigis.doctor.server import Server, Symptom
from altaigis.errors import ServiceError


def examine(url: str, http: httpx.Client, most: int) -> Iterator[Symptom]:
    """What QGIS and GDAL will see at an address of WFS or OGC API – Features, of at most so many layers.

    Raises:
        ServiceError: nothing answers there, or it is neither.
    """
    if not _is_address(url):
        raise ServiceError(f"'{url[:100]}' is no address; it looks like http://127.0.0.1:8000/wfs")
    server = Server(url, http)
    answer = server.get(parameters={"SERVICE": "WFS", "REQUEST": "GetCapabilities"})
    if b"WFS_Capabilities" in answer.content[:4000]:
        yield from wfs.examine(server, most)
        return
    try:
        landing = server.json()
    except ServiceError as error:
        raise ServiceError(f"{url} is neither WFS nor OGC API – Features: {error}") from None
    if "links" not in landing:
        raise ServiceError(f"{url} is neither WFS nor OGC API – Features")
    yield from oapif.examine(server, most)


def _is_address(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:  # a bracket that does not end
        return False
