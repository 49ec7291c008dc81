"""What the services need of the ledger, as Protocols; each docstring states what is promised."""

from __future__ import annotations

from typing import Protocol

from bot.books.digests import ChannelBook, DigestBook, EditionBook
from bot.books.outbox import Outbox, RecoveryBook, RevisionBook
from bot.books.people import PeopleBook, SavedBook, SearchBook
from bot.books.reviews import RecordBook, ReviewBook

__all__ = [
    "ChannelBook",
    "DigestBook",
    "EditionBook",
    "Ledger",
    "LedgerTrouble",
    "Outbox",
    "PeopleBook",
    "RecordBook",
    "RecoveryBook",
    "ReviewBook",
    "RevisionBook",
    "SavedBook",
    "SearchBook",
]


class LedgerTrouble(Exception):  # noqa: N818 (it names what is the matter)
    """The ledger cannot be used now; its text says where, why and what to do.

    Any method may raise it. What was asked for is not half done; whether it is done, where the
    commit itself failed, only reading it again can say.
    """


class Ledger(
    DigestBook,
    ChannelBook,
    EditionBook,
    ReviewBook,
    RecordBook,
    PeopleBook,
    RevisionBook,
    SearchBook,
    SavedBook,
    Outbox,
    RecoveryBook,
    Protocol,
):
    """All that was decided and done; the only precious file."""
