"""What else one would build a search of titles from; each as good as a page of code makes it."""

from __future__ import annotations

import sqlite3
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import tantivy
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from bench.engines import PLACES, Plain, TitleIndex
from bench.vocabulary import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.engines import Engine

_RERANKED = 100
_SUGGESTED = 6  # words that a mistyped one may have been
_WORTH, _LONG = 4, 8  # letters of a word that is forgiven one typo, and two


class Fts:
    """Titles in SQLite's FTS5, in memory; the last word is a beginning."""

    def __init__(self, texts: Sequence[str], *, joint: str, tokens: str = "unicode61") -> None:
        self._joint = f" {joint} "
        self._held = sqlite3.connect(":memory:", check_same_thread=False)
        prefix = "" if tokens == "trigram" else ", prefix='2 3'"
        self._held.execute(f"CREATE VIRTUAL TABLE t USING fts5(title, tokenize='{tokens}'{prefix})")
        rows = ((place, " ".join(plain_words(text))) for place, text in enumerate(texts))
        self._held.executemany("INSERT INTO t(rowid, title) VALUES (?, ?)", rows)

    def search(self, text: str) -> Sequence[int]:
        """Return the places of the first ten."""
        return self.matching(self.query(plain_words(text)), PLACES)

    def query(self, words: Sequence[str]) -> str:
        """Return what FTS5 is to be asked for these words."""
        return self._joint.join(f'"{word}"' for word in words) + "*" * bool(words)

    def matching(self, query: str, limit: int) -> list[int]:
        """Return the places of those that answer a query of FTS5."""
        if not query:
            return []
        asked = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?"
        return [place for (place,) in self._held.execute(asked, (query, limit))]


class Trigrams(Fts):
    """Titles in FTS5 by three letters, any of which may match."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(texts, joint="OR", tokens="trigram")

    def query(self, words: Sequence[str]) -> str:
        """Return what FTS5 is to be asked for these words."""
        threes = {word[n : n + 3]: None for word in words for n in range(len(word) - 2)}
        return self._joint.join(f'"{three}"' for three in threes)


class TokenSet:
    """rapidfuzz over all titles."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [" ".join(plain_words(text)) for text in texts]

    def search(self, text: str) -> Sequence[int]:
        """Return the places of the first ten."""
        asked = " ".join(plain_words(text))
        best = process.extract(asked, self._texts, scorer=fuzz.token_set_ratio, limit=PLACES)
        return [place for _, _, place in best]


class _Reranker:
    """Puts titles in the order of how much their words look like those of a query."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = [plain_words(text) for text in texts]

    def best(self, words: Sequence[str], places: Iterable[int]) -> list[int]:
        """Return the first ten; of equals the one that came first."""
        return sorted(places, key=lambda place: -self._likeness(words, place))[:PLACES]

    def _likeness(self, words: Sequence[str], place: int) -> float:
        tokens = self._words[place]
        likeness = sum(_alike(word, tokens) for word in words[:-1])
        begun = [token[: len(words[-1])] for token in tokens]
        return likeness + max(_alike(words[-1], tokens), 0.95 * _alike(words[-1], begun))


def _alike(word: str, tokens: list[str]) -> float:
    best = process.extractOne(word, tokens, scorer=JaroWinkler.similarity)
    return float(best[1]) if best else 0.0


class Corrected:
    """FTS5 with stems, asked for what rapidfuzz finds for each unknown word, reranked."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._fts = Fts(texts, joint="AND", tokens="porter unicode61")
        self._reranker = _Reranker(texts)
        self._vocabulary = sorted({word for text in texts for word in plain_words(text)})
        self._known = frozenset(self._vocabulary)

    def search(self, text: str) -> Sequence[int]:
        """Return the places of the first ten."""
        words = plain_words(text)
        if not words:
            return []
        groups = [self._meant(word, last=n == len(words)) for n, word in enumerate(words, start=1)]
        asked = [group for group in groups if group]
        places = self._fts.matching(" AND ".join(asked), _RERANKED)
        if len(places) < PLACES:
            places = [*places, *self._fts.matching(" OR ".join(asked), _RERANKED)]
        return self._reranker.best(words, dict.fromkeys(places))

    def _meant(self, word: str, *, last: bool) -> str:
        meant = [f'"{word}"*'] if last else []
        if word in self._known:
            meant.append(f'"{word}"')
        elif len(word) >= _WORTH:
            typos = 1 + (len(word) >= _LONG - 2)
            near = process.extract(
                word, self._vocabulary, scorer=OSA.distance, score_cutoff=typos, limit=_SUGGESTED
            )
            meant += [f'"{one}"' for one, _, _ in near]
        return f"({' OR '.join(meant)})" if meant else ""


class SymSpelled:
    """FTS5 asked for the words that SymSpell puts right."""

    def __init__(self, texts: Sequence[str]) -> None:
        from symspellpy import SymSpell, Verbosity  # noqa: PLC0415 (left out where not installed)

        self._fts = Fts(texts, joint="AND")
        self._top = Verbosity.TOP
        self._spell: Any = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for text in texts:
            for word in plain_words(text):
                self._spell.create_dictionary_entry(word, 1)

    def search(self, text: str) -> Sequence[int]:
        """Return the places of the first ten."""
        *words, last = plain_words(text) or [""]
        right = [self._right(word) for word in words]
        found = self._fts.matching(self._fts.query([*right, last]), PLACES)
        return found or self._fts.matching(self._fts.query([*right, self._right(last)]), PLACES)

    def _right(self, word: str) -> str:
        found = self._spell.lookup(word, self._top, max_edit_distance=2)
        return found[0].term if found else word


class Reranked:
    """tantivy, all words, then any where too few hold all, reranked by Jaro-Winkler."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._index = TitleIndex(texts)
        self._reranker = _Reranker(texts)

    def search(self, text: str) -> Sequence[int]:
        """Return the places of the first ten."""
        words = plain_words(text)
        queries = self._index.words(words)
        if not words:
            return []
        places = self._index.found(queries, tantivy.Occur.Must, _RERANKED)
        if len(places) < PLACES:
            known = [self._index.exact(word) for word in words]
            places += self._index.found([*queries, *known], tantivy.Occur.Should, _RERANKED)
        return self._reranker.best(words, dict.fromkeys(places))


def quick_peers(texts: Sequence[str]) -> dict[str, Engine]:
    """Return by name the engines that answer within milliseconds."""
    peers: dict[str, Engine] = {
        "FTS5, all words": Fts(texts, joint="AND"),
        "FTS5, any word": Fts(texts, joint="OR"),
        "FTS5 behind rapidfuzz over the vocabulary": Corrected(texts),
        "tantivy, fuzzy, all words": Plain(texts),
        "tantivy, fuzzy, all then any, Jaro-Winkler": Reranked(texts),
    }
    if find_spec("symspellpy"):
        peers["FTS5 behind SymSpell"] = SymSpelled(texts)
    return peers


def slow_peers(texts: Sequence[str]) -> dict[str, Engine]:
    """Return by name those that take a tenth of a second for 100,000 titles."""
    return {"FTS5 trigrams, any": Trigrams(texts), "rapidfuzz token_set_ratio": TokenSet(texts)}
