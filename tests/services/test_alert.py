"""Alerting: whoever waits for what was posted is told once, and nobody else of anything."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.outbox import LEASE, SAME_NONCE_FOR, Deferred, Dropped
from bot.core.query import Found, Hits, Query
from bot.core.saved import Watch
from bot.core.words import words_of
from bot.services.alert import Alerter
from bot.services.deliver import Courier
from bot.services.find import Finder
from tests.core.samples import BALLOT, DAY, HOUR
from tests.services.fakes import Crash, FakeChat, FakeIndex
from tests.services.house import CHANNEL, GUILD, House, told

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId, Headline
    from bot.core.outbox import Answer, Delivery
    from bot.core.saved import SavedSearch

MIA, SAM = 7, 8


class Words(FakeIndex):
    """Finds articles whose title holds some of the words; `whole` where all do."""

    broken = ""
    looked: Collection[ArticleId] | None = None

    async def search(  # type: ignore[override, unused-ignore]
        self,
        query: Query,
        *,
        limit: int,
        offset: int,
        now: datetime,
        among: Collection[ArticleId] | None = None,
    ) -> Hits:
        """Return what holds every word, or else what holds one."""
        assert offset == 0
        assert now.tzinfo is not None
        self.looked = among
        if self.broken in query.words:
            raise RuntimeError(self.broken)
        held = {
            article.id: words_of(article.title)
            for article in self.articles.values()
            if among is None or article.id in among
        }
        whole = [key for key, words in held.items() if all(w in words for w in query.words)]
        found = whole or [
            key for key, words in held.items() if any(w in words for w in query.words)
        ]
        hits = [
            Found(article=self.articles[key].headline, score=1, whole=key in whole) for key in found
        ]
        return Hits(found=tuple(hits[:limit]), total=len(hits), whole=bool(whole))

    async def nearest(  # type: ignore[override, unused-ignore]
        self,
        query: Query,
        *,
        limit: int,
        now: datetime,
    ) -> Sequence[Headline]:
        """Nobody who waits asks for that."""
        raise NotImplementedError((query, limit, now))


class People(FakeChat):
    """A chat in which some inboxes answer in their own way."""

    def __init__(self, house: House) -> None:
        super().__init__(house.clock)
        self.inboxes: dict[int, Answer] = {}

    async def post(self, delivery: Delivery) -> Answer:
        """Take a message, or answer as its person's inbox does."""
        answer = self.inboxes.get(delivery.user_id or 0)
        return await super().post(delivery) if answer is None else answer

    def got(self) -> list[str]:
        """Return what people were told, in order."""
        return [
            message.titles[0]
            for message in self.messages.values()
            if "What you wait for" in message.post.content
        ]


class Hall:
    """A house whose people wait for what is posted."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.chat = People(house)
        self.index = Words()
        house.library._index = house.index = self.index  # noqa: SLF001 (another fake)
        self.courier = Courier(house.ledger, self.chat, ballot=BALLOT, clock=house.clock)
        finder = Finder(house.library, self.index, house.ledger, clock=house.clock)
        self.alerter = Alerter(house.ledger, finder, clock=house.clock)

    async def waits(self, text: str, *, by: int = MIA) -> SavedSearch:
        """Save a search."""
        search = await self.house.ledger.save_search(
            guild_id=GUILD, user_id=by, text=text, now=self.house.clock()
        )
        assert search is not None
        return search

    async def post(self, *titles: str, hours: int = 24) -> None:
        """Write articles and post them with the next edition."""
        await self.house.has(*(told(title) for title in titles))
        self.house.clock.go(HOUR * hours)
        await self.house.publisher.tick()
        await self.courier.drain()

    async def tell(self) -> list[str]:
        """Look for what was posted, tell people, and return what they were told so far."""
        await self.alerter.look()
        while await self.courier.tell():
            await self.alerter.look()
        return self.chat.got()

    async def counts(self) -> Mapping[str, int]:
        """Return the states of the outbox that hold something."""
        found = await self.house.ledger.outbox_counts()
        return {state: count for state, count in found.items() if count}


@pytest.fixture
async def hall(house: House) -> Hall:
    """Return a house with a digest in it."""
    made = Hall(house)
    await house.add(limit=20)
    return made


async def test_who_waits_is_told_once_of_what_holds_every_word(hall: Hall) -> None:
    await hall.waits("otters river")
    await hall.waits("river glaciers", by=SAM)
    await hall.post("river otters return", "otters sleep", "zebras")
    for _ in range(3):
        assert await hall.tell() == ["river otters return"]
        hall.house.clock.go(DAY)
    (message,) = [m for m in hall.chat.messages.values() if "`otters river`" in m.post.content]
    assert hall.chat.posts[message.nonce] == 1
    assert "2 articles" not in message.post.content


async def test_only_what_was_posted_is_searched(hall: Hall) -> None:
    await hall.waits("otters")
    await hall.post("otters one", "otters two", "zebras")
    await hall.tell()
    assert len(hall.index.looked or ()) == 3
    hall.index.looked = None
    await hall.tell()
    assert hall.index.looked is None


async def test_nothing_is_told_of_what_is_not_posted_yet(hall: Hall) -> None:
    await hall.waits("otters")
    await hall.house.has(told("otters"))
    assert await hall.tell() == []
    hall.house.clock.go(DAY)
    await hall.house.publisher.tick()
    assert await hall.tell() == []
    await hall.courier.drain()
    assert await hall.tell() == ["otters"]


async def test_what_stood_there_before_is_not_told(hall: Hall) -> None:
    await hall.post("old otters")
    await hall.waits("otters")
    assert await hall.tell() == []
    await hall.post("new otters")
    assert await hall.tell() == ["new otters"]


async def test_a_draining_of_the_outbox_leaves_direct_messages_alone(hall: Hall) -> None:
    await hall.waits("otters")
    await hall.post("otters")
    await hall.alerter.look()
    await hall.courier.drain()
    assert hall.chat.got() == []
    assert await hall.counts() == {"pending": 1, "sent": 1}


async def test_many_who_ask_the_same_are_answered_by_one_search(hall: Hall) -> None:
    for user_id in range(20):
        await hall.waits("otters", by=user_id)
    await hall.post("otters")
    asked: list[object] = []
    search = hall.index.search

    async def counted(*given: Any, **named: Any) -> Hits:  # noqa: ANN401 (passed on)
        asked.append(given)
        return await search(*given, **named)

    hall.index.search = counted  # type: ignore[method-assign, assignment, unused-ignore]
    assert await hall.tell() == ["otters"] * 20
    assert len(asked) == 1


async def test_other_servers_are_not_told(hall: Hall) -> None:
    await hall.house.ledger.save_search(
        guild_id=GUILD + 1, user_id=MIA, text="otters", now=hall.house.clock()
    )
    await hall.post("otters")
    assert await hall.tell() == []


async def test_a_search_for_nothing_is_told_nothing(hall: Hall) -> None:
    await hall.waits("")
    await hall.post("otters")
    assert await hall.tell() == []


async def test_a_search_that_cannot_be_answered_silences_no_other(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    hall.index.broken = "bad"
    search = await hall.waits("bad otters")
    await hall.waits("otters")
    await hall.post("bad otters")
    with caplog.at_level(logging.ERROR, logger="bot"):
        assert await hall.tell() == ["bad otters"]
    assert f"saved search not answered: search={search.id}" in caplog.text


async def test_a_message_that_shows_nothing_any_more_is_looked_at_too(hall: Hall) -> None:
    await hall.waits("otters")
    await hall.post("otters")
    await hall.house.lacks(told("otters"))
    assert await hall.tell() == []
    assert hall.index.looked is None
    assert await hall.house.ledger.arrivals(limit=5) == []


async def test_more_messages_than_one_look_holds_are_all_looked_at(hall: Hall) -> None:
    await hall.waits("otters")
    for number in range(12):
        await hall.post(f"otters {number}")
    assert len(await hall.tell()) == 12


async def test_a_closed_inbox_pauses_that_persons_searches_and_no_digest(hall: Hall) -> None:
    await hall.waits("otters")
    await hall.waits("river")
    await hall.waits("otters", by=SAM)
    hall.chat.inboxes[MIA] = Dropped(reason="closed", inbox_closed=True)
    await hall.post("river otters")
    assert await hall.tell() == ["river otters"]
    assert await hall.counts() == {"sent": 2, "dropped": 2}
    found = await hall.house.ledger.saved_searches(guild_id=GUILD, user_id=MIA)
    assert {search.watch for search in found} == {Watch.PAUSED}
    del hall.chat.inboxes[MIA]
    await hall.post("otters again")
    assert await hall.tell() == ["river otters", "otters again"]  # both to Sam
    await hall.house.ledger.resume_searches(guild_id=GUILD, user_id=MIA)
    await hall.post("otters once more")
    assert len(await hall.tell()) == 4


async def test_who_is_gone_is_not_told_and_not_tried_again(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    await hall.waits("otters")
    hall.chat.inboxes[MIA] = Dropped(reason="left")
    await hall.post("otters")
    with caplog.at_level(logging.WARNING, logger="bot"):
        assert await hall.tell() == []
    assert caplog.text == ""
    del hall.chat.inboxes[MIA]
    hall.house.clock.go(DAY)
    assert await hall.tell() == []
    assert await hall.counts() == {"sent": 1, "dropped": 1}


async def test_a_message_that_was_deferred_comes_later(hall: Hall) -> None:
    await hall.waits("otters")
    hall.chat.inboxes[MIA] = Deferred(wait=HOUR, reason="too fast")
    await hall.post("otters")
    assert await hall.tell() == []
    del hall.chat.inboxes[MIA]
    assert await hall.tell() == []
    hall.house.clock.go(HOUR)
    assert await hall.tell() == ["otters"]


@pytest.mark.parametrize("later", [LEASE, SAME_NONCE_FOR * 60])
async def test_a_crash_between_sending_and_recording_makes_no_second_message(
    hall: Hall,
    later: Any,  # noqa: ANN401 (a span of time)
) -> None:
    await hall.waits("otters")
    await hall.post("otters")
    hall.house.ledger.crash_before_record = True
    with pytest.raises(Crash):
        await hall.tell()
    hall.house.clock.go(later)
    assert await hall.tell() == ["otters"]
    assert await hall.counts() == {"sent": 2}


async def test_a_crash_before_anything_was_recorded_loses_nothing(hall: Hall) -> None:
    await hall.waits("otters")
    await hall.post("otters")
    tell = hall.house.ledger.tell

    async def crash(*_: object, **__: object) -> None:
        raise Crash

    hall.house.ledger.tell = crash  # type: ignore[method-assign]
    with pytest.raises(Crash):
        await hall.alerter.look()
    hall.house.ledger.tell = tell  # type: ignore[method-assign]
    assert await hall.tell() == ["otters"]


async def test_two_processes_tell_once(hall: Hall, second: House) -> None:
    await hall.waits("otters")
    await hall.post("otters")
    finder = Finder(second.library, hall.index, second.ledger, clock=second.clock)
    there = Alerter(second.ledger, finder, clock=second.clock)
    await there.look()
    assert await hall.tell() == ["otters"]
    assert hall.chat.standing(CHANNEL)
