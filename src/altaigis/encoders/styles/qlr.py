"""A layer definition of QGIS: the layer's tiles, and its features by OGC API, both drawn in the style."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from altaigis.domain.legend import FeatureStyle, rules, shape_of_layer
from altaigis.domain.style import RasterStyle
from altaigis.domain.text import Text
from altaigis.encoders.styles import qgis
from altaigis.encoders.styles.portrayal import Portrayal, StyleFormat
from altaigis.encoders.styles.qml import GEOMETRIES, renderer
from altaigis.encoders.xml import element, escape

TILES = Text(ru="тайлы", en="tiles")
FEATURES = Text(ru="объекты и таблица", en="features and table")
#: QGIS's own numbers of CRSs, by those of EPSG: without its number it takes a CRS of a file for none.
_SRSIDS: Mapping[int, int] = {3857: 3857, 4326: 3452}


@dataclass(frozen=True)
class _Source:
    """What QGIS opens: the kind of its layer, the provider that reads it and how it is drawn (XML)."""

    name: Text
    kind: str
    provider: str
    address: str
    epsg: int
    drawn: str
    is_seen: bool = True


def encode(portrayal: Portrayal) -> bytes:
    """A group of the tiles and, switched off until somebody wants their table, the features."""
    style = portrayal.style
    if isinstance(style, RasterStyle):
        # the tiles of rasters are coloured already
        sources = [_Source(TILES, "raster", "wms", _tiles(portrayal), 3857, "")]
    else:
        drawn = element("renderer", {"type": "basic"}, element("styles", {}, *_styles(portrayal, style)))
        collection = f"url='{portrayal.addresses.server}' typename='{portrayal.layer.id}'"
        features = renderer(portrayal, style)
        sources = [
            _Source(TILES, "vector-tile", "vectortile", _tiles(portrayal), 3857, drawn),
            _Source(FEATURES, "vector", "OAPIF", collection, 4326, features, is_seen=False),
        ]
    group = element(
        "layer-tree-group",
        {"name": portrayal.layer.title.in_(portrayal.language), "checked": "Qt::Checked", "expanded": 1},
        *(_node(portrayal, source) for source in sources),
    )
    layers = element("maplayers", {}, *(_layer(portrayal, source) for source in sources))
    root = element("qlr", {}, element("layer-tree-group", {"name": "", "checked": "Qt::Checked"}, group), layers)
    return f"<!DOCTYPE qlr>\n{root}\n".encode()


def _node(portrayal: Portrayal, source: _Source) -> str:
    attributes = {
        "id": _id(portrayal, source),
        "name": _name(portrayal, source),
        "providerKey": source.provider,
        "source": source.address,
        "checked": "Qt::Checked" if source.is_seen else "Qt::Unchecked",
        "expanded": int(source.is_seen),
    }
    return element("layer-tree-layer", attributes)


def _layer(portrayal: Portrayal, source: _Source) -> str:
    return element(
        "maplayer",
        {"type": source.kind},
        element("id", {}, escape(_id(portrayal, source))),
        element("datasource", {}, escape(source.address)),
        element("layername", {}, escape(_name(portrayal, source))),
        element("srs", {}, _crs(source.epsg)),
        element("provider", {"encoding": "UTF-8"}, source.provider),
        source.drawn,
    )


def _crs(epsg: int) -> str:
    known = {"srsid": _SRSIDS[epsg], "srid": epsg, "authid": f"EPSG:{epsg}"}
    return element("spatialrefsys", {}, *(element(name, {}, str(value)) for name, value in known.items()))


def _id(portrayal: Portrayal, source: _Source) -> str:
    return f"{portrayal.layer.id}_{portrayal.name}_{source.provider}"


def _name(portrayal: Portrayal, source: _Source) -> str:
    language = portrayal.language
    return f"{portrayal.layer.title.in_(language)}: {source.name.in_(language)}"


def _tiles(portrayal: Portrayal) -> str:
    zooms = portrayal.layer.tiles
    address = quote(portrayal.addresses.tiles, safe=":/{}")
    return f"type=xyz&url={address}&zmin={zooms.minzoom}&zmax={zooms.maxzoom}"


def _styles(portrayal: Portrayal, style: FeatureStyle) -> Iterator[str]:
    """Each rule by itself: of tiles QGIS draws every one whose expression holds."""
    layer = portrayal.layer
    shape = shape_of_layer(layer)
    for rule in rules(layer, style):
        attributes = {
            "name": rule.title.in_(portrayal.language),
            "layer": layer.id,
            "geometry": GEOMETRIES[shape],
            "expression": qgis.condition(rule.when),
            "enabled": 1,
            "min-zoom": -1,
            "max-zoom": -1,
        }
        yield element("style", attributes, element("symbols", {}, qgis.symbol(0, rule.symbol, shape)))


FORMAT = StyleFormat("QGIS (QLR)", "application/x-qgis-layer-definition", "qlr", encode)
