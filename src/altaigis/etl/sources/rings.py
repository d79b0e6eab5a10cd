"""Rings that a source has left open."""

import numpy as np
import pandas as pd
import shapely

from altaigis.domain.finding import Finding


def closed_rings(given: np.ndarray, strict: np.ndarray, mended: np.ndarray, places: pd.Index) -> list[Finding]:
    """Findings for the rows whose geometry can only be read with its rings closed, or cannot at all.

    Args:
        places: where the rows stand in the source.
    """
    return [
        Finding("warning", "ring closed", "a ring was open and has been closed", int(places[row]))
        if mended[row] is not None
        else Finding("error", "geometry", "the geometry cannot be read", int(places[row]))
        for row in np.flatnonzero(given & shapely.is_missing(strict))
    ]
