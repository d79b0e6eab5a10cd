"""Documents of styles and legends: well-formed whatever the texts are, true to each geometry, nothing cut off."""

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from rasterio.io import MemoryFile

from altaigis.domain.layer import Layer
from altaigis.domain.text import LANGUAGES, Language
from altaigis.encoders.styles import legend
from altaigis.encoders.styles.formats import FORMATS
from altaigis.encoders.styles.portrayal import Addresses, Portrayal
from altaigis.web import FONTS
from catalogs import project_catalog

NOWHERE = Addresses("http://localhost", "http://localhost/tilejson.json", "http://localhost/{z}/{x}/{y}.mvt")
SLD = {"s": "http://www.opengis.net/sld", "o": "http://www.opengis.net/ogc"}
#: What XML 1.0 cannot hold.
UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
TEXTS = st.text(min_size=1, max_size=40)


def portrayal(style: dict[str, Any], geometry: str = "Point", language: Language = "ru", **field: Any) -> Portrayal:
    """A synthetic layer in one style of its field ``value``, titles in Russian and English."""
    layer = Layer.model_validate(
        {
            "id": "synthetic",
            "theme": "nature",
            "title": {"ru": "Придуманный", "en": "Synthetic"},
            "source": {"file": "a.csv", "licence": "CC0-1.0", "attribution": {"ru": "нет", "en": "none"}},
            "fields": {
                "fid": {"role": "id", "type": "text"},
                "value": {"type": "text", **field},
                "geom": {"role": "geometry", "type": geometry},
            },
            "styles": {"default": {"title": {"ru": "Вид", "en": "Kind"}, **style}},
        }
    )
    return Portrayal(layer, "default", language, NOWHERE)


def categories(*values: Any, **symbols: dict[str, Any]) -> dict[str, Any]:
    listed = [
        {"value": value, "title": {"ru": f"вид {value}", "en": f"kind {value}"}, "symbol": {"fill": "#112233"}}
        for value in values
    ]
    return {"kind": "categories", "field": "value", "categories": listed, **symbols}


def classes(*breaks: float, **more: Any) -> dict[str, Any]:
    colours = [f"#0000{number:02x}" for number in range(len(breaks) + 1)]
    method = {"ru": "заданы", "en": "given"}
    return {"kind": "classes", "field": "value", "breaks": breaks, "colours": colours, "method": method, **more}


def maplibre(drawn: Portrayal) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = json.loads(FORMATS["maplibre"].encode(drawn))["layers"]
    return layers


@given(value=TEXTS, title=TEXTS)
def test_any_text_comes_through(value: str, title: str) -> None:
    style = categories(value)
    style["categories"][0]["title"] = {"ru": title, "en": title}
    drawn = portrayal(style)
    kept = UNHOLDABLE.sub("\ufffd", value)
    documents = {f: etree.fromstring(FORMATS[f].encode(drawn)) for f in ("sld", "qml", "qlr")}
    assert documents["sld"].findtext(".//s:Rule/o:Filter//o:Literal", namespaces=SLD) == kept
    assert documents["sld"].findtext(".//s:Rule/s:Title", namespaces=SLD) == UNHOLDABLE.sub("\ufffd", title)
    assert documents["qml"].xpath("string(//category/@value)") == kept
    assert documents["qlr"].xpath("string(//style/@name)") == UNHOLDABLE.sub("\ufffd", title)
    assert etree.fromstring(legend.svg(drawn).encode()).tag == "{http://www.w3.org/2000/svg}svg"
    listed, rest = maplibre(drawn)
    assert (listed["paint"]["circle-color"], listed["filter"]) == ("#112233", ["==", ["get", "value"], value])
    assert (rest["paint"]["circle-color"], rest["filter"]) == ("#d9d9d9", ["all", ["!=", ["get", "value"], value]])


def test_classes_colour_lines_by_their_stroke() -> None:
    drawn = portrayal(classes(1, symbol={"stroke": "#ff0000", "width": 3}), "MultiLineString", type="number")
    lines = maplibre(drawn)
    assert [line["paint"]["line-color"] for line in lines] == ["#000000", "#000001", "#d9d9d9"]
    assert lines[1]["filter"] == ["all", ["has", "value"], [">=", ["get", "value"], 1]]
    strokes = etree.fromstring(FORMATS["sld"].encode(drawn)).findall(".//s:CssParameter[@name='stroke']", SLD)
    assert [stroke.text for stroke in strokes] == ["#000000", "#000001", "#d9d9d9"]
    assert re.findall(r'stroke="(#\w+)"', legend.svg(drawn)) == ["#000000", "#000001", "#d9d9d9"]


def test_one_class_takes_every_number_and_none_takes_its_place() -> None:
    drawn = portrayal(classes(), type="number")
    assert [circles["filter"] for circles in maplibre(drawn)] == [["has", "value"], ["!", ["has", "value"]]]
    assert [rule.get("filter") for rule in etree.fromstring(FORMATS["qml"].encode(drawn)).iter("rule")] == [
        '"value" IS NOT NULL',
        '"value" IS NULL',
    ]
    assert "есть данные" in legend.svg(drawn)


def test_yes_and_no_are_compared_as_what_they_are() -> None:
    drawn = portrayal(categories("true"), type="boolean")
    assert maplibre(drawn)[0]["filter"] == ["==", ["get", "value"], True]
    expressions = etree.fromstring(FORMATS["qlr"].encode(drawn)).xpath("//style/@expression")
    assert expressions == ['"value" = true', '"value" IS NULL OR "value" NOT IN (true)']


def test_what_is_painted_alike_is_one_layer() -> None:
    style = categories("a", "b", "c", other={"fill": "#112233", "stroke": "#00ff00"})
    style["categories"][0]["symbol"] = {"stroke": "#ff0000", "width": 2, "dash": [6, 4]}
    fill, dashed, solid = maplibre(portrayal(style, "Polygon"))
    value = ["get", "value"]
    others = ["all", *(["!=", value, listed] for listed in "abc")]
    assert fill["filter"] == ["any", ["==", value, "b"], ["==", value, "c"], others]
    # MapLibre counts in widths of the line
    assert (dashed["paint"]["line-dasharray"], dashed["filter"]) == ([3, 2], ["==", value, "a"])
    assert (solid["paint"]["line-color"], solid["filter"]) == ("#00ff00", others)
    assert "6 4" in FORMATS["sld"].encode(portrayal(style, "Polygon")).decode()


def test_the_rest_is_shown_only_where_there_can_be_one() -> None:
    listed = {"values": ["a", "b"]}
    assert "Other" not in legend.svg(portrayal(categories("a", "b"), language="en", required=True, **listed))
    assert "Other" in legend.svg(portrayal(categories("a", "b"), language="en", **listed))
    assert "Other" in legend.svg(portrayal(categories("a"), language="en", required=True, **listed))


def test_a_word_without_an_end_is_broken() -> None:
    style = categories("a")
    style["categories"][0]["title"] = {"ru": "Щ" * 100, "en": "a"}
    lines = re.findall(">(Щ+)<", legend.svg(portrayal(style)))
    assert sum(map(len, lines)) == 100
    assert max(map(len, lines)) * legend.PLAIN.size < legend.WIDTH


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_legend_is_cut_off(language: Language) -> None:
    fonts = tuple(sorted(FONTS.glob("*.ttf")))
    assert fonts
    catalog = project_catalog()
    for name in ("districts", "settlements", "resort_sites", "landcover", "elevation"):
        drawing = legend.svg(Portrayal(catalog.layer(name), "default", language, NOWHERE))
        with MemoryFile(legend.png(drawing, fonts)) as file, file.open() as picture:
            inked = (picture.read()[:3] < 250).any(axis=0)
        rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
        assert inked.shape[1] == legend.WIDTH
        assert legend.MARGIN - 2 <= columns[0] <= columns[-1] <= legend.WIDTH - legend.MARGIN + 1, name
        assert legend.MARGIN - 2 <= rows[0] <= rows[-1] <= inked.shape[0] - legend.MARGIN + 2, name
