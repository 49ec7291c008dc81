"""A ledger full of people: one who did all that can be done, and what is to be found of them."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import text

from bot.adapters.ledger import departing, erasing, forgetting
from bot.adapters.ledger.export import exported
from bot.core.article import ArticleId
from bot.core.card import Post
from bot.core.digest import DigestState
from bot.core.outbox import DeliveryDraft, DeliveryState, Entry
from bot.core.review import Cast, Proposal, Review, Verdict, Vote
from bot.core.saved import alerts_of
from tests.adapters.ledger.making import (
    CHANNEL,
    DESK,
    GUILD,
    SETTINGS,
    add,
    announce,
    arrival,
    posted,
    saved,
    send,
    take,
)
from tests.core.samples import HOUR, NOW, card

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from bot.adapters.ledger.store import LedgerStore
    from bot.core.digest import Digest

MIA, NORA = 770077007700770077, 880088008800880088  # as long as Discord's
ELSEWHERE = 99
LATER = NOW + HOUR


async def ask(
    store: LedgerStore, digest: Digest, name: str, *, by: int = NORA, now: datetime = NOW
) -> Review:
    """Propose a draft of somebody's and let its card arrive."""
    proposal = Proposal(
        guild_id=digest.guild_id,
        digest_id=digest.id,
        edition_id=None,
        article_id=ArticleId(name),
        card=card(name),
        reason=f"a draft of <@{by}>",
        proposed_by=by,
    )
    settings = replace(SETTINGS, guild_id=digest.guild_id, channel_id=DESK + digest.guild_id)
    review = await store.propose(proposal, settings, announce=announce, now=now)
    assert review is not None
    await store.record(
        await take(store, now=now),
        Entry(state=DeliveryState.SENT, message_id=5000 + review.id, begun_at=now),
        now=now,
    )
    return replace(review, message_id=5000 + review.id)


async def decide(
    store: LedgerStore,
    review: Review,
    *,
    by: int = MIA,
    verdict: Verdict = Verdict.REJECT,
    now: datetime = NOW,
) -> None:
    """Let somebody decide by a button, and the card say so."""
    vote = Vote(user_id=by, verdict=verdict)
    assert await store.cast(review.id, vote, now=now) is Cast.GIVEN
    counted = await store.count(review.id, [vote], pressers=[by], announce=announce, now=now)
    assert counted is not None
    assert counted.decided
    await send(store, review.message_id or 0, now=now)


async def press(store: LedgerStore, review: Review, *, by: int = MIA, now: datetime = NOW) -> None:
    """Let somebody vote by a button without deciding anything yet."""
    vote = Vote(user_id=by, verdict=Verdict.CHANGE)
    assert await store.cast(review.id, vote, now=now) is Cast.GIVEN
    await store.count(review.id, [vote], pressers=[by], announce=announce, now=now)


async def tell(
    store: LedgerStore,
    key: str,
    *,
    user_id: int = MIA,
    channel_id: int = CHANNEL,
    now: datetime = NOW,
) -> None:
    """Send somebody a direct message, and whatever else waits to be told."""
    await write_to(store, key, user_id=user_id, channel_id=channel_id, now=now)
    while (delivery := await store.claim_alert(now=now)) is not None:
        entry = Entry(state=DeliveryState.SENT, message_id=9, begun_at=now)
        await store.record(delivery, entry, now=now)


async def write_to(
    store: LedgerStore,
    key: str,
    *,
    user_id: int = MIA,
    channel_id: int = CHANNEL,
    now: datetime = NOW,
) -> None:
    """Record a direct message that is still to be sent."""
    post = Post(content=f"For you, <@{user_id}>", cards=())
    draft = DeliveryDraft(key=key, channel_id=channel_id, post=post, user_id=user_id)
    await store.enqueue(draft, now=now)


async def live(store: LedgerStore, *, user_id: int = MIA, guild_id: int = GUILD) -> Digest:
    """Let somebody do all that can be done, all of which has ended."""
    channel_id = CHANNEL + guild_id
    digest, resting = [
        await add(store, name, guild_id=guild_id, channel_id=channel_id, created_by=user_id)
        for name in (f"Digest {guild_id}", f"Resting {guild_id}")
    ]
    reason = f"by <@{user_id}>"
    await store.set_digest_state(resting.id, DigestState.PAUSED, reason=reason, now=NOW)
    mine = f"mine{guild_id}"
    await store.suggest(guild_id, ArticleId(mine), user_id=user_id, now=NOW)
    await decide(store, await ask(store, digest, mine, by=user_id), by=1)
    review = await ask(store, digest, f"other{guild_id}")
    await decide(store, review, by=user_id)
    await write(store, "UPDATE decisions SET why = :why", why=f"as <@{user_id}> said")
    for key in (f"no-say:{guild_id}:{user_id}", f"aside:{channel_id}:1:1:{user_id}"):
        await tell(store, key, user_id=user_id, channel_id=channel_id)
    delivery = await posted(store, digest, f"a{guild_id}", message_id=guild_id, now=NOW)
    search = await saved(store, "a", user_id=user_id, guild_id=guild_id)
    here = arrival(delivery.id, f"a{guild_id}", channel_id=digest.channel_id)
    alerts = alerts_of(search, here, frozenset({ArticleId(f"a{guild_id}")}))
    assert alerts
    await store.tell(alerts, arrivals=[here], now=NOW)
    return digest


async def found(address: str, user_id: int) -> list[str]:
    """Return what of the ledger's export names somebody."""
    async with aclosing(exported(address)) as rows:
        lines = [json.dumps(row) async for row in rows]
    return [line for line in lines if str(user_id) in line]


def go_in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is erased in many transactions be so little for each that there are many."""
    for module in (erasing, forgetting, departing):
        monkeypatch.setattr(module, "AT_ONCE", 2)


async def write(store: LedgerStore, statement: str, **values: object) -> None:
    """Change the ledger past the store."""
    async with store.engine.begin() as connection:
        await connection.execute(text(statement), values)
