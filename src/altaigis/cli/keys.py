"""altaigis keys."""

from typing import Annotated

import typer
from rich.table import Table

from altaigis import errors
from altaigis.cli.console import err, out, say
from altaigis.cli.installation import catalog_with, ready_database
from altaigis.domain.key import edited_layers, permissions
from altaigis.settings import read_settings

keys = typer.Typer(no_args_is_help=True, help="Who may write over HTTP.")


@keys.command("add")
def keys_add(
    name: Annotated[str, typer.Argument(help="Who will hold it.")],
    can: Annotated[list[str], typer.Option(help="What it allows: edit:LAYER,observe,run; may be repeated.")],
) -> None:
    """Make a key; its token is shown this once."""
    from altaigis.store import keys as store

    settings = read_settings()
    allowed = permissions(",".join(can))
    edited = edited_layers(allowed)
    catalog = catalog_with(settings, *edited)
    for layer in edited:
        if not catalog.layer(layer).editable:
            raise errors.ParameterError("can", f"layer '{layer}' is not editable")
    token = store.add(ready_database(settings), name, allowed)
    err.print("This token is shown once; send it as: Authorization: Bearer TOKEN", markup=False)
    say(token)


@keys.command("list")
def keys_list() -> None:
    """List the keys, revoked ones too."""
    from altaigis.store import keys as store

    table = Table("name", "can", "created", "last used", "revoked", box=None)
    for key in store.list_keys(ready_database(read_settings())):
        moments = [f"{at:%Y-%m-%d %H:%M}Z" if at else "–" for at in (key.created, key.last_used, key.revoked)]
        table.add_row(key.name, ",".join(key.can), *moments)
    out.print(table)


@keys.command("revoke")
def keys_revoke(name: Annotated[str, typer.Argument(help="Name of the key.")]) -> None:
    """End a key at once, for requests that are under way too."""
    from altaigis.store import keys as store

    store.revoke(ready_database(read_settings()), name)
    say(f"revoked: {name}")
