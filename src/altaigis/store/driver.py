"""The driver's own connection, for what SQLAlchemy has no words: COPY, partitions, tables that live for a load."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Composed
from sqlalchemy import Connection

Driver = psycopg.Connection[Any]


def driver(connection: Connection) -> Driver:
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("loads work on a blocking psycopg connection")
    return raw


def run(connection: Driver, statement: str | Composed, *parts: Any, **names: Any) -> int:
    """Execute a statement with names and constants in their places; the number of rows that it wrote."""
    composed = SQL(statement).format(*parts, **names) if isinstance(statement, str) else statement
    return connection.execute(composed).rowcount
