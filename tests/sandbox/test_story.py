"""The sandbox's story goes well with a whole bot, and a step fails where something is broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.config import Settings
from bot.sandbox.story import Step, play

if TYPE_CHECKING:
    from pathlib import Path

TITLES = (
    "Lighthouse keepers trade notes by radio",
    "Robots learn to sort what people throw away",
    "Glacier tongues melt faster than forecast",
    "Choirs are prescribed against loneliness",
    "Old lamp posts turn into weather stations",
    "Students build a satellite from spare parts",
    "Night trains return to the mountain line",
    "Museum collects sounds nobody hears any more",
    "Beekeepers map the last orchards downtown",
    "Ferries switch engines before the winter",
)
STEPS = [
    "digest added",
    "digest at its time",
    "search with a typo",
    "review set up",
    "articles proposed, none posted",
    "a reaction without the role counts nothing",
    "the moderator approves, the article is posted",
    "a moderator words an article anew, then approves it",
    "a moderator takes a rejection back, and is asked again",
    "after a restart nothing is posted twice",
    "the next day brings other articles, none twice",
    "in a forum an edition is a thread of its own",
    "quiet hours let a post wait",
    "three days away bring one edition",
]


def write(
    folder: Path, *, published: bool = True, year: int = 2025, pictures: int = len(TITLES)
) -> None:
    folder.mkdir()
    for number, title in enumerate(TITLES):
        keys = {
            "title": title,
            "webUrl": f"https://example.org/{number}",
            "publishedDateTime": f"{year}-12-{number + 10}T06:00:00Z",
            "published": published,
            "quality": number,
            "topics": ["Things"],
            "images": [{"url": f"https://example.org/{number}.png"}] if number < pictures else [],
        }
        lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in keys.items())
        (folder / f"{number}.md").write_text(f"---\n{lines}\n---\n")


def settings_of(place: Path, **more: dict[str, object]) -> Settings:
    return Settings.model_validate(
        {"content": {"path": place / "content"}, "state": {"dir": place / "state"}} | more
    )


def failed(steps: list[Step]) -> list[str]:
    return [step.name for step in steps if not step.ok]


async def test_every_step_goes_as_it_should(tmp_path: Path) -> None:
    write(tmp_path / "content")
    steps = await play(settings_of(tmp_path))
    assert [step.name for step in steps] == STEPS
    assert failed(steps) == []
    assert all(step.messages for step in steps)
    json.dumps([step.as_record() for step in steps])


async def test_the_settings_of_digests_and_reactions_do_not_spoil_it(tmp_path: Path) -> None:
    write(tmp_path / "content")
    digest: dict[str, object] = {"timezone": "Asia/Tokyo", "days": "mon", "limit": 1}
    review: dict[str, object] = {
        "approvals": 3,
        "approve_emoji": "👍",
        "reject_emoji": "👎",
        "lead_hours": 48,
    }
    assert failed(await play(settings_of(tmp_path, digest=digest, review=review))) == []


@pytest.mark.parametrize(("published", "year"), [(False, 2025), (True, 2030)])
async def test_a_bot_that_posts_nothing_fails_it(
    tmp_path: Path,
    published: bool,  # noqa: FBT001 (a parameter of the test)
    year: int,
) -> None:
    write(tmp_path / "content", published=published, year=year)
    assert "digest at its time" in failed(await play(settings_of(tmp_path)))


async def test_a_digest_without_a_picture_fails_it(tmp_path: Path) -> None:
    write(tmp_path / "content", pictures=1)  # of the article that ranks last
    assert failed(await play(settings_of(tmp_path))) == ["digest at its time"]


async def test_a_step_that_cannot_be_carried_out_ends_it_as_failed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "content", published=False)
    steps = await play(settings_of(tmp_path))
    assert steps[-1] == Step(name="search", ok=False, messages=[])
    assert "the story cannot go on: search" in caplog.text
    caplog.clear()


async def test_a_bot_that_cannot_start_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        await play(settings_of(tmp_path))
