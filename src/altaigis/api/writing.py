"""What all writes share: the key that comes with them, and a body of bounded size."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

from fastapi import Request

from altaigis.api.negotiation import PROBLEM
from altaigis.errors import TooLarge

#: Of the OpenAPI document: the ways to show a key, and that one of them is needed.
SECURITY = {"bearer": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"}}
SIGNED: list[dict[str, Any]] = [{"bearer": []}, {"basic": []}]


def token(request: Request) -> str | None:
    """The token of a key, sent as bearer's or as the password of HTTP Basic."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials.strip(), validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


def media_type(request: Request) -> str:
    """What the body is said to be, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


#: Bytes at the begin of a body that are shown while the rest is still under way.
HEAD = 4_000


async def receive(
    request: Request, body: BinaryIO, most: int, look: Callable[[bytes], Awaitable[int]] | None = None
) -> int:
    """Write the request's body into a file, go back to its begin, and tell how many bytes it has.

    Args:
        most: bytes that it may have.
        look: is shown the head as soon as it comes, and says how many bytes a body that begins so may have.

    Raises:
        TooLarge: it has more; and whatever ``look`` raises.
    """
    head = b""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise TooLarge(f"more than {most} bytes at once")
    received = 0
    async for block in request.stream():
        received += len(block)
        body.write(block)
        if look is not None and len(head) < HEAD:
            head += block[: HEAD - len(head)]
            most = await look(head)
        if received > most:
            raise TooLarge(f"more than {most} bytes at once")
    body.seek(0)
    return received


def refusal(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    """An error of the OpenAPI document."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": description, "content": {PROBLEM: schema}} | ({"headers": headers} if headers else {})


#: The answers to those who may not write.
UNSIGNED = {
    "401": refusal("No key in force.", {"WWW-Authenticate": {"schema": {"type": "string"}}}),
    "403": refusal("The key does not allow it."),
}
