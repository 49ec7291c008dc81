"""A loopback Discord for each test, and bots in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.town import open_town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.faults.town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Open a server for bots."""
    async with open_town(tmp_path) as opened:
        yield opened
