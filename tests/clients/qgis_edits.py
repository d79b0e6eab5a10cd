"""Runs in the Python that QGIS is installed for, not in ours: edits a layer by WFS and prints what came of it as JSON.

Arguments: the address of the service, a key, a version of WFS or ``auto``.
"""

import sys

from qgis.core import QgsDataSourceUri, QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
from qgis.PyQt.QtCore import QDateTime
from qgis_reads import begin, tell


def opened(url, key, version):
    uri = QgsDataSourceUri()
    for name, value in {"url": url, "typename": "altai:sites", "version": version, "srsname": "EPSG:4326"}.items():
        uri.setParam(name, value)
    uri.setUsername("anybody")
    uri.setPassword(key)
    return QgsVectorLayer(uri.uri(False), "sites", "WFS")


def commit(layer):
    done = layer.commitChanges()
    told = layer.commitErrors()
    if not done:
        layer.rollBack()
    return [done, " ".join(told)]


def found(layer, name):
    """The one feature of a name. All are read: QGIS downloads in a thread, and may fail when an iterator is left."""
    layer.dataProvider().reloadData()
    (one,) = [feature for feature in layer.getFeatures() if feature["name_ru"] == name]
    return one


def edit(url, key, version):
    """Adds a feature, changes and moves it, breaks a rule, and takes another feature away."""
    layer = opened(url, key, version)
    seen = {"valid": layer.isValid(), "count": len(list(layer.getFeatures()))}
    layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature["name_ru"] = f"Новое место {version}"
    feature["visitors"] = 5
    feature["seen"] = QDateTime(2024, 1, 1, 5, 0, 0)  # as a form gives it: in local time
    feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(85.25, 52.5)))
    layer.addFeature(feature)
    seen["added"] = commit(layer)
    made = found(layer, f"Новое место {version}")
    layer.startEditing()
    layer.changeAttributeValue(made.id(), layer.fields().indexFromName("visitors"), 7)
    layer.changeGeometry(made.id(), QgsGeometry.fromPointXY(QgsPointXY(84.5, 51.5)))
    seen["changed"] = commit(layer)
    layer.startEditing()
    layer.changeAttributeValue(made.id(), layer.fields().indexFromName("visitors"), -1)
    seen["refused"] = commit(layer)
    gone = found(layer, f"Старое место {version}")
    layer.startEditing()
    layer.deleteFeature(gone.id())
    seen["deleted"] = commit(layer)
    return seen


app = begin()
tell(edit(*sys.argv[1:4]))
