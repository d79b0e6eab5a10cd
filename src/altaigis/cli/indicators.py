"""altaigis indicators."""

import typer
from rich.table import Table

from altaigis.cli.console import out, say
from altaigis.domain.indicator import Indicator
from altaigis.layerfiles import read_catalog
from altaigis.settings import read_settings

indicators = typer.Typer(no_args_is_help=True, help="What the numbers about territories mean.")


@indicators.command("list")
def indicators_list() -> None:
    """List the indicators: unit, rule of aggregation, and what each comes from; needs no database."""
    found = read_catalog(read_settings().layers_dir).indicators
    table = Table("theme", "code", "title", "unit", "groups", "from", box=None)
    for theme, content in found.themes.items():
        for code, one in content.indicators.items():
            rule = one.aggregation if isinstance(one.aggregation, str) else f"mean by {one.weight}"
            table.add_row(theme, code, one.title.ru, one.unit, rule, _origin(one))
    # the code is what other commands want: it is never cut
    table.columns[1].min_width = max(map(len, found.by_code), default=0)
    out.print(table)


@indicators.command("check")
def indicators_check() -> None:
    """Tell all mistakes in the files of indicators and layers: units that do not fit, cycles, unknown codes."""
    found = read_catalog(read_settings().layers_dir).indicators
    say(f"{len(found.by_code)} indicators of {len(found.themes)} themes are good")


def _origin(one: Indicator) -> str:
    if one.raster:
        return f"raster {one.raster.layer}"
    return str(one.formula or one.geometry or "published")
