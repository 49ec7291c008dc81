"""Everything that a ledger holds, as JSON-compatible data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url, select

from bot.adapters.ledger.engine import open_reader
from bot.adapters.ledger.tables import metadata
from bot.adapters.ledger.trouble import told_plainly
from bot.adapters.ledger.upgrade import see_form

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


async def exported(address: str) -> AsyncGenerator[dict[str, Any]]:
    """Yield the ledger's form, then each row with the name of its table; all of one instant.

    A bot may write the ledger meanwhile. Instants are ISO 8601 in UTC.
    """
    engine = open_reader(address)
    try:
        with told_plainly(make_url(address)):
            async with engine.connect() as connection:
                form = await connection.run_sync(see_form)
                yield {"form": form}
                for table in metadata.sorted_tables:
                    query = select(table).order_by(*table.primary_key)
                    async for row in await connection.stream(query):
                        data = {key: _plain(value) for key, value in row._mapping.items()}  # noqa: SLF001 (its public name)
                        yield {"table": table.name, "row": data}
    finally:
        await engine.dispose()


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
