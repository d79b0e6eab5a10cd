"""What the cube is made of, out of the database and data/processed."""

import geopandas as gpd
import numpy as np
import pandas as pd

from altaigis.domain.finding import Finding
from altaigis.errors import SourceError
from altaigis.etl.cube.cube import Material, make_cube
from altaigis.etl.cube.measured import Measures
from altaigis.etl.workspace import Workspace
from altaigis.store.revisions import current_revisions


def read_cube(workspace: Workspace) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The cube's rows as a source of a layer, and what could not be made.

    Raises:
        SourceError: no indicators are declared, or the units or the published values are not loaded.
        ConformError: the groups do not fit the units.
    """
    about = workspace.indicators.territories
    if about is None:
        raise SourceError("no sound files declare indicators (layers/indicators); what was loaded stays")
    revisions = current_revisions(workspace.database)
    missing = [layer for layer in (about.units, about.published) if layer not in revisions]
    if missing:
        raise SourceError(f"indicators are made from {', '.join(missing)}, which is not loaded")
    units = workspace.upstream.features(about.units)
    files = {
        layer: workspace.processed / revision.relation
        for layer, revision in revisions.items()
        if layer in workspace.indicators.layers and revision.relation.endswith(".tif")
    }
    used = sorted(workspace.indicators.layers & revisions.keys())
    inputs = "; ".join(f"{layer} {revisions[layer].number}" for layer in used)
    published = pd.DataFrame(workspace.upstream.features(about.published))
    rows, findings = make_cube(workspace.indicators, Material(units, published, Measures(units, files), inputs))
    return gpd.GeoDataFrame(rows, geometry=np.full(len(rows), None)), findings
