"""What the bot writes around cards: headings of editions, and what a review card says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.core.card import CARDS_LIMIT, CONTENT_LIMIT, Post
from bot.core.digest import CatchUp
from bot.core.outbox import DeliveryDraft, Settling
from bot.core.text import cut, escape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.core.digest import Digest, Edition
    from bot.core.outbox import Doubt
    from bot.core.review import ReviewSettings

UNDECIDED_NOTE = "skipped: the moderators had not decided about all of it"
_TITLE_LENGTH = 60  # of one in doubt
_REASON_LENGTH = 200


def moment(at: datetime, style: str = "f") -> str:
    """Return Discord's mark for an instant, which each reader sees in their own zone.

    Styles: https://discord.com/developers/docs/reference#message-formatting-timestamp-styles
    """
    return f"<t:{int(at.timestamp())}:{style}>"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is not one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def edition_heading(digest: Digest, due_at: datetime) -> str:
    """Return the line above an edition's cards."""
    name = escape(digest.name)
    return f"## 📰 {name}\n-# {escape(digest.scope)} · {moment(due_at, 'D')}"


def late_heading(edition: Edition) -> str:
    """Return the line above what was approved after its edition had begun."""
    return f"-# 📰 {escape(edition.digest_name)} · added to {moment(edition.due_at, 'D')}"


def ping(role_id: int, heading: str) -> str:
    """Return a heading below the mention of a role."""
    return cut(f"<@&{role_id}>\n{heading}", CONTENT_LIMIT)


def missed_note(catch_up: CatchUp, *, made_up: bool) -> str:
    """Return why a slot that was missed has no edition, or none of its own."""
    match catch_up:
        case CatchUp.SKIP:
            why = "this digest makes up for nothing"
        case CatchUp.LATEST if made_up:
            why = "one edition made up for all"
        case CatchUp.LATEST | CatchUp.ALL:
            why = "too long ago to make up for"
        case _:
            assert_never(catch_up)
    return f"missed while away: {why}"


def cancelled_note(*, off: bool) -> str:
    """Return why an edition that was planned does not come."""
    return "cancelled: it is a day off" if off else "cancelled: the digest is not due then any more"


def aside_notice(names: Sequence[str], *, channel_id: int, desk: bool, reason: str) -> Post:
    """Return what to tell whoever set up digests whose channel, or whose moderators', refuses."""
    bold = ", ".join(f"**{escape(name)}**" for name in names)
    what = f"the review cards of {bold}" if desk else bold
    needed = "View Channel, Send Messages, Embed Links and Read Message History"
    if desk:
        needed = "View Channel, Send Messages, Embed Links, Read Message History and Add Reactions"
    content = (
        f"### ⏸️ Set aside\nDiscord refuses {what} in <#{channel_id}>: {escape(reason)}\n"
        f"Nothing is lost: what is due waits, and goes out once I may post there again. I need "
        f"{needed} there. `/digest resume` tries at once.\n"
        f"-# You get this because you set {'it' if len(names) == 1 else 'them'} up."
    )
    return Post(content=cut(content, CONTENT_LIMIT), cards=())


def doubt_delivery(doubt: Doubt, review: ReviewSettings | None) -> DeliveryDraft | None:
    """Return the message that asks about a post in doubt; None where there is nobody to ask.

    It asks the moderators where they review, else whoever added the digest, who is told only where
    to answer.
    """
    if review is None and not doubt.created_by:
        return None
    text = [
        "### Was this posted?",
        doubt_line(doubt),
        f"Please look in <#{doubt.channel_id}>, and say what is to be done:",
        "- **It is there**: it counts as posted",
        "- **Post it**: it is sent once more, also if it is there",
        "- **Drop it**: it is given up; its articles never come to that channel again",
    ]
    if review is None:
        text.append("Answer with `/digest history` in that server; nothing happens until then.")
    return DeliveryDraft(
        key=f"doubt:{doubt.delivery_id}",
        channel_id=review.channel_id if review else doubt.channel_id,
        post=Post(
            content=cut("\n".join(text), CONTENT_LIMIT),
            cards=(),
            asks=doubt.delivery_id if review else None,
        ),
        user_id=None if review else doubt.created_by,
    )


def doubt_line(doubt: Doubt, *, titles: int = CARDS_LIMIT) -> str:
    """Return what is in doubt, with so many titles, since when, and why nobody knows."""
    named = [f"“{cut(title, _TITLE_LENGTH)}”" for title in doubt.titles[:titles]]
    more = len(doubt.titles) - len(named)
    shown = ", ".join([*named, *([f"{more} more"] if more else [])])
    return (
        f"**{escape(doubt.digest_name)}** of {moment(doubt.due_at)} in <#{doubt.channel_id}> with "
        f"{shown}: nobody knows whether it was posted, since {moment(doubt.since)}.\n"
        f"-# {cut(escape(doubt.reason), _REASON_LENGTH)}"
    )


def settled_line(doubt: Doubt, settling: Settling, *, by: int, at: datetime) -> str:
    """Return what was decided about a post that was in doubt, by whom and when."""
    match settling:
        case Settling.THERE:
            what = "✅ It is there"
        case Settling.POST:
            what = "📮 It is posted now"
        case Settling.DROP:
            what = "🗑 It was given up"
        case _:
            assert_never(settling)
    digest = f"**{escape(doubt.digest_name)}** of {moment(doubt.due_at)}"
    return f"{what}: {digest}, decided by <@{by}>, {moment(at)}"
