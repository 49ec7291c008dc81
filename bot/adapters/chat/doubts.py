"""Posts in doubt: what people press who say what became of one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.buttons import kindly
from bot.adapters.chat.choices import guild_of
from bot.adapters.chat.deciders import is_moderator
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.replies import say
from bot.core.card import CONTENT_LIMIT
from bot.core.outbox import Settling
from bot.core.text import cut
from bot.core.wording import settled_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.chat.services import Services
    from bot.core.outbox import Doubt

MOST_DOUBTS = 5  # rows of buttons that a message may have
_NOT_YOURS = (
    "That is for those to decide who review here, or may manage messages or the server; "
    "nothing was changed."
)
_SETTLED = "Somebody has decided that already."
_NUMBERED = re.compile(r"([1-9]): ")
_LABELS = {
    Settling.THERE: ("It is there", "✅"),
    Settling.POST: ("Post it", "📮"),
    Settling.DROP: ("Drop it", "🗑️"),
}


class DoubtButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=re.compile(r"doubt:(?P<delivery>[0-9]{1,18}):(?P<settling>there|post|drop)"),
):
    """Says what became of a post; works after a restart, for it remembers nothing."""

    def __init__(self, delivery_id: int, settling: Settling, *, number: int | None = None) -> None:
        label, emoji = _LABELS[settling]
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=label if number is None else f"{number}: {label}",
            emoji=emoji,
            custom_id=f"{_of(delivery_id)}{settling.value}",
            row=None if number is None else number - 1,
        )
        super().__init__(button)
        self.delivery_id = delivery_id
        self.settling = settling
        self.number = number

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> DoubtButton:
        """Return the button that was pressed."""
        numbered = _NUMBERED.match(getattr(item, "label", None) or "")
        number = int(numbered[1]) if numbered else None
        return cls(int(match["delivery"]), Settling(match["settling"]), number=number)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Settle the doubt, if whoever pressed may do so."""
        await kindly(interaction, self._settle(interaction))

    async def _settle(self, interaction: discord.Interaction[Any]) -> None:
        services: Services = interaction.client.services
        if not await is_moderator(services, interaction):
            await say(interaction, _NOT_YOURS)
            return
        now = services.clock()
        here = await services.ledger.doubts(guild_of(interaction).id)
        doubt = None
        if any(one.delivery_id == self.delivery_id for one in here):
            doubt = await services.ledger.settle_doubt(self.delivery_id, self.settling, now=now)
        if doubt is None:
            await self._end(interaction, "")
            await interaction.followup.send(_SETTLED, ephemeral=True, allowed_mentions=NOBODY)
            return
        decided = settled_line(doubt, self.settling, by=interaction.user.id, at=now)
        await self._end(interaction, decided)
        await interaction.client.pump.nudge()

    async def _end(self, interaction: discord.Interaction[Any], decided: str) -> None:
        """Take the buttons of this doubt away, and say in the message what was decided."""
        content = interaction.message.content if interaction.message else ""
        if decided and self.number is not None:
            mine = re.compile(rf"^(\*\*{self.number}:\*\*) .*\n-# .*$", re.MULTILINE)
            content = mine.sub(lambda line: f"{line[1]} {decided}", content, count=1)
        elif decided:
            content = f"{cut(content, CONTENT_LIMIT - len(decided) - 1)}\n{decided}"
        view = discord.ui.View(timeout=None)
        for item in self.view.children if self.view else ():
            if not str(getattr(item, "custom_id", "")).startswith(_of(self.delivery_id)):
                view.add_item(item)
        await interaction.response.edit_message(content=content, view=view, allowed_mentions=NOBODY)


def doubt_view(delivery_id: int) -> discord.ui.View:
    """Return the buttons below a message that asks about one post."""
    view = discord.ui.View(timeout=None)
    for settling in Settling:
        view.add_item(DoubtButton(delivery_id, settling))
    return view


def doubts_view(doubts: Sequence[Doubt]) -> discord.ui.View:
    """Return the buttons below a list of posts in doubt, a row for each, by their numbers."""
    view = discord.ui.View(timeout=None)
    for number, doubt in enumerate(doubts, start=1):
        for settling in Settling:
            view.add_item(DoubtButton(doubt.delivery_id, settling, number=number))
    return view


def _of(delivery_id: int) -> str:
    """Return how the ids of a doubt's buttons begin."""
    return f"doubt:{delivery_id}:"
