"""Whatever is posted, what discord.py sends of it keeps Discord's limits and its description."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.adapters.chat.answers import edit, parts_of, send
from bot.adapters.chat.commands.suggest import SuggestionForm
from bot.adapters.chat.posts import DiscordChat
from bot.adapters.chat.verdicts import ChangeForm, WhyForm
from bot.core.answer import (
    Opened,
    Page,
    article_answer,
    nothing_answer,
    places_line,
    results_answer,
    walk_answer,
)
from bot.core.asking import Shown
from bot.core.browsing import PAGE, Spot
from bot.core.card import card_of
from bot.core.digest import EditionState, Item
from bot.core.marking import marks_of
from bot.core.outbox import Action, Doubt, Sent
from bot.core.posting import deliveries_of
from bot.core.review import Ballot, Review, ReviewSettings
from bot.core.reviewing import (
    no_say_delivery,
    outcome_delivery,
    reminder_delivery,
    review_delivery,
)
from bot.core.saved import Posted
from bot.core.suggestion import Shown as Embedded
from bot.core.suggestion import Suggestible, suggestible
from bot.core.text import clean
from bot.core.wording import doubt_delivery
from bot.services.moderate import LONGEST_REASON
from tests.core.proposals import reviews
from tests.core.samples import (
    BALLOT,
    HOUR,
    NOW,
    articles,
    delivery,
    digest,
    edition,
    texts,
    titles,
    wild_texts,
)
from tests.decent import faults_in
from tests.faults.client import SEARCH, connected
from tests.faults.loopback import Loopback
from tests.faults.openapi import description
from tests.faults.places import FORUM, MANAGE_THREADS, SEND_IN_THREADS
from tests.faults.world import NEWS_ID, PERMISSIONS, READER_ID, Request, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import discord

    from bot.core.answer import Answer
    from bot.core.article import Article
    from bot.core.outbox import DeliveryDraft

SERVICES: Any = None  # of which a form that nobody sends asks nothing
CUSTOM = Ballot(approve="<:yes:123>", reject="<a:no:124>")
DESK = ReviewSettings(guild_id=10, channel_id=30, role_id=None, approvals=1)
# of digests: whether in a forum, whether its edition had begun, whom it pings
KINDS = [(False, False, 77), (True, False, 77), (True, False, None), (False, True, None)]
# each example is some ten requests of a real client to a real server
few = settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking would take minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
names = titles.map(lambda name: name[:80].strip() or "t")  # as /digest add takes them


@dataclass(slots=True, kw_only=True)
class Line:
    """A client that is connected while many examples are sent, in a loop of its own."""

    runner: asyncio.Runner
    loopback: Loopback
    client: discord.Client
    forum_id: int

    def send(self, drafts: Sequence[DeliveryDraft], ballot: Ballot = BALLOT) -> None:
        """Post these, give what stands its form once more, and look at all that was asked."""
        del self.loopback.requests[:]
        self.runner.run(self._send(drafts, DiscordChat(self.client, ballot=ballot)))
        asked = [(r.method, r.path, r.json) for r in self.loopback.requests]
        assert len(asked) >= len(drafts)
        assert [fault for one in asked for fault in faults_in(*one)] == []
        assert self.loopback.complaints == []

    async def _send(self, drafts: Sequence[DeliveryDraft], chat: DiscordChat) -> None:
        for number, draft in enumerate(drafts):
            place = self.forum_id if draft.post.opening else NEWS_ID
            one = delivery(
                nonce=str(next_nonce(self.loopback) + number),
                post=draft.post,
                channel_id=place,
                user_id=draft.user_id and READER_ID,
            )
            answer = await chat.post(one)
            assert isinstance(answer, Sent), answer
            again = replace(one, action=Action.EDIT, message_id=answer.message_id, user_id=None)
            thread = answer.message_id if draft.post.opening else None
            if draft.user_id is None:
                assert isinstance(await chat.edit(replace(again, thread_id=thread)), Sent)

    def answer(self, found: Sequence[Answer]) -> None:
        """Answer a command with each of these, then show it in its place once more."""
        del self.loopback.requests[:]
        self.runner.run(self._answer(found))
        asked = [(r.method, r.path, r.json) for r in self.loopback.requests]
        assert len(asked) == 2 * len(found)
        assert [fault for one in asked for fault in faults_in(*one)] == []
        assert self.loopback.complaints == []

    async def _answer(self, found: Sequence[Answer]) -> None:
        for one in found:
            parts = parts_of(one, shareable=True)
            waiting = asyncio.create_task(self.client.wait_for("interaction"))
            await asyncio.sleep(0)
            await self.loopback.interact(SEARCH, user_id=READER_ID, channel_id=NEWS_ID)
            interaction = await waiting
            await send(interaction, parts, private=True)
            await edit(interaction, parts)

    def hold_form(self, form: discord.ui.Modal) -> None:
        """Look at what would be sent to open a form."""
        body = {"type": 9, "data": form.to_dict()}
        asked = Request(method="POST", path="/interactions/1/token/callback", json=body, query="")
        assert faults_in(asked.method, asked.path, asked.json) == []
        described = description()
        assert described is None or described.faults_of_request(asked) == []


def next_nonce(loopback: Loopback) -> int:
    """Return a number that no message has had for a nonce."""
    return 1000 * sum(map(len, loopback.world.messages.values()))


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    """Connect the real client to a loopback Discord that holds all against the description."""
    world = World(permissions=PERMISSIONS | MANAGE_THREADS | SEND_IN_THREADS)
    forum_id = world.add_channel("ideas", FORUM)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        loopback = runner.run(stack.enter_async_context(Loopback(world)))
        client = runner.run(stack.enter_async_context(connected(loopback)))
        yield Line(runner=runner, loopback=loopback, client=client, forum_id=forum_id)
        runner.run(stack.aclose())


@few
@given(
    chosen=st.lists(articles(), min_size=1, max_size=12),
    also=st.lists(articles(), max_size=6),
    name=names,
    topics=st.lists(titles, max_size=60).map(tuple),
    kind=st.sampled_from(KINDS),
    wordy=st.sampled_from([None, "wordy"]),
)
def test_whatever_an_edition_holds_can_be_sent(
    line: Line,
    chosen: list[Article],
    also: list[Article],
    name: str,
    topics: tuple[str, ...],
    kind: tuple[bool, bool, int | None],
    wordy: str | None,
) -> None:
    forum, begun, mention = kind
    if wordy:
        chosen = [long_winded(one, number) for number, one in enumerate(chosen)]
        topics += ("topics" * 400,)
    of = digest(name=name, topics=topics, mention=mention, forum=forum)
    state = EditionState.RELEASED if begun else EditionState.PLANNED
    items = [
        Item(article_id=one.id, card=card_of(one, also=also), reason="quality 50") for one in chosen
    ]
    told = edition(digest_name=name, state=state)
    drafts = [
        draft
        for draft, _ in deliveries_of(
            told, of, items, topics={one.id: one.topics for one in chosen}
        )
    ]
    line.send(drafts)


@few
@given(shown=st.lists(reviews, min_size=4, max_size=4), ballot=st.sampled_from([BALLOT, CUSTOM]))
def test_whatever_is_reviewed_can_be_sent(line: Line, shown: list[Review], ballot: Ballot) -> None:
    drafts = [review_delivery(one, ballot) for one in shown]
    drafts += [reminder_delivery(shown * 9), no_say_delivery(shown[0], READER_ID)]
    outcomes = [outcome_delivery(replace(one, suggested_by=READER_ID)) for one in shown]
    line.send([*drafts, *filter(None, outcomes)], ballot)


@few
@given(
    articles=st.lists(articles(), min_size=1, max_size=PAGE),
    words=wild_texts.map(clean),
    filters=st.lists(titles, max_size=8).map(tuple),
    meant=st.none() | titles,
    place=titles,
    wordy=st.sampled_from([True, True, False]),
)
def test_whatever_is_found_can_be_answered(
    line: Line,
    articles: list[Article],
    words: str,
    filters: tuple[str, ...],
    meant: str | None,
    place: str,
    wordy: bool,  # noqa: FBT001 (hypothesis passes it by name)
) -> None:
    if wordy:
        articles = [long_winded(one, number) for number, one in enumerate(articles * PAGE)][:PAGE]
        words, filters, meant = words * 99, filters * 9, meant and meant * 99
    page = Page(articles=articles, total=99_999, whole=False, marks=marks_of(words))
    posted = Posted(
        article_id=articles[0].id, guild_id=1, channel_id=2, message_id=3, at=NOW, thread_id=4
    )
    opened = Opened(
        id=articles[0].id,
        card=card_of(articles[0], also=articles, marks=marks_of(words)),
        places=places_line([(place, posted)] * 4),
    )
    asked = Shown(words=words, filters=filters)
    spot = Spot(asked="=" * 60, offset=PAGE)
    told = (meant, "=" + "m" * 59) if meant else None
    line.answer(
        [
            results_answer(spot, page, opened, question=asked, meant=told),
            article_answer(replace(spot, shown=articles[0].id), opened),
            walk_answer(spot.related(articles[0].id), opened, articles, single=False),
            nothing_answer(
                spot,
                question=asked,
                nearest=articles[:3],
                meant=told,
                hindered=filters,
                unfiltered="=" + "u" * 59,
                telling=True,
            ),
        ]
    )


@few
@given(st.lists(titles, max_size=12), names, texts, st.sampled_from([None, DESK]))
def test_whatever_is_in_doubt_can_be_asked(
    line: Line, named: list[str], name: str, reason: str, asked: ReviewSettings | None
) -> None:
    doubt = Doubt(
        delivery_id=10**18 - 1,
        guild_id=10,
        channel_id=20,
        digest_name=name,
        due_at=NOW,
        titles=tuple(named),
        since=NOW - HOUR,
        reason=reason * 9,
        created_by=READER_ID,
    )
    draft = doubt_delivery(doubt, asked)
    assert draft is not None
    line.send([draft])


@few
@given(one=reviews, title=wild_texts, excerpt=wild_texts, topics=st.lists(titles, max_size=60))
def test_whatever_a_form_begins_with_it_can_be_opened(
    line: Line, one: Review, title: str, excerpt: str, topics: list[str]
) -> None:
    found = suggestible(
        "", [Embedded(url="https://example.org/a", title=title * 20, excerpt=excerpt * 99)]
    )
    assert isinstance(found, Suggestible)

    async def forms() -> list[discord.ui.Modal]:  # which need a loop
        suggesting = SuggestionForm(SERVICES, found, topics=topics, wake=nothing)
        return [ChangeForm(one), WhyForm(replace(one, why=one.why[:LONGEST_REASON])), suggesting]

    for form in line.runner.run(forms()):
        line.hold_form(form)


def long_winded(one: Article, number: int) -> Article:
    """Return an article of its own page whose card is as long as cards can be."""
    url = f"https://example.org/{number}/{'long' * 400}"
    title = f"{one.title} {number} {'*long*' * 99}"
    return replace(one, url=url, title=title, excerpt="many words " * 99, topics=("topic" * 300,))


async def nothing() -> None:
    """Do nothing; no form is sent here."""
