"""Alembic's entry: runs the migrations on the connection that ``schema.migrate`` hands over."""

from alembic import context
from sqlalchemy import inspect, text
from sqlalchemy.schema import CreateSchema

from altaigis.store.schema import LAYER_SCHEMA, OWN_SCHEMA, own

connection = context.config.attributes["connection"]
# Two processes that start at once must not both make the tables.
connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('altaigis migrate'))"))
# Asked for, since IF NOT EXISTS would look at the catalogue as it was before the wait for the lock.
present = inspect(connection).get_schema_names()
for schema in (OWN_SCHEMA, LAYER_SCHEMA):
    if schema not in present:
        connection.execute(CreateSchema(schema))
context.configure(connection=connection, target_metadata=own, version_table_schema=OWN_SCHEMA)
with context.begin_transaction():
    context.run_migrations()
