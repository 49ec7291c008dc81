"""What /search, /latest and /topics answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chat.house import (
    BAKERS,
    GLACIERS,
    MARKDOWN,
    OTTERS,
    QUANTUM,
    TELESCOPE,
    UMBRELLAS,
    ZEPPELINS,
    answer,
    said,
    titles,
)
from tests.chat.house import found as everything

if TYPE_CHECKING:
    import simcord

    from tests.chat.house import House

_MOST_CHOICES, _LONGEST_CHOICE = 25, 100  # Discord's limits


async def search(house: House, query: str, **options: object) -> simcord.ResponseMessage:
    return answer(await house.mia.slash(house.news, "search", query=query, **options))


async def typed(house: House, option: str, text: str, **filled: object) -> list[str]:
    choices = await house.mia.autocomplete(house.news, "search", option, text, **filled)
    return [choice["name"].partition(" — ")[0] for choice in choices]


def write_many(house: House, count: int) -> None:
    for number in range(count):
        house.content.write(
            f"Falcon number {number}",
            topics=["Birds"],
            publishedDateTime=f"2025-11-{number + 1:02}T08:00:00Z",
        )


async def test_a_typo_is_forgiven_and_the_answer_is_for_the_asker_alone(house: House) -> None:
    found = await search(house, "rivr oters harbuor")
    assert titles(found)[0] == OTTERS
    assert found.ephemeral
    assert found.content.startswith("1 of 1 for `rivr oters harbuor`")


async def test_a_shared_answer_is_seen_by_everybody(house: House) -> None:
    found = await search(house, "otters", share=True)
    assert not found.ephemeral
    assert titles(house.news.history(viewer=house.nora)[-1]) == [OTTERS]


async def test_a_result_shows_picture_source_date_topics_and_related_links(house: House) -> None:
    (embed,) = (await search(house, "otters")).embeds
    article = house.article(OTTERS)
    assert embed.url == article.url
    assert embed.image.url == f"{article.url}.png"
    assert embed.author.name == "Harbour Post · example.org"
    assert embed.timestamp == article.published_at
    related = f"more.example/{(article.url or '').rsplit('/', 1)[-1]}"
    assert [(field.name, field.value) for field in embed.fields] == [
        ("Topics", "Nature"),
        ("Related", f"[More on {related.split('/')[1]}](https://{related}) · more.example"),
    ]


async def test_a_topic_narrows_whatever_its_case(house: House) -> None:
    assert GLACIERS in titles(await search(house, "before they break"))
    assert titles(await search(house, "glaciers", topic="nature")) == [GLACIERS]
    none = await search(house, "glaciers", topic="Culture")
    assert titles(none) == []
    assert none.content.startswith("Nothing found for `glaciers` (topic Culture).")


async def test_a_provider_narrows_by_name_or_domain(house: House) -> None:
    for provider in ("harbour post", "post.example"):
        assert titles(await search(house, "otters", provider=provider)) == [OTTERS]
    assert titles(await search(house, "otters", provider="Daily Star")) == []


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("day", {OTTERS}),
        ("week", {OTTERS, GLACIERS, QUANTUM}),
        ("month", {OTTERS, GLACIERS, QUANTUM, UMBRELLAS}),
        ("year", {OTTERS, GLACIERS, QUANTUM, UMBRELLAS, TELESCOPE}),
    ],
)
async def test_a_span_of_time_narrows(house: House, since: str, found: set[str]) -> None:
    for title in (OTTERS, GLACIERS, QUANTUM, UMBRELLAS, TELESCOPE, BAKERS):
        answered = await search(house, title, since=since)
        assert (title in everything(answered)) == (title in found)
        assert "since " in answered.content


async def test_an_unknown_topic_is_refused_with_the_known_ones(house: House) -> None:
    result = await house.mia.slash(house.news, "search", query="otters", topic="Sport")
    assert said(result) == (
        "There is no topic “Sport”. There are: Science, Culture, Nature; or write all."
    )


async def test_a_topic_with_a_comma_in_its_name_can_be_chosen(house: House) -> None:
    house.content.write("Falcons", topics=["Birds, wild"])
    await house.read_content()
    assert await typed(house, "topic", "bird") == ["Birds, wild"]
    assert titles(await search(house, "falcons", topic="Birds, wild")) == ["Falcons"]


async def test_a_query_of_6000_characters_is_answered(house: House) -> None:
    write_many(house, 5)
    await house.read_content()
    found = await search(house, ("falcon " * 1000)[:6000])
    assert titles(found)
    for row in found.components:
        assert all(len(button["custom_id"]) <= 100 for button in row["components"])
    pressed = await house.mia.click(found, label="Related")
    assert pressed.acknowledged


@pytest.mark.parametrize("length", [60, 90, 150])
async def test_words_are_searched_for_however_long_the_filters_are(
    house: House, length: int
) -> None:
    topic = "Very long topic " + "y" * length
    for number in range(5):
        house.content.write(f"Falcon {number}", topics=[topic])
        house.content.write(f"Pigeon {number}", topics=[topic])
    await house.read_content()
    found = await search(house, "falcon", topic=topic)
    assert "of 5 for `falcon`" in found.content
    assert all("Falcon" in title for title in everything(found))


async def test_control_characters_and_markdown_cannot_break_the_answer(house: House) -> None:
    query = "**x** [a](https://evil.example) <@1> @everyone \x1f\x00\n# falcon `"
    write_many(house, 5)
    await house.read_content()
    found = await search(house, query)
    line = found.content.split("\n")[0]
    assert line == (
        "Nothing found for `**x** [a](https://evil.example) <@1> @everyone # falcon ’`."  # noqa: RUF001
    )
    assert titles(await search(house, "**falcon**\x1f\n\x00"))[0] == "Falcon number 4"


async def test_markdown_in_a_title_stays_text(house: House) -> None:
    house.content.write(MARKDOWN, name="stars")
    await house.read_content()
    first, *_ = titles(await search(house, "stripes stars"))
    assert first == r"\*Stars\* \[and\]\(https\://evil.example) \~\~stripes\~\~"


async def test_choosing_a_suggestion_opens_that_article(house: House) -> None:
    choices = await house.mia.autocomplete(house.news, "search", "query", "otter")
    assert choices[0]["name"] == f"{OTTERS} — Harbour Post"
    opened = await search(house, choices[0]["value"], topic="no such topic")
    assert titles(opened) == [OTTERS]
    assert opened.content == ""
    assert opened.ephemeral
    shared = await search(house, choices[0]["value"], share=True)
    assert not shared.ephemeral


async def test_suggestions_fit_discord_whatever_the_titles(house: House) -> None:
    for number in range(30):
        house.content.write(f"Falcon {number} " + "is a long way off " * 10, name=f"f{number}")
    await house.read_content()
    choices = await house.mia.autocomplete(house.news, "search", "query", "falcon")
    assert len(choices) == _MOST_CHOICES
    for choice in choices:
        assert 1 <= len(choice["name"]) <= _LONGEST_CHOICE
        assert 1 <= len(choice["value"]) <= _LONGEST_CHOICE


async def test_with_nothing_typed_the_newest_are_suggested(house: House) -> None:
    suggested = await typed(house, "query", "")
    assert suggested[:2] == [OTTERS, GLACIERS]


async def test_suggestions_heed_the_filters_filled_in_already(house: House) -> None:
    assert await typed(house, "query", "", topic="culture") == [UMBRELLAS, BAKERS]
    assert await typed(house, "query", "", provider="Harbour Post") == [OTTERS, UMBRELLAS]
    assert await typed(house, "query", "", since="day") == [OTTERS]
    assert await typed(house, "query", "", topic="no such topic") == []


async def test_topics_and_providers_are_suggested(house: House) -> None:
    assert await typed(house, "topic", "") == ["Science", "Culture", "Nature"]
    assert await typed(house, "topic", "tur") == ["Culture", "Nature"]
    assert await typed(house, "provider", "daily") == ["Daily Star"]


async def test_a_draft_is_not_found_not_suggested_and_not_opened_by_its_id(house: House) -> None:
    draft = house.article(ZEPPELINS)
    assert ZEPPELINS not in await typed(house, "query", "zeppelins")
    assert ZEPPELINS not in await typed(house, "query", "")
    for query in (ZEPPELINS, "zeppelins", draft.id, f"#{draft.id}"):
        found = await search(house, query)
        assert ZEPPELINS not in titles(found)
        assert ZEPPELINS not in found.content.replace(f"`{ZEPPELINS}`", "")


async def test_an_answer_that_names_people_pings_nobody(house: House) -> None:
    house.content.write("@everyone look at this falcon", excerpt=f"@here {house.nora.mention}")
    await house.read_content()
    found = await search(house, "@everyone falcon", share=True)
    assert titles(found) == [r"\@everyone look at this falcon"]
    last = house.requests("POST", "/callback")[-1]["data"]
    assert last["allowed_mentions"] == {"parse": []}


async def test_latest_shows_the_newest_first_and_pages(house: House) -> None:
    write_many(house, 4)
    await house.read_content()
    result = await house.mia.slash(house.news, "latest")
    assert everything(answer(result))[:4] == [OTTERS, GLACIERS, QUANTUM, UMBRELLAS]
    assert said(result) == "1–8 of 10 newest first"  # noqa: RUF001 (a range)
    await house.mia.click(answer(result), label="Next")
    assert everything(answer(result)) == [TELESCOPE, BAKERS]


async def test_latest_of_one_topic(house: House) -> None:
    result = await house.mia.slash(house.news, "latest", topic="CULTURE")
    assert everything(answer(result)) == [UMBRELLAS, BAKERS]
    choices = await house.mia.autocomplete(house.news, "latest", "topic", "cul")
    assert [choice["value"] for choice in choices] == ["Culture"]
    refused = await house.mia.slash(house.news, "latest", topic="Sport")
    assert "There is no topic “Sport”" in said(refused)


async def test_topics_are_counted_and_drafts_are_not(house: House) -> None:
    house.content.write("Falcons", topics=["Birds_wild"])
    await house.read_content()
    assert said(await house.mia.slash(house.news, "topics")) == (
        "- **Science** · 3 articles\n- **Culture** · 2 articles\n- **Nature** · 2 articles\n"
        "- **Birds\\_wild** · 1 article"
    )


async def test_many_topics_are_cut_short(house: House) -> None:
    house.content.write("Falcons", topics=[f"Bird {number}" for number in range(200)])
    await house.read_content()
    lines = said(await house.mia.slash(house.news, "topics")).split("\n")
    assert lines[-1] == f"- and {203 - len(lines) + 1} more"
    assert len(lines) > 40


async def test_without_articles_topics_says_so(house: House) -> None:
    for file in house.content.folder.glob("*.md"):
        file.unlink()
    await house.read_content()
    assert said(await house.mia.slash(house.news, "topics")) == "There are no articles yet."
    assert said(await house.mia.slash(house.news, "latest")).startswith("Nothing found")


async def test_members_search_in_direct_messages_too(house: House) -> None:
    found = answer(await house.mia.user.slash("search", query="otters"))
    assert titles(found) == [OTTERS]
    assert titles(answer(await house.mia.user.slash("latest")))[0] == OTTERS
    assert "Science" in answer(await house.mia.user.slash("topics")).content


async def test_a_misspelt_topic_or_provider_is_understood(house: House) -> None:
    assert titles(await search(house, "otters", topic="natrue")) == [OTTERS]
    assert titles(await search(house, "otters", provider="harbor post")) == [OTTERS]
    assert await typed(house, "topic", "natrue") == ["Nature"]
    assert await typed(house, "provider", "harbor post") == ["Harbour Post"]


async def test_an_unknown_provider_is_told_and_can_be_left_out(house: House) -> None:
    none = await search(house, "otters", provider="Nobody at all")
    assert "There is more without: provider Nobody at all." in none.content
    await house.mia.click(none, label="Search without filters")


async def test_operators_and_options_narrow_alike(house: House) -> None:
    assert titles(await search(house, "before topic:nature -otters"))[0] == GLACIERS
    assert titles(await search(house, "topic:science", topic="Culture"))[0] == UMBRELLAS


async def test_suggestions_never_raise(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    finder: Any = house.bot.services.finder
    finder.suggest = fail
    assert await typed(house, "query", "otters") == []
    assert "nothing was suggested" in caplog.text


async def test_a_suggestion_that_is_too_long_shows_what_was_typed(house: House) -> None:
    house.content.write("A " + "very " * 30 + "long way to the falcons", name="long")
    await house.read_content()
    (suggested,) = await typed(house, "query", "falco")
    assert suggested.startswith("…")
    assert suggested.endswith("falcons")


async def test_random_shows_one_article_of_the_topic(house: House) -> None:
    shown = answer(await house.mia.slash(house.news, "random", topic="culture"))
    assert titles(shown)[0] in {UMBRELLAS, BAKERS}
    assert shown.ephemeral
    assert titles(answer(await house.mia.user.slash("random")))
    refused = await house.mia.slash(house.news, "random", topic="Sport")
    assert "There is no topic “Sport”" in said(refused)


async def test_random_without_articles_says_so(house: House) -> None:
    for file in house.content.folder.glob("*.md"):
        file.unlink()
    await house.read_content()
    assert said(await house.mia.slash(house.news, "random")) == "There are no articles yet."
