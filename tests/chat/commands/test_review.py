"""What moderators do: set review up, propose drafts, vote by reactions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord

from bot.adapters.chat.drafts import DraftList
from tests.chat.house import (
    GLACIERS,
    OTTERS,
    QUANTUM,
    SECRET,
    UMBRELLAS,
    ZEPPELINS,
    said,
    titles,
)

if TYPE_CHECKING:
    from tests.chat.house import House

NINE = 1767258000  # 2026-01-01 09:00 UTC


def cards(house: House) -> list[discord.Message]:
    """Return the cards in the review channel, as a moderator sees them."""
    return [m for m in house.review.history(viewer=house.nora) if m.embeds]


def card(house: House, title: str = OTTERS) -> discord.Message:
    return next(message for message in cards(house) if titles(message) == [title])


def news(house: House) -> list[str | None]:
    seen = house.news.history(viewer=house.mia)
    return [title for message in seen for title in titles(message)]


async def queue(house: House) -> str:
    return said(await house.nora.slash(house.review, "review queue"))


async def draft(house: House, article: str) -> str:
    result = await house.nora.slash(house.review, "review draft", article=article)
    return said(result)


async def with_proposals(house: House, *, limit: int = 1, **options: object) -> None:
    await house.set_review_up(**options)
    await house.add_digest(limit=limit)


async def test_the_card_is_the_very_embed_that_is_posted(house: House) -> None:
    await with_proposals(house)
    (proposed,) = cards(house)
    assert proposed.content == (f"### Proposed for **Morning**\n-# due <t:{NINE}:f>, <t:{NINE}:R>")
    shown, notes = proposed.embeds
    assert (notes.description or "").split("\n") == [
        "one ✅ approves, one ❌ rejects · reactions and buttons count alike",
        "**Chosen because** quality 90, 16 h old, first from Harbour Post",
    ]
    assert [str(reaction.emoji) for reaction in proposed.reactions] == ["✅", "❌", "🕒", "✏️"]
    await house.nora.react(proposed, "✅")
    await house.wait(hours=9)
    (posted,) = house.news.history(viewer=house.mia)
    assert [e.to_dict() for e in posted.embeds] == [shown.to_dict()]
    assert [e.to_dict() for e in card(house).embeds] == [shown.to_dict()]
    assert SECRET not in str(posted.embeds[0].to_dict())


async def test_an_approved_article_goes_out_in_its_edition(house: House) -> None:
    await with_proposals(house, limit=2)
    await house.nora.react(card(house), "✅")
    approved = card(house)
    now = int(house.env.now().timestamp())
    assert approved.content == (
        f"### ✅ Approved for **Morning**\nby <@{house.nora.id}>, <t:{now}:f>\n"
        f"-# it goes out <t:{NINE}:R>"
    )
    assert news(house) == []
    await house.wait(hours=9)
    assert news(house) == [OTTERS]


async def test_what_is_approved_after_its_edition_goes_out_at_once(house: House) -> None:
    await with_proposals(house, limit=2)
    await house.wait(hours=10)
    assert news(house) == []
    await house.nora.react(card(house, GLACIERS), "✅")
    assert news(house) == [GLACIERS]
    await house.nora.react(card(house, OTTERS), "✅")
    assert news(house) == [GLACIERS, OTTERS]
    assert "added to" in house.news.history(viewer=house.mia)[-1].content


async def test_what_is_rejected_is_never_proposed_again(house: House) -> None:
    await with_proposals(house)
    await house.nora.react(card(house), "❌")
    now = int(house.env.now().timestamp())
    assert card(house).content == (
        f"### ❌ Rejected for **Morning**\nby <@{house.nora.id}>, <t:{now}:f>\n"
        "-# it does not come to this digest again"
    )
    await house.wait(hours=25)
    assert news(house) == []
    assert [titles(message) for message in cards(house)].count([OTTERS]) == 1


async def test_now_proposes_at_once(house: House) -> None:
    await house.add_digest(limit=1)
    await house.set_review_up()
    result = await house.ada.slash(house.news, "digest now", digest="Morning")
    assert said(result) == (
        f"Proposed in {house.review.mention}; what is approved goes out at once."
    )
    await house.nora.react(cards(house)[-1], "✅")
    assert len(news(house)) == 1


async def test_reactions_of_others_count_nothing(house: House) -> None:
    await with_proposals(house)
    helper = house.env.create_user("helper", bot=True)
    robot = house.guild.add_member(helper, roles=[house.moderators])
    for stranger in (robot, house.mia, house.ada):
        await stranger.react(card(house), "✅")
        await stranger.react(card(house), "❌")
    await house.nora.react(card(house), "🎉")
    assert "Proposed" in card(house).content
    await house.wait(hours=10)
    assert news(house) == []


async def test_without_a_role_those_who_manage_messages_decide(house: House) -> None:
    allowed = discord.Permissions(manage_messages=True)
    tidy = house.guild.create_role("Tidy", permissions=allowed)
    olga = house.guild.add_member(house.env.create_user("olga"), roles=[tidy])
    await with_proposals(house, role=None)
    await house.nora.react(card(house), "✅")
    assert "Proposed" in card(house).content
    await olga.react(card(house), "✅")
    assert f"by <@{olga.id}>" in card(house).content


async def test_somebody_who_left_counts_no_more(house: House) -> None:
    await with_proposals(house, approvals=2)
    await house.nora.react(card(house), "✅")
    proposed = card(house)
    house.guild.remove_member(house.nora)
    await house.otto.react(proposed, "✅")
    assert "Proposed" in house.review.history(viewer=house.otto)[0].content
    third = house.guild.add_member(house.env.create_user("nick"), roles=[house.moderators])
    await third.react(proposed, "✅")
    decided = house.review.history(viewer=house.otto)[0].content
    assert set(re.findall(r"<@(\d+)>", decided)) == {str(house.otto.id), str(third.id)}


async def test_two_approvals_are_needed_where_two_were_asked_for(house: House) -> None:
    await with_proposals(house, approvals=2)
    assert "2 ✅ approve, one ❌ rejects" in (card(house).embeds[1].description or "")
    await house.nora.react(card(house), "✅")
    assert "Proposed" in card(house).content
    await house.otto.react(card(house), "✅")
    assert f"by <@{house.nora.id}> and <@{house.otto.id}>" in card(house).content


async def test_a_reaction_taken_back_counts_no_more(house: House) -> None:
    await with_proposals(house, approvals=2)
    await house.nora.react(card(house), "✅")
    await house.nora.unreact(card(house), "✅")
    ledger = house.bot.services.ledger
    (review,) = await ledger.pending_reviews()
    assert await ledger.votes(review.id) == []
    await house.otto.react(card(house), "✅")
    assert "Proposed" in card(house).content
    await house.nora.react(card(house), "✅")
    assert "Approved" in card(house).content


async def test_a_verdict_stands_and_edits_the_card_once(house: House) -> None:
    await with_proposals(house)
    await house.nora.react(card(house), "✅")
    shown = card(house).content
    await house.otto.react(card(house), "❌")
    await house.nora.unreact(card(house), "✅")
    await house.wait(hours=1)
    await house.restart()
    assert card(house).content == shown
    assert len(house.requests("PATCH", f"/messages/{card(house).id}")) == 1


async def test_reactions_made_while_the_bot_was_away_count_at_its_start(house: House) -> None:
    await with_proposals(house)
    house.deafen()
    await house.nora.react(card(house), "✅")
    assert "Proposed" in card(house).content
    await house.restart()
    assert "Approved" in card(house).content
    await house.wait(hours=9)
    assert news(house) == [OTTERS]


async def test_a_broken_connection_loses_no_reaction(house: House) -> None:
    await with_proposals(house)
    house.deafen()
    await house.nora.react(card(house), "✅")
    connected = []
    for event in (house.bot.on_disconnect, house.bot.on_resumed):
        await event()
        await house.env.settle()
        connected.append(house.bot.connected)
    assert connected == [False, True]
    await house.wake()
    assert "Approved" in card(house).content


async def test_a_card_deleted_by_hand_does_no_harm(house: House) -> None:
    await with_proposals(house, limit=2)
    gone = card(house)
    await house.guild_owner_deletes(gone)
    await house.restart()
    await house.nora.react(card(house, GLACIERS), "✅")
    await house.wait(hours=9)
    assert news(house) == [GLACIERS]
    assert said(await house.ada.slash(house.news, "review off")).startswith("Review is off")
    await house.wait(hours=24)
    assert QUANTUM in news(house)


async def test_off_withdraws_what_waits_and_posts_without_review(house: House) -> None:
    await with_proposals(house)
    assert said(await house.ada.slash(house.news, "review off")) == (
        "Review is off. What was waiting is withdrawn, so editions that were planned already "
        "go out without it; the next ones are posted without review."
    )
    assert card(house).content.startswith("### Withdrawn from **Morning**")
    await house.wait(hours=33)
    assert news(house) == [OTTERS]


async def test_drafts_are_suggested_off_the_event_loop_and_as_they_are_now(house: House) -> None:
    async def typed(text: str) -> set[str]:
        choices = await house.ada.autocomplete(house.review, "review draft", "article", text)
        return {choice["name"].removesuffix(" — Daily Star") for choice in choices}

    assert await typed("") == {ZEPPELINS}
    for number in range(40):
        house.content.write(f"Balloons may carry parcel {number}", published=False)
    await house.read_content()
    assert len(await typed("")) == 25
    assert len(await typed("ball par")) == 25
    assert await typed("parcel 17") == {"Balloons may carry parcel 17"}
    assert await typed("parcel mercury") == set()
    catalogue = house.bot.services.library.catalogue
    assert len(await DraftList().matching(catalogue, "balloons", limit=3)) == 3
    assert len(await DraftList().matching(catalogue, "balloons")) == 40


async def test_a_draft_is_proposed_approved_and_posted_with_the_next_edition(
    house: House,
) -> None:
    await house.set_review_up()
    await house.add_digest(topics="Culture", at="08:00", name="Culture")
    await house.add_digest(topics="Science", limit=1, days="fri")
    suggested = await house.nora.autocomplete(house.review, "review draft", "article", "zep")
    assert [choice["name"] for choice in suggested] == [f"{ZEPPELINS} — Daily Star"]
    text = await draft(house, suggested[0]["value"])
    assert text == (
        f"Proposed in {house.review.mention} for **Morning**; "
        "once approved it goes out with the next edition. "
        "Somebody else has to approve it, because you proposed it."
    )
    proposed = card(house, ZEPPELINS)
    assert "once approved it goes out with the next edition" in proposed.content
    assert "**A draft, proposed by a moderator**" in (proposed.embeds[1].description or "")
    assert "a draft" in await queue(house)
    assert await draft(house, ZEPPELINS) == "It is waiting for a verdict already."
    await house.otto.react(proposed, "✅")
    assert ZEPPELINS not in news(house)
    await house.wait(hours=22)
    await house.wait(hours=11)
    assert news(house).count(ZEPPELINS) == 1
    assert [proposed.embeds[0].to_dict()] in [
        [e.to_dict() for e in m.embeds] for m in house.news.history(viewer=house.mia)
    ]


async def test_a_draft_nobody_approved_is_not_posted(house: House) -> None:
    await with_proposals(house, limit=9)
    await draft(house, ZEPPELINS)
    await house.mia.react(card(house, ZEPPELINS), "✅")
    await house.wait(hours=48)
    assert ZEPPELINS not in news(house)


async def test_drafts_are_found_by_the_beginnings_of_their_words(house: House) -> None:
    await with_proposals(house)
    house.content.write("Zebras may vote", published=False)
    await house.read_content()
    assert await draft(house, "*may*") == (
        r"There are 2 drafts like “\*may\*”; choose one from the list."
    )
    for typed in ("giraffes", "???"):
        assert await draft(house, typed) == (
            f"There is no draft “{typed}”; choose one from the list."
        )
    assert "Proposed in" in await draft(house, "zebr vot")


async def test_a_published_article_is_no_draft(house: House) -> None:
    await with_proposals(house)
    text = await draft(house, f"#{house.article(UMBRELLAS).id}")
    assert text == "That article is published already; digests choose it by themselves."


async def test_a_draft_is_refused_without_review_or_without_a_digest_that_takes_it(
    house: House,
) -> None:
    result = await house.ada.slash(house.news, "review draft", article=ZEPPELINS)
    assert said(result) == "Review is off in this server; switch it on with `/review setup`."
    await house.set_review_up()
    await house.add_digest(topics="Culture")
    assert await draft(house, ZEPPELINS) == (
        "No digest here takes its topics; add one with `/digest add`."
    )


async def test_changing_the_review_counts_for_what_waits_too(house: House) -> None:
    await with_proposals(house)
    await house.set_review_up(approvals=2)
    await house.nora.react(card(house), "✅")
    assert "Proposed" in card(house).content
