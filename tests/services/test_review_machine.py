"""The review desk at work: votes, time, edits, undoing and restarts in any order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from bot.core.digest import OUT_OF_TURN, EditionState
from bot.core.review import Cast, Kind, Review, ReviewState, Undecided, Undo, Verdict, Veto, Vote
from bot.core.revision import struck
from tests.adapters.ledger.making import column, sqlite_address, write_blank_ledger
from tests.core.plain_review import decided_plainly
from tests.core.samples import HOUR, NOW
from tests.core.samples import rule as times
from tests.services.fakes import FakeChat, Time
from tests.services.house import (
    DESK,
    GUILD,
    LEAD,
    TO_SLOT,
    BreakableStore,
    House,
    edited,
    retold,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from bot.core.article import Article
    from bot.core.card import Card
    from bot.core.digest import Digest
    from tests.services.fakes import Message

ARTICLES = {
    **{f"p{number}": told(f"p{number}", quality=60) for number in range(5)},
    **{f"s{number}": retold(f"s{number}", quality=90 - number) for number in range(3)},
    **{f"d{number}": told(f"d{number}", draft=True) for number in range(2)},
}
NAMES = list(ARTICLES)
DRAFTS = [name for name in NAMES if name.startswith("d")]
CHANNELS = (20, 21)
PEOPLE = (1, 2, 3, 4)
STRANGER = 5  # who never had a say
STEPS = [timedelta(minutes=5), *(HOUR * hours for hours in (1, 3, 6, 14, 24))]
places = st.integers(0, 30)
houses = st.sampled_from([0, 1])
verdicts = st.sampled_from([Verdict.APPROVE] * 3 + list(Verdict))
policies = st.fixed_dictionaries(
    {
        "approvals": st.sampled_from([1, 1, 2, 3]),
        "veto": st.sampled_from(Veto),
        "own_drafts": st.booleans(),
        "undecided": st.sampled_from(Undecided),
        "remind_after": st.sampled_from([None, 2 * HOUR]),
        "expire_after": st.sampled_from([None, 10 * HOUR]),
    }
)
P, A = ReviewState.PENDING, ReviewState.APPROVED
AFTER = {  # what may become of a review that is not pending
    A: {ReviewState.UNDONE, ReviewState.WITHDRAWN, ReviewState.HELD},
    ReviewState.REJECTED: {ReviewState.UNDONE},
    ReviewState.HELD: {ReviewState.UNDONE},
    ReviewState.EXPIRED: {ReviewState.UNDONE},
}
# each review with its state, and how many lines of the record say that it came to that
_STATES = """
    SELECT id || ' ' || state || ' ' || (
        SELECT count(*) FROM decisions
        WHERE decisions.review_id = reviews.id AND decisions.state = reviews.state
    ) FROM reviews
"""


class WatchedStore(BreakableStore):
    """A ledger that is told when an edition goes out before all of it is decided."""

    policy = Undecided.POST

    async def release(self, edition_id: int, *args: Any, **more: Any) -> None:  # noqa: ANN401 (any)
        """Release, which must be time."""
        (edition,) = await column(
            self,
            "SELECT state || ' ' || slot FROM editions WHERE id = :id",
            id=edition_id,
        )
        state, _, slot = str(edition).partition(" ")
        skips = self.policy is Undecided.SKIP and not slot.startswith(OUT_OF_TURN)
        if state == EditionState.PLANNED.value and (skips or self.policy is Undecided.WAIT):
            assert not await self.undecided([edition_id]), "it goes out undecided"
        await super().release(edition_id, *args, **more)


class Desk(RuleBasedStateMachine):
    """Two processes on one ledger, moderators and others, and two digests."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="gazette-desk-"))
        self.address = sqlite_address(self.folder)
        self.clock = Time(NOW)
        self.chat = FakeChat(self.clock)
        self.chat.outsiders.add(STRANGER)
        self.houses: list[House] = []
        self.digests: list[Digest] = []
        self.files: dict[str, Article] = dict(ARTICLES)
        self.policy: dict[str, Any] = {}
        self.versions = 0
        self.states: dict[int, ReviewState] = {}
        self.presses: dict[int, dict[int, Verdict]] = {}  # by review and person
        self.approved: dict[int, tuple[int, Card]] = {}  # by review, with the channel
        self.retracted: set[tuple[int, str | None]] = set()
        self.racing: tuple[Vote, ...] = ()  # said in the very moment of the count
        self.undone: set[int] = set()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 (whatever comes of it)
        """Do something, and let out what follows from it."""

        async def all_of_it() -> Any:  # noqa: ANN401 (likewise)
            found = await work
            await self.houses[0].courier.drain()
            return found

        return self.runner.run(all_of_it())

    async def opened(self) -> House:
        """Open a process."""
        ledger = WatchedStore(self.address)
        ledger.policy = self.policy["undecided"]
        await ledger.open(now=self.clock())
        house = House(ledger, clock=self.clock, chat=self.chat)
        house.content.articles = list(self.files.values())
        await house.reviser.open(await house.library.open())
        return house

    @initialize(policy=policies)
    def begin(self, policy: dict[str, Any]) -> None:
        """Have cards on the desk."""
        write_blank_ledger(self.address)
        self.policy = policy

        async def work() -> None:
            self.houses = [await self.opened(), await self.opened()]
            house = self.houses[0]
            await house.review(**policy)
            for name, channel in (("one", 20), ("two", 21)):
                digest = await house.add(name, channel_id=channel, limit=2, when=times("18:00"))
                self.digests.append(digest)
            await house.wake(TO_SLOT - LEAD)

        self.runner.run(work())

    # what happens

    @rule(by=st.sampled_from(STEPS), which=houses)
    def time_passes(self, by: timedelta, which: int) -> None:
        """Wake a process after a time."""
        self.run(self.houses[which].wake(by))

    @rule(
        place=places,
        user=st.sampled_from((*PEOPLE, STRANGER)),
        verdict=verdicts,
        heard=st.booleans(),
        which=houses,
    )
    def somebody_reacts(
        self, place: int, user: int, verdict: Verdict, which: int, *, heard: bool
    ) -> None:
        """React to a card, of which the gateway may tell."""
        if message := self.card(place):
            self.chat.vote(message, user, verdict)
            self.tell(message, which, heard=heard)

    @rule(place=places, heard=st.booleans(), which=houses)
    def somebody_takes_a_reaction_back(self, place: int, which: int, *, heard: bool) -> None:
        """Take the oldest reaction of a card back."""
        if (message := self.card(place)) and message.votes:
            message.votes.pop(0)
            self.tell(message, which, heard=heard)

    @rule(place=places, user=st.sampled_from(PEOPLE), verdict=verdicts, which=houses)
    def moderator_presses(self, place: int, user: int, verdict: Verdict, which: int) -> None:
        """Press a button, as whoever is entitled."""
        if (message := self.card(place)) and user not in self.chat.outsiders:
            self.run(self.pressing(message, user, verdict, which))
            self.counted(message)

    @rule(place=places, one=verdicts, other=verdicts)
    def two_press_at_once(self, place: int, one: Verdict, other: Verdict) -> None:
        """Press two buttons of a card at once, in two processes."""
        if message := self.card(place):
            entitled = [user for user in PEOPLE if user not in self.chat.outsiders]
            pairs = list(zip(entitled, (one, other), strict=False))
            self.racing = tuple(Vote(user_id=user, verdict=said) for user, said in pairs)

            async def work() -> None:
                await asyncio.gather(
                    *(
                        self.pressing(message, user, said, which)
                        for which, (user, said) in enumerate(pairs)
                    )
                )

            self.run(work())

    @rule(user=st.sampled_from(PEOPLE))
    def role_is_taken_away_or_given(self, user: int) -> None:
        """Let somebody have no say any more, or again."""
        self.chat.outsiders ^= {user}

    @rule(place=places, heard=st.booleans(), which=houses)
    def card_is_deleted(self, place: int, which: int, *, heard: bool) -> None:
        """Delete a card by hand."""
        if message := self.card(place):
            del self.chat.messages[message.id]
            self.tell(message, which, heard=heard)

    @rule(readable=st.booleans(), known=st.booleans())
    def discord_says_less(self, *, readable: bool, known: bool) -> None:
        """Let cards not be read, or people not be looked up, or both be possible again."""
        self.chat.silent, self.chat.nobody_knows = not readable, not known

    @rule(name=st.sampled_from(DRAFTS), user=st.sampled_from(PEOPLE), which=houses)
    def draft_is_proposed(self, name: str, user: int, which: int) -> None:
        """Propose a draft."""
        if draft := self.files.get(name):
            moderator = self.houses[which].moderator
            self.run(moderator.propose_draft(draft, guild_id=GUILD, proposed_by=user))

    @rule(name=st.sampled_from(NAMES), draft=st.booleans())
    def file_is_edited(self, name: str, *, draft: bool) -> None:
        """Write a file anew, which may have been gone, or is a draft from now on."""
        self.versions += 1
        known = ARTICLES[name]
        new = edited(
            known, known.title, excerpt=f"In form {self.versions}.", draft=draft or known.draft
        )
        self.files[name] = new
        for house in self.houses:
            house.content.put(new)
        self.look()

    @rule(name=st.sampled_from(NAMES))
    def file_is_deleted(self, name: str) -> None:
        """Delete a file."""
        if gone := self.files.pop(name, None):
            for house in self.houses:
                house.content.drop(gone)
            self.look()

    @rule(place=places, which=houses)
    def moderator_words_it_anew(self, place: int, which: int) -> None:
        """Give a card other words."""
        if message := self.card(place):
            self.versions += 1
            self.run(self.wording(message, which))

    @rule(place=places, which=houses)
    def moderator_undoes(self, place: int, which: int) -> None:
        """Undo what was decided, of whatever review."""
        if self.states:
            review_id = sorted(self.states)[place % len(self.states)]
            self.run(self.undoing(review_id, which))

    @rule(which=houses)
    def published_now(self, which: int) -> None:
        """Publish out of turn."""
        self.versions += 1
        publisher = self.houses[which].publisher
        self.run(publisher.publish_now(self.digests[which], key=str(self.versions)))

    @rule(policy=policies)
    def policy_is_changed(self, policy: dict[str, Any]) -> None:
        """Review otherwise from now on."""
        self.policy = policy
        for house in self.houses:
            assert isinstance(house.ledger, WatchedStore)
            house.ledger.policy = policy["undecided"]
        self.run(self.houses[0].review(**policy))

    @rule(which=houses)
    def process_is_restarted(self, which: int) -> None:
        """Stop a process, begin anew, and look at every card."""

        async def work() -> None:
            await self.houses[which].close()
            self.houses[which] = await self.opened()
            await self.houses[which].moderator.sweep()

        self.run(work())

    # how it is done

    def card(self, place: int) -> Message | None:
        """Return one of the cards on the desk, the newest first."""
        cards = [card for card in self.chat.standing(DESK) if card.titles]
        return cards[-1 - place % len(cards)] if cards else None

    def tell(self, message: Message, which: int, *, heard: bool) -> None:
        """Let a process count, where it hears of it."""
        if heard:
            self.run(self.houses[which].recount(message.id))
            self.counted(message)

    def counted(self, message: Message) -> None:
        """Look whether a card that was just counted came to what it should."""
        if self.chat.silent or self.chat.nobody_knows:
            return
        review = self.runner.run(self.houses[0].ledger.review_of_message(message.id))
        if review and review.state is P and message.id in self.chat.messages:
            assert P in self.outcomes(review), "what was said was not counted"

    async def pressing(self, message: Message, user: int, verdict: Verdict, which: int) -> None:
        """Press a button."""
        ledger = self.houses[which].ledger
        review = await ledger.review_of_message(message.id)
        assert review is not None
        cast, _ = await self.houses[which].press(message, user, verdict)
        said = self.presses.setdefault(review.id, {})
        match cast:
            case Cast.GIVEN:
                assert said.get(user) is not verdict
                said[user] = verdict
            case Cast.TAKEN_BACK:
                assert said.pop(user) is verdict
            case Cast.LATE:
                pass

    async def wording(self, message: Message, which: int) -> None:
        """Give a card other words."""
        review = await self.houses[which].ledger.review_of_message(message.id)
        assert review is not None
        new = await self.houses[which].moderator.change(
            review, title=f"Word {self.versions}", excerpt="", by=1
        )
        if isinstance(new, Review):
            assert (new.state, new.card.title) == (P, f"Word {self.versions}")

    async def undoing(self, review_id: int, which: int) -> None:
        """Undo a decision."""
        undo, again = await self.houses[which].moderator.undo(review_id, by=1)
        if undo in {Undo.TOO_LATE, Undo.NOT_DECIDED, Undo.GONE}:
            assert again is None
            return
        self.undone.add(review_id)
        assert (undo is Undo.ASKED_AGAIN) == (again is not None)
        review = await self.houses[which].ledger.review(review_id)
        assert review is not None
        if undo is Undo.RETRACTED:
            self.retracted.add((self.channel_of(review), review.card.url))

    def look(self) -> None:
        """Let both processes look at the files."""
        for house in self.houses:
            self.run(house.look())

    def channel_of(self, review: Review) -> int:
        """Return where it is to be posted."""
        return next(d.channel_id for d in self.digests if d.id == review.digest_id)

    def said(self, review: Review) -> list[Vote]:
        """Return what the entitled say of a proposal."""
        message = self.chat.messages.get(review.message_id or 0)
        votes = list(message.votes) if message else []
        pressed = self.presses.get(review.id, {})
        votes += [Vote(user_id=user, verdict=verdict) for user, verdict in pressed.items()]
        return [vote for vote in votes if vote.user_id not in self.chat.outsiders]

    def outcomes(self, review: Review) -> set[ReviewState]:
        """Return what the votes may come to: there may be no other telling any more."""
        votes = self.said(review)
        found = set[ReviewState]()
        for without in (None, *self.racing):  # which may have come a moment too late
            some = [vote for vote in votes if vote != without]
            found.add(decided_plainly(review, some))
            found.add(decided_plainly(review, [v for v in some if v.verdict is not Verdict.OTHER]))
        return found

    # what always holds

    @invariant()
    def every_verdict_is_what_the_entitled_said_on_that_card_and_the_first_one_stands(
        self,
    ) -> None:
        """Look at each review that is another now."""
        if not self.houses:
            return
        for review, before in self.runner.run(self.news()):
            if before is P:
                self.ended_rightly(review)
            else:
                assert review.state in AFTER.get(before, set()), f"{before} became {review.state}"
            if (review.state is ReviewState.UNDONE) != (review.id in self.undone):
                raise AssertionError(f"{review.id} is {review.state}")
            self.states[review.id] = review.state
            self.approved.pop(review.id, None)
            if review.state is A:
                self.approved[review.id] = (self.channel_of(review), review.card)
        self.racing = ()

    async def news(self) -> list[tuple[Review, ReviewState]]:
        """Return the reviews whose state is another than it was, and what it was.

        Whatever ended a review is in the record.
        """
        ledger = self.houses[0].ledger
        found = []
        for row in await column(ledger, _STATES):
            key, state, lines = str(row).split()
            assert state == P.value or int(lines), f"nothing says why {key} is {state}"
            before = self.states.setdefault(int(key), P)
            if ReviewState(state) is not before:
                review = await ledger.review(int(key))
                assert review is not None
                found.append((review, before))
        return found

    def ended_rightly(self, review: Review) -> None:
        """Look whether a review ended as it should."""
        unread = self.chat.silent or self.chat.nobody_knows
        match review.state:
            case ReviewState.APPROVED | ReviewState.REJECTED:
                assert review.state in self.outcomes(review)
                assert set(review.deciders) <= {vote.user_id for vote in self.said(review)}
                own = review.kind is Kind.DRAFT and not review.own_drafts
                if review.state is A and own:
                    assert review.proposed_by not in review.deciders
            case ReviewState.HELD:
                skipped = self.policy["undecided"] is Undecided.SKIP and "skipped" in review.why
                assert skipped or review.state in self.outcomes(review)
            case ReviewState.EXPIRED:
                assert review.created_at is not None
                assert self.clock() - review.created_at >= self.policy["expire_after"]
                assert unread or P in self.outcomes(review) or review.message_id is None
            case ReviewState.REPLACED:
                assert review.state in self.outcomes(review)
            case _:  # what nobody voted for
                assert review.state in {ReviewState.WITHDRAWN, ReviewState.CHANGED}

    @invariant()
    def nothing_is_posted_but_the_very_cards_that_were_approved(self) -> None:
        """No draft, nothing rejected, nothing undone, and no other wording."""
        for channel, card in self.shown():
            approved = [one for where, one in self.approved.values() if where == channel]
            marked = [struck(one) for one in approved]
            assert card in approved or card in marked, f"{card.title} was not approved"
            assert (channel, card.url) not in self.retracted, "what was taken back is back"

    @invariant()
    def nothing_is_posted_twice(self) -> None:
        """Of each page there is one card in a channel."""
        pages = [(channel, card.url) for channel, card in self.shown() if card.url]
        assert len(pages) == len(set(pages))

    @invariant()
    def nobody_is_reminded_of_a_card_twice(self) -> None:
        """A card is in one reminder at most."""
        reminders = [m.post.content for m in self.chat.standing(DESK) if not m.post.cards]
        for message in self.chat.standing(DESK):
            assert sum(f"/{message.id})" in text for text in reminders) <= 1

    def shown(self) -> Iterator[tuple[int, Card]]:
        """Yield what stands in the channels."""
        for channel in CHANNELS:
            for message in self.chat.standing(channel):
                yield from ((channel, card) for card in message.post.cards)

    def teardown(self) -> None:
        """Let everything come to an end."""
        try:
            if self.houses:
                self.chat.silent = self.chat.nobody_knows = False
                for _ in range(2):
                    self.time_passes(24 * HOUR, 0)
                    self.every_verdict_is_what_the_entitled_said_on_that_card_and_the_first_one_stands()
                    self.nothing_is_posted_but_the_very_cards_that_were_approved()
                counts = self.runner.run(self.houses[0].ledger.outbox_counts())
                assert counts["pending"] == counts["sending"] == 0
        finally:
            for house in self.houses:
                self.runner.run(house.close())
            self.runner.close()
            shutil.rmtree(self.folder)


TestDesk = Desk.TestCase
TestDesk.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
