"""After a ledger was put back: what stands in channels is not posted again, the rest goes on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from bot.adapters.ledger.backup import Copies
from bot.core.digest import DigestState, EditionState
from bot.core.outbox import Ambiguous, Sighting, Standing
from bot.services.recover import UNREADABLE, Restorer
from tests.core.samples import DAY, HOUR, NOW, article
from tests.services.fakes import Mood
from tests.services.house import CHANNEL, DESK, GUILD, House, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.core.digest import Digest
    from tests.services.fakes import FakeChat


TO_SLOT = 6 * HOUR  # from NOW to 18:00
NAMES = ("one", "two", "three", "four")


@dataclass
class Rescue:
    """A house whose ledger can be lost, and put back from a copy."""

    house: House
    address: str
    copy: Path

    def back_up(self) -> None:
        """Copy the ledger as it is now, while it is open."""
        Copies(self.address).back_up(self.copy, now=self.house.clock())

    async def restore(self) -> House:
        """Lose the ledger, put the copy back, and open the house anew."""
        await self.house.close()
        await Copies(self.address).restore(self.copy, now=self.house.clock())
        return await self.reopened()

    async def put_back_by_hand(self) -> House:
        """Do the same as an operator does with `cp`, who was told to remove the WAL."""
        await self.house.close()
        shutil.copyfile(self.copy, make_url(self.address).database or "")
        return await self.reopened()

    async def reopened(self) -> House:
        self.house = await self.house.beside(self.address)
        return self.house

    async def close(self) -> None:
        await self.house.close()


@pytest.fixture
async def rescue(address: str, tmp_path: Path) -> AsyncIterator[Rescue]:
    found = Rescue(house=await House.at(address), address=address, copy=tmp_path / "copy.db")
    yield found
    await found.close()


async def restored(house: House) -> None:
    """Do what the bot does when it is woken after a restore."""
    restorer = Restorer(house.ledger, house.chat, house.library, clock=house.clock)
    await restorer.recover()
    await house.wake()


async def three_editions(rescue: Rescue) -> list[str]:
    """Post three editions of one article each, and copy the ledger after the first."""
    house = rescue.house
    for name in NAMES[:3]:
        await house.has(told(name))
        if name == "one":
            await house.add(limit=1)
        await house.wake(TO_SLOT if name == "one" else DAY)
        if name == "one":
            rescue.back_up()
    assert house.posted() == ["one", "two", "three"]
    return house.posted()


async def the_digest(house: House) -> Digest:
    (digest,) = await house.ledger.digests()
    return digest


@pytest.mark.parametrize("by_hand", [False, True], ids=["restored", "copied by hand"])
async def test_nothing_that_stands_in_a_channel_comes_again_and_the_next_edition_goes_on(
    rescue: Rescue, *, by_hand: bool
) -> None:
    before = await three_editions(rescue)
    rescue.house.clock.go(2 * HOUR)
    house = await (rescue.put_back_by_hand() if by_hand else rescue.restore())
    assert (await the_digest(house)).unsure_since == NOW + TO_SLOT
    await restored(house)
    assert house.posted() == before
    assert (await the_digest(house)).unsure_since is None
    await house.wake(DAY)  # there is nothing new
    assert house.posted() == before
    await house.has(told("four"))
    await house.wake(DAY)
    assert house.posted() == [*before, "four"]


async def test_nothing_is_posted_before_the_channel_was_read(rescue: Rescue) -> None:
    before = await three_editions(rescue)
    house = await rescue.restore()
    await house.has(told("four"))
    await house.wake(DAY)
    assert house.posted() == before
    house.chat.looking.append(Ambiguous(reason="connection reset"))
    await restored(house)
    assert house.posted() == before
    assert (await the_digest(house)).state is DigestState.ACTIVE
    await restored(house)  # the slot that was missed meanwhile is made up for
    assert house.posted() == [*before, "four"]


async def test_a_history_that_may_not_be_read_pauses_the_digest_and_says_what_to_do(
    rescue: Rescue,
) -> None:
    before = await three_editions(rescue)
    house = await rescue.restore()
    await house.has(told("four"))
    for _ in range(2):
        house.chat.looking.append(Sighting.UNREADABLE)
        await restored(house)
    house.clock.go(DAY)
    house.chat.looking.append(Sighting.UNREADABLE)
    await restored(house)
    digest = await the_digest(house)
    assert (digest.state, digest.state_reason) == (DigestState.PAUSED, UNREADABLE)
    assert house.posted() == before


async def test_resuming_without_knowing_makes_a_digest_sure(rescue: Rescue) -> None:
    await three_editions(rescue)
    house = await rescue.restore()
    house.chat.looking.append(Sighting.UNREADABLE)
    await restored(house)
    digest = await the_digest(house)
    await house.ledger.set_digest_state(digest.id, DigestState.ACTIVE, reason="", now=house.clock())
    assert (await the_digest(house)).unsure_since is None


async def test_a_paused_digest_is_sure_again_once_its_channel_may_be_read(rescue: Rescue) -> None:
    before = await three_editions(rescue)
    house = await rescue.restore()
    house.chat.looking.append(Sighting.UNREADABLE)
    await restored(house)
    await restored(house)
    digest = await the_digest(house)
    assert (digest.state, digest.unsure_since) == (DigestState.PAUSED, None)
    await house.ledger.set_digest_state(digest.id, DigestState.ACTIVE, reason="", now=house.clock())
    await house.wake(DAY)
    assert house.posted() == before


async def test_a_digest_that_is_paused_anyhow_keeps_its_reason(rescue: Rescue) -> None:
    digest = await rescue.house.add()
    await rescue.house.ledger.set_digest_state(
        digest.id, DigestState.PAUSED, reason="holidays", now=rescue.house.clock()
    )
    rescue.back_up()
    house = await rescue.restore()
    house.chat.looking.append(Sighting.UNREADABLE)
    await restored(house)
    found = await the_digest(house)
    assert (found.state_reason, found.unsure_since) == ("holidays", NOW)


async def test_a_message_that_was_owed_is_looked_for_before_it_is_sent(rescue: Rescue) -> None:
    house = rescue.house
    await house.has(told("one"), told("two"))
    await house.add(limit=1)
    await house.add("Evening", channel_id=CHANNEL + 1, limit=1)
    house.chat.moods += [Mood.DEFER, Mood.DEFER]
    await house.wake(TO_SLOT)
    assert house.posted() == house.posted(CHANNEL + 1) == []
    rescue.back_up()
    house.chat.moods.append(Mood.FINE)
    house.clock.go(HOUR / 30)
    await house.courier.drain()
    sent = house.posted() + house.posted(CHANNEL + 1)
    assert sent
    # one of them never arrived
    gone = [key for key, one in house.chat.messages.items() if one.channel_id == CHANNEL + 1]
    for key in gone:
        del house.chat.messages[key]
    house.clock.go(HOUR)
    house = await rescue.restore()
    looked = len(house.chat.looks)
    await restored(house)
    assert len(house.chat.looks) > looked
    assert len(house.posted()) == 1
    assert len(house.posted(CHANNEL + 1)) == 1


async def test_what_was_planned_and_due_is_given_up_and_its_proposals_withdrawn(
    rescue: Rescue,
) -> None:
    house = rescue.house
    await house.review()
    await house.has(told("one"))
    await house.add()
    await house.wake(2 * HOUR)
    (card,) = house.chat.standing(DESK)
    rescue.back_up()
    await house.approve("one")
    await house.wake(4 * HOUR)
    assert house.posted() == ["one"]
    house = await rescue.restore()
    (line,) = await house.ledger.history(GUILD, digest_id=None, limit=5)
    assert (line.state, line.posted) == (EditionState.EMPTY, 0)
    assert line.note == "was due before the ledger was put back from a backup"
    assert await house.ledger.pending_reviews() == []
    await restored(house)
    assert card.post.content.startswith("### Withdrawn")
    await house.wake(DAY)
    assert house.posted() == ["one"]


async def test_an_edition_that_is_to_come_still_comes(rescue: Rescue) -> None:
    house = rescue.house
    await house.review()
    await house.has(told("one"))
    await house.add()
    await house.wake(2 * HOUR)
    rescue.back_up()
    house = await rescue.restore()
    await restored(house)
    await house.approve("one")
    await house.wake(4 * HOUR)
    assert house.posted() == ["one"]


async def test_a_ledger_put_back_twice_is_read_from_the_first_copy_on(rescue: Rescue) -> None:
    before = await three_editions(rescue)
    house = await rescue.restore()
    since = (await the_digest(house)).unsure_since
    rescue.back_up()
    house.clock.go(DAY)
    house = await rescue.restore()
    assert (await the_digest(house)).unsure_since == since
    await restored(house)
    assert house.posted() == before


class Shown:
    """A chat in which these messages stand."""

    def __init__(self, chat: FakeChat, *messages: Standing) -> None:
        self._chat = chat
        self.messages = messages
        self.asked: list[tuple[int, datetime]] = []

    async def own_messages(self, channel_id: int, *, since: datetime) -> Sequence[Standing]:
        """Return them, whatever was asked for."""
        self.asked.append((channel_id, since))
        return self.messages

    def __getattr__(self, name: str) -> object:
        return getattr(self._chat, name)


@pytest.mark.parametrize(
    ("urls", "titles"),
    [
        (("https://EXAMPLE.org/one?utm_source=x",), ()),
        (("https://elsewhere.example/", "https://example.org/one"), ()),
        ((), (r"one \*star\*",)),
    ],
    ids=["written otherwise", "beside another", "by its title where it leads nowhere"],
)
async def test_articles_are_known_by_their_addresses(
    rescue: Rescue, urls: tuple[str, ...], titles: tuple[str, ...]
) -> None:
    house = rescue.house
    one = article("one", title="one *star*") if titles else told("one")
    if titles:
        one = replace(one, url=None)
    await house.has(one, told("two"))
    digest = await house.add(limit=1)
    rescue.back_up()
    house = await rescue.restore()
    standing = Standing(
        message_id=77, thread_id=None, at=NOW, urls=(*urls, "javascript:1"), titles=titles
    )
    nothing = Standing(message_id=78, thread_id=None, at=NOW, urls=("nonsense",))
    chat = Shown(house.chat, standing, nothing)
    restorer = Restorer(house.ledger, chat, house.library, clock=house.clock)  # type: ignore[arg-type]  # it hands all else on
    await restorer.recover()
    assert chat.asked == [(CHANNEL, NOW - HOUR)]
    placed = await house.ledger.placements(CHANNEL)
    assert one.id in {each.article_id for each in placed}
    assert "two" not in {each.title for each in placed}
    await house.wake(TO_SLOT)
    assert house.posted() == ["two"]
    assert digest.id == (await the_digest(house)).id
    await restorer.recover()
    assert len(chat.asked) == 1


async def test_the_channel_of_a_digest_that_is_sure_is_not_read(house: House) -> None:
    await house.add()
    chat = Shown(house.chat)
    restorer = Restorer(house.ledger, chat, house.library, clock=house.clock)  # type: ignore[arg-type]  # likewise
    await restorer.recover()
    assert chat.asked == []


async def test_where_all_are_sure_nothing_is_asked_of_the_ledger_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    restorer = Restorer(house.ledger, house.chat, house.library, clock=house.clock)
    await restorer.recover()
    monkeypatch.setattr(house.ledger, "digests", None)
    await restorer.recover()


async def test_a_channel_that_may_not_be_read_is_asked_for_once_an_hour(rescue: Rescue) -> None:
    await rescue.house.add()
    rescue.back_up()
    house = await rescue.restore()
    restorer = Restorer(house.ledger, house.chat, house.library, clock=house.clock)
    house.chat.looking.append(Sighting.UNREADABLE)
    for _ in range(2):
        await restorer.recover()
        assert (await the_digest(house)).unsure_since is not None
    house.clock.go(HOUR)
    await restorer.recover()
    assert (await the_digest(house)).unsure_since is None
