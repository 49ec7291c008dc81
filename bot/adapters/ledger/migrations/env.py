"""What Alembic runs: always on a connection that is given, inside its transaction."""

from __future__ import annotations

from alembic import context

from bot.adapters.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a column
    transactional_ddl=False,  # the caller's transaction holds it all
)
context.run_migrations()
