"""/digest quiet and daysoff: when a channel is not to be disturbed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.choices import Choices, Refusal, guild_of, zone_choices
from bot.adapters.chat.places import Chosen, Place, PlaceOption, place_of
from bot.adapters.chat.replies import say
from bot.adapters.chat.services import Services
from bot.core.days import RuleError
from bot.core.quiet import (
    Hush,
    Quiet,
    parse_days_off,
    parse_hours,
    quiet_until,
    show_days_off,
    show_hours,
)
from bot.core.rules import parse_zone
from bot.core.text import escape
from bot.core.wording import moment

_MANAGE = app_commands.checks.has_permissions(manage_guild=True)
_Channel = app_commands.Transform[Chosen, PlaceOption]
_HOWS = [
    app_commands.Choice(name="wait: posts come when it is over", value=Hush.WAIT.value),
    app_commands.Choice(name="silent: posts come at once, without a sound", value="silent"),
]
_OFF = [app_commands.Choice(name="off: end them", value="off")]
_BOTH = "Say what to set, or `off`, but not both."


class QuietCommands:
    """The commands about channels' quiet hours and days off."""

    def __init__(self, services: Services, *, wake: Callable[[], Awaitable[None]]) -> None:
        self._services = services
        self._wake = wake

    def add_to(self, group: app_commands.Group) -> None:
        """Add the commands to a group."""
        group.add_command(self.quiet())
        group.add_command(self.days_off())

    def quiet(self) -> app_commands.Command[Any, ..., None]:
        """Return /digest quiet."""

        @app_commands.command(name="quiet", description="Quiet hours of a channel; or what is set")
        @app_commands.describe(
            channel="Which one; here where nothing is said",
            hours="From when until when, like 22:00-07:00",
            how="What becomes of posts meanwhile; they wait where nothing is said",
            timezone="Time zone, like Europe/Berlin",
            off="End the quiet hours",
        )
        @app_commands.choices(how=_HOWS, off=_OFF)
        @_MANAGE
        async def quiet(
            interaction: discord.Interaction,
            channel: _Channel | None = None,
            hours: str | None = None,
            how: app_commands.Choice[str] | None = None,
            timezone: str | None = None,
            off: app_commands.Choice[str] | None = None,
        ) -> None:
            def change(quiet: Quiet) -> Quiet:
                if off is not None and (hours or how):
                    raise Refusal(_BOTH)
                zone = parse_zone(timezone) if timezone else quiet.zone
                if off is not None or _ends(hours):
                    return replace(quiet, zone=zone, hours=None)
                return replace(_hushed(quiet, hours, how), zone=zone)

            given = any(option is not None for option in (hours, how, timezone, off))
            await self._answer(interaction, channel, change if given else None)

        quiet.autocomplete("timezone")(self._zones)
        return quiet

    def days_off(self) -> app_commands.Command[Any, ..., None]:
        """Return /digest daysoff."""

        @app_commands.command(name="daysoff", description="Days without posts; or what is set")
        @app_commands.describe(
            channel="Which one; here where nothing is said",
            days="All of them: 12-24..12-26 for every year, 2027-01-01 for one",
            off="End the days off",
        )
        @app_commands.choices(off=_OFF)
        @_MANAGE
        async def days_off(
            interaction: discord.Interaction,
            channel: _Channel | None = None,
            days: str | None = None,
            off: app_commands.Choice[str] | None = None,
        ) -> None:
            def change(quiet: Quiet) -> Quiet:
                if off is not None and days:
                    raise Refusal(_BOTH)
                found = () if _ends(days) else parse_days_off(days or "")
                if not found and off is None and not _ends(days):
                    raise Refusal("Write days like 12-24..12-26, 2027-01-01; or choose `off`.")
                return replace(quiet, days_off=found)

            given = days is not None or off is not None
            await self._answer(interaction, channel, change if given else None)

        return days_off

    async def _answer(
        self,
        interaction: discord.Interaction[Any],
        channel: Chosen | None,
        change: Callable[[Quiet], Quiet] | None,
    ) -> None:
        """Change what is set for a channel, if anything is to be, and say what is set now."""
        guild, ledger = guild_of(interaction), self._services.ledger
        place = place_of(interaction, channel)
        quiet = (await ledger.quiets(guild_id=guild.id)).get(place.id) or Quiet(
            channel_id=place.id, guild_id=guild.id, zone=self._services.defaults.rule.zone
        )
        if change is not None:
            try:
                quiet = change(quiet)
            except RuleError as error:
                raise Refusal(escape(str(error))) from error
            await ledger.set_quiet(quiet)
        digests = await ledger.digests(guild_id=guild.id)
        lines = self._lines(quiet, place)
        if not any(digest.channel_id == place.id for digest in digests):
            lines.append(f"-# No digest posts in {place.mention} yet.")
        await say(interaction, "\n".join(lines))
        if change is not None:
            await self._wake()  # what waited may go now

    def _lines(self, quiet: Quiet, place: Place) -> list[str]:
        """Return what is set for a channel, and what follows from it."""
        lines = []
        zone = f"({quiet.zone})"
        if quiet.hours is not None:
            start, end = show_hours(quiet.hours).split("-")
            wait = f"posts wait until {end}"
            follows = wait if quiet.hours.hush is Hush.WAIT else "posts come without a sound"
            lines.append(f"From {start} to {end} {zone} it is quiet in {place.mention}: {follows}.")
        else:
            lines.append(f"There are no quiet hours in {place.mention}: posts come when due.")
        if quiet.days_off:
            lines.append(
                f"Days off there: {show_days_off(quiet.days_off)} {zone}. On them no edition is "
                "made, and what waits is posted when they are over."
            )
        else:
            lines.append("There are no days off.")
        until = quiet_until(quiet, now=self._services.clock())
        if until is not None:
            lines.append(f"So what is due now waits until {moment(until)}.")
        return lines

    async def _zones(self, _interaction: discord.Interaction, typed: str) -> Choices:
        return zone_choices(typed)


def _ends(said: str | None) -> bool:
    # people write it where the hours or days stand, too
    return said is not None and said.strip().casefold() == "off"


def _hushed(quiet: Quiet, hours: str | None, how: app_commands.Choice[str] | None) -> Quiet:
    """Return the quiet hours that are wished for, as far as anything was said of them."""
    hush = Hush(how.value) if how else quiet.hours.hush if quiet.hours else Hush.WAIT
    if hours:
        return replace(quiet, hours=parse_hours(hours, hush=hush))
    if quiet.hours is not None:
        return replace(quiet, hours=replace(quiet.hours, hush=hush))
    if how is not None or not quiet.days_off:
        raise Refusal("Say from when until when it is quiet: `hours:22:00-07:00`.")
    return quiet
