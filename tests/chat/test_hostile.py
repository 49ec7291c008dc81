"""Hostile texts of files and of people, through the bot as it runs: nothing that it sends is live.

What each place makes of each text is tested in `tests/core/test_hostile.py`; here every request
of a bot is read that meets them all over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from discord import AppCommandOptionType as Type
from discord import app_commands

from bot.adapters.chat.commands.suggest import SUGGEST
from bot.core.text import clean
from bot.core.url import host_of
from tests.chat.desk import cards
from tests.chat.forged import ask, commands_of
from tests.decent import CHOICES, FORM, messages_in
from tests.hostile import ALL_TEXTS, EVIL, TEXTS
from tests.markdown import Kind, Live, live

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import simcord

    from tests.chat.house import House

OURS = {"discord.com", "example.org", "more.example"}  # hosts of what articles link to
TYPED = (  # what people write into options and forms, as it comes
    f"[a]({EVIL})",
    f"a]({EVIL}) [b",
    f"x]({EVIL})",
    f"see {EVIL} or discord.gg/abc",
    "@everyone @here <@1> <@&1> <#1>",
    "# a\n-# b\n> c\n- d\n1. e\n```\nf\n```",
    "||a|| <t:0> <:a:1> :smile: <id:customize> </x:1>",
    "`a` ``b`` \u202e**c** \u200b~~d~~\\",
)
PER_KIND = 3  # articles of each kind of hostile text
_NOT_OURS = {Kind.ADDRESS, Kind.INVITE, Kind.EMOJI, Kind.SPOILER}
_SOMEBODY = re.compile(r"<(?:@[!&]?|#)\d{15,}>")  # as simcord counts them
_MOMENT = re.compile(r"<t:\d{9,11}(?::[A-Za-z])?>")


def harm_in(env: simcord.Env) -> list[tuple[Live, str]]:
    """Return whatever is live in all that was sent and the bot did not make."""
    found = []
    for request in env.http_requests:
        if not isinstance(request.json, dict):
            continue
        for message in messages_in(request.method, request.path, request.json):
            for text in _markdown_of(message):
                found += [(one, text) for one in live(text) if is_harm(one)]
    return found


def is_harm(one: Live) -> bool:
    """Tell whether a live thing is none of the bot's own."""
    match one.kind:
        case Kind.LINK:
            return host_of(one.target) not in OURS
        case Kind.MENTION:
            return not _SOMEBODY.fullmatch(one.target)
        case Kind.TIMESTAMP:
            return not _MOMENT.fullmatch(one.target)
        case _:
            return one.kind in _NOT_OURS


def _markdown_of(message: dict[str, Any]) -> Iterator[str]:
    """Yield what Discord reads as Markdown; names of authors and labels are plain text."""
    yield message.get("content") or ""
    for embed in message.get("embeds") or ():
        yield from (embed.get("title") or "", embed.get("description") or "")
        for field in embed.get("fields") or ():
            yield from (field["name"], field["value"])


def plain_in(env: simcord.Env) -> Iterator[str]:
    """Yield what is shown as it is written: labels, choices, titles of forms, names."""
    for request in env.http_requests:
        left: list[Any] = [request.json]
        while left:
            one = left.pop()
            if isinstance(one, dict):
                left += one.values()
                yield from (one[name] for name in ("label", "placeholder") if one.get(name))
                if one.get("type") in {CHOICES, FORM} and isinstance(one.get("data"), dict):
                    yield one["data"].get("title") or ""
                    yield from (choice["name"] for choice in one["data"].get("choices") or ())
            elif isinstance(one, list):
                left += one


def write_all(house: House) -> list[str]:
    """Write articles that hold hostile texts wherever a file can; return their titles."""
    titles = []
    for kind, texts in TEXTS.items():
        fit = [text for text in texts if clean(text) and not re.search("[\ud800-\udfff]", text)]
        for number, text in enumerate(fit[:PER_KIND]):
            name = f"{kind.replace(' ', '-')}-{number}"
            house.content.write(
                text,
                name=name,
                excerpt=text * 2,
                topics=["Nature", text.replace(",", " ")],
                provider={"name": text, "domain": text},
                related=[{"title": text, "webUrl": f"https://more.example/{name}"}],
                quality=90,
            )
            titles.append(clean(text))
    return titles


async def ask_everything(house: House, texts: Sequence[str]) -> None:
    """Give every option of every command these texts, and let them be completed."""
    for command in commands_of(house):
        words = [one for one in command.parameters if one.type is Type.string]
        for text in texts if words else ():
            given: dict[str, Any] = {}
            for one in command.parameters:
                if one.choices:
                    given[one.display_name] = one.choices[0].value
                elif one.type is Type.string:
                    given[one.display_name] = text
                elif one.required and one.type is Type.channel:
                    given[one.display_name] = house.news
            await ask(house, house.ada, command, given, channel=house.review)
            for one in words:
                if one.autocomplete:
                    typed = {one.display_name: text}
                    where = house.review
                    await ask(house, house.ada, command, typed, channel=where, focused=one.name)


async def test_nothing_of_hostile_articles_is_live_wherever_they_are_shown(house: House) -> None:
    titles = write_all(house)
    await house.read_content()
    assert len(titles) > 50
    await house.add_digest(name=f"x]({EVIL})", limit=20, at="09:00, 12:00, 15:00")
    for hours in (9, 3, 3):
        await house.wait(hours=hours)
    shown = [embed for message in house.news.history() for embed in message.embeds]
    assert len(shown) > 30
    for title in titles[::3]:
        result = await house.mia.slash(house.news, "search", query=title[:100])
        await house.mia.autocomplete(house.news, "search", "query", title[:20])
        message = result.response
        assert message is not None
        for label in ("Related", "Share"):
            if message.embeds and label in str(message.components):
                await house.mia.click(message, label=label)
    for command in ("digest list", "digest history", "digest preview", "latest", "topics"):
        named = {"digest": f"x]({EVIL})"} if command.split()[-1] in {"history", "preview"} else {}
        await house.ada.slash(house.news, command, **named)
    assert harm_in(house.env) == []


async def test_nothing_hostile_is_live_at_the_review_desk(house: House) -> None:
    write_all(house)
    await house.read_content()
    await house.set_review_up()
    await house.add_digest(name=f"[a]({EVIL})", limit=15)
    waiting = cards(house)
    assert len(waiting) >= 15
    for card, text in zip(waiting, TYPED, strict=False):
        form = await house.nora.click(card, label="Reword")
        await fill(house.nora, form, text)
        await house.wake()
    for card, text in zip(cards(house)[-len(TYPED) :], TYPED, strict=False):
        await house.nora.react(card, "❌")
        await house.wake()
        await fill(house.nora, await house.nora.click(card, label="Say why"), text)
        await house.wake()
    for text in TYPED:
        said = await house.mia.send(house.news, f"{text} https://pond.example/{len(text)}")
        form = await house.mia.context_menu(house.news, SUGGEST, said)
        if form.modal is not None:
            await fill(house.mia, form, text)
            await house.wake()
    for command in ("review queue", "review log", "review undo"):
        await house.nora.slash(house.review, command)
    await house.wait(hours=9)
    assert harm_in(house.env) == []


async def fill(
    who: simcord.MemberActor, form: simcord.InteractionResult, text: str
) -> simcord.InteractionResult:
    """Send a form with one text in each of its fields."""
    assert form.modal is not None
    names = [label["component"]["custom_id"] for label in form.modal["components"]]
    return await who.submit_modal(form, dict.fromkeys(names, text))


async def test_nothing_that_people_type_is_live_in_what_they_are_answered(house: House) -> None:
    house.expected.append(app_commands.AppCommandError)
    await house.set_review_up()
    await house.add_digest(name=TYPED[1][:60])
    before = len(house.env.http_requests)
    await ask_everything(house, TYPED)
    assert len(house.env.http_requests) - before > 100
    assert harm_in(house.env) == []
    shown = list(plain_in(house.env))
    assert shown
    assert not [text for text in shown if re.search("[\u202a-\u202e\u2066-\u2069\u200b\n]", text)]


def test_most_of_what_is_hostile_would_be_harm() -> None:
    assert len([text for text in ALL_TEXTS if any(map(is_harm, live(text)))]) > 80
