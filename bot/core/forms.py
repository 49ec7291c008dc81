"""Forms of a word: irregular English ones, and British spelling beside American."""

from __future__ import annotations

import re

_IRREGULAR = """
arise arose arisen; awake awoke awoken; beat beaten; become became; begin began begun; bend bent;
bind bound; bite bit bitten; bleed bled; blow blew blown; break broke broken; breed bred;
bring brought; build built; buy bought; catch caught; choose chose chosen; come came;
creep crept; deal dealt; dig dug; do did done; draw drew drawn; drink drank drunk;
drive drove driven; eat ate eaten; fall fell fallen; feed fed; feel felt; fight fought; find found;
flee fled; fly flew flown; forbid forbade forbidden; forget forgot forgotten; forgive forgave
forgiven; freeze froze frozen; get got gotten; give gave given; go went gone; grow grew grown;
hang hung; hear heard; hide hid hidden; hold held; keep kept; know knew known; lead led;
leave left; lend lent; lose lost; make made; mean meant; meet met; overcome overcame;
overtake overtook overtaken; pay paid; ride rode ridden; ring rang rung; rise risen; run ran;
say said; see seen; seek sought; sell sold; send sent; shake shook shaken; shoot shot;
show shown; shrink shrank shrunk; sing sang sung; sink sank sunk; sit sat; sleep slept; slide slid;
speak spoke spoken; spend spent; spin spun; spring sprang sprung; stand stood; steal stole stolen;
stick stuck; strike struck stricken; swear swore sworn; sweep swept; swim swam swum; swing swung;
take took taken; teach taught; tear tore torn; tell told; think thought; throw threw thrown;
understand understood; undertake undertook undertaken; wake woke woken; wear wore worn;
weave wove woven; weep wept; win won; withdraw withdrew withdrawn; withhold withheld;
withstand withstood; write wrote written;
child children; man men; woman women; person people; mouse mice; louse lice; goose geese;
foot feet; tooth teeth; ox oxen; life lives; wife wives; knife knives; leaf leaves; wolf wolves;
half halves; shelf shelves; thief thieves; loaf loaves; calf calves; elf elves; self selves;
scarf scarves; crisis crises; analysis analyses; thesis theses; hypothesis hypotheses;
basis bases; oasis oases; diagnosis diagnoses; axis axes; criterion criteria;
phenomenon phenomena; bacterium bacteria; curriculum curricula;
stratum strata; nucleus nuclei; cactus cacti; fungus fungi; alumnus alumni; stimulus stimuli;
larva larvae; alga algae; vertebra vertebrae; antenna antennae; formula formulae; nebula nebulae;
supernova supernovae; matrix matrices; index indices; vertex vertices; appendix appendices;
policeman policemen; policewoman policewomen; fisherman fishermen; fireman firemen;
spokesman spokesmen; spokeswoman spokeswomen; businessman businessmen; congressman congressmen
"""
_BRITISH = """
tyre tire; grey gray; aluminium aluminum; programme program; plough plow; mould mold;
moustache mustache; sceptic skeptic; sceptical skeptical; scepticism skepticism;
jewellery jewelry; cosy cozy; kerb curb; pyjamas pajamas; draught draft; whisky whiskey;
ageing aging; judgement judgment; acknowledgement acknowledgment; artefact artifact;
enquiry inquiry; speciality specialty; maths math; mum mom; sulphur sulfur; axe ax;
omelette omelet; doughnut donut; yoghurt yogurt; manoeuvre maneuver; manoeuvres maneuvers;
practise practice; gaol jail; cheque check; tonne ton; smoulder smolder; moult molt;
cypher cipher; disc disk; pretence pretense; defence defense; offence offense; licence license;
instalment installment; skilful skillful; wilful willful; fulfil fulfill; enrol enroll;
distil distill; instil instill; appal appall; kilogramme kilogram;
cpp c++; csharp c#; fsharp f#; dotnet .net; golang go
"""
_LONG = 5  # letters of a word that rules of spelling may touch: four, hour and rise are shorter
_SPELLING = (
    (re.compile("isation"), "ization"),
    (re.compile(r"(?<=[a-z]{3})is(e|ed|es|er|ers|ing)$"), r"iz\1"),
    (re.compile(r"ys(e|ed|es|er|ers|ing)$"), r"yz\1"),
    (re.compile(r"(?<=[a-z]{2})our(?=$|s$|ed$|ing$|ful$|less$|ite$|ites$|able$|al$|hood$)"), "or"),
    (re.compile(r"([tb])re(s?)$"), r"\1er\2"),
    (re.compile(r"ogue(s?)$"), r"og\1"),
    (re.compile(r"(?<=[a-z]{2}[aeiou]l)l(?=ed$|ing$|er$|ers$|or$)"), ""),
    (re.compile(r"^(p|arch|encyclop|orthop|h|an|f|leuk)ae"), r"\1e"),
    (re.compile(r"^(|f)oe(?=t|st|so|d)"), r"\1e"),
)
# most words are touched by none of them, which is quicker to see at once
_TOUCHED = re.compile("is|ys|our|[tb]re|ogue|ll|ae|oe")


def base_of(word: str) -> str:
    """Return the form that stands for all forms of a folded word that rules of endings miss.

    What it returns need not be a word: it is only for comparing.
    """
    plain = _BASES.get(word, word)
    if len(plain) < _LONG or not _TOUCHED.search(plain) or not plain.isalpha():
        return plain
    for pattern, replacement in _SPELLING:
        plain = pattern.sub(replacement, plain)
    return plain


def _bases() -> dict[str, str]:
    bases = dict(pair.split() for pair in _BRITISH.split(";"))
    for line in _IRREGULAR.split(";"):
        first, *others = line.split()
        bases |= dict.fromkeys(others, first)
    return bases


_BASES = _bases()
