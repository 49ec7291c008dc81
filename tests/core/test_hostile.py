"""Hostile texts in every place that shows data: nothing of them is live, and all can be read."""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.adapters.chat.choices import article_choices, name_choices
from bot.core.answer import (
    BUTTON_LIMIT,
    LABEL_LIMIT,
    Answer,
    Opened,
    Page,
    nothing_answer,
    places_line,
    results_answer,
    walk_answer,
)
from bot.core.article import Article, ArticleId, Provider, Related
from bot.core.asking import Shown
from bot.core.brief import Brief, Similar, Telling
from bot.core.browsing import Spot
from bot.core.card import (
    AUTHOR_LIMIT,
    CONTENT_LIMIT,
    FIELD_LIMIT,
    TITLE_LIMIT,
    TOTAL_LIMIT,
    Card,
    Post,
    also_line,
    card_of,
    card_title,
    posts_of,
    related_lines,
)
from bot.core.ending import said_line
from bot.core.marking import marked, marks_of
from bot.core.outbox import Doubt, Settling
from bot.core.review import Decision, ReviewSettings, ReviewState
from bot.core.reviewing import (
    decision_line,
    no_say_delivery,
    outcome_delivery,
    queue_line,
    reminder_delivery,
    review_delivery,
)
from bot.core.rewording import Unchanged, reworded, wording_of
from bot.core.saved import Posted
from bot.core.suggestion import DraftFile, Suggestible, draft_file, suggestible
from bot.core.suggestion import Shown as Embedded
from bot.core.text import clean, cut, escape, signs
from bot.core.url import host_of, safe_url
from bot.core.wording import (
    aside_notice,
    doubt_delivery,
    edition_heading,
    late_heading,
    ping,
    settled_line,
)
from bot.core.words import words_of
from tests.core.samples import BALLOT, HOUR, NOW, article, card, digest, edition, review
from tests.hostile import ALL_TEXTS, EVIL, LARGE, ODD, REFUSED, TEXTS
from tests.markdown import Kind, escaped_by_discord_py, links, live, shown, unnamed_links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLAIN = "plainword"
CUT_FROM = 50  # code points; nothing shorter is ever cut
BIG = 1_000_000
SOME = 100_000  # what takes its square of time with more does so with this
PATIENCE = 30.0  # seconds for what takes a few, on a machine with much else to do


# where data is shown: each yields the Markdown that Discord gets


def cards(text: str) -> Iterator[str]:
    one = article(
        title=text,
        excerpt=text,
        topics=(text, "AI"),
        provider=Provider(name=text),
        related=(Related(title=text, url="https://other.example/1"),),
    )
    found = card_of(one, also=[other(text)])
    yield from (found.title, found.description, found.topics, found.related, found.also)


def headings(text: str) -> Iterator[str]:
    yield edition_heading(digest(name=text), NOW)
    yield edition_heading(digest(topics=(text, "AI")), NOW)
    yield late_heading(edition(digest_name=text))
    yield ping(5, edition_heading(digest(name=text), NOW))


def waiting_cards(text: str) -> Iterator[str]:
    brief = Brief(
        warnings=(text,),
        others=(
            Telling(article_id=ArticleId("b"), title=text, source=text, url="https://b.example/1"),
            Telling(article_id=ArticleId("c"), title=text, source=text),
        ),
        last=Similar(title=card_title(text), at=NOW, channel_id=1, message_id=2),
    )
    one = review(reason=text, digest_name=text, brief=brief, message_id=None)
    for each in (one, replace(one, edit_in=20), replace(one, buttons=True)):
        yield from of_post(review_delivery(each, BALLOT).post)
    yield from of_post(review_delivery(replace(one, edition_id=None, proposed_by=3), BALLOT).post)


def ended_cards(text: str) -> Iterator[str]:
    for state in ReviewState:
        for edit_in in (None, 20):
            one = review(state=state, why=text, digest_name=text, decided_at=NOW, deciders=(1, 2))
            one = replace(one, edit_in=edit_in)
            yield from of_post(review_delivery(one, BALLOT).post)
            yield said_line(one, BALLOT)


def told_of_reviews(text: str) -> Iterator[str]:
    one = review(card=card(title=card_title(text)), digest_name=text, suggested_by=4)
    yield queue_line(one)
    yield from of_post(reminder_delivery([one, one]).post)
    yield from of_post(no_say_delivery(one, 5).post)
    for state in ReviewState:
        if outcome := outcome_delivery(replace(one, state=state)):
            yield from of_post(outcome.post)
        yield decision_line(decision(state, title=card_title(text), digest_name=text, why=text))


def doubts(text: str) -> Iterator[str]:
    doubt = Doubt(
        delivery_id=1,
        guild_id=10,
        channel_id=20,
        digest_name=text,
        due_at=NOW,
        titles=(card_title(text), card_title(text)),
        since=NOW,
        reason=text,
        created_by=3,
    )
    for settings in (None, ReviewSettings(guild_id=10, channel_id=30, role_id=None, approvals=1)):
        asked = doubt_delivery(doubt, settings)
        assert asked is not None
        yield from of_post(asked.post)
    yield from (settled_line(doubt, settling, by=1, at=NOW) for settling in Settling)


def set_aside(text: str) -> Iterator[str]:
    for desk in (False, True):
        yield from of_post(aside_notice([text, text], channel_id=1, desk=desk, reason=text))


def answers(text: str) -> Iterator[str]:
    one, two = (article(name, title=text, provider=Provider(name=text)) for name in ("a", "b"))
    opened = Opened(id=one.id, card=card_of(article("c")))
    question = Shown(words="falcon", filters=(f"topic {text}", text))
    spot = Spot(asked="=x")
    page = Page(articles=[one, two], total=2, whole=False)
    meant = (text, "=y")
    yield from of_answer(results_answer(spot, page, opened, question=question, meant=meant))
    yield from of_answer(walk_answer(spot, opened, [one, two], single=True))
    yield from of_answer(
        nothing_answer(spot, question=question, nearest=[one], meant=meant, hindered=(text,))
    )
    yield places_line([(text, posted())])


def rewordings(text: str) -> Iterator[str]:
    found = reworded(card(), title=text, excerpt=text)
    assert isinstance(found, Card)
    assert wording_of(found) == (cut(text, TITLE_LIMIT), text) or len(found.title) == TITLE_LIMIT
    yield from (found.title, found.description)


def suggestions(text: str) -> Iterator[str]:
    seen = Embedded(url="https://a.example/1", title=text, excerpt=text, provider=text)
    found = suggestible("", [seen])
    assert isinstance(found, Suggestible)
    drafted = draft_file(found, title=found.title, excerpt=found.excerpt, topics=[text])
    assert isinstance(drafted, DraftFile)
    made = card_of(
        article(
            title=drafted.title, excerpt=drafted.excerpt, topics=drafted.topics, url=drafted.url
        )
    )
    yield from (made.title, made.description, made.topics, escape(drafted.provider))


PLACES = (
    *(cards, headings, waiting_cards, ended_cards, told_of_reviews, doubts, set_aside, answers),
    *(rewordings, suggestions),
)


def other(source: str) -> Article:
    return article("other", url="https://other.example/1", provider=Provider(name=source))


def posted() -> Posted:
    return Posted(article_id=ArticleId("a"), guild_id=1, channel_id=2, message_id=3, at=NOW - HOUR)


def decision(state: ReviewState, **changes: object) -> Decision:
    plain = Decision(
        id=1,
        review_id=2,
        guild_id=10,
        digest_name="Morning",
        article_id=ArticleId("a"),
        title="One",
        state=state,
        at=NOW,
        by=(1,),
        why="",
        channel_id=20,
        message_id=99,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # any field


def of_post(post: Post) -> Iterator[str]:
    assert len(post.content) <= CONTENT_LIMIT
    assert sum(one.length for one in post.cards) <= TOTAL_LIMIT
    yield post.content
    for one in post.cards:
        yield from (one.title, one.description)


def of_answer(answer: Answer) -> Iterator[str]:
    assert len(answer.content) <= CONTENT_LIMIT
    assert all(0 < len(step.label) <= BUTTON_LIMIT for step in answer.steps)
    for option in answer.menu.options if answer.menu else ():
        assert 0 < len(option.label) <= LABEL_LIMIT
        assert len(option.description) <= LABEL_LIMIT
    yield from (answer.content, answer.listed)


def is_cut_of(seen: str, text: str) -> bool:
    """Tell whether a reader sees the text, or the beginning of it that ends in an ellipsis."""
    if seen.casefold() == text.casefold():  # a reason begins with a capital
        return True
    return seen.endswith("…") and text.casefold().startswith(seen.casefold()[:-1])


def hosts_in(markdown: str) -> set[str]:
    return {host_of(address) for address in links(markdown)}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_nothing_of_a_hostile_text_is_live_and_all_of_it_can_be_read(
    place: Callable[[str], Iterator[str]], kind: str
) -> None:
    tame = [(shown(markdown), live(markdown)) for markdown in place(PLAIN)]
    for raw in TEXTS[kind]:
        if not (text := clean(raw)):
            continue
        made = list(place(text))
        assert len(made) == len(tame)
        for markdown, (plain, alive) in zip(made, tame, strict=True):
            assert not live(markdown) - alive, (text, markdown)
            assert not unnamed_links(markdown), (text, markdown)
            assert re.fullmatch(frame(plain, text), shown(markdown)), (text, markdown)


def frame(tame: str, text: str) -> str:
    """Return the pattern of what is to be read: the text, whole or cut, wherever the tame was."""
    found = re.escape(tame)
    for plain, written in ((PLAIN, text), (PLAIN.capitalize(), text[:1].upper() + text[1:])):
        cuts = (f"{written[:end]}\u2026" for end in range(CUT_FROM, len(written)))
        wanted = "|".join(map(re.escape, (written, *cuts)))
        # a link whose text holds brackets that are no pairs has round ones
        wanted = wanted.replace(r"\[", r"[\[(]").replace(r"\]", r"[\])]")
        found = found.replace(plain, f"(?:{wanted})")
    return found


def test_there_are_many_and_most_of_them_would_be_live() -> None:
    assert len(ALL_TEXTS) + len(REFUSED) + len(ODD) >= 300
    alive = [text for text in ALL_TEXTS if live(clean(text))]
    assert len(alive) >= 120
    assert {one.kind for text in alive for one in live(clean(text))} == set(Kind)


@pytest.mark.parametrize(
    ("markdown", "address"),
    [
        (r"[a\](https\://evil.example/x) \[b](https://a.example/)", EVIL),
        (r"[a](https://a.example/) · b\](https\://evil.example/x)", EVIL),
        (
            "[a](https://a.example/)\n- b\\]( <https\\://evil.example/x> ) · [c](https://c.example)",
            EVIL,
        ),
        (r"[\[a\] b](https://a.example/) · c\]\(https\://evil.example/x)", "https://a.example/"),
        (r"[a\[b](https://a.example/)", None),
    ],
)
def test_links_are_read_as_clients_do_who_heed_no_backslash_in_brackets(
    markdown: str, address: str | None
) -> None:
    assert next(iter(links(markdown)), None) == address


def test_the_escaper_of_the_library_lets_many_of_them_through() -> None:
    alive = [text for text in ALL_TEXTS if live(escaped_by_discord_py(clean(text)))]
    assert len(alive) >= 60
    assert f"[a](https://a) [b]({EVIL})" in alive
    assert "<t:1:R>" in alive
    assert not [text for text in ALL_TEXTS if live(escape(clean(text)))]


def test_a_reader_of_a_search_sees_what_was_typed() -> None:
    for text in filter(None, map(clean, ALL_TEXTS)):
        answer = nothing_answer(Spot(asked="=x"), question=Shown(words=text, filters=()))
        [(alive, number)] = live(answer.content).items()
        assert (alive.kind, number) == (Kind.CODE, 1), answer.content
        seen = shown(answer.content).removeprefix("Nothing found for ").removesuffix(".")
        assert is_cut_of(seen.replace("\u2019", "`"), text)


def test_the_words_that_answer_are_bold_and_nothing_else_comes_alive() -> None:
    for text in filter(None, map(clean, ALL_TEXTS)):
        for marks in (marks_of(text), marks_of("a"), marks_of("evil https x")):
            found = marked(escape(text), marks)
            assert {one.kind for one in live(found)} <= {Kind.STYLE}, found
            assert shown(found) == text
    assert any(words_of(clean(text)) for text in ALL_TEXTS)


def test_a_provider_is_named_in_plain_text_which_is_cut() -> None:
    for text in filter(None, map(clean, ALL_TEXTS)):
        for name in (text, text * 20):
            nowhere = card_of(article(url=None, provider=Provider(name=name))).provider
            assert len(nowhere) <= AUTHOR_LIMIT
            assert is_cut_of(nowhere, name)
            named, _, host = card_of(article(provider=Provider(name=name))).provider.rpartition(
                " · "
            )
            assert host == "example.org"
            assert is_cut_of(named, name)


def test_choices_are_plain_text_within_limits() -> None:
    for text in filter(None, map(clean, ALL_TEXTS)):
        for title in (text, text * 100):
            one = article(title=title, provider=Provider(name=title))
            [choice] = article_choices([one], text)
            assert 0 < len(choice.name) <= LABEL_LIMIT
            assert 0 < len(str(choice.value)) <= LABEL_LIMIT
        for choice in name_choices([text, text * 100], text):
            assert 0 < len(choice.name) <= LABEL_LIMIT
            assert 0 < len(choice.value) <= LABEL_LIMIT


# addresses


@pytest.mark.parametrize("address", REFUSED, ids=lambda address: ascii(address)[:40])
def test_what_is_no_page_is_no_address(address: str) -> None:
    assert safe_url(address) is None


@pytest.mark.parametrize("raw", ODD, ids=lambda address: ascii(address)[:40])
def test_an_odd_address_leads_where_it_says(raw: str) -> None:
    address = safe_url(raw)
    if address is None:
        assert not raw.isprintable()
        return
    host = host_of(address)
    assert address.isascii()
    assert re.fullmatch(r"[a-z0-9.:_-]+", host)
    lines = (
        related_lines([Related(title="Bank", url=address)]),
        also_line(article(), [replace(other("Bank"), url=address)]),
        *waiting_cards_of(address),
    )
    for line in lines:
        assert hosts_in(line) == {host}
        assert {one.kind for one in live(line)} <= {Kind.LINK, Kind.LIST, Kind.SUBTEXT, Kind.STYLE}
        assert unnamed_links(line) == []


def waiting_cards_of(address: str) -> Iterator[str]:
    telling = Telling(article_id=ArticleId("b"), title="T", source="Bank", url=address)
    one = review(brief=Brief(others=(telling,)), reason="")
    yield review_delivery(one, BALLOT).post.cards[1].description
    found = article("a", url=address, provider=Provider(name="Bank"), published_at=None)
    yield nothing_answer(
        Spot(asked="=x"), question=Shown(words="", filters=()), nearest=[found]
    ).content


@pytest.mark.parametrize("source", ["bank.example", "https://bank.example", "www.bank.example"])
def test_a_name_that_looks_like_an_address_stands_beside_the_true_host(source: str) -> None:
    assert also_line(article(), [other(source)]).endswith(" (other.example)")
    assert "(other.example)" not in also_line(article(), [other("other.example")])


# heaps of marks

WRITTEN = {
    "Thai": "ที่นี่ ผู้ใหญ่ น้ำ",
    "Hindi": "क्ष्म्य हिन्दी र्क्ष",
    "Hebrew with accents": "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים וְהָאָ֗רֶץ",
    "Arabic": "ٱلْحَمْدُ لِلَّٰهِ رَبِّ",
    "Vietnamese": "Tiếng Việt nghiêng ngả",
    "Tibetan": "བསྒྲུབས་ ཨོཾ་མ་ཎི",
    "Burmese": "မြန်မာဘာသာ ကျွန်ုပ်",
    "emoji": "👩‍👩‍👧‍👦 1️⃣ 🏳️‍🌈 ❤️‍🔥",
}


@pytest.mark.parametrize("language", WRITTEN)
def test_languages_keep_all_their_marks(language: str) -> None:
    text = WRITTEN[language]
    assert clean(text) == unicodedata.normalize("NFC", text)


def test_six_marks_stay_on_a_sign_and_more_do_not() -> None:
    assert clean("x" + "\u0316" * 6 + "y") == "x" + "\u0316" * 6 + "y"
    assert clean("x" + "\u0316" * 7 + "y") == "x" + "\u0316" * 6 + "y"
    assert clean("x" + "\u0316\u200d" * 7) == "x" + "\u0316\u200d" * 3
    assert clean("क" + "\u0316" * 6 + "क" + "\u0316" * 9) == ("क" + "\u0316" * 6) * 2
    assert clean("x" + "\u20dd" * 9) == "x" + "\u20dd" * 6


def test_no_mark_of_unicode_can_be_heaped() -> None:
    for mark in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(mark) in {"Mn", "Me"}:
            assert len(clean(f"x{mark * 20}y")) <= 8, ascii(mark)


# what is large


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_takes_bounded_time(name: str) -> None:
    text = LARGE[name](BIG)
    before = time.process_time()
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert shown_whole(cleaned[:2000])
    escape(text)
    signs(text)
    cut(text, TITLE_LIMIT)
    cleaned, text = cleaned[:SOME], text[:SOME]
    big = article(
        title=f"t{cleaned}",
        excerpt=cleaned,
        provider=Provider(name=cleaned) if cleaned else None,
        topics=(cleaned,),
        related=(Related(title=f"t{cleaned}", url="https://a.example/"),),
    )
    [post] = posts_of(edition_heading(digest(name=cleaned), NOW), [card_of(big, also=[big])])
    assert post.cards[0].length <= TOTAL_LIMIT
    assert all(len(value) <= FIELD_LIMIT for _, value in post.cards[0].fields)
    assert len(decision_line(decision(ReviewState.REJECTED, why=cleaned))) <= CONTENT_LIMIT
    [choice] = article_choices([big], "word")
    assert len(choice.name) <= LABEL_LIMIT
    assert safe_url(f"https://a.example/{text}z") is None
    assert suggestible(text, [Embedded(url="", title=text)]) is not None
    found = reworded(card(), title=f"t{text}", excerpt=text)
    assert isinstance(found, Card | Unchanged)
    assert time.process_time() - before < PATIENCE


def shown_whole(text: str) -> bool:
    return not live(escape(text)) and shown(escape(text)) == text
