"""Moderating: reactions as they are, verdicts that stand, and drafts that get in by approval."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bot.core.digest import DigestState
from bot.core.quiet import Quiet, parse_days_off
from bot.core.review import Review, ReviewState, Undo, Verdict, Vote
from bot.core.rewording import Unchanged
from bot.services.count import LONGEST_COUNT
from bot.services.moderate import LONGEST_REASON, MOST_TOLD, UNDO_FOR
from bot.services.propose import NotProposed
from tests.core.samples import DAY, HOUR, rule
from tests.services.fakes import Mood
from tests.services.house import CHANNEL, DESK, GUILD, LEAD, House, edited, outlasted, told

if TYPE_CHECKING:
    from bot.core.article import Article
    from tests.services.fakes import Message

TO_SLOT = 6 * HOUR
DRAFT = told("draft", draft=True)


async def card(house: House, *, approvals: int = 1) -> Message:
    """Return the card of an article that is proposed for 18:00."""
    await house.has(told("a"))
    await house.review(approvals=approvals)
    await house.add()
    await house.wake(TO_SLOT - LEAD)
    (message,) = house.chat.standing(DESK)
    return message


async def propose(house: House, article: Article = DRAFT) -> Review | NotProposed:
    """Propose a draft."""
    return await house.propose(article)


async def proposed(house: House, article: Article = DRAFT) -> Review:
    """Propose a draft that can be proposed."""
    found = await propose(house, article)
    assert isinstance(found, Review)
    return found


async def test_a_card_that_arrives_gets_the_reactions_to_vote_with(house: House) -> None:
    message = await card(house)
    assert message.marked == 1
    assert message.post.content.startswith("### Proposed for **Morning**")


async def test_an_approval_decides_and_the_card_says_by_whom(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    decided = await house.recount(message.id)
    assert decided is not None
    assert (decided.state, decided.deciders) == (ReviewState.APPROVED, (1,))
    await house.wake()
    assert message.post.content.startswith("### ✅ Approved for **Morning**\nby <@1>")
    assert message.edits == 1


async def test_reactions_elsewhere_are_none_of_our_business(house: House) -> None:
    await card(house)
    assert await house.recount(12345) is None


async def test_no_reaction_decides_nothing(house: House) -> None:
    message = await card(house)
    assert await house.recount(message.id) is None
    assert len(await house.ledger.pending_reviews()) == 1


async def test_where_two_must_approve_one_does_not_and_not_one_twice(house: House) -> None:
    message = await card(house, approvals=2)
    house.chat.vote(message, 1)
    house.chat.vote(message, 1)
    assert await house.recount(message.id) is None
    house.chat.vote(message, 2)
    decided = await house.recount(message.id)
    assert decided is not None
    assert (decided.state, decided.deciders) == (ReviewState.APPROVED, (1, 2))


async def test_one_rejection_decides_against_any_number_of_approvals(house: House) -> None:
    message = await card(house, approvals=3)
    house.chat.vote(message, 1)
    house.chat.vote(message, 2)
    house.chat.vote(message, 3, Verdict.REJECT)
    decided = await house.recount(message.id)
    assert decided is not None
    assert (decided.state, decided.deciders) == (ReviewState.REJECTED, (3,))
    await house.wake(LEAD)
    await house.wake(DAY)
    assert house.posted() == []


async def test_a_vote_that_was_taken_back_counts_no_more(house: House) -> None:
    message = await card(house, approvals=2)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    message.votes = []
    house.chat.vote(message, 2)
    assert await house.recount(message.id) is None
    (review,) = await house.ledger.pending_reviews()
    assert await house.ledger.votes(review.id) == [Vote(user_id=2, verdict=Verdict.APPROVE)]


async def test_what_was_decided_stays_whatever_reactions_follow(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    message.votes = []
    house.chat.vote(message, 2, Verdict.REJECT)
    assert await house.recount(message.id) is None
    await house.wake(LEAD)
    assert house.posted() == ["a"]


async def test_counts_of_many_events_at_once_decide_once(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    found = await asyncio.gather(*(house.recount(message.id) for _ in range(5)))
    assert len([review for review in found if review]) == 1


async def test_reactions_made_while_the_bot_was_away_are_counted(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    await house.moderator.sweep()
    assert message.marked == 2
    await house.wake(LEAD)
    assert house.posted() == ["a"]


async def test_a_sweep_passes_over_cards_that_have_not_arrived(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.review()
    await house.add()
    await proposed(house)
    await house.moderator.sweep()
    assert len(await house.ledger.pending_reviews()) == 1
    assert caplog.messages == []


async def test_a_card_that_is_gone_ends_its_review_and_frees_the_article(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    message = await card(house, approvals=2)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    house.chat.gone.add(message.id)
    with caplog.at_level(logging.WARNING, logger="bot"):
        assert await house.recount(message.id) is None
    assert caplog.messages == ["review card gone, review withdrawn: review=1"]
    assert await house.ledger.pending_reviews() == []
    (digest,) = await house.ledger.digests()
    assert await house.barred(digest) == {}


async def test_a_reaction_that_could_not_be_read_is_counted_later(house: House) -> None:
    message = await card(house)
    await house.moderator.catch_up()
    house.chat.vote(message, 1)
    house.chat.silent = True
    assert await house.recount(message.id) is None
    await house.moderator.catch_up()
    assert len(await house.ledger.pending_reviews()) == 1
    house.chat.silent = False
    await house.moderator.catch_up()
    assert await house.ledger.pending_reviews() == []


async def test_a_card_that_cannot_be_read_in_time_is_counted_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    house.chat.counting.append(Mood.HANG)
    await outlasted(house, house.moderator.sweep(), 2 * LONGEST_COUNT, monkeypatch)
    assert len(await house.ledger.pending_reviews()) == 1
    await house.moderator.catch_up()
    assert await house.ledger.pending_reviews() == []


async def test_a_card_that_cannot_be_marked_in_time_is_counted_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    house.chat.marking.append(Mood.HANG)
    await outlasted(house, house.moderator.sweep(), LONGEST_COUNT, monkeypatch)
    assert await house.ledger.pending_reviews() == []


async def test_what_is_owed_for_one_card_asks_nothing_of_another(house: House) -> None:
    message = await card(house)
    await proposed(house)
    house.chat.silent = True
    await house.recount(message.id)
    house.chat.silent = False
    house.chat.vote(message, 1)
    await house.moderator.catch_up()
    assert [review.article_id for review in await house.ledger.pending_reviews()] == [DRAFT.id]


async def test_a_draft_needs_review_to_be_on(house: House) -> None:
    await house.add()
    assert await propose(house) is NotProposed.NO_REVIEW


async def test_a_draft_needs_an_active_digest_that_takes_its_topics(house: House) -> None:
    await house.review()
    assert await propose(house) is NotProposed.NO_DIGEST
    await house.add("elsewhere", topics=("Whales",))
    assert await propose(house) is NotProposed.NO_DIGEST
    digest = await house.add("paused")
    await house.ledger.set_digest_state(digest.id, DigestState.PAUSED, reason="", now=house.clock())
    assert await propose(house) is NotProposed.NO_DIGEST


async def test_a_draft_whose_file_is_gone_is_not_proposed(house: House) -> None:
    await house.review()
    await house.add()
    found = await house.moderator.propose_draft(DRAFT, guild_id=GUILD, proposed_by=7)
    assert found is NotProposed.GONE


async def test_a_draft_that_waits_is_not_proposed_again(house: House) -> None:
    await house.review()
    await house.add()
    await proposed(house)
    assert await propose(house) is NotProposed.WAITING


async def test_a_draft_that_was_approved_or_posted_is_not_proposed_again(house: House) -> None:
    await house.review()
    await house.add()
    await proposed(house)
    await house.wake()
    await house.approve("draft")
    assert await propose(house) is NotProposed.APPROVED
    await house.wake(TO_SLOT)
    assert house.posted() == ["draft"]
    assert await propose(house) is NotProposed.POSTED


async def test_a_draft_that_was_posted_is_not_proposed_again(house: House) -> None:
    await house.has(DRAFT)
    await house.review()
    await house.add()
    await proposed(house)
    await house.wake()
    await house.approve("draft")
    await house.wake(TO_SLOT)
    assert await propose(house) is NotProposed.POSTED


@pytest.mark.parametrize("reason", list(NotProposed))
def test_every_refusal_is_a_sentence(reason: NotProposed) -> None:
    assert reason.value.endswith(".")


async def test_a_draft_is_for_the_digest_that_goes_out_first(house: House) -> None:
    await house.review()
    await house.add("late", when=rule("20:00"))
    soon = await house.add("soon", when=rule("13:00"))
    await house.add("as soon", when=rule("13:00"))
    review = await proposed(house)
    assert (review.digest_id, review.edition_id, review.due_at) == (soon.id, None, None)


async def test_a_draft_is_for_no_digest_whose_channel_has_a_day_off_before(house: House) -> None:
    await house.review()
    late = await house.add("late", when=rule("20:00"))
    await house.add("soon", channel_id=21, when=rule("13:00"))
    days_off = parse_days_off("03-14")
    await house.ledger.set_quiet(
        Quiet(channel_id=21, guild_id=GUILD, zone="UTC", days_off=days_off)
    )
    assert (await proposed(house)).digest_id == late.id


async def test_an_approved_draft_goes_out_with_the_next_edition_without_a_second_review(
    house: House,
) -> None:
    await house.has(DRAFT, told("a"))
    await house.review()
    await house.add()
    await proposed(house)
    await house.wake()
    await house.approve("draft")
    await house.wake(TO_SLOT)
    assert house.posted() == ["draft"]
    assert house.chat.titles(DESK) == ["draft", "a"]
    await house.wake(2 * DAY)
    assert house.posted() == ["draft"]


async def test_a_draft_that_nobody_approved_stays_inside(house: House) -> None:
    await house.has(DRAFT)
    await house.review()
    await house.add()
    await proposed(house)
    await house.wake(3 * DAY)
    assert house.chat.standing(CHANNEL) == []


async def test_a_draft_that_was_rejected_first_goes_out_when_it_is_approved_after_all(
    house: House,
) -> None:
    await house.has(DRAFT)
    await house.review()
    await house.add()
    await proposed(house)
    await house.wake()
    (first,) = house.chat.standing(DESK)
    house.chat.vote(first, 1, Verdict.REJECT)
    await house.recount(first.id)
    house.clock.go(HOUR)
    await proposed(house)
    await house.wake()
    await house.approve("draft")
    await house.wake(TO_SLOT)
    assert house.posted() == ["draft"]


async def test_switching_off_withdraws_what_waits_and_digests_go_on_without(
    house: House,
) -> None:
    message = await card(house)
    assert await house.moderator.switch_off(GUILD) is True
    assert await house.moderator.switch_off(GUILD) is False
    await house.wake()
    assert message.post.content.startswith("### Withdrawn from **Morning**")
    house.chat.vote(message, 1)
    assert await house.recount(message.id) is None
    await house.wake(LEAD)
    assert house.posted() == []
    await house.wake(DAY)
    assert house.posted() == ["a"]


async def test_withdrawing_ends_what_waits_for_a_removed_digest(house: House) -> None:
    message = await card(house)
    (digest,) = await house.ledger.digests()
    await house.ledger.set_digest_state(
        digest.id, DigestState.REMOVED, reason="", now=house.clock()
    )
    await house.moderator.withdraw(digest)
    assert await house.ledger.pending_reviews() == []
    await house.wake()
    assert message.post.content.startswith("### Withdrawn from **Morning**")


async def test_a_card_whose_review_ended_before_it_arrived_says_so_and_gets_no_reactions(
    house: House,
) -> None:
    await house.review()
    await house.add()
    await proposed(house)
    assert await house.ledger.claim(limit=1, now=house.clock())
    await house.moderator.switch_off(GUILD)
    await house.wake(HOUR)
    (message,) = house.chat.standing(DESK)
    assert message.marked == 0
    assert message.post.content.startswith("### Withdrawn from **Morning**")
    assert message.edits == 1


async def test_a_verdict_is_logged_without_names(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    message = await card(house)
    house.chat.vote(message, 424242)
    with caplog.at_level(logging.INFO, logger="bot"):
        decided = await house.recount(message.id)
    assert decided is not None
    assert caplog.messages == [f"review decided: review={decided.id} state=approved"]


# another wording


async def change(house: House, message: Message, **texts: str) -> Review | Unchanged:
    """Write other texts for a card."""
    review = await house.ledger.review_of_message(message.id)
    assert review is not None
    values = {"title": "Better", "excerpt": "In short.", **texts}
    return await house.moderator.change(review, by=7, **values)


async def test_another_wording_is_a_card_of_its_own_without_the_votes(house: House) -> None:
    message = await card(house, approvals=2)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    review = await change(house, message)
    assert isinstance(review, Review)
    assert (review.card.title, review.card.description) == ("Better", "In short.")
    before = await house.ledger.review_of_message(message.id)
    assert before is not None
    assert (before.state, before.deciders) == (ReviewState.CHANGED, (7,))
    await house.wake()
    _, new = house.chat.standing(DESK)
    for user_id in (2, 3):
        house.chat.vote(new, user_id)
    await house.recount(new.id)
    await house.wake(LEAD)
    assert house.posted() == ["Better"]


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ({"title": " "}, Unchanged.EMPTY),
        ({"title": "a", "excerpt": told("a").excerpt}, Unchanged.SAME),
    ],
)
async def test_a_wording_that_is_none_or_the_same_changes_nothing(
    house: House, texts: dict[str, str], why: Unchanged
) -> None:
    message = await card(house)
    assert await change(house, message, **texts) is why
    assert len(await house.waiting()) == 1


async def test_another_wording_comes_too_late_for_what_is_decided(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    assert await change(house, message) is Unchanged.LATE


async def test_a_verdict_that_the_gateway_lost_goes_before_another_wording(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1, Verdict.REJECT)
    assert await change(house, message) is Unchanged.LATE
    assert await house.waiting() == []


async def test_an_edit_has_the_words_of_its_file(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    await house.wake(LEAD)
    await house.has(edited(told("a"), "a, edited"))
    await house.wake()
    assert await change(house, house.chat.standing(DESK)[-1]) is Unchanged.FIXED


async def test_a_draft_is_worded_anew_too(house: House) -> None:
    await house.has(DRAFT)
    await house.review()
    await house.add()
    await proposed(house)
    await house.wake()
    (message,) = house.chat.standing(DESK)
    assert isinstance(await change(house, message), Review)
    await house.wake()
    await house.approve("Better")
    await house.wake(TO_SLOT)
    assert house.posted() == ["Better"]


# who has no say


async def test_whoever_has_no_say_loses_the_reaction_and_is_told_once(house: House) -> None:
    message = await card(house)
    (review,) = await house.waiting()
    for _ in range(2):
        await house.moderator.refuse_say(review, user_id=9, emoji="✅")
    await house.moderator.refuse_say(review, user_id=9, emoji=None)
    assert house.chat.unsigned == [(message.id, "✅", 9)] * 2
    while await house.courier.tell():
        pass
    (letter,) = (one for one in house.chat.messages.values() if one.user_id is not None)
    assert letter.user_id == 9
    assert f"<#{DESK}>" in letter.post.content


async def test_a_raid_does_not_make_the_bot_write_to_everybody(house: House) -> None:
    message = await card(house)
    review = await house.ledger.review_of_message(message.id)
    assert review is not None

    async def told(people: range) -> int:
        for user_id in people:
            await house.moderator.refuse_say(review, user_id=user_id, emoji="✅")
        while await house.courier.tell():
            pass
        return len([each for each in house.chat.messages.values() if each.user_id])

    assert await told(range(100, 150)) == MOST_TOLD
    assert len(house.chat.unsigned) == 50
    assert await told(range(100, 150)) == MOST_TOLD
    house.clock.go(HOUR)
    assert await told(range(150, 152)) == MOST_TOLD + 2


async def test_a_reaction_that_cannot_be_taken_away_in_time_is_told_of_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await card(house)
    (review,) = await house.waiting()
    house.chat.unsigning.append(Mood.HANG)
    work = house.moderator.refuse_say(review, user_id=9, emoji="✅")
    await outlasted(house, work, LONGEST_COUNT, monkeypatch)
    assert await house.courier.tell()


# what was said of a decision, and undoing it


async def test_a_reason_is_written_to_what_was_decided(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1, Verdict.REJECT)
    decided = await house.recount(message.id)
    assert decided is not None
    assert await house.moderator.say_why(decided.id, " too\nold ")
    found = await house.ledger.review(decided.id)
    assert found is not None
    assert found.why == "too old"
    assert await house.moderator.say_why(decided.id, "x" * 999)
    (line, *_) = await house.ledger.decisions(GUILD, limit=1)
    assert len(line.why) <= LONGEST_REASON


async def test_no_reason_is_none_to_write(house: House) -> None:
    message = await card(house)
    assert await house.moderator.say_why(1, "why") is False
    house.chat.vote(message, 1, Verdict.REJECT)
    await house.recount(message.id)
    assert await house.moderator.say_why(1, " \u200b") is False


async def test_a_decision_is_undone_in_time_and_asked_anew(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    house.clock.go(UNDO_FOR)
    undo, review = await house.moderator.undo(1, by=2)
    assert undo is Undo.ASKED_AGAIN
    assert review is not None
    assert review.state is ReviewState.PENDING
    await house.wake(LEAD - UNDO_FOR)
    assert house.posted() == []


async def test_a_decision_is_not_undone_after_that(house: House) -> None:
    message = await card(house)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    house.clock.go(UNDO_FOR + HOUR / 3600)
    assert await house.moderator.undo(1, by=2) == (Undo.TOO_LATE, None)
