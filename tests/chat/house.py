"""A simulated server with the real bot in it, and small articles to fill it with."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import discord
import simcord
import yaml

from bot.app import create_bot
from bot.config import Settings, load_settings, with_state
from bot.sandbox.world import VirtualClock
from tests.decent import faults_in
from tests.faults.openapi import description
from tests.faults.world import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.adapters.chat.client import GazetteBot
    from bot.core.article import Headline

SECRET = "swordfish-7c1d"  # noqa: S105 (what every article carries and no message may show)
_HOUR = 3600
LISTS = {None, "Related"}  # titles of embeds that are no cards

OTTERS = "River otters return to the old harbour"
GLACIERS = "Glaciers hum before they break"
QUANTUM = "Quantum kitchens learn to cook"
UMBRELLAS = "Tokyo opens a museum of lost umbrellas"
TELESCOPE = "A telescope made of spinning mercury"
BAKERS = "Bakers strike over cold ovens"
ZEPPELINS = "Zeppelins may carry the post again"
MARKDOWN = "*Stars* [and](https://evil.example) ~~stripes~~"


@dataclass(frozen=True, slots=True)
class ContentWriter:
    """Writes articles as people do: Markdown files with front matter."""

    folder: Path

    def write(self, title: str, *, name: str | None = None, **fields: object) -> Path:
        """Write one article; what is not given is what any article has."""
        slug = name or "".join(char if char.isalnum() else "-" for char in title.lower())[:60]
        front = {
            "title": title,
            "excerpt": f"What there is to say about it: {title.lower()}.",
            "publishedDateTime": "2025-12-31T08:00:00Z",
            "webUrl": f"https://example.org/{slug}",
            "type": "article",
            "quality": 50,
            "heat": -1,
            "published": True,
            "provider": {
                "name": "Daily Star",
                "domain": "star.example",
                "images": [{"url": "https://star.example/icon.png"}],
            },
            "topics": ["Science"],
            "images": [{"url": f"https://example.org/{slug}.png", "width": 800, "height": 400}],
            "related": [
                {
                    "title": f"More on {slug}",
                    "webUrl": f"https://more.example/{slug}",
                    "provider": {"name": "More"},
                }
            ],
            "secured": SECRET,
        }
        text = yaml.safe_dump(front | fields, allow_unicode=True, sort_keys=False)
        file = self.folder / f"{slug}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\n{text}---\n", encoding="utf-8")
        return file

    def write_some(self) -> None:
        """Write six articles of three topics and two providers, and a draft."""
        post = {"name": "Harbour Post", "domain": "post.example"}
        self.write(OTTERS, topics=["Nature"], quality=90, provider=post)
        self.write(
            GLACIERS,
            topics=["Nature", "Science"],
            quality=80,
            publishedDateTime="2025-12-29T08:00:00Z",
        )
        self.write(QUANTUM, quality=70, publishedDateTime="2025-12-28T08:00:00Z")
        self.write(
            UMBRELLAS,
            topics=["Culture"],
            quality=60,
            provider=post,
            publishedDateTime="2025-12-10T08:00:00Z",
        )
        self.write(TELESCOPE, quality=55, publishedDateTime="2025-06-01T08:00:00Z")
        self.write(BAKERS, topics=["Culture"], quality=40, publishedDateTime="2023-06-01T08:00:00Z")
        self.write(ZEPPELINS, published=False)


def settings_for(content: Path, state: Path) -> Settings:
    """Return the settings that an operator gets who sets nothing but folders."""
    return with_state(load_settings(content=content), state)


@dataclass(slots=True, kw_only=True)
class House:
    """The server, everybody in it, and the bot that runs now."""

    env: simcord.Env
    settings: Settings
    clock: VirtualClock
    content: ContentWriter
    guild: simcord.GuildHandle
    news: simcord.ChannelHandle
    review: simcord.ChannelHandle
    moderators: simcord.RoleHandle
    ada: simcord.MemberActor  # manages the server
    nora: simcord.MemberActor  # a moderator by role
    otto: simcord.MemberActor  # another moderator by role
    mia: simcord.MemberActor  # a member
    expected: list[type[BaseException]] = field(default_factory=list)

    @property
    def bot(self) -> GazetteBot:
        bot: Any = self.env.bot
        return bot  # type: ignore[no-any-return]  # simcord types it as any client

    async def read_content(self) -> None:
        """Let the bot read what was written since."""
        await self.bot.services.library.refresh()

    async def look(self) -> None:
        """Let the bot look at the files, and do what follows."""
        await self.bot.services.attendant.look()
        await self.env.settle()

    def article(self, title: str) -> Headline:
        """Return what is at hand of the article of that title, draft or not."""
        articles = self.bot.services.library.catalogue.articles.values()
        return next(article for article in articles if article.title == title)

    async def wait(self, *, hours: float = 0, seconds: float = 0) -> None:
        """Let time pass, and the bot do what is due then."""
        await self.env.advance_time(hours * _HOUR + seconds)
        await self.wake()

    async def wake(self) -> None:
        await self.bot.wake()
        await self.bot.told()
        await self.env.settle()

    async def restart(self) -> None:
        """Stop the bot and start another on the same ledger."""
        await self.bot.close()
        await self.env.restart_bot(create_bot(self.settings, clock=self.clock, heartbeat=False))
        await self.env.settle()

    def deafen(self) -> None:
        """Let the bot hear of no reaction until its next start, as while it is away."""
        for event in ("add", "remove", "clear", "clear_emoji"):
            self.bot.extra_events.pop(f"on_raw_reaction_{event}", None)

    async def add_digest(self, **options: Any) -> str:  # noqa: ANN401 (any option of the command)
        """Add a digest for every day at nine and return the answer."""
        given = {"topics": "all", "at": "09:00", "name": "Morning"} | options
        return said(await self.ada.slash(self.news, "digest add", **given))

    async def set_review_up(self, **options: Any) -> str:  # noqa: ANN401 (likewise)
        """Let the moderators' role review in the review channel."""
        given = {"channel": self.review, "role": self.moderators} | options
        named = {key: value for key, value in given.items() if value is not None}
        return said(await self.ada.slash(self.review, "review setup", **named))

    async def guild_owner_deletes(self, message: discord.Message) -> None:
        """Let the owner of the server delete a message."""
        self.env.backend.delete_message(message.channel.id, message.id)
        await self.env.settle()

    def let_past_discord(self, member: simcord.MemberActor, command: str) -> None:
        """Let Discord show somebody a command in spite of its default permissions."""
        found = next(c for c in self.commands() if c["name"] == command)
        self.guild.set_command_permissions(int(found["id"]), {member: True})

    def commands(self) -> list[dict[str, Any]]:
        """Return the commands as they are registered."""
        found = self.env.backend.visible_commands(user_id=self.ada.id, channel_id=self.news.id)
        return [dict(command) for command in found]

    def requests(self, method: str, ending: str = "") -> list[Any]:
        """Return the bodies of the requests of that method whose path ends so."""
        return [
            request.json
            for request in self.env.http_requests
            if request.method == method and request.path.endswith(ending)
        ]


@asynccontextmanager
async def open_house(settings: Settings, content: ContentWriter) -> AsyncIterator[House]:
    """Start a bot in a server of its own; what it did wrong shows on leaving."""
    clock = VirtualClock()
    bot = create_bot(settings, clock=clock, heartbeat=False)
    async with simcord.run(bot) as env:
        clock.env = env
        house = furnish(env, settings, clock, content)
        await env.settle()
        yield house
        await house.bot.close()
        assert_decent(env, settings)


def furnish(
    env: simcord.Env, settings: Settings, clock: VirtualClock, content: ContentWriter
) -> House:
    """Make a server and its people."""
    guild = env.create_guild("Riverside Reading Club")
    moderators = guild.create_role("Moderators")
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return House(
        env=env,
        settings=settings,
        clock=clock,
        content=content,
        guild=guild,
        news=guild.create_text_channel("news"),
        review=guild.create_text_channel("review"),
        moderators=moderators,
        ada=guild.add_member(env.create_user("ada", global_name="Ada"), roles=[managers]),
        nora=guild.add_member(env.create_user("nora"), roles=[moderators]),
        otto=guild.add_member(env.create_user("otto"), roles=[moderators]),
        mia=guild.add_member(env.create_user("mia", global_name="Mia")),
    )


def said(result: simcord.InteractionResult) -> str:
    """Return the text of an answer that only its asker sees."""
    message = answer(result)
    assert message.ephemeral
    return message.content


def answer(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """Return what an interaction was answered with; after a deferral its last word."""
    message = result.followups[-1] if result.followups else result.response
    assert message is not None, "the interaction was not answered"
    return message


def titles(message: discord.Message | simcord.ResponseMessage) -> list[str | None]:
    """Return the titles of a message's cards."""
    return [embed.title for embed in message.embeds if embed.title not in LISTS]


def listed(message: discord.Message | simcord.ResponseMessage) -> list[str]:
    """Return the titles in the list below a card, without marks."""
    lines = [
        line
        for embed in message.embeds
        if embed.title in LISTS
        for line in (embed.description or "").split("\n")
    ]
    return [
        re.sub(r"^\*\*\d+\.\*\* \[(.*?)\]\(.*$", r"\1", line).replace("**", "") for line in lines
    ]


def found(message: discord.Message | simcord.ResponseMessage) -> list[str]:
    """Return the titles of the card and of the list."""
    return [title or "" for title in titles(message)] + listed(message)


def menu(message: simcord.ResponseMessage) -> dict[str, str]:
    """Return the values of a message's select menu by their labels, without numbers."""
    return {
        option["label"].partition(" ")[2]: option["value"]
        for row in message.components
        for item in row["components"]
        for option in item.get("options", ())
    }


def button_id(message: simcord.ResponseMessage, label: str) -> str:
    """Return the id of a message's button."""
    return next(
        str(item["custom_id"])
        for row in message.components
        for item in row["components"]
        if item.get("label") == label
    )


def all_titles(channel: simcord.ChannelHandle) -> list[str | None]:
    """Return the titles of all cards in a channel."""
    return [title for message in channel.history() for title in titles(message)]


def labels(message: simcord.ResponseMessage) -> list[str]:
    """Return the labels of a message's buttons."""
    items = [item for row in message.components for item in row["components"]]
    return [item["label"] for item in items if "label" in item]


def assert_decent(env: simcord.Env, settings: Settings) -> None:
    """Fail where a request pinged, broke a limit, told what is nobody's business or is undescribed.

    One route is exempt from Discord's description: tests alone set permissions, which discord.py
    writes as text, and the description wants numbers.
    """
    described = description()
    hidden = (SECRET, str(settings.content.path.absolute().parent))
    for request in env.http_requests:
        query = urlencode(request.params)
        asked = Request(method=request.method, path=request.path, json=request.json, query=query)
        if described and "/permissions/" not in request.path:
            assert not (faults := described.faults_of_request(asked)), faults
        text = json.dumps(request.json, ensure_ascii=False)
        assert not [secret for secret in hidden if secret in text], request.path
        assert not (wrong := faults_in(request.method, request.path, request.json)), wrong
