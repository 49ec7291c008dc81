"""What was decided, as choices, and how what was typed of it is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from bot.adapters.chat.choices import Choices, Refusal
from bot.core.answer import LABEL_LIMIT
from bot.core.article import ArticleId
from bot.core.review import ReviewState
from bot.core.text import cut, escape, unescaped
from bot.core.words import beginnings, spaced, words_of
from bot.services.find import CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from bot.adapters.chat.services import Services
    from bot.core.review import Decision

_LOOKED_AT = 200  # newest decisions of which titles are offered
_MINUTE = 60
_UNDOABLE = {
    ReviewState.APPROVED,
    ReviewState.REJECTED,
    ReviewState.HELD,
    ReviewState.EXPIRED,
}


async def decided_choices(services: Services, typed: str, *, guild_id: int) -> Choices:
    """Return the articles about which something was decided of late."""
    decisions = await services.ledger.decisions(guild_id, limit=_LOOKED_AT)
    titles = {one.article_id: unescaped(one.title) for one in reversed(decisions)}
    newest = dict.fromkeys(one.article_id for one in decisions)
    return [
        app_commands.Choice(name=cut(titles[found], LABEL_LIMIT), value=f"#{found}")
        for found in newest
        if _holds(titles[found], typed)
    ][:CHOICES]


async def article_decided(services: Services, typed: str, *, guild_id: int) -> ArticleId:
    """Return the article that is meant, by its id or title; raise Refusal where none is."""
    wanted = typed.strip().removeprefix("#")
    known = services.library.catalogue.get(wanted)
    if known is not None:
        return known.id
    decisions = await services.ledger.decisions(guild_id, limit=_LOOKED_AT)
    found = {
        one.article_id for one in decisions if one.article_id == wanted or _is_meant(one, typed)
    }
    if len(found) != 1:
        raise Refusal(_unclear(len(found), typed))
    return found.pop()


async def undoable(services: Services, *, guild_id: int) -> Sequence[Decision]:
    """Return what can be undone still, the newest first."""
    if not services.defaults.undo_for:
        return []
    since = services.clock() - services.defaults.undo_for
    decisions = await services.ledger.decisions(guild_id, since=since, limit=_LOOKED_AT)
    last: dict[int, Decision] = {}
    for decision in decisions:
        last.setdefault(decision.review_id, decision)
    return [decision for decision in last.values() if decision.state in _UNDOABLE]


def undo_choices(
    services: Services, decisions: Iterable[Decision], typed: str, *, user_id: int
) -> Choices:
    """Return what can be undone: what was decided, by whom, and how long that is possible."""
    return [
        app_commands.Choice(
            name=_label(decision, services, user_id=user_id), value=str(decision.review_id)
        )
        for decision in decisions
        if _holds(unescaped(decision.title), typed)
    ][:CHOICES]


def one_undoable(decisions: Sequence[Decision], typed: str) -> Decision:
    """Return the decision that is meant, by its number or title; raise Refusal where none is."""
    wanted = typed.strip()
    for decision in decisions:
        if str(decision.review_id) == wanted:
            return decision
    found = [one for one in decisions if _is_meant(one, typed)]
    if len(found) != 1:
        raise Refusal(_unclear(len(found), typed))
    return found[0]


def _label(decision: Decision, services: Services, *, user_id: int) -> str:
    left = decision.at + services.defaults.undo_for - services.clock()
    end = f" — {decision.state.value} {_by(decision, user_id)}, {_left(left)}"
    return cut(unescaped(decision.title), LABEL_LIMIT - len(end)) + end


def _left(left: timedelta) -> str:
    minutes, rest = divmod(left.total_seconds(), _MINUTE)
    return f"{minutes:g} min left" if minutes else f"{rest:g} s left"


def _by(decision: Decision, user_id: int) -> str:
    """Return who decided, as far as the bot knows names without asking Discord for members."""
    if not decision.by:
        return "by nobody"
    if user_id not in decision.by:
        return "by others"
    return "by you" if len(decision.by) == 1 else "by you and others"


def _is_meant(decision: Decision, typed: str) -> bool:
    return bool(words_of(typed)) and _holds(unescaped(decision.title), typed)


def _holds(title: str, typed: str) -> bool:
    """Tell whether a title holds every word typed, as begun words too."""
    line = spaced(title)
    return all(word in line for word in beginnings(typed))


def _unclear(many: int, typed: str) -> str:
    there = f"are {many} decisions like" if many else "is no decision like"
    return f"There {there} “{escape(cut(typed, 100))}”; choose one from the list."
