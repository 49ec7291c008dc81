"""Makes words and titles for measuring search: the same for the same seed, on every machine."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from random import Random  # noqa: TID251  # seeded below
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WORDS = 30_000
_FLATNESS = 20  # how much less than by Zipf's law the commonest words stand out
_SMALL_WEIGHT = 0.25  # of each small word: together about a quarter of all words of a title
_FAMILIAR = 10_000  # real words are among so many of the commonest
_KIN = 0.3  # how often another form of a word is in the vocabulary too
_ACCENTED = 0.1  # how many words have an accent
_VOWELS = "aeiou"
_ONSETS = (
    *("bcdfghjklmnprstvw" * 2),
    *("br", "ch", "cl", "dr", "fl", "gr", "pl", "sh", "sp", "st", "th", "tr"),
)
_NUCLEI = (*("aeiou" * 4), "ai", "ea", "ee", "io", "ou")
_CODAS = (*([""] * 12), *"nrlstmp", "nd", "ng", "st", "ck")
_DERIVED = ("", "", "", "", "", "", "er", "ion", "al", "ly")
_ACCENTS = str.maketrans("aeioucn", "áéíöüçñ")
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_WORTH = 4  # letters of a word that is worth typing

_SMALL = ("the", "to", "of", "in", "a", "and", "for", "on", "with", "from")
SMALL = frozenset(
    (
        *_SMALL,
        *("about after also been does have into more over than that their them then there these"),
        *("they this those through under very were what when where which while will would your"),
    )
)
_IRREGULAR = """
man/men woman/women child/children person/people foot/feet tooth/teeth goose/geese mouse/mice
knife/knives life/lives wife/wives leaf/leaves wolf/wolves shelf/shelves loaf/loaves thief/thieves
half/halves calf/calves crisis/crises analysis/analyses thesis/theses hypothesis/hypotheses
criterion/criteria phenomenon/phenomena bacterium/bacteria fungus/fungi cactus/cacti nucleus/nuclei
matrix/matrices appendix/appendices vertex/vertices go/went buy/bought bring/brought think/thought
catch/caught teach/taught fight/fought seek/sought sell/sold tell/told make/made take/took give/gave
find/found lose/lost win/won build/built send/sent spend/spent keep/kept sleep/slept leave/left
feel/felt meet/met lead/led feed/fed speak/spoke break/broke steal/stole choose/chose freeze/froze
write/wrote drive/drove rise/rose ride/rode fly/flew grow/grew know/knew throw/threw draw/drew
blow/blew begin/began swim/swam sing/sang drink/drank sink/sank run/ran become/became see/saw
eat/ate fall/fell hold/held stand/stood hear/heard pay/paid say/said wear/wore shake/shook
forget/forgot strike/struck shoot/shot
"""
_SPELLINGS = """
colour/color honour/honor favour/favor labour/labor neighbour/neighbor harbour/harbor humour/humor
behaviour/behavior flavour/flavor rumour/rumor organise/organize recognise/recognize realise/realize
criticise/criticize analyse/analyze paralyse/paralyze organisation/organization centre/center
theatre/theater metre/meter litre/liter fibre/fiber defence/defense offence/offense licence/license
travelled/traveled travelling/traveling traveller/traveler cancelled/canceled modelling/modeling
labelled/labeled catalogue/catalog dialogue/dialog programme/program grey/gray tyre/tire plough/plow
jewellery/jewelry aluminium/aluminum mould/mold sceptical/skeptical ageing/aging judgement/judgment
fulfil/fulfill enrol/enroll manoeuvre/maneuver paediatric/pediatric anaemia/anemia
"""


def _partners(table: str) -> Mapping[str, str]:
    pairs = [pair.split("/") for pair in table.split()]
    return {one: other for pair in pairs for one, other in (pair, pair[::-1])}


IRREGULAR = _partners(_IRREGULAR)
SPELLINGS = _partners(_SPELLINGS)  # British to American and back


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """Titles, and of words that have other forms what these are."""

    texts: tuple[str, ...]
    forms: Mapping[str, tuple[str, ...]]


def titles(seed: int, count: int, *, words: int = _WORDS) -> Titles:
    """Return so many titles of 6 to 12 words, from a vocabulary in which few words are common."""
    rng = Random(f"titles {seed}")
    vocabulary, forms = _vocabulary(rng, words)
    known = [*_SMALL, *vocabulary]
    weights = [_SMALL_WEIGHT] * len(_SMALL)
    weights += [1 / (rank + _FLATNESS) for rank in range(len(vocabulary))]
    sums = tuple(accumulate(weights))
    texts = [
        " ".join(rng.choices(known, cum_weights=sums, k=rng.randint(6, 12))).capitalize()
        for _ in range(count)
    ]
    return Titles(texts=tuple(texts), forms=forms)


def passages(texts: tuple[str, ...], *, seed: int, words: int) -> list[str]:
    """Return a text of so many words for each of these titles, of the words of all."""
    rng = Random(f"passages {seed}")
    known = " ".join(texts).split()
    return [" ".join(rng.choices(known, k=words)) for _ in texts]


def words_in(text: str) -> list[str]:
    """Return the words of a text in lower case, without what has no letters."""
    return _LETTERS.findall(text.lower())


def worthy(text: str) -> list[str]:
    """Return the words of a title that members search by, each once."""
    return [
        word
        for word in dict.fromkeys(words_in(text))
        if (len(word) >= _WORTH and word not in SMALL) or word in IRREGULAR
    ]


def plain_words(text: str) -> list[str]:
    """Return the words of a text in lower case and without accents."""
    return _WORD.findall(bare(text.lower()))


def bare(text: str) -> str:
    """Return a text as it is typed on a keyboard without accents."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def accented(rng: Random, word: str) -> str:
    """Return the word with an accent on one of its letters, where one can bear it."""
    places = [place for place, char in enumerate(word) if ord(char) in _ACCENTS]
    if not places:
        return word
    place = rng.choice(places)
    return word[:place] + word[place].translate(_ACCENTS) + word[place + 1 :]


def _vocabulary(rng: Random, count: int) -> tuple[list[str], Mapping[str, tuple[str, ...]]]:
    """Return words, the commonest first, and the forms of each."""
    forms: dict[str, tuple[str, ...]] = {}
    real = sorted({*IRREGULAR, *SPELLINGS})
    made: dict[str, None] = {}
    while len(made) + len(real) < count:
        family = tuple(_family(rng))
        kin = 1 + (rng.random() < _KIN)
        for word in rng.sample(family, min(kin, len(family))):
            made[word] = None
            forms.setdefault(word, family)
    words = [word for word in made if word not in IRREGULAR and word not in SPELLINGS]
    rng.shuffle(words)
    words[:_FAMILIAR] = rng.sample([*words[:_FAMILIAR], *real], len(words[:_FAMILIAR]) + len(real))
    return words, forms


def _family(rng: Random) -> Iterator[str]:
    """Yield a word that was never heard and its other forms."""
    syllables = rng.choice((1, 2, 2, 2, 2, 3))
    root = "".join(
        rng.choice(_ONSETS) + rng.choice(_NUCLEI) + rng.choice(_CODAS) for _ in range(syllables)
    )
    derived = rng.choice(_DERIVED)
    root += derived
    if rng.random() < _ACCENTED:
        root = accented(rng, root)
    yield root
    if derived != "ly":
        yield plural(root)
    if not derived:
        yield from _verb_forms(root, syllables)


def plural(word: str) -> str:
    """Return the regular plural."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return f"{word[:-1]}ies"
    return f"{word}s"


def _verb_forms(root: str, syllables: int) -> Iterator[str]:
    """Yield the forms in -ing and -ed, with e left out and consonants doubled as they are."""
    if root.endswith("e") and not root.endswith("ee"):
        root = root[:-1]
    elif syllables == 1 and re.search(r"[^aeiou][aeiou][lmnprt]$", root):
        root += root[-1]
    yield f"{root}ing"
    yield f"{root}ed"
