"""Text: what is cleaned away, what Discord would take for markup, and where a cut may fall."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.text import clean, cut, escape
from tests.core.samples import SIGNS, shared, texts, wild_texts

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ZERO_WIDTH = (
    "\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u206f\ufeff\ufff0\ufff9\ufffb\U000e0041"
    "\U0001bca0\U0001bca3\U0001d173\U0001d17a\U000e0080\U000e01f0\U000e0fff"
)
# what Discord's client does with a backslash: it hides one before any sign but letters and digits
_DISCORD_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")


def shown(markdown: str) -> str:
    return _DISCORD_ESCAPE.sub(r"\1", markdown)


def signs(text: str) -> list[str]:
    regex = pytest.importorskip("regex", reason="the package regex judges what one sign is")
    return list(regex.findall(r"\X", text))


# clean


@given(wild_texts)
@example("&amp;lt;b&amp;gt;bold")
@example("<\u200bb>bold")
@example("&am\u00adp;lt;")
@example("&amp\u037e")
@example("a\u2800\u200d")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(wild_texts)
def test_cleaned_text_is_one_line_without_controls_or_invisible_marks(text: str) -> None:
    cleaned = clean(text)
    assert not [char for char in cleaned if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(cleaned) & set(BIDI + ZERO_WIDTH)
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFC", cleaned)


@pytest.mark.parametrize("mark", [*BIDI, *ZERO_WIDTH, *"\x00\x08\x0e\x1b\x7f\x84"])
def test_an_invisible_mark_vanishes_and_glues_what_it_stood_between(mark: str) -> None:
    assert clean(f"po{mark}st") == "post"


@pytest.mark.parametrize("mark", [*"\x86\x9f\u2065\U000e007f", chr(0xD83D), chr(0xDFFF)])
def test_halves_of_pairs_and_late_controls_vanish_too(mark: str) -> None:
    assert clean(f"po{mark}st") == "post"


@pytest.mark.parametrize(
    "blank",
    [" ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2028", "\u3000"],
)
def test_any_blank_becomes_one_space(blank: str) -> None:
    assert clean(f"{blank}two{blank}words{blank}") == "two words"


def test_entities_are_decoded() -> None:
    assert clean("Q&amp;A &#233; caf&eacute;&nbsp;bar &quot;x&quot;") == 'Q&A é café bar "x"'


def test_entities_that_were_encoded_twice_are_decoded() -> None:
    assert clean("AT&amp;amp;T") == "AT&T"


def test_what_was_encoded_without_end_loses_what_it_is_encoded_with() -> None:
    assert clean("AT&" + "amp;" * 5 + "T") == "AT&T"
    assert clean("AT&" + "amp;" * 50 + "lt;b&gt;T") == "AT" + "amp;" * 41 + "lt;b>T"


@pytest.mark.parametrize(
    "tag", ["<p>", "</p>", "<br/>", '<a href="x">', "<SPAN class=x>", "<h3>", "<iframe src='a'>"]
)
def test_tags_of_html_are_dropped(tag: str) -> None:
    assert clean(f"one{tag}two") == "one two"


def test_every_known_tag_is_dropped() -> None:
    names = [
        *(
            "a",
            "abbr",
            "b",
            "blockquote",
            "br",
            "cite",
            "code",
            "div",
            "em",
            "figure",
            "figcaption",
        ),
        *(
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "i",
            "iframe",
            "img",
            "li",
            "ol",
            "p",
            "pre",
            "q",
        ),
        *("s", "script", "small", "span", "strong", "style", "sub", "sup", "table", "tbody", "td"),
        *("th", "thead", "tr", "u", "ul"),
    ]
    for name in names:
        assert clean(f"x<{name} y>z</{name}>") == "x z"


@pytest.mark.parametrize(
    "text", ["a <MSFT.O> b", "1 < 2 > 0", "<h7>", "x <y z> w", "List<int>", "<"]
)
def test_what_merely_looks_like_a_tag_stays(text: str) -> None:
    assert clean(text) == text


def test_words_split_by_a_tag_stay_two_words() -> None:
    assert clean("one<br>two") == "one two"


def test_joiners_stay_for_emoji_and_persian_need_them() -> None:
    assert clean("👩‍💻 می\u200cروم") == "👩‍💻 می\u200cروم"


def test_letters_and_their_accents_become_one_sign() -> None:
    assert clean("cafe\u0301") == "café"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "\u2800",
            "\u3164\u115f \u1160",
            "\uffa0",
            "\u200d",
            "\u200c\ufe0f",
            "\u034f\ufe0e",
            "  ",
        ),
        *("\u17b4\u17b5", "\u180b\u180f", "\ufe00", "\U000e0100", "\U000e01ef \u2800"),
    ],
)
def test_text_that_shows_nothing_is_empty(text: str) -> None:
    assert clean(text) == ""


def test_nothing_that_unicode_calls_ignorable_makes_a_title() -> None:
    # Default_Ignorable_Code_Point of https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
    ranges = [
        *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
        *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F)),
        *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0)),
        *((0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
    ]
    for first, last in ranges:
        for number in range(first, last + 1):
            assert clean(chr(number)) == "", hex(number)


def test_signs_that_look_empty_stay_inside_visible_text() -> None:
    assert clean("\u2800a\u2800") == "\u2800a\u2800"


plain_texts = st.text(
    st.sampled_from([*"ab .,'\"é日👍&<;\u00a0\u0301\u200d\u2800\u034f\u0e33\ufb01\u212b"]),
    max_size=8,
)


@given(wild_texts | plain_texts)
@example("\u2800")
@example("e\u0301")
@example("\u1100\u1161")
@example(" a  b ")
@example("\ue000")
def test_the_short_way_to_clean_text_leads_where_the_long_one_does(text: str) -> None:
    # an empty entity makes it take the long way, and comes to nothing
    assert clean(f"{text}&#8203;") == clean(text)


# escape


def unescaped_specials(markdown: str) -> list[str]:
    rest = re.sub(r"\\.", "", markdown, flags=re.DOTALL)
    return re.findall(r"[\\*_~`|\[\]<>]", rest)


@given(texts | wild_texts)
@example("\\")
@example("[a](b) [c](d)")
@example("\\[a](b)")
def test_no_special_mark_is_left_without_its_backslash(text: str) -> None:
    assert unescaped_specials(escape(text)) == []


@given(texts | wild_texts)
@example("1. one")
@example(" 12) one")
@example("-# small")
@example("\\a")
def test_discord_shows_the_very_text(text: str) -> None:
    assert shown(escape(text)) == text


LINE_STARTS = [
    *[
        "# a",
        "## a",
        "### a",
        "  # a",
        "-# a",
        "- a",
        " - a",
        "+ a",
        "* a",
        "1. a",
        "23. a",
        " 4) a",
    ],
    *["> a", ">>> a", "\n# a", "one\n- two", "one\n\n1. two"],
]
_STRUCTURE = re.compile(r"^\s*(?:#{1,3}\s|-#\s|[-+*]\s|\d+[.)]\s|>)", re.MULTILINE)


@pytest.mark.parametrize("text", LINE_STARTS)
def test_a_line_start_that_would_make_structure_is_escaped(text: str) -> None:
    assert _STRUCTURE.search(text)
    assert not _STRUCTURE.search(escape(text))
    assert shown(escape(text)) == text


@given(st.lists(st.sampled_from([*"#-+*.)> \n1a\t", "23", "-#"]), max_size=12).map("".join))
def test_no_line_of_escaped_text_makes_structure(text: str) -> None:
    assert not _STRUCTURE.search(escape(text))
    assert shown(escape(text)) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a_b*c", r"a\_b\*c"),
        ("||x|| ~~y~~ `z`", r"\|\|x\|\| \~\~y\~\~ \`z\`"),
        ("<@1> <#2> <t:3>", r"\<@1\> \<#2\> \<t:3\>"),
        ("[a](b)", r"\[a\]\(b)"),
        ("] (a) (b)(c", r"\] (a) (b)(c"),
        ("a\\", "a\\\\"),
        ("1. a", r"1\. a"),
        ("2) a", r"2\) a"),
        ("# a", r"\# a"),
        ("-# a", r"\-# a"),
    ],
)
def test_each_mark_gets_one_backslash(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@pytest.mark.parametrize(
    "text",
    ["plain", "#1 a", "C# and C++", "a - b", "-5 degrees", "3.5 percent", "1.", "a 1. b", "#### a"],
)
def test_what_makes_no_markup_stays_as_it_is(text: str) -> None:
    assert escape(text) == text


# cut

limits = st.integers(0, 60)


@given(texts | wild_texts, limits)
def test_a_cut_never_exceeds_the_limit(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit


@given(texts, limits)
def test_what_fits_is_not_touched(text: str, limit: int) -> None:
    assert cut(text, len(text) + limit) == text


@given(texts, limits)
@example("ab👩‍💻", 4)
@example("ab🇩🇪🇫🇷", 4)
@example("ab🇩🇪🇫🇷", 5)
@example("ab👍🏽c", 4)
@example("abe\u0301c", 4)
@example("น้ำน้ำ", 5)
@example("क्षक्षक्ष", 6)
@example("a\u1112\u1161\u11abb", 4)
@example("a\ua960\u1112\u1161b", 3)
@example("aﾊﾞb", 3)
@example("a🏴\U000e0067\U000e0062\U000e007fb", 4)
@example("aक\u094d\u200dषb", 4)
@example("aक\u094d\u093cषb", 5)
def test_a_cut_never_splits_a_sign(text: str, limit: int) -> None:
    shortened = cut(text, limit)
    if shortened == text:
        return
    kept = shortened.removesuffix("…")
    assert text.startswith(kept)
    boundaries = {0}
    for sign in signs(text):
        boundaries.add(max(boundaries) + len(sign))
    assert len(kept) in boundaries


@given(texts | wild_texts, limits)
@example("- xyz", 3)
@example("1. xyz", 4)
@example("a-\\*b", 4)
@example("a*-*bcd", 5)
@example("a\\\\\\b", 6)
def test_a_cut_never_leaves_half_an_escape(text: str, limit: int) -> None:
    shortened = cut(escape(text), limit).removesuffix("…")
    assert (len(shortened) - len(shortened.rstrip("\\"))) % 2 == 0
    assert unescaped_specials(shortened) == []


@given(texts, st.integers(1, 60))
def test_a_cut_is_marked(text: str, limit: int) -> None:
    shortened = cut(text, limit)
    assert shortened.endswith("…") == (len(text) > limit or text.endswith("…"))


@pytest.mark.parametrize(
    ("text", "limit", "result"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one tw…"),
        ("abcdefgh ijklmnopqrstuvwxyz", 20, "abcdefgh ijklmnopqr…"),
        ("abcdefghijkl mnopqrstuvwxyz", 20, "abcdefghijkl…"),
        ("abcdefghijk lmnopqrstuvwxyz", 20, "abcdefghijk lmnopqr…"),
        ("one, two", 6, "one…"),
        ("one - two", 7, "one…"),
        ("one:; . two", 9, "one…"),
        ("one.\ntwo", 6, "one…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("abc", 2, "a…"),
        ("ab🇩🇪cd", 4, "ab…"),
        ("ab🇩🇪cd", 5, "ab🇩🇪…"),
        ("ab🇩🇪🇫🇷cd", 6, "ab🇩🇪…"),
        ("ab👍🏽cd", 4, "ab…"),
        ("ab👍🏽cd", 5, "ab👍🏽…"),
        ("ab👩‍💻cd", 5, "ab…"),
        ("ab👩‍💻cd", 6, "ab👩‍💻…"),
        ("abe\u0301cd", 4, "ab…"),
        ("abe\u0301cd", 5, "abe\u0301…"),
        ("\u0301\u0301\u0301", 2, "…"),
        ("กำกำก", 4, "กำ…"),
        ("กํกข", 3, "กํ…"),
        ("कखगघ", 3, "कख…"),
        ("\\*\\*\\*", 4, "\\*…"),
        ("\\-\\*abc", 4, "…"),
        ("a\\\\bcd", 4, "a\\\\…"),
        ("aaaaaaa bb ccc", 11, "aaaaaaa bb…"),
        ("a🇩🇪cd", 3, "a…"),
        ("ab🇫cdef", 4, "ab🇫…"),
        ("ab🇦🇿cd", 4, "ab…"),
        ("ab🇿🇦cd", 4, "ab…"),
        ("🇩🇪🇫🇷cd", 4, "🇩🇪…"),
        ("🇩🇪🇫🇷🇮🇹", 4, "🇩🇪…"),
        ("🇩🇪🇫🇷🇮🇹", 5, "🇩🇪🇫🇷…"),
        ("क्षकखगघ", 5, "क्षक…"),
        ("\u0301कखग\u094d", 2, "\u0301…"),
        ("ກຳກຳກ", 4, "ກຳ…"),
        ("ab\u1100\u1100\u1161cd", 4, "ab…"),
        ("ab가\ud7cbcd", 4, "ab…"),
    ],
)
def test_a_cut_falls_where_a_reader_would_make_it(text: str, limit: int, result: str) -> None:
    assert cut(text, limit) == result


def test_half_an_escape_goes_with_the_punctuation_before_it() -> None:
    assert cut("one two, \\*three", 11) == "one two…"


# real data


def test_naughty_strings_come_out_whole_and_harmless() -> None:
    naughty = json.loads(shared("corpora", "torture", "naughty-strings", "blns.json").read_text())
    assert len(naughty) > 400
    for text in naughty:
        cleaned = clean(text)
        assert clean(cleaned) == cleaned
        assert shown(escape(cleaned)) == cleaned
        assert len(cut(escape(cleaned), 20)) <= 20


def test_hostile_html_of_real_feeds_leaves_no_tag_that_was_known() -> None:
    folder = shared("corpora", "torture", "feedparser")
    files = sorted(Path(folder).rglob("*sanitize*/*.xml"))
    assert len(files) > 100
    for file in files:
        cleaned = clean(file.read_text(encoding="utf-8", errors="replace"))
        assert clean(cleaned) == cleaned
        assert not re.search(r"</?(?:script|img|a|p|div|iframe)\b[^<>]*>", cleaned, re.IGNORECASE)


def test_the_samples_hold_each_kind_of_sign_that_could_be_split() -> None:
    assert {len(signs(text)) for text in SIGNS if len(text) > 1} >= {1}
