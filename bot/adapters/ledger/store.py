"""The ledger as a whole: one engine and its books."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import insert, select

from bot.adapters.ledger.channels import ChannelBook
from bot.adapters.ledger.digests import DigestBook
from bot.adapters.ledger.doubts import DoubtBook
from bot.adapters.ledger.editions import EditionBook
from bot.adapters.ledger.engine import alone, open_engine, transaction
from bot.adapters.ledger.issuing import IssueBook
from bot.adapters.ledger.outbox import Outbox
from bot.adapters.ledger.past import PastBook
from bot.adapters.ledger.recovery import RecoveryBook
from bot.adapters.ledger.reviews import ReviewBook
from bot.adapters.ledger.revisions import RevisionBook
from bot.adapters.ledger.searches import SearchBook
from bot.adapters.ledger.tables import installation
from bot.adapters.ledger.trouble import told_plainly
from bot.adapters.ledger.upgrade import problems, upgrade

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


class LedgerStore(
    DigestBook,
    ChannelBook,
    EditionBook,
    IssueBook,
    PastBook,
    ReviewBook,
    RevisionBook,
    SearchBook,
    Outbox,
    DoubtBook,
    RecoveryBook,
):
    """See `bot.books.Ledger` for the promises; open it before any other call."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.working: set[asyncio.Task[Any]] = set()

    async def open(self, *, now: datetime) -> None:
        """Connect, bring the tables to their newest form, and give the installation its name."""
        self.engine = open_engine(self._url)
        with told_plainly(self.engine.url):
            await upgrade(self.engine)
        await self._name(now=now)

    async def problems(self) -> list[str]:
        """Return what is wrong with the ledger without changing it."""
        self.engine = open_engine(self._url)
        with told_plainly(self.engine.url):
            return await problems(self.engine)

    async def close(self) -> None:
        """Let the connection go once nothing is under way; harmless where there is none."""
        await asyncio.gather(*self.working, return_exceptions=True)
        if hasattr(self, "engine"):
            await self.engine.dispose()

    @transaction
    async def _name(self, connection: AsyncConnection, *, now: datetime) -> None:
        await alone(connection)
        if (await connection.execute(select(installation))).first() is None:
            await connection.execute(insert(installation).values(name=str(uuid4()), created_at=now))
