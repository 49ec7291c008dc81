"""What it means when the ledger cannot be used, whatever the database's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.books import LedgerTrouble
from bot.cli.options import fail

NO_LEDGER = "There is no ledger yet; gazette run or gazette db upgrade makes one."


def ledger_trouble(error: Exception) -> str | None:
    """Return why the ledger cannot be used; None where the error is about something else."""
    return str(error) if isinstance(error, LedgerTrouble) else None


@contextmanager
def ledger_at_hand() -> Iterator[None]:
    """Exit 1 with a plain message where the ledger cannot be used, or a copy of it."""
    try:
        yield
    except LedgerTrouble as error:
        fail(str(error))
