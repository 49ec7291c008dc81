"""What /reload does and says, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat.house import OTTERS, all_titles, said

if TYPE_CHECKING:
    import pytest

    from tests.chat.house import House


async def reload(house: House, **options: object) -> str:
    return said(await house.ada.slash(house.news, "reload", **options))


async def test_it_reads_what_changed_and_says_what(house: House) -> None:
    house.content.write("Wrens", topics=["Birds"])
    house.content.write(OTTERS, topics=["Birds"], excerpt="New.")
    next(house.content.folder.glob("glaciers*.md")).unlink()
    assert await reload(house) == (
        "7 files looked at: 1 added, 1 changed, 1 withdrawn.\nThere are 6 articles and 1 draft."
    )
    assert house.article("Wrens").topics == ("Birds",)


async def test_it_tells_the_first_errors_with_their_place_and_escaped(house: House) -> None:
    for number in range(7):
        file = house.content.folder / "deep" / f"bad_{number}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text("---\ntitle: [*broken*\n---\n", encoding="utf-8")
    lines = (await reload(house)).splitlines()
    assert lines[2] == "7 errors, which keep files from being articles:"
    assert len(lines) == 3 + 5 + 1
    assert all(line.startswith("- deep/bad\\_") for line in lines[3:8])
    assert lines[-1] == "- and 2 more: `gazette check` tells them all"
    assert str(house.content.folder) not in "\n".join(lines)


async def test_however_much_is_wrong_the_answer_fits(house: House) -> None:
    for number in range(9):
        file = house.content.folder / f"{'*' * 180}{number}.md"
        file.write_text("---\ntitle: [\n---\n", encoding="utf-8")
    assert len(await reload(house)) <= 2000


async def test_it_edits_what_was_posted_as_the_watch_does(house: House) -> None:
    await house.add_digest(topics="Nature", limit=1)
    await house.wait(hours=9)
    next(house.content.folder.glob("river*.md")).unlink()
    await reload(house)
    assert all_titles(house.news) == [f"~~{OTTERS}~~"]


async def test_a_broken_file_changes_nothing_before_it_is_deleted(house: House) -> None:
    await house.add_digest(topics="Nature", limit=1)
    await house.wait(hours=9)
    file = next(house.content.folder.glob("river*.md"))
    file.write_text("---\ntitle: [", encoding="utf-8")
    assert "error, which" in await reload(house)
    assert all_titles(house.news) == [OTTERS]
    file.unlink()
    await house.wait(seconds=5)
    assert "0 withdrawn" in await reload(house)
    assert all_titles(house.news) == [f"~~{OTTERS}~~"]


async def test_a_folder_that_is_away_is_said_without_its_name(house: House) -> None:
    house.content.folder.rename(house.content.folder.with_name("away"))
    assert await reload(house) == (
        "The folder of articles cannot be read now; what was read before is kept."
    )
    assert len(house.bot.services.library.catalogue.published) == 6


async def test_it_is_done_once_in_a_while(house: House) -> None:
    await reload(house)
    assert await reload(house) == ("The files were read a moment ago; try again in 5 seconds.")
    await house.wait(seconds=5)
    assert "looked at" in await reload(house)


async def test_who_does_not_manage_the_server_cannot(house: House) -> None:
    house.let_past_discord(house.mia, "reload")
    result = await house.mia.slash(house.news, "reload")
    assert said(result) == "You need the permission **Manage Server** for that."


async def test_what_was_left_alone_goes_when_somebody_insists(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        house.content.write(f"Falcon {number}", topics=["Birds"])
    await house.read_content()
    await house.add_digest(topics="Birds", limit=1)
    await house.wait(hours=9)
    (title,) = all_titles(house.news)
    for file in house.content.folder.glob("*.md"):
        file.unlink()
    assert "26 withdrawn" in await reload(house)
    assert all_titles(house.news) == [title]
    assert "/reload with withdraw:true goes through with it" in caplog.text
    await house.wait(seconds=5)
    assert (await reload(house, withdraw=True)).endswith(
        "\nWithdrawn from messages: 1 card held back before."
    )
    assert all_titles(house.news) == [f"~~{title}~~"]
