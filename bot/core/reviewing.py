"""What the bot writes about a review: its card as it stands, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.card import CONTENT_LIMIT, Post
from bot.core.outbox import Action, DeliveryDraft
from bot.core.review import ReviewState
from bot.core.text import cut, escape
from bot.core.wording import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.review import Ballot, Decision, Review

_TITLE_LENGTH = 90


def review_delivery(review: Review, ballot: Ballot) -> DeliveryDraft:
    """Return the delivery that shows a review as it stands: its card, or the edit of its card."""
    content = cut(review_line(review, ballot), CONTENT_LIMIT)
    key = f"review:{review.id}"
    pending = review.state is ReviewState.PENDING
    new = pending and review.message_id is None
    stage = "change" if pending else review.state.value
    return DeliveryDraft(
        key=key if new else f"{key}:{stage}",
        channel_id=review.channel_id,
        post=Post(content=content, cards=(review.card,)),
        review_id=review.id,
        action=Action.POST if new else Action.EDIT,
        message_id=None if new else review.message_id,
    )


def review_line(review: Review, ballot: Ballot) -> str:
    """Return what stands above a review's card."""
    if review.state is ReviewState.PENDING:
        return _asking(review, ballot)
    who = " and ".join(f"<@{user_id}>" for user_id in review.deciders)
    when = moment(review.decided_at) if review.decided_at else ""
    whence = ", ".join(part for part in (f"by {who}" if who else "", review.why, when) if part)
    return f"### {_ended(review, ballot)}\n{whence}"


def outcome_delivery(review: Review) -> DeliveryDraft | None:
    """Return what tells who suggested an article what came of it; None where nothing is told."""
    told = {
        ReviewState.APPROVED: "approved; it is posted with the next edition",
        ReviewState.REJECTED: "not taken this time",
    }.get(review.state)
    if told is None or review.suggested_by is None:
        return None
    content = f"Your suggestion **{review.card.title}** was {told}. Thank you!"
    return DeliveryDraft(
        key=f"outcome:{review.id}:{review.state.value}",
        channel_id=review.channel_id,
        post=Post(content=cut(content, CONTENT_LIMIT), cards=()),
        user_id=review.suggested_by,
    )


def reminder_delivery(reviews: Sequence[Review]) -> DeliveryDraft:
    """Return the message that reminds moderators of these, all of one channel, the oldest first."""
    lines = [f"- {queue_line(review)}" for review in reviews]
    content = "\n".join(["### Still to be decided", *lines])
    return DeliveryDraft(
        key=f"remind:{reviews[0].id}:{len(reviews)}",
        channel_id=reviews[0].channel_id,
        post=Post(content=cut(content, CONTENT_LIMIT), cards=()),
    )


def no_say_delivery(review: Review, user_id: int) -> DeliveryDraft:
    """Return what tells somebody, once in each server, that their sign does not count."""
    role = "those who may manage messages" if review.role_id is None else "a role that you lack"
    content = f"Your reaction in <#{review.channel_id}> does not count: {role} decides there."
    return DeliveryDraft(
        key=f"no-say:{review.guild_id}:{user_id}",
        channel_id=review.channel_id,
        post=Post(content=content, cards=()),
        user_id=user_id,
    )


def queue_line(review: Review) -> str:
    """Return one line about what waits, with a link to its card."""
    due = f"due {moment(review.due_at, 'R')}" if review.due_at else "a draft"
    if review.edit_in is not None:
        due = f"an edit in <#{review.edit_in}>"
    title = f"**{cut(review.card.title, _TITLE_LENGTH)}** for {escape(review.digest_name)}, {due}"
    return title + card_link(review.guild_id, review.channel_id, review.message_id)


def decision_line(decision: Decision) -> str:
    """Return one line of the record."""
    who = " and ".join(f"<@{user_id}>" for user_id in decision.by)
    why = f": {escape(decision.why)}" if decision.why else ""
    by = f" by {who}" if who else ""
    title = cut(decision.title, _TITLE_LENGTH)
    line = f"**{title}** {decision.state.value}{by}, {moment(decision.at, 'R')}{why}"
    return line + card_link(decision.guild_id, decision.channel_id, decision.message_id)


def card_link(guild_id: int, channel_id: int, message_id: int | None) -> str:
    """Return a link to a card, where it has arrived."""
    if message_id is None:
        return ""
    return f" · [card](https://discord.com/channels/{guild_id}/{channel_id}/{message_id})"


def _asking(review: Review, ballot: Ballot) -> str:
    digest = f"**{escape(review.digest_name)}**"
    needed = "" if review.approvals == 1 else f" ({review.approvals} needed)"
    if review.edit_in is not None:
        return (
            f"### Edit of what stands in <#{review.edit_in}>\n{digest} · "
            f"{ballot.approve} approves{needed}, {ballot.reject} leaves it as it is"
        )
    goes = f"due {moment(review.due_at)}" if review.due_at else "a draft, for the next edition"
    return (
        f"### Proposed for {digest}\n{goes} · {ballot.approve} approves{needed}, "
        f"{ballot.reject} rejects\n-# {escape(review.reason)}"
    )


def _ended(review: Review, ballot: Ballot) -> str:
    digest = f"**{escape(review.digest_name)}**"
    edit = review.edit_in is not None
    what = f"the edit in <#{review.edit_in}>" if edit else f"for {digest}"
    words = {
        ReviewState.APPROVED: f"{ballot.approve} Approved {what}",
        ReviewState.REJECTED: f"{ballot.reject} Rejected {what}",
        ReviewState.HELD: f"{ballot.hold} Held for the next edition of {digest}",
        ReviewState.EXPIRED: f"Left to the next edition of {digest}",
        ReviewState.WITHDRAWN: f"Withdrawn: {what}" if edit else f"Withdrawn from {digest}",
        ReviewState.CHANGED: f"{ballot.change} Worded anew {what}",
        ReviewState.REPLACED: f"{ballot.other} Another telling {what}",
        ReviewState.UNDONE: f"Undone {what}",
    }
    return words[review.state]
