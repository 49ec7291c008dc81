"""A suggestion: from what a message shows to the draft of an article, and nothing is fetched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.suggestion import (
    EXCERPT_LIMIT,
    DraftFile,
    NoArticle,
    NoDraft,
    Shown,
    Suggestible,
    draft_file,
    suggestible,
    topics_of,
)
from bot.core.text import clean
from bot.core.url import is_safe, safe_url

PAGE = "https://example.org/otters"
OTTERS = Shown(
    url=PAGE,
    kind="article",
    title="Otters &amp; <b>harbours</b>",
    excerpt="They\nare back.",
    provider="Harbour\u202e Post",
    image="https://example.org/otters.png",
)
LINK = Suggestible(url=PAGE, provider="example.org")


def test_what_is_shown_below_a_link_fills_the_form() -> None:
    assert suggestible(f"look: {PAGE}", [OTTERS]) == Suggestible(
        url=PAGE,
        title="Otters & harbours",
        excerpt="They are back.",
        provider="Harbour Post",
        image="https://example.org/otters.png",
    )


def test_a_link_that_is_shown_goes_before_the_first_of_the_text() -> None:
    found = suggestible(f"https://other.example {PAGE}", [OTTERS])
    assert isinstance(found, Suggestible)
    assert found.url == PAGE


def test_without_anything_shown_the_first_link_of_the_text_is_all_there_is() -> None:
    assert suggestible(f"(see <{PAGE}>) https://b.example", []) == LINK
    assert suggestible(PAGE, [Shown(url="")]) == LINK


def test_what_follows_readers_around_is_dropped() -> None:
    assert suggestible(f"{PAGE}?utm_source=chat&fbclid=x", []) == LINK


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", NoArticle.NO_LINK),
        ("no link", NoArticle.NO_LINK),
        ("ftp://example.org/a", NoArticle.NO_LINK),
        ("javascript:alert(1)", NoArticle.NO_LINK),
        ("https://ada:secret@example.org/a", NoArticle.NO_LINK),
        ("http://localhost/a", NoArticle.NO_LINK),
        ("http://192.168.0.1/admin", NoArticle.NO_LINK),
        ("http://[::1]/a", NoArticle.NO_LINK),
        ("https://discord.com/channels/1/2/3", NoArticle.OF_DISCORD),
        ("https://discord.gg/abc", NoArticle.OF_DISCORD),
        ("https://DISCORD.com./x", NoArticle.OF_DISCORD),
        ("https://cdn.discordapp.com/attachments/1/2/a.pdf?ex=1", NoArticle.OF_DISCORD),
        ("https://media.discordapp.net/attachments/1/2/a.png", NoArticle.OF_DISCORD),
        ("https://tenor.com/view/otter-1", NoArticle.PICTURE),
        ("https://media.giphy.com/media/x", NoArticle.PICTURE),
        ("https://example.org/a.PNG?width=2", NoArticle.PICTURE),
        ("https://localhost https://discord.gg/a https://e.example/a.gif", NoArticle.OF_DISCORD),
    ],
)
def test_what_is_no_article_is_named(content: str, why: NoArticle) -> None:
    assert suggestible(content, []) is why


@pytest.mark.parametrize("kind", ["image", "gifv"])
def test_a_picture_below_a_link_is_no_article(kind: str) -> None:
    shown = Shown(url="https://example.org/a", kind=kind)
    assert suggestible("", [shown]) is NoArticle.PICTURE
    assert suggestible("", [shown, OTTERS]) == suggestible("", [OTTERS])


@pytest.mark.parametrize(
    "image", ["javascript:x", "https://cdn.discordapp.com/a.png", "", "https://a:b@example.org/"]
)
def test_a_picture_that_cannot_be_shown_for_long_is_left_out(image: str) -> None:
    found = suggestible("", [Shown(url=PAGE, title="x", image=image)])
    assert found == Suggestible(url=PAGE, title="x", provider="example.org")


def test_a_card_of_ours_names_the_provider_without_the_host_beside_it() -> None:
    found = suggestible("", [Shown(url=PAGE, title="x", provider="Harbour Post · example.org")])
    assert found == Suggestible(url=PAGE, title="x", provider="Harbour Post")


def test_the_draft_has_the_words_of_whoever_suggests_it() -> None:
    found = suggestible("", [OTTERS])
    assert isinstance(found, Suggestible)
    draft = draft_file(
        found, title=" The  otters ", excerpt="", topics=["Nature", " ", "<b>Nature</b>"]
    )
    assert draft == DraftFile(
        title="The otters",
        url=PAGE,
        topics=("Nature",),
        provider="Harbour Post",
        image="https://example.org/otters.png",
    )


@pytest.mark.parametrize("title", ["", " ", "\u200b\u2060", "\u202e", "<b></b>", "\x00"])
def test_a_title_that_looks_empty_is_none(title: str) -> None:
    assert draft_file(LINK, title=title, excerpt="x", topics=()) is NoDraft.NO_TITLE


def test_a_draft_has_few_topics() -> None:
    draft = draft_file(LINK, title="x", excerpt="", topics=map(str, range(50)))
    assert isinstance(draft, DraftFile)
    assert len(draft.topics) == 10


def test_known_topics_are_spelt_as_they_are_known_and_others_named() -> None:
    known = ["Nature", "Deep Sea"]
    assert topics_of("nature,  deep  sea; NATURE, <b>stars</b>,", known) == (
        ("Nature", "Deep Sea"),
        ("stars",),
    )
    assert topics_of(" , ", known) == ((), ())
    many = [str(number) for number in range(50)]
    assert len(topics_of(",".join(many), many)[0]) == 10


texts = st.text(max_size=2_000) | st.sampled_from(["&" * 300, "&amp;lt;b&gt;", "x\u200d" * 500])


@given(texts, st.lists(st.builds(Shown, url=texts, title=texts, excerpt=texts, image=texts)))
def test_whatever_a_message_holds_what_comes_of_it_is_clean_and_checked(
    content: str, shown: list[Shown]
) -> None:
    found = suggestible(content, shown)
    if isinstance(found, Suggestible):
        assert safe_url(found.url) == found.url


@given(texts, texts, texts, texts)
def test_the_texts_of_a_draft_stay_as_they_are_and_within_bounds(
    title: str, excerpt: str, provider: str, image: str
) -> None:
    shown = Shown(url=PAGE, title=title, excerpt=excerpt, provider=provider, image=image)
    found = suggestible("", [shown])
    assert isinstance(found, Suggestible)
    draft = draft_file(found, title=title, excerpt=excerpt, topics=())
    if isinstance(draft, NoDraft):
        assert clean(title) == ""
        return
    assert draft.title == found.title
    for text, limit in ((draft.title, 256), (draft.excerpt, EXCERPT_LIMIT), (draft.provider, 100)):
        assert clean(text) == text
        assert len(text) <= limit
    assert draft.image is None or safe_url(draft.image) == draft.image
    assert is_safe(draft.url)
