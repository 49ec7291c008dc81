"""Words that answer a search stand out, and nothing else changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.marking import fitted, marked, marks_of
from bot.core.query import Marks
from bot.core.text import clean, cut, escape, signs
from bot.core.words import words_of

odd = st.sampled_from("abø *_-`[](){}\\#>|~é👩🔬🇫🇷漢字'.+ク\u0301\u200d")
lines = st.text(odd | st.characters()).map(clean)


def of(*words: str, beginning: str = "") -> Marks:
    return Marks(words=frozenset(words), beginning=beginning)


def marks_in(text: str) -> tuple[str, int]:
    """Return Markdown without its stars that are not escaped, and how many there were."""
    parts = re.findall(r"\\.|[^\\]|\\$", text, re.DOTALL)
    kept = [part for part in parts if part != "*"]
    return "".join(kept), len(parts) - len(kept)


@pytest.mark.parametrize(
    ("text", "marks", "shown"),
    [
        ("Otters return", of("otters"), "**Otters** return"),
        ("The CAFÉ and the cafe", of("cafe"), "The **CAFÉ** and the **cafe**"),
        ("Otters return", of(beginning="ret"), "Otters **return**"),
        ("Don’t stop", of("dont"), "**Don’t** stop"),  # noqa: RUF001
        ("C++ and C", of("c++"), "**C++** and C"),
        ("A state-of-the-art pump", of("art"), "A state-of-the-**art** pump"),
        ("日本語を話す", of("日", "本", "話"), "**日本**語を**話**す"),
        ("👩‍🔬 at work", of("🔬"), "**👩‍🔬** at work"),
        ("🦦wow", of("🦦"), "**🦦**wow"),
        ("🦦 wow🦦", of("wow", "🦦"), "**🦦** **wow🦦**"),
        ("2 *stars* and snake_case", of("stars", "snake_case"), None),
        ("see https://example.org/otters now", of("otters", "now"), None),
        ("nothing here", of("otters"), "nothing here"),
        ("nothing here", of(), "nothing here"),
        ("", of("otters"), ""),
        ("Straße ﬁne", of("strasse", "fine"), "**Straße** **ﬁne**"),
    ],
)
def test_the_words_that_answer_are_bold(text: str, marks: Marks, shown: str | None) -> None:
    wanted = {
        "2 *stars* and snake_case": r"2 \***stars**\* and **snake\_case**",
        "see https://example.org/otters now": r"see https\://example.org/**otters** **now**",
    }
    assert marked(escape(text), marks) == (shown if shown is not None else wanted[text])


@given(lines, st.frozensets(st.text(max_size=3)), st.text(max_size=2), st.integers(1, 60))
def test_without_the_marks_the_text_is_the_text(
    text: str, words: frozenset[str], beginning: str, limit: int
) -> None:
    shown = cut(escape(text), limit)
    marks = Marks(words=words | frozenset(words_of(text)[::2]), beginning=beginning)
    answer = marked(shown, marks)
    without, stars = marks_in(answer)
    assert without == shown
    assert stars % 4 == 0
    assert "****" not in answer


@given(lines)
def test_whole_signs_are_a_text(text: str) -> None:
    assert "".join(signs(text)) == text
    assert all(signs(text))


def test_a_text_that_fits_stays_and_one_that_does_not_is_cut() -> None:
    assert fitted("Otters return", 20, of("return")) == "Otters return"
    assert fitted("Otters return home", 12, of("otters")) == "Otters retu…"
    assert fitted("Otters return home", 12, of()) == "Otters retu…"


def test_a_cut_never_takes_the_match_away() -> None:
    text = "Far away and long ago, " * 6 + "otters returned to the harbour"
    shown = fitted(text, 100, of("otters"))
    assert shown.startswith("…")
    assert "otters returned" in shown
    assert len(shown) <= 100
    assert fitted("x" * 300, 100, of("x" * 300)) == "x" * 99 + "…"


@given(lines, st.integers(1, 40), st.integers(0, 5))
def test_what_is_fitted_fits(text: str, limit: int, at: int) -> None:
    words = words_of(text)
    assert len(fitted(text, limit, of(*words[at : at + 1]))) <= limit


def test_the_last_word_typed_may_be_a_beginning() -> None:
    assert marks_of("River otte") == of("river", beginning="otte")
    assert marks_of("") == of()
