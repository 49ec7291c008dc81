"""The labelled queries are well-formed, and what answers them is there and published."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.labels import CONTENT, CORPORA, content, corpora, labelled

LABELLED = labelled()
NAMED = [path for one in LABELLED for path in one.right]


def test_there_are_enough_queries_and_none_twice() -> None:
    counts = Counter(one.query for one in LABELLED)
    assert len(LABELLED) >= 150
    assert counts.total() == len(counts)


def test_every_query_has_words_a_kind_and_graded_answers() -> None:
    for one in LABELLED:
        assert one.query == one.query.strip() != "", one
        assert one.kind, one
        assert set(one.right.values()) <= {1, 2, 3}, one
        assert 3 in one.right.values(), one
        assert {path.split("/")[0] for path in one.right} <= {CONTENT, *CORPORA}, one


def test_a_third_is_held_back() -> None:
    held = sum(one.held for one in LABELLED)
    assert len(LABELLED) / 4 <= held <= len(LABELLED) / 2


def test_every_answer_in_content_is_published() -> None:
    published = {article.path for article in content()}
    named = {path for path in NAMED if path.startswith(f"{CONTENT}/")}
    assert named
    assert named <= published


def test_every_answer_in_the_corpora_is_an_article() -> None:
    place = os.environ.get("GAZETTE_SHARED")
    if not place:
        pytest.skip("set GAZETTE_SHARED to the folder that holds corpora/")
    found = {article.path for article in corpora(Path(place))}
    assert {path for path in NAMED if not path.startswith(f"{CONTENT}/")} <= found
