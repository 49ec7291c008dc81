"""What those who manage a server can do with digests, and what anybody else cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest

from tests.chat.house import (
    BAKERS,
    GLACIERS,
    MARKDOWN,
    OTTERS,
    QUANTUM,
    TELESCOPE,
    UMBRELLAS,
    ZEPPELINS,
    all_titles,
    answer,
    said,
    titles,
)
from tests.chat.premises import forbid

if TYPE_CHECKING:
    from tests.chat.house import House

NINE = 1767258000  # 2026-01-01 09:00 UTC
NAMING = ("preview", "now", "pause", "resume", "remove", "history")

DAYS_HINT = "write daily, weekdays, days like mon,wed,fri, 1st mon, last fri, or every 3 days"


async def listed(house: House) -> str:
    return said(await house.ada.slash(house.news, "digest list"))


async def asked(house: House, command: str, name: str = "Morning") -> str:
    return said(await house.ada.slash(house.news, f"digest {command}", digest=name))


async def completed(house: House, command: str, option: str, text: str) -> list[str]:
    choices = await house.ada.autocomplete(house.news, f"digest {command}", option, text)
    assert all(len(choice["name"]) <= 100 for choice in choices)
    return [choice["value"] for choice in choices]


async def test_what_is_not_said_is_what_the_operator_set(house: House) -> None:
    text = said(await house.ada.slash(house.news, "digest add", topics="all", at="09:00"))
    described = (
        f"**Everything** in {house.news.mention}: all topics, daily at 09:00 (UTC), up to 5 · "
        f"next <t:{NINE}:f>"
    )
    assert text == f"Added. {described}"
    assert await listed(house) == f"- {described}"


async def test_every_option_is_taken(house: House) -> None:
    text = await house.add_digest(
        topics="nature, SCIENCE, nature",
        at="18:30, 8:00",
        timezone="europe/berlin",
        days="wed,monday",
        limit=2,
        channel=house.review,
        name="  Wild_life  ",
    )
    assert text == (
        f"Added. **Wild\\_life** in {house.review.mention}: Nature, Science, mon,wed at "
        "08:00, 18:30 (Europe/Berlin), up to 2 · next <t:1767596400:f>"
    )


async def test_days_are_counted_from_today_where_the_digest_is(house: House) -> None:
    text = await house.add_digest(days="every 3 days", timezone="pacific/pago pago")
    assert "every 3 days from 2025-12-31 at 09:00 (Pacific/Pago_Pago)" in text


async def test_names_are_made_from_the_topics_and_made_different(house: House) -> None:
    given = {"topics": "Nature,Culture", "at": "09:00"}
    for name in ("Nature, Culture", "Nature, Culture 2", "Nature, Culture 3"):
        text = said(await house.ada.slash(house.news, "digest add", **given))
        assert f"**{name}**" in text


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"at": "25:00"}, "“25:00” is not a time; write hours and minutes like 09:00 or 18:30"),
        ({"at": "9am, *x*"}, "“9am” is not a time; write hours and minutes like 09:00 or 18:30"),
        ({"at": ","}, "write a time like 09:00, or several: 08:00, 18:30"),
        (
            {"days": "fun"},
            f"“fun” is not a day; {DAYS_HINT}",
        ),
        ({"days": ","}, DAYS_HINT),
        ({"timezone": "Mars"}, "“Mars” is not a time zone; write one like Europe/Berlin or UTC"),
        (
            {"topics": "Nature, *Sport*"},
            r"There is no topic “\*Sport\*”. There are: Science, Culture, Nature; or write all.",
        ),
        ({"topics": " , "}, "Name at least one topic, or write all."),
        (
            {"name": "MORNING"},
            "There is a digest “MORNING” already; give this one another name.",
        ),
    ],
)
async def test_what_is_wrong_is_answered_with_what_to_write(
    house: House, options: dict[str, str], advice: str
) -> None:
    await house.add_digest()
    told = await house.add_digest(**({"name": "Other"} | options))
    assert told.replace("\\:", ":") == advice  # which Discord shows as it was
    assert (await listed(house)).count("\n") == 0


async def test_an_overlong_wrong_answer_is_still_answered(house: House) -> None:
    text = await house.add_digest(at="x" * 6000)
    assert text.startswith("“xxx")
    assert len(text) <= 2000


async def test_a_channel_where_the_bot_lacks_permissions_is_refused_with_their_names(
    house: House,
) -> None:
    overwrite = discord.PermissionOverwrite(
        send_messages=False, embed_links=False, read_message_history=False
    )
    me = house.guild.me
    assert me is not None
    closed = house.guild.create_text_channel("closed", overwrites={me: overwrite})
    assert await house.add_digest(channel=closed) == (
        f"I cannot work in {closed.mention}; I lack there: Send Messages, Embed Links, "
        "Read Message History."
    )
    assert await listed(house) == "None yet. Add one with `/digest add`."


async def test_a_digest_needs_a_channel_that_is_read(house: House) -> None:
    lounge = house.guild.create_voice_channel("lounge")
    result = await house.ada.slash(lounge, "digest add", topics="all", at="09:00")
    assert said(result) == (
        "Digests go to text channels, announcement channels, forums and threads; name one with "
        "`channel:`."
    )
    result = await house.ada.slash(
        lounge, "digest add", topics="all", at="09:00", channel=house.news
    )
    assert "Added." in said(result)


@pytest.mark.parametrize("command", ["add", "list", *NAMING])
async def test_who_does_not_manage_the_server_is_refused_also_past_discords_own_check(
    house: House, command: str
) -> None:
    await house.add_digest()
    before = await listed(house)
    house.let_past_discord(house.mia, "digest")
    options = {"topics": "all", "at": "10:00"} if command == "add" else {}
    if command in NAMING:
        options = {"digest": "Morning"}
    result = await house.mia.slash(house.news, f"digest {command}", **options)
    assert said(result) == "You need the permission **Manage Server** for that."
    assert await listed(house) == before
    assert house.news.history(viewer=house.nora) == []


async def test_names_of_digests_are_not_suggested_to_who_does_not_manage(house: House) -> None:
    await house.add_digest()
    house.let_past_discord(house.mia, "digest")
    assert await house.mia.autocomplete(house.news, "digest pause", "digest", "") == []


async def test_topics_complete_one_after_the_other(house: House) -> None:
    assert await completed(house, "add", "topics", "") == ["all", "Science", "Culture", "Nature"]
    assert await completed(house, "add", "topics", "nat") == ["Nature"]
    assert await completed(house, "add", "topics", "Nature, ") == [
        "Nature, Science",
        "Nature, Culture",
    ]
    assert await completed(house, "add", "topics", "nature,sc") == ["nature, Science"]
    assert await completed(house, "add", "topics", "y" * 95 + ", sci") == []


async def test_zones_complete_whatever_the_case(house: House) -> None:
    assert "Europe/Berlin" in await completed(house, "add", "timezone", "berl")
    assert await completed(house, "add", "timezone", "new york") == ["America/New_York"]
    assert len(await completed(house, "add", "timezone", "")) == 25


@pytest.mark.parametrize("command", NAMING)
async def test_names_of_digests_complete(house: House, command: str) -> None:
    for name in ("Morning", "Good evening", "Even more"):
        await house.add_digest(name=name)
    assert await completed(house, command, "digest", "EVEN") == ["Even more", "Good evening"]


@pytest.mark.parametrize("command", NAMING)
async def test_an_unknown_digest_is_answered_with_those_there_are(
    house: House, command: str
) -> None:
    assert await asked(house, command, "*Evening*") == (
        r"There is no digest “\*Evening\*” here. "
        "There are: none yet; add one with /digest add."
    )
    await house.add_digest(name="*Morning*")
    assert r"There are: \*Morning\*." in await asked(house, command, "Evening")


async def test_digests_of_other_servers_are_theirs_alone(house: House) -> None:
    await house.add_digest()
    guild = house.env.create_guild("Elsewhere", owner=house.ada.user)
    there = guild.create_text_channel("news")
    ada = guild.add_member(house.ada.user)
    assert said(await ada.slash(there, "digest list")).startswith("None yet")
    assert "no digest" in said(await ada.slash(there, "digest pause", digest="Morning"))
    added = await ada.slash(there, "digest add", topics="all", at="09:00", name="Morning")
    assert "Added" in said(added)


async def test_a_preview_tells_choices_and_reasons_to_the_asker_and_changes_nothing(
    house: House,
) -> None:
    house.content.write(MARKDOWN, name="stars", quality=1)
    await house.read_content()
    await house.add_digest(limit=2)
    for _ in range(2):
        result = await house.ada.slash(house.news, "digest preview", digest="morning")
        text = said(result)
        assert text.startswith("**Morning** would hold 2 articles now:\n")
        assert f"- {OTTERS}: quality 90, 16 h old, first from Harbour Post\n" in text
        assert "Left out, 6 in all:\n" in text
        assert f"- {ZEPPELINS}: a draft; a moderator can propose it with /review draft" in text
        assert f"- {QUANTUM}: ranks 3; this digest takes 2" in text
        assert r"- \*Stars\* \[and\]" in text
        assert titles(answer(result)) == [OTTERS, GLACIERS]
        assert house.news.history(viewer=house.mia) == []
    assert said(await house.ada.slash(house.news, "digest history")) == "No edition yet."
    await house.wait(hours=9)
    assert all_titles(house.news)[-2:] == [OTTERS, GLACIERS]


async def test_markdown_in_a_reason_stays_text(house: House) -> None:
    for number in range(2):
        house.content.write(MARKDOWN, name=f"stars-{number}", topics=["Sky"])
    await house.read_content()
    await house.add_digest(topics="Sky")
    assert r"tells the story of “\*Stars\* \[and\]" in await asked(house, "preview")


async def test_a_preview_of_nothing_says_so(house: House) -> None:
    await house.add_digest(topics="Culture", limit=1)
    await asked(house, "now")
    await asked(house, "now")
    text = await asked(house, "preview")
    assert text.startswith("**Morning** would hold nothing now.\nLeft out, 2 in all:\n")
    assert "already posted here on 2026-01-01" in text


async def test_now_posts_at_once_to_the_digests_channel(house: House) -> None:
    await house.add_digest(channel=house.review, limit=2)
    assert await asked(house, "now") == f"Posted in {house.review.mention}."
    assert all_titles(house.review) == [OTTERS, GLACIERS]
    assert house.news.history(viewer=house.mia) == []


async def test_now_with_nothing_new_says_why(house: House) -> None:
    await house.add_digest(topics="Culture")
    await asked(house, "now")
    assert await asked(house, "now") == "No edition: nothing new: 2 already posted here."


async def test_now_does_not_claim_what_discord_refused(house: House) -> None:
    await house.add_digest()
    house.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, message="No")
    text = await asked(house, "now")
    assert text.startswith(f"Not posted in {house.news.mention}: No: a permission is missing")


async def test_now_does_not_claim_what_discord_has_not_confirmed(house: House) -> None:
    await house.add_digest()
    house.env.inject_error("POST", "/channels/*/messages", status=500)
    assert "On the way" in await asked(house, "now")
    await house.wait(seconds=90)
    assert len(house.news.history(viewer=house.mia)) == 1


async def test_now_makes_no_difference_to_the_next_edition_but_for_what_it_posted(
    house: House,
) -> None:
    await house.add_digest(limit=2)
    await asked(house, "now")
    await house.wait(hours=9)
    posted = [message for message in house.news.history() if message.embeds]
    assert [titles(message) for message in posted] == [[OTTERS, GLACIERS], [QUANTUM, UMBRELLAS]]


async def test_a_paused_digest_posts_nothing_and_makes_up_for_nothing(house: House) -> None:
    await house.add_digest(limit=2)
    assert await asked(house, "pause") == "Paused: **Morning**."
    assert await listed(house) == (
        f"- **Morning** in {house.news.mention}: all topics, daily at 09:00 (UTC), up to 2 · "
        f"paused by <@{house.ada.id}>"
    )
    await house.wait(hours=10)
    assert await asked(house, "now") == "Morning is paused; resume it with /digest resume first."
    assert await asked(house, "resume") == "Resumed: **Morning**."
    await house.wake()
    assert all_titles(house.news) == []
    assert f"next <t:{NINE + 86400}:f>" in await listed(house)
    await house.wait(hours=23)
    assert all_titles(house.news) == [OTTERS, GLACIERS]


async def refuse(house: House, times: int | None = 1) -> None:
    """Let the channel refuse the next edition of the digest."""
    house.env.inject_error(
        "POST",
        f"/channels/{house.news.id}/messages",
        status=403,
        code=50013,
        message="No",
        times=times,
    )


async def test_a_digest_whose_channel_refuses_says_why_and_what_to_do(house: House) -> None:
    await house.add_digest(limit=1)
    await house.add_digest(name="Other", channel=house.review, limit=1)
    await refuse(house)
    await house.wait(hours=9)
    first, second = (await listed(house)).split("\n")
    assert (
        " · **set aside** because Discord refused the message: No: a permission is missing" in first
    )
    assert first.endswith(
        "; it goes on by itself once I am allowed there again, or with `/digest resume`"
    )
    assert "set aside" not in second
    assert (await asked(house, "now")).startswith("Morning is set aside because Discord refused")
    assert all_titles(house.news) == []


async def test_what_was_set_aside_goes_on_where_it_left_off(house: House) -> None:
    await house.add_digest(limit=1)
    await refuse(house)
    await house.wait(hours=9)
    assert await asked(house, "resume") == "Resumed: **Morning**."
    assert all_titles(house.news) == [OTTERS]
    assert "set aside" not in await listed(house)


async def test_a_channel_that_still_refuses_is_set_aside_again(house: House) -> None:
    await house.add_digest(limit=1)
    await refuse(house, times=2)
    await house.wait(hours=9)
    text = await asked(house, "resume")
    assert text.startswith("**Morning** was set aside again because Discord refused the message")
    assert await asked(house, "resume") == "Resumed: **Morning**."
    assert all_titles(house.news) == [OTTERS]


async def test_what_is_lacking_is_said_before_it_is_tried_again(house: House) -> None:
    await house.add_digest(limit=1)
    await forbid(house, house.news, send_messages=False)
    await house.wait(hours=9)
    assert await asked(house, "resume") == (
        f"I cannot work in {house.news.mention}; I lack there: Send Messages, Embed Links."
    )
    assert "set aside" in await listed(house)


async def test_a_digest_of_a_channel_that_is_gone_is_tried_all_the_same(house: House) -> None:
    attic = house.guild.create_text_channel("attic")
    await house.add_digest(limit=1, channel=attic)
    channel: Any = house.bot.get_channel(attic.id)
    await channel.delete()
    await house.env.settle()
    await house.wait(hours=9)
    assert "was set aside again" in await asked(house, "resume")


async def test_a_digest_set_aside_that_moves_goes_on(house: House) -> None:
    await house.add_digest(limit=1)
    await refuse(house)
    await house.wait(hours=9)
    options = {"digest": "Morning", "channel": house.review}
    text = said(await house.ada.slash(house.news, "digest edit", **options))
    assert "set aside" not in text
    assert " · next <t:" in text


async def test_moderators_whose_channel_refuses_set_all_digests_aside(house: House) -> None:
    await house.set_review_up()
    house.env.inject_error(
        "POST", f"/channels/{house.review.id}/messages", status=403, code=50013, message="No"
    )
    await house.add_digest(limit=1)
    text = await listed(house)
    assert "**set aside** because Discord refused the review card" in text
    assert f" in {house.review.mention}; it goes on" in text


async def test_a_digest_that_was_set_aside_and_paused_goes_on_when_it_is_resumed(
    house: House,
) -> None:
    await house.add_digest(limit=1)
    await refuse(house)
    await house.wait(hours=9)
    await asked(house, "pause")
    assert f"paused by <@{house.ada.id}>" in await listed(house)
    assert await asked(house, "resume") == "Resumed: **Morning**."
    assert all_titles(house.news) == [OTTERS]


async def test_a_removed_digest_posts_no_more_and_frees_its_name(house: House) -> None:
    await house.add_digest(limit=1)
    await asked(house, "now")
    assert await asked(house, "remove") == "Removed: **Morning**."
    await house.wait(hours=10)
    assert all_titles(house.news) == [OTTERS]
    assert (await listed(house)).startswith("None yet")
    assert "Added" in await house.add_digest()


async def test_removing_a_digest_withdraws_its_proposals(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    await asked(house, "remove")
    (card,) = house.review.history(viewer=house.nora)
    assert card.content.startswith("### Withdrawn from **Morning**")
    await house.nora.react(card, "✅")
    await house.wait(hours=10)
    assert all_titles(house.news) == []


async def test_a_list_too_long_for_a_message_is_cut(house: House) -> None:
    for number in range(12):
        await house.add_digest(name=f"{number} " + "x" * 70)
    *lines, last = (await listed(house)).split("\n")
    assert last == f"- and {12 - len(lines)} more"
    assert all(line.endswith(f"next <t:{NINE}:f>") for line in lines)


async def test_history_tells_what_was_posted_and_why_nothing_was(house: House) -> None:
    await house.add_digest(topics="Culture")
    await house.add_digest(name="Other", topics="Nature", at="10:00", limit=1)
    await house.wait(hours=9)
    await house.wait(hours=1)
    await house.wait(hours=23)
    lines = said(await house.ada.slash(house.news, "digest history")).split("\n")
    first, second = (m for m in house.news.history(viewer=house.mia) if m.embeds)
    here, place = (
        house.news.mention,
        f"https://discord.com/channels/{house.guild.id}/{house.news.id}",
    )
    assert lines == [
        f"- <t:{NINE + 86400}:f> **Morning**: nothing new: 2 already posted here",
        (
            f"- <t:{NINE + 3600}:f> **Other**: [1 article posted]({place}/{second.id}) in {here}"
            " · left out: 1 below the limit"
        ),
        f"- <t:{NINE}:f> **Morning**: [2 articles posted]({place}/{first.id}) in {here}",
    ]
    assert titles(first) == [UMBRELLAS, BAKERS]
    only = said(await house.ada.slash(house.news, "digest history", digest="other"))
    assert only == lines[1]


async def test_history_tells_what_waits_and_what_was_refused_or_rejected(house: House) -> None:
    await house.add_digest(topics="Science", limit=1)
    house.env.inject_error("POST", "/channels/*/messages", status=403, code=50001, message="No")
    await house.wait(hours=9)
    assert (
        f"**Morning**: 1 article for {house.news.mention} · 1 message held back until I am allowed "
        "there again · No: the bot cannot see the channel" in await asked(house, "history")
    )
    await asked(house, "resume")
    await house.set_review_up()
    await house.wait(hours=12)
    assert "1 waiting for moderators" in await asked(house, "history")
    await house.nora.react(house.review.history(viewer=house.nora)[-1], "❌")
    assert "1 rejected" in await asked(house, "history")
    await house.wait(hours=13)
    assert TELESCOPE not in all_titles(house.news)


async def test_history_tells_what_is_on_the_way(house: House) -> None:
    await house.add_digest(limit=1)
    house.env.inject_error("POST", "/channels/*/messages", status=500)
    await house.wait(hours=9)
    assert f"1 article on the way to {house.news.mention}" in await asked(house, "history")
