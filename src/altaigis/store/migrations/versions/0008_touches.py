"""From and up to which revision something stands of what the sources say of edited features: a rollback asks for it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SCHEMA = "altaigis"
OPEN = str(2**31 - 1)

#: What was remembered before is there since the feature was edited first.
SINCE_THE_FIRST_EDIT = sa.text(
    "UPDATE altaigis.touched t SET since = e.first FROM "
    "(SELECT layer, fid, min(revision) AS first FROM altaigis.edits GROUP BY layer, fid) e "
    "WHERE (e.layer, e.fid) = (t.layer, t.fid)"
)


def upgrade() -> None:
    for name, default in (("since", "0"), ("until", OPEN)):
        column = sa.Column[int](name, sa.Integer, nullable=False, server_default=default)
        op.add_column("touched", column, schema=SCHEMA)
        op.alter_column("touched", name, server_default=None, schema=SCHEMA)
    op.execute(SINCE_THE_FIRST_EDIT)
    op.drop_constraint("touched_pkey", "touched", schema=SCHEMA)
    op.create_primary_key("touched_pkey", "touched", ["layer", "fid", "until"], schema=SCHEMA)
