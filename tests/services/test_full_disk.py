"""A ledger that cannot be written: nothing is sent that is not recorded, and nothing twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from bot.adapters.ledger import files
from bot.books import LedgerTrouble
from bot.core.outbox import LEASE
from tests.adapters.ledger.disks import fill, small_disk
from tests.adapters.ledger.making import sqlite_address, write_blank_ledger
from tests.core.samples import HOUR
from tests.services.house import House, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.core.outbox import Answer, Delivery


TO_SLOT = 6 * HOUR  # from NOW to 18:00


@pytest.fixture
async def cramped(tmp_path: Path) -> AsyncIterator[House]:
    """Open a house whose ledger has a disk of 20 MB to itself."""
    with small_disk(tmp_path / "disk", megabytes=20) as disk:
        address = sqlite_address(disk)
        write_blank_ledger(address)
        opened = await House.at(address)
        yield opened
        await opened.close()


def disk_of(house: House) -> Path:
    file = files.file_of(house.ledger.engine.url)
    assert file is not None
    return file.parent.parent


def after_posting(house: House, then: Callable[[], object]) -> None:
    """Let something happen right after a message was taken, before that is recorded."""
    post = house.chat.post

    async def posting(delivery: Delivery) -> Answer:
        answer = await post(delivery)
        then()
        return answer

    house.chat.post = posting  # type: ignore[method-assign]  # this one house's alone


async def states(house: House) -> dict[str, int]:
    return {state: count for state, count in (await house.ledger.outbox_counts()).items() if count}


async def test_nothing_is_sent_where_the_disk_is_nearly_full(cramped: House) -> None:
    house = cramped
    await house.has(told("a"))
    await house.add()
    filler = fill(disk_of(house), leave=2_000_000)
    with pytest.raises(LedgerTrouble, match="nothing new is begun below 16 MB: make room there"):
        await house.wake(TO_SLOT)
    assert house.posted() == []
    assert not house.chat.posts
    assert await states(house) == {"pending": 1}
    filler.unlink()
    await house.wake()
    assert house.posted() == ["a"]


async def test_nothing_is_sent_where_a_claim_cannot_be_written(
    cramped: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = cramped
    monkeypatch.setattr(files, "RESERVE", 0)
    await house.has(told("a"))
    await house.add()
    house.clock.go(TO_SLOT)
    await house.publisher.tick()
    filler = fill(disk_of(house))
    with pytest.raises(LedgerTrouble, match="its disk is full"):
        await house.courier.drain()
    assert not house.chat.posts
    assert await states(house) == {"pending": 1}
    filler.unlink()
    await house.wake()
    assert house.posted() == ["a"]


async def test_what_was_sent_when_the_disk_became_full_is_recorded_once_there_is_room(
    cramped: House,
) -> None:
    house = cramped
    await house.has(told("a"))
    await house.add()
    fillers: list[Path] = []
    after_posting(house, lambda: fillers.append(fill(disk_of(house))))
    with pytest.raises(LedgerTrouble, match="its disk is full"):
        await house.wake(TO_SLOT)
    assert house.posted() == ["a"]
    assert await states(house) == {"sending": 1}
    for filler in fillers:
        filler.unlink()
    await house.wake(LEASE)
    assert house.posted() == ["a"]
    assert await states(house) == {"sent": 1}
    assert house.chat.posts.total() == 1  # its nonce was too old: it was looked for


async def test_what_was_sent_while_another_program_held_the_ledger_is_not_sent_again(
    house: House, address: str
) -> None:
    await house.has(told("a"))
    await house.add()
    async with house.ledger.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(make_url(address).database or "", isolation_level=None)) as raw:
        after_posting(house, lambda: raw.execute("BEGIN IMMEDIATE"))
        with pytest.raises(LedgerTrouble, match="held by another program"):
            await house.wake(TO_SLOT)
        raw.execute("ROLLBACK")
    assert await states(house) == {"sending": 1}
    await house.wake(LEASE)
    assert house.posted() == ["a"]
    assert await states(house) == {"sent": 1}


async def test_a_disk_that_is_full_when_an_edition_is_planned_loses_no_edition(
    cramped: House,
) -> None:
    house = cramped
    await house.has(*(told(f"a{number}") for number in range(5)))
    await house.add()
    filler = fill(disk_of(house))
    house.clock.go(TO_SLOT)
    for _ in range(2):
        with pytest.raises(LedgerTrouble, match="make room there"):
            await house.wake()
    assert not house.chat.posts
    filler.unlink()
    await house.wake()
    assert len(house.posted()) == 5
