"""What the commands and events are given: the use cases, and what the operator set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.adapters.chat.cooldowns import Cooldowns
from bot.core.review import Undecided, Veto

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.books import Ledger
    from bot.core.digest import CatchUp
    from bot.core.review import Ballot
    from bot.core.rules import Rule
    from bot.ports import Clock
    from bot.services.alert import Alerter
    from bot.services.attend import Attendant
    from bot.services.deliver import Courier
    from bot.services.find import Finder
    from bot.services.forget import Forgetter
    from bot.services.ingest import Library
    from bot.services.moderate import Moderator
    from bot.services.publish import Publisher
    from bot.services.revise import Reviser
    from bot.services.suggest import Suggester


def _no_trouble() -> str | None:
    return None


def _however_old(_now: datetime) -> datetime:
    return datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a command takes where nothing is said."""

    rule: Rule
    limit: int
    approvals: int
    lead_hours: float
    catch_up: CatchUp
    veto: Veto = Veto.ONE
    own_drafts: bool = False
    buttons: bool = True
    undecided: Undecided = Undecided.POST
    remind_after: timedelta | None = None
    expire_after: timedelta | None = None
    undo_for: timedelta = timedelta(minutes=30)
    suggestions: bool = True
    keep_for: timedelta = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All that the chat may call."""

    library: Library
    finder: Finder
    publisher: Publisher
    moderator: Moderator
    courier: Courier
    alerter: Alerter
    attendant: Attendant
    reviser: Reviser
    forgetter: Forgetter
    suggester: Suggester
    ledger: Ledger
    ballot: Ballot
    defaults: Defaults
    clock: Clock
    choose: Callable[[int], int]
    started_at: datetime
    version: str
    clock_trouble: Callable[[], str | None] = _no_trouble
    not_before: Callable[[datetime], datetime] = _however_old  # what is due earlier is let go
    cooldowns: Cooldowns = field(default_factory=Cooldowns)
