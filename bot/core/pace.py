"""The pace: how fast requests leave, and when none leaves any more. Instants are monotonic seconds.

https://discord.com/developers/docs/topics/rate-limits: 50 requests a second for all of a bot, and
10,000 invalid ones within 10 minutes, after which Discord hears nothing more of that address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

WINDOW = 600.0  # seconds
MOST_INVALID = 1_000
FEW_INVALID = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Lets `rate` requests a second leave, up to `burst` of them at once.

    In no t seconds more than rate * t + burst leave.
    """

    rate: float
    burst: int
    full_at: float = -inf  # when all that were taken are made up for
    paused_until: float = -inf

    @property
    def due(self) -> float:
        """From when on the next one may leave."""
        return max(self.full_at - (self.burst - 1) / self.rate, self.paused_until)

    def take(self, *, now: float) -> Bucket:
        """Let one leave, which is due."""
        return replace(self, full_at=max(self.full_at, now) + 1 / self.rate)

    def pause(self, *, until: float) -> Bucket:
        """Let none leave before an instant."""
        return replace(self, paused_until=max(self.paused_until, until))


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Opens where too many requests were invalid within a window, and where Discord says stop.

    It closes again with fewer than FEW_INVALID in the window.
    """

    invalid: tuple[float, ...] = ()
    open_until: float = -inf

    def is_open(self, *, now: float) -> bool:
        """Tell whether no request may leave."""
        return now < self.open_until

    def fail(self, *, now: float) -> Breaker:
        """Count an invalid request."""
        recent = (*(at for at in self.invalid if at > now - WINDOW), now)[-MOST_INVALID:]
        enough = FEW_INVALID if self.is_open(now=now) else MOST_INVALID
        counted = replace(self, invalid=recent)
        if len(recent) < enough:
            return counted
        return counted.stop(until=recent[-FEW_INVALID] + WINDOW)

    def stop(self, *, until: float) -> Breaker:
        """Open until an instant, or for as long as it is open anyway."""
        return replace(self, open_until=max(self.open_until, until))
