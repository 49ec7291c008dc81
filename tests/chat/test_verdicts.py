"""Buttons below cards, and the forms they open: who may, what they say, and when it is too late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from simcord.backend.serializers import message_payload

from bot.core.card import EXCERPT_LENGTH
from bot.core.review import ReviewState
from tests.chat.desk import (
    AGAIN,
    card,
    cards,
    news,
    now_of,
    propose,
    propose_a_told_story,
    restart_with,
    take_role,
    waiting,
)
from tests.chat.forged import BUTTON, press
from tests.chat.house import OTTERS, ZEPPELINS, answer, said, titles
from tests.chat.premises import forbid

if TYPE_CHECKING:
    import discord
    import simcord

    from tests.chat.house import House

NOT_THEIRS = "That is for those who review here; nothing was changed."
UNKNOWN = "I know nothing of that card any more."
NEW_TITLE = "Otters are *back*"
NEW_EXCERPT = "They swim [here](https://evil.example)."


def buttons(message: discord.Message) -> list[Any]:
    """Return the labels of a message's buttons."""
    rows: list[Any] = list(message.components)
    return [item.label for row in rows for item in row.children]


def fields(result: simcord.InteractionResult) -> list[dict[str, Any]]:
    """Return the inputs of a form."""
    assert result.modal is not None
    return [label["component"] for label in result.modal["components"]]


async def forge(
    house: House,
    member: Any,  # noqa: ANN401 (a member or a user)
    custom_id: str,
    *,
    below: discord.Message,
    channel: simcord.ChannelHandle,
) -> simcord.InteractionResult:
    """Press a button that is not there, below a message."""
    backend = house.env.backend
    payload = message_payload(backend, backend.get_message(below.channel.id, below.id))
    return await press(member, custom_id, kind=BUTTON, below=payload, channel=channel)


async def reword(
    member: simcord.MemberActor,
    shown: discord.Message,
    title: str = NEW_TITLE,
    excerpt: str = NEW_EXCERPT,
) -> str:
    """Open the form for another wording, and submit it."""
    form = await member.click(shown, label="Reword")
    return await submit(member, form, title, excerpt)


async def submit(member: simcord.MemberActor, form: simcord.InteractionResult, *values: str) -> str:
    """Submit a form with these values in their order."""
    ids = [field["custom_id"] for field in fields(form)]
    return said(await member.submit_modal(form, dict(zip(ids, values, strict=True))))


async def test_every_sign_has_a_button(house: House) -> None:
    shown = await propose_a_told_story(house)
    assert buttons(shown) == ["Approve", "Reject", "Next edition", "Reword", "Other telling"]


async def test_without_buttons_there_are_none(house: House) -> None:
    assert buttons(await propose(house, buttons=False)) == []


async def test_a_press_counts_like_a_reaction(house: House) -> None:
    shown = await propose(house, approvals=2)
    assert said(await house.nora.click(shown, label="Approve")) == "✅ Counted: 1 of 2 approve."
    assert "Proposed" in card(house).content
    await house.otto.react(shown, "✅")
    now = int(house.env.now().timestamp())
    assert card(house).content.split("\n")[:2] == [
        "### ✅ Approved for **Morning**",
        f"by {house.otto.mention} and {house.nora.mention}, <t:{now}:f>",
    ]
    assert buttons(card(house)) == []
    await house.wait(hours=9)
    assert news(house) == [OTTERS]


async def test_whoever_decides_is_told_so_in_private(house: House) -> None:
    shown = await propose(house)
    text = said(await house.nora.click(shown, label="Approve"))
    assert text.startswith(f"✅ Approved for **Morning**\nby {house.nora.mention}")


async def test_the_same_again_takes_it_back_and_another_takes_its_place(house: House) -> None:
    shown = await propose(house, approvals=2, veto="majority")
    await house.nora.click(shown, label="Approve")
    assert said(await house.nora.click(shown, label="Approve")) == "✅ Taken back: 0 of 2 approve."
    assert said(await house.nora.click(shown, label="Reject")) == (
        "❌ Counted: 0 of 2 approve, 1 of 2 reject."
    )
    assert said(await house.nora.click(shown, label="Approve")) == "✅ Counted: 1 of 2 approve."
    await house.otto.click(shown, label="Approve")
    assert "Approved" in card(house).content


async def test_a_button_and_a_reaction_of_one_person_are_one_vote(house: House) -> None:
    shown = await propose(house, approvals=2)
    await house.nora.react(shown, "✅")
    assert said(await house.nora.click(shown, label="Approve")) == "✅ Counted: 1 of 2 approve."
    assert "Proposed" in card(house).content


@pytest.mark.parametrize(
    ("label", "heading"),
    [
        ("Reject", "### ❌ Rejected for **Morning**"),
        ("Next edition", "### 🕒 Held for the next edition of **Morning**"),
        ("Other telling", "### 🔁 Another telling was taken for **Morning**"),
    ],
)
async def test_each_button_does_what_its_sign_does(house: House, label: str, heading: str) -> None:
    shown = await propose_a_told_story(house)
    await house.nora.click(shown, label=label)
    assert now_of(house, shown).content.startswith(f"{heading}\nby {house.nora.mention}")


async def test_whoever_asks_for_another_telling_is_told_what_came_of_it(house: House) -> None:
    shown = await propose_a_told_story(house)
    assert said(await house.nora.click(shown, label="Other telling")) == (
        "🔁 Another telling was taken; its card waits for a verdict."
    )
    assert titles(cards(house)[-1]) == [AGAIN]


async def test_where_no_telling_is_left_the_card_waits_as_before(house: House) -> None:
    shown = await propose_a_told_story(house)
    for file in house.content.folder.glob("otters*.md"):
        file.unlink()
    await house.look()
    assert said(await house.nora.click(shown, label="Other telling")) == (
        "🔁 There is no other telling to take just now; the card waits as before."
    )
    assert "Proposed" in card(house).content


async def test_whoever_comes_too_late_is_told_what_was_decided(house: House) -> None:
    shown = await propose(house)
    await house.nora.click(shown, label="Approve")
    review = await house.bot.services.ledger.review_of_message(shown.id)
    assert review is not None
    for verdict in ("approve", "reject", "hold", "change", "other"):
        text = said(
            await forge(
                house,
                house.otto,
                f"review:{review.id}:{verdict}",
                below=shown,
                channel=house.review,
            )
        )
        assert text.startswith("It was decided already: ✅ Approved for **Morning**, by ")
    assert "Approved" in card(house).content


async def test_whoever_has_no_say_is_told_so_and_changes_nothing(house: House) -> None:
    shown = await propose_a_told_story(house)
    for label in buttons(shown):
        assert said(await house.mia.click(shown, label=label)) == NOT_THEIRS
    (review,) = await waiting(house)
    assert await house.bot.services.ledger.presses(review.id) == []


async def test_the_right_is_asked_for_anew_at_each_press_and_at_the_count(house: House) -> None:
    shown = await propose(house, approvals=2)
    await house.nora.click(shown, label="Approve")
    await take_role(house, house.nora)
    assert said(await house.nora.click(shown, label="Approve")) == NOT_THEIRS
    assert said(await house.otto.click(shown, label="Approve")) == "✅ Counted: 1 of 2 approve."
    assert "Proposed" in card(house).content


async def test_the_right_is_asked_for_again_when_a_form_comes_back(house: House) -> None:
    shown = await propose(house)
    form = await house.nora.click(shown, label="Reword")
    await take_role(house, house.nora)
    assert await submit(house.nora, form, NEW_TITLE, NEW_EXCERPT) == NOT_THEIRS
    assert titles(card(house)) == [OTTERS]


async def test_whoever_proposed_a_draft_cannot_approve_it_by_a_button(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    await house.nora.slash(house.review, "review draft", article=ZEPPELINS)
    shown = card(house, ZEPPELINS)
    assert buttons(shown) == ["Approve", "Reject", "Reword"]
    text = said(await house.nora.click(shown, label="Approve"))
    assert text.startswith("You proposed that draft, so somebody else has to approve it;")
    await house.otto.click(shown, label="Approve")
    assert f"by {house.otto.mention}" in card(house, ZEPPELINS).content


@pytest.mark.parametrize("verdict", ["approve", "change", "why"])
async def test_ids_of_other_servers_messages_and_reviews_are_unknown(
    house: House, verdict: str
) -> None:
    shown = await propose(house, limit=2)
    first, second = (one.id for one in await waiting(house))
    guild = house.env.create_guild("Elsewhere", owner=house.mia.user)
    there = guild.create_text_channel("news")
    mia = guild.add_member(house.mia.user)
    await house.env.settle()
    elsewhere = await mia.send(there, "Hello")
    for member, number, below, channel in (
        (house.nora, 999, shown, house.review),
        (house.nora, second, shown, house.review),
        (mia, first, elsewhere, there),
        (mia, first, shown, there),
    ):
        result = await forge(
            house, member, f"review:{number}:{verdict}", below=below, channel=channel
        )
        assert said(result) == UNKNOWN
    assert len(await waiting(house)) == 2


async def test_ids_of_earlier_versions_are_answered_kindly(house: House) -> None:
    shown = await propose(house)
    result = await forge(house, house.nora, "review:1:applaud", below=shown, channel=house.review)
    assert "too old" in said(result)


async def test_a_card_that_is_just_arriving_asks_for_patience(house: House) -> None:
    await house.set_review_up()
    house.env.inject_error("POST", "/channels/*/messages", status=500)
    await house.add_digest(limit=1)
    (review,) = await waiting(house)
    other = await house.mia.send(house.review, "Where is it?")
    result = await forge(
        house, house.nora, f"review:{review.id}:approve", below=other, channel=house.review
    )
    assert said(result) == "That card is just arriving; please press again in a moment."


async def test_a_press_while_discord_is_silent_counts_later(house: House) -> None:
    shown = await propose(house)
    house.env.inject_error("GET", "/channels/*/messages/*", status=500)
    assert said(await house.nora.click(shown, label="Approve")) == (
        "✅ It is written down, and counts as soon as Discord lets me read the card."
    )
    assert "Proposed" in card(house).content
    await house.wait(seconds=60)
    assert "Approved" in card(house).content


async def test_what_goes_wrong_is_said_to_who_presses(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    shown = await propose(house)
    ledger: Any = house.bot.services.ledger
    monkeypatch.setattr(ledger, "cast", fail)
    text = said(await house.nora.click(shown, label="Approve"))
    assert text == "Something went wrong here; it is logged. Please try again."


async def test_buttons_work_after_a_restart(house: House) -> None:
    shown = await propose(house)
    await house.restart()
    await house.nora.click(shown, label="Approve")
    assert "Approved" in card(house).content


async def test_custom_emoji_stand_below_the_card_and_not_on_its_buttons(house: House) -> None:
    yes = house.guild.create_emoji("yes")
    await restart_with(house, approve_emoji=f"<:yes:{yes.id}>")
    shown = await propose(house)
    rows: Any = shown.components
    emoji = [str(item.emoji) if item.emoji else None for item in rows[0].children]
    assert emoji == [None, "❌", "🕒", "✏️"]


async def test_the_form_shows_title_and_excerpt_as_they_stand(house: House) -> None:
    house.content.write(
        "*Stars* & [stripes]", topics=["Birds"], excerpt="1. <b>What</b> *is* there_is"
    )
    await house.read_content()
    await house.set_review_up()
    await house.add_digest(topics="Birds")
    form = await house.nora.click(cards(house)[0], label="Reword")
    title, excerpt = fields(form)
    assert title["value"] == "*Stars* & [stripes]"
    assert excerpt["value"] == "1. What *is* there_is"
    assert excerpt["max_length"] == EXCERPT_LENGTH
    assert form.modal is not None
    assert len(form.modal["title"]) <= 45
    assert all(len(label["label"]) <= 45 for label in form.modal["components"])


async def test_other_words_are_proposed_anew_with_fresh_votes(house: House) -> None:
    shown = await propose(house, approvals=2)
    await house.nora.react(shown, "✅")
    assert await reword(house.otto, shown) == (
        f"It is proposed anew in these words in {house.review.mention}."
    )
    before, after = cards(house)
    assert before.content.startswith(f"### ✏️ Worded anew for **Morning**\nby {house.otto.mention}")
    assert buttons(before) == []
    assert after.content.startswith("### Proposed for **Morning**")
    assert after.embeds[0].title == r"Otters are \*back\*"
    assert after.embeds[0].description == r"They swim \[here\]\(https\://evil.example)."
    await house.otto.react(after, "✅")
    assert "Proposed" in now_of(house, after).content
    await house.nora.react(after, "✅")
    await house.wait(hours=9)
    (posted,) = house.news.history(viewer=house.mia)
    assert [e.to_dict() for e in posted.embeds] == [after.embeds[0].to_dict()]
    file = next(house.content.folder.glob("[Rr]iver*.md")).read_text(encoding="utf-8")
    assert "They swim" not in file


@pytest.mark.parametrize(
    ("title", "excerpt", "why"),
    [
        ("\u200b \u2800", "", "A title needs something to read. Nothing was changed."),
        (OTTERS, None, "That is what the card says already. Nothing was changed."),
    ],
)
async def test_words_that_are_none_change_nothing(
    house: House, title: str, excerpt: str | None, why: str
) -> None:
    shown = await propose(house)
    before = shown.embeds[0].description or ""
    assert await reword(house.nora, shown, title, before if excerpt is None else "") == why
    assert len(cards(house)) == 1


async def test_of_two_who_word_it_at_once_the_second_is_told(house: House) -> None:
    shown = await propose(house)
    forms = [await member.click(shown, label="Reword") for member in (house.nora, house.otto)]
    await submit(house.nora, forms[0], "First", "")
    text = await submit(house.otto, forms[1], "Second", "")
    assert text.startswith(
        f"That card is over: ✏️ Worded anew for **Morning**, by {house.nora.mention}"
    )
    assert [titles(one) for one in cards(house)] == [[OTTERS], ["First"]]


async def test_a_vote_comes_before_other_words(house: House) -> None:
    shown = await propose(house)
    form = await house.nora.click(shown, label="Reword")
    house.deafen()
    await house.otto.react(shown, "❌")
    text = await submit(house.nora, form, NEW_TITLE, "")
    assert text.startswith("It was decided already: ❌ Rejected for **Morning**")
    assert len(cards(house)) == 1


async def test_an_edit_is_taken_or_left(house: House) -> None:
    shown = await propose(house)
    await house.nora.react(shown, "✅")
    await house.wait(hours=9)
    house.content.write("Otters renewed", name="river-otters-return-to-the-old-harbour")
    await house.look()
    edit = cards(house)[-1]
    assert buttons(edit) == ["Approve", "Reject"]
    await house.nora.click(edit, label="Reject")
    assert "Rejected the edit" in now_of(house, edit).content
    assert news(house) == [OTTERS]


async def test_why_it_was_rejected_is_said_on_the_card_and_in_the_record(house: House) -> None:
    shown = await propose(house)
    await house.nora.react(shown, "❌")
    assert buttons(card(house)) == ["Say why"]
    for why in ("It is *old*", "It is older"):
        form = await house.otto.click(card(house), label="Say why")
        assert await submit(house.otto, form, why) == "It is in the record."
    assert f"by {house.nora.mention}" in card(house).content
    assert card(house).content.split("\n")[1].endswith(": It is older")
    assert buttons(card(house)) == ["Say why"]
    log = await house.nora.slash(house.review, "review log")
    assert ": It is older" in said(log)


async def test_the_reason_that_was_given_stands_in_the_form(house: House) -> None:
    shown = await propose(house)
    await house.nora.react(shown, "❌")
    form = await house.nora.click(card(house), label="Say why")
    await submit(house.nora, form, "It is *old*")
    assert card(house).content.split("\n")[1].endswith(r": It is \*old\*")
    (reason,) = fields(await house.otto.click(card(house), label="Say why"))
    assert reason["value"] == "It is *old*"


async def test_a_reason_needs_something_to_read(house: House) -> None:
    shown = await propose(house)
    await house.nora.react(shown, "❌")
    form = await house.nora.click(card(house), label="Say why")
    assert await submit(house.nora, form, "\u200b") == (
        "A reason needs something to read; nothing was changed."
    )
    review = await house.bot.services.ledger.review_of_message(shown.id)
    assert review is not None
    assert (review.state, review.why) == (ReviewState.REJECTED, "")


async def test_members_cannot_say_why(house: House) -> None:
    shown = await propose(house)
    await house.nora.react(shown, "❌")
    assert said(await house.mia.click(card(house), label="Say why")) == NOT_THEIRS


async def test_a_form_from_before_a_restart_is_answered(house: House) -> None:
    shown = await propose(house)
    form = await house.nora.click(shown, label="Reword")
    await house.restart()
    ids = [field["custom_id"] for field in fields(form)]
    result = await house.nora.submit_modal(form, dict.fromkeys(ids, "x"))
    assert "too old" in answer(result).content
    assert len(cards(house)) == 1


async def test_buttons_work_where_the_bot_may_not_manage_messages(house: House) -> None:
    shown = await propose(house)
    await forbid(house, house.review, manage_messages=False)
    await house.nora.click(shown, label="Approve")
    assert "Approved" in card(house).content
