"""A suggestion: the link in a message that somebody would like to see posted, as a draft to be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.core.card import TITLE_LIMIT
from bot.core.pointing import links_of
from bot.core.text import clean, cut
from bot.core.url import host_of, safe_url, without_tracking

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EXCERPT_LIMIT = 1000
PROVIDER_LIMIT = 100
_READ = 10_000  # code points of a text that are looked at
_TOPICS = 10  # of one article; more of them say nothing
_PICTURES = ("image", "gifv")  # kinds of what Discord shows below a link that is no page
_PICTURE_FILE = re.compile(
    r"\.(?:apng|avif|bmp|gif|jpe?g|mov|mp[34]|ogg|png|svg|webm|webp)$", re.IGNORECASE
)
_DISCORD = ("discord.com", "discord.gg", "discordapp.com", "discordapp.net", "discord.new")
_PICTURE_HOSTS = ("tenor.com", "giphy.com")


class NoArticle(Enum):
    """Why a message is no suggestion, in words for whoever pointed at it."""

    NO_LINK = "That message holds no link to an article that I could suggest."
    OF_DISCORD = (
        "That message links to Discord itself, which is no article; "
        "choose a message with the link of a page."
    )
    PICTURE = (
        "That message links to a picture or a recording, which is no article; "
        "choose a message with the link of a page."
    )


class NoDraft(Enum):
    """Why no draft comes of what somebody wrote, in words for them."""

    NO_TITLE = "An article needs a title that can be read; please suggest it again with one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What Discord shows below a message, as it came: nothing here is clean, no address checked."""

    url: str
    kind: str = "rich"
    title: str = ""
    excerpt: str = ""
    provider: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestible:
    """What a message tells of an article: texts clean, addresses checked; no more than a link."""

    url: str
    title: str = ""
    excerpt: str = ""
    provider: str = ""
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """What the file of a draft will say: texts cleaned, the address checked."""

    title: str
    url: str
    excerpt: str = ""
    topics: tuple[str, ...] = ()
    provider: str = ""
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """Why a draft has no file, in words for whoever suggested it."""

    reason: str


def suggestible(content: str, shown: Sequence[Shown]) -> Suggestible | NoArticle:
    """Return the article that a message links to: the first that is shown, else the first link.

    What it tells of the article is what Discord shows of it; nothing is fetched.
    """
    shown = [one for one in shown if one.url]
    found = [(_checked(one.url, kind=one.kind), one) for one in shown]
    links = [(_checked(url), Shown(url=url)) for url in links_of([content])]
    for url, one in (*found, *links):
        if isinstance(url, str):
            return _told(url, one)
    faults = [url for url, _ in (*found, *links) if isinstance(url, NoArticle)]
    return next((fault for fault in faults if fault is not NoArticle.NO_LINK), NoArticle.NO_LINK)


def draft_file(
    found: Suggestible, *, title: str, excerpt: str, topics: Iterable[str]
) -> DraftFile | NoDraft:
    """Return the draft of an article, in the words of whoever suggests it."""
    title = _text(title, TITLE_LIMIT)
    if not title:
        return NoDraft.NO_TITLE
    kept = dict.fromkeys(name for topic in topics if (name := clean(topic)))
    return DraftFile(
        title=title,
        url=found.url,
        excerpt=_text(excerpt, EXCERPT_LIMIT),
        topics=tuple(kept)[:_TOPICS],
        provider=found.provider,
        image=found.image,
    )


def topics_of(typed: str, known: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the known topics that were typed, with commas, as they are spelt; then the others."""
    by_name: Mapping[str, str] = {name.casefold(): name for name in known}
    words = dict.fromkeys(clean(word) for word in re.split(r"[,;\n]", typed[:_READ]))
    named = [(word, by_name.get(word.casefold())) for word in words if word]
    found = dict.fromkeys(topic for _, topic in named if topic is not None)
    return tuple(found)[:_TOPICS], tuple(word for word, topic in named if topic is None)


def _checked(raw: str, *, kind: str = "") -> str | NoArticle:
    """Return an address that may be that of an article, or why it is none."""
    url = safe_url(raw)
    host = host_of(url).removesuffix(".") if url else ""
    if url is None or "." not in host or host[-1].isdigit():  # a machine's own, or a bare number
        return NoArticle.NO_LINK
    if _is_of(host, _DISCORD):
        return NoArticle.OF_DISCORD
    if kind in _PICTURES or _is_of(host, _PICTURE_HOSTS):
        return NoArticle.PICTURE
    if _PICTURE_FILE.search(urlsplit(url).path):
        return NoArticle.PICTURE
    return without_tracking(url)


def _is_of(host: str, names: Iterable[str]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def _told(url: str, shown: Shown) -> Suggestible:
    image = safe_url(shown.image) if shown.image else None
    if image and _is_of(host_of(image), _DISCORD):  # its addresses end after a day
        image = None
    host = host_of(url)
    provider = _text(shown.provider, PROVIDER_LIMIT).removesuffix(f" · {host}")  # as our cards say
    return Suggestible(
        url=url,
        title=_text(shown.title, TITLE_LIMIT),
        excerpt=_text(shown.excerpt, EXCERPT_LIMIT),
        provider=provider or host,
        image=image,
    )


def _text(raw: str, limit: int) -> str:
    """Return clean text that stays as it is when it is cleaned again."""
    return clean(cut(clean(raw[:_READ]), limit))
