"""Pointing: what a message that somebody points at may be about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.text import clean
from bot.core.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_URL = re.compile(r"https?://[^\s<>\"`|\\^{}\[\]]{1,2000}", re.IGNORECASE)
_ENDS = ".,;:!?*_~'"
_OPERATORS = re.compile(r"[\"“”„«»:：]|(?<!\S)-")  # noqa: RUF001 (as people type them)
_MOST_LINKS = 20
_LONGEST = 4_000  # code points of one text that are looked at
_ASKED = 150  # code points; more words would find less


def links_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses in some texts, each once."""
    found = [_trimmed(match[0]) for text in texts for match in _URL.finditer(text[:_LONGEST])]
    return tuple(dict.fromkeys(found))[:_MOST_LINKS]


def question_of(texts: Iterable[str]) -> str:
    """Return the words of the first text that has some, as a search without operators."""
    for text in texts:
        plain = clean(_OPERATORS.sub(" ", _URL.sub(" ", text[:_LONGEST])))
        if words_of(plain):
            return plain[:_ASKED]
    return ""


def _trimmed(url: str) -> str:
    """Return an address without what belongs to the sentence around it."""
    before = ""
    while before != url:
        before = url
        url = url.rstrip(_ENDS)
        if url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1]
    return url
