"""altaigis alerts."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from altaigis.cli.console import say
from altaigis.cli.installation import catalog_with, ready_database
from altaigis.domain.observation import STATIONS
from altaigis.settings import read_settings

alerts = typer.Typer(no_args_is_help=True, help="When somebody should look: limits that are passed, silent stations.")


@alerts.command("check")
def alerts_check() -> None:
    """Look once at what loads have brought since the last look; the server does so by itself."""
    settings = read_settings()
    catalog = catalog_with(settings, STATIONS)
    database = ready_database(settings)
    from altaigis.alerts.watch import look
    from altaigis.store.derivations import read_derived

    catalog.bring(read_derived(database))
    say(f"{look(database, catalog)} alerts were opened, changed or withdrawn")
    database.dispose()


@alerts.command("list")
def alerts_list(
    state: Annotated[str, typer.Option(help="open, closed or withdrawn.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
) -> None:
    """The newest alerts."""
    settings = read_settings()
    catalog = catalog_with(settings, STATIONS)
    database = ready_database(settings)
    from altaigis.alerts.words import words
    from altaigis.store.alerts import Wanted, read_alerts
    from altaigis.store.pool import transaction

    with transaction(database) as connection:
        found, count = read_alerts(connection, Wanted(state=state), limit)  # type: ignore[arg-type]
    for alert in found:
        say(f"{alert.held.begin:%Y-%m-%d %H:%M} UTC  {words(alert, catalog, {}, datetime.now(UTC)).en}")
    say(f"{count} {state} alerts")
    database.dispose()
