"""The levels of detail that are kept of a revision; none of those that were loaded before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    levels = sa.Column[list[int]]("levels", ARRAY(sa.Integer), nullable=False, server_default="{}")
    op.add_column("revisions", levels, schema="altaigis")
