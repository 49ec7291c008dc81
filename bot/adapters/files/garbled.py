"""Whether a text was decoded wrongly, like “doesnâ€™t”: ftfy tells, asked only where in doubt."""

from __future__ import annotations

import re

import ftfy
from ftfy.badness import is_bad

_ASCII = bytes(range(128))
# what most texts hold besides ASCII and ftfy never minds, whatever stands beside it
_CALM = frozenset("\xa0\xad·´–—―…’‘“”„«»‹›•¡¿®™©")  # noqa: RUF001 (they look like others)
# one sign of UTF-8 that was decoded as another encoding is two or more, no ASCII and no CJK, or one
# and a blank that was once a no-break space
_TWO_FOR_ONE = re.compile(
    r"[\x80-\u2bff\uf8ff\ufb01\ufb02](?:[\x80-\u2bff\uf8ff\ufb01\ufb02]| [\x80-\u2bff])"
    r"|[\u00c2\u00c3\u00c5\u00ce\u00d0\u00d9\u0102\u0139\u0152\u0393\u00ac\u221a\u0412\u0413] "
)


def is_garbled(text: str) -> bool:
    """Tell whether it was decoded wrongly; two quick looks spare most texts ftfy's, a slow one."""
    if text.isascii():
        return False
    signs = text.encode(errors="surrogatepass").translate(None, _ASCII)
    if _CALM.issuperset(signs.decode(errors="surrogatepass")):
        return False
    return _TWO_FOR_ONE.search(text) is not None and bool(is_bad(text))


def repaired(text: str) -> str:
    """Return the text as it was meant; the same one where it was decoded rightly."""
    return str(ftfy.fix_encoding(text)) if is_garbled(text) else text
