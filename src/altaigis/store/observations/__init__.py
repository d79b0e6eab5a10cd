"""Observations in the database: staged by COPY, merged by calendar years in one transaction, aggregated as they change.

Locks are always taken in one order (parameters, sources, new series, known series, years), so that loads which meet
wait for each other and never in a circle. A series that is locked here has no other writer, which is why rows can be
told new, corrected or unchanged by a join, and inserted plainly.
"""

from altaigis.store.observations.intakes import REQUEST_LOCK_SECONDS, Intake, Known, intake, known
from altaigis.store.observations.ledger import record_failure
from altaigis.store.observations.merge import Counts
from altaigis.store.observations.rows import Rows

__all__ = ["REQUEST_LOCK_SECONDS", "Counts", "Intake", "Known", "Rows", "intake", "known", "record_failure"]
