"""The conformed layers in data/processed, as other layers are made from them or checked against them."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import shapely


@dataclass(frozen=True)
class Products:
    """The products of the pipeline in a folder."""

    folder: Path

    def features(self, layer: str) -> gpd.GeoDataFrame:
        """A vector layer with the id, which the pipeline puts first, as its index."""
        frame = gpd.read_parquet(self.folder / f"{layer}.parquet")
        return frame.set_index(frame.columns[0], drop=False)

    def values(self, layer: str, *fields: str) -> pd.DataFrame:
        """Some fields of a vector layer or a table."""
        return pd.read_parquet(self.folder / f"{layer}.parquet", columns=list(dict.fromkeys(fields)))

    def id_field(self, layer: str) -> str:
        return str(pq.read_schema(self.folder / f"{layer}.parquet").names[0])

    def places(self, layer: str) -> dict[str, shapely.Geometry]:
        """Geometries by the text of the id; none where the layer has not been loaded."""
        if not (self.folder / f"{layer}.parquet").is_file():
            return {}
        features = self.features(layer)
        return dict(zip(features.index.astype(str), features.geometry, strict=True))
