"""Stories: which headlines tell the same one, found when asked for and kept nowhere."""

from __future__ import annotations

import re
import struct
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from bot.core.url import canonical_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from bot.core.article import ArticleId, Headline, Related

WITHIN = timedelta(days=3)
# Of what the shorter telling says beyond the words both headlines share, so much the other says
# too; docs/stories.md tells how these were found
ALIKE = 0.39
_FOR_A_REPLACED_WORD = 0.03  # two rewritten words, or two that change the story: who knows
_FOR_A_LONE_NUMBER = 0.2
_FOR_ONE_PROVIDER = 0.1  # who fills one form with many names, and seldom tells a story twice
_FOR_A_DAY = 0.1  # each after the first
_IF_RELATED = -0.12
_FEWEST_SHARED = 2  # words of headlines
_FEWEST_CONTAINED = 4  # of a headline that another repeats
_FEWEST_SAID = 6  # a short excerpt is soon said by chance

_DAY = timedelta(days=1)
_NEVER = datetime.max.replace(tzinfo=UTC)
_DENIALS = frozenset(("not", "never", "nicht"))
_STEM = 5  # letters; cutting words there does for many languages what stemmers do for one
_MOST_WORDS = 40
_MOST_KNOWN, _LONGEST_KNOWN = 30_000, 32  # words, letters
_SAYS_NOTHING = -1
_MOST_LINKS = 16
_PLAIN = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32  # noqa: PLR2004 (ASCII)
    for code in range(256)
)
_INSIDE_NUMBERS = b".,"
_WITHOUT_POINTS = str.maketrans("", "", ".,")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]+")
_NO_WORD = re.compile(r"[^\w\s]|_")
_FIGURES = {
    word: str(figure)
    for figure, words in enumerate(
        (
            "two zwei deux dos",
            "three drei trois tres",
            "four vier quatr cuatr",
            "five funf cinq cinco",
            "six sechs seis",
            "seven siebe siete",
            "eight acht huit ocho",
            "nine neun nueve",
            "ten zehn diez",
            "eleve elf onze once",
            "twelv zwolf douze doce",
        ),
        start=2,
    )
    for word in words.split()
}
_STOP_WORDS = """
    a about after against all also amid an and any are as at back be been before but by can could do
    down for from get gets had has have he her his how i if in into is it its just may more most new
    no now of off on or our out over own say says said she so some than that the their them then
    there these they this those to up us was we were what when where which while who why will with
    would you your

    am auch auf aus bei beim bis das dass dem den der des die durch ein eine einem einen einer es
    fur gegen haben hat ihr im ist man mehr mit nach noch nur ob oder schon sein seine sich sie sind
    uber um und unter vom von vor war was wegen wer werden wie wird wurde zu zum zur

    au aux avec ce ces cette comme dans de du elle en est et eux il ils je la le les leur lui mais
    meme nous ou par pas plus pour qu que qui sa sans se ses son sont sous sur un une vous

    al ante con como del desde donde el entre era esta este fue ha han hasta hay las lo los mas muy
    nos o para pero por segun ser si sin sobre su sus tras una y ya

    alla che da dal dei della di e gli per piu sono
"""
_STOP = frozenset(word[:_STEM] for word in _STOP_WORDS.split())


def same_story(one: Headline, other: Headline) -> bool:
    """Tell whether two headlines tell the same story; neither order nor machine matters."""
    if one.id == other.id:
        return True
    if one.published_at is None or other.published_at is None:
        return False
    apart = abs(one.published_at - other.published_at)
    return apart <= WITHIN and _alike(one, other, apart)


def tellings(headline: Headline, among: Sequence[Headline]) -> tuple[Headline, ...]:
    """Return the others that tell its story, the one that leads first.

    `among` is in the order of `in_time`. What tells the same story as a telling does so as well,
    once removed and within the same days: no chain runs further.
    """
    return Stories(among).tellings(headline)


class Stories:
    """Who tells whose story among very many, which are in the order of `in_time`.

    What was found once is remembered.
    """

    def __init__(self, among: Sequence[Headline]) -> None:
        self._among = among
        self._plain = [""] * len(among)
        self._known: dict[ArticleId, Sequence[Headline]] = {}

    def direct(self, headline: Headline) -> Sequence[Headline]:
        """Return those others of which `same_story` says that they tell its story."""
        if headline.id not in self._known:
            self._known[headline.id] = self._direct(headline)
        return self._known[headline.id]

    def tellings(
        self, headline: Headline, *, fits: Callable[[Headline], bool] = lambda _: True
    ) -> tuple[Headline, ...]:
        """Return what `tellings` finds among those that fit."""
        found = {other.id: other for other in self.direct(headline) if fits(other)}
        for known in tuple(found.values()):
            for other in self.direct(known):
                if abs(_date(other) - _date(headline)) <= WITHIN and fits(other):
                    found[other.id] = other
        found.pop(headline.id, None)
        return tuple(sorted(found.values(), key=_leading))

    def _direct(self, headline: Headline) -> Sequence[Headline]:
        at = headline.published_at
        if at is None:
            return ()
        first = bisect_left(self._among, at - WITHIN, key=_date)
        end = bisect_right(self._among, at + WITHIN, key=_date)
        for place in range(first, end):
            self._plain[place] = self._plain[place] or _plain(self._among[place].title)
        plain = self._plain[first:end]
        hits: Counter[int] = Counter()
        for stem in _stems(headline.title):
            if not _turns(stem):
                word = f" {stem}" if len(stem) == _STEM else f" {stem} "  # cut, or whole
                hits.update([place for place, title in enumerate(plain) if word in title])
        likely = (self._among[first + at] for at, count in hits.items() if count >= _FEWEST_SHARED)
        return [one for one in likely if one.id != headline.id and same_story(headline, one)]


def lead_of(story: Iterable[Headline]) -> Headline:
    """Return the one that tells it best: published, of the best quality, the first to come."""
    return min(story, key=_leading)


def in_time(headlines: Iterable[Headline]) -> tuple[Headline, ...]:
    """Return those that have a date, by date; nothing else can tell another's story."""
    dated = (headline for headline in headlines if headline.published_at is not None)
    return tuple(sorted(dated, key=lambda headline: (headline.published_at, headline.id)))


def gist_of(*, excerpt: str, related: Sequence[Related]) -> bytes:
    """Return what `same_story` compares of excerpt and related links: the same on every machine.

    A byte says how many words follow, two bytes each; then four bytes for each link.
    """
    said = map(_KNOWN.__getitem__, _plain(excerpt).split()[:_MOST_WORDS])
    words = sorted(set(said) - {_SAYS_NOTHING})
    links = sorted({_page(link.url) for link in related[:_MOST_LINKS]})
    return _packing(len(words), len(links)).pack(len(words), *words, *links)


def _alike(one: Headline, other: Headline, apart: timedelta) -> bool:
    words, turns = _title(one.title)
    words_too, turns_too = _title(other.title)
    shared = words & words_too
    if len(shared - turns) < _FEWEST_SHARED:
        return False
    said, links = _gist(one.gist)
    said_too, links_too = _gist(other.gist)
    all_said, all_said_too = words | said, words_too | said_too
    lone, lone_too = turns - all_said_too, turns_too - all_said
    if lone and lone_too:
        return False
    replaced = min(len(words - all_said_too), len(words_too - all_said))
    late = max(apart / _DAY - 1, 0.0)
    if not (replaced or lone or lone_too or late) and len(shared) >= _FEWEST_CONTAINED:
        return True
    rest, rest_too = all_said - shared, all_said_too - shared
    least = max(min(len(rest), len(rest_too)), _FEWEST_SAID)
    needed = ALIKE + _FOR_A_REPLACED_WORD * replaced + _FOR_A_DAY * late
    if lone or lone_too:
        needed += _FOR_A_LONE_NUMBER
    if replaced and one.source and one.source == other.source:
        needed += _FOR_ONE_PROVIDER
    if _names(links, other) or _names(links_too, one):
        needed += _IF_RELATED
    return len(rest & rest_too) >= needed * least


def _leading(headline: Headline) -> tuple[bool, int, datetime, str]:
    return (headline.draft, -headline.quality, headline.published_at or _NEVER, headline.id)


def _date(headline: Headline) -> datetime:
    return headline.published_at or _NEVER


@lru_cache(maxsize=4096)
def _title(title: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return the words of a headline, and those of them that make it another story."""
    stems = _stems(title)
    return _numbers(stems), _numbers(filter(_turns, stems))


@lru_cache(maxsize=4096)
def _gist(gist: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """Return the words and the links that `gist_of` wrote."""
    if not gist:
        return frozenset(), frozenset()
    count = gist[0]
    links = (len(gist) - 1 - 2 * count) // 4
    numbers = _packing(count, links).unpack(gist)
    return frozenset(numbers[1 : count + 1]), frozenset(numbers[count + 1 :])


def _names(links: Collection[int], headline: Headline) -> bool:
    return bool(links) and headline.url is not None and _page(headline.url) in links


def _page(url: str) -> int:
    """Return a number for the page of an address; `canonical_url` alone would take most time."""
    if "?" in url or "#" in url or "/amp" in url or ".amp" in url or url.count(":") > 1:
        url = canonical_url(url)
    return crc32(url.partition("://")[2].removeprefix("www.").rstrip("/").encode())


_packing = lru_cache(maxsize=1024)(lambda words, links: struct.Struct(f"<B{words}H{links}I"))


class _Numbers(dict[str, int]):
    """The number of each word that was met; few words make most texts."""

    def __missing__(self, word: str) -> int:
        stem = word[:_STEM]
        number = _SAYS_NOTHING if stem in _STOP else _number(_FIGURES.get(stem, stem))
        if len(self) < _MOST_KNOWN and len(word) <= _LONGEST_KNOWN:
            self[word] = number
        return number


_KNOWN = _Numbers()


def _numbers(stems: Iterable[str]) -> frozenset[int]:
    return frozenset(map(_number, stems))


def _number(stem: str) -> int:
    return crc32(stem.encode()) & 0xFFFF


def _turns(stem: str) -> bool:
    """Tell whether a word makes a headline another story: figures and denials do."""
    return stem in _DENIALS or (stem.isascii() and not stem.isalpha())


def _stems(text: str) -> set[str]:
    """Return the words that carry a text, cut."""
    stems = {word[:_STEM] for word in _plain(text).split()} - _STOP
    if not stems.isdisjoint(_FIGURES):
        stems = {_FIGURES.get(stem, stem) for stem in stems}
    return stems


def _plain(text: str) -> str:
    """Return the words, small and bare, between blanks; points in numbers are dropped."""
    if text.isascii():
        return f" {text.encode().translate(_PLAIN, _INSIDE_NUMBERS).decode()} "
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_WITHOUT_POINTS)
    bare = "".join([char for char in folded if not unicodedata.combining(char)])
    return f" {_CJK.sub(_pairs, _NO_WORD.sub(' ', bare))} "


def _pairs(match: re.Match[str]) -> str:
    """Return signs of a script without blanks two by two."""
    run = match[0]
    return " " + " ".join([run[at : at + 2] for at in range(max(len(run) - 1, 1))]) + " "
