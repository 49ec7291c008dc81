"""A whole house over one ledger file: every service, a chat and content in memory, one clock."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.adapters.catalogue.cache import ArticleCache
from bot.adapters.ledger.store import LedgerStore
from bot.books import LedgerTrouble
from bot.core.article import Provider
from bot.core.digest import Digest, DigestDraft
from bot.core.review import ReviewSettings, Verdict
from bot.core.revision import Retract
from bot.services.deliver import Courier
from bot.services.find import Finder
from bot.services.ingest import Library
from bot.services.moderate import Moderator
from bot.services.publish import Policy, Publisher
from bot.services.revise import Reviser
from tests.core.samples import BALLOT, DAY, HOUR, NOW, article, rule
from tests.services.fakes import Crash, FakeChat, FakeContent, FakeIndex, Time

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from datetime import datetime

    import pytest

    from bot.core.article import Article, ArticleId
    from bot.core.outbox import Delivery, Entry
    from bot.core.review import Cast, Counted, Review
    from bot.core.rules import Rule
    from bot.services.propose import NotProposed
    from tests.services.fakes import Message

GUILD = 10
CHANNEL = 20
DESK = 30
LEAD = 4 * HOUR
TO_SLOT = 6 * HOUR
STORY = "court bans face cameras downtown"
POLICY = Policy(max_age=60 * DAY, story_window=7 * DAY, lead=LEAD, ballot=BALLOT)


class BreakableStore(LedgerStore):
    """A ledger whose process may end right after it claimed, or right before it records."""

    crash_after_claim = False
    crash_before_record = False
    claims_left: int | None = None  # before the disk is full

    async def claim(self, *, limit: int, now: datetime) -> Sequence[Delivery]:
        """Claim, and crash if so told."""
        if self.claims_left is not None:
            if not self.claims_left:
                raise LedgerTrouble("the disk is full")
            limit = min(limit, self.claims_left)
        claimed = await super().claim(limit=limit, now=now)
        if self.claims_left is not None:
            self.claims_left -= len(claimed)
        if claimed and self.crash_after_claim:
            self.crash_after_claim = False
            raise Crash
        return claimed

    async def record(self, delivery: Delivery, entry: Entry, *, now: datetime) -> None:
        """Record, unless told to crash."""
        if self.crash_before_record:
            self.crash_before_record = False
            raise Crash
        await super().record(delivery, entry, now=now)


class House:
    """One process: services over a ledger, sharing chat, content and clock with others."""

    def __init__(self, ledger: BreakableStore, *, clock: Time, chat: FakeChat) -> None:
        self.ledger = ledger
        self.clock = clock
        self.chat = chat
        self.content = FakeContent()
        self.index = FakeIndex()
        self.cache = ArticleCache(None, fingerprint="")
        self.library = Library(self.content, self.cache, self.index)
        self.finder = Finder(self.library, self.index, ledger, clock=clock)
        self.reviser = self.revising(Retract.MARK)
        self.publisher = Publisher(ledger, self.library, self.reviser, policy=POLICY, clock=clock)
        self.moderator = Moderator(ledger, chat, self.library, ballot=BALLOT, clock=clock)
        self.courier = Courier(ledger, chat, ballot=BALLOT, clock=clock, workers=3)

    @classmethod
    async def at(cls, address: str, *, clock: Time | None = None) -> House:
        """Open a house; the clock shows noon of a Saturday unless another is given."""
        clock = clock or Time(NOW)
        ledger = BreakableStore(address)
        await ledger.open(now=clock())
        return cls(ledger, clock=clock, chat=FakeChat(clock))

    async def beside(self, address: str) -> House:
        """Open a second process on the same ledger and the same world."""
        ledger = BreakableStore(address)
        await ledger.open(now=self.clock())
        other = House(ledger, clock=self.clock, chat=self.chat)
        other.content.articles = self.content.articles
        await other.library.refresh()
        return other

    async def close(self) -> None:
        """Close the ledger and the cache."""
        await self.cache.close()
        await self.ledger.close()

    def revising(self, retract: Retract) -> Reviser:
        """Return what follows edits, and withdrawals in this way."""
        return Reviser(self.ledger, self.library, retract=retract, ballot=BALLOT, clock=self.clock)

    async def has(self, *articles: Article) -> None:
        """Put articles into the content, read it and do what follows."""
        self.content.put(*articles)
        await self.look()

    async def lacks(self, *articles: Article) -> None:
        """Delete the files of articles, read the content and do what follows."""
        self.content.drop(*articles)
        await self.look()

    async def look(self) -> None:
        """Read the content and do what follows, but for what is due."""
        await self.reviser.follow(await self.library.refresh())

    async def propose(self, draft: Article, *, by: int = 7) -> Review | NotProposed:
        """Write a draft and propose it."""
        await self.has(draft)
        return await self.moderator.propose_draft(draft, guild_id=GUILD, proposed_by=by)

    async def add(
        self,
        name: str = "Morning",
        *,
        channel_id: int = CHANNEL,
        topics: tuple[str, ...] = (),
        when: Rule | None = None,
        limit: int = 5,
        **settings: Any,  # noqa: ANN401 (any other field)
    ) -> Digest:
        """Set a digest up; it goes out at 18:00 UTC unless another time is given."""
        draft = DigestDraft(
            guild_id=GUILD,
            channel_id=channel_id,
            name=name,
            topics=topics,
            rule=when or rule("18:00"),
            limit=limit,
            created_by=1,
            **settings,
        )
        digest = await self.ledger.add_digest(draft, now=self.clock())
        assert digest is not None
        return digest

    async def barred(self, digest: Digest) -> Mapping[ArticleId, str]:
        """Return what a digest may not choose now, and why."""
        return (await self.ledger.known([digest]))[digest.id].barred

    async def review(self, *, approvals: int = 1, **more: Any) -> ReviewSettings:  # noqa: ANN401 (any other field)
        """Switch review on."""
        values = {"guild_id": GUILD, "channel_id": DESK, "role_id": None, **more}
        settings = ReviewSettings(approvals=approvals, **values)
        await self.moderator.set_up(settings)
        return settings

    async def wake(self, after: timedelta = timedelta(0)) -> None:
        """Do what is due after a time, as the bot does once a minute."""
        self.clock.go(after)
        await self.moderator.catch_up()
        await self.moderator.mind_time()
        await self.publisher.tick()
        await self.courier.drain()

    async def asked(self, *articles: Article, **settings: Any) -> list[Message]:  # noqa: ANN401 (any field)
        """Return the cards of articles that are proposed for 18:00, four hours before."""
        await self.has(*articles)
        await self.review(**settings)
        await self.add()
        await self.wake(TO_SLOT - LEAD)
        return self.chat.standing(DESK)

    async def waiting(self) -> list[Review]:
        """Return what waits for a verdict."""
        return list(await self.ledger.pending_reviews())

    async def press(
        self, message: Message, user_id: int, verdict: Verdict = Verdict.APPROVE
    ) -> tuple[Cast, Counted | None]:
        """Press a button below a card."""
        review = await self.ledger.review_of_message(message.id)
        assert review is not None
        return await self.moderator.press(review, user_id=user_id, verdict=verdict)

    async def recount(self, message_id: int) -> Review | None:
        """Count the reactions on a message, as the bot does where one is given or taken."""
        review = await self.ledger.review_of_message(message_id)
        return await self.moderator.count(review) if review else None

    async def approve(self, *titles: str) -> None:
        """Approve as one moderator what waits under these titles."""
        for message in self.chat.standing(DESK):
            if message.titles[0] in titles:
                self.chat.vote(message, 1)
                await self.recount(message.id)

    def posted(self, channel_id: int = CHANNEL) -> list[str]:
        """Return the titles that stand in a channel."""
        return self.chat.titles(channel_id)


async def outlasted(
    house: House,
    work: Coroutine[Any, Any, None],
    by: timedelta,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Do something during which the loop's clock jumps ahead as soon as the chat hangs."""
    loop = asyncio.get_running_loop()
    honest = loop.time
    house.chat.hanging.clear()
    doing = asyncio.ensure_future(work)
    await house.chat.hanging.wait()
    assert not doing.done()
    monkeypatch.setattr(loop, "time", lambda: honest() + by.total_seconds())
    await doing
    monkeypatch.setattr(loop, "time", honest)


def told(name: str, *, draft: bool = False, quality: int = 50) -> Article:
    """Return an article whose title is its name, and whose story nobody else tells."""
    return article(name, title=name, draft=draft, quality=quality)


def retold(name: str, *, quality: int = 50, **changes: Any) -> Article:  # noqa: ANN401 (any field)
    """Return an article that tells one and the same story as all others made so."""
    provider = Provider(name=name, domain=f"{name}.example")
    return article(name, title=STORY, quality=quality, provider=provider, **changes)


def edited(article: Article, title: str, **changes: Any) -> Article:  # noqa: ANN401 (any field)
    """Return the article after its file was edited."""
    return replace(article, title=title, version=f"{title} {changes}", **changes)
