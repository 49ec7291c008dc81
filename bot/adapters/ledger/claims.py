"""Whose turn it is: which delivery is claimed next, and which have to wait."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, bindparam, exists, null, or_, select, text, update

from bot.adapters.ledger.channels import quiet_of
from bot.adapters.ledger.engine import alone
from bot.adapters.ledger.entries import CHANGES
from bot.adapters.ledger.files import see_room
from bot.adapters.ledger.openings import opens
from bot.adapters.ledger.tables import Instant, channels, deliveries, editions
from bot.core.card import post_from_json
from bot.core.outbox import LEASE, Action, Delivery, DeliveryState
from bot.core.quiet import is_silent, quiet_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

OPEN = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)
_AT_ONCE = 500  # channels in one statement

# with parameters in them SQLite would not see that its indexes hold them
_IS_OPEN = text("deliveries.state IN ('pending', 'sending')")
_IS_POST = text("deliveries.action = 'post' AND deliveries.user_id IS NULL")
_IS_CHANGE = text("deliveries.action != 'post' AND deliveries.user_id IS NULL")
_IS_DIRECT = text("deliveries.user_id IS NOT NULL")
_NOW = bindparam("now", type_=Instant())
_IS_DUE = deliveries.c.next_attempt_at <= _NOW


async def claim_in_channels(
    connection: AsyncConnection, *, limit: int, now: datetime
) -> Sequence[Delivery]:
    """Take the next of different channels; posts go first, no edition waits for edits."""
    if connection.dialect.name == "postgresql":
        await alone(connection)  # who is under way is seen once it is committed
    posts = await _claim(connection, _NEXT_POSTS, limit=limit, now=now)
    changes = await _claim(connection, _NEXT_CHANGES, limit=limit - len(posts), now=now)
    return [*posts, *changes]


async def claim_direct(connection: AsyncConnection, *, now: datetime) -> Delivery | None:
    """Take the next direct message."""
    rows = (await connection.execute(_NEXT_DIRECT, {"most": 1, "now": now})).all()
    return next(iter(await _take(connection, rows, now=now)), None)


async def _claim(
    connection: AsyncConnection,
    query: Any,  # noqa: ANN401 (a select)
    *,
    limit: int,
    now: datetime,
) -> Sequence[Delivery]:
    """Take of each channel the first; it then is busy, and others are asked for in its place."""
    taken: list[Delivery] = []
    while free := limit - len(taken):
        rows = (await connection.execute(query, {"most": free, "now": now})).all()
        if any(_quiet_until(row, now=now) for row in rows):
            await _let_wait(connection, now=now)
            continue
        firsts: dict[int, Row[Any]] = {}
        for row in rows:
            firsts.setdefault(row.channel_id, row)
        taken += await _take(connection, list(firsts.values()), now=now)
        if len(firsts) == len(rows) < free:
            break
    return taken


def _quiet_until(row: Row[Any], *, now: datetime) -> datetime | None:
    return quiet_until(quiet_of(row), now=now) if row.zone is not None else None


async def _take(
    connection: AsyncConnection, rows: Sequence[Row[Any]], *, now: datetime
) -> Sequence[Delivery]:
    if not rows:
        return []
    see_room(connection.engine.url)  # what is sent must be written down
    taken = [_taken(row, now=now) for row in rows]
    values = [
        {
            "which": each.id,
            "attempt": each.attempts,
            "begun": each.first_attempt_at or now,
            "lease": now + LEASE,
            "thread": each.thread_id,
        }
        for each in taken
    ]
    await connection.execute(_TAKE, values)
    return taken


def _taken(row: Row[Any], *, now: datetime) -> Delivery:
    action = Action(row.action)
    opening = action is Action.POST and "opening" in row.post
    return Delivery(
        id=row.id,
        key=row.key,
        channel_id=row.channel_id,
        post=post_from_json(row.post),
        nonce=row.nonce,
        state=DeliveryState(row.state),
        attempts=row.attempts + 1,
        first_attempt_at=row.first_attempt_at,
        message_id=row.message_id,
        action=action,
        edition_id=row.edition_id,
        review_id=row.review_id,
        user_id=row.user_id,
        thread_id=None if opening else row.thread_id or row.edition_thread,
        silent=row.zone is not None and is_silent(quiet_of(row), now=now),
    )


async def _let_wait(connection: AsyncConnection, *, now: datetime) -> None:
    """Let every post that is due where it is quiet wait for the end of that."""
    mine = (_IS_OPEN, _IS_POST, deliveries.c.edition_id.is_not(None), _IS_DUE)
    query = select(channels).where(
        channels.c.channel_id.in_(select(deliveries.c.channel_id).where(*mine))
    )
    ends: defaultdict[datetime, list[int]] = defaultdict(list)
    for row in await connection.execute(query, {"now": now}):
        if (end := quiet_until(quiet_of(row), now=now)) is not None:
            ends[end].append(row.channel_id)
    for end, ids in ends.items():
        for start in range(0, len(ids), _AT_ONCE):
            here = deliveries.c.channel_id.in_(ids[start : start + _AT_ONCE])
            # with a reason one that a crash left is not held to be under way
            values = {"next_attempt_at": end, "error": "it waits until quiet hours are over"}
            later = update(deliveries).where(*mine, here).values(values)
            await connection.execute(later, {"now": now})


def _is_busy() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a delivery that another one is under way in its channel."""
    busy = deliveries.alias("busy")
    under_way = select(busy.c.channel_id).where(
        # whoever claims one empties its error, and an answer that leaves it in doubt has a reason
        text("busy.state = 'sending' AND busy.error = '' AND busy.user_id IS NULL"),
        busy.c.next_attempt_at > _NOW,
    )
    return deliveries.c.channel_id.in_(under_way)


def _is_after_another() -> Any:  # noqa: ANN401 (likewise)
    """Tell of a post that an earlier part of its edition is not through.

    A thread that may not be there is waited for, too.
    """
    earlier = deliveries.alias("earlier")
    before = or_(
        earlier.c.part < deliveries.c.part,
        and_(earlier.c.part == deliveries.c.part, earlier.c.id < deliveries.c.id),
    )
    in_doubt = and_(earlier.c.state == DeliveryState.UNKNOWN.value, opens(earlier))
    return exists().where(
        earlier.c.edition_id == deliveries.c.edition_id,
        earlier.c.action == Action.POST.value,
        before,
        or_(earlier.c.state.in_((*OPEN, DeliveryState.HELD.value)), in_doubt),
    )


def _follows_another() -> Any:  # noqa: ANN401 (likewise)
    """Tell of an edit that an older one of its message is not through, which could undo it."""
    older = deliveries.alias("older")
    return and_(
        deliveries.c.action.in_(CHANGES),
        exists().where(
            older.c.message_id == deliveries.c.message_id,
            older.c.action.in_(CHANGES),
            older.c.state.in_(OPEN),
            older.c.id < deliveries.c.id,
        ),
    )


def _first(query: Any, *where: Any) -> Any:  # noqa: ANN401 (a select whose row type nobody could name)
    return (
        query.where(_IS_OPEN, _IS_DUE, *where)
        .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
        .limit(bindparam("most"))
        # SQLite's one writer needs none and ignores it
        .with_for_update(of=deliveries, skip_locked=True)
    )


# made once, for they are asked at every claim
_NEXT_POSTS = _first(
    select(
        deliveries,
        editions.c.thread_id.label("edition_thread"),
        *(column for column in channels.c if column.name != "channel_id"),
    )
    .select_from(deliveries)
    .outerjoin(editions, editions.c.id == deliveries.c.edition_id)
    .outerjoin(
        channels,
        and_(
            channels.c.channel_id == deliveries.c.channel_id, deliveries.c.edition_id.is_not(None)
        ),
    ),
    _IS_POST,
    ~_is_busy(),
    ~_is_after_another(),
)
_NOWHERE = select(deliveries, null().label("edition_thread"), null().label("zone"))
_NEXT_CHANGES = _first(_NOWHERE, _IS_CHANGE, ~_is_busy(), ~_follows_another())
_NEXT_DIRECT = _first(_NOWHERE, _IS_DIRECT)
_TAKE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("which"))
    .values(
        state=DeliveryState.SENDING.value,
        attempts=bindparam("attempt"),
        first_attempt_at=bindparam("begun"),
        next_attempt_at=bindparam("lease"),
        thread_id=bindparam("thread"),
        error="",
    )
)
