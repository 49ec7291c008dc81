"""Editions where they stand: threads, forums and announcement channels, and who is pinged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.chat.house import GLACIERS, OTTERS, all_titles, answer, said, titles
from tests.chat.premises import forum, thread

if TYPE_CHECKING:
    import simcord

    from tests.chat.house import House

DAY = 24


def opened(house: House, library: simcord.ChannelHandle) -> list[Any]:
    """Return the threads of a forum as the bot knows them, the oldest first."""
    threads = sorted(library.threads, key=lambda one: one.id)
    return [house.bot.get_channel(one.id) for one in threads]


def places(message: simcord.ResponseMessage) -> list[str]:
    return [f.value or "" for f in message.embeds[0].fields if f.name == "Posted here"]


async def test_each_edition_is_a_thread_of_its_forum_with_the_tags_of_its_topics(
    house: House,
) -> None:
    library = await forum(house, "Science", "nature", "Sport")
    await house.add_digest(channel=library, limit=1)
    await house.wait(hours=9)
    await house.wait(hours=DAY)
    first, second = opened(house, library)
    assert [tag.name for tag in first.applied_tags] == ["nature"]
    assert {tag.name for tag in second.applied_tags} == {"nature", "Science"}
    assert [all_titles(one) for one in sorted(library.threads, key=lambda one: one.id)] == [
        [OTTERS],
        [GLACIERS],
    ]


async def test_links_lead_into_the_thread(house: House) -> None:
    library = await forum(house)
    await house.add_digest(channel=library, limit=1)
    await house.wait(hours=9)
    (post,) = library.threads
    link = f"https://discord.com/channels/{house.guild.id}/{post.id}/{post.id}"
    text = said(await house.ada.slash(house.news, "digest history"))
    assert f"[1 article posted]({link}) in {post.mention}" in text
    found = answer(await house.mia.slash(house.news, "search", query="otters"))
    (line,) = places(found)
    assert line.startswith(f"[#library]({link}) · ")


async def test_what_stands_in_a_private_thread_is_told_nowhere_else(house: House) -> None:
    corner = await thread(house, secret=True)
    house.env.backend.add_thread_member(corner.id, house.env.backend.bot_user.id)
    house.env.backend.announce_thread_create(house.env.backend.get_channel(corner.id))
    await house.env.settle()
    assert "Added." in await house.add_digest(channel=corner, limit=1)
    for member in (house.mia, house.ada):
        await house.bot.services.ledger.save_search(
            guild_id=house.guild.id, user_id=member.id, text="glaciers", now=house.clock()
        )
    await house.wait(hours=9)
    assert all_titles(corner) == [OTTERS]
    for member in (house.mia, house.ada):
        found = answer(await member.slash(house.news, "search", query="otters"))
        assert places(found) == []
        among = answer(await member.slash(house.news, "search", query="otters is:posted"))
        assert titles(among) == []
    await house.wait(hours=DAY)
    assert [titles(one) for one in house.ada.user.dm_channel.history()] == [[GLACIERS]]
    assert house.mia.user.dm_channel.history() == []
    inside = answer(await house.ada.slash(corner, "search", query="otters"))
    assert len(places(inside)) == 1


async def test_the_first_message_of_an_edition_pings_its_role_and_nothing_else_ever_does(
    house: House,
) -> None:
    role = house.guild.create_role("Fans", mentionable=True)
    await house.env.settle()
    await house.add_digest(limit=1, mention=role, name="Morning <@&1>")
    await house.ada.slash(house.news, "digest list")
    await house.wait(hours=9)
    posts = [one for one in house.requests("POST", f"/channels/{house.news.id}/messages") if one]
    assert [one["allowed_mentions"]["roles"] for one in posts] == [[role.id]]
    assert posts[0]["content"].startswith(f"{role.mention}\n## 📰 Morning")
    callbacks = house.requests("POST", "/callback")
    assert not any(
        (one["data"] or {}).get("allowed_mentions", {}).get("roles") for one in callbacks
    )
    options = {"digest": "Morning <@&1>", "ping": "off"}
    assert "pings" not in said(await house.ada.slash(house.news, "digest edit", **options))
    await house.wait(hours=DAY)
    assert role.mention not in house.news.history()[-1].content


async def test_an_announcement_is_handed_on(house: House) -> None:
    press = house.guild.create_news_channel("press")
    await house.add_digest(channel=press, limit=1)
    await house.add_digest(channel=press, limit=1, name="Other", at="10:00", crosspost=False)
    await house.wait(hours=9)
    await house.wait(hours=1)
    first, _ = press.history()
    paths = [one.path for one in house.env.http_requests if one.path.endswith("/crosspost")]
    assert paths == [f"/channels/{press.id}/messages/{first.id}/crosspost"]
