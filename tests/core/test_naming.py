"""Names are understood with typos, and never guessed where several fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.naming import named, near

TOPICS = ("Science", "Culture", "Nature", "Natural history", "Café", "cafe", "Space")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("science", "Science"),
        (" SCIENCE ", "Science"),
        ("scinece", "Science"),
        ("cience", "Science"),
        ("cul", "Culture"),
        ("natur", None),
        ("nature", "Nature"),
        ("Café", "Café"),
        ("cafe", "cafe"),
        ("CAFE", "Café"),
        ("sport", None),
        ("", None),
        ("  ", None),
    ],
)
def test_the_one_name_that_fits_is_meant(typed: str, meant: str | None) -> None:
    assert named(TOPICS, typed) == meant


def test_the_nearest_names_come_first() -> None:
    assert near(TOPICS, "natture") == ["Nature"]
    assert near(("Natural", "Nature", "Mature"), "naturr")[0] == "Nature"
    assert near(TOPICS, "sport") == []


@given(st.lists(st.text()), st.text())
def test_any_text_is_answered(names: list[str], typed: str) -> None:
    assert named(names, typed) in (*names, None)


@given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.data())
def test_a_name_as_it_is_written_is_meant(names: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(names))
    found = named(names, name)
    assert found == name or not name.strip() or name != name.strip() or not found
