"""The OGC's schemas, from the disk: documents are held to those that they name."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from lxml import etree

from conftest import ROOT

XSD = ROOT.parent / "shared" / "testdata" / "ogc-xsd"
needs_schemas = pytest.mark.skipif(not XSD.is_dir(), reason="the OGC schemas are not here")
#: Gives the document at an address of our own.
Own = Callable[[str], bytes]


class _Resolver(etree.Resolver):
    def __init__(self, own: Own) -> None:
        self._own = own

    def resolve(self, url: str, _: object, context: Any) -> Any:
        if not url.startswith("http"):
            return None
        path = XSD / url.partition("//")[2]
        content = path.read_bytes() if path.is_file() else self._own(url)
        # by its own address, for that a schema which two others include is one
        return self.resolve_string(content, context, base_url=url)


def assert_valid(content: bytes, own: Own) -> Any:
    """The document, held to the schemas that it says it follows; ``own`` must give the same for the same address."""
    document = etree.fromstring(content)
    locations = document.get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation")
    assert locations, "the document names no schema"
    _schema(locations, own).assertValid(document)
    return document


@cache
def _schema(locations: str, own: Own) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Resolver(own))
    names = locations.split()
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{location.replace("&", "&amp;")}"/>'
        for namespace, location in zip(names[::2], names[1::2], strict=True)
    )
    joined = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(joined, parser))
