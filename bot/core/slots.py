"""Slots: the instants a digest is due, computed from local times, never kept by a timer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, assert_never
from zoneinfo import ZoneInfo

from bot.core.digest import CatchUp
from bot.core.quiet import is_off

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.quiet import Quiet
    from bot.core.rules import Rule

_DAY = timedelta(days=1)
_SOON = 2 * _DAY
_FAR = 3660 * _DAY  # ten years: whoever is due on no day of them is off for good
_LATE = timedelta(minutes=5)  # what a machine under load may be late without having missed a slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One due time; its local date and time are its name, so a repeated hour cannot double it."""

    date: date
    time: time
    at: datetime

    @property
    def key(self) -> str:
        """The name under which the ledger knows it, unique within a digest."""
        return f"{self.date.isoformat()}T{self.time:%H:%M}"


def slots_between(
    rule: Rule, *, after: datetime, until: datetime, quiet: Quiet | None = None
) -> list[Slot]:
    """Return the slots with `after` < at <= `until`, in order of time.

    Every local date on which the rule falls has one slot for every time, also a date that a zone
    left out: those are moved on by the gap, so they are due when the slots of the next date are.
    What would be due on a day off of the channel is no slot.
    """
    zone = ZoneInfo(rule.zone)
    # where the clock changes, a slot may be due a local day later or before an earlier local day
    first = after.astimezone(zone).date() - _DAY
    last = until.astimezone(zone).date() + _DAY
    days = (first + offset * _DAY for offset in range((last - first).days + 1))
    slots = (
        Slot(date=day, time=clock, at=_instant(day, clock, zone))
        for day in days
        if rule.days.falls_on(day)
        for clock in rule.times
    )
    due = [slot for slot in slots if after < slot.at <= until and not _is_off(slot, quiet)]
    return sorted(due, key=lambda slot: (slot.at, slot.key))


def next_slot(rule: Rule, *, after: datetime, quiet: Quiet | None = None) -> Slot | None:
    """Return the first slot later than `after`; None where days off leave none in ten years."""
    start, end = after, after + _SOON
    while start - after < _FAR:
        if slots := slots_between(rule, after=start, until=end, quiet=quiet):
            return slots[0]
        start, end = end, end + (end - after)
    return None


def slot_at(rule: Rule, key: str, *, quiet: Quiet | None = None) -> Slot | None:
    """Return the slot of that key as rule and zone have it now; None where they have none."""
    try:
        local = datetime.fromisoformat(key)
    except ValueError:
        return None
    day, clock = local.date(), local.time()
    if clock not in rule.times or not rule.days.falls_on(day):
        return None
    slot = Slot(date=day, time=clock, at=_instant(day, clock, ZoneInfo(rule.zone)))
    return slot if slot.key == key and not _is_off(slot, quiet) else None


def made_up(
    slots: Sequence[Slot], catch_up: CatchUp, *, now: datetime, max_age: timedelta | None
) -> tuple[list[Slot], list[Slot]]:
    """Return which of these slots, in order of time, get an edition, and which are skipped.

    Those to come do, and those due less than five minutes ago, which are not missed. Of the missed
    ones that are not older than `max_age` all do, or the newest where nothing else is due, or none.
    """
    missed = [slot for slot in slots if slot.at <= now - _LATE]
    ahead = list(slots[len(missed) :])
    made = [slot for slot in missed if max_age is None or now - slot.at <= max_age]
    match catch_up:
        case CatchUp.ALL:
            pass
        case CatchUp.LATEST:
            made = [] if any(slot.at <= now for slot in ahead) else made[-1:]
        case CatchUp.SKIP:
            made = []
        case _:
            assert_never(catch_up)
    return made + ahead, missed[: len(missed) - len(made)]


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a local time.

    The first of two where the hour repeats; moved on by the gap where it is missing, which is what
    fold=0 means (PEP 495).
    """
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _is_off(slot: Slot, quiet: Quiet | None) -> bool:
    """Tell whether its instant is on a day off where the channel is."""
    return quiet is not None and is_off(quiet, slot.at.astimezone(ZoneInfo(quiet.zone)).date())
