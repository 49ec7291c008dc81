"""What those who manage a server do with digests: /digest list, preview, now, and so on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import discord
from discord import app_commands

from bot.adapters.chat.answers import Parts, send
from bot.adapters.chat.choices import (
    Choices,
    Refusal,
    digest_named,
    digests_offered,
    guild_of,
    offered,
)
from bot.adapters.chat.commands.described import described
from bot.adapters.chat.commands.history import doubt_lines, history_lines
from bot.adapters.chat.commands.quiet import QuietCommands
from bot.adapters.chat.commands.setting_up import SettingUp
from bot.adapters.chat.cooldowns import Costly
from bot.adapters.chat.doubts import doubts_view
from bot.adapters.chat.embeds import NOBODY, embeds_within
from bot.adapters.chat.places import place_in
from bot.adapters.chat.replies import say, say_lines
from bot.adapters.chat.services import Services
from bot.core.card import CONTENT_LIMIT
from bot.core.digest import Digest, DigestState, Edition, EditionState
from bot.core.picking import Pick
from bot.core.quiet import quiet_until
from bot.core.text import cut, escape
from bot.core.wording import counted, moment
from bot.services.proof import proofs

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
        SettingUp(services, wake=wake).add_to(self)
        QuietCommands(services, wake=wake).add_to(self)

    @app_commands.command(name="list", description="The digests of this server")
    @_MANAGE
    async def list_(self, interaction: discord.Interaction) -> None:
        """List the digests."""
        digests = await self._here(interaction)
        lines = await described(self._services, guild_of(interaction), digests)
        shown = [f"- {line}" for line in lines]
        await say_lines(interaction, shown, otherwise="None yet. Add one with `/digest add`.")

    @app_commands.command(name="preview", description="What an edition would hold now, and why")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def preview(self, interaction: discord.Interaction, digest: str) -> None:
        """Show to the asker alone what an edition would hold."""
        services = self._services
        services.cooldowns.check(interaction.user.id, Costly.PREVIEW, now=services.clock())
        found = digest_named(await self._here(interaction), digest)
        picked = await services.publisher.preview(found)
        chosen = [choice.article for choice in picked.chosen]
        made = await proofs(services.library, chosen, now=services.clock())
        embeds = embeds_within([proof.card for proof in made.values()])
        parts = Parts(content=_preview_text(found, picked), embeds=embeds)
        await send(interaction, parts, private=True)

    @app_commands.command(name="now", description="Make an edition at once")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def now(self, interaction: discord.Interaction, digest: str) -> None:
        """Make an edition out of turn."""
        services = self._services
        services.cooldowns.check(interaction.user.id, Costly.NOW, now=services.clock())
        found = digest_named(await self._here(interaction), digest)
        if found.state is DigestState.PAUSED:
            raise Refusal(f"{escape(found.name)} is paused; resume it with /digest resume first.")
        if found.state is DigestState.ASIDE:
            raise Refusal(
                f"{escape(found.name)} is set aside {escape(found.state_reason)}. Put that right "
                "first, then try /digest resume."
            )
        await interaction.response.defer(ephemeral=True, thinking=True)
        edition = await services.publisher.publish_now(found, key=str(interaction.id))
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
        by = f"by <@{interaction.user.id}>"
        found = await self._become(interaction, digest, DigestState.PAUSED, reason=by)
        await say(interaction, f"Paused: **{escape(found.name)}**.")

    @app_commands.command(name="resume", description="Make editions again")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def resume(self, interaction: discord.Interaction, digest: str) -> None:
        """Resume a digest, with it whatever else the channel refused that it was set aside for."""
        guild, services = guild_of(interaction), self._services
        found = digest_named(await self._here(interaction), digest)
        by = found.aside_by
        if by is not None and guild.get_channel_or_thread(by) is not None:
            place_in(guild, by).check_rights()
        await interaction.response.defer(ephemeral=True, thinking=True)
        if found.state is not DigestState.ASIDE:
            await services.moderator.forgo(found)
            await services.ledger.set_digest_state(
                found.id, DigestState.ACTIVE, reason="", now=services.clock()
            )
        if by is not None:
            now = services.clock()
            await services.ledger.readmit(by, not_before=services.not_before(now), now=now)
        await self._wake()
        text = f"Resumed: **{escape(found.name)}**."
        for one in await self._here(interaction):
            if one.id == found.id and one.state is DigestState.ASIDE:
                text = f"**{escape(one.name)}** was set aside again {escape(one.state_reason)}."
        await interaction.followup.send(text, ephemeral=True, allowed_mentions=NOBODY)

    @app_commands.command(name="remove", description="Remove a digest; what it posted stays")
    @app_commands.describe(digest="Which one")
    @_MANAGE
    async def remove(self, interaction: discord.Interaction, digest: str) -> None:
        """Remove a digest."""
        by = f"removed by <@{interaction.user.id}>"
        found = await self._become(interaction, digest, DigestState.REMOVED, reason=by)
        await say(interaction, f"Removed: **{escape(found.name)}**.")
        await self._services.moderator.withdraw(found)
        await self._wake()

    @app_commands.command(name="history", description="What was posted, and why not")
    @app_commands.describe(digest="Only this one")
    @_MANAGE
    async def history(self, interaction: discord.Interaction, digest: str | None = None) -> None:
        """Show the newest editions, and ask about posts in doubt."""
        guild, ledger = guild_of(interaction), self._services.ledger
        only = digest_named(await self._here(interaction), digest) if digest else None
        lines = await ledger.history(guild.id, digest_id=only.id if only else None, limit=_HISTORY)
        doubts = [
            doubt
            for doubt in await ledger.doubts(guild.id)
            if only is None or doubt.digest_name == only.name
        ]
        asked, shown = doubt_lines(doubts)
        await say_lines(
            interaction,
            [*asked, *history_lines(lines, guild_id=guild.id)],
            otherwise="No edition yet.",
            view=doubts_view(shown) if shown else None,
        )

    @preview.autocomplete("digest")
    @now.autocomplete("digest")
    @pause.autocomplete("digest")
    @resume.autocomplete("digest")
    @remove.autocomplete("digest")
    @history.autocomplete("digest")
    @_MANAGE
    async def _digests(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(digests_offered(self._services.ledger, interaction, typed))

    async def _here(self, interaction: discord.Interaction) -> list[Digest]:
        return list(await self._services.ledger.digests(guild_id=guild_of(interaction).id))

    async def _become(
        self, interaction: discord.Interaction, name: str, state: DigestState, *, reason: str
    ) -> Digest:
        digest = digest_named(await self._here(interaction), name)
        await self._services.ledger.set_digest_state(
            digest.id, state, reason=reason, now=self._services.clock()
        )
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
        if line is not None and line.message_id is None and (until := await self._quiet(digest)):
            return f"It is quiet in <#{digest.channel_id}>, so it waits until {moment(until)}."
        if line is not None and line.message_id is None:
            return f"On the way to <#{digest.channel_id}>; see `/digest history` later."
        return f"Posted in <#{digest.channel_id}>."

    async def _quiet(self, digest: Digest) -> datetime | None:
        """Return until when the posts of a digest wait."""
        quiets = await self._services.ledger.quiets(guild_id=digest.guild_id)
        quiet = quiets.get(digest.channel_id)
        return quiet_until(quiet, now=self._services.clock()) if quiet else None


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
