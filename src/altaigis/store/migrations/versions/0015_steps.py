"""The step of a series whose values come now and then is the middle one of its gaps, and none is longer than a year."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute(
        """
        UPDATE altaigis.series s SET step = (
            WITH gaps AS (
                SELECT gap FROM (
                    SELECT time - lag(time) OVER (ORDER BY time) AS gap FROM (
                        SELECT time FROM altaigis.observations WHERE series = s.series ORDER BY time DESC LIMIT 1000
                    ) sample
                ) every WHERE gap <= '400 days'
            ), told AS (
                SELECT mode() WITHIN GROUP (ORDER BY gap) AS usual,
                percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS middle FROM gaps
            )
            SELECT CASE WHEN 2 * count(*) FILTER (WHERE gap = usual) >= count(gap) THEN usual ELSE middle END
            FROM gaps, told GROUP BY usual, middle
        )
        """
    )
