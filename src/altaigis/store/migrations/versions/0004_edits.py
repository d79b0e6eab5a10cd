"""The log of edits, and what the sources say of features that people have edited."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0004"
down_revision = "0003"

SCHEMA = "altaigis"


def upgrade() -> None:
    op.create_table(
        "edits",
        sa.Column("edit", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("fid", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("fields", ARRAY(sa.Text), nullable=False),
        sa.Column("former", JSONB(none_as_null=True)),
        sa.Column("latter", JSONB(none_as_null=True)),
        schema=SCHEMA,
    )
    op.create_index("edits_feature", "edits", ["layer", "fid"], schema=SCHEMA)
    op.create_table(
        "touched",
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("fid", sa.Text, primary_key=True),
        sa.Column("source", JSONB(none_as_null=True)),
        sa.Column("seen", JSONB, nullable=False),
        schema=SCHEMA,
    )
