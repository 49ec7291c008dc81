"""What autocomplete offers, and how what was typed is understood."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.core.answer import LABEL_LIMIT
from bot.core.digest import ALL_TOPICS
from bot.core.marking import fitted, marks_of
from bot.core.rules import zones
from bot.core.text import cut, escape
from bot.core.words import fold
from bot.services.find import CHOICES, suggestion_value
from bot.services.naming import named

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection, Iterable, Sequence

    from bot.books import Ledger
    from bot.core.article import Headline
    from bot.core.catalogue import Catalogue
    from bot.core.digest import Digest
    from bot.core.query import Marks

log = logging.getLogger(__name__)

_LONGEST = 2.0  # seconds; after three Discord takes no answer

Choices = list[app_commands.Choice[str]]


class Refusal(Exception):  # noqa: N818 (a kind no, not an error of the program)
    """What was asked cannot be done; the text tells the person what to do instead."""


async def offered(finding: Awaitable[Choices]) -> Choices:
    """Return the choices, none where finding them fails or lasts; what was typed can be sent."""
    try:
        async with asyncio.timeout(_LONGEST):
            return await finding
    except app_commands.AppCommandError:
        return []  # they may not ask, which the command will tell
    except TimeoutError:
        log.warning("nothing was suggested in time")
        return []
    except Exception:
        log.exception("nothing was suggested")
        return []


def article_choices(articles: Iterable[Headline], typed: str) -> Choices:
    """Return titles to choose from; the value is an id, for a title may be longer than allowed."""
    marks = marks_of(typed)
    return [
        app_commands.Choice(name=_label(article, marks), value=suggestion_value(article))
        for article in list(articles)[:CHOICES]
    ]


def name_choices(names: Collection[str], typed: str) -> Choices:
    """Return the names that begin with, hold, or else are nearly what was typed."""
    wanted = fold(typed.strip())
    fitting = [name for name in names if wanted in fold(name)]
    if not fitting and (meant := named(typed, names)):
        fitting = [meant]
    fitting.sort(key=lambda name: not fold(name).startswith(wanted))
    return [
        app_commands.Choice(name=cut(name, LABEL_LIMIT), value=name[:LABEL_LIMIT])
        for name in fitting[:CHOICES]
    ]


async def digests_offered(
    ledger: Ledger, interaction: discord.Interaction[Any], typed: str
) -> Choices:
    """Return the names of a server's digests."""
    here = await ledger.digests(guild_id=guild_of(interaction).id)
    return name_choices([digest.name for digest in here], typed)


def topics_choices(catalogue: Catalogue, typed: str) -> Choices:
    """Return topics to add to those already typed, with commas."""
    *before, last = [part.strip() for part in typed.split(",")]
    taken = {fold(part) for part in before}
    offered = [topic for topic in catalogue.topics if fold(topic) not in taken]
    names = offered if before else [ALL_TOPICS, *offered]
    choices = []
    for choice in name_choices(names, last):
        whole = ", ".join([*before, choice.value])
        if len(whole) <= LABEL_LIMIT:
            choices.append(app_commands.Choice(name=whole, value=whole))
    return choices


def zone_choices(typed: str) -> Choices:
    """Return time zones that hold what was typed."""
    return name_choices(zones(), typed.replace(" ", "_"))


def topics_named(catalogue: Catalogue, typed: str) -> tuple[str, ...]:
    """Return the topics of `AI, climate`, nothing for `all`; raise Refusal where one is unknown."""
    whole = catalogue.topic_named(typed)
    if whole is not None:  # its name may hold a comma
        return (whole,)
    words = [word.strip() for word in typed.split(",") if word.strip()]
    if [fold(word) for word in words] == [ALL_TOPICS]:
        return ()
    topics = []
    for word in words:
        topic = catalogue.topic_named(word)
        if topic is None:
            known = cut(", ".join(list(catalogue.topics)[:CHOICES]), 1000)
            raise Refusal(
                f"There is no topic “{escape(cut(word, 50))}”. "
                f"There are: {escape(known)}; or write all."
            )
        topics.append(topic)
    if not topics:
        raise Refusal("Name at least one topic, or write all.")
    return tuple(dict.fromkeys(topics))


def topic_named(catalogue: Catalogue, typed: str | None) -> str | None:
    """Return the topic of that name; raise Refusal where there is none."""
    if typed is None:
        return None
    meant = named(typed, catalogue.topics)
    (topic, *_) = (meant,) if meant else topics_named(catalogue, typed.replace(",", " ")) or (None,)
    return topic


def digest_named(digests: Sequence[Digest], typed: str) -> Digest:
    """Return the digest of that name; raise Refusal where there is none."""
    wanted = typed.strip().casefold()
    found = next((digest for digest in digests if digest.name.casefold() == wanted), None)
    if found is None:
        names = ", ".join(digest.name for digest in digests) or "none yet; add one with /digest add"
        raise Refusal(
            f"There is no digest “{escape(cut(typed, 100))}” here. There are: {escape(names)}."
        )
    return found


def guild_of(interaction: discord.Interaction[Any]) -> discord.Guild:
    """Return the server of an interaction; raise NoPrivateMessage outside one."""
    if interaction.guild is None:
        raise app_commands.NoPrivateMessage
    return interaction.guild


def _label(article: Headline, marks: Marks) -> str:
    label = f"{article.title} — {article.source}" if article.source else article.title
    return label if len(label) <= LABEL_LIMIT else fitted(article.title, LABEL_LIMIT, marks)
