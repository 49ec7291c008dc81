"""Count: what people say of proposals by reactions and buttons, and what it comes to."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.counting import deciders
from bot.core.digest import Item
from bot.core.outbox import REQUEST_TIMEOUT
from bot.core.review import Counted, ReviewState, Unread, Verdict
from bot.core.reviewing import review_delivery
from bot.services.agenda import minding
from bot.services.brief import briefs, is_free, telling_of
from bot.services.proof import proofs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.article import Headline
    from bot.core.brief import Telling
    from bot.core.digest import Digest
    from bot.core.outbox import DeliveryDraft
    from bot.core.review import Ballot, Review, Vote
    from bot.ports import Chat, Clock
    from bot.services.ingest import Library

log = logging.getLogger(__name__)

LONGEST_COUNT = 3 * REQUEST_TIMEOUT  # several requests; other cards wait for it
_ASKED_FOR = "another telling, which the moderators asked for"


class Scrutineer:
    """Counts the votes on cards, in each server one card at a time."""

    def __init__(
        self, ledger: Ledger, chat: Chat, library: Library, *, ballot: Ballot, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._chat = chat
        self._library = library
        self._ballot = ballot
        self._clock = clock
        self._counting: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ahead: dict[int, asyncio.Future[Counted | None]] = {}  # counts that wait their turn
        self._owed: dict[int, None] = {}  # reviews whose votes are still to be read, in order
        self._missed = False  # whether something was said, nobody knows of what

    def miss(self) -> None:
        """Have counted by and by on every card that waits, for something was said on one."""
        self._missed = True

    def owe(self, reviews: Iterable[Review]) -> None:
        """Have counted again by and by what was said of these."""
        for review in reviews:
            if review.message_id is not None:
                self._owed.pop(review.id, None)
                self._owed[review.id] = None

    def owes(self, review: Review) -> bool:
        """Tell whether the votes of a review could not be read when they were to be counted."""
        return review.id in self._owed

    async def sweep(self) -> None:
        """Count on every card that waits, one after the other, as after a time away."""
        for review in await self._ledger.pending_reviews():
            if review.message_id is not None:
                with minding("card not looked at: review=%d", review.id):
                    await self._mark(review)
                    await self.count(review)

    async def catch_up(self) -> None:
        """Count what could not be read when it was said; what takes too long is left for later."""
        if not self._owed and not self._missed:
            return
        pending = {review.id: review for review in await self._ledger.pending_reviews()}
        self._owed = {which: None for which in self._owed if which in pending}  # others ended
        if self._missed:
            self._missed = False
            self.owe(pending.values())
        until = asyncio.get_running_loop().time() + LONGEST_COUNT.total_seconds()
        closed: set[int] = set()  # channels; too many refusals and Discord hears no more of us
        for review in [pending[which] for which in self._owed]:
            if asyncio.get_running_loop().time() > until:
                return
            if review.channel_id in closed:
                continue
            with minding("card not looked at: review=%d", review.id):
                await self.count(review)
            if self.owes(review):
                closed.add(review.channel_id)

    async def count(self, review: Review) -> Counted | None:
        """Count what was said of a proposal; None where it waits no more, or nobody knows just now.

        The reactions as Discord has them are the truth, so an event that was missed or came twice
        makes no difference. What the entitled alone said counts, as they are when it is counted.
        """
        if review.state is not ReviewState.PENDING or review.message_id is None:
            return None
        if (ahead := self._ahead.get(review.id)) is not None:  # it reads what stands then
            return await asyncio.shield(ahead)
        ahead = self._ahead[review.id] = asyncio.get_running_loop().create_future()
        counted = None
        try:
            async with self._turn(review):
                counted = await self._counted(review)
        except BaseException:
            self.owe([review])
            raise
        finally:
            ahead.set_result(counted)
        if counted is not None and counted.state is not ReviewState.PENDING:
            log.info("review decided: review=%d state=%s", review.id, counted.state.value)
        return counted

    @asynccontextmanager
    async def _turn(self, review: Review) -> AsyncIterator[None]:
        """Wait until it is the turn of a card: no older reading of it may follow a newer one."""
        counting = self._counting[review.guild_id]
        try:
            await counting.acquire()
        finally:
            del self._ahead[review.id]
        try:
            yield
        finally:
            counting.release()

    async def _counted(self, review: Review) -> Counted | None:
        reactions = await self._reactions(review)
        if reactions is Unread.GONE:
            await self._withdraw(review)
            return None
        said = None if reactions is Unread.NOW else await self._said_by_buttons(review)
        if reactions is Unread.NOW or said is None:
            self.owe([review])
            return None
        self._owed.pop(review.id, None)
        return await self._decide(review, reactions, said)

    async def _decide(
        self, review: Review, reactions: Sequence[Vote], said: Sequence[Vote]
    ) -> Counted | None:
        counted = await self._store(review, reactions, said)
        if counted is None or counted.state is not ReviewState.REPLACED:
            return counted
        by = deciders(counted.review, [*reactions, *said], ReviewState.REPLACED)
        new = await self._replace(counted.review, by=by)
        if new is not None:
            return Counted(review=new, state=ReviewState.REPLACED)
        # no other telling is to be had, so all else that was said counts
        return await self._store(review, _without_other(reactions), _without_other(said))

    async def _store(
        self, review: Review, reactions: Sequence[Vote], said: Sequence[Vote]
    ) -> Counted | None:
        return await self._ledger.count(
            review.id,
            reactions,
            pressers={vote.user_id for vote in said},
            announce=self._announce,
            now=self._clock(),
        )

    async def _replace(self, review: Review, *, by: Sequence[int]) -> Review | None:
        """Propose the first other telling that is to be had; None where there is none."""
        now = self._clock()
        digests = await self._ledger.digests(guild_id=review.guild_id)
        digest = next((one for one in digests if one.id == review.digest_id), None)
        if digest is None:  # it was removed in this moment
            return None
        others = await self._takeable(review.brief.others, digest, now=now)
        for place, article in enumerate(others):
            rest = [*others[place + 1 :], *others[:place]]
            item = await self._item(article, rest, review, digest, now=now)
            if item is None:
                continue
            new = await self._ledger.replace_review(
                review.id, item, by=by, announce=self._announce, now=now
            )
            if new is not None:
                return new
        return None

    async def _takeable(
        self, others: Sequence[Telling], digest: Digest, *, now: datetime
    ) -> list[Headline]:
        known = (await self._ledger.known([digest]))[digest.id]
        found = [self._library.catalogue.get(other.article_id) for other in others]
        return [
            one
            for one in found
            if one is not None
            and not one.draft
            and (one.published_at is None or one.published_at <= now)
            and digest.takes(one.topics)
            and is_free(one.id, known)
        ]

    async def _item(
        self,
        article: Headline,
        rest: Sequence[Headline],
        review: Review,
        digest: Digest,
        *,
        now: datetime,
    ) -> Item | None:
        """Return the item to propose; its other tellings follow in turn, the first one last."""
        proof = (await proofs(self._library, [article], now=now)).get(article.id)
        if proof is None:
            return None
        about = await briefs(self._ledger, self._library, [article], digest=digest, now=now)
        before = self._library.catalogue.get(review.article_id)
        others = [*rest, before] if before is not None else rest
        return Item(
            article_id=article.id,
            card=proof.card,
            reason=_ASKED_FOR,
            version=proof.version,
            path=proof.path,
            brief=replace(about[article.id], others=tuple(map(telling_of, others))),
        )

    async def _withdraw(self, review: Review) -> None:
        log.warning("review card gone, review withdrawn: review=%d", review.id)
        self._owed.pop(review.id, None)
        await self._ledger.end_review(
            review.id,
            ReviewState.WITHDRAWN,
            why="its card is gone",
            announce=self._announce,
            now=self._clock(),
        )

    async def _mark(self, review: Review) -> None:
        with suppress(TimeoutError):  # whoever votes may add the reaction, too
            async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
                await self._chat.mark(review)

    async def _reactions(self, review: Review) -> Sequence[Vote] | Unread:
        try:
            async with asyncio.timeout(LONGEST_COUNT.total_seconds()):
                return await self._chat.ballots(review)
        except TimeoutError:
            log.warning("reactions not read in time: review=%d", review.id)
            return Unread.NOW

    async def _said_by_buttons(self, review: Review) -> Sequence[Vote] | None:
        """Return what the entitled said by buttons; None where nobody knows who they are."""
        presses = await self._ledger.presses(review.id)
        if not presses:
            return ()
        people = {vote.user_id for vote in presses}
        try:
            async with asyncio.timeout(LONGEST_COUNT.total_seconds()):
                entitled = await self._chat.entitled(review, people)
        except TimeoutError:
            log.warning("members not read in time: review=%d", review.id)
            return None
        return None if entitled is None else [v for v in presses if v.user_id in entitled]

    def _announce(self, review: Review) -> DeliveryDraft:
        return review_delivery(review, self._ballot)


def _without_other(votes: Sequence[Vote]) -> list[Vote]:
    return [vote for vote in votes if vote.verdict is not Verdict.OTHER]
