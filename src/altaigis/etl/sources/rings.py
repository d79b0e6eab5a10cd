"""Rings that a source has left open."""

import numpy as np
import shapely

from altaigis.domain.finding import Finding


def closed_rings(given: np.ndarray, strict: np.ndarray, mended: np.ndarray) -> list[Finding]:
    """Findings for the rows whose geometry can only be read with its rings closed, or cannot at all."""
    return [
        Finding("warning", "ring closed", "a ring was open and has been closed", int(row) + 1)
        if mended[row] is not None
        else Finding("error", "geometry", "the geometry cannot be read", int(row) + 1)
        for row in np.flatnonzero(given & shapely.is_missing(strict))
    ]
