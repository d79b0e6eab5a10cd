"""Features of the layers that another one is made from, as these show them: after a rollback, and with what people
have edited."""

from collections.abc import Collection
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Engine

from altaigis.domain.revision import Revision
from altaigis.geometry.projection import STORAGE_CRS
from altaigis.store.frames import read_columns
from altaigis.store.revisions import current_revisions

_DTYPES = {"text": "string", "bigint": "Int64", "double precision": "Float64", "boolean": "boolean"}


@dataclass(frozen=True)
class Upstream:
    """The loaded layers of a database, as other layers are made from them or checked against them."""

    database: Engine

    def features(self, layer: str, fields: Collection[str] | None = None) -> gpd.GeoDataFrame:
        """The current features of a layer that is loaded; the index is their id.

        Args:
            fields: what is asked for beside the id; all, if nothing is said.

        Raises:
            RevisionNotFound: its table is gone.
        """
        columns = read_columns(self.database, current_revisions(self.database)[layer], fields)
        # as tuples: pandas takes the rows of SQLAlchemy value by value
        frame = pd.DataFrame(list(map(tuple, columns.rows)), columns=list(columns.types), dtype=object)
        frame = frame.astype({name: _DTYPES[kind] for name, kind in columns.types.items() if kind in _DTYPES})
        if columns.geometry:
            shapes = shapely.from_wkb(frame[columns.geometry].to_numpy())
            frame = gpd.GeoDataFrame(frame).set_geometry(gpd.GeoSeries(shapes, crs=STORAGE_CRS, name=columns.geometry))
        return frame.set_index(columns.key, drop=False)

    def places(self, layer: str) -> dict[str, shapely.Geometry]:
        """Geometries by the text of the id; none where the layer has not been loaded."""
        if layer not in current_revisions(self.database):
            return {}
        features = self.features(layer)
        return dict(zip(features.index.astype(str), features.geometry, strict=True))


@dataclass(frozen=True)
class Remembered(Upstream):
    """The same for those who ask often: a layer is read again when it has another revision."""

    _read: dict[str, tuple[Revision, gpd.GeoDataFrame]] = field(default_factory=dict, init=False, repr=False)

    def features(self, layer: str, fields: Collection[str] | None = None) -> gpd.GeoDataFrame:  # noqa: ARG002 - has all
        """The current features of a layer that is loaded, with all fields; nobody may change the frame."""
        now = current_revisions(self.database)[layer]
        if layer not in self._read or self._read[layer][0] != now:
            self._read[layer] = now, super().features(layer)
        return self._read[layer][1]
