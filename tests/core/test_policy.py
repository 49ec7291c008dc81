"""How a server reviews, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.policy import lasting, policy_lines
from bot.core.review import Ballot, ReviewSettings, Undecided, Veto

BALLOT = Ballot(approve="✅", reject="❌")
PLAIN = ReviewSettings(guild_id=1, channel_id=2, role_id=None, approvals=1)


def lines(
    settings: ReviewSettings, *, lead_hours: float = 12, undo_for: timedelta = timedelta(minutes=30)
) -> list[str]:
    return list(policy_lines(settings, BALLOT, lead_hours=lead_hours, undo_for=undo_for))


def test_all_that_holds_is_said() -> None:
    assert lines(PLAIN) == [
        "Articles are proposed in <#2>, 12 hours before their edition.",
        "One ✅ approves. Only votes of whoever may manage messages there, or the server, count.",
        "One ❌ rejects, whatever others say.",
        (
            "One 🕒 leaves an article to the next edition, one 🔁 takes another telling of its "
            "story, and ✏️ lets you word it anew."
        ),
        "Whoever proposed a draft cannot approve it; somebody else has to.",
        "There are no buttons below a card, reactions alone.",
        (
            "Where an edition is due and not all of it is decided, what is approved is posted, and "
            "what is approved later is added."
        ),
        "Nobody is reminded of what waits.",
        "What nobody decides waits for as long as it takes.",
        "For 30 minutes a decision can be undone: `/review undo`.",
    ]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (replace(PLAIN, role_id=3), "Only votes of <@&3> count."),
        (replace(PLAIN, approvals=3), "3 ✅ of different people approve."),
        (
            replace(PLAIN, veto=Veto.MAJORITY),
            "❌ rejects where there are more of them than ✅.",
        ),
        (
            replace(PLAIN, veto=Veto.MAJORITY, approvals=2),
            "2 ❌ reject, where there are more of them than ✅.",
        ),
        (replace(PLAIN, own_drafts=True), "Whoever proposed a draft may approve it, too."),
        (replace(PLAIN, buttons=True), "Buttons below a card do the same as the reactions."),
        (replace(PLAIN, undecided=Undecided.WAIT), "it waits until all of it is."),
        (
            replace(PLAIN, undecided=Undecided.SKIP),
            "nothing is posted, and its articles come first in the next one.",
        ),
        (
            replace(PLAIN, remind_after=timedelta(hours=1)),
            "I remind you there, once, of what has waited 1 hour.",
        ),
        (
            replace(PLAIN, expire_after=timedelta(hours=48)),
            "What nobody decides within 48 hours is left to the next edition.",
        ),
    ],
)
def test_what_a_server_set_is_said(settings: ReviewSettings, said: str) -> None:
    assert any(line.endswith(said) or line.startswith(said) for line in lines(settings))


def test_what_the_operator_set_is_said() -> None:
    told = lines(PLAIN, lead_hours=0, undo_for=timedelta(0))
    assert told[0] == "Articles are proposed in <#2>, at the time of their edition."
    assert told[-1] == "Decisions cannot be undone."


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(minutes=60), "1 hour"),
        (timedelta(hours=1.5), "1.5 hours"),
        (timedelta(days=30), "720 hours"),
    ],
)
def test_spans_are_in_hours_or_minutes(span: timedelta, said: str) -> None:
    assert lasting(span) == said
