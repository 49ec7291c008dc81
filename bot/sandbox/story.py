"""The whole story in one go: digests at their times, a search, ✅, restarts, a forum."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.seen import answer_of, cards_of, messages_of
from bot.sandbox.world import World, open_world

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import simcord

    from bot.config import Settings

log = logging.getLogger(__name__)

_HOUR = 3600.0
_REWORDED = "In the words of a moderator"
_TYPO = {"a": "e", "e": "a", "i": "y", "o": "a", "u": "o"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the story: whether it went as it should, and what could be seen."""

    name: str
    ok: bool
    messages: Sequence[dict[str, Any]]

    def as_record(self) -> dict[str, object]:
        """Return the step in the shape of `gazette sandbox --once --json`."""
        return {"name": self.name, "ok": self.ok, "messages": list(self.messages)}


@dataclass(slots=True, kw_only=True)
class _Telling:
    """The story so far."""

    world: World
    steps: list[Step] = field(default_factory=list)

    def note(self, name: str, *, ok: bool, seen: Sequence[dict[str, Any]]) -> None:
        self.steps.append(Step(name=name, ok=ok and bool(seen), messages=seen))


async def play(settings: Settings) -> list[Step]:
    """Play the steps in a fresh simulated server and return what happened.

    The telling ends with the first step that cannot be carried out at all.
    """
    # proposed earlier, the next day's articles would come between the story's own
    review = settings.review.model_copy(update={"lead_hours": 12})
    async with open_world(settings.model_copy(update={"review": review})) as world:
        telling = _Telling(world=world)
        scenes: tuple[Callable[[_Telling], Awaitable[None]], ...] = (
            _add_digest,
            _digest_at_its_time,
            _search,
            _set_review_up,
            _propose,
            _member_counts_nothing,
            _moderator_approves,
            _moderator_rewords,
            _moderator_undoes,
            _restart,
            _next_day,
            _forum,
            _quiet_hours,
            _downtime,
        )
        for scene in scenes:
            try:
                await scene(telling)
            except Exception:
                name = scene.__name__.strip("_").replace("_", " ")
                log.exception("the story cannot go on: %s", name)
                telling.note(name, ok=False, seen=[])
                break
        return telling.steps


async def open_with_a_digest(world: World) -> None:
    """Bring the server to where its page opens: an edition posted, proposals waiting."""
    await _add(world)
    await _add_in_forum(world)
    await world.ada.slash(
        world.news, "digest quiet", channel=world.news, hours="22:00-07:00", timezone="UTC"
    )
    await world.to_next_digest()
    await _ask_moderators(world)
    await world.ada.slash(world.news, "digest now", digest="Morning Gazette")


async def _add(world: World) -> simcord.InteractionResult:
    # whatever the settings say of digests and reviews, the story is told of these
    rule = {"at": "09:00", "timezone": "UTC", "days": "daily"}
    return await world.ada.slash(
        world.news, "digest add", topics="all", limit=4, name="Morning Gazette", **rule
    )


async def _add_in_forum(world: World) -> simcord.InteractionResult:
    # of one article each, so that even a small folder fills every edition of the story
    rule = {"at": "09:00", "timezone": "UTC", "days": "daily", "catchup": "latest"}
    where: dict[str, Any] = {"channel": world.library}
    return await world.ada.slash(
        world.news, "digest add", topics="all", limit=1, name="Library", **rule, **where
    )


async def _ask_moderators(world: World) -> simcord.InteractionResult:
    asked: dict[str, Any] = {
        "channel": world.review,
        "role": world.moderators,
        "approvals": 1,
        "buttons": True,
    }
    return await world.ada.slash(world.review, "review setup", **asked)


async def _add_digest(telling: _Telling) -> None:
    world = telling.world
    answer = answer_of(await _add(world))
    telling.note("digest added", ok="Morning Gazette" in answer["content"], seen=[answer])


async def _digest_at_its_time(telling: _Telling) -> None:
    world = telling.world
    due = await world.to_next_digest()
    seen = messages_of(world.news)
    shown = [embed for message in seen for embed in message["embeds"]]
    on_time = due is not None and (due.hour, due.minute) == (9, 0)
    pictured = any("image" in embed or "thumbnail" in embed for embed in shown)
    telling.note("digest at its time", ok=on_time and len(shown) > 0 and pictured, seen=seen)


async def _search(telling: _Telling) -> None:
    world = telling.world
    published = world.bot.services.library.catalogue.published
    wanted = max(
        (article for article in published if article.title.isascii()),
        key=lambda article: (len(article.title.split()), article.id),
    )
    words = wanted.title.split()
    result = await world.mia.slash(world.news, "search", query=_misspelt(" ".join(words[:5])))
    answer = answer_of(result)
    found = [embed.get("url") for embed in answer["embeds"]]
    ok = bool(found) and found[0] == wanted.url and result.ephemeral
    telling.note("search with a typo", ok=ok, seen=[answer])


async def _set_review_up(telling: _Telling) -> None:
    world = telling.world
    answer = answer_of(await _ask_moderators(world))
    telling.note("review set up", ok=world.review.mention in answer["content"], seen=[answer])


async def _propose(telling: _Telling) -> None:
    world = telling.world
    before = len(messages_of(world.news))
    await world.ada.slash(world.news, "digest now", digest="Morning Gazette")
    seen = messages_of(world.review)
    votes = {world.settings.review.approve_emoji, world.settings.review.reject_emoji}
    marked = all(
        votes <= {reaction["emoji"] for reaction in message["reactions"]} for message in seen
    )
    ok = marked and len(messages_of(world.news)) == before
    telling.note("articles proposed, none posted", ok=ok, seen=seen)


async def _member_counts_nothing(telling: _Telling) -> None:
    world = telling.world
    before = len(messages_of(world.news))
    card = cards_of(world.review)[0]
    # the channel is closed to members; Ada, who runs the server, lacks the moderators' role
    await world.ada.react(card, world.settings.review.approve_emoji)
    seen = messages_of(world.review)[:1]
    ok = len(messages_of(world.news)) == before and "Proposed" in seen[0]["content"]
    telling.note("a reaction without the role counts nothing", ok=ok, seen=seen)


async def _moderator_approves(telling: _Telling) -> None:
    world = telling.world
    before = len(messages_of(world.news))
    card = cards_of(world.review)[0]
    await world.nora.react(card, world.settings.review.approve_emoji)
    posted = messages_of(world.news)[before:]
    seen = messages_of(world.review)[:1]
    same = bool(posted) and [e.get("url") for e in posted[0]["embeds"]] == [
        e.get("url") for e in seen[0]["embeds"]
    ]
    ok = same and len(posted) == 1 and "Approved" in seen[0]["content"]
    telling.note("the moderator approves, the article is posted", ok=ok, seen=[*seen, *posted])


async def _moderator_rewords(telling: _Telling) -> None:
    world = telling.world
    before = len(messages_of(world.news))
    card = cards_of(world.review)[1]
    form = await world.nora.click(card, label="Reword")
    inputs = [row["component"] for row in (form.modal or {"components": []})["components"]]
    title, excerpt = (str(each["custom_id"]) for each in inputs)
    await world.nora.submit_modal(form, {title: _REWORDED, excerpt: ""})
    await world.nora.click(cards_of(world.review)[-1], label="Approve")
    posted = messages_of(world.news)[before:]
    seen = messages_of(world.review)[-1:]
    shown = [embed.get("title") for message in posted for embed in message["embeds"]]
    ok = shown == [_REWORDED] and "Approved" in seen[0]["content"]
    telling.note(
        "a moderator words an article anew, then approves it", ok=ok, seen=[*seen, *posted]
    )


async def _moderator_undoes(telling: _Telling) -> None:
    world = telling.world
    card = cards_of(world.review)[2]
    await world.nora.click(card, label="Reject")
    answer = answer_of(await world.nora.slash(world.review, "review undo"))
    cards = messages_of(world.review)
    seen = [answer, cards[2], cards[-1]]
    same = cards[2]["embeds"][0].get("url") == cards[-1]["embeds"][0].get("url")
    ok = same and "Undone" in cards[2]["content"] and "Proposed" in cards[-1]["content"]
    telling.note("a moderator takes a rejection back, and is asked again", ok=ok, seen=seen)


async def _restart(telling: _Telling) -> None:
    world = telling.world
    before = messages_of(world.news)
    await world.restart()
    await world.advance(60)
    seen = messages_of(world.news)
    telling.note("after a restart nothing is posted twice", ok=seen == before, seen=seen)


async def _next_day(telling: _Telling) -> None:
    world = telling.world
    await world.to_next_digest()
    for card in cards_of(world.review):
        if "Proposed" in card.content:
            await world.nora.react(card, world.settings.review.approve_emoji)
    seen = messages_of(world.news)
    urls = [embed.get("url") for message in seen for embed in message["embeds"]]
    grown = len(seen) > sum(len(step.messages) for step in telling.steps[-1:])
    ok = grown and len(urls) == len(set(urls))
    telling.note("the next day brings other articles, none twice", ok=ok, seen=seen)


async def _forum(telling: _Telling) -> None:
    world = telling.world
    await world.ada.slash(world.review, "review off")
    await _add_in_forum(world)
    await world.to_next_digest()
    seen = _threads(world)
    ok = len(seen) == 1 and len(seen[0]["embeds"]) == 1
    telling.note("in a forum an edition is a thread of its own", ok=ok, seen=seen)


async def _quiet_hours(telling: _Telling) -> None:
    world = telling.world
    before = len(_threads(world))
    quiet: dict[str, Any] = {"channel": world.library, "hours": "08:00-10:00", "timezone": "UTC"}
    await world.ada.slash(world.news, "digest quiet", **quiet)
    await world.to_next_digest()
    waited = len(_threads(world)) == before
    await world.advance(_HOUR)
    seen = _threads(world)[before:]
    telling.note("quiet hours let a post wait", ok=waited and len(seen) == 1, seen=seen)


async def _downtime(telling: _Telling) -> None:
    world = telling.world
    before = len(_threads(world))
    await world.restart(after=3 * 24 * _HOUR)
    seen = _threads(world)[before:]
    telling.note("three days away bring one edition", ok=len(seen) == 1, seen=seen)


def _threads(world: World) -> list[dict[str, Any]]:
    return [message for thread in world.threads for message in messages_of(thread)]


def _misspelt(text: str) -> str:
    """Return the text with one vowel of its longest word exchanged."""
    word = max(text.split(), key=len)
    place = next((i for i in range(len(word) - 1, 0, -1) if word[i].lower() in _TYPO), 0)
    wrong = word[:place] + _TYPO.get(word[place].lower(), "x") + word[place + 1 :]
    return text.replace(word, wrong, 1)
