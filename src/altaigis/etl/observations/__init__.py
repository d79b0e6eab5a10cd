"""Files of observations: read in pieces, vetted, converted, handed to the store; each refusal has its reason."""

from altaigis.etl.observations.files import Source
from altaigis.etl.observations.loading import load

__all__ = ["Source", "load"]
