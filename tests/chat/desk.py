"""The desk of moderators: cards that wait in the review channel, and their buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.app import create_bot
from bot.config import Settings
from tests.chat.house import OTTERS, titles

if TYPE_CHECKING:
    import discord
    import simcord

    from bot.core.review import Review
    from tests.chat.house import House

AGAIN = "Otters of the river are back in the old harbour"  # tells the story of OTTERS


async def propose(house: House, *, limit: int = 1, **options: Any) -> discord.Message:  # noqa: ANN401 (any option)
    """Let moderators review, and propose some articles; return the first card."""
    await house.set_review_up(**options)
    await house.add_digest(limit=limit)
    return cards(house)[0]


async def propose_a_told_story(house: House, **options: Any) -> discord.Message:  # noqa: ANN401 (likewise)
    """Propose an article whose story another one tells, too; return its card."""
    house.content.write(AGAIN, topics=["Nature"], quality=60)
    await house.read_content()
    return await propose(house, **options)


async def restart_with(house: House, **review: Any) -> None:  # noqa: ANN401 (any setting)
    """Start the bot anew under other settings of reviews."""
    changed = house.settings.review.model_copy(update=review)
    house.settings = house.settings.model_copy(update={"review": changed})
    assert isinstance(house.settings, Settings)
    await house.bot.close()
    bot = create_bot(house.settings, clock=house.clock, heartbeat=False)
    await house.env.restart_bot(bot)
    await house.env.settle()


def cards(house: House) -> list[discord.Message]:
    """Return the cards in the review channel, as a moderator sees them."""
    return [m for m in house.review.history(viewer=house.otto) if m.embeds]


def card(house: House, title: str = OTTERS) -> discord.Message:
    """Return the newest card of that title."""
    return [message for message in cards(house) if titles(message) == [title]][-1]


def now_of(house: House, message: discord.Message) -> discord.Message:
    """Return a card as it is now."""
    return next(one for one in cards(house) if one.id == message.id)


def news(house: House) -> list[str | None]:
    """Return the titles that members read."""
    seen = house.news.history(viewer=house.mia)
    return [title for message in seen for title in titles(message)]


def notes(message: discord.Message) -> list[str]:
    """Return the lines beneath a card that waits."""
    return (message.embeds[1].description or "").split("\n")


def signs(message: discord.Message) -> dict[str, int]:
    """Return the reactions below a card, and how many people reacted so."""
    return {str(reaction.emoji): reaction.count for reaction in message.reactions}


def inbox(member: simcord.MemberActor) -> list[str]:
    """Return what the bot told somebody in private."""
    return [message.content for message in member.user.dm_channel.history()]


async def waiting(house: House) -> list[Review]:
    """Return what the ledger holds to be waiting."""
    return list(await house.bot.services.ledger.pending_reviews())


async def take_role(house: House, member: simcord.MemberActor) -> None:
    """Take the moderators' role from somebody."""
    house.env.backend.remove_member_role(house.guild.id, member.id, house.moderators.id)
    await house.env.settle()
