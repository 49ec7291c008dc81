"""The loopback Discord's rate limits, switched on by what its world is set to.

https://discord.com/developers/docs/topics/rate-limits
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.world import Json, Request, World

VIA = {"Via": "1.1 google"}  # what passed Cloudflare; without it discord.py sees a ban
CODE_OF_WRITES = 20028  # "The write action you are performing on the channel has hit ..."
_ROUTE_LIMITED = re.compile(r"/channels/(\d+)/messages")
_EXEMPT = ("/interactions/", "/webhooks/")  # from the global limit
_UNLIMITED = (1000, 1.0)  # what an answer says where no limit is set


@dataclass(slots=True, kw_only=True)
class Window:
    """So many requests in so many seconds, counted from the first of them."""

    limit: int
    seconds: float
    clock: Callable[[], float]
    begun: float = float("-inf")
    taken: int = 0

    def take(self) -> bool:
        """Count a request, or tell that it is one too many."""
        if self.clock() - self.begun >= self.seconds:
            self.begun, self.taken = self.clock(), 0
        if self.taken >= self.limit:
            return False
        self.taken += 1
        return True

    @property
    def left(self) -> float:
        """The seconds until all are free again."""
        return max(0.0, self.begun + self.seconds - self.clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """A 429: its body and its headers."""

    body: Json
    headers: dict[str, str]


class Limits:
    """What was asked of late, and what is too much."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.refusals: Counter[str] = Counter()  # 429 by scope, scripted ones not counted
        self._routes: dict[str, Window] = {}
        self._everything: Window | None = None

    def refused(self, request: Request) -> Limited | None:
        """Count a request; return what it meets if it is one too many."""
        limit = self.world.global_limit
        if limit is not None and not request.path.startswith(_EXEMPT):
            if self._everything is None:
                self._everything = Window(limit=limit, seconds=1.0, clock=monotonic)
            if not self._everything.take():
                self.refusals["global"] += 1
                return limited(self._everything.left, scope="global")
        window = self._window(request)
        if window is not None and not window.take():
            self.refusals["user"] += 1
            known = self.headers(request, name="")
            return limited(window.left, scope="user", headers=known)
        return None

    def headers(self, request: Request, name: str) -> dict[str, str]:
        """Return what an answer says of its bucket; `name` is that of the route."""
        window = self._window(request)
        limit, seconds = _UNLIMITED
        remaining = limit - 1
        if window is not None:
            limit, seconds, remaining = window.limit, window.left, window.limit - window.taken
            name = "messages"
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{self.world.clock().timestamp() + seconds:.3f}",
            "X-RateLimit-Reset-After": f"{seconds:.3f}",
            "X-RateLimit-Bucket": f"{zlib.crc32(name.encode()):08x}",
        }

    def _window(self, request: Request) -> Window | None:
        """Return the bucket of a request: one for the posts of each channel."""
        found = _ROUTE_LIMITED.fullmatch(request.path) if request.method == "POST" else None
        if found is None or self.world.route_limit is None:
            return None
        if found[1] not in self._routes:
            limit, seconds = self.world.route_limit
            self._routes[found[1]] = Window(limit=limit, seconds=seconds, clock=monotonic)
        return self._routes[found[1]]


def limited(
    wait: float, *, scope: str, headers: dict[str, str] | None = None, code: int = 0
) -> Limited:
    """Return a 429; `scope` is user, global or shared."""
    everywhere = scope == "global"
    told = {"Retry-After": str(max(1, round(wait + 0.5))), "X-RateLimit-Scope": scope}
    told |= {"X-RateLimit-Global": "true"} if everywhere else {}
    body = {"message": "You are being rate limited.", "retry_after": round(wait, 3), "code": code}
    return Limited(body=body | {"global": everywhere}, headers=(headers or {}) | told | VIA)
