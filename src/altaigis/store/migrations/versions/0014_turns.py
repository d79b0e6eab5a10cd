"""Whose turn it is to write to a series: rows that loads lock, and that never change."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("CREATE TABLE altaigis.series_turns (series integer PRIMARY KEY)")
    op.execute("INSERT INTO altaigis.series_turns SELECT series FROM altaigis.series ORDER BY series")
