"""Everything at once: time, moderators, crashes and doubts in any order, and what always holds."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot.core.digest import CatchUp, Digest, DigestState
from bot.core.outbox import Settling, Sighting
from bot.core.review import ReviewState, Verdict
from bot.core.revision import Retract
from tests.adapters.ledger.making import column, sqlite_address, write_blank_ledger
from tests.core.samples import HOUR, NOW
from tests.core.samples import rule as times
from tests.services.fakes import Crash, FakeChat, Mood, Time
from tests.services.house import DESK, GUILD, BreakableStore, House, edited, told

if TYPE_CHECKING:
    from collections.abc import Coroutine

PUBLISHED = [told(f"p{number}") for number in range(8)]
DRAFTS = [told(f"d{number}", draft=True) for number in range(3)]
NAMES = [each.title for each in (*PUBLISHED[:3], *DRAFTS)]  # whose files change
CHANNELS = (20, 21, 22)
CRASHES = ("claim", "before", "after", "record")
DOUBTS = (
    Mood.LOSE,
    Mood.TAKE_IN_SILENCE,
    Mood.TIME_OUT,
    Mood.DEFER,
    Mood.REFUSE,
    Mood.REFUSE_CHANNEL,
)
DIGESTS: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("one", 20, {"catch_up": CatchUp.LATEST}),
    ("two", 20, {"catch_up": CatchUp.ALL}),
    ("three", 21, {"catch_up": CatchUp.SKIP, "crosspost": True}),
    ("four", 22, {"catch_up": CatchUp.ALL, "forum": True}),
)
RULES = ("06:00, 18:00", "07:30", "12:00, 12:01, 23:59")
TRUSTED = timedelta(minutes=10)  # how far off a clock may be of which nobody knows
JUMPS = (
    *(timedelta(minutes=m) for m in (1, 3, 9, 11)),
    *(timedelta(days=d) for d in (1, 20)),
)
OLDEST = timedelta(hours=72)  # slot whose posts go out once a channel is back
_PLACED = "SELECT title FROM placements WHERE channel_id = :channel"
# what Discord refused is not tried again
_REFUSED = "SELECT message_id FROM deliveries WHERE state = 'failed' AND action != 'post'"
# nobody can say where these stand, or nobody cares any more
_UNDECIDED = """
    SELECT placements.title FROM placements
    JOIN deliveries ON deliveries.id = placements.delivery_id
    WHERE placements.channel_id = :channel AND (
        deliveries.state IN ('unknown', 'dropped')
        OR deliveries.state = 'sent' AND deliveries.message_id IS NULL
    )
"""
STEPS = [timedelta(seconds=s) for s in (1, 5, 30, 59, 60, 61, 119, 120, 600)] + [
    HOUR * hours for hours in (1, 3, 6, 24, 72)
]


class Newsroom(RuleBasedStateMachine):
    """Two processes on one ledger, three places, four digests, and a world that misbehaves.

    The world has its own time, which the clock of both processes may miss.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="gazette-machine-"))
        self.address = sqlite_address(self.folder)
        self.clock, self.truth = Time(NOW), Time(NOW)
        loop = self.runner.get_loop()
        honest = loop.time
        passed = lambda: honest() + (self.truth() - NOW).total_seconds()  # noqa: E731
        loop.time = passed  # type: ignore[method-assign]  # nobody puts that one back
        self.chat = FakeChat(self.truth)
        self.houses: list[House] = []
        self.digests: list[Digest] = []
        self.reviewing = False
        self.approved: set[tuple[int, str]] = set()  # (digest, title) as moderators decided
        self.blind = False
        self.keys = 0
        self.files = {each.title: each for each in (*PUBLISHED, *DRAFTS)}
        self.retract = Retract.MARK
        self.versions = 0

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Run to the end, or to the crash."""
        try:
            self.runner.run(work)
        except Crash:
            self.runner.run(self.restart())

    async def restart(self) -> None:
        """Begin anew in the place of a process that crashed; both share the file."""
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        for number, old in enumerate(self.houses):
            await old.close()
            self.houses[number] = await self.opened()

    async def opened(self) -> House:
        """Open a process."""
        ledger = BreakableStore(self.address)
        await ledger.open(now=self.clock())
        house = House(ledger, clock=self.clock, chat=self.chat)
        house.reviser = house.revising(self.retract)
        house.content.articles = list(self.files.values())
        await house.reviser.open(await house.library.open())
        return house

    @initialize(
        reviewing=st.booleans(),
        approvals=st.sampled_from([1, 2]),
        retract=st.sampled_from([Retract.MARK, Retract.DELETE]),
    )
    def begin(self, *, reviewing: bool, approvals: int, retract: Retract) -> None:
        """Set everything up."""
        write_blank_ledger(self.address)
        self.reviewing = reviewing
        self.retract = retract

        async def work() -> None:
            self.houses = [await self.opened(), await self.opened()]
            house = self.houses[0]
            for name, channel, more in DIGESTS:
                digest = await house.add(
                    name, channel_id=channel, limit=2, when=times(RULES[0]), **more
                )
                self.digests.append(digest)
            if reviewing:
                await house.review(approvals=approvals)

        self.run(work())

    @rule(by=st.sampled_from(STEPS), which=st.sampled_from([0, 1]))
    def time_passes(self, by: timedelta, which: int) -> None:
        """Move the clock and wake a process."""
        self.clock.go(by)
        self.truth.go(by)
        if self.trusted:
            self.run(self.houses[which].wake())

    @property
    def trusted(self) -> bool:
        """Whether the clock is so near the truth that the bot works."""
        return abs(self.clock() - self.truth()) <= TRUSTED

    @rule(by=st.sampled_from(JUMPS), back=st.booleans())
    def clock_jumps(self, by: timedelta, *, back: bool) -> None:
        """Put the clock of both processes forward or back, and nothing else."""
        self.clock.go(-by if back else by)

    @rule()
    def clock_is_right(self) -> None:
        """Put the clock right."""
        self.clock.now = self.truth()

    @precondition(lambda self: self.trusted)
    @rule()
    def both_wake(self) -> None:
        """Wake both processes at the same time."""

        async def work() -> None:
            for calls in (
                [house.publisher.tick() for house in self.houses],
                [house.courier.drain() for house in self.houses],
            ):
                # both come to their end, whatever becomes of one
                for ended in await asyncio.gather(*calls, return_exceptions=True):
                    if ended is not None:
                        raise ended

        self.run(work())

    @rule(moods=st.lists(st.sampled_from(DOUBTS), min_size=1, max_size=3))
    def discord_misbehaves(self, moods: list[Mood]) -> None:
        """Let the next requests go wrong."""
        self.chat.moods.extend(moods)

    @rule()
    def discord_behaves(self) -> None:
        """Let requests be answered again."""
        self.chat.moods.clear()

    @rule()
    def history_is_closed(self) -> None:
        """Take the permission to read history away, for one look."""
        self.chat.looking.append(Sighting.UNREADABLE)
        self.blind = True

    @rule(channel=st.sampled_from((*CHANNELS, DESK)), which=st.sampled_from([0, 1]))
    def channel_is_back(self, channel: int, which: int) -> None:
        """Let a channel take messages again, which had refused them."""
        self.run(self.readmit(channel, which))

    async def readmit(self, channel: int, which: int) -> None:
        """Let all go on that a channel had set aside."""
        now = self.clock()
        ledger = self.houses[which].ledger
        await ledger.readmit(channel, not_before=now - OLDEST, now=now)

    @rule(place=st.integers(0, 9), drop=st.booleans(), which=st.sampled_from([0, 1]))
    def moderator_settles_a_doubt(self, place: int, which: int, *, drop: bool) -> None:
        """Look into the channel and say what is there, or give it up."""

        async def work() -> None:
            ledger = self.houses[which].ledger
            doubts = await ledger.doubts(GUILD)
            if not doubts:
                return
            doubt = doubts[place % len(doubts)]
            standing = {name_of(title) for title in self.chat.titles(doubt.channel_id)}
            there = any(name_of(title) in standing for title in doubt.titles)
            settling = Settling.THERE if there else Settling.POST
            await ledger.settle_doubt(
                doubt.delivery_id, Settling.DROP if drop else settling, now=self.clock()
            )

        self.run(work())

    @rule(which=st.integers(0, 3), when=st.sampled_from(RULES))
    def rule_is_changed(self, which: int, when: str) -> None:
        """Let a digest go out at other times."""
        digest = replace(self.digests[which], rule=times(when))
        self.digests[which] = digest

        async def work() -> None:
            assert await self.houses[0].ledger.change_digest(digest, now=self.clock())

        self.run(work())

    @rule(which=st.sampled_from([0, 1]))
    def process_is_restarted(self, which: int) -> None:
        """Stop a process as it should be, and begin anew in its place."""

        async def work() -> None:
            await self.houses[which].courier.stop(timedelta(0))
            await self.houses[which].close()
            self.houses[which] = await self.opened()

        self.run(work())

    @precondition(lambda self: self.trusted)
    @rule(where=st.sampled_from(CRASHES), which=st.sampled_from([0, 1]))
    def crash(self, where: str, which: int) -> None:
        """Let a process end at its next delivery."""
        house = self.houses[which]
        if where in ("before", "after"):
            mood = Mood.CRASH_BEFORE if where == "before" else Mood.CRASH_AFTER
            self.chat.moods.appendleft(mood)
        house.ledger.crash_after_claim = where == "claim"
        house.ledger.crash_before_record = where == "record"
        self.run(house.wake())

    @precondition(lambda self: any(card.titles for card in self.chat.standing(DESK)))
    @rule(
        place=st.integers(0, 50),
        user=st.sampled_from([1, 2]),
        verdict=st.sampled_from([Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT]),
        which=st.sampled_from([0, 1]),
    )
    def moderator_reacts(self, place: int, user: int, verdict: Verdict, which: int) -> None:
        """React to a card, and let a process count."""
        cards = [card for card in self.chat.standing(DESK) if card.titles]
        message = cards[place % len(cards)]
        self.chat.vote(message, user, verdict)

        async def work() -> None:
            decided = await self.houses[which].recount(message.id)
            if decided and decided.state is ReviewState.APPROVED:
                self.approved.add((decided.digest_id, message.titles[0]))

        self.run(work())

    @precondition(lambda self: self.trusted)
    @rule(draft=st.sampled_from(DRAFTS), which=st.sampled_from([0, 1]))
    def draft_is_proposed(self, draft: Any, which: int) -> None:  # noqa: ANN401 (Hypothesis gives it)
        """Propose a draft, and let its card go out."""
        house = self.houses[which]

        async def work() -> None:
            await house.moderator.propose_draft(draft, guild_id=GUILD, proposed_by=7)
            await house.courier.drain()

        self.run(work())

    @rule(which=st.integers(0, 3), active=st.booleans())
    def digest_rests_or_goes_on(self, which: int, *, active: bool) -> None:
        """Pause or resume a digest."""
        state = DigestState.ACTIVE if active else DigestState.PAUSED
        ledger = self.houses[0].ledger
        digest_id = self.digests[which].id
        self.run(ledger.set_digest_state(digest_id, state, reason="", now=self.clock()))

    @precondition(lambda self: self.trusted)
    @rule(which=st.integers(0, 3), new=st.booleans())
    def published_now(self, which: int, *, new: bool) -> None:
        """Publish out of turn, sometimes with a key that was used before."""
        self.keys += new
        digest = self.digests[which]
        self.run(self.houses[which % 2].publisher.publish_now(digest, key=str(self.keys)))

    @rule(name=st.sampled_from(NAMES), draft=st.booleans())
    def file_is_edited(self, name: str, *, draft: bool) -> None:
        """Write a file anew, which may have been gone; nobody has looked yet."""
        self.versions += 1
        draft = draft or name.startswith("d")
        new = edited(told(name), f"{name} v{self.versions}", draft=draft)
        self.files[name] = new
        for house in self.houses:
            house.content.put(new)

    @rule(name=st.sampled_from(NAMES))
    def file_is_deleted(self, name: str) -> None:
        """Delete a file; nobody has looked yet."""
        if gone := self.files.pop(name, None):
            for house in self.houses:
                house.content.drop(gone)

    @rule(which=st.sampled_from([0, 1]))
    def looked(self, which: int) -> None:
        """Let a process look at the files and do what follows."""
        self.run(self.houses[which].look())

    @invariant()
    def no_article_stands_twice_in_a_channel(self) -> None:
        """What was posted once is not posted again."""
        for channel in CHANNELS:
            names = Counter(map(name_of, self.chat.titles(channel)))
            doubles = [name for name, times in names.items() if times > 1]
            assert not doubles, f"{doubles} stand more than once in {channel}"

    @invariant()
    def nothing_unapproved_and_no_draft_that_was_not_let_in_is_posted(self) -> None:
        """What needs approval has it, given for a digest of that channel."""
        for channel in CHANNELS:
            digests = {digest.id for digest in self.digests if digest.channel_id == channel}
            approved = {title for digest_id, title in self.approved if digest_id in digests}
            for title in self.chat.titles(channel):
                if self.reviewing or name_of(title).startswith("d"):
                    assert title.strip("~") in approved, f"{title} was posted without approval"

    def teardown(self) -> None:
        """Let Discord behave: then nothing is open, and what was sent stands in its channel."""
        if self.houses:
            self.chat.moods.clear()
            self.chat.looking.clear()
            self.clock.now = self.truth()
            try:
                self.runner.run(self.settled())
                self.no_article_stands_twice_in_a_channel()
                self.nothing_unapproved_and_no_draft_that_was_not_let_in_is_posted()
            finally:
                for house in self.houses:
                    self.runner.run(house.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    async def settled(self) -> None:
        """Drain until nothing waits, and look whether anything was lost."""
        ledger = self.houses[0].ledger
        ledger.crash_after_claim = ledger.crash_before_record = False
        for house in self.houses:
            await house.look()
        for channel in (*CHANNELS, DESK):
            await self.readmit(channel, 0)
        # what was written while the clock was ahead is due when that time has come
        for wait in (2 * HOUR, 2 * HOUR, max(JUMPS) * 9, 2 * HOUR, 2 * HOUR):
            self.clock.go(wait)
            self.truth.go(wait)
            await self.houses[0].courier.drain()
            while await self.houses[0].courier.tell():
                pass
        counts = await ledger.outbox_counts()
        assert counts["pending"] == counts["sending"] == counts["held"] == 0
        assert self.blind or counts["unknown"] == 0
        refused = set(await column(ledger, _REFUSED))
        placed, hidden = set[tuple[int, str]](), set[tuple[int, str]]()
        undecided = set[tuple[int, str]]()
        for channel in CHANNELS:
            placed |= await self.named(channel, _PLACED)
            hidden |= await self.named(channel, f"{_PLACED} AND showing = 'nothing'")
            undecided |= await self.named(channel, _UNDECIDED)
        standing = {(c, name_of(title)) for c in CHANNELS for title in self.chat.titles(c)}
        assert standing <= placed, "a message stands that the ledger does not know"
        if not refused:
            assert standing - undecided == placed - hidden - undecided, (
                "the ledger knows of a message that does not stand"
            )
        known = set(await column(ledger, "SELECT message_id FROM deliveries WHERE state = 'sent'"))
        for message in (m for c in CHANNELS for m in self.chat.standing(c)):
            if message.id in known - refused:
                for title in message.titles:
                    self.is_as_it_should(title)

    async def named(self, channel: int, query: str) -> set[tuple[int, str]]:
        """Return the articles that a query answers for a channel."""
        titles = await column(self.houses[0].ledger, query, channel=channel)
        return {(channel, name_of(str(title))) for title in titles}

    def is_as_it_should(self, title: str) -> None:
        """Look whether a card shows its article as the file has it, or as moderators let it in."""
        article = self.files.get(name_of(title))
        if article is None or (article.draft and name_of(title).startswith("p")):
            assert title.startswith("~~"), f"{title} stands though it is withdrawn"
        elif not self.reviewing:
            assert title == article.title, f"{title} stands where {article.title} should"


def name_of(title: str) -> str:
    """Return what an article is called whatever was made of its title."""
    return title.strip("~").split()[0]


TestNewsroom = Newsroom.TestCase
TestNewsroom.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
