"""What services of the OGC answer in XML: pages of features, and reports of exceptions."""

import codecs
import re
from dataclasses import dataclass, field
from xml.parsers import expat

_EXCEPTIONS = ("ExceptionReport", "ServiceExceptionReport")
_MEMBERS = ("member", "featureMember", "featureMembers")
#: True of one page at one moment, but not of all pages together.
_OF_ONE_PAGE = ("timeStamp", "next", "previous", "numberReturned", "numberOfFeatures", "lockId")
_SAID_CHARACTERS = 300
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: A tag, in whose values a '>' may stand.
_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*+>""")


@dataclass
class Page:
    """Where the features of an answer stand in its bytes. ``told`` is the text of an exception report."""

    root: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    count: int = 0
    ids: list[str] = field(default_factory=list)
    told: str = ""
    #: Bytes of the root's start tag, of each element with features, and where the root's end tag begins.
    head: tuple[int, int] = (0, 0)
    members: list[tuple[int, int]] = field(default_factory=list)
    end: int = 0

    @property
    def names(self) -> tuple[str, dict[str, str]]:
        """What the names and letters inside it mean: equal for pages that may be put into one document."""
        return self.encoding, {name: value for name, value in self.attributes.items() if name.startswith("xmlns")}


class _Scanner:
    """Follows a document by its events. Nesting is counted from 0, the root."""

    def __init__(self, body: bytes) -> None:
        self.page = Page()
        self._body = body
        self._depth = -1
        self._start = 0
        self._texts: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self._parser.StartDoctypeDeclHandler = self._on_doctype
        self._parser.XmlDeclHandler = self._on_declaration
        self._parser.Parse(body, True)
        self.page.told = short("".join(self._texts))

    def _on_doctype(self, *_: object) -> None:
        raise ValueError("it has a document type (<!DOCTYPE), which is refused: entities may multiply without bound")

    def _on_declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.page.encoding = (encoding or "utf-8").lower()

    def _on_text(self, text: str) -> None:
        self._texts.append(text)

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        here = self._parser.CurrentByteIndex
        if self._depth == 0:
            self.page.root = name.rpartition(":")[2]
            self.page.attributes = attributes
            self.page.head = here, _tag_end(self._body, here)
            if self.page.root in _EXCEPTIONS:
                self._parser.CharacterDataHandler = self._on_text
        elif self._depth == 1:
            self._start = here if name.rpartition(":")[2] in _MEMBERS else -1
        elif self._depth == 2 and self._start >= 0:
            self.page.count += 1
            self.page.ids += [value for key, value in attributes.items() if key in ("gml:id", "fid")]

    def _on_end(self, _: str) -> None:
        here = self._parser.CurrentByteIndex
        if self._depth == 1 and self._start >= 0:
            self.page.members.append((self._start, _tag_end(self._body, here)))
        elif self._depth == 0:
            self.page.end = here
        self._depth -= 1


def read_page(body: bytes) -> Page:
    """Find the features of an answer.

    Raises:
        ValueError: it is no XML, or one with a document type.
    """
    if body.startswith(_WIDE):
        raise ValueError("it is in UTF-16, which is not taken apart here")
    try:
        return _Scanner(body).page
    except expat.ExpatError as error:
        raise ValueError(f"it is no XML: {error}") from error


def head_of_all(body: bytes, page: Page) -> bytes:
    """The document up to the end of the root's start tag, without what is true of this page alone."""
    start, end = page.head
    tag = body[start:end]
    for name in _OF_ONE_PAGE:
        at = tag.find(f" {name}=".encode())
        if at >= 0:
            quote = tag[at + len(name) + 2 : at + len(name) + 3]
            tag = tag[:at] + tag[tag.index(quote, at + len(name) + 3) + 1 :]
    return body[:start] + tag


def exception_text(body: bytes) -> str:
    """What an exception report says; empty if it is none.

    Raises:
        ValueError: it is no XML, or one with a document type.
    """
    page = read_page(body)
    return page.told or page.root if page.root in _EXCEPTIONS else ""


def number(text: str) -> int | None:
    """A number as a stranger writes one; None if it is none, or larger than any that is meant."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def short(text: str) -> str:
    """A text of a stranger, on one line, and no longer than a line of an error should be."""
    return " ".join(text.split())[:_SAID_CHARACTERS]


def _tag_end(body: bytes, start: int) -> int:
    """Where the tag ends that starts here."""
    tag = _TAG.match(body, start)
    return tag.end() if tag else len(body)
