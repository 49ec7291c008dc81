"""Where digests go and whom they ping: /digest add, edit and tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.adapters.chat.places import PlaceOption
from tests.chat.house import OTTERS, all_titles, said
from tests.chat.premises import forbid, forum, need_tags, thread

if TYPE_CHECKING:
    import simcord

    from tests.chat.house import House

NINE = 1767258000  # 2026-01-01 09:00 UTC
DAY = 86400


async def edited(house: House, which: str = "Morning", /, **options: Any) -> str:  # noqa: ANN401 (any option)
    return said(await house.ada.slash(house.news, "digest edit", digest=which, **options))


async def tagged(house: House, which: str = "Morning", /, **options: str) -> str:
    return said(await house.ada.slash(house.news, "digest tag", digest=which, **options))


async def listed(house: House) -> str:
    return said(await house.ada.slash(house.news, "digest list"))


async def completed(
    house: House, command: str, option: str, text: str = "", **filled: str
) -> list[str]:
    choices = await house.ada.autocomplete(house.news, f"digest {command}", option, text, **filled)
    return [choice["value"] for choice in choices]


def fans(house: House, **fields: Any) -> simcord.RoleHandle:  # noqa: ANN401 (any field of a role)
    return house.guild.create_role("Fans", **fields)


async def test_a_thread_is_named_or_the_place_where_the_command_is_typed(house: House) -> None:
    corner = await thread(house)
    assert f"**Morning** in the thread {corner.mention}:" in await house.add_digest(channel=corner)
    text = said(await house.ada.slash(corner, "digest add", topics="all", at="09:00"))
    assert f"in the thread {corner.mention}:" in text
    await house.wait(hours=9)
    assert all_titles(corner)[0] == OTTERS
    assert all_titles(house.news) == []


async def test_a_digest_in_a_thread_can_be_given_a_role_to_ping(house: House) -> None:
    role = fans(house, mentionable=True)
    await house.add_digest(channel=await thread(house))
    assert f"pings {role.mention}" in await edited(house, mention=role)


async def test_a_thread_that_sleeps_is_no_obstacle(house: House) -> None:
    corner = await thread(house, archived=True)
    assert f"in {corner.mention}:" in await house.add_digest(channel=corner)


async def test_a_locked_thread_is_refused(house: House) -> None:
    corner = await thread(house, locked=True, archived=True)
    refusal = f"{corner.mention} is locked; unlock it, or name another place."
    assert await house.add_digest(channel=corner) == refusal


async def test_a_private_thread_must_have_the_bot_in_it(house: House) -> None:
    corner = await thread(house, secret=True)
    assert await house.add_digest(channel=corner) == (
        f"I am not in {corner.mention}, which is private; mention me there, then try again."
    )


async def test_a_thread_needs_rights_of_its_own(house: House) -> None:
    corner = await thread(house)
    await forbid(house, house.news, send_messages=False)
    assert "Added." in await house.add_digest(channel=corner)
    await forbid(house, house.news, send_messages_in_threads=False)
    assert await house.add_digest(channel=corner, name="Other") == (
        f"I cannot work in {corner.mention}; I lack there: Send Messages in Threads."
    )


async def test_an_announcement_channel_hands_on_unless_that_is_not_wanted(house: House) -> None:
    press = house.guild.create_news_channel("press")
    text = await house.add_digest(channel=press)
    assert f"in the announcement channel {press.mention}" in text
    assert " · handed on to followers · next " in text
    text = await house.add_digest(channel=press, crosspost=False, name="Quiet")
    assert "followers" not in text
    assert "followers" in await edited(house, "Quiet", crosspost=True)


async def test_nowhere_else_there_is_somebody_to_hand_on_to(house: House) -> None:
    refusal = f"{house.news.mention} is no announcement channel, so there are no followers"
    assert refusal in await house.add_digest(crosspost=True)
    assert "Added." in await house.add_digest(crosspost=False)
    assert refusal in await edited(house, crosspost=True)


async def test_a_forum_gets_the_tags_that_have_the_names_of_topics(house: House) -> None:
    library = await forum(house, "NATURE", "Sport")
    text = await house.add_digest(channel=library)
    assert f"in the forum {library.mention}: all topics" in text
    assert "tags for Nature · next" in text
    (digest,) = await house.bot.services.ledger.digests()
    assert (digest.forum, digest.tags) == (True, (("Nature", library.id + 1),))


async def test_a_forum_without_fitting_tags_takes_posts_all_the_same(house: House) -> None:
    library = await forum(house, "Sport")
    assert "tags" not in await house.add_digest(channel=library)


async def test_a_forum_that_wants_a_tag_must_have_one_that_fits(house: House) -> None:
    library = await forum(house, "Sport", "*Food*", moderated=["Nature"])
    await forbid(house, library, manage_threads=False)
    need_tags(house, library)
    assert await house.add_digest(channel=library) == (
        f"{library.mention} wants a tag on every post, and none has the name of a topic of this "
        r"digest. There are: Sport, \*Food\*. Name a tag like a topic, choose other topics, or let "
        "the forum take posts without a tag."
    )
    await forbid(house, library, manage_threads=True)
    need_tags(house, library)
    assert "tags for Nature" in await house.add_digest(channel=library)


async def test_a_forum_needs_the_right_to_create_posts(house: House) -> None:
    library = await forum(house)
    await forbid(house, library, send_messages=False, send_messages_in_threads=False)
    assert await house.add_digest(channel=library) == (
        f"I cannot work in {library.mention}; I lack there: Create Posts, Send Messages in Posts, "
        "Embed Links."
    )


async def test_a_post_of_a_forum_is_a_thread_like_any_other(house: House) -> None:
    corner = await thread(house, await forum(house))
    text = said(await house.ada.slash(corner, "digest add", topics="all", at="09:00"))
    assert f"in the thread {corner.mention}" in text


async def test_a_role_that_anybody_may_mention_is_pinged(house: House) -> None:
    role = fans(house, mentionable=True)
    await house.env.settle()
    assert f" · pings {role.mention} · next" in await house.add_digest(mention=role)
    assert f" · pings {role.mention}" in await listed(house)


async def test_another_role_needs_a_permission_in_that_channel(house: House) -> None:
    role = fans(house)
    await house.env.settle()
    await forbid(house, house.news, mention_everyone=False)
    text = await house.add_digest(mention=role)
    assert text.startswith(f"I may not ping {role.mention} in {house.news.mention}. Switch on ")
    assert "“Allow anyone to @mention this role”" in text
    assert "“Mention @everyone, @here and All Roles”" in text
    await forbid(house, house.news, mention_everyone=True)
    assert "Added." in await house.add_digest(mention=role)


async def test_everyone_is_never_pinged(house: House) -> None:
    text = await house.add_digest(mention=house.guild.default_role)
    assert text.startswith("That would ping everybody, which I never do")
    await house.add_digest()
    assert "That would ping everybody" in await edited(house, mention=house.guild.default_role)
    assert "pings" not in await listed(house)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("all", "makes up for every missed edition"),
        ("skip", "does not make up for missed editions"),
    ],
)
async def test_what_becomes_of_missed_editions_is_said_unless_it_is_usual(
    house: House, given: str, shown: str
) -> None:
    assert "missed" not in await house.add_digest(catchup="latest")
    assert shown in await edited(house, catchup=given)
    assert shown in await listed(house)


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        ("1st mon", "1st mon at 09:00"),
        ("last FRI", "last fri at 09:00"),
        ("every 3 days", "every 3 days from 2026-01-01 at 09:00"),
    ],
)
async def test_days_can_be_counted_in_a_month_and_from_today(
    house: House, days: str, shown: str
) -> None:
    assert shown in await house.add_digest(days=days)


async def test_today_is_todays_date_in_the_zone_of_the_digest(house: House) -> None:
    text = await house.add_digest(days="every 3 days", timezone="America/New_York")
    assert "every 3 days from 2025-12-31" in text


async def test_an_edit_changes_what_is_given_and_nothing_else(house: House) -> None:
    role = fans(house, mentionable=True)
    await house.env.settle()
    await house.add_digest(topics="Nature", limit=3, mention=role, days="weekdays")
    text = await edited(house, at="08:00", timezone="Europe/Berlin")
    assert text == (
        f"Changed. **Morning** in {house.news.mention}: Nature, weekdays at 08:00 (Europe/Berlin),"
        f" up to 3 · pings {role.mention} · next <t:{NINE - 2 * 3600}:f>"
    )
    text = await edited(house, topics="all", limit=1, name="  Late_news ", days="daily")
    assert "**Late\\_news**" in text
    assert "all topics, daily at 08:00 (Europe/Berlin), up to 1" in text
    text = await edited(house, "late_news", ping="off")
    assert "pings" not in text
    assert await listed(house) == f"- {text.removeprefix('Changed. ')}"


async def test_an_edition_comes_at_the_new_time_and_not_at_the_old_one(house: House) -> None:
    await house.add_digest(limit=1)
    await edited(house, at="07:00")
    await house.wait(hours=7)
    assert all_titles(house.news) == [OTTERS]
    await house.wait(hours=3)
    assert len(all_titles(house.news)) == 1


async def test_a_digest_moves_and_asks_for_what_it_needs_there(house: House) -> None:
    role = fans(house, mentionable=True)
    library = await forum(house, "Nature")
    await house.add_digest(mention=role, limit=1)
    await house.wait(hours=9)
    text = await edited(house, channel=library)
    assert text.startswith(
        f"Changed. What it posted before stays. **Morning** in the forum {library.mention}"
    )
    assert "tags for Nature" in text
    await forbid(house, house.review, send_messages=False)
    text = await edited(house, channel=house.review)
    assert (
        text
        == f"I cannot work in {house.review.mention}; I lack there: Send Messages, Embed Links."
    )
    assert f"in the forum {library.mention}" in await listed(house)
    text = await edited(house, channel=house.news)
    assert "tags" not in text
    assert "forum" not in text
    await house.wait(hours=24)
    assert len(all_titles(house.news)) == 2


async def test_a_digest_that_moves_may_still_ping_or_must_not_move(house: House) -> None:
    role = fans(house)
    await house.env.settle()
    await forbid(house, house.news, mention_everyone=True)
    await forbid(house, house.review, mention_everyone=False)
    await house.add_digest(mention=role)
    assert f"I may not ping {role.mention}" in await edited(house, channel=house.review)
    text = await edited(house, channel=house.review, ping="off")
    assert text.startswith("Changed.")


async def test_a_role_that_is_gone_is_forgotten_where_the_digest_moves(house: House) -> None:
    role = fans(house, mentionable=True)
    await house.env.settle()
    await house.add_digest(mention=role)
    guild = house.bot.get_guild(house.guild.id)
    assert guild is not None
    await guild.roles[[one.id for one in guild.roles].index(role.id)].delete()
    await house.env.settle()
    assert "pings" not in await edited(house, channel=house.review)


async def test_between_announcement_channels_handing_on_stays_as_it_was_wished(
    house: House,
) -> None:
    press = house.guild.create_news_channel("press")
    more = house.guild.create_news_channel("more")
    await house.add_digest(channel=press, crosspost=False)
    assert "followers" not in await edited(house, channel=more)
    assert "followers" in await edited(house, channel=press, crosspost=True)
    assert "followers" in await edited(house, channel=more)
    assert "followers" not in await edited(house, channel=house.news)
    assert "followers" in await edited(house, channel=press)


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({}, "Say what should change: choose at least one option besides the digest."),
        ({"name": "Morning"}, "Say what should change"),
        ({"name": "MORNING"}, "Changed. **MORNING**"),
        ({"name": "other"}, "There is a digest “other” already; give this one another name."),
        ({"name": "\u200b "}, "That name has nothing in it that shows; write another one."),
        ({"name": "x" * 100}, "Changed. **" + "x" * 79 + "…**"),
        ({"at": "25:00"}, "“25:00” is not a time"),
        ({"days": "5th mon"}, "“5th”"),
        ({"timezone": "Mars"}, "“Mars” is not a time zone"),
        ({"topics": "Sport"}, "There is no topic “Sport”."),
    ],
)
async def test_what_cannot_be_is_answered_and_changes_nothing(
    house: House, options: dict[str, str], answer: str
) -> None:
    await house.add_digest(name="Other")
    await house.add_digest()
    before = await listed(house)
    assert (await edited(house, **options)).startswith(answer)
    assert (await listed(house) == before) is not answer.startswith("Changed")


async def test_a_ping_cannot_be_wished_and_ended_at_once(house: House) -> None:
    role = fans(house, mentionable=True)
    await house.env.settle()
    await house.add_digest()
    text = await edited(house, mention=role, ping="off")
    assert text == "Say which role to ping, or `ping: off`, but not both."


async def test_a_digest_whose_channel_is_gone_can_be_moved(house: House) -> None:
    role = fans(house, mentionable=True)
    attic = house.guild.create_text_channel("attic")
    await house.env.settle()
    await house.add_digest(channel=attic)
    channel: Any = house.bot.get_channel(attic.id)
    await channel.delete()
    await house.env.settle()
    assert await edited(house, mention=role) == (
        f"<#{attic.id}> is gone, or I cannot see it; name another place."
    )
    assert f"in <#{attic.id}>" in await listed(house)
    assert f"in {house.news.mention}" in await edited(house, channel=house.news, mention=role)


async def test_what_people_chose_of_tags_is_kept_where_topics_change(house: House) -> None:
    library = await forum(house, "Nature", "Culture", "Wildlife")
    await house.add_digest(channel=library, topics="Nature, Science")
    await tagged(house, topic="nature", tag="wildlife")
    await edited(house, topics="Nature, Culture")
    (digest,) = await house.bot.services.ledger.digests()
    assert dict(digest.tags) == {"Nature": library.id + 3, "Culture": library.id + 2}
    await edited(house, topics="Science")
    (digest,) = await house.bot.services.ledger.digests()
    assert digest.tags == ()


async def test_a_topic_gets_a_tag_and_loses_it(house: House) -> None:
    library = await forum(house, "Wild_life", "Nature")
    await house.add_digest(channel=library)
    assert await tagged(house, topic="natur", tag=" WILD_life ") == (
        f"From now on posts of **Morning** about Nature get the tag **Wild\\_life** in "
        f"{library.mention}."
    )
    assert await tagged(house, topic="Nature") == (
        f"From now on posts of **Morning** about Nature get no tag of their own in "
        f"{library.mention}."
    )
    (digest,) = await house.bot.services.ledger.digests()
    assert digest.tags == ()


async def test_what_is_wrong_about_a_tag_is_said(house: House) -> None:
    library = await forum(house, "Nature")
    need_tags(house, library)
    await house.add_digest(name="Plain")
    await house.add_digest(channel=library, topics="Nature")
    assert await tagged(house, "Plain", topic="Nature", tag="Nature") == (
        f"**Plain** posts in {house.news.mention}, which is no forum; only posts in forums have "
        "tags."
    )
    assert await tagged(house, topic="Nature", tag="*Sport*") == (
        rf"{library.mention} has no tag “\*Sport\*” that I may use. There are: Nature."
    )
    assert await tagged(house, topic="Culture", tag="Nature") == (
        "**Morning** posts nothing about Culture; it posts Nature."
    )
    assert "There is no topic “Sport”" in await tagged(house, topic="Sport", tag="Nature")
    assert "wants a tag on every post" in await tagged(house, topic="Nature")


async def test_options_complete_one_after_the_other(house: House) -> None:
    library = await forum(house, "Nature", "Natural history", "x" * 20)
    await house.add_digest(channel=library, topics="Nature, Culture")
    await house.add_digest(name="Even more")
    for command in ("edit", "tag"):
        assert await completed(house, command, "digest", "MOR") == ["Morning", "Even more"]
    assert await completed(house, "edit", "topics", "Nature, s") == ["Nature, Science"]
    assert "Europe/Berlin" in await completed(house, "edit", "timezone", "berl")
    assert await completed(house, "tag", "topic", "", digest="Morning") == ["Nature", "Culture"]
    assert len(await completed(house, "tag", "topic", "", digest="Even more")) == 3
    assert await completed(house, "tag", "tag", "nat", digest="Morning") == [
        "Nature",
        "Natural history",
    ]
    assert await completed(house, "tag", "tag", "", digest="Even more") == []
    assert await completed(house, "tag", "tag", "") == []
    channel: Any = house.bot.get_channel(library.id)
    await channel.delete()
    await house.env.settle()
    assert await completed(house, "tag", "tag", "", digest="Morning") == []


@pytest.mark.parametrize("command", ["edit", "tag"])
async def test_names_are_not_suggested_to_who_does_not_manage(house: House, command: str) -> None:
    await house.add_digest(channel=await forum(house, "Nature"))
    house.let_past_discord(house.mia, "digest")
    for option in ("digest", "topic", "tag") if command == "tag" else ("digest",):
        filled = {} if option == "digest" else {"digest": "Morning"}
        offered = await house.mia.autocomplete(
            house.news, f"digest {command}", option, "", **filled
        )
        assert offered == []


async def test_other_servers_digests_are_neither_changed_nor_named(house: House) -> None:
    await house.add_digest()
    guild = house.env.create_guild("Elsewhere", owner=house.ada.user)
    there = guild.create_text_channel("news")
    ada = guild.add_member(house.ada.user)
    await house.env.settle()
    before = await listed(house)
    for command, options in (("edit", {"limit": 1}), ("tag", {"topic": "Nature"})):
        result = await ada.slash(there, f"digest {command}", digest="Morning", **options)
        assert "no digest “Morning” here" in said(result)
        assert await ada.autocomplete(there, f"digest {command}", "digest", "") == []
    assert await listed(house) == before


async def test_a_channel_the_bot_cannot_see_is_told_apart(house: House) -> None:
    corner = await thread(house)
    channel: Any = house.bot.get_channel(house.news.id)
    guild: Any = channel.guild
    guild._channels.pop(house.news.id)  # noqa: SLF001 (Discord tells bots of all there are)
    lounge = house.review
    text = said(
        await house.ada.slash(lounge, "digest add", topics="all", at="9:00", channel=corner)
    )
    assert "I cannot see the channel that" in text


def test_the_offered_kinds_are_those_that_take_digests() -> None:
    kinds = {kind.name for kind in PlaceOption().channel_types}
    assert kinds == {
        "text",
        "news",
        "forum",
        "public_thread",
        "private_thread",
        "news_thread",
    }
    assert PlaceOption().type is discord.AppCommandOptionType.channel
