"""Memory: the collector rests while very much is made, and what is free can be given back."""

from __future__ import annotations

import gc
from contextlib import suppress

from bot.adapters.memory import give_back, uncollected


def test_the_collector_rests_and_then_goes_on() -> None:
    assert gc.isenabled()
    with suppress(LookupError), uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise LookupError
    assert gc.isenabled()


def test_a_collector_that_rests_already_stays_at_rest() -> None:
    gc.disable()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_free_is_given_back_whatever_the_system() -> None:
    held = [bytes(1000) for _ in range(1000)]
    give_back()
    assert sum(map(len, held)) == 1_000_000
