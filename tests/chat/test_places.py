"""Threads, forums and announcement channels of a second simulated server."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.posts import DiscordChat
from bot.core.card import Opening, Post
from bot.core.outbox import Refused, Sent, Sighting
from tests.chat.premises import forum as forum_with
from tests.chat.premises import need_tags
from tests.core.samples import card, delivery

if TYPE_CHECKING:
    from tests.chat.house import House

POST = Post(content="## Morning", cards=(card("one"),))


def chat_of(house: House) -> DiscordChat:
    return DiscordChat(house.bot, ballot=house.bot.services.ballot)


def sent(answer: object) -> int:
    assert isinstance(answer, Sent), answer
    assert answer.message_id is not None
    return answer.message_id


async def test_a_forum_takes_an_edition_as_a_thread_and_tells_of_it(house: House) -> None:
    chat, forum = chat_of(house), house.guild.create_forum_channel("forum")
    await house.env.settle()
    channel: Any = house.bot.get_channel(forum.id)
    tag = await channel.create_tag(name="Nature")
    await house.env.settle()
    post = replace(POST, opening=Opening(name="Friday", tags=(tag.id, 7)))
    begun = house.clock()
    opener = delivery(channel_id=forum.id, post=post, first_attempt_at=begun)
    assert await chat.sighting(opener) is Sighting.ABSENT
    thread_id = sent(await chat.post(opener))
    await house.env.settle()
    thread: Any = house.bot.get_channel(thread_id)
    assert (thread.name, [tag.name for tag in thread.applied_tags]) == ("Friday", ["Nature"])
    part = delivery(channel_id=forum.id, thread_id=thread_id, post=POST, nonce="part")
    sent(await chat.post(part))
    assert await chat.sighting(opener) == Sent(message_id=thread_id)
    await thread.edit(archived=True)
    await house.env.settle()
    assert await chat.sighting(opener) == Sent(message_id=thread_id)
    found = await chat.own_messages(forum.id, since=begun - timedelta(minutes=1))
    assert isinstance(found, list)
    assert [(one.thread_id, one.urls) for one in found] == [
        (thread_id, ("https://example.org/one",))
    ] * 2


async def test_a_forum_that_wants_a_tag_gets_one_where_an_edition_has_none(house: House) -> None:
    library = await forum_with(house, "Nature", "Sport", moderated=["Board"])
    need_tags(house, library)
    opener = delivery(channel_id=library.id, post=replace(POST, opening=Opening(name="Friday")))
    thread: Any = house.bot.get_channel(sent(await chat_of(house).post(opener)))
    assert [tag.name for tag in thread.applied_tags] == ["Nature"]


async def test_a_thread_takes_messages_and_their_edits(house: House) -> None:
    chat = chat_of(house)
    channel: Any = house.bot.get_channel(house.news.id)
    thread = await channel.create_thread(name="talk", type=discord.ChannelType.public_thread)
    message_id = sent(await chat.post(delivery(channel_id=thread.id, post=POST)))
    changed = delivery(
        channel_id=thread.id, message_id=message_id, post=Post(content="!", cards=())
    )
    assert sent(await chat.edit(changed)) == message_id
    assert (await thread.fetch_message(message_id)).content == "!"
    assert sent(await chat.delete(changed)) == message_id
    assert await chat.delete(changed) == Sent(message_id=None)


async def test_only_an_announcement_channel_hands_messages_on(house: House) -> None:
    chat, announcements = chat_of(house), house.guild.create_news_channel("announcements")
    await house.env.settle()
    for channel, works in ((announcements, True), (house.news, False)):
        post = delivery(channel_id=channel.id, post=POST)
        published = replace(post, message_id=sent(await chat.post(post)))
        for _ in range(2):
            answer = await chat.crosspost(published)
            assert isinstance(answer, Sent if works else Refused)
