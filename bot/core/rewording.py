"""Rewording: a card with a title and an excerpt of the moderators', while the file stays."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.card import EXCERPT_LENGTH, card_title
from bot.core.text import clean, cut, escape, unescaped

if TYPE_CHECKING:
    from bot.core.card import Card


class Unchanged(Enum):
    """Why a proposal keeps its wording, in words for whoever wished for another."""

    EMPTY = "A title needs something to read."
    SAME = "That is what the card says already."
    LATE = "Somebody decided about it before."
    FIXED = "An edit is taken as its file has it, or left."


def wording_of(card: Card) -> tuple[str, str]:
    """Return title and excerpt of a card as somebody would write them."""
    return unescaped(card.title), unescaped(card.description)


def reworded(card: Card, *, title: str, excerpt: str) -> Card | Unchanged:
    """Return the card with these texts, cleaned, escaped and cut as those of a file are."""
    found = replace(
        card,
        title=card_title(clean(title)),
        description=cut(escape(clean(excerpt)), EXCERPT_LENGTH),
    )
    if not found.title:
        return Unchanged.EMPTY
    return Unchanged.SAME if found == card else found
