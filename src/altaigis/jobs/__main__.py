"""``python -m altaigis.jobs``: the worker beside a server, which has started it and holds the other end of its pipe."""

import logging
import os
import signal
import sys
from threading import Thread
from typing import TYPE_CHECKING

from altaigis.errors import AltaiError
from altaigis.jobs.limits import Limits, give_way

if TYPE_CHECKING:
    from altaigis.jobs.worker import Worker


def main() -> None:
    # before anything is read: the server beside has just begun to answer
    give_way()
    from altaigis.jobs.alerts import watch
    from altaigis.jobs.analyses import Analyses
    from altaigis.jobs.worker import Worker, warm_up
    from altaigis.settings import read_settings

    logging.basicConfig(format="altaigis jobs: %(message)s")
    try:
        settings = read_settings()
        url = settings.database_url or ""
        work = Analyses.of(settings, url)
    except AltaiError as error:
        sys.exit(f"altaigis jobs: {error}")
    limits = Limits(settings.job_seconds, settings.job_memory_mb)
    worker = Worker(url, work, limits, settings.jobs)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    Thread(target=_end_with_input, args=(worker,), daemon=True).start()
    Thread(target=watch, args=(url, work.catalog), daemon=True).start()
    warm_up()
    worker.run()


def _end_with_input(worker: "Worker") -> None:
    # past the buffers of sys.stdin, whose lock the interpreter would want when it ends
    while os.read(0, 1):
        pass
    worker.stop()


if __name__ == "__main__":
    main()
