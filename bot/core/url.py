"""Addresses: which may be shown, and when two of them lead to one page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

MAX_LENGTH = 2048  # Discord's own limit for embed URLs is not documented; browsers' is
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|mc_[ce]id|igshid|yclid|_hsenc|_hsmi"
    r"|vero_id|oly_(?:anon|enc)_id|cmpid|ref_src|smid|sr_share)$",
    re.IGNORECASE,
)
_SAFE = "/:?#[]@!$&'()*+,;=%-._~"
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")


def safe_url(raw: str) -> str | None:
    """Return an http(s) address fit to be shown and sent, or None where it is not one.

    Blanks and letters outside ASCII are percent-encoded (Discord answers them with 400); an address
    with a user name, a control character or a backslash is refused.
    """
    text = raw.strip()
    if _FORBIDDEN.search(text):
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        if parts.scheme.lower() not in _PORTS or not host or parts.username is not None:
            return None
        ascii_host = _ascii_host(host)
        path, query, fragment = (
            quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment)
        )
    except ValueError:  # also what cannot be encoded
        return None
    if not _HOST.fullmatch(ascii_host):
        return None
    place = ascii_host if port is None else f"{ascii_host}:{port}"
    shown = urlunsplit((parts.scheme.lower(), place, path, query, fragment))
    return shown if len(shown) <= MAX_LENGTH else None


def canonical_url(url: str) -> str:
    """Return the one form that every address of the same page shares; `url` is a safe one.

    Scheme, `www.`, default port, fragment, tracking parameters, the order of parameters and a
    trailing slash make no difference.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    if parts.port is not None and parts.port != _PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    # parameters of old pages are not in UTF-8: their bytes must come back as they were
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    query = urlencode(
        sorted(pair for pair in pairs if not _TRACKING.match(pair[0])), errors="surrogateescape"
    )
    return urlunsplit(("https", host, parts.path.rstrip("/"), query, ""))


def without_tracking(url: str) -> str:
    """Return the address as it was written, but for parameters that follow readers around."""
    head, mark, rest = url.partition("?")
    query, hash_, fragment = rest.partition("#")
    if not mark or "#" in head:
        return url
    kept = [pair for pair in query.split("&") if not _TRACKING.match(pair.partition("=")[0])]
    if len(kept) == query.count("&") + 1:
        return url
    return head + (mark if kept else "") + "&".join(kept) + hash_ + fragment


def host_of(url: str) -> str:
    """Return the host a reader would recognise, without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    return host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()
