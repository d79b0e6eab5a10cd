"""Runs in the Python that QGIS is installed for, not in ours: loads styles as a person does, and prints as JSON what
colours QGIS draws each feature in.

Arguments: a layer definition (.qlr), a style of MapLibre, then pairs of a file of features and a style for it (.qml,
.sld).
"""

import json
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsLayerDefinition,
    QgsMapBoxGlStyleConversionContext,
    QgsMapBoxGlStyleConverter,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize


def drawn(layer):
    """The colours of each feature's symbols: one, if a style is right."""
    renderer, context = layer.renderer().clone(), QgsRenderContext()
    context.setExpressionContext(QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer)))
    renderer.startRender(context, layer.fields())
    found = []
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        found.append([symbol.color().name() for symbol in renderer.originalSymbolsForFeature(feature, context)])
    renderer.stopRender(context)
    return found


def tiles_drawn(renderer, features):
    """The same of the features as if they came in tiles; outlines left aside."""
    styles = [
        (QgsExpression(style.filterExpression()), style.symbol().color().name())
        for style in renderer.styles()
        if style.symbol().symbolLayer(0).layerType() == "SimpleFill"
    ]
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(features))
    found = []
    for feature in features.getFeatures():
        context.setFeature(feature)
        found.append([colour for filter_, colour in styles if filter_.evaluate(context)])
    return found


def picture(layer):
    """Colours of a grid of pixels of the krai, drawn as on a screen."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(8_650_000, 6_530_000, 9_720_000, 7_250_000))
    settings.setOutputSize(QSize(960, 720))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    return [image.pixelColor(x, y).name() for x in range(0, 960, 16) for y in range(0, 720, 16)]


def main(definition, maplibre, *pairs):
    app = QgsApplication([], False)
    app.initQgis()
    seen = {"styles": [], "layers": []}
    for path, style in zip(pairs[::2], pairs[1::2], strict=True):
        layer = QgsVectorLayer(path, "features", "ogr")
        load = layer.loadSldStyle if style.endswith(".sld") else layer.loadNamedStyle
        error, loaded = load(style)
        seen["styles"].append(drawn(layer) if loaded else error)
    project = QgsProject.instance()
    QgsLayerDefinition.loadLayerDefinition(definition, project, project.layerTreeRoot())
    for node in project.layerTreeRoot().findLayers():
        layer = node.layer()
        seen["layers"].append(
            {
                "name": layer.name(),
                "valid": layer.isValid(),
                "seen": node.isVisible(),
                "picture": picture(layer),
                "drawn": tiles_drawn(layer.renderer(), QgsVectorLayer(pairs[0], "features", "ogr"))
                if isinstance(layer, QgsVectorTileLayer)
                else drawn(layer),
            }
        )
    converter = QgsMapBoxGlStyleConverter()
    converter.convert(Path(maplibre).read_text(encoding="utf-8"), QgsMapBoxGlStyleConversionContext())
    districts = QgsVectorLayer(pairs[0], "features", "ogr")
    seen["maplibre"] = {"warnings": converter.warnings(), "drawn": tiles_drawn(converter.renderer(), districts)}
    print(json.dumps(seen))
    sys.stdout.flush()


main(*sys.argv[1:])
