"""What the services need of the ledger's digests, their channels and their editions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.digest import (
        Digest,
        DigestDraft,
        DigestState,
        Edition,
        EditionDraft,
        HistoryLine,
        Issue,
        Item,
        Known,
        Placement,
    )
    from bot.core.outbox import DeliveryDraft
    from bot.core.quiet import Quiet
    from bot.core.review import (
        Review,
        ReviewSettings,
    )


class DigestBook(Protocol):
    """The ledger's digests.

    Every method is one transaction. Names are unique within a server among digests that were not
    removed, without case; `add_digest` answers None where the name is taken, `change_digest` False.
    A digest's `planned_until` moves back only where its rule is changed or an edition is cancelled,
    to that instant, and where the clock was ahead. A digest that moves to another channel leaves
    its articles behind. `readmit` lets all that a channel set aside go on, answers whether there
    was anything, and lets what it held of editions due before `not_before` go, whose articles are
    free again.
    """

    async def add_digest(self, draft: DigestDraft, *, now: datetime) -> Digest | None: ...
    async def digests(self, *, guild_id: int | None = None) -> Sequence[Digest]: ...
    async def set_digest_state(
        self, digest_id: int, state: DigestState, *, reason: str, now: datetime
    ) -> None: ...
    async def change_digest(self, digest: Digest, *, now: datetime) -> bool: ...
    async def readmit(self, channel_id: int, *, not_before: datetime, now: datetime) -> bool: ...
    async def history(
        self, guild_id: int, *, digest_id: int | None, limit: int
    ) -> Sequence[HistoryLine]: ...


class ChannelBook(Protocol):
    """What people set for channels: quiet hours and days off.

    Every method is one transaction. `set_quiet` replaces what was set for that channel, and forgets
    the channel where nothing is set any more. A post that is due in quiet hours which let it wait,
    or on a day off, is not claimed before they end.
    """

    async def quiets(self, *, guild_id: int | None = None) -> Mapping[int, Quiet]: ...
    async def set_quiet(self, quiet: Quiet) -> None: ...


class EditionBook(Protocol):
    """The ledger's editions.

    Every method is one transaction. (digest, slot) is unique: `plan_edition` answers None where the
    edition exists, and otherwise records with it its items and either proposals or nothing, and
    moves the digest's `planned_until`; `announce` says what a proposal's card is. (channel,
    article) is unique among deliveries that did not fail: `release` places these items of a due
    edition, records their deliveries and withdraws approved ones that stand in the channel already.
    `due_editions` are those whose time has come and that have something left to release.
    `planned_editions` are those of slots to come, of all active digests; `move_edition` gives one
    another instant, `cancel_edition` makes it empty and ends its reviews, and `skip_slots` records
    empty editions of slots that were missed, where there are none: whatever the clock says later,
    they are not made up for. `undecided` are those of these editions of which something waits for
    a verdict; `skip_edition` makes a planned one empty, its slot stays taken, and leaves its
    articles to the next one. `forget_untimely` forgets what a clock left that was ahead: marks
    after an instant, and the empty editions of slots since another one. `issue` does at once what
    `plan_edition` and `release` do of editions that nobody reviews, all of them or none, and
    answers which. `known` is by digest what it must know before it chooses, `slots_taken` which
    slots have an edition. What an article has come to by the time its message is recorded is what
    the message shows.
    """

    async def plan_edition(
        self,
        draft: EditionDraft,
        items: Sequence[Item],
        *,
        review: ReviewSettings | None,
        note: str,
        planned_until: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Edition | None: ...
    async def planned_editions(self) -> Sequence[Edition]: ...
    async def move_edition(self, edition_id: int, *, due_at: datetime) -> None: ...
    async def cancel_edition(
        self,
        edition_id: int,
        *,
        note: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...
    async def skip_slots(
        self, drafts: Sequence[EditionDraft], *, note: str, planned_until: datetime, now: datetime
    ) -> None: ...
    async def due_editions(self, *, now: datetime) -> Sequence[Edition]: ...
    async def undecided(self, edition_ids: Collection[int]) -> Collection[int]: ...
    async def skip_edition(
        self,
        edition_id: int,
        *,
        note: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...
    async def approved_items(self, edition_id: int) -> Sequence[Item]: ...
    async def release(
        self,
        edition_id: int,
        deliveries: Sequence[tuple[DeliveryDraft, Sequence[ArticleId]]],
        *,
        note: str,
        now: datetime,
    ) -> None: ...
    async def issue(self, issues: Sequence[Issue], *, now: datetime) -> bool: ...
    async def forget_untimely(self, *, since: datetime, until: datetime, now: datetime) -> None: ...
    async def known(self, some: Sequence[Digest]) -> Mapping[int, Known]: ...
    async def slots_taken(
        self, digest_ids: Collection[int], *, since: datetime
    ) -> Collection[tuple[int, str]]: ...
    async def placements(self, channel_id: int) -> Sequence[Placement]: ...
