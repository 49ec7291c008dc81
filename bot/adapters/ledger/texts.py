"""The ledger's texts of searches: those too long for a button, and those that found nothing."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.engine import reading, transaction
from bot.adapters.ledger.tables import kept_texts, misses
from bot.core.saved import Miss
from bot.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

MOST_MISSES = 5_000
LONGEST_MISS = 200  # characters
KEPT_FOR = timedelta(days=90)
_WEIGHT = timedelta(days=7)  # by which each time that a text was missed lets it be kept longer
_HEAVIEST = 52


class TextBook:
    """The part of `bot.books.SearchBook` that knows nobody."""

    engine: AsyncEngine

    @transaction
    async def count_miss(self, connection: AsyncConnection, text: str, *, now: datetime) -> None:
        """Count a search that found nothing; where there are too many, what faded goes."""
        folded = one_line(fold(text))[:LONGEST_MISS].rstrip()
        if not folded:
            return
        mine = misses.c.text == folded
        query = select(misses.c.times).where(mine).with_for_update()  # SQLite needs no lock
        times = ((await connection.execute(query)).scalar_one_or_none() or 0) + 1
        changes = {
            "times": times,
            "last_at": now,
            "fades_at": now + min(times, _HEAVIEST) * _WEIGHT,
        }
        if await _put(connection, misses, {"text": folded}, changes):
            await _let_fade(connection)

    @transaction
    async def misses(self, connection: AsyncConnection, *, limit: int) -> Sequence[Miss]:
        """Return the searches that found nothing, the most frequent first."""
        query = select(misses).order_by(
            misses.c.times.desc(), misses.c.last_at.desc(), misses.c.text
        )
        return [
            Miss(text=row.text, times=row.times, last_at=row.last_at)
            for row in await connection.execute(query.limit(limit))
        ]

    @transaction
    async def keep_text(self, connection: AsyncConnection, text: str, *, now: datetime) -> str:
        """Keep a text from now on, and forget those that are too old."""
        await connection.execute(delete(kept_texts).where(kept_texts.c.kept_at <= now - KEPT_FOR))
        line = one_line(text)
        key = key_of(line)
        await _put(connection, kept_texts, {"key": key}, {"text": line, "kept_at": now})
        return key

    @reading
    async def text_kept(self, connection: AsyncConnection, key: str) -> str | None:
        """Return a text that is still kept."""
        query = select(kept_texts.c.text).where(kept_texts.c.key == key)
        return (await connection.execute(query)).scalar_one_or_none()


def one_line(text: str) -> str:
    """Return the text in one line, without what databases cannot hold."""
    storable = text.encode("utf-8", "ignore").decode()
    return " ".join(storable.replace("\0", " ").split())


def key_of(text: str) -> str:
    """Return 32 characters that no other text shares."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


async def _put(
    connection: AsyncConnection, table: Table, key: Mapping[str, Any], changes: Mapping[str, Any]
) -> bool:
    """Write a row in place of that of the same key; tell whether there was none."""
    mine = [table.c[name] == value for name, value in key.items()]
    renew = update(table).where(*mine).values(changes)
    if (await connection.execute(renew)).rowcount:
        return False
    try:
        async with connection.begin_nested():
            await connection.execute(insert(table).values({**key, **changes}))
    except IntegrityError:  # another process was faster
        await connection.execute(renew)
        return False
    return True


async def _let_fade(connection: AsyncConnection) -> None:
    count = select(func.count()).select_from(misses)
    excess = (await connection.execute(count)).scalar_one() - MOST_MISSES
    if excess > 0:
        faded = select(misses.c.text).order_by(misses.c.fades_at, misses.c.text).limit(excess)
        await connection.execute(delete(misses).where(misses.c.text.in_(faded)))
