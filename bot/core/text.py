"""What any text goes through before a person sees it: cleaning, escaping, cutting."""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import pairwise

_INVISIBLE = re.compile(
    # controls that are no blanks, soft hyphen, zero width, bidi marks and embeddings, halves of a
    # surrogate pair, byte order mark, annotations, what formats shorthand and music, tags;
    # the joiners U+200C and U+200D stay: Persian and emoji need them
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|cite|code|div|em|figure|figcaption|h[1-6]|hr|i|iframe|img|li|ol|p"
    r"|pre|q|s|script|small|span|strong|style|sub|sup|table|tbody|td|th|thead|tr|u|ul)\b[^<>]*>",
    re.IGNORECASE,
)
_CODE = re.compile(r"`{3,}|~{3,}")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*")
_SPECIAL = re.compile(
    # the marks of Markdown; what would end the text of a link of ours, before it or around it, for
    # clients heed no backslash in that; what makes an address, a mention of all, and an emoji by
    # its name, also where a colon of ours follows
    r"[\\*_~`|\[\]<>]|(?<=\])\(|:(?=//|[\w+-]+(?::|$))|@(?=everyone|here)"
    # and what makes an invitation, which needs no scheme
    r"|(?<=discord\.gg)/|(?<=discord\.(?:com|new))/|(?<=discordapp\.com)/|(?<=discord\.gift)/",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\(.)")
_LINE_START = re.compile(
    # a number gets its backslash behind it: before a digit Discord shows it
    r"^([^\S\n]*(?:\d+(?=[.)]\s)|(?=(?:#{1,3}|-#|[-+])\s)))",
    re.MULTILINE,
)
_TOO_FAR = re.compile(r"&#[xX]?[0-9a-fA-F]{8,};?")  # beyond Unicode, and Python's patience
_BLANKS = re.compile(r"\s+")
_SHOWS = re.compile(
    # more than blanks, fillers, joiners, and what chooses between the forms of a sign
    r"[^ \u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u200c\u200d\u2800\u3164\ufe00-\ufe0f"
    r"\uffa0\U000e0100-\U000e01ef]"
)
_NEVER_FIRST = re.compile(
    # besides marks: joiners, Thai and Lao am, vowels and finals of Hangul, halfwidth voicing, skin
    # tones, the tags of flags
    r"[\u0e33\u0eb3\u1160-\u11ff\u200c\u200d\ud7b0-\ud7fb\uff9e\uff9f\U0001f3fb-\U0001f3ff"
    r"\U000e0020-\U000e007f]"
)
_STACKED = re.compile(
    # where more marks might stand on one sign than any script writes; the joiners are among them
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u1dff\u200c\u200d\u20d0-\u20f0\u2cef-\u2cf1\u2d7f-\u2dff"
    r"\u302a-\u302d\u3099\u309a\ua66f-\uabed\ufb1e\ufe00-\ufe2f\U000101fd-\U0001e94a"
    r"\U000e0100-\U000e01ef]{7,}"
)
_MARKS = ("Mn", "Me")
_JOINERS = "\u200c\u200d"
_MOST_MARKS = 6  # of one sign; pointed Hebrew with its accents has five
_MOST_ROUNDS = 8  # of cleaning what cleaning brought to light
_ENCODED = re.compile("[&<]")
_NEVER_LAST = re.compile(r"[\u1100-\u115f\u200d\ua960-\ua97c]")  # initials of Hangul, the joiner
_VIRAMA = 9  # the combining class of the mark that joins two letters: क्ष
_ENDS_BADLY = " \n,;:.-"
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """Return the text as one visible line: entities decoded, tags and invisible marks dropped.

    What comes to light by that, as in text that was encoded twice, is cleaned as well.
    """
    if text.isprintable() and "&" not in text and "<" not in text:  # so the only blank is a space
        if not text.isascii():
            text = _composed(text)
        line = " ".join(text.split()) if "  " in text else text.strip()
        return line if _SHOWS.search(line) else ""
    line = _cleaned(text)
    for _ in range(_MOST_ROUNDS):
        if (again := _cleaned(line)) == line:
            return line
        line = again
    return _cleaned(_ENCODED.sub("", line))  # nobody encodes a text so often but to do harm


def first_heading(markdown: str) -> str:
    """Return the text of the first heading, outside of code; empty where there is none."""
    fence, before = "", ""
    for line in markdown.split("\n"):
        text = line.strip()
        if fence:
            fence = "" if text.startswith(fence) else fence
        elif code := _CODE.match(text):
            fence = code[0]
        elif heading := _HEADING.fullmatch(line):
            text, _, closing = heading[1].rstrip().rpartition(" ")
            return clean(text if closing and not closing.strip("#") else heading[1])
        elif before and _UNDERLINE.fullmatch(line):
            return clean(before)
        before = text
    return ""


def escape(text: str) -> str:
    r"""Return Markdown that Discord shows as the very text.

    discord.py's own escaper lets a second link through (`[a](b) [c](d)`), as well as headings,
    lists, mentions and timestamps; so every special mark gets its backslash here. An address is
    text as well, for links are made by us alone.
    """
    marked = _SPECIAL.sub(r"\\\g<0>", text)
    return _LINE_START.sub(r"\1\\", marked)


def unescaped(text: str) -> str:
    """Return what `escape` was given, for where Discord reads no Markdown."""
    return _ESCAPED.sub(r"\1", text)


def cut(text: str, limit: int) -> str:
    """Return at most `limit` code points: whole words where one ends near, always whole signs.

    Discord counts code points (https://github.com/discord/discord-api-docs/issues/1315).
    """
    if len(text) <= limit:
        return text
    end = _sign_start(text, max(limit - 1, 0))
    blank = text.rfind(" ", 0, end + 1)
    if blank > end * 3 // 5:
        end = blank
    kept = text[:end].rstrip(_ENDS_BADLY)
    while (len(kept) - len(kept.rstrip("\\"))) % 2:  # half an escape would escape the ellipsis
        kept = kept[:-1].rstrip(_ENDS_BADLY)
    return (kept + _ELLIPSIS)[:limit]


def signs(text: str) -> tuple[str, ...]:
    """Return the whole signs (graphemes) of a text, in their order."""
    if text.isascii():  # as most are, and nothing there continues another
        return tuple(text)
    starts: list[int] = []
    flags = 0  # letters of flags in a row; to look for their first at each would take its square
    for at, char in enumerate(text):
        flags = flags + 1 if _is_flag_letter(char) else 0
        if at == 0 or not (_is_tied(text, at) or (flags and flags % 2 == 0)):
            starts.append(at)
    return tuple(text[at:end] for at, end in pairwise([*starts, len(text)]))


def _cleaned(text: str) -> str:
    decoded = _TAG.sub(" ", html.unescape(_TOO_FAR.sub(" ", text)))
    visible = _INVISIBLE.sub("", decoded)
    line = _BLANKS.sub(" ", _composed(visible)).strip()
    return line if _SHOWS.search(line) else ""


def _composed(text: str) -> str:
    """Return the text with letters and marks as one where they can be, and no heaps of marks.

    Heaps go first, for putting them in order takes the square of their height; again after it, for
    a mark may come apart into two.
    """
    return _without_heaps(unicodedata.normalize("NFC", _without_heaps(text)))


def _without_heaps(text: str) -> str:
    return _STACKED.sub(_lowered, text)


def _lowered(heap: re.Match[str]) -> str:
    """Return signs with no more marks on each than a reader can tell apart."""
    kept: list[str] = []
    marks = 0
    for char in heap[0]:
        counts = unicodedata.category(char) in _MARKS or char in _JOINERS
        marks = marks + 1 if counts else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _sign_start(text: str, at: int) -> int:
    """Return the greatest index up to `at` where a new sign (grapheme) starts."""
    while at > 0 and _continues(text, at):
        at -= 1
    return at


def _continues(text: str, at: int) -> bool:
    if _is_tied(text, at):
        return True
    start = at
    while _is_flag_letter(text[at]) and start > 0 and _is_flag_letter(text[start - 1]):
        start -= 1
    return (at - start) % 2 == 1  # flags are pairs


def _is_tied(text: str, at: int) -> bool:
    return _extends(text[at]) or bool(_NEVER_LAST.match(text[at - 1])) or _is_joined(text, at)


def _extends(char: str) -> bool:
    return unicodedata.category(char).startswith("M") or bool(_NEVER_FIRST.match(char))


def _is_joined(text: str, at: int) -> bool:
    """Tell whether a virama joins the letter there to the one before it."""
    if unicodedata.category(text[at]) != "Lo":
        return False
    while at > 0 and _extends(text[at - 1]):
        at -= 1
        if unicodedata.combining(text[at]) == _VIRAMA:
            return True
    return False


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
