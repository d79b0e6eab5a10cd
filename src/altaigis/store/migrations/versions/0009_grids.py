"""Levels of detail are on the grids of their tiles: former ones are shown no more, and made anew with the next load."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("UPDATE altaigis.revisions SET levels = '{}'")
