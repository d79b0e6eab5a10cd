"""Runs in the Python that QGIS is installed for, not in ours: opens layers and prints what QGIS sees as JSON.

Arguments: the server's address, then the ids of collections.
"""

import json
import sys

from qgis.core import QgsApplication, QgsVectorLayer, QgsWkbTypes


def main(url, names):
    app = QgsApplication([], False)
    app.initQgis()
    seen = {}
    for name in names:
        layer = QgsVectorLayer(f"url='{url}' typename='{name}'", name, "OAPIF")
        features = list(layer.getFeatures()) if layer.isValid() else []
        fields = layer.fields()
        seen[name] = {
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
                        field.name(): value if isinstance(value, str | int | float | bool) else None
                        for field, value in zip(fields, feature.attributes(), strict=True)
                    },
                }
                for feature in features
            ],
        }
    print(json.dumps(seen))
    sys.stdout.flush()


main(sys.argv[1], sys.argv[2:])
