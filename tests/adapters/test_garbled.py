"""A quick look at text never says that it is right where ftfy says that it is not."""

from __future__ import annotations

from itertools import product

from ftfy.badness import is_bad

from bot.adapters.files import garbled


def test_signs_that_cause_no_doubt_are_never_bad() -> None:
    for text in product({*garbled._CALM, *"aZ .?-0\n"}, repeat=3):  # noqa: SLF001 (the list itself)
        assert not is_bad("".join(text))


def test_what_was_decoded_wrongly_is_seen_and_the_rest_is_not() -> None:
    assert garbled.is_garbled("it doesnâ€™t")
    for text in ("it doesn't", "it doesn\u2019t \u2013 “so”", "naïve café", "日本", "a\ud83d"):
        assert not garbled.is_garbled(text)
