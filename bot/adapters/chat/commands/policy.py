"""/review setup, show and off: whether and how a server reviews."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.choices import Refusal, guild_of
from bot.adapters.chat.commands.missing import missing
from bot.adapters.chat.deciders import check_moderator
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.replies import check_rights, say
from bot.adapters.chat.services import Services
from bot.core.card import CONTENT_LIMIT
from bot.core.policy import policy_lines
from bot.core.review import ReviewSettings, Undecided, Veto
from bot.core.rights import Kind
from bot.core.text import cut

_MOST_APPROVALS = 20
_LONGEST_REMIND = 720  # hours
_LONGEST_EXPIRE = 8760
_NO_REVIEW = "Review is off: articles are posted without it. Switch it on with `/review setup`."
_OFF = (
    "Review is off. What was waiting is withdrawn, so editions that were planned already go out "
    "without it; the next ones are posted without review."
)
_MANAGE = app_commands.checks.has_permissions(manage_guild=True)
_BY = [app_commands.Choice(name="permission: whoever may manage messages", value="permission")]
_VETOES = [
    app_commands.Choice(name="one: a single rejection decides", value=Veto.ONE.value),
    app_commands.Choice(name="majority: more rejections than approvals", value=Veto.MAJORITY.value),
]
_UNDECIDED = [
    app_commands.Choice(name="post: what is approved goes out", value=Undecided.POST.value),
    app_commands.Choice(name="wait: until all is decided", value=Undecided.WAIT.value),
    app_commands.Choice(name="skip: all of it is left to the next", value=Undecided.SKIP.value),
]
_DESCRIBED = {
    "channel": "Where articles are proposed",
    "role": "Who may decide",
    "by": "Instead of a role: whoever may manage messages decides",
    "approvals": "How many must approve",
    "veto": "When a proposal is rejected",
    "undecided": "What becomes of an edition that is due before all of it is decided",
    "remind": "After how many hours I remind you of what waits; 0 never",
    "expire": "After how many hours an article is left to the next edition; 0 never",
    "own_drafts": "Whether whoever proposed a draft may approve it, too",
    "buttons": "Whether there are buttons below a card, besides the reactions",
}

_Approvals = app_commands.Range[int, 1, _MOST_APPROVALS]
_Remind = app_commands.Range[int, 0, _LONGEST_REMIND]
_Expire = app_commands.Range[int, 0, _LONGEST_EXPIRE]
_Choice = app_commands.Choice[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to be otherwise than before; nothing is said of what is None."""

    channel: discord.TextChannel | None
    role: discord.Role | None
    by_permission: bool
    approvals: int | None
    veto: Veto | None
    undecided: Undecided | None
    remind: int | None
    expire: int | None
    own_drafts: bool | None
    buttons: bool | None


class PolicyCommands:
    """The commands that say how a server reviews."""

    def __init__(self, services: Services, *, wake: Callable[[], Awaitable[None]]) -> None:
        self._services = services
        self._wake = wake

    def add_to(self, group: app_commands.Group) -> None:
        """Add the commands to a group."""
        for command in (self.setup(), self.show(), self.off()):
            group.add_command(command)

    def setup(self) -> app_commands.Command[Any, ..., None]:
        """Return /review setup."""

        @app_commands.command(name="setup", description="Propose every article in a channel first")
        @app_commands.describe(**_DESCRIBED)
        @app_commands.choices(by=_BY, veto=_VETOES, undecided=_UNDECIDED)
        @_MANAGE
        async def setup(  # noqa: PLR0913, PLR0917 (the options of the command)
            interaction: discord.Interaction,
            channel: discord.TextChannel | None = None,
            role: discord.Role | None = None,
            by: _Choice | None = None,
            approvals: _Approvals | None = None,
            veto: _Choice | None = None,
            undecided: _Choice | None = None,
            remind: _Remind | None = None,
            expire: _Expire | None = None,
            own_drafts: bool | None = None,  # noqa: FBT001 (an option of the command)
            buttons: bool | None = None,  # noqa: FBT001 (likewise)
        ) -> None:
            wishes = Wishes(
                channel=channel,
                role=role,
                by_permission=by is not None,
                approvals=approvals,
                veto=Veto(veto.value) if veto else None,
                undecided=Undecided(undecided.value) if undecided else None,
                remind=remind,
                expire=expire,
                own_drafts=own_drafts,
                buttons=buttons,
            )
            await self._set_up(interaction, wishes)

        return setup

    def show(self) -> app_commands.Command[Any, ..., None]:
        """Return /review show."""

        @app_commands.command(name="show", description="How this server reviews")
        async def show(interaction: discord.Interaction) -> None:
            await check_moderator(self._services, interaction)
            settings = await self._settings(interaction)
            if settings is None:
                raise Refusal(_NO_REVIEW)
            await self._tell(interaction, settings, heading="How this server reviews")

        return show

    def off(self) -> app_commands.Command[Any, ..., None]:
        """Return /review off."""

        @app_commands.command(name="off", description="Post without review from now on")
        @_MANAGE
        async def off(interaction: discord.Interaction) -> None:
            was_on = await self._services.moderator.switch_off(guild_of(interaction).id)
            await say(interaction, _OFF if was_on else "Review was not on.")
            await self._wake()

        return off

    async def _set_up(self, interaction: discord.Interaction[Any], wishes: Wishes) -> None:
        _check(wishes)
        before = await self._settings(interaction) or self._usual(interaction, wishes)
        after = _changed(before, wishes)
        await self._services.moderator.set_up(after)
        await self._tell(interaction, after, heading="From now on")
        await self._wake()

    def _usual(self, interaction: discord.Interaction[Any], wishes: Wishes) -> ReviewSettings:
        """Return what the operator set for servers that review for the first time."""
        if wishes.channel is None:
            raise Refusal("Name a channel in which articles are to be proposed.")
        usual = self._services.defaults
        return ReviewSettings(
            guild_id=guild_of(interaction).id,
            channel_id=wishes.channel.id,
            role_id=None,
            approvals=usual.approvals,
            veto=usual.veto,
            own_drafts=usual.own_drafts,
            buttons=usual.buttons,
            undecided=usual.undecided,
            remind_after=usual.remind_after,
            expire_after=usual.expire_after,
        )

    async def _settings(self, interaction: discord.Interaction[Any]) -> ReviewSettings | None:
        return await self._services.ledger.review_settings(guild_of(interaction).id)

    async def _tell(
        self, interaction: discord.Interaction[Any], settings: ReviewSettings, *, heading: str
    ) -> None:
        """Say how a server reviews and what it lacks for that; Discord may have to be asked."""
        services, guild = self._services, guild_of(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        usual = services.defaults
        lines = policy_lines(
            settings, services.ballot, lead_hours=usual.lead_hours, undo_for=usual.undo_for
        )
        lacking = await missing(interaction.client, guild, settings, services.ballot)
        await interaction.followup.send(
            _told(heading, lines, lacking), ephemeral=True, allowed_mentions=NOBODY
        )


def _check(wishes: Wishes) -> None:
    """Raise Refusal where something cannot be so, whatever Discord lets through."""
    if wishes.channel is not None:
        check_rights(wishes.channel, Kind.REVIEW)
    role = wishes.role
    if role is not None and wishes.by_permission:
        raise Refusal("Name a role, or say `by:permission`; both at once cannot be.")
    if role is not None and role.is_default():
        raise Refusal(
            "Everybody has that role; name one that moderators have, or say `by:permission`."
        )
    if role is not None and role.is_bot_managed():
        raise Refusal("Only a bot has that role; name one that moderators have.")
    for name, given, least, most in (
        ("approvals", wishes.approvals, 1, _MOST_APPROVALS),
        ("remind", wishes.remind, 0, _LONGEST_REMIND),
        ("expire", wishes.expire, 0, _LONGEST_EXPIRE),
    ):
        if given is not None and not least <= given <= most:
            raise Refusal(f"`{name}` may be {least} to {most:,}.")


def _changed(before: ReviewSettings, wishes: Wishes) -> ReviewSettings:
    """Return the settings with what is wished for; what nothing is said of stays."""
    said = {
        "channel_id": wishes.channel.id if wishes.channel else None,
        "role_id": wishes.role.id if wishes.role else None,
        "approvals": wishes.approvals,
        "veto": wishes.veto,
        "undecided": wishes.undecided,
        "own_drafts": wishes.own_drafts,
        "buttons": wishes.buttons,
    }
    changes: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    if wishes.by_permission:
        changes["role_id"] = None
    if wishes.remind is not None:
        changes["remind_after"] = _hours(wishes.remind)
    if wishes.expire is not None:
        changes["expire_after"] = _hours(wishes.expire)
    return replace(before, **changes)


def _hours(number: int) -> timedelta | None:
    return timedelta(hours=number) if number else None


def _told(heading: str, lines: Sequence[str], lacking: Sequence[str]) -> str:
    text = [f"### {heading}", *(f"- {line}" for line in lines)]
    if lacking:
        text += ["**What is missing, or could be better:**", *lacking]
    return cut("\n".join(text), CONTENT_LIMIT)
