"""What a layer file may say of a source on somebody's server, and how a mistake in it is told."""

from pathlib import Path

import pytest

from altaigis.domain.layer import Layer
from altaigis.domain.remote import OVERPASS, OapifCollection, OverpassAnswer, WebFile, WfsType
from altaigis.errors import LayerFileError
from altaigis.layerfiles import read_catalog
from projects import head

LAYER = (
    head("sites", "remote/sites.SUFFIX", "remote: {REMOTE}")
    + """\
  site_id: {role: id, type: text}
  geom: {role: geometry, type: Point}
"""
)


def read(folder: Path, remote: str, suffix: str = "csv") -> Layer:
    text = LAYER.replace("REMOTE", remote).replace("SUFFIX", suffix)
    (folder / "sites.yaml").write_text(text, encoding="utf-8")
    return read_catalog(folder).layer("sites")


@pytest.mark.parametrize(
    ("remote", "suffix", "meant"),
    [
        ("url: 'https://example.org/a.csv'", "csv", WebFile(url="https://example.org/a.csv")),
        (
            "wfs: 'http://[::1]:8080/wfs?map=a', type: 'a:b', version: 1.1.0",
            "gml",
            WfsType(wfs="http://[::1]:8080/wfs?map=a", type="a:b", version="1.1.0"),
        ),
        (
            "oapif: 'https://example.org', collection: a, page: 10",
            "geojson",
            OapifCollection(oapif="https://example.org", collection="a", page=10),
        ),
        ("relations: [1, 2]", "osmjson", OverpassAnswer(overpass=OVERPASS, relations=(1, 2))),
        ("query: 'out geom;', timeout: 20", "osmjson", OverpassAnswer(query="out geom;", timeout=20)),
    ],
)
def test_each_kind(tmp_path: Path, remote: str, suffix: str, meant: object) -> None:
    layer = read(tmp_path, remote, suffix)
    assert layer.source.remote == meant
    assert Layer.model_validate(layer.model_dump(by_alias=True)) == layer


@pytest.mark.parametrize(
    ("remote", "place", "problem"),
    [
        ("url: 'ftp://example.org/a.csv'", "source.remote.url", "must be an address like https://"),
        ("url: 'file:///etc/passwd'", "source.remote.url", "must be an address like https://"),
        ("url: 'https://'", "source.remote.url", "must be an address like https://"),
        ("url: 'https://a b/'", "source.remote.url", "must be an address like https://"),
        ("url: 'https://[/'", "source.remote.url", "must be an address like https://"),
        ("url: 'https://me:secret@example.org/'", "source.remote.url", "must not hold a name and password"),
        ("url: 'https://a/', sha256: abc", "source.remote.sha256", "pattern"),
        ("url: 'https://a/', timeout: 0", "source.remote.timeout", "greater than 0"),
        ("url: 'https://a/', max_mb: .inf", "source.remote.max_mb", "finite"),
        ("url: 'https://a/', collection: a", "source.remote.collection", "is not a key that is known"),
        ("wfs: 'https://a/'", "source.remote.type", "is required"),
        ("wfs: 'https://a/', type: a, version: 1.0.0", "source.remote.version", "2.0.0"),
        ("oapif: 'https://a/'", "source.remote.collection", "is required"),
        ("relations: []", "source.remote", "needs either relations"),
        ("relations: [1], query: a", "source.remote", "needs either relations"),
        ("relations: [-1]", "source.remote.relations.0", "greater than or equal to 1"),
        ("address: a", "source.remote", "must be one of {url: …}, {wfs: …, type: …}"),
        ("wfs: 'https://a/', type: a", "source.file", "must end in .gml"),
        ("oapif: 'https://a/', collection: a", "source.file", "must end in .geojson"),
        ("relations: [1]", "source.file", "must end in .osmjson"),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, remote: str, place: str, problem: str) -> None:
    with pytest.raises(LayerFileError) as error:
        read(tmp_path, remote)
    (mistake,) = error.value.mistakes
    assert mistake.key == place
    assert mistake.line == (5 if place == "source.file" else 6)
    assert problem in mistake.problem


def test_manners_do_not_make_another_source() -> None:
    usual = WfsType(wfs="https://a/", type="b")
    assert usual.origin == WfsType(wfs="https://a/", type="b", timeout=1, max_mb=1, page=7).origin
    assert usual.origin != WfsType(wfs="https://a/", type="c").origin
