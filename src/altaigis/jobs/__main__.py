"""``python -m altaigis.jobs``: the worker of the server that has started it, and that holds the other end of its input."""

import logging
import signal
import sys
from threading import Thread

from altaigis.jobs.limits import Limits, give_way


def main() -> None:
    # before anything is read: the server beside has just begun to answer
    give_way()
    from altaigis.jobs.work import work
    from altaigis.jobs.worker import Worker, warm_up
    from altaigis.settings import read_settings

    logging.basicConfig(format="altaigis jobs: %(message)s")
    settings = read_settings()
    limits = Limits(settings.job_seconds, settings.job_memory_mb)
    worker = Worker(settings.database_url or "", work(settings), limits, settings.jobs)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    Thread(target=lambda: (sys.stdin.read(), worker.stop()), daemon=True).start()
    warm_up()
    worker.run()


if __name__ == "__main__":
    main()
