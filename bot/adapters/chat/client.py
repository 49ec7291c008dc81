"""The bot: connects, listens, and wakes the services up."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.chat.buttons import OpenSelect, ShareButton, StepButton, stale_beside
from bot.adapters.chat.commands.digest import DigestCommands
from bot.adapters.chat.commands.privacy import PrivacyCommands
from bot.adapters.chat.commands.related import RelatedCommand
from bot.adapters.chat.commands.reload import ReloadCommand
from bot.adapters.chat.commands.review import REVIEW_ITEMS, ReviewCommands
from bot.adapters.chat.commands.search import SearchCommands
from bot.adapters.chat.commands.server import ServerCommands
from bot.adapters.chat.commands.suggest import SuggestCommands
from bot.adapters.chat.desk import SearchDesk
from bot.adapters.chat.doubts import DoubtButton
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.errors import told
from bot.adapters.chat.forms import answer_unknown
from bot.adapters.chat.personal import PERSONAL_ITEMS
from bot.adapters.chat.reactions import Reactions
from bot.adapters.chat.saved import SAVED_ITEMS, SavedCommands
from bot.adapters.chat.verdicts import VERDICT_ITEMS
from bot.books import LedgerTrouble
from bot.core.card import CONTENT_LIMIT
from bot.core.rights import LEAST
from bot.core.text import cut

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiohttp

    from bot.adapters.chat.pump import Pump
    from bot.adapters.chat.readmission import Readmission
    from bot.adapters.chat.services import Services

log = logging.getLogger(__name__)

DISCORD = Route.BASE
_LONGEST_WAIT = 60.0  # seconds; a longer rate limit is the outbox's to wait for
_LONGEST_GOODBYE = 1.5  # seconds; a server that does not answer any more is not waited for
PERMISSIONS = discord.Permissions()
PERMISSIONS.update(**dict.fromkeys(LEAST, True))


class GazetteBot(commands.Bot):
    """Gazette on Discord; no privileged intent."""

    services: Services
    pump: Pump
    readmission: Readmission
    desk: SearchDesk

    def __init__(
        self,
        *,
        api_base: str,
        command_sync: str,
        open_house: Callable[[], Awaitable[None]],
        close_house: Callable[[], Awaitable[None]],
        http_trace: aiohttp.TraceConfig,
    ) -> None:
        intents = discord.Intents.none()
        intents.guilds = True
        intents.guild_reactions = True
        super().__init__(
            command_prefix=(),
            intents=intents,
            help_command=None,
            allowed_mentions=NOBODY,
            max_ratelimit_timeout=_LONGEST_WAIT,
            http_trace=http_trace,
        )
        self._api_base = api_base
        self._command_sync = command_sync
        self._open_house = open_house
        self._close_house = close_house
        self._goodbye: asyncio.Task[None] | None = None
        self.connected = False
        self.tree.error(self._on_command_error)

    async def setup_hook(self) -> None:
        """Open the ledger, read the content, and register the commands."""
        await self._open_house()
        self.add_commands()
        self.readmission.listen(self)
        Reactions(self.services, self.pump, self).listen(self)
        if self._api_base != DISCORD:
            await self._find_gateway()
        if self._command_sync == "global":
            await self.tree.sync()

    def add_commands(self) -> None:
        """Put every command and button where discord.py looks for them."""
        items = (
            StepButton,
            OpenSelect,
            ShareButton,
            DoubtButton,
            *PERSONAL_ITEMS,
            *VERDICT_ITEMS,
            *SAVED_ITEMS,
            *REVIEW_ITEMS,
        )
        self.add_dynamic_items(*items, stale_beside(*items))
        self.desk = SearchDesk(self.services)
        SearchCommands.register(self.tree, self.services, self.desk)
        for group in (SavedCommands, ServerCommands):
            group.register(self.tree, self.services)
        self.tree.add_command(RelatedCommand(self.services, self.desk).command())
        nudge = self.pump.nudge
        self.tree.add_command(DigestCommands(self.services, wake=nudge))
        self.tree.add_command(PrivacyCommands(self.services))
        suggest = SuggestCommands(self.services, wake=nudge)
        self.tree.add_command(suggest.menu())
        review = ReviewCommands(self.services, wake=nudge)
        review.add_command(suggest.propose())
        self.tree.add_command(review)
        self.tree.add_command(ReloadCommand(self.services, wake=nudge).command())

    async def close(self) -> None:
        """Write down what became of all that is under way, disconnect, and close the house."""
        await asyncio.shield(self.leave())

    def is_closed(self) -> bool:
        """Tell whether it is closed, or about to be."""
        return self._goodbye is not None or super().is_closed()

    def leave(self) -> asyncio.Task[None]:
        """Begin to close, apart from whoever found out that it must be."""
        if self._goodbye is None:
            self._goodbye = asyncio.create_task(self._leave())
        return self._goodbye

    async def _leave(self) -> None:
        self.connected = False
        await self.pump.stop()
        # a server that hears nothing any more would be waited for
        leaving = asyncio.create_task(super().close())
        await asyncio.wait({leaving}, timeout=_LONGEST_GOODBYE)
        await self.http.close()
        await self.pump.idle()
        await self._close_house()

    async def wake(self) -> None:
        """Do whatever is due, and return when it is delivered; harmless at any time."""
        await self.pump.wake()

    async def told(self) -> None:
        """Wait until the direct messages are sent that a wake has begun with."""
        await self.pump.told()

    async def on_ready(self) -> None:
        """Catch up with what happened while away."""
        self.connected = True
        log.info("ready: user=%s servers=%d", self.user, len(self.guilds))
        with suppress(LedgerTrouble), self.pump.busy():  # which planning tells of
            # those that are unavailable just now are among them
            await self.services.forgetter.leave_all_but([guild.id for guild in self.guilds])
        await self._catch_up()
        if self._command_sync == "guild":
            for guild in self.guilds:
                await self._sync_guild(guild)

    async def on_resumed(self) -> None:
        """Catch up with reactions that a broken connection may have lost."""
        self.connected = True
        await self._catch_up()

    async def on_disconnect(self) -> None:
        """Remember that the gateway is gone."""
        self.connected = False

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Register the commands where each server has its own."""
        log.info("joined: server=%d", guild.id)
        if self._command_sync == "guild":
            await self._sync_guild(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Erase the people of a server that was left; an outage is none, and another event."""
        with suppress(LedgerTrouble), self.pump.busy():  # the next start finds that it was left
            await self.services.forgetter.leave(guild.id)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a form that was opened before a restart; discord.py would say nothing."""
        if interaction.type is discord.InteractionType.modal_submit:
            await answer_unknown(self, interaction)

    async def _catch_up(self) -> None:
        with suppress(LedgerTrouble):  # which planning tells of
            await self.readmission.look(self.guilds)
        await self.pump.rouse()
        if not self.is_closed():
            with suppress(LedgerTrouble), self.pump.busy():
                await self.services.moderator.sweep()
        await self.pump.rouse()

    async def _find_gateway(self) -> None:
        """Ask another server than Discord for its gateway, also for reconnections.

        After an invalid session discord.py falls back to DEFAULT_GATEWAY.
        """
        answer = await self.http.request(Route("GET", "/gateway/bot"))
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(answer["url"])

    async def _sync_guild(self, guild: discord.Guild) -> None:
        self.tree.copy_global_to(guild=guild)
        try:
            await self.tree.sync(guild=guild)
        except discord.HTTPException as error:  # one server's refusal is no other's concern
            log.warning("commands not registered: server=%d %s", guild.id, error)

    async def _on_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        text = told(error)
        if text is None:
            log.error("command failed: %s", _name(interaction), exc_info=error)
            text = "Something went wrong here; it is logged. Please try again."
        text = cut(text, CONTENT_LIMIT)
        reply = interaction.followup.send if interaction.response.is_done() else None
        if reply is not None:
            await reply(text, ephemeral=True, allowed_mentions=NOBODY)
        else:
            await interaction.response.send_message(text, ephemeral=True, allowed_mentions=NOBODY)


def use_api(base: str) -> None:
    """Point discord.py at a server's API; the library keeps the address in a class."""
    Route.BASE = base


def discord_invite(application_id: str) -> str:
    """Return the address that invites a bot with the permissions it needs."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}"
        f"&scope=bot+applications.commands&permissions={PERMISSIONS.value}"
    )


def _name(interaction: discord.Interaction[Any]) -> str:
    return interaction.command.qualified_name if interaction.command else "?"
