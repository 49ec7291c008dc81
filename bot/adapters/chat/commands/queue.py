"""/review queue: what waits for a verdict, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.buttons import kindly
from bot.adapters.chat.choices import Choices, digest_named, digests_offered, guild_of, offered
from bot.adapters.chat.commands.paging import paged
from bot.adapters.chat.cooldowns import Costly
from bot.adapters.chat.deciders import check_moderator, is_moderator
from bot.adapters.chat.replies import turn
from bot.adapters.chat.services import Services
from bot.core.review import Ballot, Kind, Review, Verdict, Vote
from bot.core.reviewing import queue_line
from bot.core.text import escape
from bot.core.wording import counted, moment

_ANY = "any"
_FARTHEST = 9999
_COUNT = 6  # characters beside an emoji: how many said so, of how many
_LATEST = datetime.max.replace(tzinfo=UTC)
_KINDS = [
    app_commands.Choice(name="articles of editions", value=Kind.ARTICLE.value),
    app_commands.Choice(name="drafts", value=Kind.DRAFT.value),
    app_commands.Choice(name="edits of what is posted", value=Kind.EDIT.value),
]
_NAMES = {Kind.ARTICLE: "articles", Kind.DRAFT: "drafts", Kind.EDIT: "edits"}
_NOTHING = "Nothing waits."
_ORDER = "-# what is due first, then what has no time, the longest waiting first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the queue somebody looks at."""

    kind: Kind | None = None
    digest_id: int | None = None
    page: int = 0

    def written(self) -> str:
        """Return it as the id of a button."""
        kind = self.kind.value if self.kind else _ANY
        return f"queue:{kind}:{self.digest_id or 0}:{min(self.page, _FARTHEST)}"

    def takes(self, review: Review) -> bool:
        """Tell whether a review is of that kind and digest."""
        kind = self.kind is None or review.kind is self.kind
        return kind and self.digest_id in {None, review.digest_id}


class QueueButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=re.compile(
        r"queue:(?P<kind>any|article|draft|edit):(?P<digest>[0-9]{1,18}):(?P<page>[0-9]{1,4})"
    ),
):
    """Leads to another page of the queue; works after a restart, for it remembers nothing."""

    def __init__(self, wanted: Wanted, *, label: str = "") -> None:
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=label, custom_id=wanted.written()
        )
        super().__init__(button)
        self.wanted = wanted

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],
    ) -> QueueButton:
        """Return the button that was pressed."""
        kind = None if match["kind"] == _ANY else Kind(match["kind"])
        digest_id = int(match["digest"]) or None
        return cls(Wanted(kind=kind, digest_id=digest_id, page=int(match["page"])))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show that page, if whoever pressed may see it."""
        services: Services = interaction.client.services
        await kindly(interaction, _show(services, interaction, self.wanted))


class QueueCommand:
    """The command that lists what waits."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def command(self) -> app_commands.Command[Any, ..., None]:
        """Return /review queue."""

        @app_commands.command(name="queue", description="What waits for a verdict")
        @app_commands.describe(kind="Only articles, drafts or edits", digest="Only of this digest")
        @app_commands.choices(kind=_KINDS)
        async def queue(
            interaction: discord.Interaction,
            kind: app_commands.Choice[str] | None = None,
            digest: str | None = None,
        ) -> None:
            services = self._services
            await check_moderator(services, interaction)
            wanted = Wanted(kind=Kind(kind.value) if kind else None)
            if digest is not None:
                here = await services.ledger.digests(guild_id=guild_of(interaction).id)
                wanted = replace(wanted, digest_id=digest_named(here, digest).id)
            await _show(services, interaction, wanted)

        queue.autocomplete("digest")(self._digests)
        return queue

    async def _digests(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(self._digests_offered(interaction, typed))

    async def _digests_offered(self, interaction: discord.Interaction, typed: str) -> Choices:
        if not await is_moderator(self._services, interaction):
            return []
        return await digests_offered(self._services.ledger, interaction, typed)


async def _show(services: Services, interaction: discord.Interaction[Any], wanted: Wanted) -> None:
    """Show a page of the queue, or the last one where there is none so far on."""
    await check_moderator(services, interaction)
    services.cooldowns.check(interaction.user.id, Costly.QUEUE, now=services.clock())
    pending = await services.ledger.pending_reviews(guild_id=guild_of(interaction).id)
    waiting = sorted((one for one in pending if wanted.takes(one)), key=_urgency)
    # the votes are asked for of those alone that are shown
    room = sum(len(services.ballot.emoji(verdict)) + _COUNT for verdict in Verdict)
    lines = [_line(one) for one in waiting]
    pages = paged([f"{line}{' ' * room}" for line in lines])
    view = discord.ui.View(timeout=None)
    if not pages:
        await turn(interaction, _none(wanted), view)
        return
    page = min(wanted.page, len(pages) - 1)
    if page > 0:
        view.add_item(QueueButton(replace(wanted, page=page - 1), label="Previous"))
    if page + 1 < len(pages):
        view.add_item(QueueButton(replace(wanted, page=page + 1), label="Next"))
    first = sum(map(len, pages[:page]))
    last = first + len(pages[page])
    shown = [
        f"{lines[number]} · {_said(one, services.ballot, await services.ledger.votes(one.id))}"
        for number, one in enumerate(waiting[first:last], start=first)
    ]
    heading = _heading(waiting, wanted, first=first + 1, last=last)
    await turn(interaction, "\n".join([heading, *shown, _ORDER]), view)


def _urgency(review: Review) -> tuple[datetime, datetime, int]:
    return review.due_at or _LATEST, review.created_at or _LATEST, review.id


def _none(wanted: Wanted) -> str:
    if wanted.kind is None and wanted.digest_id is None:
        return _NOTHING
    return "Nothing of that waits; see all of it with `/review queue`."


def _heading(waiting: Sequence[Review], wanted: Wanted, *, first: int, last: int) -> str:
    what = counted(len(waiting), "proposal")
    if wanted.kind is not None:
        what += f", {_NAMES[wanted.kind]} only"
    if wanted.digest_id is not None:
        what += f", of {escape(waiting[0].digest_name)} only"
    some = f" · {first} to {last}" if last - first + 1 < len(waiting) else ""
    return f"**What waits:** {what}{some}"


def _line(review: Review) -> str:
    asked = f" · asked {moment(review.created_at, 'R')}" if review.created_at else ""
    return f"- {queue_line(review)}{asked}"


def _said(review: Review, ballot: Ballot, votes: Iterable[Vote]) -> str:
    """Return how many said what so far, and how many approvals are needed."""
    counts = _counts(votes)
    parts = [f"{ballot.approve} {counts.get(Verdict.APPROVE, 0)} of {review.approvals}"]
    parts += [
        f"{ballot.emoji(verdict)} {counts[verdict]}"
        for verdict in Verdict
        if verdict in counts and verdict is not Verdict.APPROVE
    ]
    return " ".join(parts)


def _counts(votes: Iterable[Vote]) -> dict[Verdict, int]:
    people: dict[Verdict, set[int]] = {}
    for vote in votes:
        people.setdefault(vote.verdict, set()).add(vote.user_id)
    return {verdict: len(some) for verdict, some in people.items()}
