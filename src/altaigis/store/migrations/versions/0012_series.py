"""Series: which are synthetic, what each has; the latest value of each; and which series a load has written to."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE altaigis.series ADD synthetic boolean NOT NULL DEFAULT false, "
        "ADD first timestamptz, ADD last timestamptz, ADD count bigint NOT NULL DEFAULT 0, ADD step interval, "
        "DROP CONSTRAINT series_station_parameter_key, ADD UNIQUE (station, parameter, synthetic)"
    )
    op.execute(
        """
        CREATE TABLE altaigis.latest (
            time timestamptz NOT NULL, value double precision NOT NULL,
            series integer PRIMARY KEY, source integer NOT NULL, load integer NOT NULL, flag smallint NOT NULL
        ) WITH (fillfactor = 50)
        """
    )
    op.execute(
        """
        CREATE TABLE altaigis.loads_series (
            first timestamptz NOT NULL, last timestamptz NOT NULL,
            load integer NOT NULL, series integer NOT NULL, PRIMARY KEY (load, series)
        )
        """
    )
    # few rows are bad, so this is small; it is what counts them
    op.execute("CREATE INDEX observations_bad ON altaigis.observations (series, time) WHERE flag = 4")
    tell_of_what_is_there()


def tell_of_what_is_there() -> None:
    """A series is synthetic when all that it has is."""
    op.execute(
        """
        UPDATE altaigis.series s SET first = t.first, last = t.last, count = t.count, synthetic = t.synthetic
        FROM (SELECT series, min(time) AS first, max(time) AS last, count(*) AS count,
              bool_and(lower(name) LIKE 'synthetic%') AS synthetic
              FROM altaigis.observations JOIN altaigis.sources USING (source) GROUP BY series) t
        WHERE s.series = t.series
        """
    )
    op.execute(
        """
        UPDATE altaigis.series s SET step = (
            SELECT mode() WITHIN GROUP (ORDER BY gap) FROM (
                SELECT time - lag(time) OVER (ORDER BY time) AS gap FROM (
                    SELECT time FROM altaigis.observations WHERE series = s.series ORDER BY time DESC LIMIT 1000
                ) sample
            ) gaps
        )
        """
    )
    op.execute(
        """
        INSERT INTO altaigis.latest (time, value, series, source, load, flag)
        SELECT n.time, n.value, n.series, n.source, n.load, n.flag FROM altaigis.series s CROSS JOIN LATERAL (
            SELECT * FROM altaigis.observations
            WHERE series = s.series AND flag <> 4 ORDER BY time DESC LIMIT 1
        ) n
        """
    )
