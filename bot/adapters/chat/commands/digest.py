"""What those who manage a server do with digests: /digest add, list, preview, now, and so on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord import app_commands

from bot.adapters.chat.answers import Parts, send
from bot.adapters.chat.choices import (
    Choices,
    Refusal,
    digest_named,
    guild_of,
    name_choices,
    topics_choices,
    topics_named,
    zone_choices,
)
from bot.adapters.chat.commands.history import history_lines
from bot.adapters.chat.embeds import NOBODY, embeds_within
from bot.adapters.chat.replies import TO_POST, check_rights, say, say_lines
from bot.adapters.chat.services import Services
from bot.core.card import CONTENT_LIMIT
from bot.core.days import RuleError, parse_days, show_days
from bot.core.digest import Digest, DigestDraft, DigestState, Edition, EditionState
from bot.core.picking import Pick
from bot.core.rules import Rule, parse_times, parse_zone, show_times
from bot.core.text import clean, cut, escape
from bot.core.wording import counted, moment
from bot.services.proof import proofs

_NAME_LIMIT = 80
_HISTORY = 10
_LEFT_OUT_SHOWN = 10
_MANAGE = app_commands.checks.has_permissions(manage_guild=True)


class DigestCommands(app_commands.Group):
    """The digest commands; every one checks the permission itself, too."""

    def __init__(self, services: Services, *, wake: Callable[[], Awaitable[None]]) -> None:
        super().__init__(
            name="digest",
            description="Selections of articles, posted at set times",
            guild_only=True,
            default_permissions=discord.Permissions(manage_guild=True),
        )
        self._services = services
        self._wake = wake

    @app_commands.command(name="add", description="Post a selection of articles at set times")
    @app_commands.describe(
        topics="Topics with commas, or all",
        at="Local times: 09:00, or several: 08:00, 18:30",
        timezone="Time zone, like Europe/Berlin",
        days="daily, weekdays, or days like mon,wed,fri",
        limit="Articles in an edition",
        channel="Where to post; here where nothing is said",
        name="A name for it",
    )
    @_MANAGE
    async def add(  # noqa: PLR0913, PLR0917 (the options of the command)
        self,
        interaction: discord.Interaction,
        topics: str,
        at: str,
        timezone: str | None = None,
        days: str | None = None,
        limit: app_commands.Range[int, 1, 25] | None = None,
        channel: discord.TextChannel | None = None,
        name: str | None = None,
    ) -> None:
        """Set a digest up."""
        guild = guild_of(interaction)
        chosen = topics_named(self._services.library.catalogue, topics)
        place = channel or _text_channel(interaction)
        check_rights(place, TO_POST)
        draft = DigestDraft(
            guild_id=guild.id,
            channel_id=place.id,
            name=cut(clean(name or ""), _NAME_LIMIT) or await self._free_name(guild.id, chosen),
            topics=chosen,
            rule=self._rule(at, days, timezone),
            limit=limit or self._services.defaults.limit,
            created_by=interaction.user.id,
        )
        digest = await self._services.ledger.add_digest(draft, now=self._services.clock())
        if digest is None:
            raise Refusal(
                f"There is a digest “{escape(draft.name)}” already; give this one another name."
            )
        await say(interaction, f"Added. {self._described(digest)}")
        await self._wake()

    @app_commands.command(name="list", description="The digests of this server")
    @_MANAGE
    async def list_(self, interaction: discord.Interaction) -> None:
        """List the digests."""
        digests = await self._here(interaction)
        lines = [f"- {self._described(digest)}" for digest in digests]
        await say_lines(interaction, lines, otherwise="None yet. Add one with `/digest add`.")

    @app_commands.command(name="preview", description="What an edition would hold now, and why")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def preview(self, interaction: discord.Interaction, digest: str) -> None:
        """Show to the asker alone what an edition would hold."""
        found = digest_named(await self._here(interaction), digest)
        picked = await self._services.publisher.preview(found)
        chosen = [choice.article for choice in picked.chosen]
        services = self._services
        made = await proofs(services.library, chosen, now=services.clock())
        embeds = embeds_within([proof.card for proof in made.values()])
        parts = Parts(content=_preview_text(found, picked), embeds=embeds)
        await send(interaction, parts, private=True)

    @app_commands.command(name="now", description="Make an edition at once")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def now(self, interaction: discord.Interaction, digest: str) -> None:
        """Make an edition out of turn."""
        found = digest_named(await self._here(interaction), digest)
        if found.state is DigestState.PAUSED:
            raise Refusal(f"{escape(found.name)} is paused; resume it with /digest resume first.")
        await interaction.response.defer(ephemeral=True, thinking=True)
        edition = await self._services.publisher.publish_now(found, key=str(interaction.id))
        await self._wake()
        if edition is None or edition.state is EditionState.EMPTY:
            text = f"No edition: {escape(edition.note) if edition else 'made already'}."
        else:
            text = await self._outcome(found, edition)
        await interaction.followup.send(text, ephemeral=True, allowed_mentions=NOBODY)

    @app_commands.command(name="pause", description="Make no more editions until it is resumed")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def pause(self, interaction: discord.Interaction, digest: str) -> None:
        """Pause a digest."""
        by = f"by {interaction.user.display_name}"
        await self._set_state(interaction, digest, DigestState.PAUSED, reason=by, said="Paused")

    @app_commands.command(name="resume", description="Make editions again")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def resume(self, interaction: discord.Interaction, digest: str) -> None:
        """Resume a digest."""
        await self._set_state(interaction, digest, DigestState.ACTIVE, reason="", said="Resumed")

    @app_commands.command(name="remove", description="Remove a digest; what it posted stays")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def remove(self, interaction: discord.Interaction, digest: str) -> None:
        """Remove a digest."""
        by = f"removed by {interaction.user.display_name}"
        found = await self._set_state(
            interaction, digest, DigestState.REMOVED, reason=by, said="Removed"
        )
        await self._services.moderator.withdraw(found)
        await self._wake()

    @app_commands.command(name="history", description="What was posted, and why not")
    @app_commands.describe(digest="Only this one")
    @_MANAGE
    async def history(self, interaction: discord.Interaction, digest: str | None = None) -> None:
        """Show the newest editions."""
        guild = guild_of(interaction)
        only = digest_named(await self._here(interaction), digest).id if digest else None
        lines = await self._services.ledger.history(guild.id, digest_id=only, limit=_HISTORY)
        shown = history_lines(lines, guild_id=guild.id)
        await say_lines(interaction, shown, otherwise="No edition yet.")

    @preview.autocomplete("digest")
    @now.autocomplete("digest")
    @pause.autocomplete("digest")
    @resume.autocomplete("digest")
    @remove.autocomplete("digest")
    @history.autocomplete("digest")
    @_MANAGE
    async def _digests(self, interaction: discord.Interaction, typed: str) -> Choices:
        return name_choices([digest.name for digest in await self._here(interaction)], typed)

    @add.autocomplete("topics")
    async def _topics(self, _interaction: discord.Interaction, typed: str) -> Choices:
        return topics_choices(self._services.library.catalogue, typed)

    @add.autocomplete("timezone")
    async def _zones(self, _interaction: discord.Interaction, typed: str) -> Choices:
        return zone_choices(typed)

    async def _here(self, interaction: discord.Interaction) -> list[Digest]:
        return list(await self._services.ledger.digests(guild_id=guild_of(interaction).id))

    async def _set_state(
        self,
        interaction: discord.Interaction,
        name: str,
        state: DigestState,
        *,
        reason: str,
        said: str,
    ) -> Digest:
        digest = digest_named(await self._here(interaction), name)
        if state is DigestState.ACTIVE:
            await self._services.moderator.forgo(digest)
        await self._services.ledger.set_digest_state(
            digest.id, state, reason=reason, now=self._services.clock()
        )
        await say(interaction, f"{said}: **{escape(digest.name)}**.")
        return digest

    async def _outcome(self, digest: Digest, edition: Edition) -> str:
        """Tell what became of an edition that was made just now."""
        ledger = self._services.ledger
        review = await ledger.review_settings(digest.guild_id)
        lines = await ledger.history(digest.guild_id, digest_id=digest.id, limit=_HISTORY)
        line = next((line for line in lines if line.due_at == edition.due_at), None)
        if line is not None and line.waiting and review is not None:
            return f"Proposed in <#{review.channel_id}>; what is approved goes out at once."
        if line is not None and line.trouble:
            return f"Not posted in <#{digest.channel_id}>: {escape(line.trouble)}"
        if line is not None and line.message_id is None:
            return f"On the way to <#{digest.channel_id}>; see `/digest history` later."
        return f"Posted in <#{digest.channel_id}>."

    async def _free_name(self, guild_id: int, topics: tuple[str, ...]) -> str:
        wanted = cut(", ".join(topics) or "Everything", _NAME_LIMIT - 4)
        digests = await self._services.ledger.digests(guild_id=guild_id)
        taken = {digest.name.casefold() for digest in digests}
        names = [wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name.casefold() not in taken)

    def _rule(self, at: str, days: str | None, timezone: str | None) -> Rule:
        default = self._services.defaults.rule
        try:
            zone = parse_zone(timezone) if timezone else default.zone
            today = self._services.clock().astimezone(ZoneInfo(zone)).date()
            return Rule(
                times=parse_times(at),
                days=parse_days(days, since=today) if days else default.days,
                zone=zone,
            )
        except RuleError as error:
            raise Refusal(escape(str(error))) from error

    def _described(self, digest: Digest) -> str:
        rule = digest.rule
        line = (
            f"**{escape(digest.name)}** in <#{digest.channel_id}>: {escape(digest.scope)}, "
            f"{show_days(rule.days)} at {show_times(rule.times)} ({rule.zone}), "
            f"up to {digest.limit}"
        )
        if digest.state is DigestState.PAUSED:
            return f"{line} · paused {escape(digest.state_reason)}"
        for slot, _ in self._services.publisher.next_slots([digest]):
            return f"{line} · next {moment(slot.at)}"
        return f"{line} · days off leave none to come"


def _text_channel(interaction: discord.Interaction[Any]) -> discord.TextChannel:
    if isinstance(interaction.channel, discord.TextChannel):
        return interaction.channel
    raise Refusal("Digests go to text channels; name one with `channel:`.")


def _preview_text(digest: Digest, picked: Pick) -> str:
    count = len(picked.chosen)
    many = counted(count, "article") if count else "nothing"
    lines = [f"**{escape(digest.name)}** would hold {many} now{':' if count else '.'}"]
    lines += [f"- {escape(c.article.title)}: {escape(c.reason)}" for c in picked.chosen]
    if picked.left_out:
        lines.append(f"Left out, {len(picked.left_out)} in all:")
        shown = picked.left_out[:_LEFT_OUT_SHOWN]
        lines += [
            f"- {escape(cut(item.article.title, 80))}: {escape(item.reason)}" for item in shown
        ]
    return cut("\n".join(lines), CONTENT_LIMIT)
