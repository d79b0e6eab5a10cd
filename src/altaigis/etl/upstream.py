"""Features of the layers that another one is made from, as these show them: after a rollback, and with what people
have edited."""

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Engine

from altaigis.geometry.projection import STORAGE_CRS
from altaigis.store.frames import read_columns
from altaigis.store.revisions import current_revisions

_DTYPES = {"text": "string", "bigint": "Int64", "double precision": "Float64", "boolean": "boolean"}


def read_layer(database: Engine, name: str) -> gpd.GeoDataFrame:
    """The current features of a layer that is loaded; the index is their id.

    Raises:
        RevisionNotFound: its table is gone.
    """
    columns = read_columns(database, current_revisions(database)[name])
    frame = pd.DataFrame(columns.rows, columns=list(columns.types), dtype=object)
    frame = frame.astype({name: _DTYPES[kind] for name, kind in columns.types.items() if kind in _DTYPES})
    if columns.geometry:
        shapes = shapely.from_wkb(frame[columns.geometry].to_numpy())
        frame = gpd.GeoDataFrame(frame).set_geometry(gpd.GeoSeries(shapes, crs=STORAGE_CRS, name=columns.geometry))
    return frame.set_index(columns.key, drop=False)
