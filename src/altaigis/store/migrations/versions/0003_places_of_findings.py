"""Where a finding lies: longitude and latitude."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("findings", sa.Column("place", ARRAY(sa.Double)), schema="altaigis")
