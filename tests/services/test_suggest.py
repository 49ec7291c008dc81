"""Suggesting: a link becomes one draft and one proposal, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bot.core.article import Provider, article_id
from bot.core.digest import DigestState
from bot.core.review import Review, ReviewState, Verdict
from bot.core.suggestion import DraftFile, Unwritten
from bot.services.attend import Attendant
from bot.services.propose import NotProposed
from bot.services.suggest import MOST_WAITING, Known, NotSuggested, Stage, Suggester, Who
from tests.core.samples import DAY, HOUR, article
from tests.services.fakes import Crash
from tests.services.house import CHANNEL, DESK, GUILD, House, told

if TYPE_CHECKING:
    from bot.core.catalogue import Changes

MIA, OTTO = 71, 72
PAGE = "https://example.org/otters"
DRAFT = DraftFile(title="Otters", url=PAGE, topics=("AI",), provider="example.org")
KEY = article_id(url=PAGE, path="")


class FakeDrafts:
    """A folder in memory that writes drafts into the content of a house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.written: list[str] = []
        self.refusal: Unwritten | None = None
        self.crash_after = False

    async def write(self, draft: DraftFile) -> str | Unwritten:
        """Write a draft."""
        if self.refusal is not None:
            return self.refusal
        key = article_id(url=draft.url, path="")
        path = f"drafts/{key}.md"
        self.written.append(path)
        self.house.content.put(
            article(
                key,
                path=path,
                title=draft.title,
                url=draft.url,
                draft=True,
                topics=draft.topics,
                provider=Provider(name=draft.provider),
            )
        )
        if self.crash_after:
            raise Crash
        return path


class Desk:
    """What takes suggestions in a house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.drafts = FakeDrafts(house)
        self.followed: list[Changes] = []
        attendant = Attendant(house.library, follow=self._follow)
        self.suggester = Suggester(
            house.ledger,
            house.library,
            self.drafts,
            attendant=attendant,
            moderator=house.moderator,
            clock=house.clock,
        )

    async def _follow(self, changes: Changes) -> None:
        self.followed.append(changes)
        await self.house.reviser.follow(changes)

    async def suggest(
        self, draft: DraftFile = DRAFT, *, by: int = MIA, who: Who = Who.MEMBER
    ) -> Review | Known | NotSuggested | Unwritten:
        return await self.suggester.suggest(draft, guild_id=GUILD, user_id=by, who=who)

    async def known(self, url: str = PAGE) -> Known | None:
        return await self.suggester.known(url, guild_id=GUILD)

    async def suggested(self, draft: DraftFile = DRAFT) -> Review:
        found = await self.suggest(draft)
        assert isinstance(found, Review), found
        return found


@pytest.fixture
async def desk(house: House) -> Desk:
    """Open a house that reviews and has a digest of everything."""
    await house.review()
    await house.add()
    return Desk(house)


async def decide(house: House, verdict: Verdict, by: int = OTTO) -> None:
    """Let a moderator react on every card."""
    await house.wake()
    for message in house.chat.standing(DESK):
        house.chat.vote(message, by, verdict)
        await house.recount(message.id)


async def test_a_suggestion_is_a_draft_that_moderators_are_asked_about(desk: Desk) -> None:
    review = await desk.suggested()
    assert review.article_id == KEY
    assert (review.proposed_by, review.suggested_by) == (MIA, MIA)
    assert review.reason == "a draft, suggested by a member"
    assert desk.drafts.written == [f"drafts/{KEY}.md"]
    assert len(desk.followed) == 1
    assert await desk.house.ledger.suggested(GUILD, user_id=MIA) == 1
    await decide(desk.house, Verdict.APPROVE)
    await desk.house.wake(DAY)
    assert desk.house.posted() == ["Otters"]


async def test_what_a_moderator_proposes_is_said_to_be_theirs(desk: Desk) -> None:
    review = await desk.suggest(by=OTTO, who=Who.MODERATOR)
    assert isinstance(review, Review)
    assert review.reason == "a draft, proposed by a moderator"


async def test_what_waits_is_not_suggested_again(desk: Desk) -> None:
    await desk.suggested()
    assert await desk.suggest(by=OTTO) == Known(stage=Stage.WAITING)
    assert len(await desk.house.ledger.pending_reviews()) == 1
    assert len(desk.drafts.written) == 1


async def test_the_same_page_is_known_under_another_address(desk: Desk) -> None:
    await desk.suggested()
    again = "http://www.example.org/otters/?utm_source=x#top"
    assert await desk.known(again) == Known(stage=Stage.WAITING)


async def test_two_who_suggest_at_once_make_one_draft(desk: Desk) -> None:
    answers = await asyncio.gather(desk.suggest(), desk.suggest(by=OTTO))
    assert isinstance(answers[0], Review)
    assert answers[1] == Known(stage=Stage.WAITING)
    assert len(desk.drafts.written) == 1


@pytest.mark.parametrize(
    ("verdict", "stage"),
    [(Verdict.APPROVE, Stage.APPROVED), (Verdict.REJECT, Stage.REJECTED)],
)
async def test_what_moderators_decided_is_told(desk: Desk, verdict: Verdict, stage: Stage) -> None:
    await desk.suggested()
    await decide(desk.house, verdict)
    assert await desk.suggest(by=OTTO) == Known(stage=stage)
    assert len(desk.drafts.written) == 1


@pytest.mark.parametrize(
    ("state", "known"),
    [
        (ReviewState.HELD, Known(stage=Stage.HELD)),
        (ReviewState.EXPIRED, None),  # no edition takes a draft that nobody decided
    ],
)
async def test_what_moderators_left_for_later_is_told(
    desk: Desk, state: ReviewState, known: Known | None
) -> None:
    review = await desk.suggested()
    await desk.house.ledger.end_review(
        review.id,
        state,
        why="",
        announce=desk.house.moderator._announce,  # noqa: SLF001 (as the house itself does)
        now=desk.house.clock(),
    )
    assert await desk.known() == known


async def test_where_it_was_posted_is_told(desk: Desk) -> None:
    await desk.suggested()
    await decide(desk.house, Verdict.APPROVE)
    await desk.house.wake(DAY)
    (message,) = desk.house.chat.standing(CHANNEL)
    known = await desk.suggest(by=OTTO)
    assert isinstance(known, Known)
    assert known.stage is Stage.POSTED
    assert known.posted is not None
    assert known.posted.message_id == message.id


async def test_what_was_decided_stands_though_its_file_is_gone(desk: Desk) -> None:
    await desk.suggested()
    await decide(desk.house, Verdict.APPROVE)
    await desk.house.wake(DAY)
    desk.house.content.articles.clear()
    await desk.house.look()
    assert await desk.suggest(by=OTTO) == Known(stage=Stage.APPROVED)


async def test_what_is_published_needs_nobody_to_suggest_it(desk: Desk) -> None:
    await desk.house.has(article("otters", url=PAGE))
    assert await desk.suggest() == Known(stage=Stage.PUBLISHED)
    assert desk.drafts.written == []


async def test_a_draft_that_is_there_is_proposed_as_it_is(desk: Desk) -> None:
    await desk.house.has(article("otters", url=PAGE, title="Otters in full", draft=True))
    review = await desk.suggested()
    assert review.card.title == "Otters in full"
    assert desk.drafts.written == []
    assert review.suggested_by == MIA


async def test_what_was_undone_can_be_suggested_again(desk: Desk) -> None:
    review = await desk.suggested()
    await desk.house.ledger.end_review(
        review.id,
        ReviewState.WITHDRAWN,
        why="",
        announce=desk.house.moderator._announce,  # noqa: SLF001 (likewise)
        now=desk.house.clock(),
    )
    again = await desk.suggested()
    assert again.id != review.id
    assert len(desk.drafts.written) == 1


async def test_without_review_nothing_is_written(house: House) -> None:
    await house.add()
    desk = Desk(house)
    assert await desk.suggest() is NotSuggested.NO_REVIEW
    assert desk.drafts.written == []


async def test_where_no_digest_takes_it_nothing_is_written(house: House) -> None:
    await house.review()
    paused = await house.add()
    await house.ledger.set_digest_state(paused.id, DigestState.PAUSED, reason="", now=house.clock())
    await house.add("Nature", topics=("Nature",))
    desk = Desk(house)
    assert await desk.suggest() is NotSuggested.NO_DIGEST
    assert desk.drafts.written == []
    nature = DraftFile(title="Otters", url=PAGE, topics=("Nature",))
    assert isinstance(await desk.suggest(nature), Review)


async def test_so_many_of_one_person_wait_and_no_more(desk: Desk) -> None:
    for number in range(MOST_WAITING):
        await desk.suggested(DraftFile(title=f"x{number}", url=f"{PAGE}/{number}"))
    assert await desk.suggest() is NotSuggested.TOO_MANY
    assert len(desk.drafts.written) == MOST_WAITING
    assert isinstance(await desk.suggest(by=MIA, who=Who.MODERATOR), Review)
    assert isinstance(await desk.suggest(DraftFile(title="y", url=f"{PAGE}/y"), by=OTTO), Review)
    await decide(desk.house, Verdict.REJECT)
    assert isinstance(await desk.suggest(DraftFile(title="z", url=f"{PAGE}/z")), Review)


async def test_a_folder_that_is_not_to_be_written_says_so(desk: Desk) -> None:
    desk.drafts.refusal = Unwritten(reason="closed")
    assert await desk.suggest() == Unwritten(reason="closed")
    assert await desk.house.ledger.suggested(GUILD, user_id=MIA) == 0


async def test_a_draft_that_cannot_be_read_is_told_and_taken_up_later(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.house.content.broken = True
    assert await desk.suggest() is NotSuggested.UNREAD
    assert ("bot.services.suggest", logging.WARNING) in [
        (record.name, record.levelno) for record in caplog.records
    ]
    desk.house.content.broken = False
    assert isinstance(await desk.suggest(), Review)


async def test_a_crash_after_the_file_was_written_loses_and_doubles_nothing(
    desk: Desk, second: House
) -> None:
    desk.drafts.crash_after = True
    with pytest.raises(Crash):
        await desk.suggest()
    second.content.articles = desk.house.content.articles
    after = Desk(second)
    await second.look()
    review = await after.suggested()
    assert review.suggested_by == MIA
    assert after.drafts.written == []
    assert len(await second.ledger.pending_reviews()) == 1


async def test_a_crash_before_the_proposal_loses_and_doubles_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(desk.house.moderator, "propose_draft", crash)
        with pytest.raises(Crash):
            await desk.suggest()
    review = await desk.suggest(by=OTTO)
    assert isinstance(review, Review)
    assert review.suggested_by == MIA  # who was first
    assert len(desk.drafts.written) == 1


@pytest.mark.parametrize(
    ("why", "answer"),
    [
        (NotProposed.NO_REVIEW, NotSuggested.NO_REVIEW),
        (NotProposed.NO_DIGEST, NotSuggested.NO_DIGEST),
        (NotProposed.GONE, NotSuggested.UNREAD),
        (NotProposed.WAITING, Known(stage=Stage.WAITING)),
        (NotProposed.APPROVED, Known(stage=Stage.APPROVED)),
        (NotProposed.POSTED, Known(stage=Stage.POSTED)),
    ],
)
async def test_what_changed_meanwhile_is_told_to_members_in_their_words(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    why: NotProposed,
    answer: NotSuggested | Known,
) -> None:
    async def changed(*_: object, **__: object) -> NotProposed:
        return why

    monkeypatch.setattr(desk.house.moderator, "propose_draft", changed)
    assert await desk.suggest() == answer


async def test_topics_are_those_of_the_digests_and_then_the_others(house: House) -> None:
    await house.has(told("a"), article("b", topics=("Nature", "Art")))
    await house.add("One", topics=("Nature",))
    gone = await house.add("Two", topics=("Art",))
    await house.ledger.set_digest_state(gone.id, DigestState.PAUSED, reason="", now=house.clock())
    assert await Desk(house).suggester.topics(GUILD) == ("Nature", "AI", "Art")


async def test_time_passes_and_what_was_suggested_still_waits(desk: Desk) -> None:
    await desk.suggested()
    await desk.house.wake(HOUR)
    assert await desk.known() == Known(stage=Stage.WAITING)
