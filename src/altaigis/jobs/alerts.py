"""The watch: beside the jobs somebody looks at what loads have brought, and at stations that say nothing."""

import logging
import time
from typing import NoReturn

from altaigis.domain.catalog import Catalog
from altaigis.errors import AltaiError
from altaigis.store.derivations import read_derived
from altaigis.store.pool import background_engine

log = logging.getLogger("altaigis.jobs")

#: Between two looks; one that finds nothing new costs a few milliseconds.
PAUSE_SECONDS = 10.0
#: A database that is away, or a look that failed, is tried again after so many.
LATER_SECONDS = 60.0


def watch(url: str, catalog: Catalog) -> NoReturn:
    """Look again and again. What fails is told, and tried again: nothing is taken as seen before it is kept."""
    if not catalog.alerts.rules:
        raise SystemExit
    # pandas has its place in memory only where there are rules
    from altaigis.alerts.watch import look

    database = background_engine(url)
    while True:
        pause = PAUSE_SECONDS
        try:
            catalog.bring(read_derived(database))
            look(database, catalog)
        except AltaiError as error:
            log.warning("alerts wait: %s", error)
            pause = LATER_SECONDS
        time.sleep(pause)
