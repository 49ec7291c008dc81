"""What deliveries and reviews do on Discord; see `bot.ports.Chat` for the promises."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.adapters.chat.deciders import may_decide
from bot.adapters.chat.embeds import NOBODY, embeds_of
from bot.core.outbox import Ambiguous, Answer, Deferred, Dropped, Refused, Sent, Sighting
from bot.core.review import Unread, Vote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.outbox import Delivery
    from bot.core.review import Ballot, Review

log = logging.getLogger(__name__)

_UNKNOWN_CHANNEL = 10003
_UNKNOWN_MESSAGE = 10008
_SLOW = {30046: "edits to older messages", 40003: "direct messages"}
_CLOSED_INBOX = 50007
_GONE = (_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE)
_UNAUTHORIZED = 401
_TOO_MANY = 429
_SERVER_ERRORS = 500
_SLACK = timedelta(hours=1)  # our clock and Discord's may differ
_WAIT_AFTER_429 = timedelta(seconds=60)
_WAIT_WHERE_SLOW = timedelta(minutes=10)  # Discord does not say how long
_WAIT_FOR_NEWS = timedelta(seconds=10)
_NOT_TOLD_YET = "Discord has not told yet which channels there are"
# no answer; discord.py lets those of aiohttp through
_BROKEN = (discord.DiscordServerError, discord.RateLimited, aiohttp.ClientError, OSError)
_Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


class DiscordChat:
    """Speaks to Discord for deliveries and reviews."""

    def __init__(self, client: discord.Client, *, ballot: Ballot) -> None:
        self._client = client
        self._ballot = ballot

    async def post(self, delivery: Delivery) -> Answer:
        """Send a delivery as a new message."""
        if delivery.user_id is not None:
            return await self._tell(delivery, delivery.user_id)
        channel = self._client.get_partial_messageable(delivery.channel_id)
        return await _send(channel, delivery)

    async def edit(self, delivery: Delivery) -> Answer:
        """Give a message another form."""
        message = self._message(delivery.channel_id, delivery.message_id or 0)
        try:
            await message.edit(
                content=delivery.post.content,
                embeds=embeds_of(delivery.post),
                allowed_mentions=NOBODY,
            )
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            return _answer(error)
        return Sent(message_id=message.id)

    async def delete(self, delivery: Delivery) -> Answer:
        """Take a message away."""
        message = self._message(delivery.channel_id, delivery.message_id or 0)
        try:
            await message.delete()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            return _answer(error)
        return Sent(message_id=message.id)

    async def sighting(self, delivery: Delivery) -> Sent | Sighting | Ambiguous:
        """Look for a message that may have been sent."""
        try:
            if delivery.user_id is not None:
                inbox = await self._client.create_dm(discord.Object(delivery.user_id))
                return await self._searched(inbox, delivery)
            channel = self._client.get_channel(delivery.channel_id)
            if channel is None and self._knows_little():
                return Ambiguous(reason=_NOT_TOLD_YET)
            if not isinstance(channel, _Place) or not _is_readable(channel):
                return Sighting.UNREADABLE
            return await self._searched(channel, delivery)
        except (discord.Forbidden, discord.NotFound):
            return Sighting.UNREADABLE
        except (*_BROKEN, discord.HTTPException) as error:
            return Ambiguous(reason=_brief(error))

    async def mark(self, review: Review) -> None:
        """Add the reactions people vote with."""
        message = self._message(review.channel_id, review.message_id or 0)
        try:
            for emoji in self._ballot.emoji:
                await message.add_reaction(emoji)
        except (*_BROKEN, discord.HTTPException) as error:
            log.warning("reactions not added: review=%d %s", review.id, _brief(error))

    async def ballots(self, review: Review) -> Sequence[Vote] | Unread:
        """Return who of the entitled reacted with what on a card, or why it was not read."""
        guild = self._client.get_guild(review.guild_id)
        if guild is None:
            return Unread.NOW
        channel = self._client.get_partial_messageable(review.channel_id, guild_id=guild.id)
        votes: list[Vote] = []
        try:
            message = await channel.fetch_message(review.message_id or 0)
            for reaction in message.reactions:
                verdict = self._ballot.verdict(str(reaction.emoji))
                if verdict is None:
                    continue
                votes += [
                    Vote(user_id=user.id, verdict=verdict)
                    async for user in reaction.users()
                    if not user.bot and await self._entitled(guild, user, review)
                ]
        except (*_BROKEN, discord.HTTPException) as error:
            log.warning("card not read: review=%d %s", review.id, _brief(error))
            gone = isinstance(error, discord.NotFound) and error.code in _GONE
            return Unread.GONE if gone else Unread.NOW
        return votes

    async def _entitled(
        self, guild: discord.Guild, user: discord.User | discord.Member, review: Review
    ) -> bool:
        try:
            member = guild.get_member(user.id) or await guild.fetch_member(user.id)
        except discord.NotFound:  # left the server since
            return False
        return may_decide(member, channel_id=review.channel_id, role_id=review.role_id)

    async def _tell(self, delivery: Delivery, user_id: int) -> Answer:
        """Send a delivery to a person, as long as it is for them."""
        channel = self._client.get_channel(delivery.channel_id)
        if channel is None and self._knows_little():
            return Deferred(wait=_WAIT_FOR_NEWS, reason=_NOT_TOLD_YET)
        try:
            if not isinstance(channel, _Place) or not await _may_see(channel, user_id):
                return Dropped(reason="they left the server, or may not see the channel")
            inbox = await self._client.create_dm(discord.Object(user_id))
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            return _to_a_person(_answer(error), asked=False)
        return _to_a_person(await _send(inbox, delivery), asked=True)

    async def _searched(
        self, channel: discord.abc.Messageable, delivery: Delivery
    ) -> Sent | Sighting:
        """Read a channel's history for a message."""
        since = delivery.first_attempt_at
        async for message in channel.history(
            after=since - _SLACK if since else None, limit=None, oldest_first=True
        ):
            own = self._client.user is not None and message.author.id == self._client.user.id
            if own and _shows(message, delivery):
                return Sent(message_id=message.id)
        return Sighting.ABSENT

    def _knows_little(self) -> bool:
        return not self._client.is_ready() or any(g.unavailable for g in self._client.guilds)

    def _message(self, channel_id: int, message_id: int) -> discord.PartialMessage:
        return self._client.get_partial_messageable(channel_id).get_partial_message(message_id)


async def _send(channel: discord.abc.Messageable, delivery: Delivery) -> Answer:
    try:
        message = await channel.send(
            content=delivery.post.content or None,
            embeds=embeds_of(delivery.post),
            nonce=delivery.nonce,  # discord.py adds enforce_nonce
            allowed_mentions=NOBODY,
        )
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        return _answer(error)
    return Sent(message_id=message.id)


def _is_readable(channel: _Place) -> bool:
    """Tell whether history may be read; where it may not, Discord answers with an empty list."""
    allowed = channel.permissions_for(channel.guild.me)
    return allowed.read_message_history and allowed.view_channel


async def _may_see(channel: _Place, user_id: int) -> bool:
    """Ask whether somebody is in the server and may see a channel of it."""
    try:
        member = await channel.guild.fetch_member(user_id)
    except discord.NotFound:
        return False
    return channel.permissions_for(member).view_channel


def _answer(error: Exception) -> Answer:  # noqa: PLR0911 (one line a case)
    """Return what an error says of the message: not taken, never to be taken, or unknown."""
    match error:
        case discord.RateLimited():
            return Deferred(wait=timedelta(seconds=error.retry_after), reason="rate limit")
        case discord.HTTPException() if error.status >= _SERVER_ERRORS:
            return Ambiguous(reason=_brief(error))
        case discord.NotFound() if error.code == _UNKNOWN_MESSAGE:
            return Sent(message_id=None)  # it was there, and somebody deleted it
        case discord.HTTPException() if error.code in _SLOW:
            return Deferred(wait=_WAIT_WHERE_SLOW, reason=f"rate limit of {_SLOW[error.code]}")
        case discord.HTTPException() if error.code == _CLOSED_INBOX:
            return Dropped(reason=_brief(error), inbox_closed=True)
        case discord.Forbidden() | discord.NotFound():
            return Refused(reason=_brief(error), whole_channel=True)
        case discord.HTTPException() if error.status == _TOO_MANY:
            return Deferred(wait=_WAIT_AFTER_429, reason="rate limit")
        case discord.HTTPException() if error.status != _UNAUTHORIZED:
            return Refused(reason=_brief(error))
        case aiohttp.ClientError() | OSError():
            return Ambiguous(reason=_brief(error))
        case _:
            raise error


def _to_a_person(answer: Answer, *, asked: bool) -> Answer:
    """Return what an answer means for a direct message, which was `asked` for or not even that."""
    match answer:
        case Refused(reason=reason):
            return Refused(reason=reason)  # no channel is to blame
        case Ambiguous(reason=reason) if not asked:
            return Deferred(wait=_WAIT_AFTER_429, reason=reason)
        case _:
            return answer


def _shows(message: discord.Message, delivery: Delivery) -> bool:
    shown = [(embed.title, embed.url) for embed in message.embeds]
    meant = [(card.title, card.url) for card in delivery.post.cards]
    return shown == meant and message.content.strip() == delivery.post.content.strip()


def _brief(error: Exception) -> str:
    """Return an error in one line."""
    text = error.text if isinstance(error, discord.HTTPException) else str(error)
    return f"{type(error).__name__}: {text}".split("\n", 1)[0][:300]
