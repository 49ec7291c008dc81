"""A brief: kept as data, and read again as it was."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import ArticleId
from bot.core.brief import NO_BRIEF, Brief, Similar, Telling, brief_from_json, brief_to_json
from tests.core.samples import NOW, instants, texts, urls

tellings = st.builds(
    Telling, article_id=texts.map(ArticleId), title=texts, source=texts, url=st.none() | urls
)
similars = st.builds(
    Similar,
    title=texts,
    at=instants,
    channel_id=st.integers(0, 2**63),
    message_id=st.none() | st.integers(0, 2**63),
    same_story=st.booleans(),
)
briefs = st.builds(
    Brief,
    warnings=st.lists(texts, max_size=3).map(tuple),
    others=st.lists(tellings, max_size=3).map(tuple),
    last=st.none() | similars,
)


@given(briefs)
def test_a_brief_is_read_again_as_it_was_written(brief: Brief) -> None:
    assert brief_from_json(json.loads(json.dumps(brief_to_json(brief)))) == brief


def test_nothing_is_written_of_what_there_is_not() -> None:
    assert brief_to_json(NO_BRIEF) == {}
    last = Similar(title="a", at=NOW, channel_id=20)
    assert brief_to_json(Brief(last=last)).keys() == {"last"}
    assert brief_to_json(Brief(warnings=("w",))) == {"warnings": ["w"]}


def test_a_ledger_that_holds_nothing_of_it_knows_no_brief() -> None:
    assert brief_from_json(None) == NO_BRIEF
    assert brief_from_json({}) == NO_BRIEF
