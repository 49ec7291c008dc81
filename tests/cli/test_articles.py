"""`gazette digest preview`: shapes, exit codes, and wrong use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.program import MODULE, gazette, process

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE_KEYS = [
    "id",
    "title",
    "excerpt",
    "url",
    "provider",
    "topics",
    "published_at",
    "quality",
    "heat",
    "draft",
    "image",
    "related",
    "path",
]
LIGHTHOUSE = {
    "title": "Lighthouse keepers trade notes",
    "excerpt": "Once a week they talk to one another — 🦀.",
    "url": "https://example.org/Lighthouse-keepers-trade-notes",
    "provider": "Harbour Review",
    "topics": ["Culture", "AI"],
    "published_at": "2026-01-01T06:00:00+00:00",
    "quality": 80,
    "heat": 9,
    "draft": False,
    "image": "https://example.org/lighthouse.png",
    "related": [
        {
            "title": "The last foghorn",
            "url": "https://example.org/foghorn",
            "provider": "Tidewater",
            "image": "https://example.org/foghorn.png",
        }
    ],
    "path": "Lighthouse keepers trade notes.md",
}


def without(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in keys}


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "nowhere"],
        ["search", "x"],
        ["search", "x", "--json"],
        ["digest", "preview", "--topic", "all"],
        ["sandbox", "--once", "--content", "nowhere"],
        ["run"],
    ],
)
def test_a_folder_that_is_not_there_is_told_and_exits_2(words: list[str]) -> None:
    told = gazette(*words)
    assert told.code == 2
    assert told.out == ""
    assert "there is no" in told.err
    assert "content" in told.err or "nowhere" in told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "--format", "xml"], "--format"),
        (["digest", "preview"], "--topic"),
        (["digest", "preview", "--topic", "AI", "--limit", "26"], "--limit"),
        (["digest", "preview", "--topic", "Gardening"], "“Gardening”"),
        (["digest", "preview", "--topic", "AI", "--at", "noon"], "like 2026-01-01T09:00:00Z"),
        (["digest", "preview", "--topic", "AI", "--at", "0001-01-01T00:00+23:00"], "an instant"),
        (["sandbox", "--port", "70000"], "--port"),
        (["search", "x", "--config", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["nonsense"], "nonsense"),
        (["check", "--nonsense"], "--nonsense"),
    ],
)
@pytest.mark.usefixtures("content")
def test_wrong_use_is_told_and_exits_2(words: list[str], said: str) -> None:
    told = gazette(*words)
    assert told.code == 2
    assert told.out == ""
    assert said in told.err


@pytest.mark.usefixtures("content")
def test_preview_prints_what_goes_out_and_what_stays_with_reasons() -> None:
    words = ["digest", "preview", "--topic", "ai", "--limit", "1"]
    told = gazette(*words, "--at", "2026-01-01T09:00:00Z", "--json")
    assert told.code == 0
    assert told.err == ""
    assert list(told.json) == ["topic", "chosen", "left_out"]
    assert told.json["topic"] == "ai"
    (chosen,) = told.json["chosen"]
    assert list(chosen) == [*ARTICLE_KEYS, "reason"]
    assert without(chosen, "id", "reason") == LIGHTHOUSE
    assert chosen["reason"] == "quality 80, heat 9, 3 h old, first from Harbour Review"
    assert [list(item) for item in told.json["left_out"]] == [["id", "title", "reason"]] * 2
    assert {item["title"]: item["reason"] for item in told.json["left_out"]} == {
        "sub/Robots sort the rubbish": "ranks 2; this digest takes 1",
        "Nobody may see this draft": "a draft; a moderator can propose it with /review draft",
    }


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        ("2026-01-01T09:00:00Z", 3),
        ("2026-01-01T09:00:00", 3),
        ("2026-01-01T09:00:00+02:00", 1),
        ("2026-01-01T09:00:00-05:00", 8),
        ("2026-01-02", 18),
    ],
)
@pytest.mark.usefixtures("content")
def test_preview_takes_an_instant_in_any_zone_and_in_utc_without(at: str, hours: int) -> None:
    told = gazette("digest", "preview", "--topic", "climate", "--at", at, "--json")
    assert told.json["chosen"][0]["reason"].split(", ")[1] == f"{hours} h old"


@pytest.mark.usefixtures("content")
def test_preview_of_an_instant_before_an_article_leaves_it_out() -> None:
    told = gazette("digest", "preview", "--topic", "all", "--at", "2025-12-31", "--json")
    assert told.code == 0
    assert told.json["chosen"] == []
    assert len(told.json["left_out"]) == 4


@pytest.mark.usefixtures("content")
def test_preview_of_all_topics_says_the_same_to_people() -> None:
    told = gazette("digest", "preview", "--topic", "all")
    assert told.code == 0
    chosen = [line for line in told.out.splitlines() if line.startswith("+ ")]
    stays = [line for line in told.out.splitlines() if line.startswith("- ")]
    assert chosen[0].startswith("+ Lighthouse keepers trade notes (quality 80, heat 9, ")
    assert (len(chosen), len(stays)) == (3, 1)


def test_preview_follows_the_settings(content: Path, place: Path) -> None:
    (place / "my.toml").write_text("[digest]\nlimit = 1\nmax_age_days = 1\n")
    words = [
        "digest",
        "preview",
        "--topic",
        "all",
        "--config",
        "my.toml",
        "--content",
        str(content),
    ]
    assert len(gazette(*words, "--at", "2026-01-02T00:00", "--json").json["chosen"]) == 1
    told = gazette(*words, "--at", "2026-01-03T00:00", "--json")
    assert told.json["chosen"] == []
    assert "older than 1 days" in {item["reason"] for item in told.json["left_out"]}


def test_names_and_words_that_are_no_text_are_printed_all_the_same(content: Path) -> None:
    odd = content / os.fsdecode(b"\xff.md")
    try:
        odd.write_text("nothing")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    told = process(*MODULE, "check", "--format", "json", "--content", content)
    assert told.json["faults"][0]["path"] == "\udcff.md"
    found = process(*MODULE, "search", "\udcff", "--json", "--content", content)
    assert found.json["query"] == "\udcff"
