"""Words: folded so that case, accents and width make no difference, and taken apart."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.words import fold, parts_of, runs_of, signs_of, words_of
from tests.core.samples import wild_texts


@given(wild_texts)
@example("™")
@example("\u210c")
@example("İ")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_case_makes_no_difference(text: str) -> None:
    assert fold(text.upper().lower()) == fold(text.upper())
    assert fold(text.casefold()) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("CAFÉ", "cafe"),
        ("cafe\u0301", "cafe"),
        ("Straße STRASSE", "strasse strasse"),
        ("Øre Đà Łódź Æther Œuvre \u0131l\u0131k", "ore da lodz aether oeuvre ilik"),
        ("\uff37\uff29\uff24\uff25\u3000ｶﾞ", "wide カ"),
        ("İstanbul", "istanbul"),
        ("Foo™ №5", "footm no5"),
        ("\U0001d407\U0001d422", "hi"),
        ("한글", "한글"),
        ("ﬁne", "fine"),
        ("", ""),
    ],
)
def test_accents_case_and_width_are_folded_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  ,.!?  ", ()),
        ("Hello, World!", ("hello", "world")),
        ("C++ C# F#/C", ("c++", "c#", "f#", "c")),
        (".NET 8 asp.net Node.js.", (".net", "8", "asp.net", "node.js")),
        ("GPT-4 e-mail -5", ("gpt-4", "e-mail", "5")),
        ("5G 3.5 2020", ("5g", "3.5", "2020")),
        ("O'Neill O\u2019Neill", ("oneill", "oneill")),
        ("(brackets) [and] “quotes”", ("brackets", "and", "quotes")),
        ("snake_case", ("snake_case",)),
        ("日本のAI法", ("日", "本", "の", "ai", "法")),
        ("O'NeillのGPT-4法", ("oneill", "の", "gpt-4", "法")),
        ("カタカナ ﾊﾝｶｸ", ("カ", "タ", "カ", "ナ", "ハ", "ン", "カ", "ク")),
        ("𠮷野家", ("𠮷", "野", "家")),
        ("ภาษา", ("ภ", "า", "ษ", "า")),
        ("🚀 launch", ("🚀", "launch")),
        ("launch🚀🚀", ("launch", "🚀", "🚀")),
        ("❤️", ("❤",)),
        ("한글 뉴스", ("한글", "뉴스")),
        ("Привет мир", ("привет", "мир")),
        ("a\tb\nc", ("a", "b", "c")),
        ("x +# -- y", ("x", "y")),
    ],
)
def test_words_are_what_people_mean_by_them(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("edges", ["\u0e01\u0eae", "\u1000\u1040", "\u1780\u17e9", "\u3041\u30fa"])
def test_scripts_without_spaces_are_split_sign_by_sign(edges: str) -> None:
    assert words_of(f"x{edges}y") == ("x", *fold(edges), "y")


@pytest.mark.parametrize(
    "signs", ["\u3400\u4000\u4001\u4dbf", "\u4e00\u9fff", "\ufa0e\ufa29", "\U00020000\U0002fa1d"]
)
def test_ideographs_of_all_blocks_are_words(signs: str) -> None:
    assert words_of(f"x{signs}y") == ("x", *fold(signs), "y")


def test_signs_that_stand_together_are_one_run_and_no_part_of_other_words() -> None:
    runs = runs_of("日本のAI法 GPT-4")
    assert runs == ("日本の", "ai", "法", "gpt-4")
    assert [signs_of(run) for run in runs] == [("日", "本", "の"), (), ("法",), ()]


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("covid-19", ["covid", "19"]),
        ("1.70", ["1", "70"]),
        ("a-b.c", ["a", "b", "c"]),
        (".net", [".net"]),
        ("c++", ["c++"]),
        ("word", ["word"]),
    ],
)
def test_a_compound_has_parts(word: str, parts: list[str]) -> None:
    assert parts_of(word) == parts


@given(wild_texts)
def test_words_hold_no_blanks_and_are_folded(text: str) -> None:
    for word in words_of(text):
        assert word
        assert not any(char.isspace() for char in word)
        assert fold(word) == word


@given(wild_texts, wild_texts)
def test_words_on_two_lines_are_the_words_of_each(one: str, other: str) -> None:
    assert words_of(f"{one}\n{other}") == words_of(one) + words_of(other)


@given(st.text(st.characters(max_codepoint=127), max_size=30))
def test_plain_letters_make_the_same_words_beside_any_others(text: str) -> None:
    assert words_of(f"{text} ß") == (*words_of(text), "ss")
