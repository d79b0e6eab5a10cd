"""The area that a revision has changed; of those that were made before, it may be anywhere."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("revisions", sa.Column[list[float]]("area", ARRAY(sa.Double)), schema="altaigis")
