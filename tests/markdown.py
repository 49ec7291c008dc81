"""Discord's Markdown as its client reads it: what of a text is live, and what a reader sees of it.

Written from how the client behaves, not from our escaper, and stricter than it where in doubt:
whatever might come alive in some client counts as live. It was held against discord-markdown-parser
1.3.1, which is made of simple-markdown as the client is, on 40,000 texts made of marks at random.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

import discord


class Kind(Enum):
    LINK = "a masked link"
    ADDRESS = "an address that is a link by itself"
    INVITE = "an invitation"
    MENTION = "a mention, of somebody, a role, a channel, a command or a page of the server"
    TIMESTAMP = "a moment"
    EMOJI = "an emoji of a server, or by its name"
    HEADING = "a heading"
    SUBTEXT = "small text"
    LIST = "an entry of a list"
    QUOTE = "a quotation"
    CODE = "code"
    STYLE = "bold, italic, underlined or struck text"
    SPOILER = "hidden text"


@dataclass(frozen=True, slots=True)
class Live:
    """One thing that is live: what it is, and where it leads or whom it names."""

    kind: Kind
    target: str = ""


_INSIDE = r"((?:\\.|[^\\])+?)"
_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
_STARTS = (  # where a line begins
    (Kind.SUBTEXT, re.compile(r"[^\S\n]*-#[^\S\n]+")),
    (Kind.HEADING, re.compile(r"[^\S\n]*#{1,3}[^\S\n]+")),
    (Kind.QUOTE, re.compile(r"[^\S\n]*>(?:>>)?[^\S\n]+")),
    (Kind.LIST, re.compile(r"[^\S\n]*(?:[-*+]|\d+[.)])[^\S\n]+")),
)
# The client reads links as simple-markdown does, which its reader is made of: pairs of brackets are
# counted in the text, whatever stands before them, and backslashes are heeded in the address alone.
# https://github.com/ariabuckles/simple-markdown/blob/master/src/index.js
_LINK = re.compile(
    r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]"
    r"\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['\"](?:.*?)['\"])?\s*\)",
    re.DOTALL,
)
_WHOLE = (  # what holds no other thing
    (Kind.CODE, re.compile(r"```(?P<shown>.+?)```", re.DOTALL)),
    (Kind.CODE, re.compile(r"(`+)(?!`)(?P<shown>.+?)(?<!`)\1(?!`)", re.DOTALL)),
    (Kind.MENTION, re.compile(r"<(?:@[!&]?|#)\d+>|@everyone|@here|<id:\w+>|</[^<>\n]+:\d+>")),
    (Kind.TIMESTAMP, re.compile(r"<t:-?\d+(?::[A-Za-z])?>")),
    (Kind.EMOJI, re.compile(r"<a?:\w+:\d+>|:[A-Za-z0-9_+-]+:(?!\w*//)")),
    (Kind.ADDRESS, re.compile(r"<(?P<shown>[a-z][a-z0-9+.-]*:[^\s<>]+)>", re.IGNORECASE)),
    (Kind.ADDRESS, re.compile(r"<(?P<shown>[^:\s>]+:/[^\s>]+)>")),
    (Kind.ADDRESS, re.compile(r"<(?P<shown>[^\s<>@]+@[^\s<>]+\.[^\s<>]+)>")),
)
_ADDRESS = re.compile(r"(?:https?|steam|discord|ftp)://[^\s<]+", re.IGNORECASE)
_BEGINNINGS = frozenset("\\[<@:`*_~|dfhsDFHS")  # of whatever is no line's beginning
_INVITE = re.compile(
    r"(?:discord\.(?:gg|new|gift)|discord(?:app)?\.com/(?:invite|template|gifts|channels|events))"
    r"/[\w-]+",
    re.IGNORECASE,
)
_PAIRS = (
    (Kind.STYLE, re.compile(rf"\*\*{_INSIDE}\*\*(?!\*)", re.DOTALL)),
    (Kind.STYLE, re.compile(rf"__{_INSIDE}__(?!_)", re.DOTALL)),
    (Kind.STYLE, re.compile(rf"~~{_INSIDE}~~", re.DOTALL)),
    (Kind.SPOILER, re.compile(rf"\|\|{_INSIDE}\|\|", re.DOTALL)),
    (Kind.STYLE, re.compile(rf"\*(?!\s){_INSIDE}\*(?!\*)", re.DOTALL)),
    (Kind.STYLE, re.compile(rf"_{_INSIDE}_(?![0-9A-Za-z_])", re.DOTALL)),
)


def live(markdown: str) -> Counter[Live]:
    """Return all that is live in a text, also within other things."""
    found: Counter[Live] = Counter()
    _read(markdown, found)
    return found


def shown(markdown: str) -> str:
    """Return what a reader sees; of what is no text, such as a mention, how it is written."""
    return _read(markdown, Counter())


def links(markdown: str) -> list[str]:
    """Return where the masked links of a text lead."""
    return [one.target for one in live(markdown).elements() if one.kind is Kind.LINK]


def unnamed_links(markdown: str) -> list[str]:
    """Return where those masked links lead whose host no reader sees, in their text or behind it.

    Of Discord's own, which lead to messages, everybody sees that.
    """
    hidden = []
    at = 0
    while at < len(markdown):
        match = _LINK.match(markdown, at)
        if match is None:
            at += 2 if _ESCAPE.match(markdown, at) else 1
            continue
        at = match.end()
        target = _ESCAPE.sub(r"\1", match[2])
        host = (urlsplit(target).hostname or "").removeprefix("www.")
        line = shown(_until_next_link(markdown[at:].split("\n", maxsplit=1)[0]))
        beside = re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", line)
        if host != "discord.com" and not beside and shown(match[1]) != host:
            hidden.append(target)
    return hidden


def _until_next_link(line: str) -> str:
    at = 0
    while at < len(line) and not _LINK.match(line, at):
        at += 2 if _ESCAPE.match(line, at) else 1
    return line[:at]


def escaped_by_discord_py(text: str) -> str:
    """Return what the library makes of a text: the escaper that ours is measured against."""
    return discord.utils.escape_mentions(discord.utils.escape_markdown(text))


def _read(markdown: str, found: Counter[Live]) -> str:
    parts: list[str] = []
    at, starting = 0, True
    while at < len(markdown):
        if starting and (start := _start(markdown, at)):
            found[Live(start[0])] += 1
            at = start[1]  # and within a list a heading may begin
            continue
        step, text = 1, markdown[at]
        if text in _BEGINNINGS:
            step, text = _step(markdown, at, found)
        starting = text == "\n"
        parts.append(text)
        at += step
    return "".join(parts)


def _start(markdown: str, at: int) -> tuple[Kind, int] | None:
    for kind, pattern in _STARTS:
        if match := pattern.match(markdown, at):
            return kind, match.end()
    return None


def _step(markdown: str, at: int, found: Counter[Live]) -> tuple[int, str]:
    """Return how far the thing there reaches, and what is seen of it."""
    if match := _ESCAPE.match(markdown, at):
        return 2, match[1]
    if match := _LINK.match(markdown, at):
        found[Live(Kind.LINK, _ESCAPE.sub(r"\1", match[2]))] += 1
        return len(match[0]), _read(match[1], found)
    for kind, pattern in _WHOLE:
        if match := pattern.match(markdown, at):
            found[Live(kind, "" if kind is Kind.CODE else match[0])] += 1
            return len(match[0]), match.groupdict().get("shown") or match[0]
    if match := _INVITE.match(markdown, at) or _ADDRESS.match(markdown, at):
        found[Live(Kind.INVITE if match.re is _INVITE else Kind.ADDRESS, match[0])] += 1
        return len(match[0]), match[0]
    for kind, pattern in _PAIRS:
        if match := pattern.match(markdown, at):
            found[Live(kind)] += 1
            return len(match[0]), _read(match[1], found)
    return 1, markdown[at]
