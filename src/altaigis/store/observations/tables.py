"""The tables of observations as they are read."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    Interval,
    SmallInteger,
    Table,
    Text,
)

from altaigis.store.schema import own

_TIME = DateTime(timezone=True)

parameters = Table("parameters", own, Column("parameter", Text, primary_key=True), Column("unit", Text))
sources = Table("sources", own, Column("source", Integer, primary_key=True), Column("name", Text))
series = Table(
    "series",
    own,
    Column("series", Integer, primary_key=True),
    Column("station", Text),
    Column("parameter", Text),
    Column("synthetic", Boolean),
    Column("first", _TIME),
    Column("last", _TIME),
    Column("count", BigInteger),
    Column("step", Interval),
)
latest = Table(
    "latest",
    own,
    Column("series", Integer, primary_key=True),
    Column("time", _TIME),
    Column("value", Double),
    Column("source", Integer),
    Column("load", Integer),
    Column("flag", SmallInteger),
)
#: Which series a load has written to, and in which time. The oldest loads are forgotten.
loads_series = Table(
    "loads_series",
    own,
    Column("load", Integer, primary_key=True),
    Column("series", Integer, primary_key=True),
    Column("first", _TIME),
    Column("last", _TIME),
)
observations = Table(
    "observations",
    own,
    Column("series", Integer, primary_key=True),
    Column("time", _TIME, primary_key=True),
    Column("value", Double),
    Column("source", Integer),
    Column("load", Integer),
    Column("flag", SmallInteger),
)
hourly = Table(
    "observations_hourly",
    own,
    Column("series", Integer, primary_key=True),
    Column("hour", _TIME, primary_key=True),
    Column("count", Integer),
    Column("sum", Double),
    Column("min", Double),
    Column("max", Double),
)
#: Days are those of the region.
daily = Table(
    "observations_daily",
    own,
    Column("series", Integer, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("count", Integer),
    Column("sum", Double),
    Column("min", Double),
    Column("max", Double),
)
