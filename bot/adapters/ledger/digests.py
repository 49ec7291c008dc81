"""The ledger's digests and their history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.aside import let_go_on, places_behind
from bot.adapters.ledger.engine import reading, transaction
from bot.adapters.ledger.histories import lines
from bot.adapters.ledger.leaving import (
    give_up_held,
    give_up_waiting,
    has_begun,
    leave_threads,
)
from bot.adapters.ledger.tables import deliveries, digests, editions, review_settings
from bot.core.days import parse_days, show_days
from bot.core.digest import CatchUp, Digest, DigestDraft, DigestState, HistoryLine
from bot.core.rules import Rule, parse_times, show_times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class DigestBook:
    """See `bot.books.DigestBook` for the promises."""

    engine: AsyncEngine

    @transaction
    async def add_digest(
        self, connection: AsyncConnection, draft: DigestDraft, *, now: datetime
    ) -> Digest | None:
        """Set a digest up; None where its name is taken in that server."""
        values = {
            "guild_id": draft.guild_id,
            **_settings(draft),
            "state": DigestState.ACTIVE.value,
            "created_by": draft.created_by,
            "created_at": now,
            "planned_until": now,
        }
        try:
            async with connection.begin_nested():
                result = await connection.execute(insert(digests).values(values).returning(digests))
                return digest_of(result.one())
        except IntegrityError:
            return None

    @reading
    async def digests(
        self, connection: AsyncConnection, *, guild_id: int | None = None
    ) -> Sequence[Digest]:
        """Return the digests that were not removed, of one server or of all."""
        query = select(digests).where(digests.c.state != DigestState.REMOVED.value)
        if guild_id is not None:
            query = query.where(digests.c.guild_id == guild_id)
        rows = await connection.execute(query.order_by(digests.c.id))
        return [digest_of(row) for row in rows]

    @transaction
    async def set_digest_state(
        self,
        connection: AsyncConnection,
        digest_id: int,
        state: DigestState,
        *,
        reason: str,
        now: datetime,
    ) -> None:
        """Pause, resume or remove; what a pause missed is not made up for.

        Whoever resumes a digest vouches for its channel: what was held goes on.
        """
        mine = digests.c.id == digest_id
        row = (
            await connection.execute(select(digests).where(mine).with_for_update())
        ).one_or_none()
        if row is None:
            return
        changes: dict[str, Any] = {"state": state.value, "state_reason": reason}
        if state is DigestState.ACTIVE:
            changes |= {"aside_by": None, "unsure_since": None}
        await connection.execute(update(digests).where(mine).values(changes))
        if state is DigestState.REMOVED:
            await give_up_held(connection, editions.c.digest_id == digest_id)
            await give_up_waiting(connection, digest_id, reason="its digest was removed")
        elif state is DigestState.ACTIVE:
            if row.state != DigestState.ASIDE.value:
                await move_mark(connection, digest_id, now)
            for channel_id in {row.channel_id, row.aside_by, await _desk_of(connection, row)}:
                if channel_id is not None:
                    await let_go_on(connection, channel_id, now=now)

    @transaction
    async def change_digest(
        self, connection: AsyncConnection, digest: Digest, *, now: datetime
    ) -> bool:
        """Write what people set of a digest; tell whether its name was free."""
        mine = digests.c.id == digest.id
        row = (await connection.execute(select(digests).where(mine).with_for_update())).one()
        changes = _settings(digest)
        if any(changes[name] != getattr(row, name) for name in ("times", "days", "zone")):
            changes["planned_until"] = now
        moves = digest.channel_id != row.channel_id
        if moves and row.state == DigestState.ASIDE.value and row.aside_by == row.channel_id:
            state = DigestState.ACTIVE.value
            changes |= {"state": state, "state_reason": "", "aside_by": None}
        try:
            async with connection.begin_nested():
                await connection.execute(update(digests).where(mine).values(changes))
        except IntegrityError:
            return False
        if moves:
            here = deliveries.c.channel_id == row.channel_id
            await give_up_held(connection, (editions.c.digest_id == digest.id) & here)
            elsewhere = "its digest went elsewhere"
            await give_up_waiting(connection, digest.id, reason=elsewhere, but=has_begun())
            await leave_threads(connection, digest.id)
        return True

    @transaction
    async def readmit(
        self, connection: AsyncConnection, channel_id: int, *, not_before: datetime, now: datetime
    ) -> bool:
        """Let all go on that a channel set aside; tell whether there was anything."""
        late = editions.c.due_at < not_before
        here = deliveries.c.channel_id.in_(await places_behind(connection, channel_id))
        gone = await give_up_held(connection, here & late)
        went_on = await let_go_on(connection, channel_id, now=now)
        return gone or went_on

    @transaction
    async def history(
        self, connection: AsyncConnection, guild_id: int, *, digest_id: int | None, limit: int
    ) -> Sequence[HistoryLine]:
        """Return the newest editions of a server, or of one of its digests."""
        return await lines(connection, guild_id, digest_id=digest_id, limit=limit)


async def move_mark(connection: AsyncConnection, digest_id: int, until: datetime) -> None:
    """Remember that a digest is planned until then; the mark never moves back."""
    await connection.execute(
        update(digests)
        .where(digests.c.id == digest_id, digests.c.planned_until < until)
        .values(planned_until=until)
    )


async def _desk_of(connection: AsyncConnection, row: Row[Any]) -> int | None:
    """Return where the moderators of a digest's server are asked."""
    mine = review_settings.c.guild_id == row.guild_id
    desk: int | None = (
        await connection.execute(select(review_settings.c.channel_id).where(mine))
    ).scalar()
    return desk


def digest_of(row: Row[*tuple[Any, ...]]) -> Digest:
    """Return the digest that a row of the table holds."""
    rule = Rule(times=parse_times(row.times), days=parse_days(row.days), zone=row.zone)
    return Digest(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        name=row.name,
        topics=tuple(row.topics),
        rule=rule,
        limit=row.limit,
        state=DigestState(row.state),
        state_reason=row.state_reason,
        planned_until=row.planned_until,
        created_by=row.created_by,
        created_at=row.created_at,
        catch_up=CatchUp(row.catch_up),
        forum=row.forum,
        crosspost=row.crosspost,
        mention=row.mention,
        tags=tuple(row.tags.items()),
        aside_by=row.aside_by,
        unsure_since=row.unsure_since,
    )


def _settings(digest: Digest | DigestDraft) -> dict[str, Any]:
    """Return what people set of a digest, as the table holds it."""
    return {
        "channel_id": digest.channel_id,
        "name": digest.name,
        "folded_name": digest.name.casefold(),
        "topics": list(digest.topics),
        "times": show_times(digest.rule.times),
        "days": show_days(digest.rule.days),
        "zone": digest.rule.zone,
        "limit": digest.limit,
        "catch_up": digest.catch_up.value,
        "forum": digest.forum,
        "crosspost": digest.crosspost,
        "mention": digest.mention,
        "tags": dict(digest.tags),
    }
