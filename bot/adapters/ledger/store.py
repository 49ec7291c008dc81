"""The ledger as a whole: one engine and its books."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import insert, make_url, select

from bot.adapters.ledger.channels import ChannelBook
from bot.adapters.ledger.decisions import RecordBook
from bot.adapters.ledger.digests import DigestBook
from bot.adapters.ledger.doubts import DoubtBook
from bot.adapters.ledger.editions import EditionBook
from bot.adapters.ledger.engine import alone, open_engine, open_reader, transaction
from bot.adapters.ledger.epoch import begin_anew
from bot.adapters.ledger.files import Hold, ledger_file
from bot.adapters.ledger.issuing import IssueBook
from bot.adapters.ledger.outbox import Outbox
from bot.adapters.ledger.past import PastBook
from bot.adapters.ledger.people import PeopleBook
from bot.adapters.ledger.recovery import RecoveryBook
from bot.adapters.ledger.reviews import ReviewBook
from bot.adapters.ledger.revisions import RevisionBook
from bot.adapters.ledger.searches import SearchBook
from bot.adapters.ledger.sharing import GroupCommit
from bot.adapters.ledger.soundness import see_sound
from bot.adapters.ledger.tables import installation
from bot.adapters.ledger.trouble import told_plainly
from bot.adapters.ledger.upgrade import see_form, upgrade
from bot.adapters.ledger.wal import see_wal_whole

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

log = logging.getLogger(__name__)


class LedgerStore(
    DigestBook,
    ChannelBook,
    EditionBook,
    IssueBook,
    PastBook,
    ReviewBook,
    RecordBook,
    RevisionBook,
    SearchBook,
    Outbox,
    DoubtBook,
    PeopleBook,
    RecoveryBook,
):
    """See `bot.books.Ledger` for the promises; open it before any other call."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._hold = Hold(make_url(url))
        self.working: set[asyncio.Task[Any]] = set()
        self.answers = GroupCommit(self._write_answers, self.working)

    def hold(self) -> None:
        """Keep every other bot from a SQLite ledger until this one is closed or its process ends.

        Raises LedgerTrouble where another has it, or where what was recorded last is lost.
        """
        self._hold.take()
        file = ledger_file(self._url)
        if file is not None:
            see_wal_whole(file)

    async def open(self, *, now: datetime) -> None:
        """Connect, bring the tables to their newest form, and give the installation its name.

        What a restored backup knows nothing of is settled. Raises LedgerTrouble where the ledger
        is damaged or cannot be used.
        """
        self.engine = open_engine(self._url)
        with told_plainly(self.engine.url):
            await see_sound(self.engine)
            await upgrade(self.engine)
        await self._begin(now=now)

    async def open_to_read(self) -> None:
        """Open it for calls that only read, while a bot may be writing it."""
        self.engine = open_reader(self._url)
        with told_plainly(self.engine.url):
            async with self.engine.connect() as connection:
                await connection.run_sync(see_form)

    async def close(self) -> None:
        """Let the connection go once nothing is under way; harmless where there is none."""
        await asyncio.gather(*self.working, return_exceptions=True)
        if hasattr(self, "engine"):
            await self.engine.dispose()
        self._hold.let_go()

    @transaction
    async def _begin(self, connection: AsyncConnection, *, now: datetime) -> None:
        await alone(connection)
        if (await connection.execute(select(installation))).first() is None:
            await connection.execute(insert(installation).values(name=str(uuid4()), created_at=now))
            log.info("there was no ledger: this one is new")
        elif (since := await begin_anew(connection, now=now)) is not None:
            log.warning(
                "the ledger was put back from a backup made at %s: nothing due since is posted, "
                "and channels are read for what stands there",
                since.isoformat(timespec="seconds"),
            )
