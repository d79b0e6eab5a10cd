"""What is no HTTP request, and so reaches no route, is refused like everything else at its address."""

from collections.abc import Callable

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from altaigis.api.errors import problem_document
from altaigis.api.negotiation import PROBLEM
from altaigis.api.wfs.exceptions import XML, too_long
from altaigis.api.wfs.parameters import version_of

#: Key of the scope's state: to be called when the server ends, by who answers without an end.
_AT_END = "altaigis.at_end"
#: Bytes of an address: what the parser can tell the parts of.
LONGEST_URL = 65_535


def at_end(scope: Scope, end: Callable[[], None]) -> None:
    """Have an answer that has no end of its own ended with the server, which waits for all others."""
    scope.setdefault("state", {})[_AT_END] = end


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 as the server's library speaks it, but for the words of its refusals and the length of addresses."""

    url = b""

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL:
            raise httptools.HttpParserInvalidURLError

    def shutdown(self) -> None:
        super().shutdown()
        if self.cycle is not None and not self.cycle.response_complete:
            self.scope.get("state", {}).get(_AT_END, _nothing)()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser has given up."""
        status, kind = 400, PROBLEM
        if len(self.url) <= LONGEST_URL:
            body = problem_document(None, status, "BadRequest", f"{msg} It is no request of HTTP/1.1.")
        else:
            told = f"the address is longer than {LONGEST_URL} bytes; shorten the filter, or ask for parts of it"
            path, _, query = self.url.partition(b"?")
            if path.rstrip(b"/") == b"/wfs":
                (status, body), kind = too_long(told, version_of(query)), XML
            else:
                status, body = 414, problem_document(None, 414, "UriTooLong", told)
        head = (
            f"content-type: {kind}\r\ncontent-length: {len(body)}\r\ncache-control: no-store\r\n"
            "access-control-allow-origin: *\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self.transport.close()


def _nothing() -> None:
    """An answer that ends by itself."""
