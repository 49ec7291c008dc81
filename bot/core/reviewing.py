"""What the bot writes about a review: its card as it stands, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.core.briefing import notes_of
from bot.core.card import CONTENT_LIMIT, Post
from bot.core.ending import PLAIN, WHY_LENGTH, ended_line, names_of
from bot.core.outbox import Action, DeliveryDraft
from bot.core.review import Kind, ReviewState, Verdict
from bot.core.text import cut, escape
from bot.core.url import message_url
from bot.core.wording import counted, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.review import Ballot, Decision, Review

WHY = "why"  # the button that asks for a reason
NO_MORE = "no more"  # the button that ends what tells of outcomes
_TITLE_LENGTH = 90


def review_delivery(review: Review, ballot: Ballot) -> DeliveryDraft:
    """Return the delivery that shows a review as it stands: its card, or the edit of its card.

    The first embed of one that waits is exactly what will be posted.
    """
    pending = review.state is ReviewState.PENDING
    new = pending and review.message_id is None
    return DeliveryDraft(
        key=_key(review),
        channel_id=review.channel_id,
        post=_waiting(review, ballot) if pending else _ended(review, ballot),
        review_id=review.id,
        action=Action.POST if new else Action.EDIT,
        message_id=None if new else review.message_id,
    )


def outcome_delivery(review: Review) -> DeliveryDraft | None:
    """Return what tells who suggested an article what came of it; None where nothing is told."""
    told = {
        ReviewState.APPROVED: "was approved, and goes out with the next edition. Thank you!",
        ReviewState.REJECTED: "was not taken this time. Thank you all the same!",
        ReviewState.EXPIRED: "was not decided in time, so it is not posted for now.",
    }.get(review.state)
    if told is None or review.suggested_by is None:
        return None
    content = f"Your suggestion **{review.card.title}** for {escape(review.digest_name)} {told}"
    return DeliveryDraft(
        key=f"outcome:{review.id}:{review.state.value}",
        channel_id=review.channel_id,
        post=Post(content=cut(content, CONTENT_LIMIT), cards=(), offers=(NO_MORE,)),
        user_id=review.suggested_by,
    )


def reminder_delivery(reviews: Sequence[Review]) -> DeliveryDraft:
    """Return the message that reminds moderators of these, all of one channel, the oldest first."""
    head = f"### ⏰ {counted(len(reviews), 'card')} still to be decided"
    rest = "\n- and {} more: `/review queue`"
    room = CONTENT_LIMIT - len(head) - len(rest.format(len(reviews)))
    lines: list[str] = []
    for review in reviews:
        line = f"\n- {queue_line(review)}"
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    more = len(reviews) - len(lines)
    return DeliveryDraft(
        key=f"remind:{reviews[0].id}:{len(reviews)}",
        channel_id=reviews[0].channel_id,
        post=Post(content=head + "".join(lines) + (rest.format(more) if more else ""), cards=()),
    )


def no_say_delivery(review: Review, user_id: int) -> DeliveryDraft:
    """Return what tells somebody, once in each server, that their sign does not count."""
    content = (
        f"Your sign in <#{review.channel_id}> does not count: there moderators decide what is "
        "posted.\n-# You are told this once."
    )
    if user_id == review.proposed_by:
        content = (
            f"You proposed that draft in <#{review.channel_id}>, so somebody else has to approve "
            "it.\n-# You are told this once."
        )
    own = ":own" if user_id == review.proposed_by else ""
    return DeliveryDraft(
        key=f"no-say:{review.guild_id}:{user_id}{own}",
        channel_id=review.channel_id,
        post=Post(content=content, cards=()),
        user_id=user_id,
    )


def queue_line(review: Review) -> str:
    """Return one line about what waits, with a link to its card."""
    match review.kind:
        case Kind.EDIT:
            due = f"an edit in <#{review.edit_in}>"
        case Kind.DRAFT:
            due = "a draft"
        case Kind.ARTICLE:
            due = f"due {moment(review.due_at, 'R')}" if review.due_at else "for the next edition"
        case _:
            assert_never(review.kind)
    title = f"**{cut(review.card.title, _TITLE_LENGTH)}** for {escape(review.digest_name)}, {due}"
    return title + card_link(review.guild_id, review.channel_id, review.message_id)


_DECIDED = {
    ReviewState.PENDING: "waits",
    ReviewState.APPROVED: "approved",
    ReviewState.REJECTED: "rejected",
    ReviewState.HELD: "held for the next edition",
    ReviewState.EXPIRED: "not decided in time",
    ReviewState.WITHDRAWN: "withdrawn",
    ReviewState.CHANGED: "worded anew",
    ReviewState.REPLACED: "another telling taken",
    ReviewState.UNDONE: "undone",
}


def decision_line(decision: Decision) -> str:
    """Return one line of the record."""
    by = f" by {names_of(decision.by)}" if decision.by else ""
    told = decision.why and decision.state not in PLAIN
    why = f": {cut(escape(decision.why), WHY_LENGTH)}" if told else ""
    title = cut(decision.title, _TITLE_LENGTH)
    what = _DECIDED[decision.state]
    line = f"**{title}** for {escape(decision.digest_name)}: {what}{by}, {moment(decision.at, 'R')}"
    return line + why + card_link(decision.guild_id, decision.channel_id, decision.message_id)


def card_link(guild_id: int, channel_id: int, message_id: int | None) -> str:
    """Return a link to a card, where it has arrived."""
    if message_id is None:
        return ""
    return f" · [card]({message_url(guild_id, channel_id, message_id)})"


def waiting_line(review: Review) -> str:
    """Return what stands above a card that waits: for which digest, and until when."""
    digest = f"**{escape(review.digest_name)}**"
    match review.kind:
        case Kind.EDIT:
            return f"### Edit of what stands in <#{review.edit_in}>\n-# {digest}"
        case Kind.DRAFT:
            by = "" if review.proposed_by is None else f"by <@{review.proposed_by}>; "
            following = "once approved it goes out with the next edition"
            return f"### Proposed for {digest}\n-# {by}{following}"
        case Kind.ARTICLE:
            at = review.due_at
            due = f"due {moment(at)}, {moment(at, 'R')}" if at else "for the next edition"
            return f"### Proposed for {digest}\n-# {due}"
        case _:
            assert_never(review.kind)


def _key(review: Review) -> str:
    """Return what is unique for ever: a card, and each thing that it comes to say."""
    if review.state is not ReviewState.PENDING:
        return f"review:{review.id}:{review.state.value}"
    return f"review:{review.id}" if review.message_id is None else f"review:{review.id}:change"


def _waiting(review: Review, ballot: Ballot) -> Post:
    notes = notes_of(review, ballot)
    if review.buttons:
        offers = tuple(verdict.value for verdict in review.signs)
    else:
        offers = (Verdict.CHANGE.value,) if review.wants_change else ()
    return Post(
        content=cut(waiting_line(review), CONTENT_LIMIT),
        cards=(review.card,) if notes is None else (review.card, notes),
        review=review.id,
        offers=offers,
    )


def _ended(review: Review, ballot: Ballot) -> Post:
    return Post(
        content=cut(ended_line(review, ballot), CONTENT_LIMIT),
        cards=(review.card,),
        review=review.id,
        offers=(WHY,) if review.state is ReviewState.REJECTED else (),
    )
