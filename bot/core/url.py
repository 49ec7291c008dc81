"""Addresses: which may be shown, and when two of them lead to one page."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import quote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 2048  # Discord's own limit for embed URLs is not documented; browsers' is
_IGNORED = re.compile(r"[\t\n\r]+")  # as in browsers: https://url.spec.whatwg.org/#url-parsing
_WHOLE_HOST = re.compile(r"https?://[^\s/?#]+(?=[/?#])", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_SAFE = "/:?#[]@!$&'()*+,;=%-._~"
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
_SAFE_AS_IT_IS = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+"
    r"(?:/[A-Za-z0-9/_.~!$&'()*+,;=:@%-]*)?(?:\?[A-Za-z0-9/_.~!$&'()*+,;=:@%?-]+)?"
)
_TRACKING = re.compile(
    r"(?:utm_\w+|at_(?:campaign|medium)|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid"
    r"|ttclid|yclid|igshid|igsh|mc_[ce]id|mkt_tok|_hsenc|_hsmi|_ga|_gl|vero_id"
    r"|oly_(?:anon|enc)_id|cmpid|ocid|ref_src|smid|sr_share|__twitter_impression)(?:=|$)",
    re.IGNORECASE,
)
_AMP_PARAMETER = re.compile(r"amp(?:=(?:1|true)?)?|output(?:type)?=amp", re.IGNORECASE)
_AMP_CACHE = re.compile(
    r"https?://(?:[a-z0-9-]+\.cdn\.ampproject\.org/[cv]"
    r"|(?:www\.)?(?:google\.(?:com?\.)?[a-z]{2,3}|bing\.com)/amp)/(?:s/)?(?=[a-z0-9-]+\.)",
    re.IGNORECASE,
)
# what names one text; a mere word may be a section: /guitars/amp is no form of /guitars
_HEADLINE = re.compile(r"[^/]*(?:-[^/-]+-|[0-9]{5}|\.html?$)[^/]*")
_INDEX = re.compile(r"/index\.html?$")
_TRIPLET = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ROUTES = ("!", "/")  # how a fragment begins that leads to a page of its own
_SAME_HOSTS = {
    "m.facebook.com": "facebook.com",
    "m.youtube.com": "youtube.com",
    "mobile.twitter.com": "twitter.com",
    "youtube-nocookie.com": "youtube.com",
}
_SHARED_ENDING = re.compile(r"\.(?:ac|co|com|edu|gov|net|or|org)\.[a-z]{2}$")
_TELLING = 5  # letters of a label that say something within a name
_VIDEO = re.compile(
    r"youtu\.be/([\w-]{11})(?:\?.*)?"
    r"|youtube\.com/(?:embed|live|shorts|v)/(?!videoseries)([\w-]{11})(?:\?.*)?"
    r"|youtube\.com/watch\?(?:.*&)?v=([\w-]{11})(?:&.*)?",
    re.ASCII,
)
_PLAIN = re.compile(
    r"https?://(?:www\.)?((?!www\.)[a-z0-9-]+(?:\.[a-z0-9-]+)+"
    r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*)"
)


def is_safe(raw: object) -> TypeGuard[str]:
    """Tell whether `safe_url` returns it as it is; False where a closer look is needed."""
    return type(raw) is str and _SAFE_AS_IT_IS.fullmatch(raw) is not None and len(raw) <= MAX_LENGTH


def safe_url(raw: str) -> str | None:
    """Return an http(s) address fit to be shown and sent, or None where it is not one.

    Blanks and letters outside ASCII are percent-encoded (Discord answers them with 400); an address
    with a user name, a control character or a backslash is refused.
    """
    if is_safe(raw):
        return raw
    text = raw.strip()
    if _WHOLE_HOST.match(text):
        text = _IGNORED.sub("", text)
    if len(text) > MAX_LENGTH or _FORBIDDEN.search(text):
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


@lru_cache(maxsize=1024)  # a page is asked for by several at the time it is read
def canonical_url(url: str) -> str:
    """Return the one form that every address of the same page shares; `url` is a safe one.

    docs/articles.md lists what makes no difference. Where two pages might be meant, there are two
    forms: an article told twice does less harm than one never told.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and not _is_special(plain[1]):
        return f"https://{plain[1]}"
    while (form := _canonical(url)) != url:  # a cache of a cache, `www.www.`
        url = form
    return form


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


def message_url(guild_id: int, place_id: int, message_id: int) -> str:
    """Return the address of a message in a channel or thread of Discord's."""
    return f"https://discord.com/channels/{guild_id}/{place_id}/{message_id}"


def is_named(host: str, name: str) -> bool:
    """Tell whether a name plainly says whose host it is: Harbour Review of harbour-review.example.

    Where the label that somebody registered is but a part of the name, it must be most of it.
    """
    if "." in name:  # it may look like an address, of another
        return name.casefold().removeprefix("www.") == host
    labels = host.split(".")
    ending = 2 if _SHARED_ENDING.search(host) else 1
    label = _letters(([host] * ending + labels)[-1 - ending])
    said = _letters(name)
    most = len(label) >= _TELLING and 2 * len(label) >= len(said)
    return said == label or (most and label in said)


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    return host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _is_special(place: str) -> bool:
    return (  # one by one, for speed
        "/amp" in place
        or ".amp" in place
        or "/index." in place
        or "youtu" in place
        or ".m." in place
        or place.startswith(("amp.", "m.", "mobile."))
    )


def _canonical(url: str) -> str:
    cached = _AMP_CACHE.match(url)
    parts = urlsplit(safe_url(f"https://{url[cached.end() :]}") or url if cached else url)
    host = _canonical_host(parts.hostname or "")
    path = _without_dots(_decoded(parts.path))
    if "amp" in url:
        host, path = _without_amp(host, path)
    path = _INDEX.sub("", path).rstrip("/")
    query = _canonical_query(_decoded(parts.query).split("&"))
    if video := _VIDEO.fullmatch(f"{host}{path}?{query}".rstrip("?")):
        host, path, query = "youtube.com", "/watch", f"v={video[1] or video[2] or video[3]}"
    scheme = "https"
    if parts.port is not None and parts.port != _PORTS[parts.scheme]:
        scheme, host = parts.scheme, f"{host}:{parts.port}"
    fragment = _decoded(parts.fragment) if parts.fragment.startswith(_ROUTES) else ""
    return urlunsplit((scheme, host, path, query, fragment))


def _canonical_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    bare = host.removesuffix(".").removeprefix("www.")
    host = bare if "." in bare else host.removesuffix(".")
    if host.endswith(".m.wikipedia.org"):
        return host.removesuffix(".m.wikipedia.org") + ".wikipedia.org"
    return _SAME_HOSTS.get(host, host)


def _decoded(text: str) -> str:
    """Return it with each percent sign spelt one way: https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2."""
    return _TRIPLET.sub(_triplet, text) if "%" in text else text


def _triplet(match: re.Match[str]) -> str:
    sign = chr(int(match[1], 16))
    return sign if sign in _UNRESERVED else match[0].upper()


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept[1:] = kept[1:-1]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _without_amp(host: str, path: str) -> tuple[str, str]:
    if path.endswith(".amp.html"):
        path = path.removesuffix(".amp.html") + ".html"
    for ending in ("/amp", "/amp/", ".amp"):
        shorter = path.removesuffix(ending)
        if shorter != path and _names_a_text(shorter):
            path = shorter
    if path.startswith("/amp/") and _names_a_text(path):
        path = path.removeprefix("/amp")
    bare = host.removeprefix("amp.")
    return (bare if "." in bare and _names_a_text(path) else host), path


def _names_a_text(path: str) -> bool:
    return bool(_HEADLINE.fullmatch(path.rstrip("/").rpartition("/")[2]))


def _canonical_query(parameters: Iterable[str]) -> str:
    """Return them by name; those of one name keep their order, for it may matter."""
    kept = (
        parameter
        for parameter in parameters
        if parameter and not _TRACKING.match(parameter) and not _AMP_PARAMETER.fullmatch(parameter)
    )
    return "&".join(sorted(kept, key=lambda parameter: parameter.partition("=")[0]))
