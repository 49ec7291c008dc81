"""Whether a ledger is sound, and what it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, make_url, select, text

from bot.adapters.ledger.engine import only_read, open_reader
from bot.adapters.ledger.tables import deliveries, digests, editions, placements
from bot.adapters.ledger.trouble import damaged, told_plainly
from bot.adapters.ledger.upgrade import forms
from bot.core.digest import DigestState
from bot.core.outbox import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is wrong with a ledger, its form, and how much it holds; nothing where it has none.

    `outbox` counts deliveries by their state, `unsure` the digests whose channels are still to be
    read since the ledger was put back.
    """

    problems: Sequence[str]
    form: str | None
    digests: int = 0
    editions: int = 0
    placements: int = 0
    unsure: int = 0
    outbox: Mapping[str, int] = field(default_factory=dict)


async def see_sound(engine: AsyncEngine) -> None:
    """Raise LedgerTrouble where a SQLite file is damaged; takes about 1 ms for each MB."""
    if engine.dialect.name != "sqlite":
        return
    async with engine.connect() as connection:
        await only_read(connection)
        found = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one()
    if found != "ok":
        raise damaged(engine.url, found)


async def examine(address: str) -> Examination:
    """Look at the ledger at an address without changing it; a bot may write it meanwhile."""
    engine = open_reader(address)
    try:
        with told_plainly(make_url(address)):
            async with engine.connect() as connection:
                return await connection.run_sync(_examination)
    finally:
        await engine.dispose()


def _examination(connection: Connection) -> Examination:
    form, wanted = forms(connection)
    problems = _sqlite_problems(connection) if connection.dialect.name == "sqlite" else []
    if form != wanted:
        told = f"its form is {form or 'none'}, this program needs {wanted}: gazette db upgrade"
        return Examination(problems=[told, *problems], form=form)
    standing = digests.c.state != DigestState.REMOVED.value
    states = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    counted = {row[0]: row[1] for row in connection.execute(states)}
    return Examination(
        problems=problems,
        form=form,
        digests=_count(connection, select(func.count()).where(standing)),
        editions=_count(connection, select(func.count()).select_from(editions)),
        placements=_count(connection, select(func.count()).select_from(placements)),
        unsure=_count(
            connection, select(func.count()).where(standing, digests.c.unsure_since.is_not(None))
        ),
        outbox={state.value: counted.get(state.value, 0) for state in DeliveryState},
    )


def _count(connection: Connection, query: Select[int]) -> int:
    return connection.execute(query).scalar_one()


def _sqlite_problems(connection: Connection) -> list[str]:
    integrity = connection.execute(text("PRAGMA integrity_check")).scalars()
    found = [f"integrity: {line}" for line in integrity if line != "ok"]
    dangling = connection.execute(text("PRAGMA foreign_key_check"))
    return found + [
        f"a row of {row[0]} points to a row of {row[2]} that does not exist" for row in dangling
    ]
