"""A text is garbled where ftfy says so, whatever shortcut was taken."""

from __future__ import annotations

from itertools import product

from ftfy.badness import MOJIBAKE_CATEGORIES, is_bad
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.files.garbled import _CALM, is_garbled

ASCII = "aZ .?-0\n"
SIGNS = ASCII + "ŒœÂÃØÙВГРСβ€āΒàâ" + "".join(MOJIBAKE_CATEGORIES.values())


def test_signs_that_cause_no_doubt_are_never_bad() -> None:
    for text in product(_CALM | set(ASCII), repeat=3):
        assert not is_bad("".join(text))


@given(st.text(st.sampled_from(SIGNS), max_size=12))
@settings(max_examples=2_000)
def test_ftfy_has_the_last_word(text: str) -> None:
    assert is_garbled(text) == is_bad(text)


def test_a_lone_sign_is_judged_as_ftfy_does() -> None:
    signs = sorted({*SIGNS, *map(chr, range(0x80, 0x2300))})
    for sign, before, after in product(signs, ASCII, ASCII):
        text = f"{before}{sign}{after}"
        assert is_garbled(text) == is_bad(text), text


def test_half_a_pair_of_surrogates_is_judged() -> None:
    assert not is_garbled("a\ud83d")
