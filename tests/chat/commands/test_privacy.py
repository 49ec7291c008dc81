"""/privacy: what is held of whoever asks, how it is erased, and what they are told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.adapters.chat.personal import PERSONAL_ITEMS
from bot.core.article import ArticleId
from bot.core.people import Holdings
from bot.core.review import ReviewState
from tests.chat.house import OTTERS, ZEPPELINS, answer, labels, said

if TYPE_CHECKING:
    import discord
    import simcord

    from tests.chat.house import House


async def show(house: House, who: simcord.MemberActor | None = None) -> simcord.ResponseMessage:
    return answer(await (who or house.mia).slash(house.news, "privacy show"))


async def ask(house: House, who: simcord.MemberActor | None = None) -> simcord.ResponseMessage:
    """Ask to erase, and return the question whether it is meant."""
    return answer(await (who or house.mia).slash(house.news, "privacy erase"))


async def erase(house: House, who: simcord.MemberActor | None = None) -> str:
    """Erase what is held of somebody, and return the answer."""
    who = who or house.mia
    return said(await who.click(await ask(house, who), label="Erase it"))


async def search(house: House, who: simcord.MemberActor, text: str = "otters") -> None:
    """Save a search for somebody."""
    await house.bot.services.ledger.save_search(
        guild_id=house.guild.id, user_id=who.id, text=text, now=house.clock()
    )


async def suggest(house: House) -> discord.Message:
    """Let Mia suggest a draft, and return its card."""
    services, draft = house.bot.services, house.article(ZEPPELINS)
    now = house.clock()
    await services.ledger.suggest(house.guild.id, draft.id, user_id=house.mia.id, now=now)
    await services.moderator.propose_draft(draft, guild_id=house.guild.id, proposed_by=house.mia.id)
    await house.wake()
    return house.review.history()[-1]


def told(house: House) -> list[discord.Message]:
    return house.mia.user.dm_channel.history()


async def test_who_did_nothing_is_told_so(house: House) -> None:
    message = await show(house)
    assert message.ephemeral
    assert message.content.startswith("I hold nothing of you.")
    assert labels(message) == ["Tell me no more"]


async def test_what_somebody_did_is_listed_and_of_nobody_else(house: House) -> None:
    await house.add_digest()
    await house.set_review_up()
    await search(house, house.ada)
    await search(house, house.mia)
    text = (await show(house, house.ada)).content
    assert "- 1 digest that you set up" in text
    assert "- 1 saved search until you end it" in text
    assert "for 180 days" not in text
    assert "- 1 digest" not in (await show(house)).content


async def test_erasing_is_asked_for_first_and_then_told(house: House) -> None:
    await search(house, house.mia)
    await search(house, house.nora)
    question = await ask(house)
    assert question.ephemeral
    assert question.content.startswith("This erases in all servers what I hold of you")
    assert "- 1 saved search" in (await show(house)).content
    assert (await erase(house)).startswith("Erased: 1 saved search.")
    assert (await show(house)).content.startswith("I hold nothing of you.")
    assert "- 1 saved search" in (await show(house, house.nora)).content
    assert (await erase(house)).startswith("I held nothing of you that could be erased.")


async def test_who_presses_the_button_of_another_erases_their_own_alone(house: House) -> None:
    await search(house, house.mia)
    question = await ask(house, house.mia)
    with pytest.raises(Exception, match=r"(?i)ephemeral|see|visible"):
        await house.nora.click(question, label="Erase it")
    assert "- 1 saved search" in (await show(house)).content


async def test_the_question_is_answered_after_a_restart(house: House) -> None:
    await search(house, house.mia)
    question = await ask(house)
    await house.restart()
    answered = said(await house.mia.click(question, label="Erase it"))
    assert answered.startswith("Erased: 1 saved search.")


async def test_both_work_in_direct_messages(house: House) -> None:
    await search(house, house.mia)
    shown = answer(await house.mia.user.slash("privacy show"))
    assert "- 1 saved search" in shown.content
    question = answer(await house.mia.user.slash("privacy erase"))
    erased = answer(await house.mia.user.click(question, label="Erase it"))
    assert erased.content.startswith("Erased: 1 saved search.")


async def test_erasing_often_waits(house: House) -> None:
    for _ in range(3):
        assert "please ask again" not in await erase(house)
    await search(house, house.mia)
    assert "please ask again" in await erase(house)
    assert "- 1 saved search" in (await show(house)).content
    await house.env.advance_time(3601)
    assert (await erase(house)).startswith("Erased: 1 saved search.")


async def test_what_waits_is_kept_and_nobody_gets_round_their_own_draft(house: House) -> None:
    ledger = house.bot.services.ledger
    await house.add_digest()
    await house.set_review_up()
    draft = house.article(ZEPPELINS)
    await house.nora.slash(house.review, "review draft", article=draft.id)
    await house.wake()
    card = house.review.history()[-1]
    text = await erase(house, house.nora)
    assert "You had a part in 1 proposal that nobody has decided yet." in text
    await house.nora.react(card, "✅")
    await house.wait(hours=2)
    waiting = await ledger.review_of_message(card.id)
    assert waiting is not None
    assert waiting.state is ReviewState.PENDING
    assert waiting.proposed_by == house.nora.id
    assert (await ledger.held_about(house.nora.id)).suggestions == 1
    await house.otto.react(card, "✅")
    await house.wait(hours=2)
    held = await ledger.held_about(house.nora.id)
    assert (held.votes, held.suggestions, held.waiting) == (0, 0, 0)
    assert (await ledger.held_about(house.otto.id)).decisions == 1


async def test_who_wants_to_be_told_no_more_says_so_below_the_message(house: House) -> None:
    await house.add_digest()
    await house.set_review_up()
    card = await suggest(house)
    await house.nora.react(card, "❌")
    await house.wake()
    (message,) = told(house)
    assert "was not taken this time" in message.content
    await house.restart()
    await house.mia.user.click(message, label="Tell me no more")
    assert not (await house.bot.services.ledger.held_about(house.mia.id)).told
    (message,) = told(house)
    assert "was not taken this time" in message.content
    await house.mia.user.click(message, label="Tell me again")
    assert (await house.bot.services.ledger.held_about(house.mia.id)).told


async def test_who_is_to_be_told_nothing_gets_no_message(house: House) -> None:
    await house.add_digest()
    await house.set_review_up()
    shown = await show(house)
    assert "You are told what comes of what you suggest." in shown.content
    off = answer(await house.mia.click(shown, label="Tell me no more"))
    assert "You are not told what comes of what you suggest." in off.content
    assert labels(off) == ["Tell me again"]
    await house.nora.react(await suggest(house), "❌")
    await house.wake()
    assert told(house) == []
    again = answer(await house.mia.click(await show(house), label="Tell me again"))
    assert "You are told what comes of what you suggest." in again.content


async def test_what_goes_wrong_is_said_to_who_presses(house: House) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    shown, question = await show(house), await ask(house)
    ledger: Any = house.bot.services.ledger
    ledger.set_told = ledger.erase_person = fail
    for message, label in ((shown, "Tell me no more"), (question, "Erase it")):
        pressed = await house.mia.click(message, label=label)
        assert answer(pressed).content.startswith("Something went wrong here; it is logged.")


async def test_old_data_is_forgotten_by_itself(house: House) -> None:
    ledger = house.bot.services.ledger
    key = ArticleId("long ago")
    long_ago = house.clock() - timedelta(days=180, seconds=1)
    await ledger.suggest(house.guild.id, key, user_id=house.mia.id, now=long_ago)
    await house.env.advance_time(3601)
    await house.wake()
    assert await ledger.held_about(house.mia.id) == Holdings()


def test_each_button_has_an_id_of_its_own() -> None:
    ids = {item().item.custom_id for item in PERSONAL_ITEMS}
    assert ids == {"told:off", "told:on", "privacy:erase"}
    assert OTTERS
