"""What can be pressed below an answer, by whom, and for how long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
import pytest
import simcord

from bot.adapters.chat.embeds import NOBODY
from bot.core.browsing import PAGE
from bot.core.query import Marks
from bot.services.find import Findings
from tests.chat.house import (
    GLACIERS,
    OTTERS,
    QUANTUM,
    TELESCOPE,
    ZEPPELINS,
    all_titles,
    answer,
    button_id,
    found,
    labels,
    listed,
    menu,
    said,
    titles,
)

if TYPE_CHECKING:
    from tests.chat.house import House

FALCONS = 2 * PAGE + 3
TOO_OLD = "That is too old to be answered; please search again with `/search`."


async def search(house: House, query: str, **options: object) -> simcord.InteractionResult:
    return await house.mia.slash(house.news, "search", query=query, **options)


@pytest.fixture
async def falcons(house: House) -> House:
    """Return a house with pages of falcons, each linking to the one before it."""
    for number in range(FALCONS):
        before = f"https://example.org/falcon-number-{number - 1}"
        house.content.write(
            f"Falcon number {number}",
            topics=["Birds"],
            excerpt=f"The falcon of day {number} flew *far*.",
            publishedDateTime=f"2025-11-{number + 1:02}T08:00:00Z",
            related=[{"title": "Before", "webUrl": before, "provider": {"name": "Star"}}],
        )
    await house.read_content()
    return house


async def test_the_best_is_a_card_and_the_others_a_list(falcons: House) -> None:
    mark(falcons, "falcon")
    shown = answer(await search(falcons, "falcon"))
    assert titles(shown) == [f"Falcon number {FALCONS - 1}"]
    assert len(listed(shown)) == PAGE - 1
    assert shown.content == f"1–{PAGE} of {FALCONS} for `falcon`"  # noqa: RUF001 (a range)
    card, others = shown.embeds
    assert card.description == f"The **falcon** of day {FALCONS - 1} flew \\*far\\*."
    first = (others.description or "").split("\n")[0]
    url = falcons.article(f"Falcon number {FALCONS - 2}").url
    told = f"**2.** [**Falcon** number {FALCONS - 2}]({url}) · Daily Star · example.org · <t:"
    assert first.startswith(told)
    assert labels(shown) == ["Next", "Related", "Share"]
    assert list(menu(shown)) == listed(shown)


async def test_pages_are_turned_there_and_back(falcons: House) -> None:
    result = await search(falcons, "falcon", topic="Birds", provider="Daily Star", since="year")
    pages = [found(answer(result))]
    for _ in range(2):
        await falcons.mia.click(answer(result), label="Next")
        pages.append(found(answer(result)))
    assert "Next" not in labels(answer(result))
    assert answer(result).content.startswith(f"{2 * PAGE + 1}–{FALCONS} of {FALCONS} for `falcon`")  # noqa: RUF001
    assert "topic Birds, provider Daily Star, since" in answer(result).content
    assert len({title for page in pages for title in page}) == FALCONS
    await falcons.mia.click(answer(result), label="Previous")
    assert found(answer(result)) == pages[1]


async def test_another_result_is_opened_from_the_page(falcons: House) -> None:
    result = await search(falcons, "falcon")
    await falcons.mia.click(answer(result), label="Next")
    page = found(answer(result))
    await falcons.mia.select(answer(result), [menu(answer(result))[page[3]]])
    assert titles(answer(result)) == [page[3]]
    assert listed(answer(result)) == [page[0], page[1], page[2], *page[4:]]
    assert answer(result).content.startswith(f"{PAGE + 1}–")  # noqa: RUF001 (a range)


async def test_one_result_has_nothing_to_turn_or_choose(house: House) -> None:
    shown = answer(await search(house, "otters"))
    assert labels(shown) == ["Related", "Share"]
    assert menu(shown) == {}
    assert len(shown.embeds) == 1


async def test_a_walk_through_what_is_related_leads_back_to_the_results(falcons: House) -> None:
    result = await search(falcons, "falcon")
    await falcons.mia.click(answer(result), label="Next")
    before = answer(result).content, found(answer(result))
    steps = []
    await falcons.mia.click(answer(result), label="Related")
    assert labels(answer(result)) == ["Back to results", "Share"]
    for _ in range(8):
        (title,), others = titles(answer(result)), listed(answer(result))
        assert title not in others
        assert list(menu(answer(result))) == others
        steps.append(title)
        linked = f"Falcon number {int((title or '').split()[-1]) - 1}"
        assert linked in others
        await falcons.mia.select(answer(result), [menu(answer(result))[linked]])
    assert labels(answer(result)) == ["Back", "Back to results", "Share"]
    await falcons.mia.click(answer(result), label="Back")
    assert titles(answer(result)) == [steps[-1]]
    await falcons.mia.click(answer(result), label="Back to results")
    assert (answer(result).content, found(answer(result))) == before


async def test_everything_works_after_a_restart(falcons: House) -> None:
    result = await search(falcons, "falcon")
    await falcons.restart()
    await falcons.mia.click(answer(result), label="Next")
    page = found(answer(result))
    await falcons.restart()
    await falcons.mia.select(answer(result), [menu(answer(result))[page[1]]])
    assert titles(answer(result)) == [page[1]]
    await falcons.restart()
    await falcons.mia.click(answer(result), label="Related")
    await falcons.restart()
    await falcons.mia.click(answer(result), label="Share")
    assert all_titles(falcons.news) == [page[1]]


async def test_a_long_search_works_after_a_restart_and_is_too_old_one_day(falcons: House) -> None:
    result = await search(falcons, "falcon " * 30)
    await falcons.restart()
    await falcons.mia.click(answer(result), label="Next")
    assert answer(result).content.startswith(f"{PAGE + 1}–")  # noqa: RUF001 (a range)
    ledger: Any = falcons.bot.services.ledger
    ledger.text_kept = _forgotten
    for label in ("Next", "Related", "Share"):
        assert said(await falcons.mia.click(answer(result), label=label)) == TOO_OLD


async def _forgotten(_key: str) -> None:
    return None


async def test_a_page_that_is_gone_becomes_the_last_one_there_is(falcons: House) -> None:
    result = await search(falcons, "falcon")
    for number in range(PAGE, FALCONS):
        (falcons.content.folder / f"falcon-number-{number}.md").unlink()
    await falcons.read_content()
    await falcons.mia.click(answer(result), label="Next")
    assert answer(result).content.startswith(f"1–{PAGE} of {PAGE}")  # noqa: RUF001 (a range)


async def test_an_article_that_is_gone_gives_way_to_the_results(falcons: House) -> None:
    result = await search(falcons, "falcon")
    await falcons.mia.click(answer(result), label="Related")
    gone = titles(answer(result))[0]
    (falcons.content.folder / f"falcon-number-{FALCONS - 1}.md").unlink()
    await falcons.read_content()
    refused = await falcons.mia.click(answer(result), label="Share")
    assert said(refused) == "That article is not here any more."
    await falcons.mia.select(answer(result), [menu(answer(result))[listed(answer(result))[0]]])
    await falcons.mia.click(answer(result), label="Back")
    assert gone not in found(answer(result))
    assert len(found(answer(result))) == PAGE


async def test_somebody_elses_press_leaves_the_public_answer_and_answers_apart(
    falcons: House,
) -> None:
    public = await search(falcons, "falcon", share=True)
    assert labels(answer(public)) == ["Next", "Related"]
    before = found(answer(public))
    pressed = await falcons.nora.click(answer(public), label="Next")
    assert answer(pressed).ephemeral
    assert "Share" in labels(answer(pressed))
    assert found(answer(public)) == before
    chosen = await falcons.otto.select(answer(public), [menu(answer(public))[before[2]]])
    assert titles(answer(chosen)) == [before[2]]
    assert answer(chosen).ephemeral
    again = await falcons.nora.click(answer(pressed), label="Previous")
    assert again.acknowledged
    assert found(answer(pressed)) == before
    assert found(answer(public)) == before


async def test_people_who_look_at_the_same_answer_each_get_their_own(falcons: House) -> None:
    one = await search(falcons, "falcon")
    other = await falcons.nora.slash(falcons.news, "search", query="otters")
    public = await search(falcons, "falcon", share=True)
    nora = await falcons.nora.click(answer(public), label="Next")
    otto = await falcons.otto.click(answer(public), label="Related")
    await falcons.mia.click(answer(one), label="Next")
    await falcons.nora.select(answer(nora), [next(iter(menu(answer(nora)).values()))])
    assert titles(answer(other))[0] == OTTERS
    assert answer(nora).content.startswith(f"{PAGE + 1}–")  # noqa: RUF001 (a range)
    assert "Back to results" in labels(answer(otto))
    assert answer(one).content.startswith(f"{PAGE + 1}–")  # noqa: RUF001 (a range)
    assert answer(public).content.startswith("1–")  # noqa: RUF001 (a range)


@pytest.mark.parametrize("custom_id", ["find:3\x1f\x1f\x1f\x1ffalcon", "nobody knows", "g:x"])
async def test_a_button_of_an_earlier_version_is_answered_kindly(
    house: House, custom_id: str
) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="More", custom_id=custom_id))
    view.add_item(
        discord.ui.Select(
            custom_id=f"{custom_id} select", options=[discord.SelectOption(label="x")]
        )
    )
    channel: Any = house.bot.get_channel(house.news.id)
    message = await channel.send("An old answer", view=view, allowed_mentions=NOBODY)
    await house.restart()
    assert said(await house.mia.click(message, label="More")) == TOO_OLD
    assert said(await house.mia.select(message, ["x"])) == TOO_OLD


async def test_buttons_of_other_commands_are_not_called_too_old(house: House) -> None:
    nothing = answer(await search(house, "xylophone"))
    pressed = await house.mia.click(nothing, label="Tell me when it is posted")
    assert said(pressed).startswith("You'll get a direct message")


async def test_what_goes_wrong_is_said_and_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    result = await search(house, "otters")

    async def fail(*_: object) -> None:
        raise RuntimeError

    finder: Any = house.bot.services.finder
    finder.related = fail
    pressed = await house.mia.click(answer(result), label="Related")
    assert said(pressed).startswith("Something went wrong here; it is logged.")
    assert "button failed" in caplog.text


async def test_an_answer_says_where_the_article_was_posted(house: House) -> None:
    assert len(answer(await search(house, "otters")).embeds[0].fields) == 2
    await house.add_digest(limit=2)
    await house.wait(hours=9)
    (message,) = house.news.history()
    field = answer(await search(house, "otters")).embeds[0].fields[-1]
    at = int(house.env.now().timestamp())
    place = f"https://discord.com/channels/{house.guild.id}/{house.news.id}/{message.id}"
    assert field.name == "Posted here"
    assert field.value == f"[#news]({place}) · <t:{at}:R>"
    private = answer(await house.mia.user.slash("search", query="otters"))
    assert "Posted here" not in [field.name for field in private.embeds[0].fields]


def places(message: simcord.ResponseMessage) -> list[str]:
    return [f.value or "" for f in message.embeds[0].fields if f.name == "Posted here"]


async def test_nobody_learns_of_channels_they_cannot_see(house: House) -> None:
    everybody, me = house.guild.default_role, house.guild.me
    assert me is not None
    see = discord.PermissionOverwrite(view_channel=True)
    hidden = discord.PermissionOverwrite(view_channel=False)
    secret = house.guild.create_text_channel(
        "secret", overwrites={everybody: hidden, house.moderators: see, house.ada: see, me: see}
    )
    await house.ada.slash(
        house.news, "digest add", topics="Nature", at="09:00", limit=1, channel=secret
    )
    await house.wait(hours=9)
    assert all_titles(secret) == [OTTERS]
    assert places(answer(await search(house, "otters"))) == []
    nora = await house.nora.slash(house.news, "search", query="otters")
    assert len(places(answer(nora))) == 1
    public = await house.nora.slash(house.news, "search", query="otters", share=True)
    assert places(answer(public)) == []
    among_them = await house.nora.slash(secret, "search", query="otters", share=True)
    assert len(places(answer(among_them))) == 1
    posted = "is:posted otters"
    assert titles(answer(await search(house, posted))) == []
    assert titles(answer(await house.nora.slash(house.news, "search", query=posted))) == [OTTERS]
    assert await house.mia.autocomplete(house.news, "search", "query", posted) == []
    assert (
        titles(answer(await house.nora.slash(house.news, "search", query=posted, share=True))) == []
    )
    open_to_them = await house.nora.slash(secret, "search", query=posted, share=True)
    assert titles(answer(open_to_them)) == [OTTERS]


async def test_a_channel_that_is_gone_is_not_named(house: House) -> None:
    await house.add_digest(limit=2)
    await house.wait(hours=9)
    house.env.backend.delete_channel(house.news.id)
    await house.env.settle()
    shown = answer(await house.mia.slash(house.review, "search", query="otters"))
    assert places(shown) == []


async def test_no_answer_tells_what_waits_for_a_verdict(house: House) -> None:
    before = [await answered(house, query) for query in ("otters", "zeppelins", "is:posted otters")]
    await house.set_review_up()
    await house.add_digest(limit=2)
    await house.nora.slash(house.review, "review draft", article=f"#{house.article(ZEPPELINS).id}")
    assert ZEPPELINS in all_titles(house.review)
    after = [await answered(house, query) for query in ("otters", "zeppelins", "is:posted otters")]
    assert before == after


async def answered(house: House, query: str) -> list[Any]:
    shown = answer(await search(house, query))
    return [shown.content, [embed.to_dict() for embed in shown.embeds], shown.components]


async def test_an_article_is_shared_once_under_the_name_of_who_shares(house: House) -> None:
    result = await search(house, "otters")
    pressed = button_id(answer(result), "Share")
    old = answer(result).message
    await house.mia.click(answer(result), label="Share")
    assert labels(answer(result)) == ["Related", "Shared"]
    (message,) = house.news.history(viewer=house.nora)
    assert titles(message) == [OTTERS]
    assert message.content == f"-# Shared by {house.mia.mention}"
    assert message.mentions == [] or not message.mention_everyone
    (sent,) = house.requests("POST", f"/channels/{house.news.id}/messages")
    assert sent["enforce_nonce"] is True
    assert 1 <= len(sent["nonce"]) <= 25
    with pytest.raises(simcord.SetupError):
        await house.mia.click(old, custom_id=pressed)
    await house.mia.click(answer(result), label="Related")
    await house.mia.click(answer(result), label="Share")
    first, second = house.requests("POST", f"/channels/{house.news.id}/messages")
    assert first["nonce"] == second["nonce"]  # so Discord posts it once


@pytest.mark.parametrize(
    ("right", "said_of_it"), [("send_messages", "send messages"), ("embed_links", "embed links")]
)
async def test_sharing_needs_the_right_to_write_and_embed(
    house: House, right: str, said_of_it: str
) -> None:
    mute = discord.PermissionOverwrite(**{right: False})
    quiet = house.guild.create_text_channel("quiet", overwrites={house.guild.default_role: mute})
    result = await house.mia.slash(quiet, "search", query="otters")
    refused = await house.mia.click(answer(result), label="Share")
    assert said(refused) == f"You cannot share here; you lack: {said_of_it}."
    assert quiet.history() == []


async def test_sharing_needs_the_bot_to_be_let_write(house: House) -> None:
    me = house.guild.me
    assert me is not None
    quiet = house.guild.create_text_channel(
        "quiet", overwrites={me: discord.PermissionOverwrite(send_messages=False)}
    )
    result = await house.mia.slash(quiet, "search", query="otters")
    refused = await house.mia.click(answer(result), label="Share")
    assert said(refused) == "I cannot share here; I lack: send messages."
    house.env.inject_error(
        "POST", f"/channels/{house.news.id}/messages", status=403, code=50013, message="No", times=1
    )
    result = await search(house, "otters")
    refused = await house.mia.click(answer(result), label="Share")
    assert said(refused) == "Discord does not let me post here."
    assert house.news.history() == []


async def test_nothing_is_shared_from_direct_messages(house: House) -> None:
    shown = answer(await house.mia.user.slash("search", query="otters"))
    assert labels(shown) == ["Related"]
    assert labels(answer(await house.mia.user.slash("search", query="xylophone"))) == []


async def test_where_nothing_is_found_the_nearest_can_be_opened(house: House) -> None:
    result = await search(house, "glaciology", since="day", provider="Harbour Post")
    first, *lines = answer(result).content.split("\n")
    assert first.startswith("Nothing found for `glaciology` (provider Harbour Post, since ")
    nearest = lines[lines.index("The nearest:") + 1 :]
    assert 1 <= len(nearest) <= 3
    assert any(line.startswith(f"- [{GLACIERS}](") for line in nearest)
    await house.mia.select(answer(result), [menu(answer(result))[GLACIERS]])
    assert titles(answer(result)) == [GLACIERS]
    assert labels(answer(result)) == ["Back to results", "Related", "Share"]
    await house.mia.click(answer(result), label="Related")
    await house.mia.click(answer(result), label="Back to results")
    await house.mia.click(answer(result), label="Back to results")
    assert answer(result).content.split("\n")[0] == first


async def test_who_looks_around_where_nothing_was_found_has_missed_it_once(house: House) -> None:
    result = await search(house, "glaciology")
    await house.mia.select(answer(result), [menu(answer(result))[GLACIERS]])
    await house.mia.click(answer(result), label="Back to results")
    missed = await house.bot.services.ledger.misses(limit=5)
    assert [(miss.text, miss.times) for miss in missed] == [("glaciology", 1)]
    await search(house, "glaciology")
    assert [miss.times for miss in await house.bot.services.ledger.misses(limit=5)] == [2]


async def test_a_filter_that_hinders_is_named_and_can_be_left_out(house: House) -> None:
    result = await search(house, "telescope", topic="Culture", since="day", share=True)
    assert answer(result).ephemeral  # that nothing was found concerns nobody else
    assert "There is more without: " in answer(result).content
    await house.mia.click(answer(result), label="Search without filters")
    assert titles(answer(result)) == [TELESCOPE]


async def test_a_better_spelling_can_be_asked(house: House) -> None:
    spell(house, "quantum kitchens")
    result = await search(house, "qwantm kitshens")
    assert "Did you mean **quantum kitchens**?" in answer(result).content
    await house.restart()
    await house.mia.click(answer(result), label="Search quantum kitchens")
    assert titles(answer(result)) == [QUANTUM]


async def test_partial_hits_are_called_so_and_another_spelling_is_offered(house: House) -> None:
    change(house, whole=False, meant="river otters")
    result = await search(house, "otters")
    assert answer(result).content == (
        "-# No article holds all the words; the closest:\n1 of 1 for `otters`\n"
        "Did you mean **river otters**?"
    )
    assert labels(answer(result)) == ["Related", "Search river otters", "Share"]


async def test_a_title_chosen_from_the_list_opens_with_a_walk_and_a_way_back(house: House) -> None:
    result = await search(house, f"#{house.article(OTTERS).id}")
    assert answer(result).content == ""
    await house.mia.click(answer(result), label="Related")
    assert labels(answer(result)) == ["Back to the article", "Share"]
    await house.mia.click(answer(result), label="Back to the article")
    assert titles(answer(result)) == [OTTERS]
    assert labels(answer(result)) == ["Related", "Share"]


def mark(house: House, *words: str) -> None:
    """Let what is found be marked, whatever the index says of it."""
    change(house, marks=Marks(words=frozenset(words)))


def change(house: House, **changed: Any) -> None:  # noqa: ANN401 (any part of what is found)
    """Let something else be said of what is found."""
    finder: Any = house.bot.services.finder
    asked = finder.search

    async def search_(*args: object, **named: object) -> Findings:
        findings: Findings = await asked(*args, **named)
        return replace(findings, **changed)

    finder.search = search_


def spell(house: House, meant: str) -> None:
    """Let nothing be found but a better spelling."""
    finder: Any = house.bot.services.finder

    async def search_(*_: object, **__: object) -> Findings:
        return Findings(meant=meant)

    finder.search = search_
