"""Agenda: which slots are to have an edition now, and what becomes of those that have one."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.books import LedgerTrouble
from bot.core.digest import CatchUp, EditionDraft, EditionState
from bot.core.review import Undecided
from bot.core.slots import made_up, slot_at, slots_between
from bot.core.wording import UNDECIDED_NOTE, cancelled_note, missed_note

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.digest import Digest, Edition
    from bot.core.outbox import DeliveryDraft
    from bot.core.quiet import Quiet
    from bot.core.review import Review, ReviewSettings
    from bot.core.rules import Rule
    from bot.core.slots import Slot

log = logging.getLogger(__name__)

_RECENTLY = timedelta(hours=1)  # looked at again where the clock was wrong
_MOST_SKIPPED = 100  # missed slots of a digest that are told of


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A slot that is to have an edition now; it is reviewed where its server does that."""

    digest: Digest
    slot: Slot
    review: ReviewSettings | None

    @property
    def draft(self) -> EditionDraft:
        """The edition it is to have."""
        return _draft(self.digest, self.slot)


class Agenda:
    """What digests have to do at one instant."""

    def __init__(
        self,
        ledger: Ledger,
        quiets: Mapping[int, Quiet],
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None:
        self._ledger = ledger
        self._quiets = quiets
        self._announce = announce
        self._now = now

    async def revise(self, going: Mapping[int, Digest]) -> None:
        """Let the editions to come follow what became of their slots."""
        for edition in await self._ledger.planned_editions():
            digest = going.get(edition.digest_id)
            if digest is not None and edition.due_at > self._now:
                with minding("edition not planned anew: edition=%d", edition.id):
                    quiet = self._quiets.get(digest.channel_id)
                    await self._move_or_cancel(edition, digest.rule, quiet)

    async def _move_or_cancel(self, edition: Edition, rule: Rule, quiet: Quiet | None) -> None:
        slot = slot_at(rule, edition.slot)
        if slot is None or slot_at(rule, edition.slot, quiet=quiet) is None:
            note = cancelled_note(off=slot is not None)
            log.info("edition %s: edition=%d", note, edition.id)
            await self._ledger.cancel_edition(
                edition.id, note=note, announce=self._announce, now=self._now
            )
        elif slot.at != edition.due_at:
            log.info("edition moved: edition=%d due=%s", edition.id, slot.at.isoformat())
            await self._ledger.move_edition(edition.id, due_at=slot.at)

    async def ready(
        self, editions: Sequence[Edition], *, max_age: timedelta | None
    ) -> Sequence[Edition]:
        """Return which of these that are due go out now.

        Those missed longer ago than `max_age` are cancelled; of those that are not decided it
        depends on how their server reviews whether they go out, wait, or are skipped.
        """
        reviewing = await self._ledger.reviewing()
        asked = [one.id for one in editions if one.guild_id in reviewing and _is_planned(one)]
        undecided = await self._ledger.undecided(asked) if asked else ()
        found = []
        for edition in editions:
            with minding("edition not released: edition=%d", edition.id):
                policy = _policy(edition, reviewing)
                waits = edition.id in undecided
                if policy is Undecided.WAIT and waits:
                    continue
                if await self._forgo(edition, policy, max_age=max_age):
                    continue
                if policy is Undecided.SKIP and waits:
                    await self._skip(edition)
                    continue
                found.append(edition)
        return found

    async def _skip(self, edition: Edition) -> None:
        log.info("edition %s: edition=%d", UNDECIDED_NOTE, edition.id)
        await self._ledger.skip_edition(
            edition.id, note=UNDECIDED_NOTE, announce=self._announce, now=self._now
        )

    async def _forgo(
        self, edition: Edition, policy: Undecided, *, max_age: timedelta | None
    ) -> bool:
        """Cancel an edition that was planned and missed longer ago; tell whether it was one.

        One that waits for its moderators could not go out before they had decided.
        """
        ready_at = edition.due_at
        if policy is Undecided.WAIT and edition.decided_at is not None:
            ready_at = max(ready_at, edition.decided_at)
        if not _is_planned(edition) or max_age is None or self._now - ready_at <= max_age:
            return False
        note = missed_note(CatchUp.ALL, made_up=False)
        log.info("edition %s: edition=%d", note, edition.id)
        await self._ledger.cancel_edition(
            edition.id, note=note, announce=self._announce, now=self._now
        )
        return True

    async def dues(
        self, digests: Collection[Digest], *, lead: timedelta, max_age: timedelta | None
    ) -> list[Due]:
        """Return the slots that are to have an edition now, due longest first; skip others.

        Those of servers that review are planned by `lead` ahead; those missed longer ago than
        `max_age` are skipped.
        """
        now = self._now
        reviewing = await self._ledger.reviewing()
        if any(digest.planned_until > now + lead for digest in digests):
            # nothing is planned so far ahead, so the clock was wrong once
            await self._ledger.forget_untimely(since=now - _RECENTLY, until=now + lead, now=now)
        open_slots: list[tuple[Digest, list[Slot]]] = []
        for digest in digests:
            with minding("digest not planned: digest=%d", digest.id):
                until = now + lead if digest.guild_id in reviewing else now
                quiet = self._quiets.get(digest.channel_id)
                if slots := _slots(digest, quiet, now=now, until=until):
                    open_slots.append((digest, slots))
            await asyncio.sleep(0)  # of very many digests this alone takes its time
        taken = await _taken(self._ledger, open_slots)
        dues = []
        for digest, slots in open_slots:
            review = reviewing.get(digest.guild_id)
            made = await self._make_up(digest, slots, taken=taken, max_age=max_age)
            dues += [Due(digest=digest, slot=slot, review=review) for slot in made]
        return sorted(dues, key=lambda due: (due.slot.at, due.digest.id))

    async def _make_up(
        self,
        digest: Digest,
        slots: Sequence[Slot],
        *,
        taken: Collection[tuple[int, str]],
        max_age: timedelta | None,
    ) -> Sequence[Slot]:
        """Return those slots that get an edition, and record that the others were missed."""
        made, missed = made_up(slots, digest.catch_up, now=self._now, max_age=max_age)
        skipped = [slot for slot in missed if (digest.id, slot.key) not in taken]
        if skipped:
            some = any(slot.at <= self._now for slot in made)
            note = missed_note(digest.catch_up, made_up=some)
            log.info("slots skipped: digest=%d count=%d %s", digest.id, len(skipped), note)
            await self._ledger.skip_slots(
                [_draft(digest, slot) for slot in skipped[-_MOST_SKIPPED:]],
                note=note,
                planned_until=skipped[-1].at,
                now=self._now,
            )
        return [slot for slot in made if (digest.id, slot.key) not in taken]


async def still_due(ledger: Ledger, dues: Sequence[Due]) -> Sequence[Due]:
    """Return those whose slots have no edition by now."""
    taken = await _taken(ledger, [(due.digest, [due.slot]) for due in dues])
    return [due for due in dues if (due.digest.id, due.slot.key) not in taken]


async def _taken(
    ledger: Ledger, some: Sequence[tuple[Digest, Sequence[Slot]]]
) -> Collection[tuple[int, str]]:
    """Return which slots of these digests have an edition, as far as they are asked for."""
    if not some:
        return ()
    first = min(slots[0].at for _, slots in some)
    return await ledger.slots_taken([digest.id for digest, _ in some], since=first - _RECENTLY)


@contextmanager
def minding(message: str, key: int) -> Iterator[None]:
    """Log what goes wrong; one that cannot be published must not silence the others."""
    try:
        yield
    except LedgerTrouble:  # it concerns them all
        raise
    except Exception:
        log.exception(message, key)


def _is_planned(edition: Edition) -> bool:
    return edition.state is EditionState.PLANNED


def _policy(edition: Edition, reviewing: Mapping[int, ReviewSettings]) -> Undecided:
    """Return what becomes of an edition whose moderators have not decided.

    One that somebody asked for is due at once, so nobody could have decided in time.
    """
    settings = reviewing.get(edition.guild_id)
    policy = settings.undecided if settings else Undecided.POST
    return Undecided.POST if policy is Undecided.SKIP and edition.out_of_turn else policy


def _slots(digest: Digest, quiet: Quiet | None, *, now: datetime, until: datetime) -> list[Slot]:
    """Return the slots up to then that the digest is not known to be planned for."""
    after = digest.planned_until
    if after > until:  # the clock was ahead, or the server reviews no more
        after = now - _RECENTLY
    after = max(after, digest.created_at or after)
    return slots_between(digest.rule, after=after, until=until, quiet=quiet)


def _draft(digest: Digest, slot: Slot) -> EditionDraft:
    return EditionDraft(digest_id=digest.id, slot=slot.key, due_at=slot.at)
