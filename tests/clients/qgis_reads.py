"""Runs in the Python that QGIS is installed for, not in ours: opens layers and prints what QGIS sees as JSON.

Arguments: the server's address, then the ids of collections.
"""

import json
import sys

from qgis.core import QgsApplication, QgsVectorLayer, QgsWkbTypes
from qgis.PyQt.QtCore import QDate, QDateTime, Qt


def plain(value):
    """A value as JSON has it; dates as in RFC 3339."""
    if isinstance(value, QDate | QDateTime):
        return value.toString(Qt.ISODate) if value.isValid() else None
    return value if isinstance(value, str | int | float | bool) else None


def look(layer):
    """What QGIS sees of a layer."""
    features = list(layer.getFeatures()) if layer.isValid() else []
    fields = layer.fields()
    return {
        "valid": layer.isValid(),
        "error": layer.error().message(),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "geometry": QgsWkbTypes.displayString(layer.wkbType()),
        "types": {field.name(): field.typeName() for field in fields},
        "features": [
            {
                "wkt": feature.geometry().asWkt(7) if feature.hasGeometry() else None,
                "properties": {
                    field.name(): plain(value) for field, value in zip(fields, feature.attributes(), strict=True)
                },
            }
            for feature in features
        ],
    }


def tell(seen):
    print(json.dumps(seen))
    sys.stdout.flush()


def begin():
    app = QgsApplication([], False)
    app.initQgis()
    return app


def main(url, names):
    app = begin()
    tell({name: look(QgsVectorLayer(f"url='{url}' typename='{name}'", name, "OAPIF")) for name in names})
    return app


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
