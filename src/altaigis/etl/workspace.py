"""What a run of the ETL works on."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from altaigis.domain.catalog import NO_INDICATORS
from altaigis.domain.indicator import Indicators
from altaigis.domain.progress import Progress, silent
from altaigis.etl.rawdata import RawData
from altaigis.etl.sources.remote.asking import USUAL, Asking
from altaigis.etl.upstream import Upstream


@dataclass(frozen=True)
class Workspace:
    """Where the pipeline works: raw files, what it makes of them, and the database; and how it asks for the former.

    ``progress`` is told the stages of a layer, and the rows of the last ones. ``layers`` are those whose findings are
    told of, all by default; ``indicators`` are those that the cube is made of.
    """

    raw: RawData
    processed: Path
    database: Engine
    asking: Asking = USUAL
    progress: Progress = silent
    layers: frozenset[str] | None = None
    indicators: Indicators = NO_INDICATORS

    @property
    def upstream(self) -> Upstream:
        return Upstream(self.database)
