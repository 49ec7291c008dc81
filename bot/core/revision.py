"""Revision: what an edit or a withdrawal of an article makes of the cards that show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from itertools import product
from typing import TYPE_CHECKING, assert_never

from bot.core.brief import NO_BRIEF, Brief
from bot.core.card import TITLE_LIMIT, TOTAL_LIMIT, Card, Post
from bot.core.text import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.core.article import ArticleId, Headline

_MARK = "~~"
_WITHDRAWN = "Withdrawn."
_FEW = 20  # published articles; of fewer, most may well go at once
UNALARMING = _FEW // 2  # so many withdrawn at once are never too many


class Retract(Enum):
    """What becomes of a message whose article was withdrawn."""

    MARK = "mark"
    DELETE = "delete"
    KEEP = "keep"


class Showing(Enum):
    """How a message shows an article.

    HELD shows an article that is withdrawn, for too many were withdrawn at once to believe it.
    RETRACTED is what moderators took back: nothing is shown, whatever the article comes to.
    """

    ARTICLE = "article"
    STRUCK = "struck"
    NOTHING = "nothing"
    HELD = "held"
    RETRACTED = "retracted"


class Fate(Enum):
    """What is to be done with a card after its article changed."""

    LEFT = "left"
    SHOWN = "shown"
    ASKED = "asked"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A card, and the version and the file of the article that it was made of, where known."""

    card: Card
    version: str | None
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One place where an article's card is used.

    It stands in the message of a delivery, or is `planned`: chosen for an edition, or, without an
    edition, a draft that moderators were asked about. `asked` is the version that moderators were
    asked about last, `asking` tells that they have not decided yet. A draft that they let in is
    `admitted`; `unsent` is what stands in a message that nobody has tried to send.
    """

    guild_id: int
    digest_id: int
    article_id: ArticleId
    edition_id: int | None
    delivery_id: int | None
    proof: Proof
    reason: str = ""
    admitted: bool = False
    showing: Showing = Showing.ARTICLE
    unsent: bool = False
    asked: str | None = None
    asking: bool = False

    @property
    def planned(self) -> bool:
        """Tell whether no message shows it yet."""
        return self.delivery_id is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is to be done with one use of a card, which from then on is this one, shown so.

    The `brief` is for moderators who are asked.
    """

    use: Use
    fate: Fate
    proof: Proof
    showing: Showing
    brief: Brief = NO_BRIEF


def is_withdrawn(use: Use, article: Headline | None) -> bool:
    """Tell whether there is an article no more that may be shown there."""
    return article is None or (article.draft and not use.admitted)


def fate_of(
    use: Use, article: Headline | None, *, retract: Retract, reviewed: bool, told: bool
) -> Fate:
    """Return what is to be done now that this is the article; nothing where all is done.

    Where a version is not known, one who was `told` of a change alone knows that there was one.
    Under review nothing new is shown unasked; what was withdrawn is taken away all the same.
    """
    if use.showing is Showing.RETRACTED:
        return Fate.LEFT
    if article is None or is_withdrawn(use, article):
        return Fate.TAKEN if _is_to_be_taken(use, retract=retract) else Fate.LEFT
    version = use.proof.version
    if version == article.version or (version is None and not told):
        same = use.showing is Showing.ARTICLE and (use.planned or not use.asking)
        return Fate.LEFT if same else Fate.SHOWN
    if reviewed:
        return Fate.LEFT if use.asked == article.version else Fate.ASKED
    # a draft gets out by approval alone
    return Fate.LEFT if article.draft else Fate.SHOWN


def showing_after(use: Use, *, retract: Retract, held: bool) -> Showing:
    """Return how a message shows an article that was withdrawn, or is held to be by mistake."""
    if use.unsent:
        return Showing.NOTHING
    if held:
        return Showing.HELD if use.showing is Showing.ARTICLE else use.showing
    match retract:
        case Retract.MARK:
            return Showing.STRUCK
        case Retract.DELETE:
            return Showing.NOTHING
        case Retract.KEEP:
            return use.showing
        case _:
            assert_never(retract)


def is_alarming(*, withdrawn: int, left: int) -> bool:
    """Tell whether more articles are gone at once than anybody means to withdraw."""
    return withdrawn > left and withdrawn + left >= _FEW


def post_showing(content: str, shown: Iterable[tuple[Card, Showing]]) -> Post | None:
    """Return a message with its cards as they are to be shown; None where none is left."""
    cards = [
        struck(card) if showing is Showing.STRUCK else card
        for card, showing in shown
        if showing not in {Showing.NOTHING, Showing.RETRACTED}
    ]
    return Post(content=content, cards=fitted(cards)) if cards else None


def struck(card: Card) -> Card:
    """Return the card of an article that was withdrawn: a title struck through, and no more."""
    title = cut(card.title, TITLE_LIMIT - 2 * len(_MARK))
    return Card(title=f"{_MARK}{title}{_MARK}", description=_WITHDRAWN)


def fitted(cards: Sequence[Card]) -> tuple[Card, ...]:
    """Return the cards of one message within Discord's limit; what is least missed goes first."""
    kept = list(cards)
    shorter: tuple[Callable[[Card], Card], ...] = (
        lambda card: replace(card, related=""),
        lambda card: replace(card, also=""),
        lambda card: replace(card, topics=""),
        lambda card: replace(card, description=""),
    )
    for shorten, place in product(shorter, reversed(range(len(kept)))):
        if sum(card.length for card in kept) <= TOTAL_LIMIT:
            break
        kept[place] = shorten(kept[place])
    return tuple(kept)


def _is_to_be_taken(use: Use, *, retract: Retract) -> bool:
    if use.planned or use.unsent or use.asking:
        return True
    return use.showing is Showing.ARTICLE and retract is not Retract.KEEP
