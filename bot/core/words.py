"""Words: texts folded so that case, accents and width make no difference, and taken apart."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# letters, digits and the marks that belong to a name: C++, C#, .NET, GPT-4, O'Neill
_WORD = re.compile(r"\.?\w+(?:[+#]+|(?:[.\-]\w+)*)")
_SIGNS = (
    # scripts that write words without spaces between them
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0002ffff"
)
_SIGN = re.compile(f"[{_SIGNS}]")
_SIGN_RUN = re.compile(f"[{_SIGNS}]+")
_APOSTROPHE = re.compile("['\u2019]")
# Latin letters and the marks of printed text are most of what there is, and are quick to fold
_BEYOND_LATIN = re.compile("[^\x00-\u024f\u2013\u2014\u2018\u2019\u201c\u201d]")
_ACCENTED = re.compile("[\x80-\u024f]")
_SYMBOL = re.compile("[\xa6\xa9\xae\xb0]")
_INNER_MARK = re.compile(r"(?<=\w)[.\-](?=\w)")
# letters that stay one letter when their accents are taken away
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "\u0131": "i"})


def fold(text: str) -> str:
    """Return the text without case, accents and differences of width."""
    if text.isascii():
        return text.lower()
    if _BEYOND_LATIN.search(text):
        return _fold(text)
    return _ACCENTED.sub(_latin, text).lower()


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words; each emoji, and each sign of a script without spaces, is one."""
    return _words(text, _SIGN)


def beginnings(text: str) -> tuple[str, ...]:
    """Return the words of a text as each of them would begin in a `spaced` one."""
    return tuple(f" {word}" for word in words_of(text))


def spaced(text: str) -> str:
    """Return the words of a text, each after a blank, so that any of them is found as it begins."""
    return "".join(beginnings(text))


def runs_of(text: str) -> tuple[str, ...]:
    """Return the folded words as they are typed: signs that stand together stay together."""
    return _words(text, _SIGN_RUN)


def signs_of(run: str) -> tuple[str, ...]:
    """Return the signs of a run in a script without spaces; nothing of another word."""
    return tuple(run) if _SIGN.match(run) else ()


def parts_of(word: str) -> list[str]:
    """Return the parts of a compound: covid-19, node.js, 1.70; else the word alone."""
    return _INNER_MARK.split(word)


def _words(text: str, signs: re.Pattern[str]) -> tuple[str, ...]:
    folded = fold(text)
    if folded.isascii() or not (_BEYOND_LATIN.search(folded) or _SYMBOL.search(folded)):
        if folded.replace(" ", "").isalnum():  # nothing but words, and quick to see
            return tuple(folded.split())
        return tuple(_WORD.findall(_APOSTROPHE.sub("", folded)))
    found: list[str] = []
    for chunk in signs.sub(lambda run: f" {run[0]} ", folded).split():
        found += _WORD.findall(_APOSTROPHE.sub("", chunk))
        found += [char for char in chunk if unicodedata.category(char) == "So"]
    return tuple(found)


def _fold(text: str) -> str:
    # twice, for either makes work for the other: ™ holds capitals
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", plain).translate(_LETTERS)


def _latin(letter: re.Match[str]) -> str:
    return _folded_letter(letter[0])


@cache  # there are some 450 of them, and they are in most texts that are not plain
def _folded_letter(letter: str) -> str:
    return _fold(letter)
