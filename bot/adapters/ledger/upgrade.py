"""Bringing a ledger to the newest form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.adapters.ledger.engine import alone
from bot.books import LedgerTrouble

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine


async def upgrade(engine: AsyncEngine) -> None:
    """Run the migrations that are missing, all in one transaction."""
    async with engine.begin() as connection:
        await alone(connection)
        await connection.run_sync(_upgrade)


def forms(connection: Connection) -> tuple[str | None, str | None]:
    """Return the form that a ledger has, None where it has none, and the one that is needed."""
    wanted = ScriptDirectory.from_config(config_for(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision(), wanted


def see_form(connection: Connection) -> str:
    """Return the form of a ledger that is not to be changed; raise where it is another's."""
    form, wanted = forms(connection)
    if form is None or form != wanted:
        raise LedgerTrouble(
            f"the ledger has {f'the form {form}' if form else 'no form yet'}, this program needs "
            f"{wanted}: gazette db upgrade"
        )
    return form


def config_for(connection: Connection) -> Config:
    """Return Alembic's configuration, which needs no file."""
    config = Config()
    config.set_main_option("script_location", "bot.adapters.ledger:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    current, wanted = forms(connection)
    if current != wanted:
        command.upgrade(config_for(connection), "head")
