"""Forms of a word: what endings alone do not tell."""

from __future__ import annotations

import pytest
from hypothesis import given

from bot.core.forms import base_of
from tests.core.samples import wild_texts


@pytest.mark.parametrize(
    "pair",
    [
        "mice mouse",
        "children child",
        "went go",
        "gone go",
        "bought buy",
        "analyses analysis",
        "colour color",
        "favourites favorites",
        "organisation organization",
        "organisational organizational",
        "centre center",
        "fibres fibers",
        "metre meter",
        "theatre theater",
        "catalogue catalog",
        "catalogues catalogs",
        "counsellor counselor",
        "signalling signaling",
        "fuelled fueled",
        "gambolled gamboled",
        "pencilled penciled",
        "annulled annuled",
        "grey gray",
        "tyre tire",
        "defence defense",
        "aluminium aluminum",
        "paediatric pediatric",
        "leukaemia leukemia",
        "archaeology archeology",
        "encyclopaedia encyclopedia",
        "orthopaedic orthopedic",
        "haemoglobin hemoglobin",
        "anaemia anemia",
        "faeces feces",
        "oestrogen estrogen",
        "oesophagus esophagus",
        "oedema edema",
        "foetus fetus",
        "cpp c++",
        "dotnet .net",
    ],
)
def test_two_forms_have_one_base(pair: str) -> None:
    one, other = pair.split()
    assert base_of(one) == base_of(other)


@pytest.mark.parametrize("ending", ["e", "ed", "es", "er", "ers", "ing"])
def test_forms_of_verbs_are_spelt_either_way(ending: str) -> None:
    assert base_of(f"organis{ending}") == base_of(f"organiz{ending}")
    assert base_of(f"paralys{ending}") == base_of(f"paralyz{ending}")


@pytest.mark.parametrize(
    "ending", ["", "s", "ed", "ing", "ful", "less", "ite", "ites", "able", "al", "hood"]
)
def test_what_grew_from_such_a_word_is_spelt_either_way(ending: str) -> None:
    assert base_of(f"colour{ending}") == base_of(f"color{ending}")
    assert base_of(f"colour{ending}x") != base_of(f"color{ending}x")


@pytest.mark.parametrize("ending", ["ed", "ing", "er", "ers", "or"])
def test_a_doubled_letter_before_an_ending_is_one(ending: str) -> None:
    assert base_of(f"travell{ending}") == base_of(f"travel{ending}")
    assert base_of(f"travell{ending}x") != base_of(f"travel{ending}x")


@pytest.mark.parametrize(
    "pair",
    [
        "four for",
        "hours hors",
        "rise rize",
        "wise wize",
        "prise prize",
        "chemisette chemizette",
        "polysemy polyzemy",
        "street steret",
        "rogueish rogish",
        "michael michel",
        "poetry petry",
        "foehn fehn",
        "called caled",
        "acre acer",
        "moon mice",
        "tres ters",
        "b2centre b2center",
        "does des",
    ],
)
def test_what_only_looks_like_it_keeps_its_own(pair: str) -> None:
    one, other = pair.split()
    assert base_of(one) != base_of(other)


@given(wild_texts)
def test_any_word_has_a_base(text: str) -> None:
    assert base_of(text) or not text
