"""Articles: their identity, and the record that leaves the house."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import Headline, Image, Provider, article_id, as_record, number_of
from tests.core.samples import NOW, article, articles, related, urls

if TYPE_CHECKING:
    from bot.core.article import Article


@given(urls | st.none(), st.text())
def test_an_identity_is_ten_signs_that_can_be_read_aloud(url: str | None, path: str) -> None:
    key = article_id(url=url, path=path)
    assert len(key) == 10
    assert not set(key) - set("0123456789abcdefghjkmnpqrstvwxyz")


def test_identities_never_change_from_one_version_to_the_next() -> None:
    assert article_id(url="https://example.org/a", path="x.md") == "g6cng586c7"
    assert article_id(url=None, path="x.md") == "1fk0kbtjxq"


def test_the_page_is_the_identity_wherever_its_file_lies() -> None:
    assert article_id(url="https://www.example.org/a/?utm_source=x", path="a.md") == article_id(
        url="http://example.org/a", path="b.md"
    )


def test_without_a_page_the_file_is_the_identity() -> None:
    assert article_id(url=None, path="a.md") == article_id(url="", path="a.md")
    assert article_id(url=None, path="a.md") != article_id(url=None, path="b.md")


def test_a_file_is_never_taken_for_a_page() -> None:
    address = "https://example.org/a"
    assert article_id(url=address, path="") != article_id(url=None, path=address)
    assert article_id(url=address, path="") != article_id(url=None, path=f"url:{address}")


def test_a_path_that_is_no_utf_8_has_an_identity() -> None:
    assert article_id(url=None, path="caf\udce9.md") != article_id(url=None, path="caf\udce8.md")


@given(st.lists(urls, max_size=20, unique=True))
def test_identities_and_numbers_stand_for_each_other(pages: list[str]) -> None:
    keys = {article_id(url=url, path="") for url in pages}
    numbers = {number_of(key) for key in keys}
    assert len(numbers) == len(keys)
    assert all(0 <= number < 2**50 for number in numbers)


@given(articles())
def test_a_headline_holds_all_that_an_article_says_of_it(made: Article) -> None:
    headline = made.headline
    assert type(headline) is Headline
    for name in (field.name for field in fields(Headline)):
        assert getattr(headline, name) == getattr(made, name)


def test_the_first_picture_stands_for_the_article() -> None:
    first, second = Image(url="https://a.example/1.png"), Image(url="https://a.example/2.png")
    assert article(images=(first, second)).image == first
    assert article(images=()).image is None


def test_the_source_is_the_name_of_the_provider() -> None:
    assert article(provider=Provider(name="The Paper")).source == "The Paper"
    assert article(provider=None).source == ""


def test_a_record_holds_what_is_known() -> None:
    links = (
        related(
            "b",
            provider=Provider(name="The Paper", domain="paper.example"),
            image="https://a.b/i.png",
        ),
        related("c"),
    )
    pictures = (Image(url="https://a.example/1.png", width=5),)
    made = article("a", related=links, images=pictures, topics=("AI", "Law"), heat=7, draft=True)
    assert as_record(made) == {
        "id": article_id(url="https://example.org/a", path=""),
        "title": "aa ab ac",
        "excerpt": "Two sentences. That is all.",
        "url": "https://example.org/a",
        "provider": "Example Times",
        "topics": ["AI", "Law"],
        "published_at": "2026-03-14T11:00:00+00:00",
        "quality": 50,
        "heat": 7,
        "draft": True,
        "image": "https://a.example/1.png",
        "related": [
            {
                "title": "b title",
                "url": "https://example.net/b",
                "provider": "The Paper",
                "image": "https://a.b/i.png",
            },
            {"title": "c title", "url": "https://example.net/c", "provider": None, "image": None},
        ],
        "path": "a.md",
    }


def test_a_record_says_null_of_what_is_not_known() -> None:
    record = as_record(article(url=None, provider=None, published_at=None, images=()))
    assert [name for name, value in record.items() if value is None] == [
        *("url", "provider", "published_at", "image")
    ]


@given(articles())
def test_every_record_is_json(made: object) -> None:
    record = as_record(made)  # type: ignore[arg-type]
    assert json.loads(json.dumps(record)) == record


def test_the_clock_of_the_samples_is_aware() -> None:
    assert NOW.tzinfo is not None
