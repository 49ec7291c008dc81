"""Quiet: when a channel is not to be disturbed, and on which days nothing comes at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime, time


class Hush(Enum):
    """What becomes of posts in quiet hours: they wait for the end, or come without a sound."""

    WAIT = "wait"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Local times from which until which it is quiet, over midnight where the end is earlier."""

    start: time
    end: time
    hush: Hush


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """Local days without editions, first and last included; without a year in every year."""

    first: date
    last: date
    yearly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """When a channel wants no posts; in a zone of tzdata."""

    channel_id: int
    guild_id: int
    zone: str
    hours: Hours | None = None
    days_off: tuple[DayOff, ...] = ()


def quiet_until(quiet: Quiet, *, now: datetime) -> datetime | None:
    """Return until when posts wait that are due now; None where they may go."""
    raise NotImplementedError


def is_silent(quiet: Quiet, *, now: datetime) -> bool:
    """Tell whether what is posted now should make no sound."""
    raise NotImplementedError


def is_off(quiet: Quiet, day: date) -> bool:
    """Tell whether a local day is without editions."""
    raise NotImplementedError
