"""What anybody may ask of the bot itself: /help and /status."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.replies import say, say_lines
from bot.adapters.chat.rights import NO_ANSWER, Inspector, finding_in
from bot.adapters.chat.services import Services
from bot.core.digest import Digest, DigestState
from bot.core.review import Verdict
from bot.core.text import escape
from bot.core.wording import counted, moment

_PATIENCE = 1.5  # seconds of the three that Discord gives
_HELP = """\
## Gazette
Curated articles: posted by topic at set times, and found when you ask.
**For everybody**
- `/search` finds articles; typos are fine, and what you choose from the list opens at once. \
Forgiving operators: `"exact words"`, `-without`, `topic:`, `provider:`, `after:`, `before:`, \
`is:posted`
- Below an answer: open another, walk through what is related, share it in the channel
- `Find related`, under Apps in the menu of a message, shows what goes with its link
- `Suggest article`, beside it, asks the moderators to post a link
- `/latest` shows the newest, `/random` one by chance, `/topics` what they are about, \
`/status` how the bot is doing
- `/searches` lists what you wait to be told of, and ends it
- `/privacy show` shows what I hold of you, `/privacy erase` erases it
**For those who manage the server**
- `/digest add` posts a selection at your times, here or in another channel, thread or forum; \
`/digest edit` changes it, `/digest tag` says which tag of a forum a topic gets
- `/digest quiet` sets the quiet hours of a channel, `/digest daysoff` days without posts
- `/digest list`, `preview`, `now`, `pause`, `resume`, `remove`
- `/digest history` shows what was posted and why not, and asks you where nobody knows
- `/reload` looks at the files of articles now
**For moderators**
- `/review setup` proposes every article in a channel first, where you decide by reactions or \
buttons: {approve} approve, {reject} reject, {hold} next edition, {other} another telling, \
{change} reword. `/review show` says the rules, `/review off` ends it
- `/review draft` proposes a draft, `/review queue` shows what waits, `/review undo` takes a \
decision back, `/review log` says who decided what and why"""


class ServerCommands:
    """The commands about the bot."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @classmethod
    def register(cls, tree: app_commands.CommandTree[Any], services: Services) -> None:
        """Add the commands to a tree."""
        commands = cls(services)
        tree.add_command(commands.help())
        tree.add_command(commands.status())

    def help(self) -> app_commands.Command[Any, ..., None]:
        """Return /help."""

        @app_commands.command(name="help", description="What this bot can do")
        async def help_(interaction: discord.Interaction) -> None:
            ballot = self._services.ballot
            signs = {verdict.value: ballot.emoji(verdict) for verdict in Verdict}
            text = _HELP.format(**signs)
            await say(interaction, text)

        return help_

    def status(self) -> app_commands.Command[Any, ..., None]:
        """Return /status."""

        @app_commands.command(name="status", description="How the bot is doing")
        async def status(interaction: discord.Interaction) -> None:
            lines = await self._lines(interaction.guild_id)
            if interaction.guild and interaction.permissions.manage_guild:
                lines += await self._lacking(interaction.guild)
            await say_lines(interaction, lines, otherwise="")

        return status

    async def _lines(self, guild_id: int | None) -> list[str]:
        services = self._services
        catalogue = services.library.catalogue
        counts = await services.ledger.outbox_counts()
        trouble = services.clock_trouble()
        lines = [
            f"**Gazette {services.version}**, up since {moment(services.started_at)}",
            *([f"- ⚠️ {escape(trouble)}"] if trouble else []),
            (
                f"- {counted(len(catalogue.published), 'article')}, "
                f"{counted(len(catalogue.drafts), 'draft')}, "
                f"{counted(len(catalogue.topics), 'topic')}"
            ),
            (
                f"- outbox: {counts['pending'] + counts['sending']} waiting, "
                f"{counts['sent']} sent, {counts['failed']} refused"
            ),
            *_left(counts),
        ]
        if guild_id is None:
            return lines
        pending = await services.ledger.pending_reviews(guild_id=guild_id)
        lines.append(f"- waiting for moderators here: {counted(len(pending), 'proposal')}")
        digests = await services.ledger.digests(guild_id=guild_id)
        lines += _aside(digests)
        quiets = await services.ledger.quiets(guild_id=guild_id)
        for slot, digest in services.publisher.next_slots(digests, quiets=quiets)[:1]:
            lines.append(f"- next edition: **{escape(digest.name)}** {moment(slot.at, 'R')}")
        return lines

    async def _lacking(self, guild: discord.Guild) -> list[str]:
        """Return what the bot lacks there, for those who can give it."""
        services = self._services
        digests = await services.ledger.digests(guild_id=guild.id)
        settings = await services.ledger.review_settings(guild.id)
        inspector = Inspector(guild, guild.me, finding_in(guild))
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await inspector.premises(digests, settings, ballot=services.ballot)
        except TimeoutError:
            return [f"- {NO_ANSWER}"]
        lines = [line for premises in found for line in premises.lines()]
        return lines or (["- I lack nothing here"] if found else [])


def _left(counts: Mapping[str, int]) -> list[str]:
    """Return what is neither sent nor under way, in words."""
    lines = []
    if held := counts["held"]:
        lines.append(
            f"- {counted(held, 'message')} held back until channels that refused take them again"
        )
    if unknown := counts["unknown"]:
        lines.append(
            f"- {counted(unknown, 'message')} in doubt: nobody knows whether Discord took them; "
            "`/digest history` asks those who can tell"
        )
    return lines


def _aside(digests: Iterable[Digest]) -> list[str]:
    """Return the channels that refused messages, each with what does not come there."""
    names: dict[tuple[int, str], list[str]] = {}
    for digest in digests:
        if digest.state is DigestState.ASIDE:
            by = digest.aside_by or digest.channel_id
            names.setdefault((by, digest.state_reason), []).append(escape(digest.name))
    return [
        f"- set aside: <#{channel_id}>, {escape(reason)}; waiting for it: **{', '.join(waiting)}**"
        for (channel_id, reason), waiting in names.items()
    ]
