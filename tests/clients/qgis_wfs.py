"""Runs in the Python that QGIS is installed for, not in ours: opens layers by WFS and prints what QGIS sees as JSON.

Arguments: the address of a service, that of another which has a layer ``crowd``, a layer and a condition on it, then
the ids of the first one's layers.
"""

import sys

from qgis.core import QgsApplication, QgsSettings, QgsVectorLayer
from qgis_reads import begin, look, tell

CONNECTION = "altai"


def titles(url):
    """What the browser shows of a connection: title and address of each layer."""
    settings = QgsSettings()
    settings.setValue(f"qgis/connections-wfs/{CONNECTION}/url", url)
    provider = next(
        one for one in QgsApplication.dataItemProviderRegistry().providers() if one.name().startswith("WFS")
    )
    connection = provider.createDataItem(f"wfs:/{CONNECTION}", None)
    return [[item.name(), item.uri()] for item in connection.createChildren()]


def opened(url, name):
    return QgsVectorLayer(f"url='{url}' typename='altai:{name}' pagingEnabled='true' version='auto'", name, "WFS")


def selected(url, name, condition):
    """The layer with the condition on it."""
    layer = opened(url, name)
    return {"accepted": layer.setSubsetString(condition), **look(layer)}


def main(url, other, name, condition, names):
    app = begin()
    seen = {
        "titles": titles(url),
        "layers": {name: look(opened(url, name)) for name in names},
        "selected": selected(url, name, condition),
        "crowd": look(opened(other, "crowd")),
    }
    tell(seen)
    return app


main(*sys.argv[1:5], sys.argv[5:])
