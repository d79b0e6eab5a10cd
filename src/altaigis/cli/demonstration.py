"""What altaigis observations demonstrate does: by hand, and beside a server that has just begun to answer."""

import getpass
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any

from altaigis import errors
from altaigis.cli.console import say, telling_of_a_stop
from altaigis.cli.installation import catalog_with, ready_database
from altaigis.cli.observations import SEED, receipt_lines
from altaigis.cli.progress import analysing, reading
from altaigis.domain.observation import STATIONS, Origin
from altaigis.settings import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from altaigis.domain.catalog import Catalog
    from altaigis.domain.observation import Receipt
    from altaigis.etl.observations.demonstration import Span

#: Tells how far a work is that has this name.
Watched = Callable[[Any], AbstractContextManager[Callable[..., None]]]
FILE = "altaigis observations demonstrate"
NAME = "demonstration.parquet"


def demonstrate(seed: int, since: datetime | None, until: datetime | None) -> None:
    """Make the demonstration, or what it lacks."""
    settings = read_settings()
    catalog = catalog_with(settings, STATIONS)
    target = ready_database(settings)
    from altaigis.etl.observations.demonstration import Span

    now = datetime.now(UTC)
    if since is not None and since >= (until or now):
        raise errors.ParameterError(
            "--since", f"{since:%Y-%m-%d} is not before {until or now:%Y-%m-%d}, where they end"
        )
    if until is not None and until > now:
        raise errors.ParameterError("--until", f"{until:%Y-%m-%d} is in the future, which nobody has measured")
    receipt = _bring(target, catalog, Span(until or now, since), seed)
    if receipt is None:
        say("nothing is missing")
        return
    for line in receipt_lines("synthetic", receipt, dry_run=False, all_reasons=False):
        say(line)


def take_away() -> None:
    """Take the demonstration away."""
    target = ready_database(read_settings())
    from altaigis.etl.observations.demonstration import SOURCE
    from altaigis.store.observations.removal import remove_synthetic

    origin = Origin(_actor(), f"{FILE} --remove", SOURCE)
    values, series = remove_synthetic(target, SOURCE, origin)
    say(f"{values} synthetic values of {series} series are taken away; altaigis up does not make them again")


def at_start() -> None:
    """Make the demonstration beside a server that answers already, if it is due: behind all other work, and no longer
    than the server lives."""
    from altaigis.jobs.limits import give_way

    give_way()
    Thread(target=_end_with_input, daemon=True).start()
    settings = read_settings()
    from altaigis.etl.observations.demonstration import NORMALS, Span, is_due
    from altaigis.store.pool import background_engine

    catalog, now = catalog_with(settings, STATIONS, NORMALS), datetime.now(UTC)
    target = background_engine(settings.database_url or "")
    if not {STATIONS, NORMALS} <= {layer.id for layer in catalog} or not is_due(target, now):
        return
    try:
        receipt = _bring(target, catalog, Span(now), SEED, silent)
    except errors.NotLoaded as error:
        say(f"==> Demonstration: {error}")
        return
    if receipt:
        say(f"==> Demonstration: {receipt.added} synthetic values have been added (ALTAIGIS_DEMONSTRATION=0: none)")


@contextmanager
def silent(_: object) -> Iterator[Callable[..., None]]:
    """Beside a server nobody is told how far it is."""
    yield lambda *_: None


def _bring(
    target: "Engine", catalog: "Catalog", span: "Span", seed: int, watched: Watched | None = None
) -> "Receipt | None":
    """What is missing is made and loaded; None where nothing is."""
    from altaigis.etl.observations import Source, load
    from altaigis.etl.observations.demonstration import missing, source_name, write

    source = source_name(seed)
    parts = missing(target, catalog, span)
    with TemporaryDirectory() as folder, telling_of_a_stop(lambda: "no synthetic series is loaded"):
        path = Path(folder) / NAME
        with (watched or analysing)(source) as tell:
            if not write(path, parts, seed, tell):
                return None
        with path.open("rb") as file, (watched or reading)(path) as progress:
            return load(target, catalog, Source(file), Origin(_actor(), FILE, source), progress=progress)


def _actor() -> str:
    return f"user {getpass.getuser()}"


def _end_with_input() -> None:
    """End in order when the server does, however that one ends."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
