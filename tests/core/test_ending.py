"""What is said of a review that ended, and to those who pressed its buttons."""

from __future__ import annotations

import pytest

from bot.core.brief import NO_BRIEF
from bot.core.ending import ended_line, said_line, tally_line
from bot.core.review import Cast, Counted, Review, ReviewState, Verdict, Veto, Vote
from tests.core.samples import BALLOT, HOUR, NOW, review

STAMP = 1773489600
BY = f"by <@1> and <@2>, <t:{STAMP}:f>"
EDIT = {"edit_in": 20}
DRAFT: dict[str, object] = {"edition_id": None, "due_at": None}
YES, NO = Verdict.APPROVE, Verdict.REJECT


def ended(state: ReviewState, **changes: object) -> Review:
    """Return a review that two people decided."""
    given: dict[str, object] = {
        "digest_name": "My_digest",
        "deciders": (1, 2),
        "decided_at": NOW,
        "due_at": NOW + HOUR,
    }
    return review(state=state, **(given | changes))


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        (
            ended(ReviewState.APPROVED),
            ["### ✅ Approved for **My\\_digest**", BY, f"-# it goes out <t:{STAMP + 3600}:R>"],
        ),
        (
            ended(ReviewState.APPROVED, due_at=NOW),
            [
                "### ✅ Approved for **My\\_digest**",
                BY,
                "-# its edition is due, so it goes out as soon as it can",
            ],
        ),
        (
            ended(ReviewState.APPROVED, **DRAFT),
            ["### ✅ Approved for **My\\_digest**", BY, "-# it goes out with the next edition"],
        ),
        (
            ended(ReviewState.APPROVED, **EDIT),
            ["### ✅ Approved the edit in <#20>", BY, "-# the message shows it now"],
        ),
        (
            ended(ReviewState.REJECTED, why="it is _old_"),
            [
                "### ❌ Rejected for **My\\_digest**",
                f"{BY}: it is \\_old\\_",
                "-# it does not come to this digest again",
            ],
        ),
        (
            ended(ReviewState.REJECTED, **EDIT),
            ["### ❌ Rejected the edit in <#20>", BY, "-# the message stays as it is"],
        ),
        (ended(ReviewState.REJECTED, **DRAFT), ["### ❌ Rejected for **My\\_digest**", BY]),
        (
            ended(ReviewState.HELD, deciders=(3,)),
            [
                "### 🕒 Held for the next edition of **My\\_digest**",
                f"by <@3>, <t:{STAMP}:f>",
                "-# it comes first there, and is asked about anew",
            ],
        ),
        (
            ended(ReviewState.EXPIRED, deciders=(), why="nobody decided in time"),
            [
                "### ⌛ Not decided in time for **My\\_digest**",
                f"<t:{STAMP}:f>",
                "-# it comes first in the next one, and is asked about anew",
            ],
        ),
        (
            ended(ReviewState.EXPIRED, deciders=(), **DRAFT),
            [
                "### ⌛ Not decided in time for **My\\_digest**",
                f"<t:{STAMP}:f>",
                "-# `/review draft` proposes it again",
            ],
        ),
        (
            ended(ReviewState.EXPIRED, deciders=(), **EDIT),
            [
                "### ⌛ Not decided in time: the edit in <#20>",
                f"<t:{STAMP}:f>",
                "-# the message stays as it is",
            ],
        ),
        (
            ended(ReviewState.WITHDRAWN, deciders=(), why="its card is gone"),
            ["### Withdrawn from **My\\_digest**", f"<t:{STAMP}:f>: its card is gone"],
        ),
        (
            ended(ReviewState.WITHDRAWN, deciders=(), decided_at=None, why="it is gone", **EDIT),
            ["### Withdrawn: the edit in <#20>", "it is gone"],
        ),
        (
            ended(ReviewState.CHANGED, why="worded anew"),
            ["### ✏️ Worded anew for **My\\_digest**", BY, "-# its new card waits for a verdict"],
        ),
        (
            ended(ReviewState.REPLACED, why="for another telling of the story"),
            [
                "### 🔁 Another telling was taken for **My\\_digest**",
                BY,
                "-# its new card waits for a verdict",
            ],
        ),
        (
            ended(ReviewState.UNDONE, why="it was approved"),
            ["### ↩️ Undone for **My\\_digest**", f"{BY}: it was approved"],
        ),
    ],
)
def test_an_ended_card_says_what_by_whom_when_why_and_what_follows(
    one: Review, lines: list[str]
) -> None:
    assert ended_line(one, BALLOT).split("\n") == lines


def test_a_card_that_ended_in_no_known_way_says_only_what_it_is() -> None:
    assert ended_line(ended(ReviewState.WITHDRAWN, deciders=(), decided_at=None), BALLOT) == (
        "### Withdrawn from **My\\_digest**"
    )


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (review(), "It waits for a verdict still; please try again."),
        (
            ended(ReviewState.APPROVED),
            f"It was decided already: ✅ Approved for **My\\_digest**, {BY}",
        ),
        (
            ended(ReviewState.WITHDRAWN, deciders=(), why="its card is gone"),
            (f"That card is over: Withdrawn from **My\\_digest**, <t:{STAMP}:f>: its card is gone"),
        ),
        (
            ended(ReviewState.WITHDRAWN, deciders=(), decided_at=None),
            "That card is over: Withdrawn from **My\\_digest**",
        ),
    ],
)
def test_whoever_comes_too_late_is_told_what_was_decided(one: Review, said: str) -> None:
    assert said_line(one, BALLOT) == said


def told(
    one: Review,
    *votes: tuple[int, Verdict],
    verdict: Verdict = YES,
    cast: Cast = Cast.GIVEN,
) -> str:
    given = [Vote(user_id=user_id, verdict=said) for user_id, said in votes]
    counted = Counted(review=one, state=one.state)
    return tally_line(one, given, BALLOT, cast=cast, verdict=verdict, counted=counted)


def test_whoever_presses_is_told_how_the_votes_stand() -> None:
    two = review(approvals=2)
    assert told(two, (1, YES)) == "✅ Counted: 1 of 2 approve."
    assert told(two, cast=Cast.TAKEN_BACK) == "✅ Taken back: 0 of 2 approve."
    assert told(two, (1, YES), verdict=NO) == "❌ Counted: 1 of 2 approve."


def test_where_the_majority_decides_those_against_are_counted_too() -> None:
    two = review(approvals=3, veto=Veto.MAJORITY)
    assert told(two, (1, YES), (2, NO), verdict=NO) == "❌ Counted: 1 of 3 approve, 1 of 3 reject."
    assert told(two, (1, YES)) == "✅ Counted: 1 of 3 approve."


def test_each_person_is_told_of_once_and_nobody_of_their_own_draft() -> None:
    two = review(approvals=2, proposed_by=9, **DRAFT)
    assert told(two, (1, YES), (1, YES), (2, YES), (2, NO), (9, YES)) == (
        "✅ Counted: 1 of 2 approve."
    )


def test_whoever_decides_is_told_what_follows() -> None:
    one = ended(ReviewState.APPROVED)
    assert told(one) == (
        f"✅ Approved for **My\\_digest**\n{BY}\n-# it goes out <t:{STAMP + 3600}:R>"
    )


def test_whoever_asks_for_another_telling_is_told_whether_there_is_one() -> None:
    new = review()
    counted = Counted(review=new, state=ReviewState.REPLACED)
    given = {"cast": Cast.GIVEN, "verdict": Verdict.OTHER, "counted": counted}
    assert tally_line(new, [], BALLOT, **given) == (  # type: ignore[arg-type]
        "🔁 Another telling was taken; its card waits for a verdict."
    )
    assert told(review(brief=NO_BRIEF), verdict=Verdict.OTHER) == (
        "🔁 There is no other telling to take just now; the card waits as before."
    )
    assert told(review(), verdict=Verdict.OTHER, cast=Cast.TAKEN_BACK) == (
        "🔁 Taken back: 0 of 1 approve."
    )


def test_whoever_presses_while_discord_is_silent_is_told_so() -> None:
    line = tally_line(review(), [], BALLOT, cast=Cast.GIVEN, verdict=YES, counted=None)
    assert line == "✅ It is written down, and counts as soon as Discord lets me read the card."
