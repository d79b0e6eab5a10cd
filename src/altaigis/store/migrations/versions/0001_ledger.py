"""Revisions of layers, ids of features, runs of the ETL and their findings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None

SCHEMA = "altaigis"


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("features", sa.BigInteger, nullable=False),
        sa.Column("extent", ARRAY(sa.Double)),
        sa.Column("report", JSONB, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "current",
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "feature_ids",
        sa.Column("tile_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("fid", sa.Text, nullable=False),
        sa.UniqueConstraint("layer", "fid"),
        schema=SCHEMA,
    )
    op.create_table(
        "runs",
        sa.Column("run", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("report", JSONB, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "findings",
        sa.Column("finding", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("run", sa.BigInteger, nullable=False, index=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("row", sa.BigInteger),
        sa.Column("fid", sa.Text),
        sa.Column("values", JSONB, nullable=False),
        schema=SCHEMA,
    )
