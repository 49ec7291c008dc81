"""The record within a transaction: a line for each decision, with who and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from bot.adapters.ledger.tables import decision_people, decisions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.review import ReviewState


async def write_down(
    connection: AsyncConnection,
    review_id: int,
    state: ReviewState,
    *,
    by: Sequence[int],
    why: str,
    now: datetime,
) -> None:
    """Write a line of the record."""
    result = await connection.execute(
        insert(decisions).values(review_id=review_id, state=state.value, why=why, at=now)
    )
    (decision_id,) = result.inserted_primary_key or (0,)
    rows = [
        {"decision_id": decision_id, "user_id": user_id, "position": position}
        for position, user_id in enumerate(dict.fromkeys(by))
    ]
    if rows:
        await connection.execute(insert(decision_people), rows)


async def last_words(connection: AsyncConnection, row: Row[Any]) -> tuple[tuple[int, ...], str]:
    """Return who gave a review the state it has, and why."""
    query = (
        select(decisions.c.id, decisions.c.why)
        .where(decisions.c.review_id == row.id, decisions.c.state == row.state)
        .order_by(decisions.c.id.desc())
        .limit(1)
    )
    found = (await connection.execute(query)).one_or_none()
    if found is None:
        return (), ""
    return await people_of(connection, found.id), found.why


async def people_of(connection: AsyncConnection, decision_id: int) -> tuple[int, ...]:
    """Return who decided, in their order, as far as that is known still."""
    query = (
        select(decision_people.c.user_id)
        .where(decision_people.c.decision_id == decision_id)
        .order_by(decision_people.c.position, decision_people.c.user_id)
    )
    return tuple((await connection.execute(query)).scalars())
