"""What somebody is told of what is held of them, and of what was erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.wording import counted, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from bot.core.people import Holdings

_NOTHING = "I hold nothing of you."
_ELSEWHERE = (
    "-# What stands in channels is Discord's: my messages stay there, also where they name you, "
    "and so do your reactions. You can take those back, and moderators can delete messages."
)
ERASING = (
    "This erases in all servers what I hold of you: your votes and decisions, who suggested what, "
    "your saved searches, and what I wrote or was about to write to you. Digests that you set up "
    "go on, but nobody is told any more when their channel refuses. What nobody has decided yet "
    "stays until that is done.\n"
    "It cannot be undone. `/privacy show` shows what there is."
)


def held_text(holdings: Holdings, *, keep_for: timedelta) -> str:
    """Return what is held of somebody and for how long, in all servers."""
    lines = [_NOTHING]
    if holdings.anything:
        since = holdings.since
        oldest = f"The oldest is of {moment(since, 'D')}. " if since else ""
        lines = [
            "### What I hold of you, in all servers",
            *_kinds(holdings, keep_for=keep_for),
            "",  # else what follows would be part of the list
            f"{oldest}`/privacy erase` erases it.",
        ]
        if holdings.waiting:
            lines.append(
                f"{_waiting(holdings)}: that stays until it is decided, however long it takes."
            )
    lines += [
        "You are told what comes of what you suggest."
        if holdings.told
        else "You are not told what comes of what you suggest.",
        _ELSEWHERE,
    ]
    return "\n".join(lines)


def erased_text(erased: Holdings) -> str:
    """Return what was erased of somebody, and what must stay."""
    lines = ["I held nothing of you that could be erased."]
    if erased.anything:
        lines = [f"Erased: {', '.join(_counted(erased))}."]
    if erased.digests:
        lines.append("The digests go on, and nobody knows who set them up.")
    if erased.waiting:
        lines.append(
            f"{_waiting(erased)}. Until that is decided I must know it, so that nobody votes twice "
            "or approves their own; then it is erased by itself, and I tell you nothing of it."
        )
    return "\n".join([*lines, _ELSEWHERE])


def _waiting(holdings: Holdings) -> str:
    """Say how much waits in which somebody has a part."""
    proposals = counted(holdings.waiting, "proposal")
    return f"You had a part in {proposals} that nobody has decided yet"


def _kinds(holdings: Holdings, *, keep_for: timedelta) -> Iterator[str]:
    days = f"for {counted(keep_for.days, 'day')}"
    until = (
        f"on what was proposed, {days}",
        f"that you took as a moderator, {days}; moderators see them with your name",
        f"of yours, also drafts that you proposed, {days}",
        "until you end it with `/searches`",
        "that you set up, until it is removed; I write to you if its channel refuses",
        f"that I wrote to you or am about to, {days}",
    )
    for (number, what), how_long in zip(_numbers(holdings), until, strict=True):
        if number:
            yield f"- {what} {how_long}"


def _counted(holdings: Holdings) -> list[str]:
    return [what for number, what in _numbers(holdings) if number]


def _numbers(holdings: Holdings) -> tuple[tuple[int, str], ...]:
    """Return how much there is of each kind, also in words."""
    searches = f"{holdings.searches:,} saved search{'' if holdings.searches == 1 else 'es'}"
    return (
        (holdings.votes, counted(holdings.votes, "vote")),
        (holdings.decisions, counted(holdings.decisions, "decision")),
        (holdings.suggestions, counted(holdings.suggestions, "suggestion")),
        (holdings.searches, searches),
        (holdings.digests, counted(holdings.digests, "digest")),
        (holdings.messages, counted(holdings.messages, "message")),
    )
