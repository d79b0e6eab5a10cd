"""Jobs: runs of processes, from the asking to the result."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"

SCHEMA = "altaigis"


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.func.gen_random_uuid()),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("inputs", JSONB, nullable=False),
        sa.Column("seed", sa.BigInteger),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("status", sa.Text, nullable=False, server_default="accepted"),
        sa.Column("progress", sa.Integer, nullable=False, server_default="0"),
        sa.Column("stage", sa.Text, nullable=False, server_default=""),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("started", sa.DateTime(timezone=True)),
        sa.Column("finished", sa.DateTime(timezone=True)),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("result", sa.Text),
        sa.Column("failing", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("worker", sa.Integer),
        schema=SCHEMA,
    )
    op.create_index("jobs_status", "jobs", ["status", "created"], schema=SCHEMA)
    op.create_index("jobs_digest", "jobs", ["digest"], schema=SCHEMA)
