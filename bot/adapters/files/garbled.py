"""Whether a text was decoded wrongly, like “doesnâ€™t”: ftfy tells, asked only where in doubt."""

from __future__ import annotations

import re

from ftfy.badness import is_bad

# ftfy looks at each sign for 100 ns, which would be most of the time of reading a file. All it
# looks for holds two signs outside ASCII side by side, or one of a few; and none is of these alone
_ASCII = bytes(range(128))
_CALM = frozenset("\xa0\xad·´–—―…’‘“”„«»‹›•¡¿®™©")  # noqa: RUF001 (they look like others)
_DOUBTFUL = re.compile(r"[^\x00-\x7f]{2}|[\x80-\x9fŒœÂÃØÙ]")


def is_garbled(text: str) -> bool:
    """Tell whether a text looks as if it was decoded wrongly."""
    if text.isascii():
        return False
    signs = text.encode(errors="surrogatepass").translate(None, _ASCII)
    if _CALM.issuperset(signs.decode(errors="surrogatepass")):
        return False
    return bool(_DOUBTFUL.search(text)) and bool(is_bad(text))
