"""The record within a transaction: a line for each decision, with who and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from bot.adapters.ledger.tables import decision_people, decisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.review import ReviewState

DECIDED = decisions.join(decision_people)  # each decision with each of those who took it


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


async def last_words(
    connection: AsyncConnection, rows: Iterable[Row[Any]]
) -> Mapping[int, tuple[Sequence[int], str]]:
    """Return by review who gave it the state that it has, and why."""
    states = {row.id: row.state for row in rows}
    query = select(decisions).where(decisions.c.review_id.in_(states)).order_by(decisions.c.id)
    lines = (await connection.execute(query)).all() if states else []
    last = {line.review_id: line for line in lines if line.state == states[line.review_id]}
    people = await people_of(connection, [line.id for line in last.values()])
    return {which: (people[line.id], line.why) for which, line in last.items()}


async def people_of(
    connection: AsyncConnection, decision_ids: Sequence[int]
) -> Mapping[int, Sequence[int]]:
    """Return who took each of these decisions, in their order, as far as that is known still."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    if decision_ids:
        query = (
            select(decision_people)
            .where(decision_people.c.decision_id.in_(decision_ids))
            .order_by(decision_people.c.position, decision_people.c.user_id)
        )
        for row in await connection.execute(query):
            found[row.decision_id].append(row.user_id)
    return found
