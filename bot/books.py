"""What the services need of the ledger, as Protocols; each docstring states what is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.card import Card
    from bot.core.digest import (
        Digest,
        DigestDraft,
        DigestState,
        Edition,
        EditionDraft,
        HistoryLine,
        Issue,
        Item,
        Known,
        Placement,
    )
    from bot.core.outbox import Delivery, DeliveryDraft, Doubt, Entry, Settling, Standing
    from bot.core.people import Holdings
    from bot.core.quiet import Quiet
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
    from bot.core.revision import Revision, Use
    from bot.core.saved import Alert, Arrival, Miss, Posted, SavedSearch


class LedgerTrouble(Exception):  # noqa: N818 (it names what is the matter)
    """The ledger cannot be used now; its text says where, why and what to do.

    Any method may raise it. What was asked for is not half done; whether it is done, where the
    commit itself failed, only reading it again can say.
    """


class DigestBook(Protocol):
    """The ledger's digests.

    Every method is one transaction. Names are unique within a server among digests that were not
    removed, without case; `add_digest` answers None where the name is taken, `change_digest` False.
    A digest's `planned_until` moves back only where its rule is changed or an edition is cancelled,
    to that instant, and where the clock was ahead. A digest that moves to another channel leaves
    its articles behind. `readmit` lets all that a channel set aside go on, answers whether there
    was anything, and lets what it held of editions due before `not_before` go, whose articles are
    free again.
    """

    async def add_digest(self, draft: DigestDraft, *, now: datetime) -> Digest | None: ...
    async def digests(self, *, guild_id: int | None = None) -> Sequence[Digest]: ...
    async def set_digest_state(
        self, digest_id: int, state: DigestState, *, reason: str, now: datetime
    ) -> None: ...
    async def change_digest(self, digest: Digest, *, now: datetime) -> bool: ...
    async def readmit(self, channel_id: int, *, not_before: datetime, now: datetime) -> bool: ...
    async def history(
        self, guild_id: int, *, digest_id: int | None, limit: int
    ) -> Sequence[HistoryLine]: ...


class ChannelBook(Protocol):
    """What people set for channels: quiet hours and days off.

    Every method is one transaction. `set_quiet` replaces what was set for that channel, and forgets
    the channel where nothing is set any more. A post that is due in quiet hours which let it wait,
    or on a day off, is not claimed before they end.
    """

    async def quiets(self, *, guild_id: int | None = None) -> Mapping[int, Quiet]: ...
    async def set_quiet(self, quiet: Quiet) -> None: ...


class EditionBook(Protocol):
    """The ledger's editions.

    Every method is one transaction. (digest, slot) is unique: `plan_edition` answers None where the
    edition exists, and otherwise records with it its items and either proposals or nothing, and
    moves the digest's `planned_until`; `announce` says what a proposal's card is. (channel,
    article) is unique among deliveries that did not fail: `release` places these items of a due
    edition, records their deliveries and withdraws approved ones that stand in the channel already.
    `due_editions` are those whose time has come and that have something left to release.
    `planned_editions` are those of slots to come, of all active digests; `move_edition` gives one
    another instant, `cancel_edition` makes it empty and ends its reviews, and `skip_slots` records
    empty editions of slots that were missed, where there are none: whatever the clock says later,
    they are not made up for. `undecided` are those of these editions of which something waits for
    a verdict; `skip_edition` makes a planned one empty, its slot stays taken, and leaves its
    articles to the next one. `forget_untimely` forgets what a clock left that was ahead: marks
    after an instant, and the empty editions of slots since another one. `issue` does at once what
    `plan_edition` and `release` do of editions that nobody reviews, all of them or none, and
    answers which. `known` is by digest what it must know before it chooses, `slots_taken` which
    slots have an edition. What an article has come to by the time its message is recorded is what
    the message shows.
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
    async def planned_editions(self) -> Sequence[Edition]: ...
    async def move_edition(self, edition_id: int, *, due_at: datetime) -> None: ...
    async def cancel_edition(
        self,
        edition_id: int,
        *,
        note: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...
    async def skip_slots(
        self, drafts: Sequence[EditionDraft], *, note: str, planned_until: datetime, now: datetime
    ) -> None: ...
    async def due_editions(self, *, now: datetime) -> Sequence[Edition]: ...
    async def undecided(self, edition_ids: Collection[int]) -> Collection[int]: ...
    async def skip_edition(
        self,
        edition_id: int,
        *,
        note: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...
    async def approved_items(self, edition_id: int) -> Sequence[Item]: ...
    async def release(
        self,
        edition_id: int,
        deliveries: Sequence[tuple[DeliveryDraft, Sequence[ArticleId]]],
        *,
        note: str,
        now: datetime,
    ) -> None: ...
    async def issue(self, issues: Sequence[Issue], *, now: datetime) -> bool: ...
    async def forget_untimely(self, *, since: datetime, until: datetime, now: datetime) -> None: ...
    async def known(self, some: Sequence[Digest]) -> Mapping[int, Known]: ...
    async def slots_taken(
        self, digest_ids: Collection[int], *, since: datetime
    ) -> Collection[tuple[int, str]]: ...
    async def placements(self, channel_id: int) -> Sequence[Placement]: ...


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


class PeopleBook(Protocol):
    """What the ledger knows of people.

    Every method but the erasing ones is one transaction; those are many short ones, and done again
    they go on. `suggest` writes who suggested an article in a server; it answers False where
    somebody did already. `suggested` counts how many of a person's suggestions wait for a verdict
    in a server. `set_told` says whether a person is told what came of theirs, as everybody is who
    never said otherwise. `held_about` is everything that is held of a person.

    `erase_person` erases it and answers what was erased, but for what must be known of what still
    waits for a verdict: `forget` erases that once it is decided, and nobody is told of it.
    `erase_server` erases all that is held of people in a server that the bot left, and ends what
    waits there. `forget` erases who voted, decided and suggested what before an instant, and what
    people were told. `servers` are those in which anything is held of people, or waits for
    moderators.
    """

    async def suggest(
        self, guild_id: int, article_id: ArticleId, *, user_id: int, now: datetime
    ) -> bool: ...
    async def suggested(self, guild_id: int, *, user_id: int) -> int: ...
    async def set_told(self, user_id: int, *, told: bool) -> None: ...
    async def held_about(self, user_id: int) -> Holdings: ...
    async def erase_person(self, user_id: int, *, now: datetime) -> Holdings: ...
    async def erase_server(self, guild_id: int, *, now: datetime) -> None: ...
    async def forget(self, *, before: datetime) -> None: ...
    async def servers(self) -> Collection[int]: ...


class RevisionBook(Protocol):
    """The ledger's cards, and where they are used.

    Every method is one transaction. `revise` passes over what is no longer used as the revision
    says, and ends what moderators were asked about such a card; what is asked is a new proposal.
    The message of a delivery shows what it should: by another payload where nobody has tried to
    send it, by an edit or by deleting it where it stands, and once it has arrived where it is on
    its way. Where the newest delivery of a message shows that already, nothing is recorded.
    """

    async def standing_uses(self, *, of: Collection[ArticleId] | None = None) -> Sequence[Use]: ...
    async def planned_uses(
        self, *, of: Collection[ArticleId] | None = None, edition_id: int | None = None
    ) -> Sequence[Use]: ...
    async def revise(
        self,
        revisions: Sequence[Revision],
        *,
        settings: ReviewSettings | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...


class Outbox(Protocol):
    """The ledger's deliveries.

    Every method is one transaction. `claim` takes the next due deliveries, or such whose lease ran
    out, at most `limit` and each of another channel, marks them `sending` and counts the attempt
    before it answers; the answer holds the begin of *earlier* attempts. Fewer than `limit` are all
    that there are. Posts go before edits, and an edit is not claimed while an older one
    of its message is open; of those that wait the newest alone is left. `record` writes what
    came of it: a proposal's card learns its message, a refused edition gives its articles free,
    a refused card withdraws its review, and a closed inbox pauses that person's searches in that
    server. A refused channel sets its digests aside, holds what waits for it, and tells whoever set
    them up. A message of an announcement channel is handed on by a delivery of its own. `enqueue`
    ignores a key it knows. Direct messages are claimed apart from all others, which they must not
    delay.

    Of a channel one message is under way at a time, so that none keeps the others waiting, and the
    posts of an edition go out in the order of their parts: none while an earlier one is open, or in
    doubt where it is to open their thread. `doubts` are the posts of editions that are unknown;
    `settle_doubt` says what a moderator makes of one and answers it, None where it is no doubt any
    more: it stands there, is sent after all, or is given up, and its articles never come
    there again.
    `ask` records a message to the moderators about each doubt of which none was asked yet, by the
    given function, which answers None where there is nobody to ask.
    """

    async def claim(self, *, limit: int, now: datetime) -> Sequence[Delivery]: ...
    async def claim_alert(self, *, now: datetime) -> Delivery | None: ...
    async def record(self, delivery: Delivery, entry: Entry, *, now: datetime) -> None: ...
    async def enqueue(self, draft: DeliveryDraft, *, now: datetime) -> None: ...
    async def outbox_counts(self) -> Mapping[str, int]: ...
    async def doubts(self, guild_id: int) -> Sequence[Doubt]: ...
    async def settle_doubt(
        self, delivery_id: int, settling: Settling, *, now: datetime
    ) -> Doubt | None: ...
    async def ask(
        self,
        wording: Callable[[Doubt, ReviewSettings | None], DeliveryDraft | None],
        *,
        now: datetime,
    ) -> None: ...


class SearchBook(Protocol):
    """What the ledger knows of searches and for them.

    Every method is one transaction. `posted_in` answers what stands in each channel of a server,
    `posts_of` where something stands, the newest first. `count_miss` knows nobody, and holds a text
    once however it is written. `keep_text` answers a short key under which `text_kept` finds the
    text, until it is too old.
    """

    async def posted_in(self, guild_id: int) -> Mapping[int, Collection[ArticleId]]: ...
    async def posts_of(
        self, guild_id: int, article_ids: Collection[ArticleId]
    ) -> Sequence[Posted]: ...
    async def count_miss(self, text: str, *, now: datetime) -> None: ...
    async def misses(self, *, limit: int) -> Sequence[Miss]: ...
    async def keep_text(self, text: str, *, now: datetime) -> str: ...
    async def text_kept(self, key: str) -> str | None: ...


class SavedBook(Protocol):
    """The ledger's saved searches, and who is told of what.

    Every method is one transaction. `save_search` answers the search it saved, the same one where
    it is saved already, which is active again, and None where the person has as many as are
    allowed. Nothing more is sent of a search that is removed. `arrivals` are the oldest messages
    of editions at which no saved search has been held; `tell` records that some have, together
    with what follows: one message for each search that is still active and each article, whatever
    is told again. Where a person may not see the channel, another one in which the article stands
    is held to be an arrival.
    """

    async def save_search(
        self, *, guild_id: int, user_id: int, text: str, now: datetime
    ) -> SavedSearch | None: ...
    async def saved_searches(self, *, guild_id: int, user_id: int) -> Sequence[SavedSearch]: ...
    async def remove_search(self, search_id: int, *, user_id: int) -> bool: ...
    async def resume_searches(self, *, guild_id: int, user_id: int) -> None: ...
    async def active_searches(self, guild_id: int) -> Sequence[SavedSearch]: ...
    async def arrivals(self, *, limit: int) -> Sequence[Arrival]: ...
    async def tell(
        self, alerts: Sequence[Alert], *, arrivals: Sequence[Arrival], now: datetime
    ) -> None: ...


class RecoveryBook(Protocol):
    """What the ledger says of itself after it was restored from a backup.

    Every method is one transaction. A backup knows that it is one: opened as the ledger, it posts
    nothing that was due before, and every digest is unsure of what its channel was sent since.
    `adopt` records messages of a digest's channel that the ledger had lost, with the articles that
    stand in them, and the digest is sure again.
    """

    async def adopt(
        self,
        digest_id: int,
        found: Sequence[tuple[Standing, Sequence[ArticleId]]],
        *,
        now: datetime,
    ) -> None: ...


class Ledger(
    DigestBook,
    ChannelBook,
    EditionBook,
    ReviewBook,
    RecordBook,
    PeopleBook,
    RevisionBook,
    SearchBook,
    SavedBook,
    Outbox,
    RecoveryBook,
    Protocol,
):
    """All that was decided and done; the only precious file."""
