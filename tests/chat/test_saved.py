"""Saved searches in a server: the button, /searches, and the direct messages that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.adapters.chat.asked import packed
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.saved import SearchPicker, TellMeButton
from bot.core.saved import MOST_SAVED
from tests.chat.house import GLACIERS, OTTERS, QUANTUM, all_titles, answer, said, titles

if TYPE_CHECKING:
    import simcord

    from tests.chat.house import House

CLOSED = "Cannot send messages to this user"


async def button(house: House, text: str) -> discord.Message:
    """Post a message with the button of a search, as an answer would carry it."""
    short = await packed(text, house.bot.services.ledger, now=house.clock())
    view = discord.ui.View(timeout=None)
    view.add_item(TellMeButton(short))
    channel: Any = house.bot.get_channel(house.news.id)
    await channel.send("Nothing found.", view=view, allowed_mentions=NOBODY)
    await house.env.settle()
    return house.news.history()[-1]


async def press(house: House, text: str, who: simcord.MemberActor | None = None) -> str:
    """Press the button of a search and return the answer."""
    return said(await (who or house.mia).click(await button(house, text)))


async def searches(house: House, who: simcord.MemberActor | None = None) -> simcord.ResponseMessage:
    return answer(await (who or house.mia).slash(house.news, "searches"))


def told(house: House, who: simcord.MemberActor | None = None) -> list[discord.Message]:
    """Return the direct messages that somebody got."""
    return (who or house.mia).user.dm_channel.history()


def shut(house: House, times: int | None = 1) -> None:
    """Let Mia's inbox be closed."""
    house.env.inject_error(
        "POST",
        f"/channels/{house.mia.user.dm_channel.id}/messages",
        status=403,
        code=50007,
        message=CLOSED,
        times=times,
    )


def kinds(message: simcord.ResponseMessage) -> list[str]:
    return [item["custom_id"] for row in message.components for item in row["components"]]


async def test_the_button_saves_a_search_for_whoever_presses(house: House) -> None:
    assert await press(house, "otters") == (
        "You'll get a direct message when something for `otters` is posted in this server. "
        "`/searches` lists and ends what you wait for."
    )
    assert (await press(house, " OTTERS ")).startswith("You wait for that already: you'll get")
    assert (await press(house, "otters", house.nora)).startswith("You'll get")
    assert "- `otters`" in (await searches(house)).content
    assert "otters" not in (await searches(house, house.otto)).content


async def test_who_waits_is_told_with_the_card_and_the_way_to_the_post(house: House) -> None:
    await press(house, "otters")
    await press(house, "zebras", house.nora)
    await house.add_digest(limit=2)
    await house.wait(hours=9)
    assert all_titles(house.news)[-2:] == [OTTERS, GLACIERS]
    (message,) = told(house)
    assert titles(message) == [OTTERS]
    post = house.news.history()[-1]
    assert message.embeds[0].to_dict() == post.embeds[0].to_dict()
    assert "Your search `otters` finds an article" in message.content
    assert f"https://discord.com/channels/{house.guild.id}/{house.news.id}/{post.id}" in (
        message.content
    )
    assert "/searches" in message.content
    assert told(house, house.nora) == []
    await house.wait(hours=24)
    assert len(told(house)) == 1


async def test_nobody_is_told_of_what_only_comes_near(house: House) -> None:
    for text in ("otte", "otterz", "rivets", "harbour post"):
        await press(house, text)
    await house.add_digest(limit=1)
    await house.wait(hours=9)
    assert all_titles(house.news) == [OTTERS]
    (message,) = told(house)
    assert "`harbour post`" in message.content


async def test_a_restart_in_between_changes_nothing(house: House) -> None:
    message = await button(house, "glaciers " + "hum " * 40)
    await house.restart()
    await house.mia.click(message)
    await house.restart()
    assert "glaciers hum hum" in (await searches(house)).content
    await house.add_digest(limit=2)
    await house.wait(hours=9)
    await house.restart()
    assert [titles(each) for each in told(house)] == [[GLACIERS]]


async def test_a_topic_in_the_search_counts(house: House) -> None:
    await press(house, 'topic:"Science"')
    await house.add_digest(limit=3)
    await house.wait(hours=9)
    assert [titles(each) for each in told(house)] == [[GLACIERS], [QUANTUM]]


async def test_what_goes_wrong_is_said_to_who_presses(house: House) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    await press(house, "otters")
    shut(house)
    await house.add_digest(limit=1)
    await house.wait(hours=9)
    shown, tell = await searches(house), await button(house, "zebras")
    ledger: Any = house.bot.services.ledger
    ledger.save_search = ledger.remove_search = ledger.resume_searches = fail
    for pressed in (
        await house.mia.click(tell),
        await house.mia.click(shown, label="Resume"),
        await house.mia.select(
            shown, [shown.components[0]["components"][0]["options"][0]["value"]]
        ),
    ):
        assert said(pressed).startswith("Something went wrong here; it is logged.")


async def test_a_search_for_nothing_is_not_saved(house: House) -> None:
    assert "asks for nothing" in await press(house, "?!")
    assert "You wait for nothing" in (await searches(house)).content


async def test_a_search_that_is_no_longer_kept_is_too_old(house: House) -> None:
    message = await button(house, "otters " * 40)
    await house.env.advance_time(91 * 86400)
    await button(house, "another " * 40)
    assert said(await house.mia.click(message)) == (
        "That search is too old to be known; please search again."
    )


async def test_there_are_only_so_many_to_save_and_all_are_listed_even_paused(house: House) -> None:
    for number in range(MOST_SAVED):
        await press(house, "otters " * (10 + number))
    assert f"You wait for {MOST_SAVED} searches" in await press(house, "one more")
    shut(house)
    await house.add_digest(limit=1)
    await house.wait(hours=9)
    assert len(house.requests("POST", f"/{house.mia.user.dm_channel.id}/messages")) == 1
    listed = await searches(house)
    assert listed.content.count("` · **paused**\n") == MOST_SAVED
    (menu, _) = [item for row in listed.components for item in row["components"]]
    assert len(menu["options"]) == MOST_SAVED


async def test_a_search_is_ended_by_choosing_it(house: House) -> None:
    await press(house, "otters")
    await press(house, "glaciers")
    listed = await house.mia.slash(house.news, "searches")
    (first, _) = await house.bot.services.ledger.saved_searches(
        guild_id=house.guild.id, user_id=house.mia.id
    )
    await house.restart()
    await house.mia.select(answer(listed), [str(first.id)])
    left = (await searches(house)).content
    assert "otters" not in left
    assert "glaciers" in left
    await house.add_digest(limit=2)
    await house.wait(hours=9)
    assert [titles(each) for each in told(house)] == [[GLACIERS]]


async def test_a_search_that_was_ended_already_is_ended_no_more(house: House) -> None:
    await press(house, "otters")
    await press(house, "glaciers")
    lists = [await house.mia.slash(house.news, "searches") for _ in range(2)]
    (first, _) = await house.bot.services.ledger.saved_searches(
        guild_id=house.guild.id, user_id=house.mia.id
    )
    await house.mia.select(answer(lists[0]), [str(first.id)])
    refused = await house.mia.select(answer(lists[1]), [str(first.id)])
    assert said(refused) == (
        "That is no search of yours any more; `/searches` lists those you have."
    )
    assert "glaciers" in (await searches(house)).content


async def test_nobody_ends_the_search_of_another(house: House) -> None:
    await press(house, "otters")
    (mine,) = await house.bot.services.ledger.saved_searches(
        guild_id=house.guild.id, user_id=house.mia.id
    )
    view = discord.ui.View(timeout=None)
    view.add_item(SearchPicker([mine]))
    channel: Any = house.bot.get_channel(house.news.id)
    await channel.send("Mine", view=view, allowed_mentions=NOBODY)
    await house.env.settle()
    refused = await house.nora.select(house.news.history()[-1], [str(mine.id)])
    assert "no search of yours" in said(refused)
    assert "otters" in (await searches(house)).content


async def test_a_closed_inbox_pauses_and_resume_goes_on(house: House) -> None:
    await press(house, "otters")
    await press(house, "glaciers")
    await press(house, "quantum")
    await house.add_digest(limit=1)
    shut(house)
    await house.wait(hours=9)
    assert told(house) == []
    listed = await house.mia.slash(house.news, "searches")
    message = answer(listed)
    assert message.content.count("**paused**") == 3
    assert "press Resume" in message.content
    assert "0 refused" in said(await house.mia.slash(house.news, "status"))
    assert all_titles(house.news)[-1] == OTTERS
    await house.wait(hours=24)
    assert all_titles(house.news)[-1] == GLACIERS
    assert told(house) == []
    await house.restart()
    await house.mia.click(answer(listed), custom_id="searches:resume")
    again = await searches(house)
    assert "paused" not in again.content
    assert kinds(again) == ["searches:end"]
    await house.wait(hours=24)
    assert [titles(each) for each in told(house)] == [[QUANTUM]]


async def test_who_may_not_see_the_channel_is_told_nothing_of_it(house: House) -> None:
    staff = house.guild.create_text_channel("staff")
    await press(house, "otters")
    await press(house, "otters", house.nora)
    channel: Any = house.bot.get_channel(staff.id)
    for role in (*channel.guild.roles[1:], channel.guild.me.top_role):
        await channel.set_permissions(role, view_channel=True)
    await channel.set_permissions(channel.guild.default_role, view_channel=False)
    await house.env.settle()
    await house.add_digest(limit=1, channel=staff)
    await house.wait(hours=9)
    assert all_titles(staff) == [OTTERS]
    assert told(house) == []
    assert [titles(each) for each in told(house, house.nora)] == [[OTTERS]]
    await house.add_digest(limit=1, name="Public")
    await house.wait(hours=24)
    assert [titles(each) for each in told(house)] == [[OTTERS]]
    assert len(told(house, house.nora)) == 1


async def test_who_left_is_told_nothing(house: House) -> None:
    await press(house, "otters")
    guild = house.bot.get_guild(house.guild.id)
    assert guild is not None
    await guild.kick(discord.Object(house.mia.id))
    await house.env.settle()
    await house.add_digest(limit=1)
    await house.wait(hours=9)
    assert house.requests("POST", "/users/@me/channels") == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/guilds/*/members/*"), ("POST", "/users/@me/channels")],
)
async def test_what_cannot_even_be_asked_now_is_tried_later(
    house: House, method: str, path: str
) -> None:
    await press(house, "otters")
    await house.add_digest(limit=1)
    house.env.inject_error(method, path, status=503)
    await house.wait(hours=9)
    assert told(house) == []
    counts = await house.bot.services.ledger.outbox_counts()
    assert (counts["pending"], counts["sending"]) == (1, 0)  # there is no doubt to settle
    await house.wait(seconds=60)
    assert [titles(each) for each in told(house)] == [[OTTERS]]


async def test_a_doubt_is_settled_in_the_inbox(house: House) -> None:
    await press(house, "otters")
    await press(house, "glaciers")
    await house.add_digest(limit=2)
    inbox = house.mia.user.dm_channel
    house.env.inject_error("POST", f"/channels/{inbox.id}/messages", status=500, times=2)
    await house.wait(hours=9)
    assert told(house) == []
    body = next(body for body in house.requests("POST", f"/{inbox.id}/messages"))
    channel: Any = await house.bot.create_dm(discord.Object(house.mia.id))
    await channel.send(
        body["content"],
        embeds=[discord.Embed.from_dict(embed) for embed in body["embeds"]],
        allowed_mentions=NOBODY,
    )
    await house.env.settle()
    await house.wait(seconds=120)
    await house.wait(seconds=120)
    assert sorted(titles(each) for each in told(house)) == [[GLACIERS], [OTTERS]]


async def test_a_person_whom_discord_refuses_otherwise_keeps_the_searches(house: House) -> None:
    await press(house, "otters")
    await press(house, "glaciers")
    await house.add_digest(limit=1)
    house.env.inject_error(
        "POST", f"/channels/{house.mia.user.dm_channel.id}/messages", status=403, code=20026
    )
    await house.wait(hours=9)
    assert told(house) == []
    assert "paused" not in (await searches(house)).content
    await house.wait(hours=24)
    assert [titles(each) for each in told(house)] == [[GLACIERS]]


async def test_the_command_is_for_servers_only_and_help_names_it(house: House) -> None:
    (command,) = [each for each in house.commands() if each["name"] == "searches"]
    assert command["contexts"] == [0] or command["dm_permission"] is False
    assert "`/searches`" in said(await house.mia.slash(house.news, "help"))


async def test_outside_of_a_server_there_is_nothing_to_wait_for(house: House) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(TellMeButton("=otters"))
    inbox = await house.bot.create_dm(discord.Object(house.mia.id))
    await inbox.send("Nothing found.", view=view, allowed_mentions=NOBODY)
    await house.env.settle()
    result = await house.mia.user.click(told(house)[-1])
    assert said(result) == "That works in a server only."


async def test_what_goes_wrong_is_logged_and_the_next_wake_tries_again(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await press(house, "otters")
    await house.add_digest(limit=1)
    alerter = house.bot.services.alerter
    with monkeypatch.context() as patch:

        async def broken() -> None:
            raise RuntimeError("the inner part")

        patch.setattr(alerter, "look", broken)
        await house.env.advance_time(9 * 3600)
        await house.bot.wake()
        with pytest.raises(RuntimeError, match="the inner part"):
            await house.bot.told()
    assert "telling failed" in caplog.text
    assert all_titles(house.news)[-1] == OTTERS
    await house.wait()
    assert [titles(each) for each in told(house)] == [[OTTERS]]
