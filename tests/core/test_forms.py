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
        "colours colors",
        "favourite favorite",
        "neighbourhood neighborhood",
        "organise organize",
        "organised organized",
        "organisation organization",
        "analysed analyzed",
        "centre center",
        "fibres fibers",
        "metre meter",
        "theatre theater",
        "catalogue catalog",
        "travelled traveled",
        "modelling modeling",
        "grey gray",
        "tyre tire",
        "defence defense",
        "aluminium aluminum",
        "paediatric pediatric",
        "leukaemia leukemia",
        "archaeology archeology",
        "oestrogen estrogen",
        "foetus fetus",
        "cpp c++",
        "dotnet .net",
    ],
)
def test_two_forms_have_one_base(pair: str) -> None:
    one, other = pair.split()
    assert base_of(one) == base_of(other)


@pytest.mark.parametrize(
    "pair",
    [
        "four for",
        "hour hor",
        "rise rize",
        "wise wize",
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
