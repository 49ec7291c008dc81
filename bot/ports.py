"""What the services need from outside, as Protocols; each docstring states what is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import Article, ArticleId
    from bot.core.card import Card
    from bot.core.catalogue import Catalogue, Changes
    from bot.core.digest import (
        Digest,
        DigestDraft,
        DigestState,
        Edition,
        EditionDraft,
        HistoryLine,
        Item,
        Placement,
    )
    from bot.core.outbox import Ambiguous, Answer, Delivery, DeliveryDraft, Entry, Sent, Sighting
    from bot.core.query import Query
    from bot.core.review import Proposal, Review, ReviewSettings, ReviewState, Unread, Vote


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def __call__(self) -> datetime: ...


class Content(Protocol):
    """Reads `content/`.

    `read` never raises for what a file holds: faults are in the catalogue. `stamp` changes whenever
    a file was added, changed or removed, and costs no more than listing the folder.
    """

    async def read(self) -> Catalogue: ...
    async def stamp(self) -> object: ...


class Hit(Protocol):
    """One article a search found; a higher score is a better match."""

    @property
    def article(self) -> Article: ...
    @property
    def score(self) -> float: ...


class Index(Protocol):
    """Searches published articles.

    Any query is valid and answered; the order is the same for the same articles. `search` returns
    the best hits in order and how many there are in all; `nearest` what comes closest where
    nothing was found. Drafts are never in it.
    """

    async def update(self, changes: Changes) -> None: ...
    async def search(
        self, query: Query, *, limit: int, offset: int, now: datetime
    ) -> tuple[Sequence[Hit], int]: ...
    async def nearest(self, query: Query, *, limit: int) -> Sequence[Hit]: ...


class DigestBook(Protocol):
    """The ledger's digests.

    Every method is one transaction. Names are unique within a server among digests that were not
    removed, without case; `add_digest` answers None where the name is taken. A digest's
    `planned_until` never moves back.
    """

    async def add_digest(self, draft: DigestDraft, *, now: datetime) -> Digest | None: ...
    async def digests(self, *, guild_id: int | None = None) -> Sequence[Digest]: ...
    async def set_digest_state(
        self, digest_id: int, state: DigestState, *, reason: str, now: datetime
    ) -> None: ...
    async def history(
        self, guild_id: int, *, digest_id: int | None, limit: int
    ) -> Sequence[HistoryLine]: ...


class EditionBook(Protocol):
    """The ledger's editions.

    Every method is one transaction. (digest, slot) is unique: `plan_edition` answers None where the
    edition exists, and otherwise records with it its items and either proposals or nothing, and
    moves the digest's `planned_until`; `announce` says what a proposal's card is. (channel,
    article) is unique among deliveries that did not fail: `release` places these items of a due
    edition, records their deliveries and withdraws approved ones that stand in the channel already.
    `due_editions` are those whose time has come and that have something left to release. `expected`
    is what was chosen for a channel and does not stand there yet, `admitted` the drafts that
    moderators approved with the very card they approved.
    """

    async def plan_edition(
        self,
        draft: EditionDraft,
        items: Sequence[Item],
        *,
        review: ReviewSettings | None,
        note: str,
        planned_until: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Edition | None: ...
    async def due_editions(self, *, now: datetime) -> Sequence[Edition]: ...
    async def approved_items(self, edition_id: int) -> Sequence[Item]: ...
    async def release(
        self,
        edition_id: int,
        deliveries: Sequence[tuple[DeliveryDraft, Sequence[ArticleId]]],
        *,
        note: str,
        now: datetime,
    ) -> None: ...
    async def placements(self, channel_id: int) -> Sequence[Placement]: ...
    async def barred(self, digest: Digest) -> Mapping[ArticleId, str]: ...
    async def admitted(self, digest_id: int) -> Mapping[ArticleId, Card]: ...
    async def expected(self, channel_id: int) -> Sequence[Placement]: ...


class ReviewBook(Protocol):
    """The ledger's reviews.

    Every method is one transaction. `propose` answers None where the article is already waiting for
    that digest. `count` stores exactly these votes in place of those before, decides by the given
    function and answers the review if this call decided it, None otherwise: the first deciding
    verdict stands. Whatever ends a review records in the same transaction the delivery that
    `announce` makes of it. `withdraw_reviews` also makes the planned editions empty: all of the
    digest's, or those due by an instant.
    """

    async def review_settings(self, guild_id: int) -> ReviewSettings | None: ...
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
    async def review_of_message(self, message_id: int) -> Review | None: ...
    async def pending_reviews(self, *, guild_id: int | None = None) -> Sequence[Review]: ...
    async def withdraw_review(
        self, review_id: int, *, announce: Callable[[Review], DeliveryDraft], now: datetime
    ) -> None: ...
    async def votes(self, review_id: int) -> Sequence[Vote]: ...
    async def count(
        self,
        review_id: int,
        votes: Iterable[Vote],
        *,
        decide: Callable[[Iterable[Vote]], ReviewState],
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None: ...


class Outbox(Protocol):
    """The ledger's deliveries.

    Every method is one transaction. `claim` takes the next due delivery, or one whose lease ran
    out, marks it `sending` and counts the attempt before it answers; the answer holds the begin of
    *earlier* attempts. `record` writes what came of it: a proposal's card learns its message, a
    refused edition gives its articles free, a refused card withdraws its review, a refused channel
    pauses its digests. `enqueue` ignores a key it knows.
    """

    async def claim(self, *, now: datetime) -> Delivery | None: ...
    async def record(self, delivery: Delivery, entry: Entry, *, now: datetime) -> None: ...
    async def enqueue(self, draft: DeliveryDraft, *, now: datetime) -> None: ...
    async def outbox_counts(self) -> Mapping[str, int]: ...


class Ledger(DigestBook, EditionBook, ReviewBook, Outbox, Protocol):
    """All that was decided and done; the only precious file."""


class Chat(Protocol):
    """Discord, as far as deliveries and reviews need it.

    `post` and `edit` never raise for what the network or Discord does: the answer says it. A
    message posted twice with one nonce within a minute is one message. `sighting` looks for the
    message among the bot's own since the first attempt; Ambiguous says that it could not look now.
    `mark` adds the reactions people vote with and does nothing where they are. `ballots` answers
    who of the entitled reacted with what, or whether the card is gone or not to be read just now.
    """

    async def post(self, delivery: Delivery) -> Answer: ...
    async def edit(self, delivery: Delivery) -> Answer: ...
    async def sighting(self, delivery: Delivery) -> Sent | Sighting | Ambiguous: ...
    async def mark(self, review: Review) -> None: ...
    async def ballots(self, review: Review) -> Sequence[Vote] | Unread: ...
