"""Names as members type them, and which one is meant."""

from __future__ import annotations

import pytest

from bot.services.naming import named

TOPICS = ("Science", "science", "Sport", "AI", "Machine Learning", "Énergie")
PROVIDERS = ("New York Times", "The Guardian", "Harbour Review")
DOMAINS = ("www.nytimes.com", "theguardian.com", "harbour.example")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("science", "Science"),
        (" AI ", "AI"),
        ("energie", "Énergie"),
        ("sci", "Science"),
        ("machine", "Machine Learning"),
        ("scince", "Science"),
        ("machine lerning", "Machine Learning"),
        ("s", None),
        ("air", None),
        ("gardening", None),
        ("", None),
    ],
)
def test_a_name_is_found_as_it_is_as_it_begins_or_as_it_is_spelt(
    typed: str, name: str | None
) -> None:
    assert named(typed, TOPICS) == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("new york times", "New York Times"),
        ("guardian", "The Guardian"),
        ("nytimes.com", "www.nytimes.com"),
        ("WWW.NYTimes.com", "www.nytimes.com"),
        ("https://www.theguardian.com/a/b", "theguardian.com"),
        ("theguardian.com/", "theguardian.com"),
        ("nytimes", "www.nytimes.com"),
        ("harbour", "Harbour Review"),
        ("harbor.example", "harbour.example"),
        ("://", None),
    ],
)
def test_a_provider_has_a_name_and_a_domain(typed: str, name: str | None) -> None:
    assert named(typed, PROVIDERS, DOMAINS) == name
