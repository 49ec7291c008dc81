"""Digests: which articles belong to one, and how it names its topics."""

from __future__ import annotations

from bot.core.digest import ALL_TOPICS
from tests.core.samples import digest


def test_a_digest_without_topics_takes_all() -> None:
    assert digest().takes(())
    assert digest().takes(("AI",))
    assert digest().scope == "all topics"
    assert ALL_TOPICS == "all"


def test_a_digest_takes_an_article_that_shares_a_topic() -> None:
    some = digest(topics=("AI", "Law"))
    assert some.takes(("Bees", "Law"))
    assert not some.takes(("Bees",))
    assert not some.takes(())
    assert some.scope == "AI, Law"
