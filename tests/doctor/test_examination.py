"""The doctor finds nothing wrong with us, and finds what is known to be wrong with others."""

from collections.abc import Callable, Mapping

import httpx
import orjson
import pytest
from fastapi.testclient import TestClient

from altaigis.doctor import server
from altaigis.doctor.examination import examine
from altaigis.errors import ServiceError

Answers = Callable[[Mapping[str, str]], httpx.Response]


@pytest.mark.parametrize(("address", "layers"), [("http://testserver/wfs", 15), ("http://testserver/", 17)])
def test_we_are_well(client: TestClient, address: str, layers: int) -> None:
    found = list(examine(address, client, 20))
    assert [finding for finding in found if finding.weight != "good"] == []
    assert "districts: 69 features" in " ".join(finding.told for finding in found)
    assert len(found) >= layers - 3


FEATURE = (
    '<wfs:member><a:t gml:id="t.{0}"><a:geom><gml:Point><gml:pos>{1}</gml:pos></gml:Point></a:geom></a:t></wfs:member>'
)
NAMES = 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:a="urn:a" '
CAPABILITIES = """<{0}WFS_Capabilities {1} xmlns="http://www.opengis.net/wfs/2.0" version="2.0.0">
<Constraint name="ImplementsResultPaging"><DefaultValue>{2}</DefaultValue></Constraint>
<Constraint name="CountDefault"><DefaultValue>10</DefaultValue></Constraint>
<FeatureType><Name>a:t</Name><DefaultCRS>urn:ogc:def:crs:EPSG::4326</DefaultCRS><WGS84BoundingBox>
<LowerCorner>80 50</LowerCorner><UpperCorner>81 51</UpperCorner></WGS84BoundingBox></FeatureType>
</{0}WFS_Capabilities>"""
SCHEMA = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="x" type="{}"/></xs:schema>'


def wfs(
    *,
    paging: str = "TRUE",
    prefix: str = "wfs:",
    place: str = "50.5 80.5",
    step: int = 10,
    kind: str = "gml:PointPropertyType",
) -> Answers:
    """A synthetic server with 25 features; pages begin at multiples of ``step`` whatever is asked."""

    def answer(asked: Mapping[str, str]) -> httpx.Response:
        if asked["REQUEST"] == "GetCapabilities":
            return httpx.Response(200, text=CAPABILITIES.format(prefix, NAMES, paging))
        if asked["REQUEST"] == "DescribeFeatureType":
            return httpx.Response(200, text=SCHEMA.format(kind))
        if "STOREDQUERY_ID" in asked:
            return httpx.Response(404)
        start = int(asked.get("STARTINDEX", 0)) * step // 10
        number = 0 if asked.get("RESULTTYPE") == "hits" else min(int(asked.get("COUNT", 10)), 10)
        pos = place if asked.get("SRSNAME") != "EPSG:4326" else "80.5 50.5"
        members = "".join(FEATURE.format(n, pos) for n in range(start, start + number))
        return httpx.Response(
            200, text=f'<wfs:FeatureCollection {NAMES} numberMatched="25">{members}</wfs:FeatureCollection>'
        )

    return answer


def examined(answers: Answers, url: str = "http://elsewhere.example/wfs") -> list[str]:
    """What is told of a server that is not well."""
    transport = httpx.MockTransport(lambda request: answers(dict(request.url.params)))
    with httpx.Client(transport=transport) as http:
        return [finding.told for finding in examine(url, http, 20) if finding.weight != "good"]


def test_others_are_told_what_is_wrong() -> None:
    assert examined(wfs()) == []
    assert "declares no paging" in examined(wfs(paging="true"))[0]
    assert "do not call their own elements wfs:" in examined(wfs(prefix=""))[0]
    assert "outside of its box" in examined(wfs(place="80.5 50.5"))[0]
    assert "features of the first" in examined(wfs(step=0))[0]
    assert "type xs:time" in examined(wfs(kind="xs:time"))[0]
    assert "type of its geometry is not told" in examined(wfs(kind="gml:GeometryPropertyType"))[0]


def oapif(request: httpx.Request) -> httpx.Response:
    """A synthetic server of OGC API – Features with what such servers commonly lack."""
    items = [{"type": "Feature", "id": n} for n in range(10)]
    documents = {
        "/": {"links": [{"rel": "service-desc", "href": "/api"}, {"rel": "data", "href": "/collections?f=json"}]},
        "/api": {"components": {}},
        "/collections": {
            "collections": [{"id": "t", "itemType": "feature", "links": [{"rel": "items", "href": "/items"}]}]
        },
        "/items": {"features": items, "numberMatched": 25, "links": []},
    }
    return httpx.Response(200, content=orjson.dumps(documents[request.url.path]))


def test_of_ogc_api_too() -> None:
    with httpx.Client(transport=httpx.MockTransport(oapif)) as http:
        told = [finding.told for finding in examine("http://elsewhere.example/", http, 5) if finding.weight != "good"]
    for words in ("has parameters", "asks for 100 features", "conformance lacks", "10 of 25 features; no link next"):
        assert any(words in one for one in told), words


@pytest.mark.parametrize("text", ["", "<html>", "{}", "[1]", "<WFS_Capabilities", "\xff"])
def test_what_is_no_server_is_one_clear_error(text: str) -> None:
    with pytest.raises(ServiceError):
        examined(lambda _: httpx.Response(200, text=text))
    with pytest.raises(ServiceError, match="is no address"):
        examined(wfs(), "localhost/wfs")
    with pytest.raises(ServiceError, match="is no address"):
        examined(wfs(), "http://[::1")


def test_a_server_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LONGEST", 0)
    with pytest.raises(ServiceError, match="has not answered wholly"):
        examined(wfs())
