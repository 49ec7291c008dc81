"""Reactions on cards: which are heard, what each comes to, and whose are taken away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.adapters.chat.posts import DiscordChat
from bot.books import LedgerTrouble
from bot.core.review import ReviewState, Unread
from tests.chat.desk import (
    AGAIN,
    card,
    cards,
    inbox,
    news,
    notes,
    now_of,
    propose,
    propose_a_told_story,
    restart_with,
    signs,
    take_role,
    waiting,
)
from tests.chat.house import GLACIERS, OTTERS, ZEPPELINS, said
from tests.chat.premises import forbid

if TYPE_CHECKING:
    from tests.chat.house import House


@pytest.mark.parametrize(
    ("sign", "heading", "posted"),
    [
        ("✅", "### ✅ Approved for **Morning**", [OTTERS]),
        ("❌", "### ❌ Rejected for **Morning**", []),
        ("🕒", "### 🕒 Held for the next edition of **Morning**", []),
    ],
)
async def test_each_sign_that_decides(
    house: House, sign: str, heading: str, posted: list[str]
) -> None:
    shown = await propose(house)
    await house.nora.react(shown, sign)
    assert now_of(house, shown).content.startswith(f"{heading}\nby {house.nora.mention}")
    assert len(now_of(house, shown).embeds) == 1
    await house.wait(hours=9)
    assert news(house) == posted


async def test_what_was_held_comes_first_in_the_next_edition_and_is_asked_anew(
    house: House,
) -> None:
    await house.nora.react(await propose(house), "🕒")
    await house.wait(hours=22)
    assert [one.embeds[0].title for one in cards(house)] == [OTTERS, OTTERS]
    again = card(house)
    assert again.content.startswith("### Proposed for **Morning**")
    await house.nora.react(again, "✅")
    await house.wait(hours=11)
    assert news(house) == [OTTERS]


async def test_another_telling_takes_its_place_and_votes_begin_anew(house: House) -> None:
    shown = await propose_a_told_story(house, approvals=2)
    (also, first) = notes(shown)[-2:]
    assert also == "**Also told by** (🔁 takes the first)"
    assert AGAIN in first
    assert list(signs(shown)) == ["✅", "❌", "🕒", "✏️", "🔁"]
    await house.otto.react(shown, "✅")
    await house.nora.react(shown, "🔁")
    assert now_of(house, shown).content.startswith("### 🔁 Another telling was taken for")
    other = card(house, AGAIN)
    assert other.content.startswith("### Proposed for **Morning**")
    assert signs(other)["✅"] == 1
    await house.nora.react(other, "✅")
    assert "Proposed" in card(house, AGAIN).content
    await house.otto.react(other, "✅")
    await house.wait(hours=9)
    assert news(house) == [AGAIN]


async def test_without_another_telling_its_sign_means_nothing(house: House) -> None:
    shown = await propose(house)
    assert "🔁" not in signs(shown)
    await house.nora.react(shown, "🔁")
    assert "Proposed" in card(house).content
    await house.mia.react(shown, "🔁")
    assert signs(card(house))["🔁"] == 2
    assert inbox(house.mia) == []


async def test_a_wish_for_other_words_lets_the_card_offer_them_once(house: House) -> None:
    shown = await propose(house, buttons=False)
    assert shown.components == []
    await house.nora.react(shown, "✏️")
    (row,) = card(house).components
    buttons: Any = row
    assert [item.label for item in buttons.children] == ["Reword"]
    await house.otto.react(shown, "✏️")
    assert len(house.requests("PATCH", f"/messages/{shown.id}")) == 1
    assert "Proposed" in card(house).content
    await house.nora.react(shown, "✅")
    assert card(house).content.startswith("### ✅ Approved")


async def test_a_draft_cannot_be_held_nor_replaced(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    await house.nora.slash(house.review, "review draft", article=ZEPPELINS)
    assert list(signs(card(house, ZEPPELINS))) == ["✅", "❌", "✏️"]
    await house.otto.react(card(house, ZEPPELINS), "🕒")
    assert "Proposed" in card(house, ZEPPELINS).content


@pytest.mark.parametrize("quorum", [1, 2, 3])
async def test_so_many_have_to_approve(house: House, quorum: int) -> None:
    third = house.guild.add_member(house.env.create_user("nick"), roles=[house.moderators])
    shown = await propose(house, approvals=quorum)
    for number, member in enumerate((house.nora, house.otto, third)[:quorum], start=1):
        assert "Proposed" in card(house).content
        await member.react(shown, "✅")
        assert ("Approved" in card(house).content) is (number == quorum)


async def test_with_a_veto_of_one_a_single_no_decides(house: House) -> None:
    shown = await propose(house, approvals=3)
    await house.nora.react(shown, "✅")
    await house.otto.react(shown, "❌")
    assert card(house).content.startswith(
        f"### ❌ Rejected for **Morning**\nby {house.otto.mention}"
    )


async def test_with_a_majority_one_no_does_not_decide(house: House) -> None:
    third = house.guild.add_member(house.env.create_user("nick"), roles=[house.moderators])
    shown = await propose(house, approvals=2, veto="majority")
    await house.nora.react(shown, "❌")
    await house.otto.react(shown, "✅")
    assert "Proposed" in card(house).content
    await third.react(shown, "✅")
    assert "Approved" in card(house).content


async def test_with_a_majority_enough_noes_decide(house: House) -> None:
    shown = await propose(house, approvals=2, veto="majority")
    for member in (house.nora, house.otto):
        assert "Proposed" in card(house).content
        await member.react(shown, "❌")
    assert "Rejected" in card(house).content


@pytest.mark.parametrize("how", ["one", "emoji", "all"])
async def test_a_vote_that_is_taken_away_counts_no_more(house: House, how: str) -> None:
    shown = await propose(house, approvals=2)
    await house.nora.react(shown, "✅")
    ledger = house.bot.services.ledger
    (review,) = await waiting(house)
    assert len(await ledger.votes(review.id)) == 1
    match how:
        case "one":
            await house.nora.unreact(shown, "✅")
        case "emoji":
            house.env.backend.clear_reaction(house.review.id, shown.id, "✅")
        case _:
            house.env.backend.clear_reactions(house.review.id, shown.id)
    await house.env.settle()
    assert await ledger.votes(review.id) == []
    await house.otto.react(shown, "✅")
    assert "Proposed" in card(house).content


async def test_an_own_draft_needs_somebody_else(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    await house.nora.slash(house.review, "review draft", article=ZEPPELINS)
    shown = card(house, ZEPPELINS)
    assert f"by {house.nora.mention}; once approved" in shown.content
    assert notes(shown)[1].endswith(", who cannot approve it")
    for _ in range(2):
        await house.nora.react(shown, "✅")
        assert "Proposed" in card(house, ZEPPELINS).content
        assert signs(card(house, ZEPPELINS))["✅"] == 1
    assert inbox(house.nora) == [
        (
            f"You proposed that draft in {house.review.mention}, so somebody else has to approve "
            "it.\n-# You are told this once."
        )
    ]
    await house.otto.react(shown, "✅")
    assert f"by {house.otto.mention}" in card(house, ZEPPELINS).content


async def test_an_own_draft_may_be_rejected_and_by_setting_approved(house: House) -> None:
    await house.set_review_up(own_drafts=True)
    await house.add_digest(limit=1)
    await house.nora.slash(house.review, "review draft", article=ZEPPELINS)
    await house.nora.react(card(house, ZEPPELINS), "✅")
    assert "Approved" in card(house, ZEPPELINS).content
    assert inbox(house.nora) == []


async def test_whoever_has_no_say_loses_the_sign_and_is_told_once(house: House) -> None:
    shown = await propose(house, limit=2)
    for message in (shown, card(house, GLACIERS)):
        await house.mia.react(message, "✅")
        assert signs(now_of(house, message))["✅"] == 1
        await house.mia.react(message, "❌")
        assert signs(now_of(house, message))["❌"] == 1
        assert "Proposed" in now_of(house, message).content
    assert inbox(house.mia) == [
        (
            f"Your sign in {house.review.mention} does not count: there moderators decide what is "
            "posted.\n-# You are told this once."
        )
    ]


async def test_where_it_may_not_manage_messages_the_bot_leaves_signs_alone(house: House) -> None:
    shown = await propose(house)
    await forbid(house, house.review, manage_messages=False)
    await house.mia.react(shown, "✅")
    assert signs(card(house))["✅"] == 2
    assert house.requests("DELETE") == []
    assert len(inbox(house.mia)) == 1
    await house.otto.react(shown, "❌")
    assert card(house).content.startswith(
        f"### ❌ Rejected for **Morning**\nby {house.otto.mention}"
    )


async def test_those_who_have_a_say_are_found_among_very_many_without_asking_for_each(
    house: House,
) -> None:
    shown = await propose(house, approvals=2)
    await forbid(house, house.review, manage_messages=False)
    for number in range(12):
        raider = house.guild.add_member(house.env.create_user(f"raider{number}"))
        await raider.react(shown, "✅")
    await house.nora.react(shown, "✅")
    assert "Proposed" in card(house).content
    before = len(house.env.http_requests)
    await house.otto.react(shown, "✅")
    asked = [each for each in house.env.http_requests[before:] if "/members/" in each.path]
    assert asked == []
    assert "Approved" in card(house).content


async def test_a_sign_that_cannot_be_taken_away_does_no_harm(house: House) -> None:
    shown = await propose(house)
    house.env.inject_error("DELETE", "/channels/*/messages/*/reactions/*/*", status=500)
    await house.mia.react(shown, "✅")
    assert signs(card(house))["✅"] == 2
    assert "Proposed" in card(house).content
    assert len(inbox(house.mia)) == 1


@pytest.mark.parametrize("emoji", ["🎉", "👍"])
async def test_emoji_that_mean_nothing_are_nobody_s_business(house: House, emoji: str) -> None:
    shown = await propose(house)
    for member in (house.nora, house.mia):
        await member.react(shown, emoji)
        await member.unreact(shown, emoji)
    await house.mia.react(shown, emoji)
    assert signs(card(house))[emoji] == 1
    assert inbox(house.mia) == []
    assert "Proposed" in card(house).content


async def test_other_messages_and_cards_that_ended_are_left_alone(house: House) -> None:
    shown = await propose(house)
    other = await house.mia.send(house.review, "What do you think?")
    await house.mia.react(other, "✅")
    await house.nora.react(shown, "✅")
    await house.mia.react(shown, "❌")
    assert inbox(house.mia) == []
    assert signs(card(house))["❌"] == 2


async def test_bots_have_no_say_and_are_told_nothing(house: House) -> None:
    shown = await propose(house)
    helper = house.env.create_user("helper", bot=True)
    robot = house.guild.add_member(helper, roles=[house.moderators])
    await robot.react(shown, "✅")
    await house.restart()
    assert "Proposed" in card(house).content
    assert signs(card(house))["✅"] == 2


async def test_of_a_role_that_is_gone_those_decide_who_manage_messages(house: House) -> None:
    shown = await propose(house)
    house.env.backend.delete_role(house.guild.id, house.moderators.id)
    await house.env.settle()
    await house.nora.react(shown, "✅")
    assert "Proposed" in card(house).content
    await house.ada.react(shown, "✅")
    assert f"by {house.ada.mention}" in card(house).content


async def test_whoever_lost_the_role_since_counts_no_more(house: House) -> None:
    shown = await propose(house, approvals=2)
    await house.nora.react(shown, "✅")
    await take_role(house, house.nora)
    await house.otto.react(shown, "✅")
    assert "Proposed" in card(house).content
    house.env.backend.add_member_role(house.guild.id, house.nora.id, house.moderators.id)
    await house.env.settle()
    await house.restart()
    assert "Approved" in card(house).content


async def test_a_card_whose_channel_is_gone_is_withdrawn_and_its_article_free(
    house: House,
) -> None:
    await propose(house)
    channel: Any = house.bot.get_channel(house.review.id)
    await channel.delete()
    await house.env.settle()
    await house.restart()
    assert await waiting(house) == []
    desk = house.guild.create_text_channel("desk")
    options: dict[str, Any] = {"channel": desk, "role": house.moderators}
    await house.ada.slash(house.news, "review setup", **options)
    await house.wait(hours=22)
    assert [m.embeds[0].title for m in desk.history() if m.embeds] == [OTTERS]


async def test_a_card_deleted_by_hand_frees_its_article_for_the_next_edition(
    house: House,
) -> None:
    shown = await propose(house)
    await house.guild_owner_deletes(shown)
    await house.restart()
    assert await waiting(house) == []
    await house.wait(hours=22)
    assert card(house).content.startswith("### Proposed for **Morning**")


async def test_signs_given_and_taken_while_away_count_as_they_are(house: House) -> None:
    shown = await propose(house, limit=3)
    second, third = cards(house)[1:]
    await house.nora.react(shown, "✅")
    house.deafen()
    await house.nora.react(second, "✅")
    await house.nora.unreact(second, "✅")
    await house.nora.react(third, "❌")
    await house.mia.react(second, "❌")
    await house.restart()
    assert "Approved" in now_of(house, shown).content
    assert "Proposed" in now_of(house, second).content
    assert "Rejected" in now_of(house, third).content


async def test_signs_that_are_there_are_not_added_again(house: House) -> None:
    await propose(house)
    before = len(house.requests("PUT"))
    await house.restart()
    assert len(house.requests("PUT")) == before + 1  # the commands


async def test_other_emoji_can_be_set_custom_ones_too(house: House) -> None:
    yes = house.guild.create_emoji("yes")
    await restart_with(house, approve_emoji=f"<:old_name:{yes.id}>", reject_emoji="👎")
    shown = await propose(house, approvals=2)
    assert notes(shown)[0].startswith(f"<:old_name:{yes.id}> approve (2 needed) · 👎 reject")
    assert [emoji.rpartition(":")[2] for emoji in signs(shown)] == [f"{yes.id}>", "👎", "🕒", "✏️"]
    await house.nora.react(shown, f"yes:{yes.id}")
    await house.otto.react(shown, f"yes:{yes.id}")
    assert card(house).content.startswith(f"### <:old_name:{yes.id}> Approved")


async def test_an_emoji_that_the_bot_may_not_use_is_told_of_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    gone = f"<:gone:{house.guild.id}>"
    await restart_with(house, hold_emoji=gone)
    path = "/channels/*/messages/*/reactions/gone*/@me"
    house.env.inject_error("PUT", path, status=400, code=10014, times=None)
    shown = await propose(house, limit=3)
    assert [list(signs(one)) for one in cards(house)] == [["✅", "❌", "✏️"]] * 3
    assert caplog.text.count(f"the emoji {gone} is not one that the bot may use") == 1
    await house.nora.react(shown, "✅")
    assert "Approved" in now_of(house, shown).content


async def test_two_forms_of_an_emoji_are_one_vote_each_person(house: House) -> None:
    await restart_with(house, approve_emoji="❤️")
    shown = await propose(house, approvals=2)
    await house.nora.react(shown, "❤")
    await house.nora.react(shown, "❤️")
    assert "Proposed" in card(house).content
    await house.otto.react(shown, "❤")
    assert "Approved" in card(house).content


async def test_a_ledger_in_trouble_loses_no_vote(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house)
    ledger: Any = house.bot.services.ledger

    async def fail(*_: object) -> None:
        raise LedgerTrouble("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "review_of_message", fail)
        await house.nora.react(shown, "✅")
        await house.nora.unreact(shown, "✅")
        await house.nora.react(shown, "✅")
    assert "Proposed" in card(house).content
    await house.wake()
    assert "Approved" in card(house).content


async def test_a_verdict_is_kept_with_its_votes(house: House) -> None:
    shown = await propose(house)
    await house.nora.react(shown, "✅")
    ledger = house.bot.services.ledger
    review = await ledger.review_of_message(shown.id)
    assert review is not None
    assert (review.state, review.deciders) == (ReviewState.APPROVED, (house.nora.id,))
    (decision,) = await ledger.decisions(house.guild.id, limit=9)
    assert (decision.state, decision.by) == (ReviewState.APPROVED, (house.nora.id,))
    log = await house.nora.slash(house.review, "review log")
    assert f"approved by {house.nora.mention}" in said(log)


async def test_signs_of_the_bot_itself_are_nobody_s_vote(house: House) -> None:
    shown = await propose(house)
    before = len(house.requests("GET", f"/messages/{shown.id}"))
    house.env.backend.remove_reaction(
        house.review.id, shown.id, "✅", house.env.backend.bot_user.id
    )
    await house.env.settle()
    assert len(house.requests("GET", f"/messages/{shown.id}")) == before
    await house.restart()
    assert signs(card(house))["✅"] == 1


async def test_what_is_cleared_from_other_messages_is_nobody_s_business(house: House) -> None:
    await propose(house)
    other = await house.mia.send(house.review, "What do you think?")
    await house.mia.react(other, "✅")
    house.env.backend.clear_reactions(house.review.id, other.id)
    await house.env.settle()
    assert "Proposed" in card(house).content
    assert house.requests("GET", f"/messages/{other.id}") == []


async def test_a_bot_that_is_leaving_hears_of_nothing_more(house: House) -> None:
    shown = await propose(house)
    (given,) = house.bot.extra_events["on_raw_reaction_add"]
    (cleared,) = house.bot.extra_events["on_raw_reaction_clear"]
    (taken,) = house.bot.extra_events["on_raw_reaction_remove"]
    await house.bot.close()
    before = len(house.env.http_requests)
    data: Any = {
        "message_id": shown.id,
        "channel_id": house.review.id,
        "guild_id": house.guild.id,
        "user_id": house.nora.id,
        "type": 0,
    }
    sign = discord.PartialEmoji(name="✅")
    event = discord.RawReactionActionEvent(data, sign, "REACTION_REMOVE")
    for hear in (given, taken):
        await hear(event)
    await cleared(discord.RawReactionClearEvent(data))
    assert len(house.env.http_requests) == before


async def test_without_knowing_who_people_are_nothing_is_counted(house: House) -> None:
    shown = await propose(house)
    house.env.inject_error("GET", "/guilds/*/members/*", status=500)
    await house.nora.click(shown, label="Approve")
    assert "Proposed" in card(house).content
    await house.wake()
    assert "Approved" in card(house).content


async def test_in_a_server_that_the_bot_does_not_see_nothing_is_counted(house: House) -> None:
    await propose(house)
    (review,) = await waiting(house)
    chat = DiscordChat(house.bot, ballot=house.bot.services.ballot)
    elsewhere = replace(review, guild_id=1)
    assert await chat.ballots(elsewhere) is Unread.NOW
    assert await chat.entitled(elsewhere, [house.nora.id]) is None


async def test_in_a_server_that_is_away_just_now_nothing_is_counted(house: House) -> None:
    await propose(house)
    (review,) = await waiting(house)
    guild = house.bot.get_guild(house.guild.id)
    assert guild is not None
    guild.unavailable = True
    chat = DiscordChat(house.bot, ballot=house.bot.services.ballot)
    assert await chat.ballots(review) is Unread.NOW
    assert await chat.entitled(review, [house.nora.id]) is None


async def test_who_is_in_timeout_has_no_say(house: House) -> None:
    shown = await propose(house, approvals=2)
    await house.nora.react(shown, "✅")
    guild = house.bot.get_guild(house.guild.id)
    assert guild is not None
    nora = await guild.fetch_member(house.nora.id)
    await nora.timeout(timedelta(hours=1))
    await house.env.settle()
    await house.otto.react(shown, "✅")
    assert "Proposed" in card(house).content
