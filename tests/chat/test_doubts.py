"""Posts in doubt: who is asked, who may answer, and what becomes of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.adapters.chat.doubts import doubt_view
from bot.adapters.chat.embeds import NOBODY
from bot.core.digest import DigestState
from bot.core.outbox import DeliveryState, Entry, Settling
from tests.chat.house import GLACIERS, OTTERS, QUANTUM, all_titles, answer, labels, said

if TYPE_CHECKING:
    import discord
    import simcord

    from tests.chat.house import House

WHY = "Discord never said whether it took the message"
SETTLED = "Somebody has decided that already."
START = 1767225600  # 2026-01-01 00:00 UTC


async def doubt(house: House, name: str = "Morning", **options: Any) -> int:  # noqa: ANN401 (any option)
    """Let an edition of a digest be due of which nobody knows whether it was posted."""
    await house.add_digest(**({"limit": 1, "name": name} | options))
    services = house.bot.services
    digest = next(one for one in await services.ledger.digests() if one.name == name)
    await services.publisher.publish_now(digest, key=name)
    return await lose(house)


async def lose(house: House) -> int:
    """Claim the next delivery, and never hear of it again."""
    ledger, now = house.bot.services.ledger, house.clock()
    (delivery,) = await ledger.claim(limit=1, now=now)
    entry = Entry(state=DeliveryState.UNKNOWN, begun_at=now, reason=WHY)
    await ledger.record(delivery, entry, now=now)
    return delivery.id


async def asking(
    house: House, delivery_id: int, channel: simcord.ChannelHandle | None = None
) -> discord.Message:
    """Ask about a doubt in a channel, as the courier does where reviews are made."""
    where = channel or house.review
    place: Any = house.bot.get_channel(where.id)
    await place.send("Was this posted?", view=doubt_view(delivery_id), allowed_mentions=NOBODY)
    await house.env.settle()
    return where.history()[-1]


async def history(house: House, **options: str) -> simcord.ResponseMessage:
    return answer(await house.ada.slash(house.news, "digest history", **options))


async def state(house: House, delivery_id: int) -> str:
    """Return what is left to settle of a delivery: doubt, or none."""
    doubts = await house.bot.services.ledger.doubts(house.guild.id)
    return "doubt" if delivery_id in [one.delivery_id for one in doubts] else "settled"


def buttons(message: discord.Message) -> list[Any]:
    rows: list[Any] = list(message.components)
    return [item.label for row in rows for item in row.children]


async def test_history_asks_about_each_with_three_buttons(house: House) -> None:
    await doubt(house, name="My_digest")
    message = await history(house)
    first, second, third, *_ = message.content.split("\n")
    assert first == "**In doubt.** Please look in the channel, then say what is to be done:"
    assert second == (
        f"**1:** **My\\_digest** of <t:{START}:f> in {house.news.mention} with “{OTTERS}”: nobody "
        f"knows whether it was posted, since <t:{START}:f>."
    )
    assert third == f"-# {WHY}"
    assert labels(message) == ["1: It is there", "1: Post it", "1: Drop it"]
    assert f"- <t:{START}:f> **My\\_digest**: 1 article for {house.news.mention} · {WHY}" in (
        message.content
    )


async def test_at_most_five_are_asked_about_at_once(house: House) -> None:
    for number in range(6):
        await doubt(house, name=str(number), topics="all", limit=1)
    message = await history(house)
    assert len(labels(message)) == 15
    assert "-# 1 more in doubt; see this again when these are decided" in message.content
    await house.ada.click(message, label="1: Drop it")
    message = await history(house)
    assert len(labels(message)) == 15
    assert "more in doubt" not in message.content


async def test_what_does_not_fit_has_no_buttons(house: House) -> None:
    for number in range(5):
        title = f"{number}" + "*" * 80
        house.content.write(title, name=f"long-{number}", quality=99)
    await house.read_content()
    for number in range(5):
        await doubt(house, name=f"{number}" + "_" * 79, limit=1)
    message = await history(house)
    shown = len(labels(message)) // 3
    assert 1 <= shown < 5
    assert f"-# {5 - shown} more in doubt" in message.content
    assert len(message.content) <= 2000
    for number in range(1, shown + 1):
        await house.ada.click(message, label=f"{number}: Drop it")
        assert len(message.content) <= 2000
    for number in range(1, shown + 1):
        assert f"**{number}:** 🗑 It was given up" in message.content


async def test_history_of_one_digest_asks_about_that_one_alone(house: House) -> None:
    await doubt(house)
    await doubt(house, name="Other")
    message = await history(house, digest="other")
    assert "**1:** **Other**" in message.content
    assert len(labels(message)) == 3
    await house.add_digest(name="Third")
    assert said(await house.ada.slash(house.news, "digest history", digest="Third")) == (
        "No edition yet."
    )


async def test_it_is_there(house: House) -> None:
    delivery = await doubt(house)
    message = await history(house)
    before = message.content
    await house.ada.click(message, label="1: It is there")
    asked, _, _, *editions = before.split("\n")
    assert message.content.split("\n") == [
        asked,
        (
            f"**1:** ✅ It is there: **Morning** of <t:{START}:f>, decided by "
            f"{house.ada.mention}, <t:{START}:f>"
        ),
        *editions,
    ]
    assert labels(message) == []
    assert await state(house, delivery) == "settled"
    await house.wait(hours=9)
    assert OTTERS not in all_titles(house.news)
    assert all_titles(house.news)[-1] == GLACIERS


async def test_post_it_posts_it_at_once(house: House) -> None:
    await doubt(house)
    message = await history(house)
    await house.ada.click(message, label="1: Post it")
    assert all_titles(house.news)[-1] == OTTERS
    assert "📮 It is posted now: **Morning**" in message.content
    assert "posted](https://" in (await history(house)).content


async def test_drop_it_gives_its_articles_up(house: House) -> None:
    await doubt(house)
    await house.ada.click(await history(house), label="1: Drop it")
    await house.wait(hours=9)
    assert all_titles(house.news)[-1:] == [GLACIERS]


async def test_each_decision_takes_its_own_buttons_away(house: House) -> None:
    await doubt(house)
    await doubt(house, name="Other")
    message = await history(house)
    await house.ada.click(message, label="1: Drop it")
    assert labels(message) == ["2: It is there", "2: Post it", "2: Drop it"]
    await house.ada.click(message, label="2: It is there")
    assert labels(message) == []
    assert "🗑 It was given up: **Morning**" in message.content
    assert "✅ It is there: **Other**" in message.content


@pytest.mark.parametrize("who", ["nora", "ada"])
async def test_moderators_and_managers_decide_in_the_review_channel_after_a_restart_too(
    house: House, who: str
) -> None:
    await house.set_review_up()
    await doubt_in_spite_of_review(house)
    await house.wake()
    await house.restart()
    message = house.review.history()[-1]
    first, second, *_ = message.content.split("\n")
    assert first == "### Was this posted?"
    assert second.startswith("**Morning** of <t:")
    assert buttons(message) == ["It is there", "Post it", "Drop it"]
    member: simcord.MemberActor = getattr(house, who)
    await member.click(message, label="Post it")
    shown = house.review.history()[-1]
    assert shown.content.startswith(f"{message.content}\n📮 It is posted now: **Morning** of ")
    assert member.mention in shown.content
    assert buttons(shown) == []
    assert all_titles(house.news) == [OTTERS]
    await house.wait(hours=1)
    assert house.review.history()[-1].id == shown.id


async def test_where_nobody_reviews_whoever_added_the_digest_is_asked_to_look(
    house: House,
) -> None:
    await doubt(house)
    await house.wake()
    (message,) = house.ada.user.dm_channel.history()
    assert message.content.startswith("### Was this posted?\n**Morning** of ")
    assert message.content.endswith(
        "Answer with `/digest history` in that server; nothing happens until then."
    )
    assert buttons(message) == []


async def doubt_in_spite_of_review(house: House) -> int:
    """Let an edition be in doubt where moderators review."""
    await house.add_digest(limit=1, at="01:00")
    card = house.review.history()[-1]
    await house.nora.react(card, "✅")
    ledger = house.bot.services.ledger
    await house.env.advance_time(3600)
    await house.bot.services.publisher.tick()
    (delivery,) = await ledger.claim(limit=1, now=house.clock())
    while delivery.edition_id is None:
        entry = Entry(state=DeliveryState.SENT, message_id=delivery.message_id)
        await ledger.record(delivery, entry, now=house.clock())
        (delivery,) = await ledger.claim(limit=1, now=house.clock())
    entry = Entry(state=DeliveryState.UNKNOWN, begun_at=house.clock(), reason=WHY)
    await ledger.record(delivery, entry, now=house.clock())
    return delivery.id


@pytest.mark.parametrize("settling", list(Settling))
async def test_who_may_not_decide_is_told_so_and_changes_nothing(
    house: House, settling: Settling
) -> None:
    delivery = await doubt(house)
    message = await asking(house, delivery)
    result = await house.mia.click(message, custom_id=f"doubt:{delivery}:{settling.value}")
    assert said(result) == (
        "That is for those to decide who review here, or may manage messages or the server; "
        "nothing was changed."
    )
    assert await state(house, delivery) == "doubt"
    assert len(buttons(house.review.history()[-1])) == 3


async def test_what_is_decided_already_is_said_and_loses_its_buttons(house: House) -> None:
    delivery = await doubt(house)
    message = await asking(house, delivery)
    await house.ada.click(await history(house), label="1: Drop it")
    result = await house.ada.click(message, label="Post it")
    assert said(result) == SETTLED
    shown = house.review.history()[-1]
    assert shown.content == "Was this posted?"
    assert buttons(shown) == []
    assert OTTERS not in all_titles(house.news)


async def test_two_who_press_at_once_decide_once(house: House) -> None:
    delivery = await doubt(house)
    ledger: Any = house.bot.services.ledger
    first = await asking(house, delivery)
    settle = ledger.settle_doubt

    async def late(*args: Any, **options: Any) -> Any:  # noqa: ANN401 (any)
        await settle(delivery, Settling.DROP, now=house.clock())
        return await settle(*args, **options)

    ledger.settle_doubt = late
    assert said(await house.ada.click(first, label="Post it")) == SETTLED
    assert OTTERS not in all_titles(house.news)


async def test_doubts_of_other_servers_are_theirs_alone(house: House) -> None:
    delivery = await doubt(house)
    guild = house.env.create_guild("Elsewhere", owner=house.mia.user)
    there = guild.create_text_channel("news")
    mia = guild.add_member(house.mia.user)
    await house.env.settle()
    assert said(await mia.slash(there, "digest history")) == "No edition yet."
    message = await asking(house, delivery, there)
    assert said(await mia.click(message, label="Post it")) == SETTLED
    assert await state(house, delivery) == "doubt"


async def test_what_goes_wrong_is_said_to_who_presses(house: House) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    message = await asking(house, await doubt(house))
    ledger: Any = house.bot.services.ledger
    ledger.settle_doubt = fail
    text = said(await house.ada.click(message, label="Post it"))
    assert text == "Something went wrong here; it is logged. Please try again."


async def test_a_doubt_of_a_digest_that_is_gone_can_still_be_settled(house: House) -> None:
    delivery = await doubt(house)
    await house.ada.slash(house.news, "digest remove", digest="Morning")
    digests = await house.bot.services.ledger.digests()
    assert [one.state for one in digests] in ([], [DigestState.REMOVED])
    message = await history(house)
    await house.ada.click(message, label="1: Drop it")
    assert await state(house, delivery) == "settled"
    assert QUANTUM not in all_titles(house.news)
