"""Looking for the bot's own messages where they may stand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from bot.adapters.chat.refusals import BROKEN, brief
from bot.core.outbox import Ambiguous, Sent, Sighting, Standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from bot.core.outbox import Delivery

NOT_TOLD_YET = "Discord has not told yet which channels there are"
_SLACK = timedelta(hours=1)  # our clock and Discord's may differ
Place = (
    discord.TextChannel
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.Thread
    | discord.ForumChannel
)


class Lookout:
    """Reads what the bot wrote; see `bot.ports.Chat` for what its answers say."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def sighting(self, delivery: Delivery) -> Sent | Sighting | Ambiguous:
        """Look for a message that may have been sent."""
        begun = delivery.first_attempt_at
        since = begun - _SLACK if begun else None
        try:
            if delivery.user_id is not None:
                inbox = await self._client.create_dm(discord.Object(delivery.user_id))
                return await self._searched(inbox, delivery, since=since)
            place = await self._readable(delivery.place_id)
            match place:
                case Sighting() | Ambiguous():
                    return place
                case discord.ForumChannel():
                    return await self._opened(place, delivery, since=since)
                case _:
                    return await self._searched(place, delivery, since=since)
        except (discord.Forbidden, discord.NotFound):
            return Sighting.UNREADABLE
        except (*BROKEN, discord.HTTPException) as error:
            return Ambiguous(reason=brief(error))

    async def own_messages(
        self, channel_id: int, *, since: datetime
    ) -> Sequence[Standing] | Sighting | Ambiguous:
        """Return the bot's messages with cards in a channel or forum."""
        try:
            place = await self._readable(channel_id)
            match place:
                case Sighting() | Ambiguous():
                    return place
                case discord.ForumChannel():
                    return [
                        standing
                        async for thread in self._own_threads(place, since=since)
                        async for standing in self._standing(thread, since, thread_id=thread.id)
                    ]
                case _:
                    return [standing async for standing in self._standing(place, since)]
        except (discord.Forbidden, discord.NotFound):
            return Sighting.UNREADABLE
        except (*BROKEN, discord.HTTPException) as error:
            return Ambiguous(reason=brief(error))

    async def _readable(self, place_id: int) -> Place | Sighting | Ambiguous:
        """Return a place whose history may be read.

        Where it may not, Discord answers with an empty list.
        """
        place = await place_of(self._client, place_id)
        if place is None:
            return Ambiguous(reason=NOT_TOLD_YET)
        if not isinstance(place, Place):
            return Sighting.UNREADABLE
        if not place.permissions_for(place.guild.me).read_message_history:
            return Sighting.UNREADABLE
        return place

    async def _searched(
        self, channel: discord.abc.Messageable, delivery: Delivery, *, since: datetime | None
    ) -> Sent | Sighting:
        """Read a channel's history for a message."""
        async for message in channel.history(after=since, limit=None, oldest_first=True):
            if self._is_own(message.author.id) and _shows(message, delivery):
                return Sent(message_id=message.id)
        return Sighting.ABSENT

    async def _opened(
        self, forum: discord.ForumChannel, delivery: Delivery, *, since: datetime | None
    ) -> Sent | Sighting:
        """Look for a thread that a message opened, whatever people call it by now."""
        async for thread in self._own_threads(forum, since=since):
            if since and discord.utils.snowflake_time(thread.id) < since:
                continue
            try:
                found = _shows(await thread.fetch_message(thread.id), delivery)
            except discord.NotFound:  # somebody deleted the message and left the thread
                opening = delivery.post.opening
                found = opening is not None and opening.name == thread.name
            if found:
                return Sent(message_id=thread.id)
        return Sighting.ABSENT

    async def _own_threads(
        self, forum: discord.ForumChannel, *, since: datetime | None
    ) -> AsyncIterator[discord.Thread]:
        """Yield the threads the bot opened that were not archived before an instant."""
        for thread in await forum.guild.active_threads():
            if thread.parent_id == forum.id and self._is_own(thread.owner_id):
                yield thread
        async for thread in forum.archived_threads(limit=None):  # archived last first
            if since and thread.archive_timestamp < since:
                return
            if self._is_own(thread.owner_id):
                yield thread

    async def _standing(
        self, channel: discord.abc.Messageable, since: datetime, *, thread_id: int | None = None
    ) -> AsyncIterator[Standing]:
        async for message in channel.history(after=since, limit=None, oldest_first=True):
            if message.embeds and self._is_own(message.author.id):
                yield Standing(
                    message_id=message.id,
                    thread_id=thread_id,
                    at=message.created_at,
                    urls=tuple(embed.url for embed in message.embeds if embed.url),
                    titles=tuple(e.title for e in message.embeds if e.title and not e.url),
                )

    def _is_own(self, user_id: int) -> bool:
        return self._client.user is not None and user_id == self._client.user.id


async def place_of(client: discord.Client, place_id: int) -> object | None:
    """Return a channel or thread; None while Discord has not told of all servers yet.

    Raise what discord.py raises where there is none.
    """
    place = client.get_channel(place_id)
    if place is not None:
        return place
    if not client.is_ready() or any(guild.unavailable for guild in client.guilds):
        return None
    return await client.fetch_channel(place_id)  # a thread that is archived


def _shows(message: discord.Message, delivery: Delivery) -> bool:
    shown = [(embed.title, embed.url) for embed in message.embeds]
    meant = [(card.title or None, card.url) for card in delivery.post.cards]
    return shown == meant and message.content.strip() == delivery.post.content.strip()
