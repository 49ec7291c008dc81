"""Neither messages nor logs tell more than they are for.

That no message holds what is `secured` or where the machine keeps things, `assert_decent` of the
house asserts after every test; here is a test that meets most of what is ever said.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.adapters.chat.commands.suggest import SUGGEST
from tests.chat.desk import card, propose_a_told_story, take_role
from tests.chat.forged import commands_of
from tests.chat.house import OTTERS, SECRET, UMBRELLAS, ZEPPELINS, answer

if TYPE_CHECKING:
    import discord
    import pytest
    import simcord

    from tests.chat.house import House

PAGE = "https://pond.example/otters-take-over"
# words that stand nowhere but in what people read or write
WORDS = {
    "title": "quixotic",
    "excerpt": "whimbrels",
    "search": "zymurgy",
    "reason": "balderdash",
    "wording": "flummery",
    "suggestion": "gallimaufry",
}
MESSAGE = "persiflage"  # what a member says around a link, which is of no concern


@dataclass(slots=True, kw_only=True)
class Story:
    """What people do in a house, one after the other."""

    house: House
    me: simcord.MemberActor

    async def say(self, command: str, **options: Any) -> simcord.InteractionResult:  # noqa: ANN401 (any option)
        here = self.house.review if command.startswith("review") else self.house.news
        return await self.me.slash(here, command, **options)

    async def fill(self, form: simcord.InteractionResult, *words: str) -> None:
        """Send a form with these words in its first fields, and any others in the rest."""
        assert form.modal is not None
        names = [label["component"]["custom_id"] for label in form.modal["components"]]
        written = [*words, *["Other words"] * len(names)]
        await self.me.submit_modal(form, dict(zip(names, written, strict=False)))
        await self.house.wake()


async def everything(house: House) -> None:
    """Search, share, review, reword, say why, suggest, edit, reload and forget."""
    house.content.write(
        f"The {WORDS['title']} heron",
        name="heron",
        excerpt=f"Of {WORDS['excerpt']} and herons.",
        topics=["Nature"],
        quality=95,
    )
    await house.read_content()
    mia, nora, ada = (Story(house=house, me=who) for who in (house.mia, house.nora, house.ada))
    first = await propose_a_told_story(house, limit=3)
    await look_around(mia)
    await review(nora, first)
    await suggest(mia)
    await house.wait(hours=9)
    await break_files(house, ada)
    await look_after(ada, nora)
    await house.wait(hours=24)


async def look_around(mia: Story) -> None:
    for query in ("heron", WORDS["search"], OTTERS, "umbrelas"):
        found = answer(await mia.say("search", query=query))
        for label in ("Related", "Share", "Tell me when it is posted"):
            if label in str(found.components):
                await mia.me.click(found, label=label)
    for query in ("her", WORDS["search"]):
        await mia.me.autocomplete(mia.house.news, "search", "query", query)
    for command in ("latest", "random", "topics", "searches", "help", "status", "privacy show"):
        await mia.say(command)


async def review(nora: Story, first: discord.Message) -> None:
    """Reword one card, reject it with a reason, hold and approve others."""
    form = await nora.me.click(first, label="Reword")
    await nora.fill(form, f"{WORDS['wording']} in the harbour", WORDS["wording"])
    again = card(nora.house, f"{WORDS['wording']} in the harbour")
    await nora.me.react(again, "❌")
    await nora.house.wake()
    await nora.fill(await nora.me.click(again, label="Say why"), WORDS["reason"])
    waiting = [m for m in nora.house.review.history(viewer=nora.me) if len(m.embeds) > 1]
    for sign, message in zip("🕒✅", waiting, strict=False):
        await nora.me.react(message, sign)
    await nora.say("review draft", article=ZEPPELINS)
    for command in ("review queue", "review log", "review undo", "review propose"):
        await nora.say(command, **({"link": PAGE + "-too"} if command.endswith("propose") else {}))


async def suggest(mia: Story) -> None:
    house = mia.house
    message = await mia.me.send(house.news, f"{MESSAGE} {PAGE}")
    form = await mia.me.context_menu(house.news, SUGGEST, message)
    await mia.fill(form, f"A {WORDS['suggestion']} of otters")
    await house.nora.react(card(house, f"A {WORDS['suggestion']} of otters"), "✅")
    await house.wake()


async def break_files(house: House, ada: Story) -> None:
    """Break a file, lose another, and read anew."""
    broken = house.content.folder / "broken.md"
    broken.write_text(f"---\ntitle: [x\nsecured: {SECRET}\n---\n", encoding="utf-8")
    odd = house.content.folder / "odd.md"
    odd.write_text(f"---\ntitle: 7\nwebUrl: {SECRET}\nsecured: [{SECRET}\n---\n", encoding="utf-8")
    house.content.write("Odd", heat=SECRET, webUrl=f"javascript:{SECRET}", published=SECRET)
    house.content.write(UMBRELLAS, topics=["Culture"], quality=61, excerpt="Anew.")
    next(house.content.folder.glob("glaciers*.md")).unlink()
    await ada.say("reload")
    await house.look()
    await ada.say("status")


async def look_after(ada: Story, nora: Story) -> None:
    for command in ("digest list", "digest history", "digest preview", "status", "privacy show"):
        if command in {one.qualified_name for one in commands_of(ada.house)}:
            given = {"digest": "Morning"} if command in {"digest history", "digest preview"} else {}
            await ada.say(command, **given)
    await take_role(nora.house, nora.me)
    for command in ("review queue", "review log"):
        await nora.say(command)


async def test_no_message_tells_where_things_are_kept_or_what_is_secured(house: House) -> None:
    await everything(house)
    sent = str([request.json for request in house.env.http_requests])
    for word in WORDS.values():  # or the story did not reach what it is about
        assert word in sent, word
    assert MESSAGE not in sent
    assert SECRET in (house.content.folder / "broken.md").read_text(encoding="utf-8")


async def test_no_log_tells_what_people_read_or_write(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await everything(house)
    lines = [
        f"{one.name}: {caplog.handler.format(one)}"
        for one in caplog.records
        if not one.name.startswith("simcord")  # which tells all that it sees
    ]
    assert any("review decided" in line for line in lines)
    hidden = (SECRET, MESSAGE, OTTERS, ZEPPELINS, *WORDS.values())
    told = [line for line in lines for word in hidden if word.casefold() in line.casefold()]
    assert told == []
