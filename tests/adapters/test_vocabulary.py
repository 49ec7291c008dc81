"""The vocabulary knows its words by their spelling, their beginning and their forms."""

from __future__ import annotations

from bot.adapters.catalogue.vocabulary import Vocabulary

WORDS = ["running", "runs", "travelled", "traveled", "mice", "mouse", "kubernetes", "kübler"]


def test_forms_of_a_word_are_found_whichever_is_asked_for() -> None:
    vocabulary = Vocabulary({1: WORDS})
    assert set(vocabulary.forms_of("run")) == {"running", "runs"}
    assert set(vocabulary.forms_of("travelling")) == {"travelled", "traveled"}
    assert set(vocabulary.forms_of("mouse")) == {"mice", "mouse"}
    assert vocabulary.forms_of("zebra") == []


def test_words_are_near_by_their_edits() -> None:
    vocabulary = Vocabulary({1: WORDS})
    assert vocabulary.near("kubernets", edits=1) == ["kubernetes"]
    assert vocabulary.near("kubernts", edits=1) == []
    assert vocabulary.near("kubernts", edits=2) == ["kubernetes"]
    assert vocabulary.near("mcie", edits=1) == ["mice"]
    assert vocabulary.near_beginning("kubren", edits=1) == ["kubernetes"]
    assert sorted(vocabulary.near_beginning("kub", edits=1)) == ["kubernetes", "kübler"]


def test_words_are_listed_by_their_beginning() -> None:
    vocabulary = Vocabulary({1: WORDS})
    assert vocabulary.beginning_with("run") == ["running", "runs"]
    assert vocabulary.beginning_with("x") == []


def test_fields_add_up_and_words_can_be_added() -> None:
    vocabulary = Vocabulary({1: ["mice"], 2: ["mice", "men"]})
    assert (vocabulary.fields_of("mice"), vocabulary.fields_of("men")) == (3, 2)
    vocabulary.add({4: ["men", "moon"], 1: []})
    assert (vocabulary.fields_of("men"), vocabulary.fields_of("moon")) == (6, 4)
    assert vocabulary.near("moom", edits=1) == ["moon"]
    assert vocabulary.near("mican", edits=2) == ["mice"]


def test_an_empty_vocabulary_knows_nothing() -> None:
    vocabulary = Vocabulary({})
    assert vocabulary.fields_of("moon") == 0
    assert vocabulary.near("moon", edits=2) == []
    assert vocabulary.forms_of("moon") == []
    assert vocabulary.beginning_with("") == []
