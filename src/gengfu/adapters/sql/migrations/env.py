"""Alembic's entry: runs revisions on the connection that `upgrade` hands over."""

from alembic import context
from sqlalchemy import Connection

from gengfu.adapters.sql.schema import metadata

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("run migrations with gengfu.adapters.sql.upgrade")
context.configure(
    connection=connection, target_metadata=metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
