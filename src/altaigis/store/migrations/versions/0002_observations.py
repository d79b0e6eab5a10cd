"""Keys; observations by year, what was before a correction, hourly and daily aggregates, loads and refused rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0002"
down_revision = "0001"

SCHEMA = "altaigis"


def upgrade() -> None:
    make_keys()
    make_names()
    make_ledger()
    make_observations()
    make_aggregates()


def make_keys() -> None:
    op.create_table(
        "keys",
        sa.Column("key", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("can", ARRAY(sa.Text), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("last_used", sa.DateTime(timezone=True)),
        sa.Column("revoked", sa.DateTime(timezone=True)),
        schema=SCHEMA,
    )


def make_names() -> None:
    """What numbers in the big tables stand for."""
    op.create_table(
        "parameters",
        sa.Column("parameter", sa.Text, primary_key=True),
        sa.Column("unit", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "series",
        sa.Column("series", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("station", sa.Text, nullable=False),
        sa.Column("parameter", sa.Text, sa.ForeignKey(f"{SCHEMA}.parameters.parameter"), nullable=False),
        sa.UniqueConstraint("station", "parameter"),
        schema=SCHEMA,
    )
    op.create_table(
        "sources",
        sa.Column("source", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        schema=SCHEMA,
    )


def make_ledger() -> None:
    """Loads, and the rows that they have refused."""
    op.create_table(
        "loads",
        sa.Column("load", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("key", sa.Integer, sa.ForeignKey(f"{SCHEMA}.keys.key")),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("zone", sa.Text),
        sa.Column("checksum", sa.Text),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double),
        *(
            sa.Column(name, sa.BigInteger)
            for name in ("bytes", "received", "added", "corrected", "unchanged", "duplicates", "refused")
        ),
        sa.Column("reasons", JSONB),
        sa.Column("message", sa.Text),
        schema=SCHEMA,
    )
    op.create_table(
        "refusals",
        sa.Column("load", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("values", JSONB, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("refusals_load", "refusals", ["load", "row"], schema=SCHEMA)


# The big tables are plain SQL: the wide columns first, so that a row has no holes.
def make_observations() -> None:
    """The values, by years, and what was before a correction."""
    op.execute(
        f"""
        CREATE TABLE {SCHEMA}.observations (
            time timestamptz NOT NULL, value double precision NOT NULL,
            series integer NOT NULL, source integer NOT NULL, load integer NOT NULL, flag smallint NOT NULL,
            PRIMARY KEY (series, time)
        ) PARTITION BY RANGE (time)
        """
    )
    op.execute(
        f"""
        CREATE TABLE {SCHEMA}.observations_former (
            time timestamptz NOT NULL, value double precision NOT NULL,
            series integer NOT NULL, source integer NOT NULL, load integer NOT NULL,
            replaced_by integer NOT NULL, flag smallint NOT NULL
        )
        """
    )
    op.create_index("observations_former_key", "observations_former", ["series", "time"], schema=SCHEMA)


def make_aggregates() -> None:
    op.execute(
        f"""
        CREATE TABLE {SCHEMA}.observations_hourly (
            hour timestamptz NOT NULL,
            sum double precision NOT NULL, min double precision NOT NULL, max double precision NOT NULL,
            series integer NOT NULL, count integer NOT NULL,
            PRIMARY KEY (series, hour)
        ) PARTITION BY RANGE (hour)
        """
    )
    op.execute(
        f"""
        CREATE TABLE {SCHEMA}.observations_daily (
            sum double precision NOT NULL, min double precision NOT NULL, max double precision NOT NULL,
            series integer NOT NULL, day date NOT NULL, count integer NOT NULL,
            PRIMARY KEY (series, day)
        )
        """
    )
