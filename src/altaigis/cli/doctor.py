"""altaigis doctor."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from altaigis.cli.console import EXIT_FAILED, out

_STYLES = {"good": "green", "warning": "yellow", "error": "red"}


def doctor(
    url: Annotated[str, typer.Argument(help="What a user gives QGIS: an address of WFS or OGC API – Features.")],
    most: Annotated[int, typer.Option("--layers", metavar="N", min=1, help="Layers that are looked at.")] = 20,
) -> None:
    """Ask a server as QGIS and GDAL do, and tell what each of them will see."""
    import httpx

    from altaigis.doctor.examination import examine

    table = Table(box=None, show_header=False)
    with httpx.Client(follow_redirects=True) as http:
        found = list(examine(url, http, most))
    for finding in found:
        table.add_row(Text(finding.weight, _STYLES[finding.weight]), finding.client, Text(finding.told))
    out.print(table)
    if any(finding.weight == "error" for finding in found):
        raise typer.Exit(EXIT_FAILED)
