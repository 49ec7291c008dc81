"""What the bot lacks in a server: permissions, channels and roles, as they are now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.adapters.chat.refusals import ERRORS
from bot.adapters.chat.replies import held
from bot.core.review import Verdict, is_custom
from bot.core.rights import Kind, Premises, lacking, may_ping, wanting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from bot.core.digest import Digest
    from bot.core.review import Ballot, ReviewSettings

    Channel = discord.abc.GuildChannel | discord.Thread
    Find = Callable[[int], Awaitable[Channel | None]]

_GONE = "it was deleted, or I may not see it (View Channel)"
NO_ANSWER = "Discord does not say just now what I may do there"
_SEEN = (
    "everybody in the server can see it, and so what is proposed; "
    "take View Channel from @everyone there if they should not"
)
_NO_ROLE = (
    "the role that decides was deleted, so those who may manage messages do; "
    "name another one with /review setup"
)
_LOCKED = "the thread is locked, so nothing can be posted"


class Inspector:
    """Looks at what a server needs; `find` answers a channel, None where it is gone."""

    def __init__(self, guild: discord.Guild, me: discord.Member, find: Find) -> None:
        self._guild = guild
        self._me = me
        self._find = find

    async def premises(
        self, digests: Iterable[Digest], settings: ReviewSettings | None, *, ballot: Ballot
    ) -> list[Premises]:
        """Return how it is in each digest's place, and where moderators review."""
        by_channel: dict[int, list[Digest]] = {}
        for digest in digests:
            by_channel.setdefault(digest.channel_id, []).append(digest)
        found = [await self._of_digests(key, group) for key, group in by_channel.items()]
        return [*found, await self._of_review(settings, ballot)] if settings else found

    async def _of_digests(self, channel_id: int, digests: Sequence[Digest]) -> Premises:
        names = ", ".join(digest.name for digest in digests)
        found, channel, given = await self._place(
            channel_id, f"digest{'s' if len(digests) > 1 else ''} {names}"
        )
        if channel is None:
            return found
        faults = [right.told for right in lacking(_kind_of(channel), given)]
        if isinstance(channel, discord.Thread) and channel.locked:
            faults.append(_LOCKED)
        faults += [fault for digest in digests if (fault := self._unpinged(digest, given))]
        return replace(found, faults=tuple(faults))

    async def _of_review(self, settings: ReviewSettings, ballot: Ballot) -> Premises:
        found, channel, given = await self._place(settings.channel_id, "review")
        gone = settings.role_id is not None and self._guild.get_role(settings.role_id) is None
        faults = [*found.faults, *([_NO_ROLE] if gone else [])]
        hints = [*found.hints]
        if channel is not None:
            missing = lacking(Kind.REVIEW, given)
            faults += [right.told for right in missing]
            custom = any(is_custom(ballot.emoji(verdict)) for verdict in Verdict)
            useful = () if missing else wanting(given, custom_emoji=custom)
            hints += [right.told for right in useful]
            if channel.permissions_for(self._guild.default_role).view_channel:
                hints.append(_SEEN)
        return replace(found, faults=tuple(faults), hints=tuple(hints))

    def _unpinged(self, digest: Digest, given: frozenset[str]) -> str | None:
        """Return why the role that a digest pings is not pinged."""
        if digest.mention is None:
            return None
        role = self._guild.get_role(digest.mention)
        if role is None:
            return f"the role that {digest.name} pings was deleted, so nobody is pinged"
        if may_ping(given, mentionable=role.mentionable):
            return None
        return (
            f"{digest.name} may not ping the role {role.name}: let anyone @mention it, or give me "
            "Mention @everyone, @here and All Roles there"
        )

    async def _place(
        self, channel_id: int, use: str
    ) -> tuple[Premises, Channel | None, frozenset[str]]:
        """Return a place, its channel where it is there, and what the bot may do in it."""
        found = Premises(channel_id=channel_id, name="", use=use)
        try:
            channel = await self._find(channel_id)
            given = await self._given(channel) if channel else frozenset[str]()
        except ERRORS:
            return replace(found, hints=(NO_ANSWER,)), None, frozenset()
        if channel is None:
            return replace(found, faults=(_GONE,)), None, given
        return replace(found, name=f"#{channel.name}"), channel, given

    async def _given(self, channel: Channel) -> frozenset[str]:
        """Return what the bot may do there; in a thread as the channel of it says."""
        if not isinstance(channel, discord.Thread):
            return held(channel.permissions_for(self._me))
        parent = await self._find(channel.parent_id)
        if parent is None or isinstance(parent, discord.Thread):
            return frozenset()
        # those of its own class take away what a channel takes from whoever may not send to it
        return held(discord.abc.GuildChannel.permissions_for(parent, self._me))


def finding_in(guild: discord.Guild) -> Find:
    """Return what finds channels of a server that the gateway tells of, and threads that sleep."""

    async def find(channel_id: int) -> Channel | None:
        return guild.get_channel_or_thread(channel_id) or await fetched(guild, channel_id)

    return find


async def fetched(guild: discord.Guild, channel_id: int) -> Channel | None:
    """Return a channel as Discord knows it; None where it is gone, or hidden from the bot."""
    try:
        return await guild.fetch_channel(channel_id)
    except (discord.NotFound, discord.Forbidden, discord.InvalidData):
        return None


def _kind_of(channel: Channel) -> Kind:
    match channel.type:
        case discord.ChannelType.forum:
            return Kind.FORUM
        case discord.ChannelType.news:
            return Kind.ANNOUNCEMENTS
        case _ if isinstance(channel, discord.Thread):
            return Kind.THREAD
        case _:
            return Kind.TEXT
