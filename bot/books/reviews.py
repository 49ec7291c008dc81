"""What the services need of the ledger's reviews, and of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.card import Card
    from bot.core.digest import (
        Item,
    )
    from bot.core.outbox import DeliveryDraft
    from bot.core.review import (
        Cast,
        Counted,
        Decision,
        Proposal,
        Review,
        ReviewSettings,
        ReviewState,
        Undo,
        Vote,
    )


class ReviewBook(Protocol):
    """The ledger's reviews.

    Every method is one transaction. `propose` answers None where the article is already waiting for
    that digest. `cast` writes what somebody says by a button: the same again takes it back, and
    another verdict takes its place. `count` holds these reactions, and what those of the `pressers`
    said by buttons, to be the votes, in place of those before, and decides: the first deciding
    verdict stands. It answers None where nothing waits any more. Where somebody asks for a change
    it lets the card offer one. Whatever ends a review writes a line of the record with who and why,
    and records in the same transaction the delivery that `announce` makes of it, and what whoever
    suggested the article is told.

    `end_review` ends one that waits in another way and answers it, None where none waits.
    `change_review` and `replace_review` end one in whose place another waits, with another card or
    another article; they answer the new one, None where the old one waits no more or the other
    article is not free. An edition follows what becomes of its reviews. `set_review` lets what
    moderators could not be asked be asked in their channel as it is now. `withdraw_reviews` also
    makes the planned editions empty: all of the digest's, or those due by an instant.

    `reminders` are those of which a reminder is due, `expired` those whose time is over; `remind`
    records what reminds of them, once.
    """

    async def review_settings(self, guild_id: int) -> ReviewSettings | None: ...
    async def reviewing(self) -> Mapping[int, ReviewSettings]: ...
    async def set_review(self, settings: ReviewSettings) -> None: ...
    async def unset_review(
        self, guild_id: int, *, announce: Callable[[Review], DeliveryDraft], now: datetime
    ) -> bool: ...
    async def withdraw_reviews(
        self,
        digest_id: int,
        *,
        due_by: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...
    async def propose(
        self,
        proposal: Proposal,
        settings: ReviewSettings,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None: ...
    async def review(self, review_id: int) -> Review | None: ...
    async def review_of_message(self, message_id: int) -> Review | None: ...
    async def pending_reviews(self, *, guild_id: int | None = None) -> Sequence[Review]: ...
    async def votes(self, review_id: int) -> Sequence[Vote]: ...
    async def presses(self, review_id: int) -> Sequence[Vote]: ...
    async def cast(self, review_id: int, vote: Vote, *, now: datetime) -> Cast: ...
    async def count(
        self,
        review_id: int,
        reactions: Iterable[Vote],
        *,
        pressers: Collection[int],
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Counted | None: ...
    async def end_review(
        self,
        review_id: int,
        state: ReviewState,
        *,
        by: Sequence[int] = (),
        why: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None: ...
    async def change_review(
        self,
        review_id: int,
        card: Card,
        *,
        by: int,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None: ...
    async def replace_review(
        self,
        review_id: int,
        item: Item,
        *,
        by: Sequence[int],
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None: ...
    async def reminders(self, *, now: datetime) -> Sequence[Review]: ...
    async def expired(self, *, now: datetime) -> Sequence[Review]: ...
    async def remind(
        self, review_ids: Collection[int], draft: DeliveryDraft, *, now: datetime
    ) -> None: ...


class RecordBook(Protocol):
    """The ledger's record of what was decided.

    Every method is one transaction. `decisions` are the newest first, of one server, or those of
    one article or one person alone; `before` is the id of the last one that was seen. `undo` undoes
    what a review came to, if that was decided since `since`, and answers what that meant and what
    waits in its place: nothing that it came to is left, and the record keeps both. `say_why` writes
    a reason to the newest decision of a review and lets its card say it.
    """

    async def decisions(
        self,
        guild_id: int,
        *,
        article_id: ArticleId | None = None,
        user_id: int | None = None,
        before: int | None = None,
        since: datetime | None = None,
        limit: int,
    ) -> Sequence[Decision]: ...
    async def undo(
        self,
        review_id: int,
        *,
        by: int,
        since: datetime,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> tuple[Undo, Review | None]: ...
    async def say_why(
        self,
        review_id: int,
        why: str,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> bool: ...
