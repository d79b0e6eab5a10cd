"""What is no HTTP request, and so reaches no route, is refused like everything else."""

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from altaigis.api.errors import problem_document
from altaigis.api.negotiation import PROBLEM

#: Bytes of an address: what the parser can tell the parts of.
LONGEST_URL = 65_535


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 as the server's library speaks it, but for the words of its refusals and the length of addresses."""

    url = b""

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL:
            raise httptools.HttpParserInvalidURLError

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser has given up."""
        status, code, told = 400, "BadRequest", f"{msg} It is no request of HTTP/1.1."
        if len(self.url) > LONGEST_URL:
            told = f"the address is longer than {LONGEST_URL} bytes; shorten the filter, or ask for parts of it"
            status, code = 414, "UriTooLong"
        body = problem_document(None, status, code, told)
        head = (
            f"content-type: {PROBLEM}\r\ncontent-length: {len(body)}\r\ncache-control: no-store\r\n"
            "access-control-allow-origin: *\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self.transport.close()
