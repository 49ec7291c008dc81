"""A layered mapping is a dict to whoever looks, and what it was made of never changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import layered
from bot.core.layered import Layered

keys = st.integers(0, 9)
steps = st.lists(st.dictionaries(keys, st.none() | st.integers(), max_size=4), max_size=8)


@given(st.dictionaries(keys, st.integers()), steps, st.sampled_from([0, 3, 1000]))
def test_it_is_the_dict_that_the_same_changes_make(
    base: dict[int, int], changes: list[dict[int, int | None]], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layered, "_MOST", most)
        plain, made = dict(base), Layered(dict(base))
        for change in changes:
            before = made
            was = dict(plain)
            made = before.changed(change)
            plain.update({key: value for key, value in change.items() if value is not None})
            for key in (key for key, value in change.items() if value is None):
                plain.pop(key, None)
            assert before == was
            assert made == plain
            assert len(made) == len(plain) == len(list(made))
            assert sorted(made.values()) == sorted(plain.values())
            for key in range(10):
                assert made.get(key) == plain.get(key)
                assert (key in made) == (key in plain)


def test_what_is_not_there_is_missing_as_in_a_dict() -> None:
    made = Layered({1: 2}).changed({1: None})
    for key in (1, 3):
        with pytest.raises(KeyError, match=str(key)):
            made[key]


def test_no_change_makes_no_other_mapping() -> None:
    made = Layered({1: 2})
    assert made.changed({}) is made
    assert Layered[int, int]() == {}
