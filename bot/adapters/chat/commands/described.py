"""How digests read in answers, and how long a channel is quiet."""

from __future__ import annotations

import re
from collections.abc import Sequence

import discord

from bot.adapters.chat.places import kind_of
from bot.adapters.chat.services import Services
from bot.core.days import show_days
from bot.core.digest import CatchUp, Digest, DigestState
from bot.core.quiet import Hush, Quiet, show_days_off, show_hours
from bot.core.rights import Kind
from bot.core.rules import show_times
from bot.core.slots import Slot
from bot.core.text import escape
from bot.core.wording import moment

_MENTION = re.compile(r"\\<(@\d+)\\>")  # as it is escaped
_MISSED = {
    CatchUp.ALL: "makes up for every missed edition",
    CatchUp.SKIP: "does not make up for missed editions",
}


async def described(
    services: Services, guild: discord.Guild, digests: Sequence[Digest]
) -> list[str]:
    """Return a line for each digest: what it posts, where, when, and what becomes of it."""
    quiets = await services.ledger.quiets(guild_id=guild.id)
    following = services.publisher.next_slots(digests, quiets=quiets)
    slots = {digest.id: slot for slot, digest in following}
    return [
        " · ".join(
            [
                _what(digest, kind_of(guild, digest)),
                *_extras(digest, quiets.get(digest.channel_id)),
                _state(digest, slots.get(digest.id)),
            ]
        )
        for digest in digests
    ]


def quiet_lines(quiet: Quiet | None) -> list[str]:
    """Return what is set for a channel in short: its quiet hours and its days off."""
    lines = []
    if quiet is not None and quiet.hours is not None:
        how = "posts wait" if quiet.hours.hush is Hush.WAIT else "posts make no sound"
        lines.append(f"quiet {show_hours(quiet.hours)} ({quiet.zone}): {how}")
    if quiet is not None and quiet.days_off:
        lines.append(f"off {show_days_off(quiet.days_off)} ({quiet.zone})")
    return lines


def _what(digest: Digest, kind: Kind | None) -> str:
    rule = digest.rule
    where = f"<#{digest.channel_id}>"
    if kind is not None and kind is not Kind.TEXT:
        where = f"the {kind.value} {where}"
    return (
        f"**{escape(digest.name)}** in {where}: {escape(digest.scope)}, "
        f"{show_days(rule.days)} at {show_times(rule.times)} ({rule.zone}), up to {digest.limit}"
    )


def _extras(digest: Digest, quiet: Quiet | None) -> list[str]:
    extras = []
    if digest.mention is not None:
        extras.append(f"pings <@&{digest.mention}>")
    if digest.crosspost:
        extras.append("handed on to followers")
    if digest.tags:
        named = ", ".join(escape(topic) for topic, _ in digest.tags)
        extras.append(f"tags for {named}")
    if digest.catch_up in _MISSED:
        extras.append(_MISSED[digest.catch_up])
    return [*extras, *quiet_lines(quiet)]


def _state(digest: Digest, slot: Slot | None) -> str:
    # whoever paused it is held by their id alone, which can be erased
    reason = _MENTION.sub(r"<\1>", escape(digest.state_reason))
    if digest.state is DigestState.PAUSED:
        return f"paused {reason}"
    if digest.state is DigestState.ASIDE:
        by = "" if digest.aside_by in {None, digest.channel_id} else f" in <#{digest.aside_by}>"
        return (
            f"**set aside** {reason}{by}; it goes on by itself once I am allowed there again, "
            "or with `/digest resume`"
        )
    return f"next {moment(slot.at)}" if slot else "no next edition"
