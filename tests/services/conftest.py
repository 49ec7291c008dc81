"""A house for each test, over a SQLite file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.ledger.making import sqlite_address, write_blank_ledger
from tests.services.house import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Return the address of a ledger with nothing in it."""
    found = sqlite_address(tmp_path)
    write_blank_ledger(found)
    return found


@pytest.fixture
async def house(address: str) -> AsyncIterator[House]:
    """Open a house."""
    opened = await House.at(address)
    yield opened
    await opened.close()


@pytest.fixture
async def second(house: House, address: str) -> AsyncIterator[House]:
    """Open a second process on the ledger of the first."""
    opened = await house.beside(address)
    yield opened
    await opened.close()
