"""/digest add, edit and tag: what a digest posts, where, when and how."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.choices import (
    Choices,
    Refusal,
    digest_named,
    digests_offered,
    guild_of,
    name_choices,
    offered,
    topic_named,
    topics_choices,
    zone_choices,
)
from bot.adapters.chat.commands.described import described
from bot.adapters.chat.commands.wishes import MOST_ARTICLES, Wishes, changed, drafted
from bot.adapters.chat.places import Chosen, PlaceOption, place_in
from bot.adapters.chat.replies import say
from bot.adapters.chat.services import Services
from bot.core.digest import CatchUp, Digest
from bot.core.text import escape
from bot.services.naming import named

_MANAGE = app_commands.checks.has_permissions(manage_guild=True)
_CATCH_UPS = [
    app_commands.Choice(name="latest: one edition for the newest of them", value="latest"),
    app_commands.Choice(name="all: one edition for each of them", value="all"),
    app_commands.Choice(name="skip: none, just go on", value="skip"),
]
_PING_OFF = [app_commands.Choice(name="off: ping nobody any more", value="off")]
_DESCRIBED = {
    "at": "Local times: 09:00, or several: 08:00, 18:30",
    "timezone": "Time zone, like Europe/Berlin",
    "days": "daily, weekdays, mon,wed,fri, 1st mon, last fri, or every 3 days",
    "limit": "Articles in an edition",
    "mention": "A role that the first message of each edition pings",
    "catchup": "What becomes of editions that were missed while I was away",
    "crosspost": "In announcement channels: hand posts on to the servers that follow",
}

_Limit = app_commands.Range[int, 1, MOST_ARTICLES]
_Channel = app_commands.Transform[Chosen, PlaceOption]
_CatchUp = app_commands.Choice[str]


class SettingUp:
    """The commands that say what a digest is."""

    def __init__(self, services: Services, *, wake: Callable[[], Awaitable[None]]) -> None:
        self._services = services
        self._wake = wake

    def add_to(self, group: app_commands.Group) -> None:
        """Add the commands to a group."""
        for command in (self.add(), self.edit(), self.tag()):
            group.add_command(command)

    def add(self) -> app_commands.Command[Any, ..., None]:
        """Return /digest add."""

        @app_commands.command(name="add", description="Post a selection of articles at set times")
        @app_commands.describe(
            topics="Topics with commas, or all",
            channel="Where to post: a channel, thread or forum; here where nothing is said",
            name="A name for it",
            **_DESCRIBED,
        )
        @app_commands.choices(catchup=_CATCH_UPS)
        @_MANAGE
        async def add(  # noqa: PLR0913, PLR0917 (the options of the command)
            interaction: discord.Interaction,
            topics: str,
            at: str,
            timezone: str | None = None,
            days: str | None = None,
            limit: _Limit | None = None,
            channel: _Channel | None = None,
            name: str | None = None,
            mention: discord.Role | None = None,
            catchup: _CatchUp | None = None,
            crosspost: bool | None = None,  # noqa: FBT001 (an option of the command)
        ) -> None:
            wishes = Wishes(
                topics=topics,
                at=at,
                timezone=timezone,
                days=days,
                limit=limit,
                channel=channel,
                name=name,
                mention=mention,
                catch_up=CatchUp(catchup.value) if catchup else None,
                crosspost=crosspost,
            )
            await self._add(interaction, wishes)

        add.autocomplete("topics")(self._topics)
        add.autocomplete("timezone")(self._zones)
        return add

    def edit(self) -> app_commands.Command[Any, ..., None]:
        """Return /digest edit."""

        @app_commands.command(name="edit", description="Change what is given, and nothing else")
        @app_commands.describe(
            digest="Which one",
            topics="Topics with commas, or all",
            channel="Where to post from now on: a channel, thread or forum",
            name="Another name for it",
            ping="Ping nobody any more",
            **_DESCRIBED,
        )
        @app_commands.choices(catchup=_CATCH_UPS, ping=_PING_OFF)
        @_MANAGE
        async def edit(  # noqa: PLR0913, PLR0917 (the options of the command)
            interaction: discord.Interaction,
            digest: str,
            topics: str | None = None,
            at: str | None = None,
            timezone: str | None = None,
            days: str | None = None,
            limit: _Limit | None = None,
            channel: _Channel | None = None,
            name: str | None = None,
            mention: discord.Role | None = None,
            ping: app_commands.Choice[str] | None = None,
            catchup: _CatchUp | None = None,
            crosspost: bool | None = None,  # noqa: FBT001 (an option of the command)
        ) -> None:
            wishes = Wishes(
                topics=topics,
                at=at,
                timezone=timezone,
                days=days,
                limit=limit,
                channel=channel,
                name=name,
                mention=mention,
                ping_off=ping is not None,
                catch_up=CatchUp(catchup.value) if catchup else None,
                crosspost=crosspost,
            )
            await self._edit(interaction, digest, wishes)

        edit.autocomplete("digest")(self._digests)
        edit.autocomplete("topics")(self._topics)
        edit.autocomplete("timezone")(self._zones)
        return edit

    def tag(self) -> app_commands.Command[Any, ..., None]:
        """Return /digest tag."""

        @app_commands.command(name="tag", description="In a forum: the tag of a topic's posts")
        @app_commands.describe(
            digest="Which one",
            topic="Posts about what",
            tag="A tag of the forum; none where nothing is said",
        )
        @_MANAGE
        async def tag(
            interaction: discord.Interaction, digest: str, topic: str, tag: str | None = None
        ) -> None:
            await self._tag(interaction, digest, topic, tag)

        tag.autocomplete("digest")(self._digests)
        tag.autocomplete("topic")(self._topics_of)
        tag.autocomplete("tag")(self._tags_of)
        return tag

    async def _add(self, interaction: discord.Interaction[Any], wishes: Wishes) -> None:
        guild, services = guild_of(interaction), self._services
        digests = await services.ledger.digests(guild_id=guild.id)
        draft = drafted(services, interaction, wishes, taken=[digest.name for digest in digests])
        digest = await services.ledger.add_digest(draft, now=services.clock())
        if digest is None:
            raise _taken(draft.name)
        (line,) = await described(services, guild, [digest])
        await say(interaction, f"Added. {line}")
        await self._wake()

    async def _edit(self, interaction: discord.Interaction[Any], name: str, wishes: Wishes) -> None:
        guild, services, now = guild_of(interaction), self._services, self._services.clock()
        before = digest_named(await self._here(interaction), name)
        after = changed(services, interaction, before, wishes)
        if not await services.ledger.change_digest(after, now=now):
            raise _taken(after.name)
        again = next(one for one in await self._here(interaction) if one.id == after.id)
        (line,) = await described(services, guild, [again])
        moved = "" if before.channel_id == after.channel_id else " What it posted before stays."
        await say(interaction, f"Changed.{moved} {line}")
        await self._wake()

    async def _tag(
        self, interaction: discord.Interaction[Any], name: str, topic: str, tag: str | None
    ) -> None:
        digest = digest_named(await self._here(interaction), name)
        if not digest.forum:
            raise Refusal(
                f"**{escape(digest.name)}** posts in <#{digest.channel_id}>, which is no forum; "
                "only posts in forums have tags."
            )
        place = place_in(guild_of(interaction), digest.channel_id)
        about = self._topic_of(digest, topic)
        tags = tuple(pair for pair in digest.tags if pair[0].casefold() != about.casefold())
        if tag is not None:
            found = place.tag_named(tag)
            tags = (*tags, (about, found.id))
            what = f"get the tag **{escape(found.name)}**"
        else:
            what = "get no tag of their own"
        place.check_tags(tags)
        after = replace(digest, tags=tags)
        await self._services.ledger.change_digest(after, now=self._services.clock())
        await say(
            interaction,
            f"From now on posts of **{escape(digest.name)}** about {escape(about)} {what} in "
            f"{place.mention}.",
        )

    def _topic_of(self, digest: Digest, typed: str) -> str:
        """Return the topic that is meant; raise Refusal where the digest does not post it."""
        known = (*digest.topics, *(topic for topic, _ in digest.tags))
        about = named(typed, known) or topic_named(self._services.library.catalogue, typed) or ""
        if not digest.takes((about,)):
            raise Refusal(
                f"**{escape(digest.name)}** posts nothing about {escape(about)}; it posts "
                f"{escape(digest.scope)}."
            )
        return about

    async def _here(self, interaction: discord.Interaction[Any]) -> list[Digest]:
        return list(await self._services.ledger.digests(guild_id=guild_of(interaction).id))

    @_MANAGE
    async def _digests(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(digests_offered(self._services.ledger, interaction, typed))

    async def _topics(self, _interaction: discord.Interaction, typed: str) -> Choices:
        return topics_choices(self._services.library.catalogue, typed)

    async def _zones(self, _interaction: discord.Interaction, typed: str) -> Choices:
        return zone_choices(typed)

    @_MANAGE
    async def _topics_of(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(self._topics_offered(interaction, typed))

    async def _topics_offered(self, interaction: discord.Interaction, typed: str) -> Choices:
        digest = await self._chosen(interaction)
        topics = digest.topics if digest else ()
        return name_choices(topics or tuple(self._services.library.catalogue.topics), typed)

    @_MANAGE
    async def _tags_of(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(self._tags_offered(interaction, typed))

    async def _tags_offered(self, interaction: discord.Interaction, typed: str) -> Choices:
        digest = await self._chosen(interaction)
        if digest is None or not digest.forum:
            return []
        try:
            place = place_in(guild_of(interaction), digest.channel_id)
        except Refusal:
            return []
        return name_choices([tag.name for tag in place.tags], typed)

    async def _chosen(self, interaction: discord.Interaction) -> Digest | None:
        """Return the digest that was named before, where options complete one after the other."""
        try:
            return digest_named(await self._here(interaction), interaction.namespace.digest or "")
        except Refusal:
            return None


def _taken(name: str) -> Refusal:
    return Refusal(f"There is a digest “{escape(name)}” already; give this one another name.")
