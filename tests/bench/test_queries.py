"""Queries are what their kind says, and the same wherever they are made."""

from __future__ import annotations

from random import Random  # noqa: TID251  # seeded below
from typing import TYPE_CHECKING

import pytest
from rapidfuzz.distance import OSA

from bench.ceiling import Ceiling
from bench.queries import HARD, ORDINARY, Asked, asked
from bench.slips import typo
from bench.vocabulary import IRREGULAR, SPELLINGS, Titles, bare, titles, words_in, worthy

if TYPE_CHECKING:
    from collections.abc import Callable

TITLES = titles(3, 2_000, words=4_000)
MADE = {
    **asked(ORDINARY, TITLES, seed=3, count=30),
    **asked(HARD, TITLES, seed=3, count=30),
}


def test_the_same_seed_makes_the_same() -> None:
    assert titles(3, 50, words=2_000) == titles(3, 50, words=2_000)
    assert titles(3, 50, words=2_000) != titles(4, 50, words=2_000)
    assert asked(HARD, TITLES, seed=3, count=5) == asked(HARD, TITLES, seed=3, count=5)
    assert asked(HARD, TITLES, seed=3, count=5) != asked(HARD, TITLES, seed=4, count=5)


@pytest.mark.parametrize("kind", MADE)
def test_what_is_meant_stands_in_the_title(kind: str) -> None:
    assert len(MADE[kind]) == 30
    for one in MADE[kind]:
        assert set(one.meant) <= set(worthy(TITLES.texts[one.place]))
        assert len(one.meant) == len(set(one.meant))
        assert len(one.meant) in ({4} if kind in ORDINARY else {2, 3})


def wrong(one: Asked) -> list[tuple[str, str]]:
    """Return the words that were typed otherwise than they are meant."""
    pairs = zip(one.text.split(), one.meant, strict=True)
    return [(typed, meant) for typed, meant in pairs if typed != meant]


def is_begun(one: Asked) -> bool:
    typed, meant = wrong(one)[0]
    return meant == one.meant[-1] and meant.startswith(typed) and len(typed) >= 3


def is_mistyped(one: Asked, *, words: int, typos: int = 1) -> bool:
    return len(wrong(one)) == words and all(
        OSA.distance(typed, meant) <= typos for typed, meant in wrong(one)
    )


def is_first_letter_wrong(one: Asked) -> bool:
    [(typed, meant)] = wrong(one)
    return typed[1:] == meant[1:]


def is_other_form(one: Asked) -> bool:
    return all(
        SPELLINGS.get(meant) == typed or typed in TITLES.forms[meant] for typed, meant in wrong(one)
    )


def is_mistyped_and_begun(one: Asked) -> bool:
    *others, last = zip(one.text.split(), one.meant, strict=True)
    slips = [OSA.distance(typed, meant) for typed, meant in others]
    return sorted(slips) == [0, 0, 1] and last[1].startswith(last[0]) and last[0] != last[1]


def is_mistyped_beginning(one: Asked) -> bool:
    [(typed, meant)] = wrong(one)
    begun = [meant[:length] for length in range(4, len(meant) + 1)]
    return meant == one.meant[-1] and min(OSA.distance(typed, part) for part in begun) == 1


def is_joined(one: Asked) -> bool:
    pair = "".join(one.meant[:2])
    assert one.adjacent
    return pair in one.text.split() and " ".join(one.meant[:2]) in " ".join(
        words_in(TITLES.texts[one.place])
    )


@pytest.mark.parametrize(
    ("kind", "fits"),
    [
        ("reordered", lambda one: not wrong(one)),
        ("prefix", is_begun),
        ("one typo", lambda one: is_mistyped(one, words=1)),
        ("two typos", lambda one: is_mistyped(one, words=2)),
        ("variants", is_other_form),
        (
            "accents",
            lambda one: [bare(w) for w in one.text.split()] == [bare(w) for w in one.meant],
        ),
        ("typo + prefix", is_mistyped_and_begun),
        ("two words", lambda one: len(one.meant) == 2 and not wrong(one)),
        ("three words", lambda one: len(one.meant) == 3 and not wrong(one)),
        ("typo in the half-typed word", is_mistyped_beginning),
        ("first letter wrong", is_first_letter_wrong),
        ("two edits in one word", lambda one: is_mistyped(one, words=1, typos=2)),
        ("extra word", lambda one: len(set(one.text.split()) - set(one.meant)) == 1),
        ("joined words", is_joined),
        ("split word", lambda one: "".join(one.meant) == one.text.replace(" ", "")),
        (
            "irregular forms",
            lambda one: [IRREGULAR[t] for t, _ in wrong(one)] == [wrong(one)[0][1]],
        ),
    ],
)
def test_a_query_is_what_its_kind_says(kind: str, fits: Callable[[Asked], bool]) -> None:
    assert [one for one in MADE[kind] if not fits(one)] == []


def test_every_kind_is_spoken_of_above() -> None:
    assert len(MADE) == 16


def test_a_kind_that_no_title_makes_is_left_empty() -> None:
    plain = Titles(texts=("Bakery opens tomorrow",), forms={})
    assert asked(HARD, plain, seed=1, count=1)["irregular forms"] == []


def test_a_typo_is_never_none() -> None:
    rng = Random(1)  # noqa: S311  # seeded
    assert all(OSA.distance(typo(rng, "aaab"), "aaab") == 1 for _ in range(300))


def test_the_ceiling_shares_out_what_nobody_can_know() -> None:
    texts = ("Glaciers melt", "Melt glaciers slowly", *(f"Volcano ash {n}" for n in range(20)))
    ceiling = Ceiling(texts)
    three = ceiling.of(Asked(text="", meant=("glaciers", "melt"), place=0))
    assert three == (0.75, 1.0)  # one of one choice against one of three
    assert ceiling.of(Asked(text="", meant=("volcano",), place=2)) == (0.05, 0.5)


def test_the_ceiling_of_joined_words_is_of_titles_that_hold_them_side_by_side() -> None:
    ceiling = Ceiling(("Face of a book", "The face book"))
    assert ceiling.of(Asked(text="", meant=("face", "book"), place=1, adjacent=True)) == (1.0, 1.0)
