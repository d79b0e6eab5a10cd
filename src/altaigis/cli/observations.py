"""altaigis observations."""

import getpass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from altaigis import errors
from altaigis.cli.console import EXIT_FAILED, err, say, telling_of_a_stop
from altaigis.cli.installation import catalog_with, ready_database
from altaigis.cli.progress import reading
from altaigis.domain.observation import STATIONS, Origin
from altaigis.settings import read_settings

if TYPE_CHECKING:
    from altaigis.domain.observation import Receipt

observations = typer.Typer(no_args_is_help=True, help="What stations measure.")

#: Seed of the demonstration series of a new installation.
SEED = 8
DAYS = ["%Y-%m-%d"]
#: So many reasons of refusal are told, the commonest first; all of them, where that is asked for.
SHOWN_REASONS = 10


@observations.command("load")
def observations_load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, JSON lines or Parquet; .gz too.")],
    zone: Annotated[str | None, typer.Option(help="Zone of times that name none, as Asia/Barnaul.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Where rows come from that do not say it; the file's name.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of CSV or JSON where it is not detected rightly, as cp1251.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would happen, and load nothing.")] = False,
) -> None:
    """Load observations; a file is loaded as a whole or not at all. One of which no row is taken counts as failed."""
    settings = read_settings()
    catalog = catalog_with(settings, STATIONS)
    target = ready_database(settings)
    from altaigis.etl.observations import Source, load
    from altaigis.etl.sources.encodings import UTF_8

    failed = 0
    for path in files:
        origin = Origin(f"user {getpass.getuser()}", path.name, source or path.name, zone)
        try:
            with (
                telling_of_a_stop(partial("what was loaded before stays, nothing of {} is loaded".format, path.name)),
                path.open("rb") as file,
                reading(path) as progress,
            ):
                read = Source(file, encoding=encoding)
                receipt = load(target, catalog, read, origin, dry_run=dry_run, progress=progress)
            for line in receipt_lines(path.name, receipt, dry_run=dry_run, all_reasons=dry_run):
                say(line)
            if read.read_as != UTF_8:
                say(f"    encoding: {read.read_as.name}, {read.read_as.by}")
            if not receipt.accepted:
                raise errors.ObservationsError(_nothing_taken(receipt))
        except (errors.AltaiError, OSError) as error:
            failed += 1
            err.print(f"  {path.name}: {error}", style="red", markup=False)
    if failed:
        raise typer.Exit(EXIT_FAILED)


@observations.command("demonstrate")
def observations_demonstrate(
    seed: Annotated[int, typer.Option(help="Another seed gives other values.")] = SEED,
    since: Annotated[
        datetime | None, typer.Option(formats=DAYS, help="First day, of UTC; where the series end, without it.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAYS, help="Day before which they end; now.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the demonstration series away again.")] = False,
    at_start: Annotated[bool, typer.Option("--at-start", hidden=True)] = False,
) -> None:
    """Make synthetic series for all stations, to see the platform at work; those that are there go on to now."""
    if at_start:
        from altaigis.cli.demonstration import at_start as bring

        bring()
        return
    from altaigis.cli.demonstration import demonstrate, take_away

    if remove:
        take_away()
        return
    ends = [moment and moment.replace(tzinfo=UTC) for moment in (since, until)]
    demonstrate(seed, ends[0], ends[1])


@observations.command("report")
def observations_report(
    last: Annotated[int, typer.Option(min=1, max=10_000, help="So many loads, the newest first.")] = 20,
    everything: Annotated[bool, typer.Option("--all", help="All reasons of refusal, however many.")] = False,
) -> None:
    """Tell what loads of observations brought: how many rows were taken, how many refused, and why."""
    target = ready_database(read_settings())
    from altaigis.store.loads import past_loads

    for load in past_loads(target, last):
        say(f"load {load.number}, {load.started:%Y-%m-%d %H:%M:%S} UTC, {load.actor}, source {load.source}")
        if load.message is None:
            for line in receipt_lines(load.file, load.receipt, dry_run=False, all_reasons=everything):
                say(line)
        else:
            say(f"  {load.file}: {load.outcome}: {load.message}")


def _nothing_taken(receipt: "Receipt") -> str:
    return f"no row was taken; refused: {receipt.refused}" if receipt.received else "the file holds no observations"


def receipt_lines(name: str, receipt: "Receipt", *, dry_run: bool, all_reasons: bool) -> list[str]:
    """What a load came to, for a person."""
    rate = receipt.received / receipt.seconds if receipt.seconds else 0
    counts = [
        f"{count} {word}"
        for word, count in (
            ("added", receipt.added),
            ("corrected", receipt.corrected),
            ("unchanged", receipt.unchanged),
            ("repeated in the file", receipt.duplicates),
            ("refused", receipt.refused),
        )
        if count
    ]
    told = "would be " if dry_run else ""
    done = f"{told}{', '.join(counts) or 'nothing'}"
    lines = [f"  {name}: {receipt.received} rows: {done}; {receipt.seconds:.1f} s, {rate:.0f}/s"]
    shown = list(receipt.reasons.items())[: None if all_reasons else SHOWN_REASONS]
    lines += [f"    {count} refused: {reason}" for reason, count in shown]
    if more := len(receipt.reasons) - len(shown):
        lines.append(f"    … and {more} more reasons: altaigis observations report --all")
    if receipt.new_parameters:
        lines.append(f"    not measured before: {', '.join(receipt.new_parameters)}")
    lines += [f"    {code} is not declared; did you mean {meant}?" for code, meant in receipt.suggestions.items()]
    if receipt.load is not None and receipt.refused:
        lines.append(f"    refused rows are kept: altaigis.refusals, load {receipt.load}")
    return lines
