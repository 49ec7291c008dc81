"""Bringing a ledger to the newest form, and telling whether it is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.adapters.ledger.engine import alone

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


async def upgrade(engine: AsyncEngine) -> None:
    """Run the migrations that are missing, all in one transaction."""
    async with engine.begin() as connection:
        await alone(connection)
        await connection.run_sync(_upgrade)


async def problems(engine: AsyncEngine) -> list[str]:
    """Return what is wrong with the ledger, in words; nothing where it is sound."""
    async with engine.connect() as connection:
        return await connection.run_sync(_problems)


def config_for(connection: Connection) -> Config:
    """Return Alembic's configuration, which needs no file."""
    config = Config()
    config.set_main_option("script_location", "bot.adapters.ledger:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    config = config_for(connection)
    wanted = ScriptDirectory.from_config(config).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != wanted:
        command.upgrade(config, "head")


def _problems(connection: Connection) -> list[str]:
    found: list[str] = []
    wanted = ScriptDirectory.from_config(config_for(connection)).get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current != wanted:
        found.append(
            f"its form is {current or 'none'}, this program needs {wanted}: gazette db upgrade"
        )
    more = _CHECKS.get(connection.dialect.name)
    return found + more(connection) if more else found


def _sqlite_problems(connection: Connection) -> list[str]:
    integrity = connection.execute(text("PRAGMA integrity_check")).scalars()
    found = [f"integrity: {line}" for line in integrity if line != "ok"]
    dangling = connection.execute(text("PRAGMA foreign_key_check"))
    return found + [
        f"a row of {row[0]} points to a row of {row[2]} that does not exist" for row in dangling
    ]


_CHECKS = {"sqlite": _sqlite_problems}  # PostgreSQL looks after itself
