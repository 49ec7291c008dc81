"""Rules: when a digest goes out, as people write it: times, days and a zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from bot.core.days import RuleError

if TYPE_CHECKING:
    from bot.core.days import Days

MOST_TIMES = 24
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_NO_ZONES = ("localtime", "Factory")  # what they mean depends on the machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a digest goes out: local times on some days in a zone of tzdata."""

    times: tuple[time, ...]
    days: Days
    zone: str


def parse_times(text: str) -> tuple[time, ...]:
    """Return the times of `07:30, 18:00`; raise RuleError where one is not a time."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise RuleError("write a time like 09:00, or several: 08:00, 18:30")
    times = []
    for word in words:
        found = _CLOCK.fullmatch(word)
        if found is None:
            raise RuleError(f"“{word}” is not a time; write hours and minutes like 09:00 or 18:30")
        times.append(time(int(found[1]), int(found[2])))
    if len(set(times)) > MOST_TIMES:
        raise RuleError(f"these are more than {MOST_TIMES} times; write fewer")
    return tuple(sorted(set(times)))


@cache
def zones() -> tuple[str, ...]:
    """Return the names of all time zones, in order; tzdata is looked through once."""
    return tuple(sorted(available_timezones().difference(_NO_ZONES)))


def parse_zone(text: str) -> str:
    """Return the zone's name as tzdata writes it; raise RuleError where there is none."""
    wanted = text.strip().replace(" ", "_").casefold()
    name = next((zone for zone in zones() if zone.casefold() == wanted), None)
    if name is None:
        raise RuleError(f"“{text.strip()}” is not a time zone; write one like Europe/Berlin or UTC")
    return name


def show_times(times: tuple[time, ...]) -> str:
    """Return the times as `parse_times` reads them."""
    return ", ".join(f"{clock:%H:%M}" for clock in times)
