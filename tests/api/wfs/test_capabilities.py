"""The document of capabilities by itself: its number, and what INSPIRE adds to it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from altaigis.api.wfs.capabilities import Service, document
from altaigis.api.wfs.protocol import V20, VERSIONS
from altaigis.api.wfs.request import GetCapabilities
from altaigis.domain.extent import BBox
from altaigis.domain.revision import Revision
from altaigis.domain.text import Text
from altaigis.errors import SequenceUnknown
from api.wfs.asking import Door, find, read
from filters.examples import MEADOWS
from ogc import needs_schemas

LOADED = Revision("meadows", 1, "meadows_r1", "f", datetime(2026, 1, 1, tzinfo=UTC), 9, BBox(80, 50, 81, 51))
SERVICE = Service("http://gis.example.org", "GIS <gis@example.org>", "ru", ((MEADOWS, LOADED),))


@pytest.mark.parametrize("version", VERSIONS[:2], ids=str)
def test_its_number_is_another_when_a_layer_file_says_something_else(version: Any) -> None:
    def told(service: Service, sequence: int | None = None) -> Any:
        return etree.fromstring(document(GetCapabilities(version, sequence=sequence and str(sequence)), service))

    renamed = MEADOWS.model_copy(update={"title": Text(ru="Другие луга", en="Other meadows")})
    other = replace(SERVICE, layers=((renamed, LOADED),))
    later = replace(SERVICE, layers=((MEADOWS, replace(LOADED, created=datetime(2026, 1, 2, tzinfo=UTC))),))
    assert told(SERVICE).get("updateSequence") == str(SERVICE.sequence)
    assert len({SERVICE.sequence, other.sequence, later.sequence}) == 3
    assert later.sequence > max(SERVICE.sequence, other.sequence)
    # 1.1.0 has no document without the operators of filters
    assert len(told(SERVICE, SERVICE.sequence)) == (0 if version is V20 else 1)
    for former, now in ((SERVICE, other), (other, SERVICE), (SERVICE, later)):
        assert "FeatureTypeList" in [etree.QName(part).localname for part in told(now, former.sequence)]
    with pytest.raises(SequenceUnknown):
        told(SERVICE, later.sequence)


@needs_schemas
def test_what_inspire_adds_is_there(client: Any) -> None:
    door = Door(client)
    for language in ("rus", "eng"):
        (added,) = find(
            door.valid(door.ask("GetCapabilities", LANGUAGE=language)),
            "/*/ows:OperationsMetadata/ows:ExtendedCapabilities/dls:ExtendedCapabilities",
        )
        assert find(added, "common:SupportedLanguages/*/common:Language/text()") == ["rus", "eng"]
        assert find(added, "common:ResponseLanguage/common:Language/text()") == [language]
        addresses = find(added, "common:MetadataUrl/common:URL/text()")
        codes = find(added, "dls:SpatialDataSetIdentifier/common:Code/text()")
        spaces = find(added, "dls:SpatialDataSetIdentifier/common:Namespace/text()")
        assert len(codes) > 10
        for address in addresses + [space + code for space, code in zip(spaces, codes, strict=True)]:
            assert client.get(address).status_code == 200
    assert not find(read(door.ask("GetCapabilities", str(VERSIONS[1]))), "//dls:*")
