"""Moderate: proposals, reactions, verdicts, and what follows from them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.digest import DigestState
from bot.core.outbox import REQUEST_TIMEOUT
from bot.core.review import Proposal, ReviewSettings, ReviewState, Unread
from bot.core.reviewing import review_delivery
from bot.core.slots import next_slot
from bot.services.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.books import Ledger
    from bot.core.article import Headline
    from bot.core.digest import Digest
    from bot.core.outbox import DeliveryDraft
    from bot.core.quiet import Quiet
    from bot.core.review import Ballot, Review, Vote
    from bot.ports import Chat, Clock
    from bot.services.ingest import Library

log = logging.getLogger(__name__)

LONGEST_COUNT = 3 * REQUEST_TIMEOUT  # several requests; other cards wait for it


class NotProposed(Enum):
    """Why a draft could not be proposed, in words for the moderator who asked."""

    NO_REVIEW = "Review is off in this server; switch it on with `/review setup`."
    NO_DIGEST = "No digest here takes its topics; add one with `/digest add`."
    GONE = "Its file is gone."
    WAITING = "It is waiting for a verdict already."


class Moderator:
    """Keeps reviews in step with the reactions on their cards."""

    def __init__(
        self, ledger: Ledger, chat: Chat, library: Library, *, ballot: Ballot, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._library = library
        self._chat = chat
        self._ballot = ballot
        self._clock = clock
        self._counting = asyncio.Lock()
        self._owed: set[int] = set()  # reviews whose reactions could not be read

    async def set_up(self, settings: ReviewSettings) -> None:
        """Review in this server from now on."""
        await self._ledger.set_review(settings)

    async def switch_off(self, guild_id: int) -> bool:
        """Review no more in this server; what was waiting is withdrawn."""
        return await self._ledger.unset_review(guild_id, announce=self._announce, now=self._clock())

    async def withdraw(self, digest: Digest) -> None:
        """Withdraw what waits for a digest that is gone."""
        await self._ledger.withdraw_reviews(
            digest.id, due_by=None, announce=self._announce, now=self._clock()
        )

    async def forgo(self, digest: Digest) -> None:
        """Withdraw the editions that came due while a digest was paused."""
        now = self._clock()
        await self._ledger.withdraw_reviews(digest.id, due_by=now, announce=self._announce, now=now)

    async def propose_draft(
        self, draft: Headline, *, guild_id: int, proposed_by: int
    ) -> Review | NotProposed:
        """Propose a draft for the next edition of the digest here that takes it first."""
        settings = await self._ledger.review_settings(guild_id)
        if settings is None:
            return NotProposed.NO_REVIEW
        digests = await self._ledger.digests(guild_id=guild_id)
        quiets = await self._ledger.quiets(guild_id=guild_id)
        digest = self._next_taking(draft, digests, quiets)
        if digest is None:
            return NotProposed.NO_DIGEST
        now = self._clock()
        proof = (await proofs(self._library, [draft], now=now)).get(draft.id)
        if proof is None:
            return NotProposed.GONE
        proposal = Proposal(
            guild_id=guild_id,
            digest_id=digest.id,
            edition_id=None,
            article_id=draft.id,
            card=proof.card,
            reason="a draft, proposed by a moderator",
            version=proof.version,
            path=proof.path,
            proposed_by=proposed_by,
        )
        review = await self._ledger.propose(proposal, settings, announce=self._announce, now=now)
        return review or NotProposed.WAITING

    async def sweep(self) -> None:
        """Count the reactions on every card that waits, as after a time away."""
        for review in await self._ledger.pending_reviews():
            if review.message_id is not None:
                await self._mark(review)
                await self.count(review)

    async def catch_up(self) -> None:
        """Count the reactions that could not be read when they were made."""
        if self._owed:
            pending = await self._ledger.pending_reviews()
            self._owed &= {review.id for review in pending}  # others ended without them
            for review in pending:
                if review.id in self._owed:
                    await self.count(review)

    async def count(self, review: Review) -> Review | None:
        """Count the reactions on a card; return the review where that decided it.

        The reactions as Discord has them are the truth, so an event that was missed or came twice
        makes no difference.
        """
        if review.state is not ReviewState.PENDING:
            return None
        # one at a time: an older reading of the reactions must not follow a newer one
        async with self._counting:
            votes = await self._ballots(review)
            if votes is Unread.NOW:
                self._owed.add(review.id)
                return None
            self._owed.discard(review.id)
            if votes is Unread.GONE:
                log.warning("review card gone, review withdrawn: review=%d", review.id)
                await self._ledger.end_review(
                    review.id,
                    ReviewState.WITHDRAWN,
                    why="its card is gone",
                    announce=self._announce,
                    now=self._clock(),
                )
                return None
            counted = await self._ledger.count(
                review.id, votes, pressers=(), announce=self._announce, now=self._clock()
            )
        if counted is None or not counted.decided:
            return None
        log.info("review decided: review=%d state=%s", review.id, counted.state.value)
        return counted.review

    async def _mark(self, review: Review) -> None:
        with suppress(TimeoutError):  # whoever votes may add the reaction, too
            async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
                await self._chat.mark(review)

    async def _ballots(self, review: Review) -> Sequence[Vote] | Unread:
        try:
            async with asyncio.timeout(LONGEST_COUNT.total_seconds()):
                return await self._chat.ballots(review)
        except TimeoutError:
            log.warning("reactions not read in time: review=%d", review.id)
            return Unread.NOW

    def _next_taking(
        self, article: Headline, digests: Sequence[Digest], quiets: Mapping[int, Quiet]
    ) -> Digest | None:
        now = self._clock()
        taking = [
            (slot.at, digest.id, digest)
            for digest in digests
            if digest.state is DigestState.ACTIVE
            and digest.takes(article.topics)
            and (slot := next_slot(digest.rule, after=now, quiet=quiets.get(digest.channel_id)))
        ]
        return min(taking)[2] if taking else None

    def _announce(self, review: Review) -> DeliveryDraft:
        return review_delivery(review, self._ballot)
