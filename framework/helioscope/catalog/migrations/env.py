"""Run the steps on the connection that the catalogue hands over, inside its transaction."""

from alembic import context

from helioscope.catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
