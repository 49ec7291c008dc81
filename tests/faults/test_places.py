"""Every place a message can go to, with the real discord.py and a server that has rules."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord.utils import utcnow

from bot.adapters.chat.pacing import Pacing
from bot.adapters.chat.posts import DiscordChat
from bot.adapters.chat.witness import Witness
from bot.core.card import Opening, Post
from bot.core.outbox import (
    Action,
    Ambiguous,
    Deferred,
    Delivery,
    DeliveryState,
    Dropped,
    Refused,
    Sent,
    Sighting,
    Standing,
    entry_for,
)
from bot.core.review import Ballot, Unread
from tests.core.samples import card, delivery, review
from tests.faults import places
from tests.faults.client import connected
from tests.faults.loopback import Fault, Loopback
from tests.faults.places import (
    ANNOUNCEMENT,
    CROSSPOSTED,
    FORUM,
    READ_HISTORY,
    REQUIRE_TAG,
    SEND,
    SEND_IN_THREADS,
    TAG,
    VIEW,
)
from tests.faults.world import (
    GUILD_ID,
    MODERATOR_ID,
    MODERATOR_ROLE_ID,
    NEWS_ID,
    READER_ID,
    REVIEW_ID,
    Json,
    World,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SILENT = 1 << 12
CARDS = (card("one"), card("two"))
EDITION = Post(content="## Morning", cards=CARDS)
BALLOT = Ballot(approve="✅", reject="❌")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A server, the bot's client in it, and what speaks for deliveries."""

    loopback: Loopback
    client: discord.Client
    chat: DiscordChat

    @property
    def world(self) -> World:
        return self.loopback.world

    def said(self, channel_id: int) -> list[str]:
        return [message["content"] for message in self.world.messages.get(channel_id, [])]

    async def forbid(self, channel_id: int, rights: int) -> None:
        """Take permissions in a channel from everybody."""
        denied = places.overwrite(GUILD_ID, deny=rights)
        await self.loopback.change_channel(channel_id, permission_overwrites=[denied])
        await self.settled()

    async def settled(self) -> None:
        """Let the gateway's events arrive."""
        await self.client.http.request(discord.http.Route("GET", "/users/@me"))

    async def open(self, forum_id: int, name: str = "Friday", **changes: Any) -> int:  # noqa: ANN401 (any field)
        """Post the opener of an edition; return its thread."""
        answer = await self.chat.post(opener(forum_id, name, **changes))
        assert isinstance(answer, Sent)
        assert answer.message_id is not None
        return answer.message_id

    async def archive(self, thread_id: int, *, locked: bool = False) -> None:
        state = {
            "archived": True,
            "locked": locked,
            "archive_timestamp": self.world.clock().isoformat(),
        }
        await self.loopback.change_channel(thread_id, thread_metadata=state)
        await self.settled()


@asynccontextmanager
async def scene(world: World | None = None) -> AsyncIterator[Scene]:
    loopback = Loopback(world)
    pacing = Pacing(rate=1000, witness=Witness(utcnow))
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        guild_ready_timeout=0.05,
        max_ratelimit_timeout=60,
        http_trace=pacing.trace(),
    )
    async with loopback, connected(loopback, client):
        yield Scene(loopback=loopback, client=client, chat=DiscordChat(client, ballot=BALLOT))


def post(channel_id: int, **changes: Any) -> Delivery:  # noqa: ANN401 (any field)
    return delivery(**{"channel_id": channel_id, "post": EDITION, **changes})


def opener(
    forum_id: int,
    name: str = "Friday",
    *,
    tags: tuple[int, ...] = (),
    **changes: Any,  # noqa: ANN401 (any field)
) -> Delivery:
    opening = Opening(name=name, tags=tags)
    return post(
        forum_id, **{"post": Post(content="## Morning", cards=CARDS, opening=opening), **changes}
    )


def tag(number: int, **fields: Any) -> Json:  # noqa: ANN401 (JSON)
    return TAG | {"id": str(number), "name": f"tag {number}"} | fields


def refusal(answer: object) -> Refused:
    assert isinstance(answer, Refused), answer
    return answer


async def test_only_the_role_it_names_can_be_pinged() -> None:
    async with scene() as it:
        text = f"<@&{MODERATOR_ROLE_ID}> @everyone <@{READER_ID}>"
        pinging = Post(content=text, cards=(), mention=MODERATOR_ROLE_ID)
        assert isinstance(await it.chat.post(post(NEWS_ID, post=pinging)), Sent)
        await it.chat.post(post(NEWS_ID, nonce="other", post=Post(content=text, cards=())))
        asked = [r.json for r in it.loopback.requests if r.method == "POST"]
        await it.chat.edit(
            post(NEWS_ID, post=pinging, message_id=int(it.world.messages[NEWS_ID][0]["id"]))
        )
        edit = it.loopback.requests[-1].json
    mentions = [body["allowed_mentions"] for body in (*asked, edit)]
    assert [allowed["parse"] for allowed in mentions] == [[], [], []]
    assert [allowed.get("roles") for allowed in mentions] == [[MODERATOR_ROLE_ID], None, None]
    assert not any(allowed.get("users") or allowed.get("replied_user") for allowed in mentions)


async def test_a_silent_message_makes_no_sound() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        await it.chat.post(post(NEWS_ID, silent=True))
        thread = await it.open(forum, silent=True)
    for channel in (NEWS_ID, thread):
        assert world.messages[channel][0]["flags"] & SILENT


async def test_a_doubt_is_asked_with_buttons_that_an_edit_takes_away() -> None:
    async with scene() as it:
        await it.chat.post(post(NEWS_ID, post=Post(content="?", cards=(), asks=7)))
        (message,) = it.world.messages[NEWS_ID]
        assert len(message["components"][0]["components"]) == 3
        await it.chat.edit(
            post(NEWS_ID, message_id=int(message["id"]), post=Post(content="!", cards=()))
        )
        assert it.world.messages[NEWS_ID][0]["components"] == []


async def test_an_edition_in_a_forum_is_a_thread_with_the_tags_that_are_left() -> None:
    world = World()
    tags = [tag(1), tag(2), tag(3, moderated=True)]
    forum = world.add_channel("forum", FORUM, available_tags=tags)
    async with scene(world) as it:
        thread = await it.open(forum, "Friday", tags=(2, 3, 99))
        later = post(forum, thread_id=thread, post=Post(content="more", cards=()))
        answer = await it.chat.post(later)
    opened = world.channels[thread]
    assert (opened["name"], opened["parent_id"]) == ("Friday", str(forum))
    assert opened["applied_tags"] == ["2"]
    assert it.said(thread) == ["## Morning", "more"]
    assert [embed["url"] for embed in world.messages[thread][0]["embeds"]] == [
        "https://example.org/one",
        "https://example.org/two",
    ]
    assert answer == Sent(message_id=int(world.messages[thread][1]["id"]))


async def test_a_forum_that_wants_a_tag_says_so() -> None:
    world = World()
    moderated = tag(1) | {"moderated": True}
    forum = world.add_channel("forum", FORUM, available_tags=[moderated], flags=REQUIRE_TAG)
    async with scene(world) as it:
        refused = refusal(await it.chat.post(opener(forum, tags=(99,))))
    assert refused.whole_channel
    assert "needs a tag" in refused.reason


async def test_a_forum_that_is_none_or_gone_takes_nothing() -> None:
    world = World()
    async with scene(world) as it:
        assert refusal(await it.chat.post(opener(NEWS_ID))).whole_channel
        refused = refusal(await it.chat.post(opener(404)))
    assert refused == Refused(reason="Unknown Channel: it was deleted", whole_channel=True)


async def test_an_opener_that_may_have_come_is_never_sent_twice() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        it.loopback.fail("POST", r"/channels/\d+/threads", Fault.ERROR, accepted=True)
        assert isinstance(await it.chat.post(opener(forum)), Ambiguous)
        found = await it.chat.sighting(opener(forum, first_attempt_at=utcnow()))
    (thread,) = world.open_threads()
    assert found == Sent(message_id=int(thread["id"]))


@pytest.mark.parametrize("archived", [False, True])
async def test_an_opener_is_found_by_what_it_says(*, archived: bool) -> None:
    world = World()
    forum, other = world.add_channel("forum", FORUM), world.add_channel("other", FORUM)
    async with scene(world) as it:
        begun = utcnow()
        await it.open(other)
        wrong = Post(content="## Evening", cards=CARDS, opening=Opening(name="Friday"))
        await it.open(forum, post=wrong)
        looked = opener(forum, first_attempt_at=begun)
        assert await it.chat.sighting(looked) is Sighting.ABSENT
        thread = await it.open(forum, "renamed by somebody")
        if archived:
            await it.archive(thread)
        assert await it.chat.sighting(looked) == Sent(message_id=thread)
        late = opener(forum, first_attempt_at=utcnow() + timedelta(hours=3))
        assert await it.chat.sighting(late) is Sighting.ABSENT


async def test_of_an_opener_whose_message_was_deleted_the_name_is_left() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        thread = await it.open(forum, "Friday")
        world.messages[thread].clear()
        looked = opener(forum, "Friday", first_attempt_at=utcnow())
        assert await it.chat.sighting(looked) == Sent(message_id=thread)
        looked = opener(forum, "Saturday", first_attempt_at=utcnow())
        assert await it.chat.sighting(looked) is Sighting.ABSENT


async def test_what_others_open_is_not_ours() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        thread = await it.open(forum)
        world.channels[thread]["owner_id"] = str(READER_ID)
        looked = opener(forum, first_attempt_at=utcnow())
        assert await it.chat.sighting(looked) is Sighting.ABSENT
        await it.archive(thread)
        assert await it.chat.sighting(looked) is Sighting.ABSENT


@pytest.mark.parametrize("right", [READ_HISTORY, VIEW])
async def test_where_history_may_not_be_read_nothing_is_proven(right: int) -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        await it.forbid(forum, right)
        await it.forbid(NEWS_ID, right)
        since = utcnow()
        assert await it.chat.sighting(opener(forum, first_attempt_at=since)) is Sighting.UNREADABLE
        for channel in (forum, NEWS_ID, 404):
            found = await it.chat.own_messages(channel, since=since)
            assert found is Sighting.UNREADABLE


async def test_a_part_is_found_in_a_thread_that_is_archived() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        thread = await it.open(forum)
        sent = await it.chat.post(post(forum, thread_id=thread, nonce="part"))
        await it.archive(thread)
        assert it.client.get_channel(thread) is None
        looked = post(forum, thread_id=thread, first_attempt_at=utcnow())
        world.messages[thread].pop(0)
        assert await it.chat.sighting(looked) == sent


async def test_what_stands_in_an_archived_thread_is_changed_as_well() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    changed = Post(content="changed", cards=CARDS)
    async with scene(world) as it:
        thread = await it.open(forum)
        await it.archive(thread)
        edit = post(forum, thread_id=thread, message_id=thread, post=changed, action=Action.EDIT)
        assert await it.chat.edit(edit) == Sent(message_id=thread)
        assert it.said(thread) == ["changed"]
        await it.archive(thread, locked=True)
        refused = refusal(await it.chat.edit(edit))
        assert refused.reason == "Thread is archived: the thread is closed; open it again"


async def test_a_closed_thread_of_an_edition_blames_neither_its_forum_nor_an_article() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        thread = await it.open(forum)
        part = post(forum, thread_id=thread, nonce="part")
        await it.archive(thread, locked=True)
        locked = await it.chat.post(part)
        await it.loopback.remove_channel(thread)
        for answer in (locked, await it.chat.post(part)):
            entry = entry_for(answer, part, now=utcnow())
            assert (entry.state, entry.stops_channel) == (DeliveryState.FAILED, True)


async def test_a_digest_in_a_thread_that_is_locked_is_told_so() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        thread = await it.open(forum)
        await it.archive(thread, locked=True)
        refused = refusal(await it.chat.post(post(thread, nonce="part")))
        assert (refused.whole_channel, refused.only_thread) == (True, False)


async def test_deleting_in_an_archived_thread_opens_it() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        thread = await it.open(forum)
        await it.archive(thread)
        gone = post(forum, thread_id=thread, message_id=thread, action=Action.DELETE)
        assert await it.chat.delete(gone) == Sent(message_id=thread)
        assert it.said(thread) == []
        assert await it.chat.delete(gone) == Sent(message_id=None)


async def test_a_message_is_handed_on_once_and_within_the_limit() -> None:
    world = World(crosspost_limit=1)
    channel = world.add_channel("announcements", ANNOUNCEMENT)
    async with scene(world) as it:
        sent = [await it.chat.post(post(channel, nonce=nonce)) for nonce in "ab"]
        first, second = [
            post(channel, message_id=answer.message_id, action=Action.CROSSPOST)
            for answer in sent
            if isinstance(answer, Sent)
        ]
        assert await it.chat.crosspost(first) == sent[0]
        assert world.messages[channel][0]["flags"] & CROSSPOSTED
        assert await it.chat.crosspost(first) == sent[0]
        later = await it.chat.crosspost(second)
        assert isinstance(later, Deferred)
        assert timedelta(minutes=50) < later.wait <= timedelta(hours=1)
        elsewhere = await it.chat.post(post(NEWS_ID))
        assert isinstance(elsewhere, Sent)
        refused = refusal(await it.chat.crosspost(post(NEWS_ID, message_id=elsewhere.message_id)))
        assert not refused.whole_channel
        assert "announcement" in refused.reason


@pytest.mark.parametrize(
    ("right", "words"),
    [(VIEW, "give it View Channel"), (SEND, "Send Messages and Embed Links")],
)
async def test_a_refusal_names_the_permission(right: int, words: str) -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        for channel in (NEWS_ID, forum):
            await it.forbid(channel, right)
        for refused in (
            refusal(await it.chat.post(post(NEWS_ID))),
            refusal(await it.chat.post(opener(forum))),
        ):
            assert refused.whole_channel
            assert words in refused.reason


async def test_a_refusal_in_a_thread_names_the_permission() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        thread = await it.open(forum)
        await it.forbid(forum, SEND_IN_THREADS)
        refused = refusal(await it.chat.post(post(forum, thread_id=thread, nonce="part")))
        assert refused.whole_channel
        assert "Send Messages in Threads" in refused.reason


async def test_a_notice_reaches_a_person_whatever_the_channel() -> None:
    async with scene() as it:
        notice = post(404, user_id=READER_ID, post=Post(content="set aside", cards=()))
        assert isinstance(await it.chat.post(notice), Sent)
        assert it.said(int(it.world.inboxes[READER_ID]["id"])) == ["set aside"]
        cards = post(404, user_id=READER_ID)
        assert isinstance(await it.chat.post(cards), Dropped)
        stranger = post(NEWS_ID, user_id=404)
        assert isinstance(await it.chat.post(stranger), Dropped)
        it.world.closed.add(MODERATOR_ID)
        closed = post(404, user_id=MODERATOR_ID, nonce="m", post=Post(content="?", cards=()))
        answer = await it.chat.post(closed)
        assert isinstance(answer, Dropped)
        assert answer.inbox_closed


async def test_a_person_gets_cards_of_a_forum_they_may_see() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        assert isinstance(await it.chat.post(post(forum, user_id=READER_ID)), Sent)
        thread = await it.open(forum)
        await it.archive(thread)
        assert isinstance(await it.chat.post(post(thread, user_id=READER_ID, nonce="t")), Sent)
        await it.forbid(forum, VIEW)
        hidden = await it.chat.post(post(forum, user_id=READER_ID, nonce="hidden"))
        assert isinstance(hidden, Dropped)


async def test_a_review_card_with_its_notes_is_found_again() -> None:
    notes = card("", url=None, quiet=True)
    async with scene() as it:
        asked = post(REVIEW_ID, post=Post(content="### Proposed", cards=(card("one"), notes)))
        sent = await it.chat.post(asked)
        assert await it.chat.sighting(replace(asked, first_attempt_at=utcnow())) == sent


async def test_own_messages_with_cards_are_told_of_a_channel_and_of_a_forum() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    urls = ("https://example.org/one", "https://example.org/two")
    async with scene(world) as it:
        since = utcnow() - timedelta(seconds=5)
        await it.chat.post(post(NEWS_ID, nonce="a", post=Post(content="no cards", cards=())))
        sent = await it.chat.post(post(NEWS_ID, nonce="b"))
        world.messages[NEWS_ID].append(
            world.messages[NEWS_ID][1]
            | {"id": world.new_id(), "author": world.members[READER_ID]["user"]}
        )
        closed, opened = await it.open(forum, "closed"), await it.open(forum, "open")
        part = await it.chat.post(post(forum, thread_id=opened, nonce="part"))
        await it.archive(closed)
        found = await it.chat.own_messages(NEWS_ID, since=since)
        assert isinstance(found, list)
        assert [(one.message_id, one.thread_id, one.urls) for one in found] == [
            (sent.message_id if isinstance(sent, Sent) else 0, None, urls)
        ]
        threads = await it.chat.own_messages(forum, since=since)
        assert isinstance(threads, list)
        assert [(one.message_id, one.thread_id, one.urls) for one in threads] == [
            (opened, opened, urls),
            (part.message_id if isinstance(part, Sent) else 0, opened, urls),
            (closed, closed, urls),
        ]
        in_thread = await it.chat.own_messages(opened, since=since)
        assert isinstance(in_thread, list)
        assert {one.thread_id for one in in_thread} == {None}
        assert all(isinstance(one, Standing) and one.at >= since for one in threads)
        late = utcnow() + timedelta(hours=1)
        it.loopback.requests.clear()
        assert await it.chat.own_messages(forum, since=late) == []
        assert f"/channels/{closed}/messages" not in {r.path for r in it.loopback.requests}


async def test_where_no_request_leaves_nothing_is_lost() -> None:
    world = World()
    forum = world.add_channel("forum", FORUM)
    async with scene(world) as it:
        it.loopback.fail("POST", rf"/channels/{NEWS_ID}/messages", Fault.BANNED, retry_after=900)
        assert isinstance(await it.chat.post(post(NEWS_ID)), Deferred)
        begun = utcnow()
        answers = [
            await it.chat.post(post(NEWS_ID)),
            await it.chat.post(opener(forum)),
            await it.chat.post(post(NEWS_ID, user_id=READER_ID)),
            await it.chat.edit(post(NEWS_ID, message_id=1)),
            await it.chat.delete(post(NEWS_ID, message_id=1)),
            await it.chat.crosspost(post(NEWS_ID, message_id=1)),
        ]
        for answer in answers:
            assert isinstance(answer, Deferred)
            assert timedelta(minutes=14) < answer.wait <= timedelta(minutes=15)
        looked = await it.chat.sighting(post(NEWS_ID, first_attempt_at=begun))
        assert isinstance(looked, Ambiguous)
        assert isinstance(await it.chat.own_messages(NEWS_ID, since=begun), Ambiguous)
        card_of = review(guild_id=GUILD_ID, channel_id=NEWS_ID, message_id=1)
        await it.chat.mark(card_of)
        assert await it.chat.ballots(card_of) is Unread.NOW
        assert [r.path for r in it.loopback.requests if r.method != "GET"] == [
            f"/channels/{NEWS_ID}/messages"
        ]


async def test_before_discord_has_told_what_there_is_nothing_is_concluded() -> None:
    chat = DiscordChat(discord.Client(intents=discord.Intents.none()), ballot=BALLOT)
    assert isinstance(await chat.post(opener(NEWS_ID)), Deferred)
    assert isinstance(await chat.post(post(NEWS_ID, user_id=READER_ID)), Deferred)
    assert isinstance(await chat.sighting(post(NEWS_ID)), Ambiguous)
    assert isinstance(await chat.own_messages(NEWS_ID, since=utcnow()), Ambiguous)
