"""Reactions on review cards: which are heard, and what is done about those that do not count."""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, assert_never

import discord

from bot.adapters.chat.deciders import has_say
from bot.books import LedgerTrouble
from bot.core.review import ReviewState, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discord.ext import commands

    from bot.adapters.chat.pump import Pump
    from bot.adapters.chat.services import Services
    from bot.core.review import Review

_Event = discord.RawReactionActionEvent
_Clearing = discord.RawReactionClearEvent | discord.RawReactionClearEmojiEvent


class Say(Enum):
    """What a reaction on a card that waits is."""

    COUNTS = "counts"
    NOTHING = "nothing"
    NOT_THEIRS = "not theirs"


class Reactions:
    """Listens to reactions; what they come to is always read anew from Discord."""

    def __init__(self, services: Services, pump: Pump, client: discord.Client) -> None:
        self._services = services
        self._pump = pump
        self._client = client

    def listen(self, bot: commands.Bot) -> None:
        """Hear of every reaction that comes or goes."""
        bot.add_listener(self._given, "on_raw_reaction_add")
        bot.add_listener(self._taken_back, "on_raw_reaction_remove")
        bot.add_listener(self._cleared, "on_raw_reaction_clear")
        bot.add_listener(self._cleared, "on_raw_reaction_clear_emoji")

    async def _given(self, event: _Event) -> None:
        """Count what somebody says, if they have a say."""
        member = event.member
        if member is None or member.bot or self._client.is_closed():
            return
        verdict = self._services.ballot.verdict(str(event.emoji))
        if verdict is None:
            return
        with self._losing_nothing(), self._pump.busy():
            review = await self._waiting(event.message_id)
            if review is not None:
                await self._hear(event, member, verdict, review)

    async def _hear(
        self, event: _Event, member: discord.Member, verdict: Verdict, review: Review
    ) -> None:
        match _say(member, verdict, review):
            case Say.COUNTS:
                await self._count(review)
            case Say.NOT_THEIRS:
                await self._services.moderator.refuse_say(
                    review,
                    user_id=member.id,
                    emoji=str(event.emoji) if _may_tidy(member.guild, review) else None,
                )
                self._pump.deliver()
            case Say.NOTHING:
                pass
            case never:
                assert_never(never)

    async def _taken_back(self, event: _Event) -> None:
        """Count anew without what somebody took back, or others took away."""
        ours = self._client.user is not None and event.user_id == self._client.user.id
        if ours or self._client.is_closed():
            return
        if self._services.ballot.verdict(str(event.emoji)) is not None:
            await self._recount(event.message_id)

    async def _cleared(self, event: _Clearing) -> None:
        """Count anew where all reactions are gone, or all of one emoji."""
        if not self._client.is_closed():
            await self._recount(event.message_id)

    async def _recount(self, message_id: int) -> None:
        with self._losing_nothing(), self._pump.busy():
            review = await self._waiting(message_id)
            if review is not None:
                await self._count(review)

    @contextmanager
    def _losing_nothing(self) -> Iterator[None]:
        """Have all cards looked at by and by where the ledger cannot be used just now."""
        try:
            yield
        except LedgerTrouble:  # which planning tells of
            self._services.moderator.miss()

    async def _waiting(self, message_id: int) -> Review | None:
        review = await self._services.ledger.review_of_message(message_id)
        return review if review and review.state is ReviewState.PENDING else None

    async def _count(self, review: Review) -> None:
        if await self._services.moderator.count(review):
            await self._pump.wake()


def _say(member: discord.Member, verdict: Verdict, review: Review) -> Say:
    """Tell what a member's reaction is; the count asks again whether they may decide."""
    if verdict not in review.signs:
        return Say.NOTHING
    barred = verdict is Verdict.APPROVE and review.bars(member.id)
    return Say.NOT_THEIRS if barred or not has_say(member, review) else Say.COUNTS


def _may_tidy(guild: discord.Guild, review: Review) -> bool:
    channel = guild.get_channel(review.channel_id)
    return channel is not None and channel.permissions_for(guild.me).manage_messages
