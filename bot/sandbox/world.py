"""The simulated server: channels, people, and the real bot on a virtual clock."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
import simcord

from bot.adapters.chat.errors import told
from bot.app import create_bot
from bot.sandbox.window import Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from bot.adapters.chat.client import GazetteBot
    from bot.config import Settings

    Answer = Callable[
        [discord.Interaction[Any], discord.app_commands.AppCommandError], Awaitable[None]
    ]

PICTURES = "https://gazette.example/pictures/"  # where the sample content says its pictures are
_TAGS = ("AI", "Cities", "Climate", "Culture", "Health", "Space")  # what the samples are about
_SETTLE = 30.0  # seconds; a slow machine under load still settles
_HINTS = (
    "As Mia in #news: type `/search` and a few words, with a typo if you like; press Related",
    "Post the link of an article as Sam, and press Find related",
    "As Nora in #review: press Approve below an article, or its check mark; it goes out in #news",
    "Still Nora: `/review undo` takes it back; `/review queue` and `/review log` tell the rest",
    "As Mia: post a link, press Suggest article, and let Nora decide; Mia: `/privacy show`",
    "As Ada anywhere: `/digest add`, `/digest edit`, `/digest preview`, `/digest history`",
    "As Ada: `/digest quiet` keeps #news silent at night; `/digest daysoff` keeps days free",
    "Move the clock to the next digest: in #library each edition is a thread of its own",
    "Restart the bot, or keep it away for 3 days: nothing comes twice, nothing is lost",
)


class VirtualClock:
    """Tells the simulated server's time to a bot that is made before the server."""

    def __init__(self) -> None:
        self.env: simcord.Env | None = None

    def __call__(self) -> datetime:
        """Return the simulated instant."""
        return self.env.now() if self.env else datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The server and everybody in it."""

    env: simcord.Env
    settings: Settings
    clock: VirtualClock
    news: simcord.ChannelHandle
    review: simcord.ChannelHandle
    announcements: simcord.ChannelHandle
    library: simcord.ChannelHandle
    moderators: simcord.RoleHandle
    ada: simcord.MemberActor
    sam: simcord.MemberActor
    mia: simcord.MemberActor
    nora: simcord.MemberActor
    assets: Mapping[str, tuple[str, bytes]]
    hints: Sequence[str] = _HINTS

    @property
    def channels(self) -> Sequence[simcord.ChannelHandle]:
        """The channels the page shows; below the forum its threads, the oldest first."""
        return (self.news, self.review, self.announcements, self.library, *self.threads)

    @property
    def threads(self) -> Sequence[simcord.ChannelHandle]:
        """The threads of the forum, the oldest first."""
        return sorted(self.library.threads, key=lambda thread: thread.id)

    @property
    def people(self) -> Sequence[Person]:
        """The people one can be on the page."""
        return (
            Person(actor=self.sam, name="Sam", role="subscriber"),
            Person(actor=self.mia, name="Mia", role="searches"),
            Person(actor=self.nora, name="Nora", role="moderator"),
            Person(actor=self.ada, name="Ada", role="runs the server"),
        )

    @property
    def bot(self) -> GazetteBot:
        """The bot that runs now; a restart makes another."""
        bot: Any = self.env.bot
        return bot  # type: ignore[no-any-return]  # simcord types it as any client

    async def advance(self, seconds: float) -> datetime:
        """Move the clock and let the bot do what is due."""
        await self.env.advance_time(seconds)
        await self.bot.wake()
        await self.bot.told()
        await self.env.settle()
        return self.env.now()

    async def to_next_digest(self) -> datetime | None:
        """Move the clock to the next edition, by way of the time its articles are proposed."""
        digests = await self.bot.services.ledger.digests()
        quiets = await self.bot.services.ledger.quiets()
        slots = self.bot.services.publisher.next_slots(digests, quiets=quiets)
        if not slots:
            return None
        due = slots[0][0].at
        lead = self.settings.review.lead_hours * 3600
        for remaining in (lead, 0.0):
            await self.advance(max((due - self.env.now()).total_seconds() - remaining, 0.0))
        return self.env.now()

    async def restart(self, *, after: float = 0.0) -> None:
        """Stop the bot and start another on the same ledger, that many seconds later."""
        await self.bot.close()
        await self.env.advance_time(after)
        bot = create_bot(self.settings, clock=self.clock, heartbeat=False)
        answer = bot.tree.on_error
        await self.env.restart_bot(bot)
        _pass_refusals(bot, answer)
        await self.advance(0.0)


@asynccontextmanager
async def open_world(settings: Settings) -> AsyncIterator[World]:
    """Make the server and start the bot in it; the ledger lies in `settings.state.dir`."""
    clock = VirtualClock()
    bot = create_bot(settings, clock=clock, heartbeat=False)
    answer = bot.tree.on_error
    try:
        async with simcord.run(bot, check_errors=False, settle_timeout=_SETTLE) as env:
            clock.env = env
            _pass_refusals(bot, answer)
            if env.bot.user is not None:
                await env.bot.user.edit(username="Gazette")
            try:
                yield _people(env, settings, clock)
            finally:
                await env.bot.close()
    finally:
        await bot.close()  # also where it opened its ledger but could not start


def _pass_refusals(bot: GazetteBot, answer: Answer) -> None:
    """Let simcord, whose page calls every refusal a failure, hear of failures alone."""
    heard = bot.tree.on_error

    async def on_error(
        interaction: discord.Interaction[Any], error: discord.app_commands.AppCommandError
    ) -> None:
        await (heard if told(error) is None else answer)(interaction, error)

    bot.tree.error(on_error)


def _people(env: simcord.Env, settings: Settings, clock: VirtualClock) -> World:
    guild = env.create_guild("Riverside Reading Club")
    moderators = guild.create_role("Moderators")
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    news = guild.create_text_channel("news")
    me = guild.me
    if me is None:
        raise RuntimeError("the simulated server does not hold the bot")
    seen, hidden = (discord.PermissionOverwrite(view_channel=view) for view in (True, False))
    review = guild.create_text_channel(
        "review",
        overwrites={guild.default_role: hidden, moderators: seen, managers: seen, me: seen},
    )
    library = guild.create_forum_channel("library")
    # simcord's builders have no word for tags
    tags = [
        {"id": str(library.id + number), "name": name, "emoji_id": None, "emoji_name": None}
        for number, name in enumerate(_TAGS, start=1)
    ]
    env.backend.edit_channel(library.id, {"available_tags": tags})
    return World(
        env=env,
        settings=settings,
        clock=clock,
        news=news,
        review=review,
        announcements=guild.create_news_channel("announcements"),
        library=library,
        moderators=moderators,
        ada=guild.add_member(env.create_user("ada", global_name="Ada"), roles=[managers]),
        sam=guild.add_member(env.create_user("sam", global_name="Sam")),
        mia=guild.add_member(env.create_user("mia", global_name="Mia")),
        nora=guild.add_member(env.create_user("nora", global_name="Nora"), roles=[moderators]),
        assets=pictures(settings.content.path),
    )


def pictures(content: Path) -> dict[str, tuple[str, bytes]]:
    """Return the content's own pictures by the addresses its articles give them."""
    folder = content / "pictures"
    return {
        PICTURES + file.relative_to(folder).as_posix(): (file.name, file.read_bytes())
        for file in sorted(folder.rglob("*.png"))
    }
