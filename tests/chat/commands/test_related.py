"""Find related, in the menu of any message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat.house import GLACIERS, OTTERS, QUANTUM, answer, found, labels, listed, said, titles

if TYPE_CHECKING:
    import simcord

    from tests.chat.house import House


async def related_to(house: House, content: str) -> simcord.InteractionResult:
    message = await house.nora.send(house.news, content)
    return await house.mia.context_menu(house.news, "Find related", message)


async def test_the_article_of_a_link_is_shown_with_what_is_related(house: House) -> None:
    url = house.article(GLACIERS).url
    house.content.write("Falcons", related=[{"title": "x", "webUrl": url, "provider": {}}])
    house.content.write(
        "Icebergs", related=[{"title": "x", "webUrl": url, "provider": {"name": "x"}}]
    )
    await house.read_content()
    icebergs = str(house.article("Icebergs").url).replace("https://", "http://www.")
    shown = answer(await related_to(house, f"Have you seen ({icebergs}?utm_source=chat)?"))
    assert shown.ephemeral
    assert titles(shown) == ["Icebergs"]
    assert listed(shown)[0] == GLACIERS
    assert labels(shown) == ["Back to the article", "Share"]


async def test_the_message_of_a_digest_is_known(house: House) -> None:
    await house.add_digest(limit=2)
    await house.wait(hours=9)
    (message,) = house.news.history()
    shown = answer(await house.mia.context_menu(house.news, "Find related", message))
    assert titles(shown) == [titles(message)[0]]


async def test_without_a_known_link_the_words_are_searched(house: House) -> None:
    shown = answer(await related_to(house, "https://nowhere.example/x River otters: return"))
    assert shown.ephemeral
    assert found(shown)[0] == OTTERS
    assert shown.content.startswith(
        "-# No article here has a link of that message; found by its words:\n"
    )


async def test_nothing_to_go_by_is_said_kindly(house: House) -> None:
    empty = await related_to(house, "!!!")
    assert said(empty) == ("That message holds no link of an article, and no words to search for.")
    unknown = answer(await related_to(house, "xylophone zither"))
    assert unknown.ephemeral
    assert unknown.content.startswith("Nothing found for `xylophone zither`")


async def test_drafts_are_not_given_away(house: House) -> None:
    house.content.write("Secret falcons", published=False)
    await house.read_content()
    url = house.article("Secret falcons").url
    shown = answer(await related_to(house, f"{url}"))
    assert "Secret falcons" not in found(shown)
    assert QUANTUM not in titles(shown)
