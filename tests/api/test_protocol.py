"""What is no request, over a real connection: refused as JSON, in bounded memory, and the server goes on."""

import http.client
import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import etree

from altaigis.api.protocol import LONGEST_URL

ITEMS = "/collections/districts/items"


def refusal(url: str, sent: bytes) -> tuple[int, dict[str, str], dict[str, object]]:
    """Status, headers and document of the answer to these bytes."""
    status, headers, body = answered(url, sent)
    return status, headers, json.loads(body)


def answered(url: str, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """The same with the body as it came."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert int(headers["content-length"]) == len(body)
    return int(first.split()[1]), headers, body


@pytest.mark.parametrize(
    "sent", [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET /\x00 HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_request(server_url: str, sent: bytes) -> None:
    status, headers, document = refusal(server_url, sent)
    assert status == document["status"] == 400
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    assert document["code"] == "BadRequest"
    assert document["description"] == document["detail"]
    assert httpx.get(f"{server_url}/healthz").status_code == 200


@pytest.mark.parametrize("more", [1, 1000])
def test_an_address_that_is_too_long(server_url: str, more: int) -> None:
    address = f"{ITEMS}?ids=".ljust(LONGEST_URL + more, "a")
    status, headers, document = refusal(server_url, f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert status == document["status"] == 414
    assert headers["content-type"] == "application/problem+json"
    assert str(LONGEST_URL) in str(document["description"])


@pytest.mark.parametrize(("asked", "version"), [("", "2.0.0"), ("&VERSION=1.1.0", "1.0.0"), ("&version=1.0", "1.2.0")])
def test_an_address_of_wfs_that_is_too_long_has_a_report(server_url: str, asked: str, version: str) -> None:
    address = f"/wfs?service=WFS&request=GetFeature{asked}&filter=".ljust(LONGEST_URL + 1, "a")
    status, headers, body = answered(server_url, f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert (status, headers["content-type"]) == (414, "text/xml; charset=utf-8")
    report = etree.fromstring(body)
    assert (etree.QName(report).localname.endswith("ExceptionReport"), report.get("version")) == (True, version)
    assert str(LONGEST_URL) in "".join(report.itertext())


def test_the_longest_address_is_read(server_url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server_url).netloc)
    connection.request("GET", f"{ITEMS}?f=json&ids=".ljust(LONGEST_URL, "a"))
    answer = connection.getresponse()
    assert answer.status == 200
    assert json.load(answer)["numberMatched"] == 0
    connection.close()


def test_an_address_without_an_end_is_cut_off(server_url: str) -> None:
    where = urlsplit(server_url)
    with (
        socket.create_connection((where.hostname, where.port), timeout=10) as connection,
        pytest.raises(ConnectionError),
    ):
        connection.sendall(b"GET /?" + b"a" * 100_000_000)
