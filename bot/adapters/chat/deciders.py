"""Who decides: whose reactions count, and who says what became of a post in doubt."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.choices import Refusal, guild_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.adapters.chat.services import Services
    from bot.core.review import Review

_FEW = 10  # people who are asked for one by one
_AT_ONCE = 100  # https://discord.com/developers/docs/events/gateway-events#request-guild-members
_NOT_YOURS = "That is for those who review here, or may manage messages or the server."


def may_decide(member: discord.Member, *, channel_id: int | None, role_id: int | None) -> bool:
    """Tell whether a member has a say: by the role, or by permission where there is none.

    Of a role that was deleted since, nobody would be left. Who is in timeout has none.
    """
    if member.is_timed_out():
        return False
    if role_id is not None and member.guild.get_role(role_id) is not None:
        return member.get_role(role_id) is not None
    channel = member.guild.get_channel(channel_id) if channel_id is not None else None
    allowed = channel.permissions_for(member) if channel else member.guild_permissions
    return allowed.manage_guild or allowed.manage_messages


def has_say(member: discord.Member, review: Review) -> bool:
    """Tell whether a member has a say about a review."""
    return may_decide(member, channel_id=review.channel_id, role_id=review.role_id)


async def entitled_of(
    guild: discord.Guild, user_ids: Collection[int], review: Review
) -> Collection[int]:
    """Return which of these people may decide, as Discord knows them now."""
    members = await _members(guild, sorted(user_ids))
    return {member.id for member in members if has_say(member, review)}


async def _members(guild: discord.Guild, user_ids: Sequence[int]) -> list[discord.Member]:
    """Return those of these people who are in the server.

    Of very many it would take longer than anybody waits to ask for each, as in a raid.
    """
    found: list[discord.Member] = []
    if len(user_ids) > _FEW:
        for start in range(0, len(user_ids), _AT_ONCE):
            some = list(user_ids[start : start + _AT_ONCE])
            found += await guild.query_members(user_ids=some, limit=_AT_ONCE, cache=False)
        return found
    for user_id in user_ids:
        with suppress(discord.NotFound):  # who left the server since
            found.append(guild.get_member(user_id) or await guild.fetch_member(user_id))
    return found


async def is_moderator(services: Services, interaction: discord.Interaction[Any]) -> bool:
    """Tell whether somebody may decide where they are, by role or by permission."""
    settings = await services.ledger.review_settings(guild_of(interaction).id)
    member = interaction.user
    if not isinstance(member, discord.Member):
        return False
    where = settings.channel_id if settings else None
    by_permission = may_decide(member, channel_id=where, role_id=None)
    role_id = settings.role_id if settings else None
    return by_permission or may_decide(member, channel_id=where, role_id=role_id)


async def check_moderator(services: Services, interaction: discord.Interaction[Any]) -> None:
    """Raise Refusal where somebody may not decide."""
    if not await is_moderator(services, interaction):
        raise Refusal(_NOT_YOURS)
