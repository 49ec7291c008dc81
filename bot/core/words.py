"""Words: texts folded so that case, accents and width make no difference, and taken apart."""

from __future__ import annotations

import re
import unicodedata

# letters, digits and the marks that belong to a name: C++, C#, .NET, GPT-4, O'Neill
_WORD = re.compile(r"\.?\w+(?:[+#]+|(?:[.\-]\w+)*)")
_NO_SPACES = re.compile(
    # scripts that write words without spaces between them: each sign is a word of its own
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0002ffff]"
)
_APOSTROPHE = re.compile("['\u2019]")
# letters that stay one letter when their accents are taken away
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "\u0131": "i"})


def fold(text: str) -> str:
    """Return the text without case, accents and differences of width."""
    if text.isascii():
        return text.lower()
    # twice, for either makes work for the other: ™ holds capitals
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", plain).translate(_LETTERS)


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words; each emoji, and each sign of a script without spaces, is one."""
    if text.isascii():  # most titles, and there is nothing of either in them
        return tuple(_WORD.findall(_APOSTROPHE.sub("", text.lower())))
    spaced = _NO_SPACES.sub(lambda found: f" {found[0]} ", fold(text))
    found: list[str] = []
    for chunk in spaced.split():
        found += _WORD.findall(_APOSTROPHE.sub("", chunk))
        found += [char for char in chunk if unicodedata.category(char) == "So"]
    return tuple(found)
