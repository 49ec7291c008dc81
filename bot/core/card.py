"""A card: what a post shows of an article, as plain data that fits Discord's limits."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.core.marking import NO_MARKS, marked
from bot.core.text import cut, escape
from bot.core.url import host_of, is_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.core.article import Article, Headline, Image, Related
    from bot.core.query import Marks

# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
TITLE_LIMIT = 256
FIELD_LIMIT = 1024
AUTHOR_LIMIT = 256
CONTENT_LIMIT = 2000
CARDS_LIMIT = 10
TOTAL_LIMIT = 6000

EXCERPT_LENGTH = 350  # what a phone shows without scrolling past the next card
RELATED_LENGTH = 90
RELATED_COUNT = 3
TOPICS_FIELD = "Topics"
RELATED_FIELD = "Related"
ALSO_FIELD = "Also at"
ALSO_COUNT = 4
_NAME_LENGTH = 120  # of a provider beside its host
_MORE_LENGTH = len(" and 99,999 more")
_TEXT_OF_LINK = re.compile(
    # as clients have it from simple-markdown, which counts brackets and heeds no backslash there
    r"(?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*\]"
)
_ROUND = str.maketrans("[]", "()")
_WIDE_FROM = 400  # pixels; a smaller picture would be blown up, so it stands beside the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One embed to be; texts are escaped already. A `quiet` one is in the colour of a remark."""

    title: str
    url: str | None = None
    description: str = ""
    image: str | None = None
    thumbnail: str | None = None
    provider: str = ""
    provider_icon: str | None = None
    published_at: datetime | None = None
    topics: str = ""
    related: str = ""
    also: str = ""
    footer: str = ""
    quiet: bool = False

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """The named parts that have something to show, in their order."""
        named = (
            (TOPICS_FIELD, self.topics),
            (ALSO_FIELD, self.also),
            (RELATED_FIELD, self.related),
        )
        return tuple((name, value) for name, value in named if value)

    @property
    def length(self) -> int:
        """What Discord counts towards the limit of 6,000 for all embeds of a message."""
        fields = sum(len(name) + len(value) for name, value in self.fields)
        texts = (self.title, self.description, self.provider, self.footer)
        return fields + sum(len(text) for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The thread of a forum that a message opens: its name, and the forum's tags on it."""

    name: str
    tags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message to be: a line of text and cards.

    `mention` is the one role that it may ping, `opening` the thread it begins, and `asks` the
    delivery in doubt that it asks moderators about. `offers` names the buttons below it, which are
    about the `review`.
    """

    content: str
    cards: tuple[Card, ...]
    mention: int | None = None
    opening: Opening | None = None
    asks: int | None = None
    review: int | None = None
    offers: tuple[str, ...] = ()


def card_of(article: Article, *, also: Sequence[Headline] = (), marks: Marks = NO_MARKS) -> Card:
    """Return the card of an article; `also` are others that tell its story, the better first.

    What of its excerpt answers a search is marked.
    """
    picture = article.image
    wide = picture is not None and (picture.width is None or picture.width >= _WIDE_FROM)
    return Card(
        title=card_title(article.title),
        url=article.url,
        description=marked(cut(escape(article.excerpt), EXCERPT_LENGTH), marks),
        image=_address(picture, wanted=wide),
        thumbnail=_address(picture, wanted=not wide),
        provider=_publisher(article),
        provider_icon=article.provider.icon if article.provider else None,
        published_at=article.published_at,
        topics=cut(escape(" · ".join(article.topics)), FIELD_LIMIT),
        related=related_lines(article.related),
        also=also_line(article, also),
    )


def card_title(title: str) -> str:
    """Return an article's title as its card has it."""
    return cut(escape(title), TITLE_LIMIT)


def related_lines(links: Sequence[Related]) -> str:
    """Return a line for each related link, its title linking to it and its host, as many as fit."""
    lines: list[str] = []
    for other in links[:RELATED_COUNT]:
        shown = link(other.title, other.url, limit=RELATED_LENGTH)
        line = f"{shown} · {escape(host_of(other.url))}"
        if sum(len(kept) + 1 for kept in lines) + len(line) <= FIELD_LIMIT:
            lines.append(line)
    return "\n".join(lines)


def also_line(article: Headline, others: Sequence[Headline]) -> str:
    """Return links to where else the story is told: each provider once, and never its own.

    A name proves nothing, so where it is not the host, the host stands beside it.
    """
    told = {article.source.casefold(), host_of(article.url) if article.url else ""}
    links: list[str] = []
    more = 0
    for other in others:
        host = host_of(other.url) if other.url else ""
        names = {other.source.casefold(), host} - {""}
        if not host or names & told:
            continue
        told |= names
        shown = link(other.source or host, other.url or "", limit=RELATED_LENGTH)
        if other.source and other.source.casefold() != host:
            shown += f" ({escape(host)})"
        fits = sum(len(kept) + 2 for kept in links) + len(shown) <= FIELD_LIMIT - _MORE_LENGTH
        if len(links) < ALSO_COUNT and fits:
            links.append(shown)
        else:
            more += 1
    return ", ".join(links) + (f" and {more} more" if links and more else "")


def link(text: str, url: str, *, limit: int, marks: Marks = NO_MARKS) -> str:
    """Return a link to a page, its text cut and escaped, with the words in bold that answer."""
    # brackets in its text or address would end it early
    address = url.replace("(", "%28").replace(")", "%29")
    shown = marked(cut(escape(text), limit), marks)
    if not _TEXT_OF_LINK.fullmatch(f"{shown}]"):
        shown = shown.translate(_ROUND)
    return f"[{shown}]({address})"


def posts_of(heading: str, cards: Sequence[Card]) -> tuple[Post, ...]:
    """Return the messages that show all cards, each within Discord's limits; the first is headed.

    Discord shows but one of several embeds with the same address, so these never share a message.
    """
    posts: list[Post] = []
    held: list[Card] = []
    heading = cut(heading, CONTENT_LIMIT)
    for card in cards:
        full = len(held) == CARDS_LIMIT or sum(c.length for c in held) + card.length > TOTAL_LIMIT
        if held and (full or (card.url and any(c.url == card.url for c in held))):
            posts.append(Post(content="" if posts else heading, cards=tuple(held)))
            held = []
        held.append(card)
    posts.append(Post(content="" if posts else heading, cards=tuple(held)))
    return tuple(posts)


def post_to_json(post: Post) -> dict[str, Any]:
    """Return the post as JSON-compatible data, as the ledger keeps it."""
    opening = asdict(post.opening) if post.opening else None
    more = {
        "mention": post.mention,
        "opening": opening,
        "asks": post.asks,
        "review": post.review,
        "offers": list(post.offers) or None,
    }
    return {
        "content": post.content,
        "cards": [card_to_json(card) for card in post.cards],
        **{name: value for name, value in more.items() if value is not None},
    }


def post_from_json(data: Mapping[str, Any]) -> Post:
    """Return the post that `post_to_json` wrote."""
    opening = data.get("opening")
    return Post(
        content=data["content"],
        cards=tuple(card_from_json(card) for card in data["cards"]),
        mention=data.get("mention"),
        opening=Opening(name=opening["name"], tags=tuple(opening["tags"])) if opening else None,
        asks=data.get("asks"),
        review=data.get("review"),
        offers=tuple(data.get("offers", ())),
    )


def card_to_json(card: Card) -> dict[str, Any]:
    """Return the card as JSON-compatible data."""
    published = card.published_at.isoformat() if card.published_at else None
    values = {name: getattr(card, name) for name in _NAMES}  # asdict takes ten times as long
    return {**values, "published_at": published, **({"quiet": True} if card.quiet else {})}


def card_from_json(data: Mapping[str, Any]) -> Card:
    """Return the card that `card_to_json` wrote."""
    published = data["published_at"]
    return Card(
        **{**data, "published_at": datetime.fromisoformat(published) if published else None}
    )


_NAMES = tuple(field.name for field in fields(Card) if field.name != "quiet")


def _publisher(article: Headline) -> str:
    """Return who published it, with the host that the card leads to where that is another's.

    Where nobody is named, the host stands alone, for a link says where it leads.
    """
    host = host_of(article.url) if article.url else ""
    if not article.source:
        return cut(host, AUTHOR_LIMIT)
    if not host or is_named(host, article.source):
        return cut(article.source, AUTHOR_LIMIT)
    return cut(f"{cut(article.source, _NAME_LENGTH)} · {host}", AUTHOR_LIMIT)


def _address(picture: Image | None, *, wanted: bool) -> str | None:
    return picture.url if picture and wanted else None
