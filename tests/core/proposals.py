"""Strategies that make any proposal there may be: its card, its brief, its state and its people."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from bot.core.article import ArticleId
from bot.core.brief import Brief, Similar, Telling
from bot.core.card import AUTHOR_LIMIT, FIELD_LIMIT, TITLE_LIMIT, TOTAL_LIMIT, Card
from bot.core.review import ReviewState, Veto
from tests.core.samples import HOUR, NOW, review, texts

DESCRIPTION_LIMIT = 4096

# drawing so many code points one by one takes long; how many they are is what matters
long = st.builds(str.__mul__, texts, st.integers(1, 200))


def up_to(limit: int) -> st.SearchStrategy[str]:
    """Return texts of every length that Discord takes somewhere."""
    sign = st.sampled_from(["x", "*", "漢", "👩‍🚀", r"\_"])
    return st.builds(str.__mul__, sign, st.integers(1, limit)).map(lambda text: text[:limit])


cards = st.builds(
    Card,
    title=up_to(TITLE_LIMIT),
    url=st.just("https://example.org/a"),
    description=up_to(DESCRIPTION_LIMIT),
    provider=up_to(AUTHOR_LIMIT),
    topics=up_to(FIELD_LIMIT),
    related=up_to(FIELD_LIMIT),
    also=up_to(FIELD_LIMIT),
    footer=up_to(2048),
).filter(lambda one: one.length <= TOTAL_LIMIT)


tellings = st.builds(
    Telling,
    article_id=st.just(ArticleId("b")),
    title=texts,
    source=texts,
    url=st.sampled_from([None, "https://example.org/" + "a" * 1500, "https://x.example/(a)?b=[c]"]),
)
lasts = st.builds(
    Similar,
    title=texts,
    at=st.just(NOW),
    channel_id=st.just(20),
    message_id=st.sampled_from([None, 5]),
    same_story=st.booleans(),
)
briefs = st.builds(
    Brief,
    warnings=st.lists(long, max_size=30).map(tuple),
    others=st.lists(tellings, max_size=30).map(tuple),
    last=st.none() | lasts,
)
reviews = st.builds(
    replace,
    st.just(review()),
    card=cards,
    brief=briefs,
    state=st.sampled_from(ReviewState),
    edition_id=st.sampled_from([None, 1]),
    edit_in=st.sampled_from([None, 20]),
    due_at=st.sampled_from([None, NOW]),
    decided_at=st.sampled_from([None, NOW, NOW + HOUR]),
    deciders=st.lists(st.integers(1, 2**63 - 1), max_size=60).map(tuple),
    digest_name=texts,
    reason=long,
    why=long,
    veto=st.sampled_from(Veto),
    approvals=st.integers(1, 20),
    proposed_by=st.sampled_from([None, 5]),
    own_drafts=st.booleans(),
    buttons=st.booleans(),
    wants_change=st.booleans(),
    message_id=st.sampled_from([None, 99]),
)
