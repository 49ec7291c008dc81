"""Moderate: proposals, verdicts, and what follows from them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.outbox import REQUEST_TIMEOUT
from bot.core.review import Cast, Counted, ReviewSettings, ReviewState, Undo, Verdict, Vote
from bot.core.reviewing import no_say_delivery, review_delivery
from bot.core.rewording import Unchanged, reworded
from bot.core.text import clean, cut
from bot.services.count import Scrutineer
from bot.services.deadlines import Deadlines
from bot.services.propose import propose_draft

if TYPE_CHECKING:
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.article import Headline
    from bot.core.digest import Digest
    from bot.core.outbox import DeliveryDraft
    from bot.core.review import Ballot, Review
    from bot.ports import Chat, Clock
    from bot.services.ingest import Library
    from bot.services.propose import NotProposed

LONGEST_REASON = 500
UNDO_FOR = timedelta(minutes=30)
MOST_TOLD = 20  # who have no say, in one server in an hour; a raid must not make it write to all
_HOUR = timedelta(hours=1)


class Moderator:
    """Keeps reviews in step with what moderators say, and with the time.

    Who may say something is asked by whoever calls, at the time of the act.
    """

    def __init__(
        self,
        ledger: Ledger,
        chat: Chat,
        library: Library,
        *,
        ballot: Ballot,
        clock: Clock,
        undo_for: timedelta = UNDO_FOR,
    ) -> None:
        self._ledger = ledger
        self._library = library
        self._chat = chat
        self._ballot = ballot
        self._clock = clock
        self._undo_for = undo_for
        self._scrutineer = Scrutineer(ledger, chat, library, ballot=ballot, clock=clock)
        self._told: dict[int, dict[int, datetime]] = {}  # by server, who have no say and since when
        self._deadlines = Deadlines(ledger, self._scrutineer, announce=self._announce, clock=clock)

    async def set_up(self, settings: ReviewSettings) -> None:
        """Review in this server from now on; what was said so far may be enough by now."""
        await self._ledger.set_review(settings)
        self._scrutineer.owe(await self._ledger.pending_reviews(guild_id=settings.guild_id))

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
        self,
        draft: Headline,
        *,
        guild_id: int,
        proposed_by: int,
        reason: str = "a draft, proposed by a moderator",
    ) -> Review | NotProposed:
        """Propose a draft for the next edition of the digest here that takes it first."""
        return await propose_draft(
            self._ledger,
            self._library,
            draft,
            guild_id=guild_id,
            proposed_by=proposed_by,
            reason=reason,
            announce=self._announce,
            now=self._clock(),
        )

    async def sweep(self) -> None:
        """Count on every card that waits, as after a time away."""
        await self._scrutineer.sweep()

    async def catch_up(self) -> None:
        """Count what could not be read when it was said."""
        await self._scrutineer.catch_up()

    def miss(self) -> None:
        """Have counted by and by what was said while the ledger could not be used."""
        self._scrutineer.miss()

    async def mind_time(self) -> None:
        """Count once more what is due, remind of what waits, and end what waited too long."""
        await self._deadlines.mind()

    async def count(self, review: Review) -> Review | None:
        """Count what was said of a proposal; return what it is now where that is to be shown.

        It ended, another telling waits in its place, or its card offers another wording.
        """
        counted = await self._scrutineer.count(review)
        if counted is None:
            return None
        asks_anew = counted.review.wants_change and not review.wants_change
        ended = counted.state is not ReviewState.PENDING
        return counted.review if ended or asks_anew else None

    async def press(
        self, review: Review, *, user_id: int, verdict: Verdict
    ) -> tuple[Cast, Counted | None]:
        """Take what somebody says by a button, and count it; the same again takes it back."""
        if verdict not in review.signs:  # a button of a card that was something else
            return Cast.LATE, None
        vote = Vote(user_id=user_id, verdict=verdict)
        cast = await self._ledger.cast(review.id, vote, now=self._clock())
        if cast is Cast.LATE:
            return cast, None
        return cast, await self._scrutineer.count(review)

    async def change(
        self, review: Review, *, title: str, excerpt: str, by: int
    ) -> Review | Unchanged:
        """Propose an article anew in the words of a moderator; its file stays as it is."""
        if Verdict.CHANGE not in review.signs:
            return Unchanged.FIXED
        card = reworded(review.card, title=title, excerpt=excerpt)
        if isinstance(card, Unchanged):
            return card
        # what was said before stands, though its event is lost
        await self._scrutineer.count(review)
        new = await self._ledger.change_review(
            review.id, card, by=by, announce=self._announce, now=self._clock()
        )
        return new or Unchanged.LATE

    async def undo(self, review_id: int, *, by: int) -> tuple[Undo, Review | None]:
        """Undo a decision that was taken a short time ago."""
        now = self._clock()
        return await self._ledger.undo(
            review_id, by=by, since=now - self._undo_for, announce=self._announce, now=now
        )

    async def say_why(self, review_id: int, why: str) -> bool:
        """Write down why something was decided; tell whether it was."""
        reason = cut(clean(why), LONGEST_REASON)
        if not reason:
            return False
        return await self._ledger.say_why(
            review_id, reason, announce=self._announce, now=self._clock()
        )

    async def refuse_say(self, review: Review, *, user_id: int, emoji: str | None) -> None:
        """Take away the sign of somebody who has no say, and tell them so, once in each server."""
        if emoji is not None:
            with suppress(TimeoutError):  # it does not count, wherever it stands
                async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
                    await self._chat.unsign(review, emoji=emoji, user_id=user_id)
        if self._may_tell(review.guild_id, user_id):
            await self._ledger.enqueue(no_say_delivery(review, user_id), now=self._clock())

    def _may_tell(self, guild_id: int, user_id: int) -> bool:
        now = self._clock()
        before = self._told.get(guild_id, {})
        told = {who: at for who, at in before.items() if now - at < _HOUR}
        if len(told) < MOST_TOLD:
            told.setdefault(user_id, now)
        self._told[guild_id] = told
        return user_id in told

    def _announce(self, review: Review) -> DeliveryDraft:
        return review_delivery(review, self._ballot)
