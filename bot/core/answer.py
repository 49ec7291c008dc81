"""An answer to a search: what it shows and where its buttons lead, as plain data within limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.core.browsing import PAGE, Spot
from bot.core.card import FIELD_LIMIT, TOTAL_LIMIT, Card, link
from bot.core.marking import NO_MARKS
from bot.core.text import cut, escape
from bot.core.url import host_of
from bot.core.wording import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.article import ArticleId, Headline
    from bot.core.asking import Shown
    from bot.core.query import Marks
    from bot.core.saved import Posted

# https://discord.com/developers/docs/components/reference#string-select-select-option-structure
OPTIONS_LIMIT = 25
LIST_LIMIT = 4096  # of the text of an embed
LABEL_LIMIT = 100
BUTTON_LIMIT = 80
PLACES_FIELD = "Posted here"
_TO_RESULTS = "Back to results"
CLOSEST = "-# No article holds all the words; the closest:"
_PLACES = 3
_NAME_LENGTH = 100
_TITLE_LENGTH = 120  # code points of a title in a list
_TYPED_LENGTH = 100
_MARGIN = 60  # code points, for the names of fields and of the list


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A button that leads to another spot."""

    label: str
    spot: Spot
    emoji: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An article to open."""

    label: str
    value: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """The articles to open from a spot."""

    placeholder: str
    spot: Spot
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One message: a line, a card, a list of others, and what can be pressed below.

    `sharing` is the spot whose open article can be shared, `telling` what stands for a search of
    which one can be told.
    """

    content: str = ""
    card: Card | None = None
    places: str = ""
    title: str = ""
    listed: str = ""
    menu: Menu | None = None
    steps: tuple[Step, ...] = ()
    sharing: Spot | None = None
    telling: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The article that an answer shows whole: its card, and where it stands."""

    id: ArticleId
    card: Card
    places: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of results, the best first, and how many there are on all pages."""

    articles: Sequence[Headline]
    total: int
    whole: bool = True
    marks: Marks = NO_MARKS


def results_answer(
    spot: Spot,
    page: Page,
    opened: Opened,
    *,
    question: Shown,
    meant: tuple[str, str] | None = None,
) -> Answer:
    """Return a page of results: one open, the others listed; `meant` as in `nothing_answer`."""
    numbered = list(enumerate(page.articles, spot.offset + 1))
    others = [(number, article) for number, article in numbered if article.id != opened.id]
    lines = [_heading(question, first=spot.offset + 1, page=page)]
    steps = []
    if spot.offset:
        steps.append(Step(label="Previous", emoji="◀", spot=spot.turned(-1)))
    if spot.offset + PAGE < page.total:
        steps.append(Step(label="Next", emoji="▶", spot=spot.turned(1)))
    steps.append(_to_related(spot, opened))
    if not page.whole:
        lines.insert(0, CLOSEST)
    if meant is not None:
        lines.append(_did_you_mean(meant))
        steps.append(_to_meant(meant))
    return Answer(
        content=cut_lines(lines),
        card=opened.card,
        places=opened.places,
        listed=_listed(others, opened, marks=page.marks),
        menu=_menu(others, spot=spot, placeholder="Open another result"),
        steps=tuple(steps),
        sharing=replace(spot, shown=opened.id),
    )


def article_answer(spot: Spot, opened: Opened) -> Answer:
    """Return one article by itself."""
    steps = [_to_related(spot, opened)]
    if spot.shown:
        steps.insert(0, Step(label=_TO_RESULTS, emoji="↩", spot=spot.closed()))
    return Answer(
        card=opened.card,
        places=opened.places,
        steps=tuple(steps),
        sharing=replace(spot, shown=opened.id),
    )


def walk_answer(spot: Spot, opened: Opened, related: Sequence[Headline], *, single: bool) -> Answer:
    """Return a step of a walk: an article, and what is related to it.

    With `single` the walk began at one article that was opened by itself, not among results.
    """
    numbered = list(enumerate(related[:OPTIONS_LIMIT], 1))
    home = Step(label="Back to the article" if single else _TO_RESULTS, emoji="↩", spot=spot.home())
    back = Step(label="Back", emoji="◀", spot=spot.back())
    return Answer(
        content="" if numbered else "Nothing is related to this article.",
        card=opened.card,
        places=opened.places,
        title="Related" if numbered else "",
        listed=_listed(numbered, opened),
        menu=_menu(numbered, spot=spot, placeholder="Go on to a related article"),
        steps=(back, home) if spot.walk[1:] else (home,),
        sharing=spot,
    )


def nothing_answer(
    spot: Spot,
    *,
    question: Shown,
    nearest: Sequence[Headline] = (),
    meant: tuple[str, str] | None = None,
    hindered: Sequence[str] = (),
    unfiltered: str | None = None,
    telling: bool = False,
) -> Answer:
    """Return what is said where nothing was found.

    `meant` is the text to ask instead and what stands for it, `unfiltered` stands for the search
    without its filters. With `telling` one can wait for the search.
    """
    what = f" for {typed(question.words)}" if question.words else ""
    lines = [f"Nothing found{what}{_filters(question)}."]
    steps = []
    if meant is not None:
        lines.append(_did_you_mean(meant))
        steps.append(_to_meant(meant))
    if hindered:
        lines.append(f"There is more without: {escape(cut(', '.join(hindered), 300))}.")
    if unfiltered is not None and (meant is None or unfiltered != meant[1]):
        steps.append(Step(label="Search without filters", emoji="🔎", spot=Spot(asked=unfiltered)))
    if nearest:
        lines += ["The nearest:", *(f"- {_line(article)}" for article in nearest)]
    return Answer(
        content=cut_lines(lines),
        menu=_menu(list(enumerate(nearest, 1)), spot=spot, placeholder="Open one of them"),
        steps=tuple(steps),
        telling=spot.asked if telling else None,
    )


def cut_lines(lines: Sequence[str], limit: int = 2000) -> str:
    """Return as many lines as fit."""
    kept: list[str] = []
    for line in lines:
        if sum(len(one) + 1 for one in kept) + len(line) <= limit:
            kept.append(line)
    return "\n".join(kept)


def places_line(posted: Sequence[tuple[str, Posted]]) -> str:
    """Return where an article stands: a link to each message, named by its channel, and its age."""
    lines = [
        f"{link(f'#{name}', one.url, limit=_NAME_LENGTH)} · {moment(one.at, 'R')}"
        for name, one in posted[:_PLACES]
    ]
    return cut_lines(lines, FIELD_LIMIT)


def typed(words: str) -> str:
    """Return words as code, in which no link or invitation comes alive."""
    return f"`{cut(words, _TYPED_LENGTH).replace('`', chr(0x2019))}`"


def shared_line(user_id: int) -> str:
    """Return the line above an article that somebody shared."""
    return f"-# Shared by <@{user_id}>"


def _heading(question: Shown, *, first: int, page: Page) -> str:
    last = first + len(page.articles) - 1
    span = f"{first}" if first == last else f"{first}–{last}"  # noqa: RUF001 (a range)
    what = f"for {typed(question.words)}" if question.words else "newest first"
    return f"{span} of {page.total:,} {what}{_filters(question)}"


def _filters(question: Shown) -> str:
    if not question.filters:
        return ""
    return f" ({escape(cut(', '.join(question.filters), 300))})"


def _to_related(spot: Spot, opened: Opened) -> Step:
    return Step(label="Related", emoji="🔗", spot=spot.related(opened.id))


def _did_you_mean(meant: tuple[str, str]) -> str:
    return f"Did you mean **{escape(cut(meant[0], _TYPED_LENGTH))}**?"


def _to_meant(meant: tuple[str, str]) -> Step:
    text, asked = meant
    return Step(label=cut(f"Search {text}", BUTTON_LIMIT), emoji="🔎", spot=Spot(asked=asked))


def _listed(
    numbered: Sequence[tuple[int, Headline]], opened: Opened, *, marks: Marks = NO_MARKS
) -> str:
    taken = opened.card.length + len(opened.places) + _MARGIN
    room = min(TOTAL_LIMIT - taken, LIST_LIMIT)
    lines: list[str] = []
    for at, (number, article) in enumerate(numbered):
        after = sum(len(_line(other, address=False)) + 8 for _, other in numbered[at + 1 :])
        left = room - sum(len(line) + 1 for line in lines)
        line = f"**{number}.** {_line(article, marks=marks)}"
        if len(line) + after > left:  # long addresses give way to titles
            line = f"**{number}.** {_line(article, address=False)}"
        if len(line) > left:
            break
        lines.append(line)
    return "\n".join(lines)


def _line(article: Headline, *, marks: Marks = NO_MARKS, address: bool = True) -> str:
    title, host = cut(escape(article.title), _TITLE_LENGTH), ""
    if address and article.url:
        title = link(article.title, article.url, limit=_TITLE_LENGTH, marks=marks)
        host = host_of(article.url)  # a link says where it leads
    source = f" · {escape(cut(article.source, 60))}" if article.source else ""
    if host and article.source.casefold() != host:
        source += f" · {escape(host)}"
    date = f" · {moment(article.published_at, 'R')}" if article.published_at else ""
    return f"{title}{source}{date}"


def _menu(numbered: Sequence[tuple[int, Headline]], *, spot: Spot, placeholder: str) -> Menu | None:
    if not numbered:
        return None
    options = tuple(
        Option(
            label=cut(f"{number}. {article.title}", LABEL_LIMIT),
            value=article.id,
            description=cut(article.source, LABEL_LIMIT),
        )
        for number, article in numbered[:OPTIONS_LIMIT]
    )
    return Menu(placeholder=placeholder, spot=spot, options=options)
