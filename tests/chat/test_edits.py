"""What was posted follows its file: edited, withdrawn, renamed, brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chat.house import GLACIERS, OTTERS, House, all_titles, open_house, said, titles

if TYPE_CHECKING:
    import discord

    from bot.config import Settings
    from tests.chat.house import ContentWriter

RENEWED = "River otters leave the old harbour again"
POST = {"name": "Harbour Post", "domain": "post.example"}
FILE = "river-otters-return-to-the-old-harbour"


def news(house: House) -> list[discord.Message]:
    return house.news.history(viewer=house.mia)


def desk(house: House) -> list[discord.Message]:
    return [m for m in house.review.history(viewer=house.nora) if m.embeds]


async def with_an_edition(house: House) -> discord.Message:
    """Have otters and glaciers posted in one message."""
    await house.add_digest(topics="Nature", limit=2)
    await house.wait(hours=9)
    (message,) = news(house)
    assert titles(message) == [OTTERS, GLACIERS]
    return message


def edit(house: House, title: str = RENEWED, **fields: object) -> None:
    house.content.write(title, name=FILE, **{"topics": ["Nature"], "quality": 90, **fields})


async def test_an_edited_file_edits_the_posted_message(house: House) -> None:
    before = await with_an_edition(house)
    edit(house, excerpt="They had enough.")
    await house.look()
    (after,) = news(house)
    assert (after.id, after.content) == (before.id, before.content)
    assert titles(after) == [RENEWED, GLACIERS]
    assert after.embeds[0].description == "They had enough."
    await house.look()
    await house.wait(hours=24)
    await house.restart()
    assert len(house.requests("PATCH", str(before.id))) == 1
    assert len(news(house)) == 1


@pytest.mark.parametrize("how", ["published", "removed", "deleted"])
async def test_a_withdrawn_article_is_marked(house: House, how: str) -> None:
    await with_an_edition(house)
    if how == "deleted":
        (house.content.folder / f"{FILE}.md").unlink()
    else:
        edit(house, OTTERS, **{how: how == "removed"})
    await house.look()
    (message,) = news(house)
    assert titles(message) == [f"~~{OTTERS}~~", GLACIERS]
    struck = message.embeds[0]
    assert (struck.description, struck.url, struck.image.url) == ("Withdrawn.", None, None)
    assert struck.fields == []


async def test_a_renamed_file_is_neither_posted_again_nor_edited(house: House) -> None:
    await with_an_edition(house)
    file = house.content.folder / f"{FILE}.md"
    file.rename(file.with_name("otters.md"))
    await house.look()
    await house.wait(hours=48)
    assert all_titles(house.news) == [OTTERS, GLACIERS]
    assert house.requests("PATCH") == []


async def test_what_comes_back_is_shown_again_and_not_posted_again(house: House) -> None:
    message = await with_an_edition(house)
    file = house.content.folder / f"{FILE}.md"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    await house.look()
    file.write_text(text, encoding="utf-8")
    await house.look()
    await house.wait(hours=24)
    (now,) = news(house)
    assert titles(now) == [OTTERS, GLACIERS]
    assert [embed.to_dict() for embed in now.embeds] == [e.to_dict() for e in message.embeds]


async def test_what_changed_while_the_bot_was_away_is_edited_at_the_start(house: House) -> None:
    await with_an_edition(house)
    await house.bot.close()
    edit(house)
    await house.restart()
    assert all_titles(house.news) == [RENEWED, GLACIERS]


def retracting(settings: Settings, how: str) -> Settings:
    changed = settings.digest.model_copy(update={"retract": how})
    return settings.model_copy(update={"digest": changed})


async def test_by_setting_a_withdrawn_article_is_deleted(
    settings: Settings, content: ContentWriter
) -> None:
    async with open_house(retracting(settings, "delete"), content) as house:
        message = await with_an_edition(house)
        (content.folder / f"{FILE}.md").unlink()
        await house.look()
        assert all_titles(house.news) == [GLACIERS]
        for file in content.folder.glob("glaciers*.md"):
            file.unlink()
        await house.look()
        assert news(house) == []
        assert len(house.requests("DELETE", str(message.id))) == 1
        await house.wait(hours=48)
        assert news(house) == []


async def test_by_setting_a_withdrawn_article_is_kept(
    settings: Settings, content: ContentWriter
) -> None:
    async with open_house(retracting(settings, "keep"), content) as house:
        await with_an_edition(house)
        (content.folder / f"{FILE}.md").unlink()
        await house.look()
        assert all_titles(house.news) == [OTTERS, GLACIERS]
        assert house.requests("PATCH") == []


async def test_a_message_that_somebody_deleted_is_not_missed(house: House) -> None:
    message = await with_an_edition(house)
    await house.guild_owner_deletes(message)
    edit(house)
    await house.look()
    assert news(house) == []
    counts = await house.bot.services.ledger.outbox_counts()
    assert (counts["sent"], counts["pending"], counts["failed"]) == (2, 0, 0)


async def test_under_review_an_edit_is_proposed_and_applied_when_approved(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(topics="Nature", limit=1)
    await house.nora.react(desk(house)[0], "✅")
    await house.wait(hours=9)
    assert all_titles(house.news) == [OTTERS]
    edit(house)
    await house.look()
    assert all_titles(house.news) == [OTTERS]
    proposal = desk(house)[-1]
    assert proposal.content.startswith(f"### Edit of what stands in {house.news.mention}\n")
    assert titles(proposal) == [RENEWED]
    queue = await house.nora.slash(house.review, "review queue")
    assert f"**{RENEWED}** for Morning, an edit in {house.news.mention}" in said(queue)
    await house.mia.react(proposal, "✅")
    assert all_titles(house.news) == [OTTERS]
    await house.nora.react(proposal, "✅")
    assert all_titles(house.news) == [RENEWED]
    assert desk(house)[-1].content.startswith(
        f"### ✅ Approved the edit in {house.news.mention}\nby {house.nora.mention}"
    )


async def test_an_edit_while_it_waits_is_proposed_anew(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(topics="Nature", limit=1)
    edit(house)
    await house.look()
    first, second = desk(house)
    assert first.content.startswith("### Withdrawn from **Morning**")
    assert second.content.startswith("### Proposed for **Morning**")
    await house.nora.react(first, "✅")
    await house.wait(hours=9)
    assert all_titles(house.news) == []
    await house.nora.react(second, "✅")
    assert all_titles(house.news) == [RENEWED]
