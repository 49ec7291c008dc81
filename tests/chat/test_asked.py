"""Texts in the ids of buttons: short ones as they are, long ones kept, and none too long."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.chat.asked import LONGEST_PACKED, packed, unpacked
from bot.adapters.ledger.store import LedgerStore
from bot.core.parts import READ
from tests.adapters.ledger.making import sqlite_address, write_blank_ledger
from tests.core.samples import DAY, NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SHORT = ("otters", "~", "=", 'topic:"AI" "exact phrase" -no', "東京 🦦", "x" * (LONGEST_PACKED - 1))
LONG = ("x" * LONGEST_PACKED, "otters " * 800 + "end", "🦦" * 70, "東京" * 3000)


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[LedgerStore]:
    """Open a ledger."""
    write_blank_ledger(sqlite_address(tmp_path))
    store = LedgerStore(sqlite_address(tmp_path))
    await store.open(now=NOW)
    yield store
    await store.close()


@pytest.mark.parametrize("text", [*SHORT, *LONG])
async def test_any_text_comes_back_out_of_what_fits_into_an_id(
    book: LedgerStore, text: str
) -> None:
    short = await packed(text, book, now=NOW)
    assert 0 < len(short) <= LONGEST_PACKED
    assert await unpacked(short, book) == text[:READ].strip()  # nobody reads more of it


@pytest.mark.parametrize("text", SHORT)
async def test_what_fits_is_not_kept(book: LedgerStore, text: str) -> None:
    assert await packed(text, book, now=NOW) == f"={text}"


async def test_blanks_are_one(book: LedgerStore) -> None:
    assert await unpacked(await packed(" a \n\t b ", book, now=NOW), book) == "a b"


async def test_a_long_text_is_known_for_ninety_days(book: LedgerStore) -> None:
    short = await packed(LONG[0], book, now=NOW)
    await packed(LONG[1], book, now=NOW + 90 * DAY - timedelta(seconds=1))
    assert await unpacked(short, book) == LONG[0]
    await packed(LONG[1], book, now=NOW + 90 * DAY)
    assert await unpacked(short, book) is None


async def test_a_key_that_nobody_made_is_too_old(book: LedgerStore) -> None:
    assert await unpacked("~never", book) is None
    assert await unpacked("", book) is None
