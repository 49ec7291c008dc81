"""Whatever people without the right do, or send that makes no sense: a kind no, and no harm.

Commands and buttons are taken from the bot itself, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
from discord import AppCommandOptionType as Type
from discord import app_commands
from simcord.backend.serializers import message_payload

from bot.adapters.ledger.export import exported
from tests.chat.forged import (
    ask,
    choose,
    commands_of,
    filled,
    ids_of,
    menus_of,
    press,
    submit,
)
from tests.chat.house import ZEPPELINS, answer, titles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import simcord

    from tests.chat.forged import Actor, Command
    from tests.chat.house import House

# what anybody may do
FREE = {"search", "latest", "random", "topics", "searches", "help", "status"} | {
    "privacy show",
    "privacy erase",
}
# what is counted or kept of a search that found nothing, whoever it was, and what anybody may set
# for themselves
COUNTED = {"misses", "kept_texts", "people"}
NONSENSE = (
    "nonsense",
    "",
    "#zzzzzzzzzz",
    "0",
    "-1",
    "9" * 30,
    "@everyone <@&1> [a](javascript:b) ```\n\u202e",
    "' OR 1=1; DROP TABLE reviews; --",
    "\x00\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "x" * 6000,
)
HUGE = 10**15
BALLOONS = "Balloons for the night post"
DRAFTS = (BALLOONS, ZEPPELINS)  # which nobody sees who has no right
DENIALS = (
    "You need the permission **Manage Server** for that.",
    "That is for those who review here, or may manage messages or the server.",
    "That works in a server only.",
)
NUMBERS = ("1", "2", "0", "9" * 30)


@pytest.fixture(autouse=True)
def open_to_errors(house: House) -> None:
    """Let the house bear what discord.py raises at what is forged; it is answered all the same."""
    house.expected.append(app_commands.AppCommandError)


@pytest.fixture
async def busy(house: House) -> House:
    """Return a house in which there is something of everything."""
    await house.set_review_up()
    await house.add_digest(limit=2)
    house.content.write(BALLOONS, published=False)
    await house.read_content()
    for draft in (BALLOONS, ZEPPELINS):
        await house.nora.slash(house.review, "review draft", article=draft)
    card = next(one for one in house.review.history(viewer=house.otto) if BALLOONS in titles(one))
    await house.otto.react(card, "❌")
    return house


async def held(house: House) -> list[Any]:
    """Return all that the ledger holds but what is meant to be counted."""
    async with aclosing(exported(house.settings.database_url)) as rows:
        return [row async for row in rows if row.get("table") not in COUNTED]


def options_of(house: House, command: Command, *, text: str, number: float) -> dict[str, Any]:
    """Return a value for every option of a command."""
    values: dict[Type, Any] = {
        Type.string: text,
        Type.integer: number,
        Type.number: number,
        Type.boolean: True,
        Type.user: house.mia,
        Type.mentionable: house.mia,
        Type.channel: house.news,
        Type.role: house.moderators,
    }
    return {
        one.display_name: one.choices[0].value if one.choices else values[one.type]
        for one in command.parameters
    }


def fault_of(result: simcord.InteractionResult) -> str:
    """Return what is wrong with an answer: it must be there, be private, and say something."""
    answers = [*([result.response] if result.response else []), *result.followups]
    if result.modal is not None:
        return ""
    if not answers:
        return "no answer"
    if not all(answer.ephemeral for answer in answers):
        return f"not private: {answers[-1].content}"
    if leaks(result):
        return f"it tells of drafts: {answers[-1].content}"
    return "" if answers[-1].content or answers[-1].embeds else "it says nothing"


def leaks(result: simcord.InteractionResult) -> bool:
    """Tell whether an answer tells of drafts."""
    shown = [*([result.response] if result.response else []), *result.followups]
    texts = [f"{one.content} {[embed.to_dict() for embed in one.embeds]}" for one in shown]
    return any(draft in text for draft in DRAFTS for text in texts)


def denied(result: simcord.InteractionResult) -> str:
    """Return what is wrong with an answer that should say no."""
    fault = fault_of(result)
    if fault:
        return fault
    said = answer(result).content
    return "" if said in DENIALS else f"not denied: {said}"


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as an error."""
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


async def places(house: House) -> AsyncIterator[tuple[str, Actor, simcord.ChannelHandle]]:
    """Yield whoever has no right somewhere: a member, elsewhere, in messages, in a server."""
    other = house.env.create_guild("Elsewhere")
    stranger = other.add_member(house.mia.user)
    await house.env.settle()
    yield "a member", house.mia, house.news
    yield "a member in the review channel", house.mia, house.review
    yield "in direct messages", house.mia.user, house.mia.user.dm_channel
    yield "in another server", stranger, other.create_text_channel("general")


async def test_commands_are_denied_to_whoever_has_no_right(
    busy: House, caplog: pytest.LogCaptureFixture
) -> None:
    before, wrong = await held(busy), []
    async for where, actor, channel in places(busy):
        for command in commands_of(busy):
            options = options_of(busy, command, text="Morning", number=1)
            result = await ask(busy, actor, command, options, channel=channel)
            free = command.qualified_name in FREE
            public = free and "share" in options and channel != actor
            fault = "" if public else fault_of(result) if free else denied(result)
            if fault:
                wrong.append(f"/{command.qualified_name} {where}: {fault}")
    assert wrong == []
    assert await held(busy) == before
    assert errors(caplog) == []


async def test_menus_of_messages_answer_privately_wherever_they_are(
    busy: House, caplog: pytest.LogCaptureFixture
) -> None:
    before, wrong = await held(busy), []
    target = busy.review.history(viewer=busy.nora)[0]
    payload = message_payload(
        busy.env.backend, busy.env.backend.get_message(busy.review.id, target.id)
    )
    async for where, actor, channel in places(busy):
        for menu in menus_of(busy):
            result = await choose(actor, menu, target, payload, channel=channel)
            if fault := fault_of(result):
                wrong.append(f"{menu.name} {where}: {fault}")
    assert wrong == []
    assert await held(busy) == before
    assert errors(caplog) == []


async def test_nothing_is_offered_to_whoever_has_no_right(
    busy: House, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = []
    async for where, actor, channel in places(busy):
        for command in commands_of(busy):
            for option in command.parameters:
                if not option.autocomplete:
                    continue
                offered = await ask(
                    busy,
                    actor,
                    command,
                    {option.display_name: "m"},
                    channel=channel,
                    focused=option.name,
                )
                choices = offered.autocomplete_choices
                what = f"/{command.qualified_name} {option.display_name} {where}"
                if choices is None:
                    wrong.append(f"{what}: no answer")
                if any("Morning" in choice["name"] for choice in choices or ()):
                    wrong.append(f"{what}: {choices}")
    assert wrong == []
    assert errors(caplog) == []


@pytest.mark.parametrize("text", NONSENSE)
async def test_nonsense_is_refused_to_those_who_have_the_right(
    busy: House, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    before, wrong = await held(busy), []
    for command in commands_of(busy):
        if not any(one.type is Type.string for one in command.parameters):
            continue
        options = options_of(busy, command, text=text, number=HUGE)
        options.pop("share", None)
        for actor in (busy.ada, busy.nora):
            result = await ask(busy, actor, command, options, channel=busy.review)
            if fault := fault_of(result):
                wrong.append(f"/{command.qualified_name}: {fault}")
    assert wrong == []
    assert await held(busy) == before
    assert errors(caplog) == []


async def test_numbers_out_of_range_are_refused(
    busy: House, caplog: pytest.LogCaptureFixture
) -> None:
    before, wrong = await held(busy), []
    sensible = {"digest": "Morning", "topics": "all", "at": "09:00", "channel": busy.news}
    for command in commands_of(busy):
        names = {one.display_name for one in command.parameters}
        for option in command.parameters:
            if option.type not in {Type.integer, Type.number}:
                continue
            given = {name: value for name, value in sensible.items() if name in names}
            for number in (-1, HUGE):
                options = given | {option.display_name: number}
                result = await ask(busy, busy.ada, command, options, channel=busy.news)
                if fault := fault_of(result):
                    wrong.append(f"/{command.qualified_name} {option.display_name}: {fault}")
    assert wrong == []
    assert await held(busy) == before
    assert errors(caplog) == []


@pytest.mark.parametrize("number", NUMBERS)
async def test_what_is_pressed_without_the_right_changes_nothing(
    busy: House, caplog: pytest.LogCaptureFixture, number: str
) -> None:
    backend = busy.env.backend
    help_ = next(one for one in commands_of(busy) if one.name == "help")
    before, wrong = await held(busy), []
    async for where, actor, channel in places(busy):
        shown = answer(await ask(busy, actor, help_, {}, channel=channel))
        below = message_payload(backend, backend.get_message(channel.id, shown.id))
        for kind, custom_id in ids_of(busy, number=number):
            result = await press(actor, custom_id, kind=kind, below=below, channel=channel)
            if not result.acknowledged or leaks(result):
                wrong.append(f"{custom_id} {where}: no answer, or one that tells of drafts")
    assert wrong == []
    assert await held(busy) == before
    assert errors(caplog) == []


@pytest.mark.parametrize("number", NUMBERS)
async def test_what_is_pressed_below_a_card_without_the_right_changes_nothing(
    busy: House, caplog: pytest.LogCaptureFixture, number: str
) -> None:
    card = busy.review.history(viewer=busy.nora)[0]
    backend = busy.env.backend
    below = message_payload(backend, backend.get_message(busy.review.id, card.id))
    before, wrong = await held(busy), []
    for kind, custom_id in ids_of(busy, number=number):
        result = await press(busy.mia, custom_id, kind=kind, below=below, channel=busy.review)
        if fault := fault_of(result):
            wrong.append(f"{custom_id}: {fault}")
    assert wrong == []
    assert await held(busy) == before
    (now,) = [one for one in busy.review.history(viewer=busy.nora) if one.id == card.id]
    assert now.content == card.content
    assert errors(caplog) == []


async def test_forms_that_were_never_shown_are_answered(
    busy: House, caplog: pytest.LogCaptureFixture
) -> None:
    before, wrong = await held(busy), []
    async for where, actor, channel in places(busy):
        for _, custom_id in ids_of(busy, number="1"):
            result = await submit(actor, custom_id, channel=channel)
            if fault := fault_of(result):
                wrong.append(f"{custom_id} {where}: {fault}")
    assert wrong == []
    assert await held(busy) == before
    assert errors(caplog) == []


async def test_forms_are_refused_to_whoever_lost_the_right_meanwhile(
    busy: House, caplog: pytest.LogCaptureFixture
) -> None:
    backend, shown = busy.env.backend, []
    cards = {titles(one)[0]: one for one in busy.review.history(viewer=busy.nora) if one.embeds}
    for card in (cards[draft] for draft in DRAFTS):
        below = message_payload(backend, backend.get_message(card.channel.id, card.id))
        review = await busy.bot.services.ledger.review_of_message(card.id)
        assert review is not None
        for kind, custom_id in ids_of(busy, number=str(review.id)):
            result = await press(busy.nora, custom_id, kind=kind, below=below, channel=busy.review)
            if result.modal is not None:
                shown.append(result)
    assert len(shown) > 1
    backend.remove_member_role(busy.guild.id, busy.nora.id, busy.moderators.id)
    await busy.env.settle()
    before, wrong = await held(busy), []
    for form in shown:
        result = await busy.nora.submit_modal(form, filled(form))
        if fault := fault_of(result):
            wrong.append(fault)
        if not answer(result).content.startswith("That is for those who review here"):
            wrong.append(answer(result).content)
    assert wrong == []
    assert await held(busy) == before
    assert errors(caplog) == []
