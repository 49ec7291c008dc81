"""How a server reviews: /review setup, show and off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
from simcord.backend.serializers import user_payload

from bot.adapters.chat.commands.missing import missing
from bot.core.review import Ballot, ReviewSettings, Undecided, Veto
from tests.chat.house import said
from tests.chat.premises import forbid

if TYPE_CHECKING:
    from tests.chat.house import House

SEEN = (
    "everybody in the server can see it, and so what is proposed; "
    "take View Channel from \\@everyone there if they should not"
)
PIXEL = b"\x89PNG\r\n\x1a\n"


async def show(house: House) -> str:
    return said(await house.nora.slash(house.review, "review show"))


async def held(house: House) -> ReviewSettings:
    settings = await house.bot.services.ledger.review_settings(house.guild.id)
    assert settings is not None
    return settings


def voting_with(approve: str) -> Ballot:
    return Ballot(approve=approve, reject="❌")


async def lacking(
    house: House,
    *,
    ballot: Ballot | None = None,
    **changes: Any,  # noqa: ANN401 (any setting)
) -> list[str]:
    """Return what is missing, where the server is set up so."""
    guild = house.bot.get_guild(house.guild.id)
    assert guild is not None
    settings = replace(await held(house), **changes)
    lines = await missing(house.bot, guild, settings, ballot or voting_with("✅"))
    return [line.removeprefix("- ⚠️ ") for line in lines if SEEN not in line]


def know_everybody(house: House) -> None:
    """Let the bot know all members, as it does in small servers."""
    guild: Any = house.bot.get_guild(house.guild.id)
    people = {house.ada: "Managers", house.nora: "Moderators", house.otto: "Moderators"}
    for actor in (house.ada, house.nora, house.otto, house.mia):
        role = discord.utils.get(guild.roles, name=people.get(actor))
        data: Any = {
            "user": dict(user_payload(house.env.backend.get_user(actor.id))),
            "roles": [str(role.id)] if role else [],
            "joined_at": None,
            "flags": 0,
            "deaf": False,
            "mute": False,
        }
        guild._add_member(  # noqa: SLF001 (simcord sends none to bots without the intent)
            discord.Member(data=data, guild=guild, state=guild._state)  # noqa: SLF001 (likewise)
        )
    guild._member_count = len(guild.members)  # noqa: SLF001 (likewise)


async def test_setup_says_the_whole_policy_and_what_is_missing(house: House) -> None:
    await forbid(house, house.review, manage_messages=False)
    assert (await house.set_review_up(approvals=2)).split("\n") == [
        "### From now on",
        f"- Articles are proposed in {house.review.mention}, 12 hours before their edition.",
        (f"- 2 ✅ of different people approve. Only votes of {house.moderators.mention} count."),
        "- One ❌ rejects, whatever others say.",
        (
            "- One 🕒 leaves an article to the next edition, one 🔁 takes another telling of its "
            "story, and ✏️ lets you word it anew."
        ),
        "- Whoever proposed a draft cannot approve it; somebody else has to.",
        "- Buttons below a card do the same as the reactions.",
        (
            "- Where an edition is due and not all of it is decided, what is approved is posted, "
            "and what is approved later is added."
        ),
        "- I remind you there, once, of what has waited 6 hours.",
        "- What nobody decides within 48 hours is left to the next edition.",
        "- For 30 minutes a decision can be undone: `/review undo`.",
        "**What is missing, or could be better:**",
        (
            f"- {house.review.mention} (review): Manage Messages is missing, so reactions of "
            "people who have no say stay below the cards"
        ),
        f"- {house.review.mention} (review): {SEEN}",
    ]


async def test_where_nothing_is_missing_nothing_is_said_of_it(house: House) -> None:
    me = house.guild.me
    assert me is not None
    some = discord.PermissionOverwrite(view_channel=True)
    hidden = house.guild.create_text_channel(
        "hidden",
        overwrites={
            house.guild.default_role: discord.PermissionOverwrite(view_channel=False),
            me: some,
            house.ada: some,
        },
    )
    assert "missing" not in await house.set_review_up(channel=hidden)


async def test_every_option_is_kept_and_what_is_not_said_stays(house: House) -> None:
    everything = {
        "approvals": 3,
        "veto": "majority",
        "undecided": "wait",
        "remind": 1,
        "expire": 24,
        "own_drafts": True,
        "buttons": False,
    }
    await house.set_review_up(**everything)
    expected = ReviewSettings(
        guild_id=house.guild.id,
        channel_id=house.review.id,
        role_id=house.moderators.id,
        approvals=3,
        veto=Veto.MAJORITY,
        own_drafts=True,
        buttons=False,
        undecided=Undecided.WAIT,
        remind_after=timedelta(hours=1),
        expire_after=timedelta(hours=24),
    )
    assert await held(house) == expected
    await house.ada.slash(house.news, "review setup")
    assert await held(house) == expected
    await house.ada.slash(house.news, "review setup", remind=0, expire=0, own_drafts=False)
    assert await held(house) == replace(
        expected, remind_after=None, expire_after=None, own_drafts=False
    )


async def test_a_role_can_give_way_to_the_permission_again(house: House) -> None:
    await house.set_review_up()
    text = said(await house.ada.slash(house.news, "review setup", by="permission"))
    assert "Only votes of whoever may manage messages there, or the server, count." in text
    assert (await held(house)).role_id is None
    both = await house.ada.slash(house.news, "review setup", by="permission", role=house.moderators)
    assert said(both) == "Name a role, or say `by:permission`; both at once cannot be."


async def test_the_first_time_a_channel_is_needed(house: House) -> None:
    text = said(await house.ada.slash(house.news, "review setup", approvals=2))
    assert text == "Name a channel in which articles are to be proposed."
    assert await house.bot.services.ledger.review_settings(house.guild.id) is None


async def test_setup_is_refused_where_the_bot_may_not_react(house: House) -> None:
    me = house.guild.me
    assert me is not None
    overwrite = discord.PermissionOverwrite(add_reactions=False)
    closed = house.guild.create_text_channel("closed", overwrites={me: overwrite})
    assert await house.set_review_up(channel=closed) == (
        f"I cannot work in {closed.mention}; I lack there: Add Reactions."
    )
    assert "Review was not on" in said(await house.ada.slash(house.news, "review off"))


async def test_everybody_is_no_role_to_decide(house: House) -> None:
    everybody = house.guild.default_role
    assert (await house.set_review_up(role=everybody)).startswith("Everybody has that role")


async def test_show_tells_moderators_and_says_where_review_is_off(house: House) -> None:
    assert said(await house.ada.slash(house.news, "review show")) == (
        "Review is off: articles are posted without it. Switch it on with `/review setup`."
    )
    set_up = await house.set_review_up(approvals=2)
    assert (await show(house)).split("\n")[1:] == set_up.split("\n")[1:]
    assert (await show(house)).startswith("### How this server reviews\n")


async def test_rights_that_were_taken_away_are_told(house: House) -> None:
    await house.set_review_up()
    await forbid(house, house.review, add_reactions=False)
    (line,) = await lacking(house)
    assert line == (
        f"{house.review.mention} (review): Add Reactions is missing, so the signs to vote with "
        "are not below the cards"
    )
    house.env.backend.delete_channel(house.review.id)
    await house.env.settle()
    (line,) = await lacking(house)
    assert "was deleted, or I may not see it" in line


async def test_a_role_that_is_gone_is_told(house: House) -> None:
    await house.set_review_up()
    (line,) = await lacking(house, role_id=1)
    assert "the role that decides was deleted" in line


async def test_too_few_people_are_told_where_they_are_known(house: House) -> None:
    await house.set_review_up()
    empty = house.guild.create_role("Empty")
    await house.env.settle()
    assert await lacking(house, approvals=20, role_id=empty.id) == []
    know_everybody(house)
    assert await lacking(house, approvals=2) == []
    assert await lacking(house, approvals=3) == [
        "3 approvals needed, and 2 may decide: nothing can be approved."
    ]
    assert await lacking(house, approvals=2, role_id=None) == [
        "2 approvals needed, and 1 may decide: nothing can be approved."
    ]
    assert await lacking(house, role_id=empty.id) == [
        f"Nobody has the role {empty.mention} yet, so nothing can be approved."
    ]


async def test_times_that_make_no_sense_together_are_told(house: House) -> None:
    await house.set_review_up()
    hours = timedelta(hours=5)
    assert await lacking(house, remind_after=hours, expire_after=hours) == [
        "A card expires after 5 hours, before anybody is reminded of it."
    ]
    assert await lacking(house, undecided=Undecided.WAIT, expire_after=None) == [
        "An edition waits for ever where somebody does not decide."
    ]


async def test_an_emoji_of_another_server_is_told(house: House) -> None:
    await house.set_review_up()
    ballot = voting_with("<:yes:123456789012345678>")
    assert await lacking(house, ballot=ballot) == [
        "The emoji yes is of another server; it works only while I am there."
    ]
    await forbid(house, house.review, use_external_emojis=False)
    assert "Use External Emoji is missing" in (await lacking(house, ballot=ballot))[0]


async def test_an_emoji_of_this_server_is_told_where_the_bot_may_not_use_it(house: House) -> None:
    await house.set_review_up()
    made = house.env.backend.create_emoji(house.guild.id, "yes", house.ada.id)
    ballot = voting_with(f"<:yes:{made.id}>")
    assert await lacking(house, ballot=ballot) == []
    made.role_ids = [house.moderators.id]
    assert await lacking(house, ballot=ballot) == ["The emoji yes is not one that I may use."]


async def test_an_emoji_of_the_bot_itself_works_everywhere(house: House) -> None:
    await house.set_review_up()
    own = await house.bot.create_application_emoji(name="yes", image=PIXEL)
    assert await lacking(house, ballot=voting_with(str(own))) == []


async def test_where_discord_does_not_say_nothing_is_guessed(house: House) -> None:
    await house.set_review_up()
    house.env.inject_error("GET", "/guilds/*/emojis", status=403)
    assert await lacking(house, ballot=voting_with("<:yes:123456789012345678>")) == []
