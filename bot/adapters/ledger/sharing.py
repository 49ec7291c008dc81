"""Shared transactions: what is to be written at the same time is committed together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")

_MOST = 100  # in one transaction, which nobody is to wait for long


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting(Generic[T]):
    what: T
    done: asyncio.Future[None]


class GroupCommit(Generic[T]):
    """Writes what comes while another transaction is under way together in the next one.

    Each waits for the commit of its own. Where one cannot be written, or the commit fails, every
    one of its group is written again, alone, so that each hears of its own error.
    """

    def __init__(
        self,
        write: Callable[[Callable[[], Sequence[T]]], Awaitable[None]],
        working: set[asyncio.Task[Any]],
    ) -> None:
        """Write by a function that asks, once its transaction has begun, for what to write."""
        self._write = write
        self._working = working
        self._waiting: list[_Waiting[T]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, what: T) -> None:
        """Write this, and return when it is committed.

        It is written also where its caller is cancelled.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(what=what, done=done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all())
            self._working.add(self._task)
            self._task.add_done_callback(self._working.discard)
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            await self._write_waiting()

    async def _write_waiting(self) -> None:
        group: list[_Waiting[T]] = []
        try:
            await self._write(lambda: self._taken(group))
        except Exception as error:  # noqa: BLE001 (whoever waits is told)
            if len(group) > 1:
                for each in group:
                    await self._write_alone(each)
                return
            self._taken(group)  # where no transaction could begin, none of them is written
            _tell(group, error)
        else:
            _tell(group, None)

    async def _write_alone(self, one: _Waiting[T]) -> None:
        try:
            await self._write(lambda: [one.what])
        except Exception as error:  # noqa: BLE001 (likewise)
            _tell([one], error)
        else:
            _tell([one], None)

    def _taken(self, group: list[_Waiting[T]]) -> Sequence[T]:
        """Let the group be of those that wait, unless it is of others already."""
        if not group:
            group += self._waiting[:_MOST]
            del self._waiting[:_MOST]
        return [each.what for each in group]


def _tell(group: Sequence[_Waiting[T]], error: Exception | None) -> None:
    for each in group:
        if each.done.done():  # who waited was cancelled
            continue
        if error is None:
            each.done.set_result(None)
        else:
            each.done.set_exception(error)
