"""Articles and their like, made to order, and the strategies that make them at random."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from bot.core.article import Article, ArticleId, Image, Provider, Related, article_id
from bot.core.card import Card, Post
from bot.core.days import EVERY_DAY, Days
from bot.core.digest import Digest, DigestState, Edition, EditionState
from bot.core.outbox import Action, Delivery, DeliveryState
from bot.core.review import Ballot, Review, ReviewState
from bot.core.rules import Rule, parse_times
from bot.core.text import clean

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BALLOT = Ballot(approve="✅", reject="❌")


def article(name: str = "one", **changes: Any) -> Article:  # noqa: ANN401 (any field)
    """Return a published article of its own page; titles of different names share no word."""
    url = changes.pop("url", f"https://example.org/{name}")
    path = changes.pop("path", f"{name}.md")
    values: dict[str, Any] = {
        "id": article_id(url=url, path=path),
        "path": path,
        "title": f"{name}a {name}b {name}c",
        "excerpt": "Two sentences. That is all.",
        "url": url,
        "published_at": NOW - HOUR,
        "draft": False,
        "quality": 50,
        "heat": -1,
        "provider": Provider(name="Example Times", domain="example.org"),
        "topics": ("AI",),
        "images": (),
        "related": (),
    }
    return Article(**{**values, **changes})


def related(name: str = "other", **changes: Any) -> Related:  # noqa: ANN401 (any field)
    """Return a related link."""
    return Related(**{"title": f"{name} title", "url": f"https://example.net/{name}", **changes})


def card(name: str = "one", **changes: Any) -> Card:  # noqa: ANN401 (any field)
    """Return a card with an address of its own."""
    return Card(**{"title": name, "url": f"https://example.org/{name}", **changes})


def rule(times: str = "09:00", zone: str = "UTC", days: Days = EVERY_DAY) -> Rule:
    """Return a rule for every day, unless others are named."""
    return Rule(times=parse_times(times), days=days, zone=zone)


def digest(**changes: Any) -> Digest:  # noqa: ANN401 (any field)
    """Return an active digest of all topics."""
    values: dict[str, Any] = {
        "id": 1,
        "guild_id": 10,
        "channel_id": 20,
        "name": "Morning",
        "topics": (),
        "rule": rule(),
        "limit": 5,
        "state": DigestState.ACTIVE,
        "state_reason": "",
        "planned_until": NOW,
    }
    return Digest(**{**values, **changes})


def edition(**changes: Any) -> Edition:  # noqa: ANN401 (any field)
    """Return a planned edition."""
    values: dict[str, Any] = {
        "id": 1,
        "digest_id": 1,
        "guild_id": 10,
        "channel_id": 20,
        "digest_name": "Morning",
        "slot": "2026-03-14T12:00",
        "due_at": NOW,
        "state": EditionState.PLANNED,
        "note": "",
    }
    return Edition(**{**values, **changes})


def review(**changes: Any) -> Review:  # noqa: ANN401 (any field)
    """Return a review that waits for one approval."""
    values: dict[str, Any] = {
        "id": 7,
        "guild_id": 10,
        "digest_id": 1,
        "digest_name": "Morning",
        "edition_id": 1,
        "due_at": NOW,
        "article_id": ArticleId("abc"),
        "card": card(),
        "reason": "quality 50",
        "state": ReviewState.PENDING,
        "channel_id": 30,
        "message_id": 99,
        "role_id": None,
        "approvals": 1,
        "decided_at": None,
        "deciders": (),
    }
    return Review(**{**values, **changes})


def delivery(**changes: Any) -> Delivery:  # noqa: ANN401 (any field)
    """Return a delivery that was just claimed for the first time."""
    values: dict[str, Any] = {
        "id": 1,
        "key": "edition:1:0",
        "channel_id": 20,
        "post": Post(content="hello", cards=()),
        "nonce": "n",
        "state": DeliveryState.SENDING,
        "attempts": 1,
        "first_attempt_at": None,
        "message_id": None,
        "action": Action.POST,
        "edition_id": None,
        "review_id": None,
    }
    return Delivery(**{**values, **changes})


def shared(*parts: str) -> Path:
    """Return a path in the folder that all developers share, or skip the test that asks for it."""
    root = os.environ.get("GAZETTE_SHARED")
    if not root:
        pytest.skip("GAZETTE_SHARED is not set: it names the folder of real articles")
    path = Path(root, *parts)
    assert path.exists(), f"{path} is missing, though GAZETTE_SHARED is set"
    return path


needs_full = pytest.mark.skipif(
    "GAZETTE_FULL" not in os.environ,
    reason="GAZETTE_FULL is not set: whoever sets it has minutes for the full version",
)

# Signs of many scripts, and the marks that make trouble where they are cut or shown
SIGNS = (
    *"ab zZ09.,;:!?-+#'\"()/&%$\n\t",
    *"\\*_~`|[]<>",
    *"éßøÅñ日本語がﾊﾞ한글กำน้ำأب",
    *("e\u0301", "क्ष", "हिन्दी", "\u1112\u1161\u11ab", "ມຳ"),
    *(
        "👍",
        "👍🏽",
        "👩‍💻",
        "👨‍👩‍👧‍👦",
        "🇩🇪",
        "🇫",
        "❤️",
        "1️⃣",
        "🏴\U000e0067\U000e0062\U000e007f",
        "🏳️‍🌈",
    ),
    *("\u200d", "\u200c", "\ufe0f", "\u0301", "\u2800"),
)
TROUBLE = (
    *("\x00", "\x0b", "\x1b", "\x1f", "\x7f", "\x85", "\x97", "\r", "\r\n", "\u2028", "\xa0"),
    *("\u00ad", "\u200b", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069"),
    *("\ufeff", "\ud800", "\udfff", "\U000e0041", "\u3164"),
    *("&amp;", "&lt;", "&gt;", "&nbsp;", "&#8203;", "amp;", "lt;", "<b>", "</p>", "<br", "&"),
)
texts = st.lists(st.sampled_from(SIGNS), max_size=40).map("".join)
wild_texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from((*SIGNS, *TROUBLE)), max_size=40).map("".join),
)
lines = texts.map(clean)  # as the reader leaves them
titles = texts.map(lambda text: clean(f"t{text}"))
instants = st.datetimes(timezones=st.just(UTC))
urls = st.builds(
    "https://{}.example/{}".format,
    st.sampled_from(("a", "b", "www.c")),
    st.text(st.sampled_from("abc/_()[]*%41"), max_size=80),
)
providers = st.builds(Provider, name=titles, domain=lines, icon=st.none() | urls)
images = st.builds(Image, url=urls, width=st.none() | st.integers(0, 2000))
relateds = st.builds(Related, title=titles, url=urls, provider=st.none() | providers)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Make any article that the reader could have made, with texts longer than cards can hold."""
    url = draw(st.none() | urls)
    path = draw(st.from_regex(r"[a-z]{1,8}\.md", fullmatch=True))
    return article(
        url=url,
        path=path,
        title=draw(titles) * draw(st.sampled_from((1, 1, 20))),
        excerpt=draw(lines) * draw(st.sampled_from((1, 1, 20))),
        published_at=draw(st.none() | instants),
        draft=draw(st.booleans()),
        quality=draw(st.integers(-10, 300)),
        heat=draw(st.integers(-1, 4000)),
        provider=draw(st.none() | providers),
        topics=tuple(
            draw(st.lists(titles, max_size=6, unique=True)) * draw(st.sampled_from((1, 30)))
        ),
        images=tuple(draw(st.lists(images, max_size=2))),
        related=tuple(draw(st.lists(relateds, max_size=5))),
    )


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    wild_texts,
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.sampled_from((UTC, None))),
    st.sampled_from(
        ("https://example.org/a", "javascript:alert(1)", "2026-01-02T03:04:05Z", date.max)
    ),
)
KEYS = (
    *(
        "title",
        "excerpt",
        "publishedDateTime",
        "originalUrl",
        "webUrl",
        "type",
        "quality",
        "provider",
    ),
    *(
        "images",
        "heat",
        "published",
        "topics",
        "related",
        "secured",
        "url",
        "width",
        "name",
        "domain",
    ),
)


def _holders(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.one_of(st.sampled_from(KEYS), st.none(), st.booleans(), st.text(max_size=3))
    return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=8)


anything = st.recursive(scalars, _holders, max_leaves=12)
