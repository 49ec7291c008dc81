"""What it means when the ledger cannot be opened, whatever the database's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.cli.options import fail

NO_LEDGER = "There is no ledger yet; gazette run or gazette db upgrade makes one."
_ROOTS = ("sqlalchemy", "alembic")  # this room knows no SQL, so it knows their errors by name


def ledger_trouble(error: Exception) -> str | None:
    """Return what keeps the ledger closed; None where the error is about something else."""
    of_the_database = type(error).__module__.partition(".")[0] in _ROOTS
    if not of_the_database and not isinstance(error, OSError):
        return None
    return f"the ledger cannot be opened: {str(error).partition(chr(10))[0]}"


@contextmanager
def ledger_at_hand() -> Iterator[None]:
    """Exit 1 with a plain message where the ledger cannot be opened."""
    try:
        yield
    except Exception as error:
        trouble = ledger_trouble(error)
        if trouble is None:
            raise
        fail(trouble)
