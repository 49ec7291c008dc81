"""Suggest article, in the menu of any message, and /review propose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.adapters.files import drafting
from tests.chat.house import GLACIERS, ZEPPELINS, answer, said, titles

if TYPE_CHECKING:
    import discord
    import simcord

    from tests.chat.house import House

PAGE = "https://pond.example/2026/otters"
MENU = "Suggest article"
SHOWN = {
    "url": f"{PAGE}?utm_source=chat",
    "type": "article",
    "title": "Otters take over the pond",
    "description": "They came by night.",
    "provider": {"name": "Pond Post"},
    "thumbnail": {"url": "https://pond.example/otters.png"},
}


@pytest.fixture
async def open_house(house: House) -> House:
    """Let the server review, with a digest of everything."""
    await house.set_review_up()
    await house.add_digest(limit=1)
    return house


async def posted(house: House, text: str, **shown: Any) -> discord.Message:  # noqa: ANN401 (JSON)
    """Let Mia post a message, with what Discord shows below it."""
    message = await house.mia.send(house.news, text)
    if shown:
        stored = house.env.backend.get_message(house.news.id, message.id)
        stored.embeds = [shown]
    return message


async def menu(
    house: House, message: discord.Message, who: simcord.MemberActor | None = None
) -> simcord.InteractionResult:
    return await (who or house.mia).context_menu(house.news, MENU, message)


def fields(asked: simcord.InteractionResult) -> dict[str, dict[str, Any]]:
    """Return the fields of a form by their ids."""
    assert asked.modal is not None
    inputs = [label["component"] for label in asked.modal["components"]]
    return {field["custom_id"]: field for field in inputs}


async def send(
    house: House,
    asked: simcord.InteractionResult,
    who: simcord.MemberActor | None = None,
    **written: str,
) -> str:
    """Fill in a form and send it; return the answer."""
    filled = {name: field.get("value", "") for name, field in fields(asked).items()}
    message = answer(await (who or house.mia).submit_modal(asked, filled | written))
    assert message.ephemeral
    await house.wake()
    return message.content


def cards(house: House) -> list[discord.Message]:
    return [message for message in house.review.history(viewer=house.nora) if message.embeds]


def drafts(house: House) -> list[str]:
    return sorted(path.name for path in (house.content.folder / "drafts").glob("*"))


async def test_a_link_in_a_message_becomes_a_proposal(open_house: House) -> None:
    house = open_house
    before = len(cards(house))
    asked = await menu(house, await posted(house, f"look {PAGE}", **SHOWN))
    form = fields(asked)
    assert (form["title"]["value"], form["excerpt"]["value"]) == (
        "Otters take over the pond",
        "They came by night.",
    )
    assert form["topics"]["placeholder"] == "Science, Culture, Nature"
    told = await send(house, asked, topics="nature, Cheese")
    assert told == (
        "Thank you! **Otters take over the pond** is with the moderators now.\n"
        "No topic here: Cheese. There are: Science, Culture, Nature."
    )
    (card,) = cards(house)[before:]
    assert titles(card) == ["Otters take over the pond"]
    assert card.embeds[0].url == PAGE
    assert card.embeds[0].image.url or card.embeds[0].thumbnail.url
    found = house.article("Otters take over the pond")
    assert found.draft
    assert (found.topics, found.source) == (("Nature",), "Pond Post")
    await house.nora.react(card, "✅")
    await house.wait(hours=9)
    shown = [title for message in house.news.history(viewer=house.mia) for title in titles(message)]
    assert "Otters take over the pond" in shown


async def test_a_link_that_shows_nothing_needs_a_title(open_house: House) -> None:
    house = open_house
    asked = await menu(house, await posted(house, f"<{PAGE}>"))
    form = fields(asked)
    assert "value" not in form["title"]
    assert form["title"]["required"]
    assert await send(house, asked, title="\u200b\u200b") == (
        "An article needs a title that can be read; please suggest it again with one."
    )
    assert drafts(house) == []
    asked = await menu(house, await posted(house, f"<{PAGE}>"))
    assert "is with the moderators now" in await send(house, asked, title="*Otters* @everyone")
    assert len(drafts(house)) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no link", "That message holds no link to an article that I could suggest."),
        ("https://discord.gg/otters", "That message links to Discord itself, which is no article;"),
        ("https://tenor.com/view/otter", "That message links to a picture or a recording, which"),
        ("https://a:b@pond.example/x", "That message holds no link to an article"),
    ],
)
async def test_what_is_no_article_is_answered_kindly(house: House, text: str, told: str) -> None:
    assert said(await menu(house, await posted(house, text))).startswith(told)


async def test_where_nobody_reviews_that_is_said_before_anybody_writes(house: House) -> None:
    assert said(await menu(house, await posted(house, PAGE))) == (
        "Nobody looks at suggestions in this server yet; "
        "who manages it can change that with `/review setup`."
    )


async def test_where_suggestions_are_switched_off_that_is_said(open_house: House) -> None:
    house = open_house
    asked = await menu(house, await posted(house, PAGE))
    services = house.bot.services
    # as after a restart with other settings
    object.__setattr__(services, "defaults", replace(services.defaults, suggestions=False))
    told = "Suggestions are switched off here; please tell somebody who moderates this server."
    assert await send(house, asked, title="x") == told
    assert said(await menu(house, await posted(house, PAGE))) == told
    assert drafts(house) == []


async def test_what_is_known_is_said_before_anybody_writes(open_house: House) -> None:
    house = open_house
    known = house.article(GLACIERS).url
    message = await posted(house, f"{known}?utm_source=x")
    assert said(await menu(house, message)) == (
        "It is among the articles already; digests choose it by themselves."
    )
    await house.nora.react(cards(house)[0], "✅")
    await house.wait(hours=9)
    (edition,) = [each for each in house.news.history(viewer=house.mia) if titles(each)]
    told = said(await menu(house, edition))
    assert told == f"It was posted here already: {edition.jump_url}"


async def test_what_became_known_while_a_form_was_filled_in_is_said(open_house: House) -> None:
    house = open_house
    message = await posted(house, PAGE)
    first, second = await menu(house, message), await menu(house, message, house.otto)
    await send(house, first, title="Otters")
    assert await send(house, second, house.otto, title="Otters too") == (
        "It is waiting for the moderators already."
    )
    assert len(drafts(house)) == 1


async def test_a_draft_that_is_there_is_proposed_as_it_is(open_house: House) -> None:
    house = open_house
    message = await posted(house, str(house.article(ZEPPELINS).url))
    told = await send(house, await menu(house, message), title="Something else")
    assert told == f"Thank you! **{ZEPPELINS}** is with the moderators now."
    assert drafts(house) == []


async def test_where_no_digest_takes_it_the_topics_are_named(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(topics="Nature")
    asked = await menu(house, await posted(house, PAGE))
    assert await send(house, asked, title="Otters") == (
        "No digest here takes an article with such topics. There are: Nature, Science, Culture."
    )
    assert drafts(house) == []


async def test_a_folder_that_is_not_to_be_written_is_said_and_logged(
    open_house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    house = open_house
    asked = await menu(house, await posted(house, PAGE))
    monkeypatch.setattr(drafting, "_opened", denied)
    told = await send(house, asked, title="Otters")
    assert told.startswith("I cannot keep drafts here: their folder is not to be written.")
    assert str(house.content.folder) not in told
    assert "draft not written" in caplog.text


async def test_five_suggestions_of_a_member_wait_and_any_number_of_a_moderators(
    open_house: House,
) -> None:
    house = open_house
    for number in range(6):
        asked = await menu(house, await posted(house, f"{PAGE}/{number}"), house.nora)
        await send(house, asked, house.nora, title=f"Otter {number}")
    for number in range(6, 11):
        asked = await menu(house, await posted(house, f"{PAGE}/{number}"))
        await send(house, asked, title=f"Otter {number}")
    told = said(await menu(house, await posted(house, f"{PAGE}/12")))
    assert told.startswith("As many of your suggestions as I take are waiting")


async def test_forms_are_not_asked_for_without_end(open_house: House) -> None:
    house = open_house
    message = await posted(house, PAGE)
    for _ in range(10):
        assert (await menu(house, message)).modal is not None
    assert said(await menu(house, message)).startswith("That was often in a short time")


async def test_a_moderator_proposes_a_link_that_is_typed(open_house: House) -> None:
    house = open_house
    asked = await house.nora.slash(house.review, "review propose", link=f"<{PAGE}>")
    assert "is with the moderators now" in await send(house, asked, house.nora, title="Otters")
    shown = cards(house)[-1]
    assert "A draft, proposed by a moderator" in str(shown.embeds[-1].to_dict())
    assert f"<@{house.nora.id}>" in shown.content


async def test_a_member_cannot_propose_a_link(open_house: House) -> None:
    house = open_house
    told = said(await house.mia.slash(house.review, "review propose", link=PAGE))
    assert told == "That is for those who review here, or may manage messages or the server."


async def test_what_is_no_link_cannot_be_proposed(open_house: House) -> None:
    house = open_house
    told = said(await house.nora.slash(house.review, "review propose", link="otters"))
    assert told == "That message holds no link to an article that I could suggest."


async def test_hostile_texts_of_a_form_reach_nobody(open_house: House) -> None:
    house = open_house
    asked = await menu(house, await posted(house, PAGE))
    told = await send(
        house,
        asked,
        title="[a](https://evil.example) @everyone <@1> `x` \u202e",
        excerpt="# x\n---\npublished: true\n" * 20,
        topics="<b>@here</b>, [x](https://evil.example)",
    )
    assert "[a](" not in told
    (name,) = drafts(house)
    assert all(char.isalnum() or char in "-." for char in name)
    (found,) = [
        one for one in house.bot.services.library.catalogue.drafts if one.path == f"drafts/{name}"
    ]
    assert found.draft


async def test_review_that_was_switched_off_meanwhile_is_said(open_house: House) -> None:
    house = open_house
    asked = await menu(house, await posted(house, PAGE))
    await house.ada.slash(house.review, "review off")
    assert (await send(house, asked, title="x")).startswith("Nobody looks at suggestions")
    assert drafts(house) == []


async def test_the_form_names_as_many_topics_as_fit_whole(open_house: House) -> None:
    house = open_house
    for number in range(9):
        house.content.write(f"Long {number}", topics=[f"{number} " + "long" * 5])
    await house.read_content()
    asked = await menu(house, await posted(house, PAGE))
    named = fields(asked)["topics"]["placeholder"]
    assert 70 < len(named) <= 100
    assert set(named.split(", ")) <= house.bot.services.library.catalogue.topics.keys()


@pytest.mark.parametrize(
    ("emoji", "told"),
    [("✅", "was approved"), ("❌", "was not taken this time")],
)
async def test_whoever_suggested_it_is_told_what_came_of_it(
    open_house: House, emoji: str, told: str
) -> None:
    house = open_house
    before = len(cards(house))
    await send(house, await menu(house, await posted(house, PAGE)), title="Otters")
    assert house.mia.user.dm_channel.history() == []
    await house.nora.react(cards(house)[before], emoji)
    await house.wake()
    (message,) = house.mia.user.dm_channel.history()
    assert message.content.startswith("Your suggestion **Otters** for Morning")
    assert told in message.content
