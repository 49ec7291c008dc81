"""What was decided, by whom and why: /review log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat.house import GLACIERS, OTTERS, answer, labels, said, titles

if TYPE_CHECKING:
    import discord

    from tests.chat.house import House


async def log(house: House, **options: object) -> list[str]:
    return said(await house.nora.slash(house.review, "review log", **options)).split("\n")


def card(house: House, title: str) -> discord.Message:
    seen = house.review.history(viewer=house.nora)
    return [message for message in seen if titles(message) == [title]][-1]


async def two_decisions(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=2)
    await house.nora.react(card(house, OTTERS), "✅")
    await house.wait(seconds=60)
    await house.otto.react(card(house, GLACIERS), "❌")


async def many_decisions(house: House, number: int) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1, topics="Science")
    for one in range(number):
        house.content.write(f"Falcon {one:02}", published=False, topics=["Science"])
    await house.read_content()
    for one in range(number):
        await house.nora.slash(house.review, "review draft", article=f"falcon {one:02}")
        await house.otto.react(card(house, f"Falcon {one:02}"), "❌")


async def test_it_says_so_where_nothing_was_decided(house: House) -> None:
    await house.set_review_up()
    assert await log(house) == ["Nothing was decided yet."]


async def test_it_tells_who_decided_what_and_when_the_newest_first(house: House) -> None:
    await two_decisions(house)
    heading, newest, oldest = await log(house)
    assert heading == "**What was decided:**"
    assert f"**{GLACIERS}** for Morning: rejected by <@{house.otto.id}>" in newest
    assert f"**{OTTERS}** for Morning: approved by <@{house.nora.id}>" in oldest
    assert f"/{card(house, OTTERS).id})" in oldest


async def test_it_tells_of_one_article_or_one_person_alone(house: House) -> None:
    await two_decisions(house)
    offered = await house.nora.autocomplete(house.review, "review log", "article", "otters")
    assert [choice["name"] for choice in offered] == [OTTERS]
    for named in (offered[0]["value"], "River otters"):
        _, *lines = await log(house, article=named)
        assert len(lines) == 1
        assert OTTERS in lines[0]
    _, *lines = await log(house, person=house.otto)
    assert len(lines) == 1
    assert GLACIERS in lines[0]
    assert await log(house, person=house.mia) == [
        "Nothing of that was decided; see all of it with `/review log`."
    ]
    (unclear,) = await log(house, article="zebra")
    assert unclear == "There is no decision like “zebra”; choose one from the list."


async def test_its_pages_are_turned_also_after_a_restart(house: House) -> None:
    await many_decisions(house, 11)
    first = await house.nora.slash(house.review, "review log")
    assert labels(answer(first)) == ["Older"]
    newest = answer(first).content
    await house.restart()
    older = answer(await house.nora.click(answer(first), label="Older"))
    assert older.id == answer(first).id
    assert labels(older) == ["Newest"]
    shown = [line for text in (newest, older.content) for line in text.split("\n")[1:]]
    assert len(shown) == len(set(shown)) == 11
    again = answer(await house.nora.click(older, label="Newest"))
    assert again.content == newest


async def test_whoever_lost_the_right_turns_no_page(house: House) -> None:
    await many_decisions(house, 11)
    first = await house.nora.slash(house.review, "review log")
    shown = answer(first).content
    backend = house.env.backend
    backend.remove_member_role(house.guild.id, house.nora.id, house.moderators.id)
    await house.env.settle()
    refused = await house.nora.click(answer(first), label="Older")
    assert said(refused).startswith("That is for those who review here")
    assert answer(first).content == shown
