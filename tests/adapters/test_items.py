"""Related items in the format's own hand are taken at once, and mean what they always do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.files import items, plain
from bot.adapters.files.reading import read_bytes

HEAD = [
    'title: "A headline"',
    'excerpt: "An excerpt."',
    "publishedDateTime: 2026-01-02T03:04:05Z",
    'webUrl: "https://example.org/a"',
    "published: true",
    "related:",
]
ITEM = [
    '  - title: "Other"',
    '    excerpt: "It says: so."',
    "    publishedDateTime: 2026-01-02T03:04:05Z",
    '    originalUrl: "https://example.net/o"',
    '    webUrl: "https://example.net/b"',
    '    ampWebUrl: "https://example.net/b/amp"',
    '    cdnAmpWebUrl: "https://example-net.cdn.example/b"',
    "    type: article",
    "    quality: 5",
    "    provider:",
    "      name: Example Times # of today",
    '      domain: "example.net"',
    "    images:",
    '      - url: "https://example.net/b.png"',
    "        width: 10",
    "        height: 20",
    "        isCached: true",
]
OTHER = [
    '  - title: "Third"',
    '    webUrl: "https://example.net/c"',
    "    provider:",
    "      name: X",
]
END = ['secured: "c0ffee"', "quality: 7"]


def front(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def taken(text: str) -> bool:
    """Tell whether items were taken at once; either way they mean what they did."""
    fast, slow = items.parsed(text), plain.parsed(text)
    assert (fast is None) == (slow is None)
    if fast is None or slow is None:
        return False
    assert list(fast) == list(slow)
    raw = f"---\n{text}---\n".encode()
    expected = read_bytes(raw.replace(b"---\n", b"---\n\n", 1), name="a.md", version="1")
    reading = read_bytes(raw, name="a.md", version="1")
    assert reading.article == expected.article
    return fast != slow


def test_items_are_taken_with_what_is_read_of_them() -> None:
    text = front(*HEAD, *ITEM, *OTHER, *END)
    assert taken(text)
    assert items.parsed(text) == {
        **(plain.parsed(front(*HEAD, *END)) or {}),
        "related": [
            {
                "title": "Other",
                "originalUrl": "https://example.net/o",
                "webUrl": "https://example.net/b",
                "provider": {"name": "Example Times", "domain": "example.net"},
                "images": [{"url": "https://example.net/b.png"}],
            },
            {"title": "Third", "webUrl": "https://example.net/c", "provider": {"name": "X"}},
        ],
    }


def test_items_may_stand_last() -> None:
    assert taken(front(*HEAD, *ITEM))


LEFT = [
    front(*HEAD, *ITEM, "    mood: odd", *END),  # something else in an item
    front(*HEAD, *ITEM, "", *END),
    front(*HEAD, *ITEM, "# a remark", *END),
    front(*HEAD, *ITEM, '  - "text"', *END),
    front(*HEAD, *ITEM).replace("It says: so.", 'It "says" so.'),  # quotes in quotes
    front(*HEAD, *ITEM).replace("It says: so.", r"It says \u0041"),
    front(*HEAD, *ITEM).replace("It says", "It\x85says"),
    front(*HEAD, *ITEM).replace("Example Times #", "yes #"),  # no text
    front(*HEAD, *ITEM).replace("Example Times #", "a: b #"),
    front(*HEAD, *ITEM, "related:"),  # twice
    front('title: "runs', "related:", *ITEM, 'on"'),
    front("title: runs", "  on", *HEAD[1:], *ITEM),  # elsewhere a text of two lines
    front(*HEAD, *END),
    front("related:"),
    front(*HEAD[:-1]),
]


@pytest.mark.parametrize("text", LEFT)
def test_anything_else_is_left_to_the_plain_reader(text: str) -> None:
    assert items.parsed(text) == plain.parsed(text)


@given(
    st.lists(st.sampled_from([*ITEM, *OTHER, *END, *HEAD, "", "    - x", '  "', "a: 'b"])),
    st.lists(st.sampled_from([*range(len(ITEM))]), unique=True),
)
@settings(max_examples=300)
def test_lines_in_any_order_mean_what_they_always_do(more: list[str], left: list[int]) -> None:
    item = [line for place, line in enumerate(ITEM) if place not in left]
    taken(front(*HEAD, *item, *more))
    taken(front(*HEAD, *ITEM, *more))
