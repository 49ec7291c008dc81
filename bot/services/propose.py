"""Propose: a draft comes to the moderators of a server, for the digest that goes out next."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from bot.core.brief import NO_BRIEF
from bot.core.digest import DigestState
from bot.core.review import Proposal
from bot.core.slots import next_slot
from bot.services.brief import briefs
from bot.services.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.article import Headline
    from bot.core.digest import Digest
    from bot.core.outbox import DeliveryDraft
    from bot.core.quiet import Quiet
    from bot.core.review import Review
    from bot.services.ingest import Library


class NotProposed(Enum):
    """Why a draft could not be proposed, in words for the moderator who asked."""

    NO_REVIEW = "Review is off in this server; switch it on with `/review setup`."
    NO_DIGEST = "No digest here takes its topics; add one with `/digest add`."
    GONE = "Its file is gone."
    WAITING = "It is waiting for a verdict already."
    APPROVED = "It is approved already, and goes out with the next edition."
    POSTED = "It was posted in that channel already."


async def propose_draft(  # noqa: PLR0913 (each is a part of what is proposed)
    ledger: Ledger,
    library: Library,
    draft: Headline,
    *,
    guild_id: int,
    proposed_by: int,
    reason: str,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Review | NotProposed:
    """Propose a draft for the next edition of the digest here that takes it first."""
    settings = await ledger.review_settings(guild_id)
    if settings is None:
        return NotProposed.NO_REVIEW
    digests = await ledger.digests(guild_id=guild_id)
    quiets = await ledger.quiets(guild_id=guild_id)
    digest = _next_taking(draft, digests, quiets, now=now)
    if digest is None:
        return NotProposed.NO_DIGEST
    known = (await ledger.known([digest]))[digest.id]
    if draft.id in known.posted:
        return NotProposed.POSTED
    if draft.id in known.admitted:
        return NotProposed.APPROVED
    proof = (await proofs(library, [draft], now=now)).get(draft.id)
    if proof is None:
        return NotProposed.GONE
    about = await briefs(ledger, library, [draft], digest=digest, now=now)
    proposal = Proposal(
        guild_id=guild_id,
        digest_id=digest.id,
        edition_id=None,
        article_id=draft.id,
        card=proof.card,
        reason=reason,
        version=proof.version,
        path=proof.path,
        proposed_by=proposed_by,
        brief=about.get(draft.id, NO_BRIEF),
    )
    review = await ledger.propose(proposal, settings, announce=announce, now=now)
    return review or NotProposed.WAITING


def _next_taking(
    article: Headline,
    digests: Sequence[Digest],
    quiets: Mapping[int, Quiet],
    *,
    now: datetime,
) -> Digest | None:
    taking = [
        (slot.at, digest.id, digest)
        for digest in digests
        if digest.state is DigestState.ACTIVE
        and digest.takes(article.topics)
        and (slot := next_slot(digest.rule, after=now, quiet=quiets.get(digest.channel_id)))
    ]
    return min(taking)[2] if taking else None
