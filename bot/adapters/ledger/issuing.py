"""The ledger's quick way: many editions that nobody reviews are recorded and released together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import values_of
from bot.adapters.ledger.plans import go_on, is_let_in, values_of_item
from bot.adapters.ledger.tables import (
    Instant,
    deliveries,
    digests,
    editions,
    installation,
    items,
    placements,
)
from bot.core.digest import EditionState, ItemState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.digest import Issue


class IssueBook:
    """The part of `bot.books.EditionBook` for editions that are due when they are planned."""

    engine: AsyncEngine

    @transaction
    async def issue(
        self, connection: AsyncConnection, issues: Sequence[Issue], *, now: datetime
    ) -> bool:
        """Record editions and release them at once, in few statements; tell whether that was done.

        All of them or none: where a slot has an edition, an article stands in its channel by now,
        or a digest stopped or moved meanwhile, each is to be planned by itself.
        """
        places = {issue.draft.digest_id: issue.channel_id for issue in issues}
        if not await go_on(connection, places):
            return False
        for issue in issues:
            for item in issue.items:
                digest_id = issue.draft.digest_id
                if item.admitted and not await is_let_in(connection, digest_id, item.article_id):
                    return False
        try:
            async with connection.begin_nested():
                await _record(connection, issues, now=now)
        except IntegrityError:
            return False
        return True

    @transaction
    async def forget_untimely(
        self, connection: AsyncConnection, *, since: datetime, until: datetime, now: datetime
    ) -> None:
        """Forget what a clock left that was ahead: marks after `until`, and empty editions.

        They are looked at again that are due since `since`.
        """
        ahead = digests.c.planned_until > until
        await connection.execute(update(digests).where(ahead).values(planned_until=since))
        untimely = (
            (editions.c.state == EditionState.EMPTY.value)
            & (editions.c.due_at > since)
            & (editions.c.created_at > now)
            & ~exists().where(items.c.edition_id == editions.c.id)
        )
        await connection.execute(delete(editions).where(untimely))


async def _record(connection: AsyncConnection, issues: Sequence[Issue], *, now: datetime) -> None:
    await connection.execute(
        _MOVE_MARK,
        [{"which": issue.draft.digest_id, "until": issue.draft.due_at} for issue in issues],
    )
    query = insert(editions).returning(editions.c.id, sort_by_parameter_order=True)
    found = await connection.execute(query, [_edition(issue, now=now) for issue in issues])
    numbered = list(zip(found.scalars().all(), issues, strict=True))
    if rows := [row for edition_id, issue in numbered for row in _items(edition_id, issue)]:
        await connection.execute(insert(items), rows)
    name = (await connection.execute(select(installation.c.name))).scalar_one()
    posts = [
        (issue, edition_id, draft, article_ids)
        for edition_id, issue in numbered
        for draft, article_ids in issue.posts(edition_id)
    ]
    if not posts:
        return
    query = insert(deliveries).returning(deliveries.c.id, sort_by_parameter_order=True)
    drafts = [values_of(draft, installation=name, now=now) for _, _, draft, _ in posts]
    ids = (await connection.execute(query, drafts)).scalars().all()
    rows = [
        {
            "channel_id": draft.channel_id,
            "article_id": item.article_id,
            "edition_id": edition_id,
            "delivery_id": delivery_id,
            "title": item.card.title,
            "placed_at": now,
        }
        for (issue, edition_id, draft, article_ids), delivery_id in zip(posts, ids, strict=True)
        for item in issue.items
        if item.article_id in article_ids
    ]
    await connection.execute(insert(placements), rows)


def _edition(issue: Issue, *, now: datetime) -> dict[str, Any]:
    state = EditionState.RELEASED if issue.items else EditionState.EMPTY
    return {
        "digest_id": issue.draft.digest_id,
        "slot": issue.draft.slot,
        "due_at": issue.draft.due_at,
        "state": state.value,
        "note": issue.note,
        "created_at": now,
    }


def _items(edition_id: int, issue: Issue) -> Iterator[dict[str, Any]]:
    for position, item in enumerate(issue.items):
        yield values_of_item(edition_id, item, position, state=ItemState.POSTED)


_MOVE_MARK = (
    update(digests)
    .where(digests.c.id == bindparam("which"), digests.c.planned_until < bindparam("until"))
    .values(planned_until=bindparam("until", type_=Instant()))
)
