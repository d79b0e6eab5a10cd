"""Alerts, and the load up to which observations have been looked at for them."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE altaigis.alerts (
            alert bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            rule text NOT NULL, station text NOT NULL, parameter text, synthetic boolean NOT NULL,
            limit_id text, limit_value double precision, unit text,
            begin timestamptz NOT NULL, "end" timestamptz NOT NULL,
            peak double precision, peak_time timestamptz, count integer NOT NULL,
            state text NOT NULL, opened timestamptz NOT NULL, updated timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX alerts_of ON altaigis.alerts (station, rule, parameter, begin)")
    op.execute("CREATE INDEX alerts_newest ON altaigis.alerts (begin DESC, alert DESC)")
    op.execute("CREATE TABLE altaigis.alerts_seen (load integer NOT NULL)")
    op.execute("INSERT INTO altaigis.alerts_seen VALUES (0)")
