"""What any text goes through before a person sees it: cleaning, escaping, cutting."""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import pairwise

_INVISIBLE = re.compile(
    # controls that are no blanks, soft hyphen, zero width, bidi marks and embeddings, halves of a
    # surrogate pair, byte order mark, annotations, tags;
    # the joiners U+200C and U+200D stay: Persian and emoji need them
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|cite|code|div|em|figure|figcaption|h[1-6]|hr|i|iframe|img|li|ol|p"
    r"|pre|q|s|script|small|span|strong|style|sub|sup|table|tbody|td|th|thead|tr|u|ul)\b[^<>]*>",
    re.IGNORECASE,
)
_CODE = re.compile(r"`{3,}|~{3,}")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*")
_SPECIAL = re.compile(r"([\\*_~`|\[\]<>])")
_LINE_START = re.compile(
    # a number gets its backslash behind it: before a digit Discord shows it
    r"^([^\S\n]*(?:\d+(?=[.)]\s)|(?=(?:#{1,3}|-#|[-+])\s)))",
    re.MULTILINE,
)
_TOO_FAR = re.compile(r"&#[xX]?[0-9a-fA-F]{8,};?")  # beyond Unicode, and Python's patience
_BLANKS = re.compile(r"\s+")
_LOOKS_EMPTY = " \u034f\u115f\u1160\u200c\u200d\u2800\u3164\ufe0e\ufe0f\uffa0"
_NEVER_FIRST = re.compile(
    # besides marks: joiners, Thai and Lao am, vowels and finals of Hangul, halfwidth voicing, skin
    # tones, the tags of flags
    r"[\u0e33\u0eb3\u1160-\u11ff\u200c\u200d\ud7b0-\ud7fb\uff9e\uff9f\U0001f3fb-\U0001f3ff"
    r"\U000e0020-\U000e007f]"
)
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
            text = unicodedata.normalize("NFC", text)
        line = " ".join(text.split()) if "  " in text else text.strip()
        return line if line.strip(_LOOKS_EMPTY) else ""
    line = _cleaned(text)
    while (again := _cleaned(line)) != line:
        line = again
    return line


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
    lists, mentions and timestamps; so every special mark gets its backslash here.
    """
    marked = _SPECIAL.sub(r"\\\1", text)
    return _LINE_START.sub(r"\1\\", marked)


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
    starts = [at for at in range(len(text)) if at == 0 or not _continues(text, at)]
    return tuple(text[at:end] for at, end in pairwise([*starts, len(text)]))


def _cleaned(text: str) -> str:
    decoded = _TAG.sub(" ", html.unescape(_TOO_FAR.sub(" ", text)))
    visible = _INVISIBLE.sub("", decoded)
    line = _BLANKS.sub(" ", unicodedata.normalize("NFC", visible)).strip()
    return line if line.strip(_LOOKS_EMPTY) else ""


def _sign_start(text: str, at: int) -> int:
    """Return the greatest index up to `at` where a new sign (grapheme) starts."""
    while at > 0 and _continues(text, at):
        at -= 1
    return at


def _continues(text: str, at: int) -> bool:
    char, before = text[at], text[at - 1]
    if _extends(char) or _NEVER_LAST.match(before) or _is_joined(text, at):
        return True
    if not _is_flag_letter(char) or not _is_flag_letter(before):
        return False
    start = at
    while start > 0 and _is_flag_letter(text[start - 1]):
        start -= 1
    return (at - start) % 2 == 1  # flags are pairs


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
