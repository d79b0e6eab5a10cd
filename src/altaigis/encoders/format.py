"""A format: how a file of features is called, what it asks of the database, and who writes it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from altaigis.domain.crs import Crs
from altaigis.domain.extract import Extract, Form
from altaigis.domain.query import FeatureQuery

#: Writes features as they come, in rows or in texts as its form has them; holds no more than a batch of them (or
#: spools them to disk).
Encoder = Callable[[Extract, Any], AsyncIterator[bytes]]


@dataclass(frozen=True)
class Format:
    """A format of whole files. ``only_crs`` is the one that it knows, where it knows but one; ``follows_axes`` tells
    whether its coordinates stand in the order of the CRS's axes, and not always easting first."""

    title: str
    media_type: str
    extension: str
    form: Callable[[FeatureQuery], Form]
    encode: Encoder
    follows_axes: bool = False
    only_crs: Crs | None = None

    def crs(self, asked: Crs) -> Crs:
        """The CRS, with its order of axes, that coordinates are in when ``asked`` is asked for."""
        return asked if self.follows_axes else asked.easting_first


def of_all(form: Form) -> Callable[[FeatureQuery], Form]:
    """The same form for whatever is asked."""
    return lambda _: form
