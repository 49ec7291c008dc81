"""The whole of it: from a file in the content folder to a post in a channel, and no second post."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import app
from bot.core.fault import Severity
from tests.chat.house import (
    ContentWriter,
    House,
    all_titles,
    answer,
    open_house,
    said,
    settings_for,
    titles,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import discord

    from bot.config import Settings

SHARED = "GAZETTE_SHARED"
FACES = "A Case for Facial Recognition"


@pytest.fixture
def content(tmp_path: Path) -> ContentWriter:
    writer = ContentWriter(tmp_path / "content")
    writer.write("Otters return", quality=90)
    writer.write("A secret plan", published=False)
    return writer


@pytest.fixture
def settings(tmp_path: Path, content: ContentWriter) -> Settings:
    return settings_for(content.folder, tmp_path / "state")


@pytest.fixture
def heart(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Awaitable[None]]]:
    """Give the test what the heart would call once a minute, and neither heart nor watch."""
    beats: list[Callable[[], Awaitable[None]]] = []

    class Still:
        def __init__(self, beat: Callable[[], Awaitable[None]]) -> None:
            beats.append(beat)

        def start(self) -> None:
            """Do nothing."""

        stop = start

    async def nothing(*_: object, **__: object) -> AsyncIterator[frozenset[str] | None]:
        news: list[frozenset[str]] = []
        for paths in news:
            yield paths

    monkeypatch.setattr(app, "Heart", Still)
    monkeypatch.setattr(app, "watch", nothing)
    return beats


def cards(house: House) -> list[discord.Message]:
    return [message for message in house.review.history(viewer=house.nora) if message.embeds]


async def found(house: House, query: str) -> list[str | None]:
    return titles(answer(await house.mia.slash(house.news, "search", query=query)))


async def test_from_a_file_to_one_post_and_no_second_one(
    settings: Settings, content: ContentWriter
) -> None:
    async with open_house(settings, content) as house:
        await house.set_review_up()
        await house.add_digest()
        (card,) = cards(house)
        assert titles(card) == ["Otters return"]
        await house.mia.react(card, "✅")
        await house.wait(hours=9)
        assert all_titles(house.news) == []
        await house.nora.react(card, "✅")
        assert all_titles(house.news) == ["Otters return"]
        await house.restart()
        await house.wait(hours=1)
        await house.wait(hours=23)
        assert all_titles(house.news) == ["Otters return"]
        assert len(cards(house)) == 1


async def test_without_review_a_file_is_posted_at_its_time_and_once(
    settings: Settings, content: ContentWriter
) -> None:
    async with open_house(settings, content) as house:
        await house.add_digest()
        await house.wait(hours=8, seconds=3599)
        assert all_titles(house.news) == []
        await house.wait(seconds=1)
        assert all_titles(house.news) == ["Otters return"]
        await house.restart()
        await house.wait(hours=48)
        assert all_titles(house.news) == ["Otters return"]


async def test_a_draft_is_neither_posted_nor_found(
    settings: Settings, content: ContentWriter
) -> None:
    async with open_house(settings, content) as house:
        await house.add_digest()
        await house.wait(hours=9)
        await house.ada.slash(house.news, "digest now", digest="Morning")
        assert "A secret plan" not in all_titles(house.news)
        assert await found(house, "secret plan") == []
        assert await found(house, f"#{house.article('A secret plan').id}") == []
        choices = await house.mia.autocomplete(house.news, "search", "query", "secret")
        assert "A secret plan" not in [choice["name"] for choice in choices]


async def test_a_broken_file_is_reported_and_the_rest_are_read(
    settings: Settings, content: ContentWriter, caplog: pytest.LogCaptureFixture
) -> None:
    broken = content.folder / "deep" / "broken.md"
    broken.parent.mkdir()
    broken.write_text("---\ntitle: [never closed\n---\n", encoding="utf-8")
    content.write("Untimely", publishedDateTime="yesterday")
    with caplog.at_level(logging.WARNING, "bot"):
        async with open_house(settings, content) as house:
            assert await found(house, "otters") == ["Otters return"]
            catalogue = house.bot.services.library.catalogue
    errors = [fault for fault in catalogue.faults if fault.severity is Severity.ERROR]
    assert [(fault.path, fault.field) for fault in errors] == [
        ("deep/broken.md", ""),
        ("untimely.md", "publishedDateTime"),
    ]
    assert catalogue.files == 4
    assert f"deep/broken.md:{errors[0].line}: " in caplog.text
    assert "should be a date like" in caplog.text


async def test_the_example_is_a_draft_and_an_article_once_it_is_published(
    settings: Settings, content: ContentWriter
) -> None:
    shared = os.environ.get(SHARED)
    if not shared:
        pytest.skip(f"{SHARED} is not set: it names the folder that holds article-example.md")
    file = content.folder / "example.md"
    shutil.copy(Path(shared, "article-example.md"), file)
    async with open_house(settings, content) as house:
        example = await house.bot.services.library.article(house.article(FACES).id)
        assert example is not None
        assert example.draft
        assert example.excerpt.startswith("Facial recognition software doesn\u2019t have to be")
        assert FACES not in await found(house, FACES)
        await house.add_digest()
        await house.wait(hours=9)
        assert FACES not in all_titles(house.news)
        text = file.read_text(encoding="utf-8")
        assert "published: false" in text
        file.write_text(text.replace("published: false", "published: true"), encoding="utf-8")
        await house.read_content()
        assert await found(house, "facial recogniton") == [FACES]
        await house.wait(hours=24)
        posted = house.news.history()[-1]
        assert titles(posted) == [FACES]
        assert "doesn\u2019t" in (posted.embeds[0].description or "")


async def test_content_edited_on_disk_is_picked_up(
    settings: Settings, content: ContentWriter
) -> None:
    async with open_house(settings, content) as house:
        library = house.bot.services.library
        content.write("Falcons nest", name="new")
        content.write("Otters leave", name="otters-return")
        (content.folder / "a-secret-plan.md").unlink()
        await library.refresh_if_changed()
        assert await found(house, "falcons") == ["Falcons nest"]
        assert await found(house, "otters leave") == ["Otters leave"]
        assert library.catalogue.drafts == ()
        before = library.catalogue
        await library.refresh_if_changed()
        assert library.catalogue is before


async def test_each_beat_reads_what_changed_posts_what_is_due_and_shows_life(
    settings: Settings, content: ContentWriter, heart: list[Callable[[], Awaitable[None]]]
) -> None:
    alive = settings.state.dir / app.SIGN_OF_LIFE
    async with open_house(settings, content) as house:
        assert heart == []  # this one is woken by hand
        bot = app.create_bot(settings, clock=house.clock)
        await house.bot.close()
        await house.env.restart_bot(bot)
        await house.env.settle()
        (beat,) = heart
        await house.add_digest()
        content.write("Falcons nest", quality=99)
        await beat()
        alive.unlink()
        await house.env.advance_time(9 * 3600)
        assert not alive.exists()
        await beat()
        await bot.pump.delivered()
        assert all_titles(house.news) == ["Falcons nest", "Otters return"]
        assert alive.read_text(encoding="utf-8") == f"{os.getpid()}\n"
        alive.unlink()
        await bot.on_disconnect()
        await beat()
        assert not alive.exists()


async def test_a_content_folder_that_is_gone_for_a_while_costs_nothing(
    settings: Settings,
    content: ContentWriter,
    heart: list[Callable[[], Awaitable[None]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_house(settings, content) as house:
        await house.bot.close()
        await house.env.restart_bot(app.create_bot(settings, clock=house.clock))
        await house.env.settle()
        content.folder.rename(content.folder.with_name("away"))
        await heart[0]()
        assert "content not read, what was read before is kept" in caplog.text
        assert await found(house, "otters") == ["Otters return"]


async def test_nothing_is_opened_before_the_bot_logs_in(settings: Settings) -> None:
    bot = app.create_bot(settings)
    assert not settings.state.dir.exists()
    await bot.close()
    await asyncio.sleep(0)
    assert not settings.state.dir.exists()


async def test_the_operators_defaults_are_the_commands_defaults(
    settings: Settings, content: ContentWriter
) -> None:
    digest = settings.digest.model_copy(
        update={"timezone": "Asia/Tokyo", "days": "weekdays", "limit": 3}
    )
    review = settings.review.model_copy(
        update={"approvals": 2, "lead_hours": 1.5, "approve_emoji": "👍", "reject_emoji": "👎"}
    )
    changed = settings.model_copy(update={"digest": digest, "review": review})
    async with open_house(changed, content) as house:
        text = await house.add_digest(at="12:00")
        assert "weekdays at 12:00 (Asia/Tokyo), up to 3" in text
        policy = await house.set_review_up()
        assert "1.5 hours before their edition." in policy
        assert "2 👍 of different people approve" in policy
        assert "👎" in policy
        assert "👍 approve, 👎 reject" in said(await house.mia.slash(house.news, "help"))


async def test_articles_older_than_the_operator_wants_are_not_posted(
    settings: Settings, content: ContentWriter
) -> None:
    content.write("Old hat", publishedDateTime="2025-11-01T08:00:00Z")
    digest = settings.digest.model_copy(update={"max_age_days": 7})
    async with open_house(settings.model_copy(update={"digest": digest}), content) as house:
        await house.add_digest()
        await house.wait(hours=9)
        assert all_titles(house.news) == ["Otters return"]
