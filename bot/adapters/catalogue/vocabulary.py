"""The words that articles hold, found by their spelling: alike, begun, or other forms of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import tantivy
from tantivy import Filter, Query, TextAnalyzerBuilder, Tokenizer

from bot.core.forms import base_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_WORD, _KEY, _PLACE = "word", "key", "place"
_WRITER_BYTES = 15_000_000  # the least that tantivy takes
_DOUBLE = 6  # letters from which a final double one says nothing: travell, travel


class Words(Protocol):
    """Words that can be found by their spelling."""

    def fields_of(self, word: str) -> int:
        """Return the bits of the fields that hold this very word; 0 where none does."""

    def forms_of(self, word: str) -> list[str]:
        """Return the words that are forms of this one, or another spelling of it."""

    def beginning_with(self, letters: str) -> list[str]:
        """Return the words with this beginning."""

    def near(self, word: str, *, edits: int) -> list[str]:
        """Return the words that so many edits make of this one: 1 or 2."""

    def near_beginning(self, letters: str, *, edits: int) -> list[str]:
        """Return the words whose beginning so many edits make of these letters: 1 or 2."""


class Vocabulary:
    """Every word of the index, with the fields that hold it as bits.

    Words are only ever added, so some may be of articles that are gone.
    """

    def __init__(self, fields: Mapping[int, Iterable[str]]) -> None:
        builder = tantivy.SchemaBuilder()
        for name in (_WORD, _KEY):
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        builder.add_unsigned_field(_PLACE, fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._index.config_reader("manual")
        tokens = TextAnalyzerBuilder(Tokenizer.whitespace())
        self._stemmer = tokens.filter(Filter.stemmer("english")).build()
        self._words: list[str] = []
        self._fields: dict[str, int] = {}
        self.add(fields)

    def __len__(self) -> int:
        return len(self._words)

    def add(self, fields: Mapping[int, Iterable[str]]) -> None:
        """Take in words; each field is a bit of its own."""
        first = len(self._words)
        for field, words in fields.items():
            for word in words:
                before = self._fields.get(word)
                if before is None:
                    self._words.append(word)
                self._fields[word] = (before or 0) | field
        new = self._words[first:]
        if new:
            self._index_words(new, first)
        self._searcher = self._index.searcher()

    def fields_of(self, word: str) -> int:
        """Return the bits of the fields that hold this very word; 0 where none does."""
        return self._fields.get(word, 0)

    def forms_of(self, word: str) -> list[str]:
        """Return the words that are forms of this one, or another spelling of it."""
        (key,) = self._keys([word])
        return self._found(Query.term_query(self._schema, _KEY, key))

    def beginning_with(self, letters: str) -> list[str]:
        """Return the words with this beginning."""
        return [word for word, _ in self._searcher.terms_with_prefix(_WORD, letters)]

    def near(self, word: str, *, edits: int) -> list[str]:
        """Return the words that so many edits make of this one: 1 or 2."""
        return self._found(self._fuzzy(word, edits))

    def near_beginning(self, letters: str, *, edits: int) -> list[str]:
        """Return the words whose beginning so many edits make of these letters: 1 or 2."""
        return self._found(self._fuzzy(letters, edits, beginning=True))

    def _index_words(self, words: list[str], first: int) -> None:
        writer = self._index.writer(_WRITER_BYTES, num_threads=1)
        for place, (word, key) in enumerate(zip(words, self._keys(words), strict=True), first):
            document = tantivy.Document()
            document.add_text(_WORD, word)
            document.add_text(_KEY, key)
            document.add_unsigned(_PLACE, place)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def _keys(self, words: list[str]) -> list[str]:
        stems = self._stemmer.analyze(" ".join(map(base_of, words)))
        return [
            stem[:-1] if len(stem) >= _DOUBLE and stem[-1] == stem[-2] == "l" else stem
            for stem in stems
        ]

    def _fuzzy(self, word: str, edits: int, *, beginning: bool = False) -> Query:
        return Query.fuzzy_term_query(
            self._schema,
            _WORD,
            word,
            distance=edits,
            transposition_cost_one=True,
            prefix=beginning,
        )

    def _found(self, query: Query) -> list[str]:
        every = len(self._words)
        hits = self._searcher.search(query, limit=every, count=False).hits if every else []
        places = self._searcher.fast_field_values(_PLACE, [address for _, address in hits])
        return [self._words[place] for place in places]  # type: ignore[index]


class LivingWords:
    """Those words of a vocabulary that some article still holds."""

    def __init__(self, vocabulary: Vocabulary, holding: Callable[[str, int], int]) -> None:
        self._vocabulary = vocabulary
        self._holding = holding  # tells of a word and fields which of these hold it now
        self._known: dict[str, int] = {}

    def fields_of(self, word: str) -> int:
        """Return the bits of the fields that hold this very word; 0 where none does."""
        fields = self._known.get(word)
        if fields is None:
            fields = self._vocabulary.fields_of(word)
            fields = self._known[word] = self._holding(word, fields) if fields else 0
        return fields

    def forms_of(self, word: str) -> list[str]:
        """Return the words that are forms of this one, or another spelling of it."""
        return self._living(self._vocabulary.forms_of(word))

    def beginning_with(self, letters: str) -> list[str]:
        """Return the words with this beginning."""
        return self._living(self._vocabulary.beginning_with(letters))

    def near(self, word: str, *, edits: int) -> list[str]:
        """Return the words that so many edits make of this one: 1 or 2."""
        return self._living(self._vocabulary.near(word, edits=edits))

    def near_beginning(self, letters: str, *, edits: int) -> list[str]:
        """Return the words whose beginning so many edits make of these letters: 1 or 2."""
        return self._living(self._vocabulary.near_beginning(letters, edits=edits))

    def _living(self, words: list[str]) -> list[str]:
        return [word for word in words if self.fields_of(word)]
