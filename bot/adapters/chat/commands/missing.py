"""What a server lacks for reviews to work as they are set, in words for whoever set them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.adapters.chat.deciders import may_decide
from bot.adapters.chat.refusals import ERRORS
from bot.adapters.chat.rights import Inspector, finding_in
from bot.core.policy import lasting
from bot.core.review import ReviewSettings, Undecided, Verdict
from bot.core.text import escape
from bot.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.core.review import Ballot


async def missing(
    client: discord.Client, guild: discord.Guild, settings: ReviewSettings, ballot: Ballot
) -> Sequence[str]:
    """Return what is missing, a line each."""
    inspector = Inspector(guild, guild.me, finding_in(guild))
    premises = await inspector.premises([], settings, ballot=ballot)
    faults = [
        *await _emoji(client, guild, ballot),
        *_people(guild, settings),
        *_times(settings),
    ]
    return [
        *(line for place in premises for line in place.lines()),
        *(f"- ⚠️ {fault}" for fault in faults),
    ]


async def _emoji(client: discord.Client, guild: discord.Guild, ballot: Ballot) -> list[str]:
    """Return which of the custom emoji the bot cannot react with, as far as Discord tells."""
    custom = [
        emoji
        for verdict in Verdict
        if (emoji := discord.PartialEmoji.from_str(ballot.emoji(verdict))).id is not None
    ]
    if not custom:
        return []
    try:
        here = {emoji.id: emoji for emoji in await guild.fetch_emojis()}
        own = {emoji.id for emoji in await client.fetch_application_emojis()}
    except ERRORS:
        return []  # nobody knows just now
    lines = []
    for emoji in custom:
        if emoji.id in own:
            continue
        found = here.get(emoji.id or 0)
        if found is None:
            lines.append(
                f"The emoji {escape(emoji.name)} is of another server; it works only while I am "
                "there."
            )
        elif not _usable(found, guild.me):
            lines.append(f"The emoji {escape(emoji.name)} is not one that I may use.")
    return lines


def _usable(emoji: discord.Emoji, me: discord.Member) -> bool:
    roles = {role.id for role in emoji.roles}
    return emoji.available and (not roles or any(role.id in roles for role in me.roles))


def _people(guild: discord.Guild, settings: ReviewSettings) -> list[str]:
    """Return whether there are people enough to decide, as far as that is known."""
    role = guild.get_role(settings.role_id) if settings.role_id is not None else None
    deciders = _deciders(guild, settings)
    if deciders is None:
        return []
    if not deciders and role is not None:
        return [f"Nobody has the role {role.mention} yet, so nothing can be approved."]
    if len(deciders) < settings.approvals:
        needed = counted(settings.approvals, "approval")
        return [f"{needed} needed, and {len(deciders)} may decide: nothing can be approved."]
    return []


def _deciders(guild: discord.Guild, settings: ReviewSettings) -> Collection[int] | None:
    """Return who may decide; None where Discord does not tell all who are in the server.

    It does so only of small servers or to bots with an intent that this one can do without.
    """
    if not guild.chunked:
        return None
    return {
        member.id
        for member in guild.members
        if not member.bot
        and may_decide(member, channel_id=settings.channel_id, role_id=settings.role_id)
    }


def _times(settings: ReviewSettings) -> list[str]:
    lines = []
    remind, expire = settings.remind_after, settings.expire_after
    if remind is not None and expire is not None and remind >= expire:
        lines.append(f"A card expires after {lasting(expire)}, before anybody is reminded of it.")
    if settings.undecided is Undecided.WAIT and expire is None:
        lines.append("An edition waits for ever where somebody does not decide.")
    return lines
