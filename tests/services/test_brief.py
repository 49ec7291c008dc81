"""Briefs: what moderators are told of the file, of other tellings, and of what was posted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.brief import NO_BRIEF, Brief, Similar
from bot.core.fault import Fault, Rule, Severity
from bot.core.review import Review
from tests.core.samples import DAY, HOUR
from tests.services.house import CHANNEL, LEAD, TO_SLOT, House, edited, retold, told

if TYPE_CHECKING:
    from bot.core.article import Article

A = told("a")
DRAFT = told("draft", draft=True)
FIRST = retold("first", quality=90)


def warning(article: Article, message: str, **changes: object) -> Fault:
    """Return something that is wrong with a file and costs no article."""
    values = {"path": article.path, "line": 3, "field": "url", "rule": Rule.TRACKING, **changes}
    return Fault(message=message, severity=Severity.WARNING, **values)  # type: ignore[arg-type]


async def brief_of(house: House, article: Article) -> Brief:
    """Return what moderators are told of an article that waits."""
    (found,) = [one for one in await house.waiting() if one.article_id == article.id]
    return found.brief


async def posted(house: House, *articles: Article) -> None:
    """Have these posted without review at 18:00, and wait for the next edition's lead."""
    await house.has(*articles)
    await house.add()
    await house.wake(TO_SLOT)
    assert house.posted() == [article.title for article in articles]


async def test_of_an_article_like_no_other_nothing_is_said(house: House) -> None:
    await house.asked(A)
    assert await brief_of(house, A) == NO_BRIEF


# the file


async def test_warnings_of_the_file_are_told_in_words(house: House) -> None:
    house.content.faults = [
        warning(A, "follows readers around"),
        warning(A, "has lines that end with CRLF; write LF", field=""),
        replace(warning(A, "is no date"), severity=Severity.ERROR),
        warning(told("other"), "is of another file"),
    ]
    await house.asked(A)
    assert (await brief_of(house, A)).warnings == (
        "url follows readers around",
        "has lines that end with CRLF; write LF",
    )


async def test_of_many_warnings_the_first_are_told_and_how_many_more(house: House) -> None:
    house.content.faults = [warning(A, f"is wrong in way {number}") for number in range(7)]
    house.content.faults.append(warning(A, "x" * 999))
    await house.asked(A)
    warnings = (await brief_of(house, A)).warnings
    assert warnings == (
        *(f"url is wrong in way {number}" for number in range(5)),
        "and 3 more warnings",
    )


async def test_a_long_warning_is_cut(house: House) -> None:
    house.content.faults = [warning(A, "is wrong " * 99)]
    await house.asked(A)
    (found,) = (await brief_of(house, A)).warnings
    assert len(found) <= 200


# other tellings


async def test_other_tellings_come_best_first_and_at_most_five(house: House) -> None:
    others = [retold(f"t{quality}", quality=quality) for quality in (10, 70, 30, 60, 50, 20)]
    await house.asked(FIRST, *others)
    found = (await brief_of(house, FIRST)).others
    assert [other.source for other in found] == ["t70", "t60", "t50", "t30", "t20"]
    assert (found[0].title, found[0].url) == (FIRST.title, others[1].url)


async def test_who_may_not_be_posted_here_tells_nothing(house: House) -> None:
    await house.has(
        FIRST,
        retold("draft", draft=True),
        retold("tomorrow", published_at=house.clock() + DAY),
        retold("elsewhere", topics=("Bees",)),
    )
    await house.review()
    await house.add(topics=("AI",))
    await house.wake(TO_SLOT - LEAD)
    assert (await brief_of(house, FIRST)).others == ()


async def test_a_draft_is_told_of_its_story_too(house: House) -> None:
    draft = retold("draft", draft=True)
    await house.has(FIRST)
    await house.review()
    await house.add()
    review = await house.propose(draft)
    assert isinstance(review, Review)
    assert [other.article_id for other in review.brief.others] == [FIRST.id]


# what was posted


async def test_the_newest_post_of_its_topics_is_told_with_its_message(house: House) -> None:
    await posted(house, A)
    house.clock.go(HOUR)
    await house.review()
    new, other = told("new"), replace(told("other"), topics=("Bees",))
    await house.has(new, other)
    await house.wake(DAY - LEAD - HOUR)
    (message,) = house.chat.standing(CHANNEL)
    assert await brief_of(house, new) == Brief(
        last=Similar(title="a", at=message.at, channel_id=CHANNEL, message_id=message.id)
    )
    assert await brief_of(house, other) == NO_BRIEF


async def test_of_several_posts_the_newest_is_told(house: House) -> None:
    await posted(house, A)
    await house.has(told("b"))
    await house.wake(DAY)
    await house.review()
    await house.has(told("new"))
    await house.wake(DAY - LEAD)
    last = (await brief_of(house, told("new"))).last
    assert last is not None
    assert last.title == "b"


async def test_a_post_of_its_story_is_told_though_others_are_newer(house: House) -> None:
    await posted(house, FIRST)
    await house.has(told("b"))
    await house.wake(8 * DAY)
    await house.review()
    again = retold("again", published_at=house.clock() - HOUR)
    house.content.put(edited(FIRST, FIRST.title, published_at=house.clock() - 2 * HOUR))
    await house.has(again)
    await house.wake(DAY - LEAD)
    last = (await brief_of(house, again)).last
    assert last is not None
    assert (last.title, last.same_story) == (FIRST.title, True)


async def test_what_is_on_its_way_is_told_without_its_message(house: House) -> None:
    await house.has(A)
    digest = await house.add()
    house.clock.go(TO_SLOT)
    await house.publisher.tick()
    await house.review()
    await house.has(told("new"))
    await house.publisher.publish_now(digest, key="1")
    last = (await brief_of(house, told("new"))).last
    assert last == Similar(title="a", at=house.clock(), channel_id=CHANNEL)


async def test_what_stands_in_a_thread_is_told_with_the_thread(house: House) -> None:
    await house.has(A)
    await house.add(forum=True)
    await house.wake(TO_SLOT)
    await house.review()
    await house.has(told("new"))
    await house.wake(DAY - LEAD)
    (message,) = house.chat.standing(CHANNEL)
    last = (await brief_of(house, told("new"))).last
    assert last is not None
    assert (last.channel_id, last.message_id) == (message.thread_id, message.id)


async def test_what_stands_in_two_channels_is_told_with_the_message_of_this_one(
    house: House,
) -> None:
    await house.add("other", channel_id=21)
    await posted(house, A)
    await house.review()
    await house.has(told("new"))
    await house.wake(DAY - LEAD)
    messages = {one.channel_id: one.id for c in (20, 21) for one in house.chat.standing(c)}
    for review in await house.waiting():
        last = review.brief.last
        assert last is not None
        assert last.message_id == messages[last.channel_id]
    lasts = [review.brief.last for review in await house.waiting()]
    assert {last.channel_id for last in lasts if last} == {20, 21}


async def test_what_was_posted_in_another_channel_is_not_told(house: House) -> None:
    await posted(house, A)
    await house.add("other", channel_id=21)
    await house.review()
    await house.wake(DAY - LEAD)
    assert await brief_of(house, A) == NO_BRIEF


@pytest.mark.parametrize("gone", [True, False])
async def test_a_post_whose_article_is_gone_is_of_no_topic_any_more(
    house: House, *, gone: bool
) -> None:
    await posted(house, A)
    await house.review()
    if gone:
        await house.lacks(A)
    await house.has(told("new"))
    await house.wake(DAY - LEAD)
    assert ((await brief_of(house, told("new"))).last is None) == gone


# who is asked, and when


async def test_an_edit_is_asked_with_what_is_wrong_with_the_file_now(house: House) -> None:
    await posted(house, A)
    await house.review()
    house.content.faults = [warning(A, "follows readers around")]
    await house.has(edited(A, "a, edited"))
    assert (await brief_of(house, A)).warnings == ("url follows readers around",)


async def test_what_was_posted_is_nothing_new_to_its_own_edit(house: House) -> None:
    await posted(house, A)
    await house.review()
    await house.has(edited(A, "a, edited"))
    assert (await brief_of(house, A)).last is None


async def test_what_changes_while_it_waits_is_asked_anew_with_a_new_brief(house: House) -> None:
    await house.asked(A, told("b"))
    house.content.faults = [warning(A, "follows readers around")]
    await house.has(edited(A, "a, edited"), edited(told("b"), "b, edited"))
    assert (await brief_of(house, A)).warnings == ("url follows readers around",)
    assert (await brief_of(house, told("b"))).warnings == ()


async def test_a_draft_that_was_let_in_needs_no_brief_any_more(house: House) -> None:
    await house.review()
    await house.add()
    await house.propose(DRAFT)
    await house.wake()
    await house.approve("draft")
    await house.has(A)
    await house.wake(TO_SLOT - LEAD)
    assert await brief_of(house, A) == NO_BRIEF


async def test_without_review_no_brief_is_made(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(channel_id: int) -> None:
        raise AssertionError(channel_id)

    monkeypatch.setattr(house.ledger, "placements", never)
    await posted(house, A)
