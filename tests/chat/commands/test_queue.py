"""What waits for a verdict: /review queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.core.review import Kind
from tests.chat.house import GLACIERS, OTTERS, ZEPPELINS, answer, labels, said, titles

if TYPE_CHECKING:
    import discord
    import simcord

    from tests.chat.house import House

NINE = 1767258000  # 2026-01-01 09:00 UTC
ORDER = "-# what is due first, then what has no time, the longest waiting first"


async def queue(house: House, **options: str) -> list[str]:
    return said(await house.nora.slash(house.review, "review queue", **options)).split("\n")


def card(house: House, title: str) -> discord.Message:
    seen = house.review.history(viewer=house.nora)
    return next(message for message in seen if titles(message) == [title])


def links(text: str) -> list[str]:
    """Return the titles in a page of the queue."""
    return [line.split("**")[1] for line in text.split("\n") if line.startswith("- **")]


async def many_drafts(house: House, number: int) -> None:
    """Let that many drafts wait."""
    await house.set_review_up()
    await house.add_digest(limit=1, topics="Science")
    for one in range(number):
        title = f"Falcon {one:02} " + "flies over all the roofs"
        house.content.write(title, name=f"falcon-{one:02}", published=False, topics=["Science"])
    await house.read_content()
    for one in range(number):
        result = await house.nora.slash(house.review, "review draft", article=f"falcon {one:02}")
        assert said(result).startswith("Proposed")


async def test_it_says_so_where_nothing_waits(house: House) -> None:
    await house.set_review_up()
    assert await queue(house) == ["Nothing waits."]


async def test_it_lists_what_waits_with_links_and_votes(house: House) -> None:
    await house.set_review_up(approvals=2)
    await house.add_digest(limit=2)
    await house.nora.react(card(house, GLACIERS), "✅")
    place = f"https://discord.com/channels/{house.guild.id}/{house.review.id}"
    asked = int(house.env.now().timestamp())
    heading, *lines, order = await queue(house)
    assert heading == "**What waits:** 2 proposals"
    assert lines == [
        f"- **{title}** for Morning, due <t:{NINE}:R> · [card]({place}/{card(house, title).id}) · "
        f"asked <t:{asked}:R> · ✅ {votes} of 2"
        for title, votes in ((OTTERS, 0), (GLACIERS, 1))
    ]
    assert order == ORDER


async def test_it_tells_of_a_proposal_whose_card_is_not_there_yet(house: House) -> None:
    await house.set_review_up()
    house.env.inject_error("POST", "/channels/*/messages", status=500)
    await house.add_digest(limit=1)
    (line,) = (await queue(house))[1:-1]
    assert line.startswith(f"- **{OTTERS}** for Morning, due <t:{NINE}:R> · asked")


async def test_it_shows_one_kind_or_one_digest_alone(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    await house.add_digest(name="Culture", topics="Culture", limit=1)
    await house.nora.slash(house.review, "review draft", article=ZEPPELINS)
    assert len(await queue(house)) == 3 + 2
    drafts = await queue(house, kind=Kind.DRAFT.value)
    assert drafts[0] == "**What waits:** 1 proposal, drafts only"
    assert links("\n".join(drafts)) == [ZEPPELINS]
    edits = await queue(house, kind=Kind.EDIT.value)
    assert edits == ["Nothing of that waits; see all of it with `/review queue`."]
    culture = await queue(house, digest="culture")
    assert culture[0] == "**What waits:** 1 proposal, of Culture only"
    assert len(links("\n".join(culture))) == 1
    (refused,) = await queue(house, digest="Evening")
    assert refused.startswith("There is no digest “Evening” here.")
    offered = await house.nora.autocomplete(house.review, "review queue", "digest", "cul")
    assert [choice["name"] for choice in offered] == ["Culture"]


async def test_what_is_due_comes_before_what_has_no_time(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1, at="20:00")
    await house.nora.slash(house.review, "review draft", article=ZEPPELINS)
    await house.wait(hours=1)
    await house.add_digest(name="Early", topics="Nature", at="07:00", limit=1)
    shown = links("\n".join(await queue(house)))
    assert shown[-1] == ZEPPELINS
    assert len(shown) > 1


async def test_its_pages_are_turned_also_after_a_restart(house: House) -> None:
    await many_drafts(house, 13)
    first = await house.nora.slash(house.review, "review queue", kind="draft")
    assert labels(answer(first)) == ["Next"]
    fit = len(links(answer(first).content))
    assert 4 < fit < 9
    assert answer(first).content.startswith(
        f"**What waits:** 13 proposals, drafts only · 1 to {fit}\n"
    )
    await house.restart()
    second = await house.nora.click(answer(first), label="Next")
    shown = answer(second)
    assert shown.id == answer(first).id
    assert labels(shown) == ["Previous"]
    assert f"· {fit + 1} to 13\n" in shown.content
    rest = links(shown.content)
    again = answer(await house.nora.click(shown, label="Previous"))
    assert len(set(links(again.content)) | set(rest)) == 13


async def test_a_page_that_is_gone_shows_the_last_one(house: House) -> None:
    await many_drafts(house, 9)
    first = await house.nora.slash(house.review, "review queue")
    assert labels(answer(first)) == ["Next"]
    for message in house.review.history(viewer=house.otto):
        await house.otto.react(message, "❌")
    left = answer(await house.nora.click(answer(first), label="Next"))
    assert left.content == "Nothing waits."
    assert labels(left) == []


async def test_whoever_lost_the_right_turns_no_page(house: House) -> None:
    await many_drafts(house, 9)
    first = await house.nora.slash(house.review, "review queue")
    shown = answer(first).content
    backend = house.env.backend
    backend.remove_member_role(house.guild.id, house.nora.id, house.moderators.id)
    await house.env.settle()
    refused = await house.nora.click(answer(first), label="Next")
    assert refused.response is not None
    assert said(refused).startswith("That is for those who review here")
    assert answer(first).content == shown


@pytest.mark.parametrize("number", [1, 40])
async def test_a_page_always_fits(house: House, number: int) -> None:
    for one in range(number):
        house.content.write(f"{one:02} " + "_*" * 150, published=False, name=f"long-{one}")
    await house.set_review_up()
    await house.add_digest(name="*" * 80, topics="Science", limit=1)
    await house.read_content()
    drafts = house.bot.services.library.catalogue.drafts
    for draft in (one for one in drafts if one.title != ZEPPELINS):
        await house.nora.slash(house.review, "review draft", article=f"#{draft.id}")
    result: simcord.InteractionResult = await house.nora.slash(house.review, "review queue")
    assert answer(result).content.endswith(ORDER)
    assert len(answer(result).content) <= 2000
