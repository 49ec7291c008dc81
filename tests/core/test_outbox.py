"""The outbox: what each answer makes of a delivery, and when it is safe to try again."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.card import Opening, Post
from bot.core.outbox import (
    LEASE,
    REQUEST_TIMEOUT,
    SAME_NONCE_FOR,
    Action,
    Ambiguous,
    Answer,
    Deferred,
    DeliveryState,
    Dropped,
    Entry,
    Refused,
    Sent,
    Step,
    entry_for,
    first_step,
    nonce_for,
    wait_before,
)
from tests.core.samples import HOUR, NOW, delivery

if TYPE_CHECKING:
    from datetime import datetime

MINUTE = timedelta(minutes=1)
OPENER = Post(content="hello", cards=(), opening=Opening(name="Morning"))
answers = st.one_of(
    st.builds(Sent, message_id=st.none() | st.integers(1)),
    st.builds(Refused, reason=st.text(), whole_channel=st.booleans(), only_thread=st.booleans()),
    st.builds(Deferred, wait=st.timedeltas(timedelta(0), HOUR), reason=st.text()),
    st.builds(Ambiguous, reason=st.text()),
    st.builds(Dropped, reason=st.text(), inbox_closed=st.booleans()),
)
begins = st.none() | st.timedeltas(timedelta(0), 9 * HOUR).map(lambda age: NOW - age)


def test_a_message_that_discord_has_is_sent() -> None:
    assert entry_for(Sent(message_id=5), delivery(), now=NOW) == Entry(
        state=DeliveryState.SENT, message_id=5, begun_at=NOW
    )


def test_a_message_that_was_found_deleted_is_sent_all_the_same() -> None:
    entry = entry_for(Sent(message_id=None), delivery(first_attempt_at=NOW - HOUR), now=NOW)
    assert entry == Entry(state=DeliveryState.SENT, message_id=None, begun_at=NOW - HOUR)


def test_a_refused_message_is_final() -> None:
    assert entry_for(Refused(reason="too long"), delivery(edition_id=1), now=NOW) == Entry(
        state=DeliveryState.FAILED, begun_at=NOW, reason="too long"
    )


@pytest.mark.parametrize("thread_id", [None, 5])
@pytest.mark.parametrize("begun", [None, NOW - HOUR])
def test_a_channel_that_refuses_holds_what_is_for_it(
    begun: datetime | None, thread_id: int | None
) -> None:
    refused = Refused(reason="Missing Access", whole_channel=True)
    entry = entry_for(refused, delivery(first_attempt_at=begun, thread_id=thread_id), now=NOW)
    assert entry == Entry(
        state=DeliveryState.HELD, begun_at=begun, reason="Missing Access", stops_channel=True
    )


@pytest.mark.parametrize("where", [{"thread_id": 5}, {"user_id": 7}])
def test_a_thread_or_a_person_that_refuses_is_no_channel_to_be_set_aside(
    where: dict[str, int],
) -> None:
    refused = Refused(reason="archived", whole_channel=True, only_thread="thread_id" in where)
    entry = entry_for(refused, delivery(**where), now=NOW)
    assert entry == Entry(
        state=DeliveryState.FAILED, begun_at=NOW, reason="archived", stops_channel=True
    )


def test_a_refusal_says_nothing_of_an_earlier_attempt_that_is_in_doubt() -> None:
    doubt = delivery(first_attempt_at=NOW - HOUR, attempts=2)
    assert entry_for(Refused(reason="no"), doubt, now=NOW) == Entry(
        state=DeliveryState.SENDING,
        begun_at=NOW - HOUR,
        next_attempt_at=NOW + wait_before(2),
        reason="no",
    )


@pytest.mark.parametrize("closed", [True, False])
def test_what_is_not_for_its_person_is_dropped_and_a_closed_inbox_is_told(closed: bool) -> None:  # noqa: FBT001
    answer = Dropped(reason="left", inbox_closed=closed)
    assert entry_for(answer, delivery(user_id=7), now=NOW) == Entry(
        state=DeliveryState.DROPPED, reason="left", stops_channel=closed
    )


def test_a_deferred_message_goes_back_after_its_wait_as_if_never_begun() -> None:
    answer = Deferred(wait=MINUTE, reason="rate limited")
    assert entry_for(answer, delivery(), now=NOW) == Entry(
        state=DeliveryState.PENDING, next_attempt_at=NOW + MINUTE, reason="rate limited"
    )


def test_a_deferral_does_not_clear_an_earlier_doubt() -> None:
    entry = entry_for(
        Deferred(wait=MINUTE, reason="r"), delivery(first_attempt_at=NOW - HOUR), now=NOW
    )
    assert entry.begun_at == NOW - HOUR


def test_an_ambiguous_message_stays_in_doubt_until_the_next_try() -> None:
    assert entry_for(Ambiguous(reason="timeout"), delivery(attempts=2), now=NOW) == Entry(
        state=DeliveryState.SENDING,
        begun_at=NOW,
        next_attempt_at=NOW + timedelta(seconds=15),
        reason="timeout",
    )
    again = entry_for(
        Ambiguous(reason="x"), delivery(attempts=1, first_attempt_at=NOW - HOUR), now=NOW
    )
    assert again.begun_at == NOW - HOUR
    assert again.next_attempt_at == NOW + timedelta(seconds=5)


@given(answers, begins, st.integers(0, 20))
def test_only_final_states_have_no_next_attempt(
    answer: Answer, begun: object, attempts: int
) -> None:
    entry = entry_for(answer, delivery(first_attempt_at=begun, attempts=attempts), now=NOW)
    waits = {DeliveryState.PENDING, DeliveryState.SENDING}
    assert (entry.state not in waits) == (entry.next_attempt_at is None)
    assert entry.next_attempt_at is None or entry.next_attempt_at >= NOW
    assert begun is None or entry.begun_at == begun


def test_a_delivery_never_begun_is_sent() -> None:
    assert first_step(delivery(), now=NOW, measured=None) is Step.SEND


BARELY = SAME_NONCE_FOR - timedelta(microseconds=1)


def test_one_in_doubt_is_sent_again_while_discord_remembers_and_looked_for_later() -> None:
    assert SAME_NONCE_FOR.total_seconds() == 60
    just = delivery(first_attempt_at=NOW - BARELY)
    assert first_step(just, now=NOW, measured=BARELY) is Step.SEND
    old = delivery(first_attempt_at=NOW - SAME_NONCE_FOR)
    assert first_step(old, now=NOW, measured=BARELY) is Step.LOOK


@pytest.mark.parametrize("measured", [None, SAME_NONCE_FOR])
@pytest.mark.parametrize("ago", [BARELY, -HOUR])
def test_a_clock_that_was_put_back_makes_no_doubt_young(
    measured: timedelta | None, ago: timedelta
) -> None:
    doubt = delivery(first_attempt_at=NOW - ago)
    assert first_step(doubt, now=NOW, measured=measured) is Step.LOOK
    assert first_step(doubt, now=NOW, measured=BARELY) is Step.SEND


def test_what_opens_a_thread_has_no_nonce_and_is_looked_for_however_young() -> None:
    opener = delivery(first_attempt_at=NOW, post=OPENER)
    assert first_step(opener, now=NOW, measured=timedelta(0)) is Step.LOOK
    assert first_step(delivery(post=OPENER), now=NOW, measured=None) is Step.SEND


@pytest.mark.parametrize("attempts", [1, 3, 9])
@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=20), HOUR])
def test_what_opens_a_thread_is_not_looked_for_before_it_can_be_seen(
    attempts: int, ago: timedelta
) -> None:
    opener = delivery(first_attempt_at=NOW - ago, post=OPENER, attempts=attempts)
    entry = entry_for(Ambiguous(reason="no answer"), opener, now=NOW)
    settled = NOW - ago + timedelta(seconds=60)
    assert entry.next_attempt_at == max(settled, NOW + wait_before(attempts))
    assert entry.state is DeliveryState.SENDING


@pytest.mark.parametrize("action", [Action.EDIT, Action.DELETE, Action.CROSSPOST])
def test_what_is_done_to_a_message_that_stands_may_always_be_done_again(action: Action) -> None:
    edit = delivery(first_attempt_at=NOW - HOUR, action=action, message_id=5)
    assert first_step(edit, now=NOW, measured=None) is Step.SEND


def test_waits_grow_and_end_at_an_hour() -> None:
    waits = [wait_before(attempts).total_seconds() for attempts in range(-1, 9)]
    assert waits == [5, 5, 5, 15, 60, 300, 900, 3600, 3600, 3600]
    assert all(one <= other for one, other in pairwise(waits))


def test_a_lease_outlasts_a_request() -> None:
    assert (timedelta(seconds=120), timedelta(seconds=20)) == (LEASE, REQUEST_TIMEOUT)
    assert LEASE > 2 * REQUEST_TIMEOUT


@given(st.uuids().map(str), st.integers(0), st.text())
def test_a_nonce_is_short_and_the_same_for_the_same_message(
    installation: str, channel_id: int, key: str
) -> None:
    nonce = nonce_for(installation=installation, channel_id=channel_id, key=key)
    assert len(nonce) == 25
    assert nonce.isascii()
    assert nonce.isalnum()
    assert nonce == nonce_for(installation=installation, channel_id=channel_id, key=key)


def test_a_nonce_never_changes_from_one_version_to_the_next() -> None:
    assert (
        nonce_for(installation="i", channel_id=1, key="edition:1:0") == "fe1db56b5d0d3176b8849cef5"
    )


names = st.tuples(
    st.sampled_from(["i", "j"]), st.sampled_from([1, 11]), st.sampled_from(["1:1", "1"])
)


@given(names, names)
def test_a_nonce_differs_by_installation_channel_and_key(
    one: tuple[str, int, str], other: tuple[str, int, str]
) -> None:
    first, second = (nonce_for(installation=i, channel_id=c, key=k) for i, c, k in (one, other))
    assert (first == second) == (one == other)


@pytest.mark.parametrize("action", [Action.EDIT, Action.DELETE, Action.CROSSPOST])
def test_an_edit_that_is_refused_says_so_and_stops_no_channel(action: Action) -> None:
    refused = Refused(reason="Missing Access", whole_channel=True)
    for begun in (None, NOW - HOUR):
        change = delivery(action=action, message_id=5, first_attempt_at=begun)
        assert entry_for(refused, change, now=NOW) == Entry(
            state=DeliveryState.FAILED,
            begun_at=begun or NOW,
            reason=f"{action.value} refused: Missing Access",
        )


@pytest.mark.parametrize("action", [Action.EDIT, Action.DELETE, Action.CROSSPOST])
def test_an_edit_without_an_answer_waits_and_may_be_superseded(action: Action) -> None:
    unsure = Ambiguous(reason="no answer")
    entry = entry_for(unsure, delivery(action=action, message_id=5), now=NOW)
    assert entry.state is DeliveryState.PENDING
    assert entry.next_attempt_at == NOW + wait_before(1)
