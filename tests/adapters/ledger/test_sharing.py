"""Transactions shared: one commit for what comes at the same time, and an error for each alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import StatementError

from bot.adapters.ledger import sharing
from bot.adapters.ledger.sharing import GroupCommit
from bot.core.outbox import DeliveryState, Entry
from bot.core.revision import Fate, Proof, Revision, Showing
from tests.adapters.ledger.making import add, announce, column, planned, release, scalar
from tests.core.samples import NOW, card

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from bot.adapters.ledger.store import LedgerStore
    from bot.core.outbox import Delivery

SENT = Entry(state=DeliveryState.SENT, message_id=1, begun_at=NOW)


class Writer:
    """Writes words to a list that nobody can write a vowel into."""

    def __init__(self) -> None:
        self.written: list[list[str]] = []
        self.begins = asyncio.Event()
        self.begins.set()
        self.commits = asyncio.Event()
        self.commits.set()
        self.open = True
        self.working: set[asyncio.Task[Any]] = set()
        self.group = GroupCommit(self.write, self.working)

    async def write(self, words: Callable[[], Sequence[str]]) -> None:
        await self.begins.wait()
        if not self.open:
            raise OSError("closed")
        some = list(words())
        await self.commits.wait()
        for word in some:
            if word in "aeiou":
                raise ValueError(word)
        self.written.append(some)

    def add(self, *words: str) -> list[asyncio.Task[None]]:
        return [asyncio.ensure_future(self.group.add(word)) for word in words]


async def steps() -> None:
    """Let everything go on that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_comes_until_a_transaction_begins_is_written_in_it() -> None:
    writer = Writer()
    writer.begins.clear()
    first = writer.add("b", "c")
    await steps()
    second = writer.add("d")
    await steps()
    writer.begins.set()
    await asyncio.gather(*first, *second)
    assert writer.written == [["b", "c", "d"]]


async def test_what_comes_while_one_is_under_way_is_written_in_the_next() -> None:
    writer = Writer()
    writer.commits.clear()
    first = writer.add("b")
    await steps()
    second = writer.add("c", "d")
    await steps()
    assert not any(each.done() for each in (*first, *second))
    writer.commits.set()
    await asyncio.gather(*first, *second)
    assert writer.written == [["b"], ["c", "d"]]
    await asyncio.gather(*writer.add("f"))
    assert writer.written[2:] == [["f"]]


async def test_a_transaction_does_not_become_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_MOST", 2)
    writer = Writer()
    await asyncio.gather(*writer.add("b", "c", "d"))
    assert writer.written == [["b", "c"], ["d"]]


async def test_what_cannot_be_written_takes_nothing_with_it() -> None:
    writer = Writer()
    b, a, c, e = await asyncio.gather(*writer.add("b", "a", "c", "e"), return_exceptions=True)
    assert writer.written == [["b"], ["c"]]
    assert (b, c) == (None, None)
    assert (repr(a), repr(e)) == ("ValueError('a')", "ValueError('e')")


async def test_whoever_waits_hears_of_it_where_no_transaction_can_begin() -> None:
    writer = Writer()
    writer.open = False
    b, c = await asyncio.gather(*writer.add("b", "c"), return_exceptions=True)
    assert (repr(b), repr(c)) == ("OSError('closed')", "OSError('closed')")
    writer.open = True
    await asyncio.gather(*writer.add("d"))
    assert writer.written == [["d"]]


async def test_it_is_written_for_a_cancelled_caller_too_and_whoever_closes_waits() -> None:
    writer = Writer()
    writer.begins.clear()
    b, c, a = writer.add("b", "c", "a")
    await steps()
    b.cancel()
    a.cancel()
    await steps()
    assert b.cancelled()
    assert writer.working
    writer.begins.set()
    await asyncio.gather(*writer.working)
    assert writer.written == [["b"], ["c"]]
    await c
    await steps()
    assert not writer.working


async def claimed(store: LedgerStore, *names: str) -> Sequence[Delivery]:
    """Claim a post of each article, each in a channel of its own."""
    for number, name in enumerate(names):
        digest = await add(store, name, channel_id=30 + number, crosspost=True)
        await release(store, await planned(store, digest, name), name)
    return await store.claim(limit=len(names), now=NOW)


async def test_answers_that_come_together_are_committed_together(
    file_store: LedgerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = file_store
    deliveries = await claimed(store, *"abc")
    dialect = store.engine.sync_engine.dialect
    commit = dialect.do_commit
    commits = 0

    def do_commit(connection: Any) -> None:  # noqa: ANN401 (the driver's own type)
        nonlocal commits
        commits += 1
        commit(connection)

    monkeypatch.setattr(dialect, "do_commit", do_commit)
    await asyncio.gather(*(store.record(each, SENT, now=NOW) for each in deliveries))
    assert commits == 1
    assert (await store.outbox_counts())["sent"] == 3


async def test_of_answers_that_come_together_each_has_what_follows_from_it(
    store: LedgerStore,
) -> None:
    deliveries = await claimed(store, *"abcd")
    (use,) = [each for each in await store.standing_uses() if each.delivery_id == deliveries[1].id]
    proof = Proof(card=card("changed"), version="2")
    revision = Revision(use=use, fate=Fate.SHOWN, proof=proof, showing=Showing.ARTICLE)
    await store.revise([revision], settings=None, announce=announce, now=NOW)
    answers = [
        Entry(state=DeliveryState.SENT, message_id=501, begun_at=NOW),
        Entry(state=DeliveryState.SENT, message_id=502, begun_at=NOW),
        Entry(state=DeliveryState.SENT, message_id=None, begun_at=NOW),
        Entry(state=DeliveryState.FAILED, begun_at=NOW, reason="refused"),
    ]
    pairs = zip(deliveries, answers, strict=True)
    await asyncio.gather(*(store.record(each, entry, now=NOW) for each, entry in pairs))
    sent = "SELECT message_id FROM deliveries WHERE state = 'sent' ORDER BY id"
    assert await column(store, sent) == [501, 502, None]
    assert await scalar(store, "SELECT error FROM deliveries WHERE state = 'failed'") == "refused"
    crossposts = "SELECT message_id FROM deliveries WHERE action = 'crosspost' ORDER BY message_id"
    assert await column(store, crossposts) == [501, 502]
    edits = "SELECT message_id FROM deliveries WHERE action = 'edit'"
    assert await column(store, edits) == [502]
    assert await scalar(store, "SELECT count(*) FROM placements") == 3


async def test_an_answer_that_cannot_be_recorded_takes_no_other_with_it(
    store: LedgerStore,
) -> None:
    deliveries = await claimed(store, *"abc")
    whens = (NOW, NOW.replace(tzinfo=None), NOW)
    pairs = zip(deliveries, whens, strict=True)
    outcomes = await asyncio.gather(
        *(store.record(each, SENT, now=now) for each, now in pairs), return_exceptions=True
    )
    assert [type(each) for each in outcomes] == [type(None), StatementError, type(None)]
    counts = await store.outbox_counts()
    assert (counts["sent"], counts["sending"]) == (2, 1)


async def test_an_answer_is_recorded_before_the_ledger_closes_though_nobody_waits(
    file_store: LedgerStore,
) -> None:
    deliveries = await claimed(file_store, *"ab")
    writing = [asyncio.ensure_future(file_store.record(each, SENT, now=NOW)) for each in deliveries]
    await asyncio.sleep(0)
    for each in writing:
        each.cancel()
    await file_store.close()
    await file_store.open(now=NOW)
    assert (await file_store.outbox_counts())["sent"] == 2
