"""Revising: what is posted follows its file, nothing unapproved gets past, nothing comes twice."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.catalogue import Changes
from bot.core.fault import Fault, Rule
from bot.core.review import ReviewState, Verdict
from bot.core.revision import Retract
from tests.core.samples import DAY, HOUR
from tests.services.fakes import Mood
from tests.services.house import CHANNEL, DESK, LEAD, House, edited, told

if TYPE_CHECKING:
    from bot.core.article import Article
    from bot.core.outbox import Answer, Delivery
    from tests.services.fakes import Message

TO_SLOT = 6 * HOUR
A, B = edited(told("a"), "a", quality=90), edited(told("b"), "b", quality=50)
DRAFT = edited(told("draft", draft=True), "draft")


async def posted(house: House, *articles: Article) -> Message:
    """Have these articles posted in one message without review."""
    await house.has(*articles)
    await house.add()
    await house.wake(TO_SLOT)
    (message,) = house.chat.standing(CHANNEL)
    return message


async def reviewed(house: House, *articles: Article) -> Message:
    """Have these articles posted after they were approved."""
    await proposed(house, *articles)
    await house.approve(*(article.title for article in articles))
    await house.wake(LEAD)
    (message,) = house.chat.standing(CHANNEL)
    return message


async def proposed(house: House, *articles: Article) -> None:
    """Have these articles proposed for 18:00."""
    await house.has(*articles)
    await house.review()
    await house.add()
    await house.wake(TO_SLOT - LEAD)


def desk(house: House) -> list[tuple[str, str]]:
    """Return what the cards of the review channel say of themselves, and their titles."""
    return [(m.post.content.splitlines()[0], m.titles[0]) for m in house.chat.standing(DESK)]


def moderated(state: str) -> str:
    return f"### {state} **Morning**"


async def test_an_edited_article_edits_the_message_that_shows_it(house: House) -> None:
    message = await posted(house, A, B)
    heading = message.post.content
    await house.has(edited(A, "new"))
    assert message.titles == ["a", "b"]  # it waits for the outbox
    await house.wake()
    assert (message.titles, message.post.content) == (["new", "b"], heading)
    await house.look()
    await house.wake(DAY)
    assert message.edits == 1
    assert house.posted() == ["new", "b"]


async def test_two_edits_at_once_are_one_edit_of_their_message(house: House) -> None:
    message = await posted(house, A, B)
    await house.has(edited(A, "new"), edited(B, "newer"))
    await house.wake()
    assert (message.titles, message.edits) == (["new", "newer"], 1)


async def test_an_edit_that_changes_no_card_sends_nothing(house: House) -> None:
    message = await posted(house, A)
    await house.has(edited(A, "a", heat=7))
    await house.wake()
    assert message.edits == 0
    await house.reviser.open(Changes())
    assert not await house.ledger.claim(limit=1, now=house.clock())


async def test_an_article_that_stands_in_two_channels_changes_in_both(house: House) -> None:
    await house.add("elsewhere", channel_id=21)
    await posted(house, A)
    await house.has(edited(A, "new"))
    await house.wake()
    assert (house.posted(), house.posted(21)) == (["new"], ["new"])


async def test_a_file_that_is_renamed_changes_nothing(house: House) -> None:
    message = await posted(house, A)
    house.content.drop(A)
    await house.has(replace(A, path="elsewhere.md"))
    await house.wake(DAY)
    assert (message.edits, house.posted()) == (0, ["a"])


@pytest.mark.parametrize("how", ["deleted", "a draft again"])
async def test_a_withdrawn_article_is_struck_through(house: House, how: str) -> None:
    message = await posted(house, A, B)
    if how == "deleted":
        await house.lacks(A)
    else:
        await house.has(edited(A, "a", draft=True))
    await house.wake()
    assert message.titles == ["~~a~~", "b"]
    await house.look()
    await house.wake(DAY)
    assert message.edits == 1


async def test_a_withdrawn_article_is_deleted_and_its_message_with_the_last(house: House) -> None:
    house.reviser = house.revising(Retract.DELETE)
    message = await posted(house, A, B)
    await house.lacks(A)
    await house.wake()
    assert message.titles == ["b"]
    await house.lacks(B)
    await house.wake()
    assert house.chat.standing(CHANNEL) == []
    await house.has(A, B)
    await house.wake(DAY)
    assert house.posted() == []  # never posted twice


async def test_a_withdrawn_article_is_kept_where_that_is_the_setting(house: House) -> None:
    house.reviser = house.revising(Retract.KEEP)
    message = await posted(house, A)
    await house.lacks(A)
    await house.wake(DAY)
    assert (message.titles, message.edits) == (["a"], 0)


@pytest.mark.parametrize("retract", [Retract.MARK, Retract.DELETE])
async def test_an_article_that_comes_back_is_shown_again(house: House, retract: Retract) -> None:
    house.reviser = house.revising(retract)
    message = await posted(house, A, B)
    await house.lacks(A)
    await house.wake()
    assert message.titles != ["a", "b"]
    await house.has(A)
    await house.wake()
    assert message.titles == ["a", "b"]
    await house.wake(DAY)
    assert house.posted() == ["a", "b"]


async def test_what_comes_back_before_its_message_was_deleted_stays(house: House) -> None:
    house.reviser = house.revising(Retract.DELETE)
    message = await posted(house, A)
    await house.lacks(A)
    await house.has(A)
    await house.wake()
    assert house.chat.standing(CHANNEL) == [message]


async def test_a_message_that_somebody_deleted_is_edited_well_enough(house: House) -> None:
    message = await posted(house, A)
    del house.chat.messages[message.id]
    await house.has(edited(A, "new"))
    await house.wake()
    assert (await house.ledger.outbox_counts())["sent"] == 2
    assert house.posted() == []


@pytest.mark.parametrize("mood", [Mood.TIME_OUT, Mood.TAKE_IN_SILENCE, Mood.DEFER, Mood.LOSE])
async def test_an_edit_that_is_tried_again_never_undoes_a_later_one(
    house: House, mood: Mood
) -> None:
    message = await posted(house, A)
    await house.has(edited(A, "new"))
    house.chat.moods.append(mood)
    await house.wake()
    await house.has(edited(A, "newest"))
    await house.wake()
    assert message.titles == ["newest"]
    await house.wake(2 * HOUR)
    assert message.titles == ["newest"]
    counts = await house.ledger.outbox_counts()
    assert (counts["pending"], counts["sending"], counts["superseded"]) == (0, 0, 1)


async def test_an_edit_that_a_crash_cut_short_comes_before_a_later_one(
    house: House, second: House
) -> None:
    message = await posted(house, A)
    await house.has(edited(A, "new"))
    assert await house.ledger.claim(limit=1, now=house.clock())  # and the process ends
    await second.has(edited(A, "newest"))
    await second.wake()
    assert message.titles == ["a"]  # it may still be under way
    await second.wake(HOUR)
    assert (message.titles, message.edits) == (["newest"], 2)


async def test_an_edit_under_way_that_is_deferred_makes_way_for_a_later_one(
    house: House, second: House
) -> None:
    message = await posted(house, A)
    await house.has(edited(A, "new"))
    (claimed,) = await house.ledger.claim(limit=1, now=house.clock())
    await second.has(edited(A, "newest"))
    house.chat.moods.append(Mood.DEFER)
    entry = await house.courier._deliver(claimed, house.clock())  # noqa: SLF001 (what the other is still at)
    await house.ledger.record(claimed, entry, now=house.clock())
    await second.wake()
    assert (message.titles, message.edits) == (["newest"], 1)
    await second.wake(HOUR)
    assert message.edits == 1


async def test_an_edit_that_is_refused_fails_alone(house: House) -> None:
    message = await posted(house, A)
    await house.has(edited(A, "new"))
    house.chat.moods.append(Mood.REFUSE_CHANNEL)
    await house.wake()
    assert (await house.ledger.outbox_counts())["failed"] == 1
    (digest,) = await house.ledger.digests()
    assert digest.state_reason == ""
    assert len(await house.ledger.placements(CHANNEL)) == 1
    await house.look()
    await house.wake(DAY)
    assert message.titles == ["a"]  # not tried again by itself
    await house.has(edited(A, "newer"))
    await house.wake()
    assert message.titles == ["newer"]


async def test_what_nobody_has_tried_to_send_goes_out_as_it_is_now(house: House) -> None:
    await house.has(A, B)
    await house.add()
    house.clock.go(TO_SLOT)
    await house.publisher.tick()
    await house.has(edited(A, "new"))
    await house.wake()
    (message,) = house.chat.standing(CHANNEL)
    assert (message.titles, message.edits) == (["new", "b"], 0)


@pytest.mark.parametrize("retract", list(Retract))
async def test_what_is_withdrawn_before_anybody_tried_to_send_it_never_goes_out(
    house: House, retract: Retract
) -> None:
    house.reviser = house.revising(retract)
    await house.has(A, B)
    await house.add()
    house.clock.go(TO_SLOT)
    await house.publisher.tick()
    await house.lacks(A)
    await house.wake()
    assert house.posted() == ["b"]
    await house.has(A)
    await house.wake(DAY)
    assert house.posted() == ["b", "a"]


async def test_a_message_of_nothing_is_not_sent(house: House) -> None:
    await house.has(A)
    await house.add()
    house.clock.go(TO_SLOT)
    await house.publisher.tick()
    await house.lacks(A)
    await house.wake()
    assert house.chat.standing(CHANNEL) == []
    (line,) = await house.ledger.history(10, digest_id=None, limit=1)
    assert (line.posted, line.trouble) == (0, "withdrawn before it was posted")


async def test_what_discord_deferred_is_changed_before_it_is_sent(house: House) -> None:
    house.chat.moods.append(Mood.DEFER)
    await house.has(A, B)
    await house.add()
    await house.wake(TO_SLOT)
    await house.has(edited(A, "new"))
    await house.lacks(B)
    await house.wake(HOUR)
    (message,) = house.chat.standing(CHANNEL)
    assert (message.titles, message.edits) == (["new"], 0)


@pytest.mark.parametrize(
    ("mood", "shown", "edits"),
    [(Mood.TAKE_IN_SILENCE, ["new", "~~b~~"], 1), (Mood.LOSE, ["new"], 0)],
)
async def test_what_is_on_its_way_is_edited_once_it_has_arrived_or_sent_as_it_is_now(
    house: House, mood: Mood, shown: list[str], edits: int
) -> None:
    house.chat.moods.append(mood)
    await house.has(A, B)
    await house.add()
    await house.wake(TO_SLOT)
    await house.has(edited(A, "new"))
    await house.lacks(B)
    await house.wake()
    await house.wake(HOUR)
    (message,) = house.chat.standing(CHANNEL)
    assert (message.titles, message.edits) == (shown, edits)


async def test_a_refused_message_is_parted_into_its_cards_as_they_are_now(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.has(A, B)
    await house.add()
    post = house.chat.post

    async def refuse(delivery: Delivery) -> Answer:
        monkeypatch.undo()
        await house.has(edited(A, "new"))
        await house.lacks(B)
        return await post(delivery)

    monkeypatch.setattr(house.chat, "post", refuse)
    house.chat.moods.append(Mood.REFUSE)
    await house.wake(TO_SLOT)
    assert house.posted() == ["new"]


async def test_a_plan_without_review_goes_out_as_it_is_now(house: House) -> None:
    await house.has(A, B)
    digest = await house.add()
    await house.review()
    await house.wake(TO_SLOT - LEAD)
    await house.approve("a", "b")
    await house.moderator.switch_off(10)
    await house.has(edited(A, "new"))
    await house.lacks(B)
    await house.wake(LEAD)
    assert digest.id
    assert house.posted() == ["new"]


async def test_what_is_withdrawn_while_it_waits_is_struck_from_the_edition(house: House) -> None:
    await proposed(house, A, B)
    await house.approve("b")
    await house.lacks(A)
    await house.has(edited(B, "b", draft=True))
    await house.wake()
    assert desk(house) == [
        (moderated("Withdrawn from"), "a"),
        (moderated("Withdrawn from"), "b"),
    ]
    await house.wake(LEAD)
    assert house.posted() == []


async def test_what_was_read_between_two_looks_does_not_go_out(house: House) -> None:
    await proposed(house, A)
    await house.approve("a")
    house.content.drop(A)
    await house.library.refresh()  # and nobody followed yet
    await house.wake(LEAD)
    assert house.posted() == []


async def test_what_changes_while_it_waits_is_proposed_anew_for_the_same_edition(
    house: House,
) -> None:
    await proposed(house, A)
    (old,) = house.chat.standing(DESK)
    await house.has(edited(A, "new"))
    house.chat.vote(old, 1)
    assert await house.recount(old.id) is None  # votes do not carry over
    await house.wake()
    assert desk(house) == [
        (moderated("Withdrawn from"), "a"),
        (moderated("Proposed for"), "new"),
    ]
    await house.approve("new")
    await house.wake(LEAD)
    assert house.posted() == ["new"]


async def test_what_changes_after_its_approval_needs_another(house: House) -> None:
    await proposed(house, A)
    await house.approve("a")
    await house.wake()
    await house.has(edited(A, "new"))
    await house.wake(LEAD)
    assert house.posted() == []
    assert desk(house) == [
        (moderated("Withdrawn from"), "a"),
        (moderated("Proposed for"), "new"),
    ]
    await house.approve("new")
    await house.wake()
    assert house.posted() == ["new"]


async def test_under_review_an_edit_of_what_stands_waits_for_approval(house: House) -> None:
    message = await reviewed(house, A)
    await house.has(edited(A, "new"))
    await house.look()
    await house.wake()
    assert message.titles == ["a"]
    assert desk(house)[1:] == [("### Edit of what stands in <#20>", "new")]
    await house.approve("new")
    await house.wake()
    assert (message.titles, message.edits) == (["new"], 1)
    assert desk(house)[1:] == [("### ✅ Approved the edit in <#20>", "new")]
    await house.reviser.open(Changes())
    await house.wake(DAY)
    assert (message.edits, len(desk(house))) == (1, 2)


async def test_a_rejected_edit_is_left_out_and_asked_about_no_more(house: House) -> None:
    message = await reviewed(house, A)
    await house.has(edited(A, "new"))
    await house.wake()
    card = house.chat.standing(DESK)[1]
    house.chat.vote(card, 1, Verdict.REJECT)
    await house.recount(card.id)
    await house.reviser.open(Changes())
    await house.wake(DAY)
    assert message.titles == ["a"]
    assert desk(house)[1:] == [("### ❌ Rejected the edit in <#20>", "new")]
    (digest,) = await house.ledger.digests()
    assert await house.barred(digest) == {}


async def test_a_newer_edit_takes_the_place_of_one_that_waits(house: House) -> None:
    message = await reviewed(house, A)
    await house.has(edited(A, "new"))
    await house.wake()
    await house.has(edited(A, "newer"))
    await house.wake()
    assert desk(house)[1:] == [
        ("### Withdrawn: the edit in <#20>", "new"),
        ("### Edit of what stands in <#20>", "newer"),
    ]
    await house.has(A)  # it was a slip
    await house.wake()
    assert desk(house)[2:] == [("### Withdrawn: the edit in <#20>", "newer")]
    assert message.edits == 0


async def test_under_review_a_withdrawal_needs_no_approval_and_a_new_form_of_it_does(
    house: House,
) -> None:
    message = await reviewed(house, A)
    await house.lacks(A)
    await house.wake()
    assert message.titles == ["~~a~~"]
    await house.has(edited(A, "mended"))
    await house.wake()
    assert message.titles == ["~~a~~"]
    await house.lacks(A)
    await house.wake()
    assert await house.ledger.pending_reviews() == []
    await house.has(A)
    await house.wake()
    assert message.titles == ["a"]


async def test_a_draft_that_changes_while_it_waits_is_proposed_anew(house: House) -> None:
    await house.review()
    await house.add()
    await house.propose(DRAFT)
    await house.wake()
    await house.has(edited(DRAFT, "better"))
    await house.wake()
    assert [title for _, title in desk(house)] == ["draft", "better"]
    (review,) = await house.ledger.pending_reviews()
    assert (review.card.title, review.edition_id) == ("better", None)
    await house.approve("better")
    await house.has(edited(DRAFT, "best"))
    await house.wake(TO_SLOT)
    assert house.posted() == []
    await house.approve("best")
    await house.wake(DAY)
    assert house.posted() == ["best"]


async def test_who_proposed_a_draft_cannot_approve_it_after_its_file_changed(house: House) -> None:
    await house.review()
    await house.add()
    await house.propose(DRAFT, by=7)
    await house.wake()
    await house.has(edited(DRAFT, "better"))
    await house.wake()
    message = house.chat.standing(DESK)[-1]
    house.chat.vote(message, 7)
    assert await house.recount(message.id) is None
    await house.approve("better")
    await house.wake(TO_SLOT - LEAD)  # it is planned
    await house.has(edited(DRAFT, "best"))
    await house.wake()
    message = house.chat.standing(DESK)[-1]
    house.chat.vote(message, 7)
    assert await house.recount(message.id) is None
    await house.wake(LEAD)
    assert house.posted() == []


async def test_a_draft_that_is_gone_is_asked_about_no_more(house: House) -> None:
    await house.review()
    await house.add()
    await house.propose(DRAFT)
    await house.wake()
    await house.lacks(DRAFT)
    await house.wake()
    assert await house.ledger.pending_reviews() == []
    assert desk(house) == [(moderated("Withdrawn from"), "draft")]


async def test_a_draft_that_was_let_in_stays_one_and_stands(house: House) -> None:
    await house.review()
    await house.add()
    await house.propose(DRAFT)
    await house.wake()
    await house.approve("draft")
    await house.wake(TO_SLOT)
    assert house.posted() == ["draft"]
    await house.reviser.open(Changes(changed=(DRAFT.id,)))
    await house.wake()
    assert house.posted() == ["draft"]
    await house.has(edited(DRAFT, "better"))
    await house.wake()
    assert (house.posted(), desk(house)[-1][1]) == (["draft"], "better")
    await house.lacks(DRAFT)
    await house.wake()
    assert house.posted() == ["~~draft~~"]


async def test_a_draft_let_in_whose_file_goes_before_its_edition_does_not_go_out(
    house: House,
) -> None:
    await house.review()
    await house.add()
    await house.propose(DRAFT)
    await house.wake()
    await house.approve("draft")
    await house.wake(TO_SLOT - LEAD)  # it is planned
    await house.lacks(DRAFT)
    await house.wake(LEAD)
    assert house.posted() == []
    assert desk(house) == [(moderated("Withdrawn from"), "draft")]


async def test_at_start_what_changed_meanwhile_is_seen_by_its_version(house: House) -> None:
    message = await posted(house, A, B)
    house.content.put(edited(A, "new"))
    house.content.drop(B)
    await house.library.refresh()
    await house.reviser.open(Changes())
    await house.wake()
    assert message.titles == ["new", "~~b~~"]


async def test_at_start_what_has_no_version_is_left_unless_it_is_told(house: House) -> None:
    old = told("old")
    message = await posted(house, old)
    async with house.ledger.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE items SET version = NULL")
    house.content.drop(old)
    await house.library.refresh()
    await house.reviser.open(Changes())
    await house.wake()
    assert message.titles == ["old"]
    await house.reviser.open(Changes(removed=(old.id,), withdrawn=(old.id,)))
    await house.wake()
    assert message.titles == ["~~old~~"]


async def test_a_file_that_is_broken_for_a_while_changes_nothing(house: House) -> None:
    message = await posted(house, A)
    house.content.faults = [fault(A)]
    await house.lacks(A)
    await house.look()
    await house.reviser.open(Changes())
    await house.wake()
    assert message.edits == 0
    house.content.faults = []
    await house.has(edited(A, "mended"))
    await house.wake()
    assert message.titles == ["mended"]


async def test_a_plan_whose_file_is_broken_goes_out_as_it_was(house: House) -> None:
    await proposed(house, A)
    await house.approve("a")
    house.content.faults = [fault(A)]
    await house.lacks(A)
    await house.wake(LEAD)
    assert house.posted() == ["a"]


async def test_a_file_that_was_broken_and_is_deleted_is_withdrawn_at_the_next_change(
    house: House,
) -> None:
    message = await posted(house, A)
    house.content.faults = [fault(A)]
    await house.lacks(A)
    house.content.faults = []
    await house.look()
    await house.has(B)
    await house.wake()
    assert message.titles == ["~~a~~"]


def fault(article: Article) -> Fault:
    return Fault(path=article.path, line=2, field="title", message="is cut", rule=Rule.SYNTAX)


async def many(house: House) -> list[Article]:
    """Have twenty-one articles, of which some are posted and one is planned."""
    articles = [edited(told(f"n{n}"), f"n{n}") for n in range(21)]
    await house.has(*articles)
    await house.add(limit=2)
    await house.wake(TO_SLOT)
    return articles


async def test_where_too_much_is_gone_at_once_messages_are_left_until_somebody_insists(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    articles = await many(house)
    shown = house.posted()
    with caplog.at_level(logging.WARNING, logger="bot"):
        await house.lacks(*articles)
    (warning,) = caplog.messages
    assert warning == (
        "21 articles of 21 gone at once: messages that show them are left as they are; if that is "
        "meant, /reload with withdraw:true goes through with it"
    )
    await house.reviser.open(Changes())
    await house.look()
    await house.wake(DAY)
    assert house.posted() == shown  # and nothing new of them is posted
    assert await house.reviser.go_through() == 2
    assert await house.reviser.go_through() == 0
    await house.wake()
    assert house.posted() == [f"~~{title}~~" for title in shown]


async def test_what_was_held_back_by_mistake_follows_edits_again(house: House) -> None:
    articles = await many(house)
    shown = house.posted()
    await house.lacks(*articles)
    await house.has(*articles)
    await house.wake()
    assert house.posted() == shown
    await house.lacks(*[one for one in articles if one.title == shown[0]])
    await house.wake()
    assert house.posted() == [f"~~{shown[0]}~~", shown[1]]


async def test_in_an_emptied_folder_another_catalogue_is_alarming_too(house: House) -> None:
    articles = await many(house)
    shown = house.posted()
    house.content.drop(*articles)
    await house.has(*(told(f"other{n}") for n in range(30)))
    await house.wake()
    assert house.posted() == shown


async def test_at_start_too_many_messages_without_an_article_are_alarming(house: House) -> None:
    articles = [edited(told(f"n{n}"), f"n{n}") for n in range(20)]
    await house.has(*articles)
    await house.add(limit=25)
    await house.wake(TO_SLOT)
    shown = house.posted()
    house.content.drop(*articles)
    await house.library.refresh()
    await house.reviser.open(Changes())
    await house.wake()
    assert house.posted() == shown


async def test_what_a_withdrawn_approval_left_open_is_said_on_its_card_in_order(
    house: House,
) -> None:
    await proposed(house, A)
    await house.approve("a")
    await house.lacks(A)
    await house.wake()
    (message,) = house.chat.standing(DESK)
    assert message.post.content.startswith(moderated("Withdrawn from"))
    review = await house.ledger.review_of_message(message.id)
    assert review is not None
    assert review.state is ReviewState.WITHDRAWN


async def test_an_article_that_goes_in_the_very_moment_is_left_to_the_next_look(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await posted(house, A)

    async def lost(_headlines: object) -> list[Article]:
        house.content.drop(A)
        return []

    with monkeypatch.context() as patched:
        patched.setattr(house.cache, "whole", lost)
        house.content.put(edited(A, "new"))
        await house.reviser.follow(await house.library.refresh())
    await house.wake()
    assert message.edits == 0
    await house.look()
    await house.wake()
    assert message.titles == ["~~a~~"]
