"""What deliveries and reviews do on Discord; see `bot.ports.Chat` for the promises."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import discord

from bot.adapters.chat.deciders import entitled_of
from bot.adapters.chat.doubts import doubt_view
from bot.adapters.chat.embeds import NOBODY, embeds_of, mentions_of
from bot.adapters.chat.personal import telling_view
from bot.adapters.chat.refusals import (
    BROKEN,
    ERRORS,
    THREAD_ARCHIVED,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    answer_of,
    answer_to_a_person,
    brief,
)
from bot.adapters.chat.sightings import NOT_TOLD_YET, Lookout, Place, place_of
from bot.adapters.chat.verdicts import review_view
from bot.core.outbox import Answer, Deferred, Dropped, Refused, Sent
from bot.core.review import Unread, Vote
from bot.core.reviewing import NO_MORE

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Collection,
        Iterator,
        Sequence,
    )
    from datetime import datetime

    from bot.core.card import Opening, Post
    from bot.core.outbox import Ambiguous, Delivery, Sighting, Standing
    from bot.core.review import Ballot, Review, Verdict

log = logging.getLogger(__name__)

_GONE = (UNKNOWN_CHANNEL, UNKNOWN_MESSAGE)
_UNKNOWN_EMOJI = 10014
_WAIT_FOR_NEWS = timedelta(seconds=10)
_HIDDEN = Dropped(reason="they left the server, or may not see the channel")
_NEWS_TO_COME = Deferred(wait=_WAIT_FOR_NEWS, reason=NOT_TOLD_YET)


class DiscordChat:
    """Speaks to Discord for deliveries and reviews."""

    def __init__(self, client: discord.Client, *, ballot: Ballot) -> None:
        self._client = client
        self._ballot = ballot
        self._lookout = Lookout(client)
        self._unusable: set[str] = set()  # emoji that were told of

    async def post(self, delivery: Delivery) -> Answer:
        """Send a delivery as a new message."""
        if delivery.user_id is not None:
            return await self._tell(delivery, delivery.user_id)
        try:
            if delivery.post.opening is not None:
                return await self._open(delivery, delivery.post.opening)
            place = self._client.get_partial_messageable(delivery.place_id)
            return await _send(place, delivery, self._ballot)
        except ERRORS as error:
            return answer_of(error, delivery)

    async def edit(self, delivery: Delivery) -> Answer:
        """Give a message another form."""
        edit = partial(
            self._message(delivery).edit,
            content=delivery.post.content,
            embeds=embeds_of(delivery.post),
            allowed_mentions=NOBODY,
            view=_view_of(delivery.post, self._ballot),
        )
        return await self._change(delivery, edit)

    async def delete(self, delivery: Delivery) -> Answer:
        """Take a message away."""
        return await self._change(delivery, self._message(delivery).delete)

    async def crosspost(self, delivery: Delivery) -> Answer:
        """Hand a message on to the channels that follow its own."""
        return await self._change(delivery, self._message(delivery).publish)

    async def sighting(self, delivery: Delivery) -> Sent | Sighting | Ambiguous:
        """Look for a message that may have been sent."""
        return await self._lookout.sighting(delivery)

    async def own_messages(
        self, channel_id: int, *, since: datetime
    ) -> Sequence[Standing] | Sighting | Ambiguous:
        """Return the bot's messages with cards in a channel or forum."""
        return await self._lookout.own_messages(channel_id, since=since)

    async def mark(self, review: Review) -> None:
        """Add the reactions people vote with, those that are not there yet."""
        channel = self._client.get_partial_messageable(review.channel_id)
        message = channel.get_partial_message(review.message_id or 0)
        try:
            there = {self._ballot.verdict(emoji) for emoji in await _own_signs(message)}
        except (*BROKEN, discord.HTTPException) as error:
            log.warning("reactions not added: review=%d %s", review.id, brief(error))
            return
        for verdict in review.signs:
            if verdict not in there and not await self._sign(message, verdict, review):
                return

    async def _sign(
        self, message: discord.PartialMessage, verdict: Verdict, review: Review
    ) -> bool:
        """Add one reaction; tell whether it is worth trying the others."""
        emoji = self._ballot.emoji(verdict)
        try:
            await message.add_reaction(discord.PartialEmoji.from_str(emoji))
        except (*BROKEN, discord.HTTPException) as error:
            if getattr(error, "code", None) != _UNKNOWN_EMOJI:
                log.warning("reactions not added: review=%d %s", review.id, brief(error))
                return False
            # it was deleted, or is another server's; the others are no worse
            if emoji not in self._unusable:
                self._unusable.add(emoji)
                log.warning("the emoji %s is not one that the bot may use", emoji)
        return True

    async def ballots(self, review: Review) -> Sequence[Vote] | Unread:
        """Return who of the entitled reacted with what on a card, or why it was not read."""
        guild = self._client.get_guild(review.guild_id)
        if guild is None or guild.unavailable:  # whose roles nobody knows just now
            return Unread.NOW
        channel = self._client.get_partial_messageable(review.channel_id, guild_id=guild.id)
        try:
            message = await channel.fetch_message(review.message_id or 0)
            signed = [vote async for vote in self._signed(message, review)]
            entitled = await entitled_of(guild, {vote.user_id for vote in signed}, review)
        except (*BROKEN, discord.DiscordException) as error:
            log.warning("card not read: review=%d %s", review.id, brief(error))
            gone = isinstance(error, discord.NotFound) and error.code in _GONE
            return Unread.GONE if gone else Unread.NOW
        # discord.py turns each page of them round
        votes = (vote for vote in signed if vote.user_id in entitled)
        return sorted(votes, key=lambda vote: vote.user_id)

    async def _signed(self, message: discord.Message, review: Review) -> AsyncIterator[Vote]:
        """Yield what people, whoever they are, said by reactions."""
        for reaction in message.reactions:
            verdict = self._ballot.verdict(str(reaction.emoji))
            if verdict is None or verdict not in review.signs:
                continue
            if reaction.me and reaction.count == 1:  # as most are, below most cards
                continue
            for kind in _kinds_of(reaction):
                async for user in reaction.users(type=kind):
                    if not user.bot:
                        yield Vote(user_id=user.id, verdict=verdict)

    async def entitled(self, review: Review, user_ids: Collection[int]) -> Collection[int] | None:
        """Return which of these people may decide; None where Discord does not say just now."""
        guild = self._client.get_guild(review.guild_id)
        if guild is None or guild.unavailable:
            return None
        try:
            return await entitled_of(guild, user_ids, review)
        except (*BROKEN, discord.DiscordException) as error:
            log.warning("members not read: review=%d %s", review.id, brief(error))
            return None

    async def unsign(self, review: Review, *, emoji: str, user_id: int) -> None:
        """Take somebody's reaction from a card, where the bot may manage messages."""
        channel = self._client.get_partial_messageable(review.channel_id)
        message = channel.get_partial_message(review.message_id or 0)
        try:
            sign = discord.PartialEmoji.from_str(emoji)
            await message.remove_reaction(sign, discord.Object(user_id))
        except (*BROKEN, discord.HTTPException) as error:
            log.info("reaction left where it is: review=%d %s", review.id, brief(error))

    async def _tell(self, delivery: Delivery, user_id: int) -> Answer:
        """Send a delivery to a person, as long as it is for them."""
        try:
            if delivery.post.cards:  # which not everybody may see
                place = await place_of(self._client, delivery.channel_id)
                if place is None:
                    return _NEWS_TO_COME
                if not isinstance(place, Place) or not await _may_see(place, user_id):
                    return _HIDDEN
            inbox = await self._client.create_dm(discord.Object(user_id))
        except discord.NotFound:
            return _HIDDEN
        except ERRORS as error:
            return answer_to_a_person(answer_of(error, delivery), asked=False)
        try:
            return await _send(inbox, delivery, self._ballot)
        except ERRORS as error:
            return answer_to_a_person(answer_of(error, delivery), asked=True)

    async def _open(self, delivery: Delivery, opening: Opening) -> Answer:
        """Begin a thread of a forum, with those of its tags that are still there."""
        forum = await place_of(self._client, delivery.channel_id)
        if forum is None:
            return _NEWS_TO_COME
        if not isinstance(forum, discord.ForumChannel):
            return Refused(reason="the channel is no forum", whole_channel=True)
        any_tag = forum.permissions_for(forum.guild.me).manage_threads
        usable = [tag for tag in forum.available_tags if any_tag or not tag.moderated]
        tags = [tag for tag in usable if tag.id in opening.tags]
        if forum.flags.require_tag and not tags:
            tags = usable[:1]  # an edition that has none of its own must not be lost for that
        opened = await forum.create_thread(
            name=opening.name,
            content=delivery.post.content,
            embeds=embeds_of(delivery.post),
            applied_tags=tags,
            allowed_mentions=mentions_of(delivery.post),
            silent=delivery.silent,
        )
        return Sent(message_id=opened.thread.id)

    async def _change(self, delivery: Delivery, change: Callable[[], Awaitable[object]]) -> Answer:
        """Do something to a message, opening the archived thread where it stands."""
        try:
            try:
                await change()
            except discord.HTTPException as error:
                if error.code != THREAD_ARCHIVED:
                    raise
                thread = await self._client.fetch_channel(delivery.place_id)
                if not isinstance(thread, discord.Thread) or thread.locked:
                    raise
                await thread.edit(archived=False)
                await change()
        except ERRORS as error:
            return answer_of(error, delivery)
        return Sent(message_id=delivery.message_id)

    def _message(self, delivery: Delivery) -> discord.PartialMessage:
        place = self._client.get_partial_messageable(delivery.place_id)
        return place.get_partial_message(delivery.message_id or 0)


async def _send(channel: discord.abc.Messageable, delivery: Delivery, ballot: Ballot) -> Answer:
    message = await channel.send(
        content=delivery.post.content or None,
        embeds=embeds_of(delivery.post),
        nonce=delivery.nonce,  # discord.py adds enforce_nonce
        allowed_mentions=mentions_of(delivery.post),
        silent=delivery.silent,
        view=_view_of(delivery.post, ballot) or discord.utils.MISSING,
    )
    return Sent(message_id=message.id)


def _view_of(post: Post, ballot: Ballot) -> discord.ui.View | None:
    if post.asks is not None:
        return doubt_view(post.asks)
    if post.review is not None and post.offers:
        return review_view(post.review, post.offers, ballot)
    return telling_view(told=True) if NO_MORE in post.offers else None


def _kinds_of(reaction: discord.Reaction) -> Iterator[discord.ReactionType | None]:
    """Yield the kinds of reactions there are: plain ones, and super reactions."""
    if reaction.burst_count < reaction.count:
        yield None
    if reaction.burst_count:
        yield discord.ReactionType.burst


async def _own_signs(message: discord.PartialMessage) -> list[str]:
    """Return what the bot reacted with already."""
    found = await message.fetch()
    return [str(reaction.emoji) for reaction in found.reactions if reaction.me]


async def _may_see(channel: Place, user_id: int) -> bool:
    """Ask whether somebody of the server may see a channel of it; raise NotFound where not."""
    member = await channel.guild.fetch_member(user_id)
    if isinstance(channel, discord.Thread) and channel.is_private():
        await channel.fetch_member(user_id)
    return channel.permissions_for(member).view_channel
