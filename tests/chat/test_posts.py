"""What comes to a digest's channel, and what follows when Discord does not take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.core.review import ReviewState
from tests.chat.house import (
    BAKERS,
    GLACIERS,
    OTTERS,
    QUANTUM,
    TELESCOPE,
    UMBRELLAS,
    all_titles,
    said,
    titles,
)

if TYPE_CHECKING:
    from tests.chat.house import House

NINE = 1767258000  # 2026-01-01 09:00 UTC
POSTING = "/channels/*/messages"


def news(house: House) -> list[discord.Message]:
    return house.news.history(viewer=house.mia)


async def status(house: House) -> str:
    return said(await house.ada.slash(house.news, "status"))


async def test_an_edition_is_a_heading_and_cards(house: House) -> None:
    await house.add_digest(topics="Nature, Culture", name="Wild_life")
    await house.wait(hours=8, seconds=3599)
    assert news(house) == []
    await house.wait(seconds=1)
    (message,) = news(house)
    assert message.content == f"## 📰 Wild\\_life\n-# Nature, Culture · <t:{NINE}:D>"
    assert titles(message) == [OTTERS, GLACIERS, UMBRELLAS, BAKERS]


async def test_a_card_shows_all_there_is_of_an_article(house: House) -> None:
    await house.add_digest(topics="Nature", limit=2)
    await house.wait(hours=9)
    embed = news(house)[0].embeds[1]
    slug = "glaciers-hum-before-they-break"
    assert embed.title == GLACIERS
    assert embed.url == f"https://example.org/{slug}"
    assert embed.description == f"What there is to say about it: {GLACIERS.lower()}."
    assert embed.image.url == f"https://example.org/{slug}.png"
    assert (embed.author.name, embed.author.icon_url) == (
        "Daily Star · example.org",
        "https://star.example/icon.png",
    )
    assert embed.timestamp == house.article(GLACIERS).published_at
    assert [(field.name, field.value, field.inline) for field in embed.fields] == [
        ("Topics", "Nature · Science", False),
        ("Related", f"[More on {slug}](https://more.example/{slug}) · more.example", False),
    ]


async def test_a_small_picture_stands_beside_the_text(house: House) -> None:
    icon = "https://example.org/small.png"
    house.content.write("Wrens", topics=["Birds"], images=[{"url": icon, "width": 120}])
    house.content.write("Robins", topics=["Birds"], images=[], related=[], provider=None)
    await house.read_content()
    await house.add_digest(topics="Birds")
    await house.wait(hours=9)
    wrens, robins = sorted(news(house)[0].embeds, key=lambda e: e.title or "", reverse=True)
    assert (wrens.thumbnail.url, wrens.image.url) == (icon, None)
    assert (robins.thumbnail.url, robins.image.url) == (None, None)
    assert robins.author.name == "example.org"  # where its link leads, as nobody is named
    assert [field.name for field in robins.fields] == ["Topics"]


async def test_nothing_is_posted_twice(house: House) -> None:
    await house.add_digest(limit=4)
    for hours in (9, 0, 0, 1, 23, 24):
        await house.wait(hours=hours)
    await house.restart()
    await house.wait(hours=24)
    assert all_titles(house.news) == [OTTERS, GLACIERS, QUANTUM, UMBRELLAS, TELESCOPE, BAKERS]


async def test_two_digests_in_a_channel_share_what_was_posted(house: House) -> None:
    await house.add_digest(limit=4)
    await house.add_digest(limit=6, name="Evening", at="18:00")
    await house.wait(hours=9)
    await house.wait(hours=9)
    posted = all_titles(house.news)
    assert len(posted) == len(set(posted)) == 6


async def test_a_long_edition_becomes_several_messages(house: House) -> None:
    for number in range(25):
        house.content.write(f"Falcon {number}", topics=["Birds"], excerpt="Feathers fly. " * 40)
    await house.read_content()
    await house.add_digest(topics="Birds", limit=25)
    await house.wait(hours=9)
    messages = news(house)
    assert len(messages) > 2
    assert [bool(message.content) for message in messages] == [True] + [False] * (len(messages) - 1)
    assert len(set(all_titles(house.news))) == 25
    for message in messages:
        assert len(message.embeds) <= 10
        assert sum(len(embed) for embed in message.embeds) <= 6000


async def test_after_a_time_away_one_edition_makes_up_for_all(house: House) -> None:
    await house.add_digest(limit=1)
    await house.env.advance_time(3 * 86400)
    await house.restart()
    assert all_titles(house.news) == [OTTERS]


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [(403, 50013, "Missing Permissions"), (404, 10003, "Unknown Channel")],
)
async def test_a_channel_that_refuses_sets_its_digest_aside_and_the_list_says_why(
    house: House, status: int, code: int, message: str
) -> None:
    await house.add_digest(limit=1)
    house.env.inject_error("POST", POSTING, status=status, code=code, message=message)
    await house.wait(hours=9)
    assert news(house) == []
    listed = said(await house.ada.slash(house.news, "digest list"))
    assert "· **set aside** because Discord refused the message: " in listed
    assert message in listed
    await house.wait(hours=24)
    assert news(house) == []
    await house.ada.slash(house.news, "digest resume", digest="Morning")
    assert all_titles(house.news) == [OTTERS, GLACIERS]  # what was held, and the newest missed


async def test_an_article_discord_finds_wrong_is_given_up_and_the_next_one_comes(
    house: House,
) -> None:
    await house.add_digest(limit=1)
    house.env.inject_error("POST", POSTING, status=400, code=50035, message="Invalid Form Body")
    await house.wait(hours=9)
    assert "1 refused" in await status(house)
    await house.wait(hours=24)
    assert len(all_titles(house.news)) == 1
    assert OTTERS not in all_titles(house.news)


async def test_a_server_error_is_settled_without_a_second_message(house: House) -> None:
    await house.add_digest(limit=1)
    house.env.inject_error("POST", POSTING, status=500)
    await house.wait(hours=9)
    assert news(house) == []
    assert "1 waiting, 0 sent" in await status(house)
    await house.wait(seconds=10)
    await house.wait(hours=1)
    assert all_titles(house.news) == [OTTERS]
    nonces = {body["nonce"] for body in house.requests("POST", "/messages")}
    assert len(nonces) == 1
    assert all(body["enforce_nonce"] for body in house.requests("POST", "/messages"))


async def test_a_message_that_arrived_in_spite_of_the_error_is_found_again(house: House) -> None:
    await house.add_digest(limit=2)
    house.env.inject_error("POST", POSTING, status=500)
    await house.wait(hours=9)
    await _post_by_hand(house, house.requests("POST", "/messages")[0])
    await house.wait(seconds=120)
    assert all_titles(house.news) == [OTTERS, GLACIERS]
    assert "0 waiting, 1 sent" in await status(house)


async def test_what_looks_alike_but_is_not_the_same_is_not_taken_for_it(house: House) -> None:
    await house.add_digest(limit=2)
    house.env.inject_error("POST", POSTING, status=500)
    await house.wait(hours=9)
    body = house.requests("POST", "/messages")[0]
    await _post_by_hand(house, body | {"embeds": body["embeds"][:1]})
    await house.mia.send(house.news, "Where is it?")
    await house.wait(seconds=120)
    assert all_titles(house.news) == [OTTERS, OTTERS, GLACIERS]


async def test_where_history_cannot_be_read_nothing_is_sent_again(house: House) -> None:
    await house.add_digest(limit=1)
    house.env.inject_error("POST", POSTING, status=500)
    await house.wait(hours=9)
    channel: Any = house.bot.get_channel(house.news.id)
    await channel.set_permissions(channel.guild.me, read_message_history=False)
    await house.env.settle()
    await house.wait(seconds=120)
    assert "1 message in doubt" in await status(house)
    history = said(await house.ada.slash(house.news, "digest history"))
    assert "it is not sent again" in history
    await house.wait(hours=1)
    assert len(house.requests("POST", f"/{house.news.id}/messages")) == 1


async def test_a_channel_that_is_gone_is_not_searched(house: House) -> None:
    gone = house.guild.create_text_channel("gone")
    await house.add_digest(limit=1, channel=gone)
    house.env.inject_error("POST", POSTING, status=500)
    await house.wait(hours=9)
    channel: Any = house.bot.get_channel(gone.id)
    await channel.delete()
    await house.env.settle()
    await house.wait(seconds=120)
    assert "1 message in doubt" in await status(house)


@pytest.mark.parametrize(("code", "outcome"), [(403, "1 message in doubt"), (500, "1 waiting")])
async def test_a_history_that_is_refused_now_is_not_taken_for_an_empty_one(
    house: House, code: int, outcome: str
) -> None:
    await house.add_digest(limit=1)
    house.env.inject_error("POST", POSTING, status=500)
    await house.wait(hours=9)
    house.env.inject_error("GET", POSTING, status=code, code=50013)
    await house.wait(seconds=120)
    assert outcome in await status(house)
    assert len(house.requests("POST", f"/{house.news.id}/messages")) == 1


async def test_reactions_that_could_not_be_added_are_added_at_the_next_start(
    house: House,
) -> None:
    await house.set_review_up()
    house.env.inject_error("PUT", "/channels/*/messages/*/reactions/*/@me", status=403)
    await house.add_digest(limit=1)
    (card,) = [m for m in house.review.history() if m.embeds]
    assert card.reactions == []
    await house.restart()
    (card,) = [m for m in house.review.history() if m.embeds]
    assert [str(reaction.emoji) for reaction in card.reactions] == ["✅", "❌", "🕒", "✏️"]


async def test_a_card_that_cannot_be_read_now_is_counted_later(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    (card,) = [m for m in house.review.history() if m.embeds]
    house.env.inject_error("GET", "/channels/*/messages/*", status=500)
    await house.nora.react(card, "✅")
    assert "Proposed" in house.review.history()[-1].content
    await house.restart()
    (card,) = [m for m in house.review.history() if m.embeds]
    assert "Approved" in card.content


async def test_a_verdict_whose_edit_failed_is_shown_later(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    (card,) = [m for m in house.review.history() if m.embeds]
    house.env.inject_error("PATCH", "/channels/*/messages/*", status=500)
    await house.nora.react(card, "✅")
    assert "Proposed" in house.review.history(viewer=house.nora)[0].content
    await house.wait(seconds=60)
    assert "Approved" in house.review.history(viewer=house.nora)[0].content


@pytest.mark.parametrize("http", [400, 403])
async def test_too_many_edits_of_older_messages_are_waited_for(house: House, http: int) -> None:
    await house.add_digest(limit=1)
    await house.wait(hours=9)
    message = "Maximum number of edits to messages older than 1 hour reached. Try again later"
    house.env.inject_error(
        "PATCH", "/channels/*/messages/*", status=http, code=30046, message=message
    )
    next(house.content.folder.glob("river*.md")).unlink()
    await house.look()
    assert "1 waiting, 1 sent, 0 refused" in await status(house)
    await house.wait(seconds=599)
    assert all_titles(house.news) == [OTTERS]
    await house.wait(seconds=1)
    assert all_titles(house.news) == [f"~~{OTTERS}~~"]


async def test_the_bot_leaves_a_server_and_its_reviews_are_withdrawn(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    guild = house.bot.get_guild(house.guild.id)
    assert guild is not None
    await guild.leave()
    await house.env.settle()
    await house.bot.services.moderator.sweep()
    assert await house.bot.services.ledger.pending_reviews() == []
    (line,) = await house.bot.services.ledger.decisions(house.guild.id, limit=5)
    assert (line.state, line.why) == (ReviewState.WITHDRAWN, "the bot left the server")


async def _post_by_hand(house: House, body: dict[str, Any]) -> None:
    """Post as the bot what its ledger knows nothing of."""
    channel: Any = house.bot.get_channel(house.news.id)
    embeds = [discord.Embed.from_dict(embed) for embed in body["embeds"]]
    await channel.send(
        body["content"], embeds=embeds, allowed_mentions=discord.AllowedMentions.none()
    )
    await house.env.settle()
