"""Layers that no file declares, with how they came to be: what stands in each of their tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "derived",
        sa.Column("relation", sa.Text, primary_key=True),
        sa.Column("layer", sa.Text, nullable=False, index=True),
        sa.Column("definition", JSONB, nullable=False),
        sa.Column("derivation", JSONB, nullable=False),
        schema="altaigis",
    )
