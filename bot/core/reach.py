"""Addresses that are well formed and lead readers nowhere all the same."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address

_LINK = re.compile(r"\s*https?://(?:[^/?#@\s]*@)?(\[[^\]]*\]|[^/?#:\s]*)", re.IGNORECASE)
_BLANK = re.compile(r"\S\s+\S")
# https://www.rfc-editor.org/rfc/rfc6761 and rfc6762: names that no public server answers for
_HOME = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".localdomain")


def remark_on(link: str) -> str | None:
    """Return what is odd about a link that a file holds, and what to write; None: nothing is."""
    if link.lstrip()[:5].lower() == "data:":
        return "holds the picture itself (data:); write the address where it is"
    found = _LINK.match(link)
    if found is None:
        return None
    if reason := why_unreachable(found[1].lower()):
        return f"leads to {reason}, which readers cannot reach; write a public address"
    if _BLANK.search(link):
        return "holds a blank, which ends an address elsewhere; write %20 or remove it"
    return None


@lru_cache(maxsize=4096)
def why_unreachable(host: str) -> str | None:
    """Return what kind of place a host is that only its owner can reach; None where all can."""
    name = host.strip("[]").removesuffix(".")
    try:
        address = ip_address(name)
    except ValueError:
        if f".{name}".endswith(_HOME):
            return f"a machine of a private network ({name})"
        return None if "." in name or not name else f"a host of one word ({name})"
    return None if address.is_global else f"a private address ({name})"
