"""Cards as Discord embeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.core.card import CARDS_LIMIT, TOTAL_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.card import Card, Post

_COLOUR = 0xD9480F
_QUIET = 0x80848E
NOBODY = discord.AllowedMentions.none()


def embed_of(card: Card) -> discord.Embed:
    """Return the embed of a card."""
    embed = discord.Embed(
        title=card.title or None,
        url=card.url,
        description=card.description or None,
        timestamp=card.published_at,
        colour=_QUIET if card.quiet else _COLOUR,
    )
    if card.provider:
        embed.set_author(name=card.provider, icon_url=card.provider_icon)
    for name, value in card.fields:
        embed.add_field(name=name, value=value, inline=False)
    if card.footer:
        embed.set_footer(text=card.footer)
    embed.set_image(url=card.image)
    embed.set_thumbnail(url=card.thumbnail)
    return embed


def list_embed(title: str, lines: str) -> discord.Embed:
    """Return the embed of a list."""
    return discord.Embed(title=title or None, description=lines, colour=_COLOUR)


def embeds_within(cards: Sequence[Card]) -> list[discord.Embed]:
    """Return the embeds of cards, as many as one message may hold."""
    embeds: list[discord.Embed] = []
    size = 0
    for card in cards[:CARDS_LIMIT]:
        size += card.length
        if size <= TOTAL_LIMIT:
            embeds.append(embed_of(card))
    return embeds


def embeds_of(post: Post) -> list[discord.Embed]:
    """Return the embeds of a post."""
    return [embed_of(card) for card in post.cards]


def mentions_of(post: Post) -> discord.AllowedMentions:
    """Return whom a new message may ping: one role, if any."""
    if post.mention is None:
        return NOBODY
    return discord.AllowedMentions(
        everyone=False, users=False, roles=[discord.Object(post.mention)], replied_user=False
    )
